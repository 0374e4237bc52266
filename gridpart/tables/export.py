"""
Tables as CSV and XLSX that people open in a spreadsheet: text stays text, the same tables give the same bytes.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@`` (wide forms too), a tab or a carriage return for
a formula, and runs it. In XLSX every text is stored as text. CSV knows no types, so such a text stands after an
apostrophe there, as does a text that begins with one; `read_csv` takes exactly one apostrophe away again.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridpart.errors import InputError
from gridpart.i18n import Joined, Message, messages
from gridpart.steps import counted, task
from gridpart.tables.replacing import replacing

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

say = messages("tables")

_Where = tuple[int | None, Hashable]
_HEAD: _Where = (None, None)

GUARDED_NOTE = "note: text that a spreadsheet could run stands after an apostrophe"
"""Head of the empty last column of a CSV file in which some text is guarded."""

MAX_SHEET_ROWS = 1_048_576
"""Rows of a sheet, the head included; longer tables go on in a further sheet."""

MAX_CELL_LETTERS = 32_767
"""Longest text of a spreadsheet cell, in UTF-16 units."""

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")
_EXACT_INTEGER = 2**53  # a spreadsheet computes with 64-bit floats
_FIRST_DAY = date(1900, 3, 1)  # spreadsheets believe in 29 February 1900
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - the time a workbook was made would change its bytes
_MAX_TITLE = 31
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_WIDEST, _LOOKED_AT = 60, 200

_NUMBERS = ("#,##0", "#,##0.0", "0.000")
_SEPARATED, _MOSTLY_WHOLE = 10_000, 10

Cell = str | int | float | bool | date | None


def write_csv(table: pd.DataFrame, path: str | Path) -> Path:
    """
    Write a table as CSV: UTF-8 with byte order mark, which spreadsheets ask for; whole or not at all.

    Parameters
    ----------
    table
        Text, numbers, dates, true/false; its index is not written.
    path
        File to make or replace; its folder exists.

    Returns
    -------
    path
        The file.

    Raises
    ------
    InputError
        If a value is none of these or cannot be stored, with row and column. Nothing is written.
    """
    heads = [guard(_text(str(label), _HEAD)) for label in table.columns]
    lines = [[_in_csv(cell) for cell in row] for row in _rows(table)]
    is_guarded = any(cell.startswith("'") for line in (heads, *lines) for cell in line)
    target = Path(path)
    with replacing(target) as file, file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(heads + [GUARDED_NOTE] * is_guarded)
        writer.writerows(line + [""] * is_guarded for line in lines)
    return target


def read_csv(path: str | Path) -> pd.DataFrame:
    """
    Read a file of `write_csv` back, every value as the text it was written from; an empty cell is "".

    Raises
    ------
    InputError
        If the file is not UTF-8 or its lines differ in length.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as stream:
            lines = list(csv.reader(stream))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            say("{name} is no file of `write_csv`: {error}.", name=Path(path).name, error=error)
        ) from error
    heads, rows = (lines[0], lines[1:]) if lines else ([], [])
    odd = [number for number, row in enumerate(rows, start=2) if len(row) != len(heads)]
    if odd:
        raise InputError(
            say(
                "{name}: line {line} has {n} cells, its head {expected}.",
                name=Path(path).name,
                line=odd[0],
                n=len(rows[odd[0] - 2]),
                expected=len(heads),
            )
        )
    table = pd.DataFrame([[unguard(cell) for cell in row] for row in rows], columns=[unguard(head) for head in heads])
    return table.drop(columns=GUARDED_NOTE, errors="ignore")


