"""Excel workbooks (.xlsx), read as typed cells without running or following anything in them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.inputs._files import DAMAGED_ARCHIVE, check_archive, check_layer_name
from gridpart.inputs._raw import RawLayer
from gridpart.inputs._rows import Line, Recogniser, layer_of_rows
from gridpart.tables import notes as n

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

say = messages("inputs")

_EXCEL_DIGITS = 15
# what openpyxl raises on damaged parts of a workbook: it does not check them itself
_DAMAGE = (*DAMAGED_ARCHIVE, AttributeError, IndexError, KeyError, SyntaxError, TypeError)


def read_xlsx(file: Path, *, name: str, recognise: Recogniser, layer: str | None, kind: str) -> RawLayer:
    """
    Read one sheet of a workbook.

    Parameters
    ----------
    layer
        Sheet name; None takes the only filled sheet, or the one named like the kind of table.

    Raises
    ------
    InputError
        If the workbook is damaged, holds no or several sheets to choose from, or has no header.
    """
    workbook = _open(file, name=name)
    try:
        sheet = _choose(workbook, layer, name=name, kind=kind)
        worksheet = workbook[sheet]
        worksheet.reset_dimensions()  # a wrong size note in the file must not hide rows
        lines: list[Line] = [
            (number, [_value(cell) for cell in row]) for number, row in enumerate(worksheet.iter_rows(), start=1)
        ]
    except _DAMAGE as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            say(
                "{name} is a damaged workbook ({error}). Nothing was read. Save it again in Excel.",
                name=name,
                error=error,
            )
        ) from error
    finally:
        workbook.close()
    result = layer_of_rows(_squared(lines), name=f"{name} [{sheet}]", recognise=recognise)
    result.layer, result.digits = sheet, _EXCEL_DIGITS
    others = [other for other in workbook.sheetnames if other != sheet]
    if others:
        result.log.note(n.OTHER_LAYERS, names=Joined(others))
    return result


def _open(file: Path, *, name: str) -> Workbook:
    try:
        import openpyxl
    except ImportError as error:
        raise InputError(
            say(
                "{name}: reading Excel needs openpyxl. Install it with: pip install 'gridpart[files]', or save as CSV.",
                name=name,
            )
        ) from error
    check_archive(file, name=name)
    try:
        return openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except _DAMAGE as error:
        raise InputError(
            say(
                "{name} is not an Excel workbook, or damaged ({error}). Nothing was read. Save it again in Excel.",
                name=name,
                error=error,
            )
        ) from error


def _choose(workbook: Workbook, layer: str | None, *, name: str, kind: str) -> str:
    sheets: list[str] = [sheet.title for sheet in workbook.worksheets]
    if layer is not None:
        check_layer_name(layer)
        if layer in sheets:
            return layer
        raise InputError(
            say(
                "{name} has no sheet {layer!r}; it has: {sheets}. Nothing was read.",
                name=name,
                layer=layer,
                sheets=Joined(map(repr, sheets)),
            )
        )
    if kind in sheets:
        return kind
    filled = [title for title in sheets if _is_filled(workbook[title])]
    if len(filled) == 1:
        return str(filled[0])
    raise InputError(
        say(
            "{name} has {n} filled sheets: {sheets}. Say which with layer=…",
            name=name,
            n=len(filled),
            sheets=Joined(map(repr, filled)) or say("none"),
        )
    )


def _is_filled(worksheet: Any) -> bool:  # noqa: ANN401 - openpyxl's sheets are not typed
    rows = worksheet.iter_rows(values_only=True)
    return any(any(value is not None for value in row) for row in rows)


def _squared(lines: list[Line]) -> list[Line]:
    """Cells after the last filled one are not stored in a sheet, so a short row is not a ragged one."""
    width = max((len(cells) for _, cells in lines), default=0)
    return [(number, [*cells, *[None] * (width - len(cells))]) for number, cells in lines]


def _value(cell: Any) -> Any:  # noqa: ANN401 - openpyxl's cells are not typed
    """
    Text stays text; a number shown with leading zeros is taken as shown; error marks are blanks.

    Excel keeps 007 typed into a cell as the number 7 and a format of three zeros.
    """
    value = cell.value
    if cell.data_type == "e":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        shown = cell.number_format or ""
        return str(value).zfill(len(shown)) if len(shown) > 1 and not shown.strip("0") else value
    return _moment(value)


def _moment(value: Any) -> Any:  # noqa: ANN401 - a cell
    """Dates and times as ISO text; anything else as it is."""
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value) if isinstance(value, dt.timedelta) else value
