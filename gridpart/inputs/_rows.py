"""From lines of cells (CSV, Excel) to columns: header, ragged rows, blank rows, total rows."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gridpart.errors import InputError
from gridpart.i18n import Joined, clauses, messages
from gridpart.inputs._log import ReadLog
from gridpart.inputs._raw import RawLayer, Values, object_array
from gridpart.tables import messages as m
from gridpart.tables import notes as n
from gridpart.tables.checks import is_blank

say = messages("inputs")

Line = tuple[int, Sequence[Any]]
"""Line number as an editor or sheet shows it, and the cells; None or "" where a cell is blank."""

Recogniser = Callable[[Sequence[str]], int]
"""How many of the given header names mean a column of the table."""

_HEADER_WITHIN = 10
_LINES_NAMED = 10
_SURE_SCORE = 2  # a single known word may stand in a row of data by chance
_TOTAL_WORDS = {
    "合计",
    "总计",
    "小计",
    "本页合计",
    "累计",
    "合計",
    "總計",
    "小計",
    "本頁合計",
    "累計",
    "total",
    "subtotal",
    "sum",
    "grandtotal",
}


@dataclass(frozen=True)
class _Header:
    place: int
    names: list[str]


def layer_of_rows(lines: Sequence[Line], *, name: str, recognise: Recogniser) -> RawLayer:
    """
    Make columns of lines of cells.

    Parameters
    ----------
    lines
        All lines of the file or sheet.
    name
        What to call the file in messages.
    recognise
        Tells how many names of a line are column names of the table; finds the header below titles.

    Raises
    ------
    InputError
        If there is no header, or it names a column twice.
    """
    filled = [(number, cells) for number, cells in lines if any(not is_blank(cell) for cell in cells)]
    if not filled:
        raise InputError(say("{name} has no rows at all. Nothing was read.", name=name))
    header = _find_header(filled, name=name, recognise=recognise)
    body = filled[header.place + 1 :]
    width = len(header.names)
    log = ReadLog(len(body), np.array([number for number, _ in body], dtype=np.int64))
    layer = RawLayer(log, {})
    _note_skipped(log, lines=lines, filled=filled, header=header, body=body)
    rows = [_fitted(log, place, cells=cells, width=width) for place, (_, cells) in enumerate(body)]
    _refuse_totals(log, rows)
    columns = [object_array(list(column)) for column in zip(*rows, strict=True)] if rows else []
    for place, title in enumerate(header.names):
        values = columns[place] if columns else object_array([])
        _add_column(layer, title, values=values, place=place)
    return layer


def _find_header(filled: Sequence[Line], *, name: str, recognise: Recogniser) -> _Header:
    """Take the first of the top lines that names most columns; plain tables have it on top."""
    top = [[_title(cell) for cell in cells] for _, cells in filled[:_HEADER_WITHIN]]
    scores = [recognise(titles) for titles in top]
    place = scores.index(max(scores))
    number, names = filled[place][0], top[place]
    if scores[place] < _SURE_SCORE and _looks_like_data(filled[place][1]):
        shown = Joined(repr(title) for title in top[place][:6])
        raise InputError(
            say(
                "{name}: line {number} looks like data ({shown}), so the header is missing. Nothing was read. Add a "
                "first line with the column names.",
                name=name,
                number=number,
                shown=shown,
            )
        )
    while names and not names[-1]:
        names = names[:-1]
    repeated = [title for title, count in Counter(filter(None, names)).items() if count > 1]
    if repeated:
        places = {title: [i + 1 for i, other in enumerate(names) if other == title] for title in repeated}
        named = Joined(
            (say("{title!r} in columns {at}", title=title, at=Joined(map(str, at))) for title, at in places.items()),
            clauses,
        )
        raise InputError(
            say(
                "{name}: line {number} names a column twice: {named}. Nothing was read. Rename one of them.",
                name=name,
                number=number,
                named=named,
            )
        )
    return _Header(place, names)


def _title(cell: object) -> str:
    return "" if cell is None else " ".join(str(cell).split())


def _looks_like_data(cells: Sequence[Any]) -> bool:
    """A header has no numbers and no dates in it."""
    texts = [_title(cell).replace(",", "") for cell in cells]
    return any(text.lstrip("+-").replace(".", "", 1).isdecimal() for text in texts if text)


def _note_skipped(
    log: ReadLog, *, lines: Sequence[Line], filled: Sequence[Line], header: _Header, body: Sequence[Line]
) -> None:
    if header.place:
        titles = "; ".join(_title(next(c for c in cells if not is_blank(c))) for _, cells in filled[: header.place])
        log.note(n.TITLE_LINES, count=header.place, titles=titles)
    inside = {number for number, _ in filled}
    last = body[-1][0] if body else 0
    blank = [number for number, _ in lines if number not in inside and number < last]
    if blank:
        log.note(n.BLANK_LINES, count=len(blank), lines=_listed(blank))


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:10])) + (" …" if len(numbers) > 10 else "")


def _fitted(log: ReadLog, place: int, *, cells: Sequence[Any], width: int) -> list[Any]:
    """Bring a row to the width of the header; a row with too few or too many filled cells is refused."""
    row = [None if is_blank(cell) else cell for cell in cells]
    if len(row) == width:
        return row
    if len(row) < width or any(cell is not None for cell in row[width:]):
        shown = " | ".join("" if cell is None else str(cell) for cell in row)
        log.reject(place, "row", value=shown, problem=m.RAGGED_ROW, found=len(row), expected=width)
    return (row + [None] * width)[:width]


def _refuse_totals(log: ReadLog, rows: list[list[Any]]) -> None:
    for place, row in enumerate(rows):
        first = next((cell for cell in row if cell is not None), None)
        if isinstance(first, str) and _is_total(first) and place not in log.rejected:
            log.reject(place, "row", value=first, problem=m.TOTAL_ROW)


def _is_total(text: str) -> bool:
    word = unicodedata.normalize("NFKC", text).casefold().replace(" ", "").rstrip(":")
    return word in _TOTAL_WORDS


def _add_column(layer: RawLayer, title: str, *, values: Values, place: int) -> None:
    if title:
        layer.columns[title] = values
    elif any(value is not None for value in values):
        own = f"column_{place + 1}"
        layer.columns[own] = values
        layer.log.note(n.UNNAMED_COLUMN, place=place + 1, name=own)