def guard(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run, or that begins with an apostrophe."""
    return f"'{text}" if text.startswith(_RUNS) else text


def unguard(text: str) -> str:
    """Undo `guard`."""
    return text.removeprefix("'")


@task("xlsx")
def write_xlsx(tables: Mapping[str, pd.DataFrame], path: str | Path) -> Path:
    """
    Write tables as one workbook, a sheet each, whole or not at all.

    Texts are never formulas or links. A table with more rows than a sheet holds goes on in further sheets; where that
    happens, or a title is not fit for a sheet, a first sheet ``index`` says which table is where.

    Parameters
    ----------
    tables
        By title, in the order of the sheets; indexes are not written.
    path
        File to make or replace, ending in ``.xlsx``; its folder exists.

    Returns
    -------
    path
        The file.

    Raises
    ------
    InputError
        If there is no table, a text is longer than a cell holds, or a value cannot be stored, with table, row and
        column. Nothing is written.
    """
    import xlsxwriter

    if not tables:
        raise InputError(say("a workbook needs at least one table; none was given. Nothing was written."))
    pieces = _pieces(tables)
    index = _index(pieces)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    target = Path(path)
    with replacing(target) as file, xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"created": _MADE})
        looks = {"head": book.add_format({"bold": True, "bottom": 1}), "day": _format(book, "yyyy-mm-dd")}
        looks["moment"] = _format(book, "yyyy-mm-dd hh:mm:ss")
        looks |= {pattern: _format(book, pattern) for pattern in _NUMBERS}
        if index is not None:
            _fill(book.add_worksheet("index"), index, looks, "index")
        for sheet, title, piece in pieces:
            _fill(book.add_worksheet(sheet), piece, looks, title)
    return target


def _format(book: Workbook, pattern: str) -> Format:
    return book.add_format({"num_format": pattern})


def _pieces(tables: Mapping[str, pd.DataFrame]) -> list[tuple[str, str, pd.DataFrame]]:
    """Return sheet name, title of the table and rows of every sheet."""
    taken, pieces = {"index", "history"}, []  # "History" is refused by Excel
    for title, table in tables.items():
        most = MAX_SHEET_ROWS - 1
        for first in range(0, max(len(table), 1), most):
            sheet = _sheet_name(title, taken)
            taken.add(sheet.lower())
            pieces.append((sheet, title, table.iloc[first : first + most]))
    return pieces


def _sheet_name(title: str, taken: set[str]) -> str:
    """Return a free sheet name like the title: no reserved characters, at most 31 UTF-16 units."""
    plain = _NOT_IN_TITLES.sub("_", title).strip("'") or "table"
    number, name = 1, _cut(plain, _MAX_TITLE)
    while name.lower() in taken:
        number += 1
        name = f"{_cut(plain, _MAX_TITLE - len(str(number)) - 1)} {number}"
    return name


def _cut(text: str, units: int) -> str:
    while _units(text) > units:
        text = text[:-1]
    return text


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _index(pieces: list[tuple[str, str, pd.DataFrame]]) -> pd.DataFrame | None:
    if all(sheet == title for sheet, title, _ in pieces):
        return None
    return pd.DataFrame(
        [(sheet, title, len(piece)) for sheet, title, piece in pieces], columns=["sheet", "table", "rows"]
    )


def _fill(sheet: Worksheet, table: pd.DataFrame, looks: Mapping[str, Format], title: str) -> None:
    heads = [_fitting(_text(str(label), _HEAD), title, _HEAD) for label in table.columns]
    widths = [_width(head) for head in heads]
    patterns = [_pattern(table.iloc[:, column]) for column in range(len(heads))]
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, looks["head"])
    for row, cells in enumerate(counted("table_rows", _rows(table), total=len(table)), start=1):
        for column, cell in enumerate(cells):
            _write(sheet, (row, column), cell, looks, (title, heads[column]))
            if row <= _LOOKED_AT:
                drawn = f"{cell:,.3f}" if patterns[column] and isinstance(cell, float) else cell
                widths[column] = max(widths[column], _width(drawn))
    for column, (width, pattern) in enumerate(zip(widths, patterns, strict=True)):
        sheet.set_column(column, column, min(width + 2, _WIDEST), looks.get(pattern))
    sheet.freeze_panes(1, 0)
    if heads:
        sheet.autofilter(0, 0, len(table), len(heads) - 1)
    _set_up_print(sheet)


def _set_up_print(sheet: Worksheet) -> None:
    """Print on lying A4, all columns on one page across, with the head and the number on every page."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&L&A&R&P / &N")


def _pattern(column: pd.Series) -> str:
    """Return how the numbers of a column are shown; the cells hold them whole. Small integers may be years or ranks."""
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return ""
    values = column.dropna().to_numpy(dtype=np.float64)
    values = values[np.isfinite(values)]
    largest = float(np.abs(values).max(initial=0.0))
    if (values == np.round(values)).all():
        return _NUMBERS[0] if largest >= _SEPARATED else ""
    return _NUMBERS[1] if largest >= _MOSTLY_WHOLE else _NUMBERS[2]


def _write(
    sheet: Worksheet, at: tuple[int, int], cell: Cell, looks: Mapping[str, Format], where: tuple[str, str]
) -> None:
    if cell is None:
        return
    if isinstance(cell, bool):
        sheet.write_boolean(*at, cell)
    elif isinstance(cell, datetime):
        sheet.write_datetime(*at, cell, looks["moment"])
    elif isinstance(cell, date):
        sheet.write_datetime(*at, cell, looks["day"])
    elif isinstance(cell, str):
        sheet.write_string(*at, _fitting(cell, where[0], (at[0], where[1])))
    else:
        sheet.write_number(*at, cell)


def _fitting(text: str, title: str, where: _Where) -> str:
    if _units(text) > MAX_CELL_LETTERS:
        raise InputError(
            say(
                "{where}: a text of {n:,} letters; a spreadsheet cell holds {most:,}. Nothing was written. Shorten "
                "it, or write the table with `write_csv`.",
                where=Joined([title, _told(where)]),
                n=_units(text),
                most=MAX_CELL_LETTERS,
            )
        )
    return text


def _told(where: _Where) -> Message:
    row, label = where
    return say("head") if row is None else say("row {row}, column {label!r}", row=row, label=label)


def _width(cell: Cell) -> int:
    """Return how many Latin letters wide a cell is drawn; Chinese ones count twice."""
    text = "" if cell is None else str(cell)[:_WIDEST]
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def _rows(table: pd.DataFrame) -> Iterator[tuple[Cell, ...]]:
    columns: Iterable[Iterator[Cell]] = [
        _plain_column(table.iloc[:, number].tolist(), label) for number, label in enumerate(table.columns)
    ]
    return zip(*columns, strict=True)


def _plain_column(values: list[Any], label: Hashable) -> Iterator[Cell]:
    return (_plain(value, (row, label)) for row, value in enumerate(values, start=1))


def _plain(value: Any, where: _Where) -> Cell:  # noqa: ANN401, PLR0911 - any value of a table; one answer a type
    """Return a value as a spreadsheet knows it; a number or time it would change becomes text."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, str):
        return _text(value, where)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _EXACT_INTEGER else str(value)
    if isinstance(value, float):
        if np.isnan(value):
            return None
        return value if np.isfinite(value) else str(value)
    if isinstance(value, date):
        return _plain_day(value)
    raise InputError(
        say(
            "{where}: a {kind} cannot stand in a spreadsheet; make it text first. Nothing written.",
            where=_told(where),
            kind=type(value).__name__,
        )
    )


def _plain_day(value: date) -> Cell:
    if isinstance(value, datetime):
        moment = value.to_pydatetime(warn=False) if isinstance(value, pd.Timestamp) else value
        if moment.tzinfo is not None or moment.date() < _FIRST_DAY or moment.microsecond:
            return value.isoformat()
        return moment.date() if moment.time() == moment.time().min else moment
    return value if value >= _FIRST_DAY else value.isoformat()


def _text(text: str, where: _Where) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            say(
                "{where}: {text!a} holds half a character (a lone surrogate). Mend it first. Nothing was written.",
                where=_told(where),
                text=text[:60],
            )
        ) from error
    if "\0" in text:
        raise InputError(
            say(
                "{where}: {text!a} holds a NUL, which no file keeps. Remove it first. Nothing was written.",
                where=_told(where),
                text=text[:60],
            )
        )
    return text


def _in_csv(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return guard(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell.isoformat() if isinstance(cell, date) else repr(cell)
