"""From cells as they were read to text, numbers, dates, flags and codes."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from gridpart.inputs._raw import Values, object_array
from gridpart.inputs._vocabulary import codes, plain
from gridpart.tables import messages as m
from gridpart.tables import notes as n
from gridpart.tables.checks import is_blank, value_findings
from gridpart.tables.dates import day_in
from gridpart.tables.values import number_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridpart.inputs._log import ReadLog
    from gridpart.tables import ColumnRule

_ROUNDED = re.compile(r"[+-]?\d(?:\.\d+)?[eE]\+?\d+")
_LONG_WITH_DECIMALS = re.compile(r"(\d{5,})\.0+")
# controls but tab, line feed and carriage return; and halves of surrogate pairs
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_EXACT_FLOAT = 2**53
_PAIRS_NAMED = 12


def text_column(values: Values, *, column: str, log: ReadLog, digits: int | None = None) -> Values:
    """
    Make text of cells: controls removed, ends trimmed, blanks None; ids stay digit by digit what they were.

    Parameters
    ----------
    values
        Cells, shape (n_rows,).
    column
        Canonical name, or the user's own; ids are known by their ending in "_id".
    log
        Where repairs and rejections go.
    digits
        Significant digits the format keeps in numbers, None if all.
    """
    result: list[str | None] = []
    for place, value in enumerate(values.tolist()):
        if isinstance(value, str):
            text = clean_text(value, place=place, column=column, log=log)
            result.append(_id_text(text, place=place, column=column, log=log) if column.endswith("_id") else text)
        else:
            result.append(_number_text(value, place=place, column=column, log=log, digits=digits))
    return object_array(result)


def clean_text(value: str, *, place: int, column: str, log: ReadLog, trim: bool = True) -> str | None:
    """Remove control characters, and blanks at the ends; each change is reported."""
    clean = _UNWANTED.sub("", value)
    if clean != value:
        log.repair(place, column, before=value, after=clean, problem=m.CLEANED)
    if not trim:
        return clean or None
    trimmed = clean.strip()
    if trimmed != clean and trimmed:
        log.repair(place, column, before=clean, after=trimmed, problem=m.TRIMMED)
    return trimmed or None


def _id_text(text: str | None, *, place: int, column: str, log: ReadLog) -> str | None:
    if text is None:
        return None
    if _ROUNDED.fullmatch(text):
        log.reject(place, column, value=text, problem=m.DIGITS_LOST)
        return text
    long = _LONG_WITH_DECIMALS.fullmatch(text)
    if long is None:
        return text
    log.repair(place, column, before=text, after=long[1], problem=m.ID_WITH_DECIMALS)
    return long[1]


def _number_text(value: Any, *, place: int, column: str, log: ReadLog, digits: int | None) -> str | None:  # noqa: ANN401
    if is_blank(value):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_FLOAT:
        value = int(value)
    text = ("true" if value else "false") if isinstance(value, (bool, np.bool_)) else str(value)
    if not column.endswith("_id"):
        return text
    if isinstance(value, int) and digits is not None and abs(value) >= 10**digits:
        log.reject(place, column, value=text, problem=m.DIGITS_LOST)
    elif isinstance(value, (bool, float)):
        problem = m.DIGITS_LOST if isinstance(value, float) and abs(value) >= _EXACT_FLOAT else m.NOT_AN_ID
        log.reject(place, column, value=text, problem=problem)
    return text


def note_numeric_ids(values: Values, *, column: str, source: str, log: ReadLog) -> None:
    """Say so where ids were stored as numbers, which cannot hold zeros in front."""
    numbers = [value for value in values.tolist() if isinstance(value, (int, float)) and not is_blank(value)]
    if numbers and column.endswith("_id") and source != "fid":
        log.note(n.NUMERIC_IDS, source=source, column=column)


def ruled_column(values: Values, rule: ColumnRule, *, kind: str, log: ReadLog) -> Values:
    """Convert a column by its rule; what does not convert or is not believable rejects its row."""
    if rule.holds == "choice":
        return _coded(values, rule, kind=kind, log=log)
    convert: Callable[..., Any] = {"date": _date, "flag": _flag}.get(rule.holds, _number)
    result = object_array(
        convert(value, place=place, rule=rule, log=log) if not is_blank(value) else None
        for place, value in enumerate(values.tolist())
    )
    log.reject_all(item for item in value_findings(result.tolist(), rule) if item.place not in log.rejected)
    if rule.holds == "count":
        result = object_array(int(v) if isinstance(v, float) and v.is_integer() else v for v in result.tolist())
    return result


def _number(value: Any, *, place: int, rule: ColumnRule, log: ReadLog) -> float | int | None:  # noqa: ANN401
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        return value if isinstance(value, int) else float(value)
    try:
        number = number_in(str(value))
    except ValueError:
        log.reject(place, rule.name, value=value, problem=m.NOT_A_NUMBER)
        return None
    digits = unicodedata.normalize("NFKC", str(value)).strip().replace("−", "-").replace(",", "")
    if digits != str(value).strip() and math.isfinite(number):
        log.repair(place, rule.name, before=value, after=number, problem=m.NUMBER_READ)
    return number


def _date(value: Any, *, place: int, rule: ColumnRule, log: ReadLog) -> np.datetime64 | None:  # noqa: ANN401
    if isinstance(value, (dt.date, dt.datetime)):
        return np.datetime64(value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value, "s")
    try:
        return np.datetime64(day_in(str(value)), "s")
    except ValueError:  # no such day, or no date at all
        log.reject(place, rule.name, value=value, problem=m.NOT_A_DATE)
        return None


def _flag(value: Any, *, place: int, rule: ColumnRule, log: ReadLog) -> bool | None:  # noqa: ANN401
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    word = codes("", "flag").get(plain(str(value)))
    if word is None:
        log.reject(place, rule.name, value=value, problem=m.NOT_A_FLAG)
    return None if word is None else word == "true"


def _coded(values: Values, rule: ColumnRule, *, kind: str, log: ReadLog) -> Values:
    known = codes(kind, rule.name)
    read = Counter[tuple[str, str]]()
    result: list[str | None] = []
    for place, value in enumerate(values.tolist()):
        text = None if is_blank(value) else str(value).strip()
        code = None if text is None else known.get(plain(text))
        if text is not None and code is None:
            _unknown(text, place, rule=rule, log=log)
        elif text is not None and code is not None and text != code:
            read[text, code] += 1
        result.append(code)
    if read:
        log.note(n.CODES_READ, column=rule.name, pairs=pairs(read))
    return object_array(result)


def _unknown(text: str, place: int, *, rule: ColumnRule, log: ReadLog) -> None:
    choices = ", ".join(rule.choices)
    if rule.refuse_unknown:
        log.reject(place, rule.name, value=text, problem=m.UNKNOWN_CODE, choices=choices)
    else:
        log.repair(place, rule.name, before=text, after=None, problem=m.UNKNOWN_CODE, choices=choices)


def pairs(read: Counter[tuple[str, str]]) -> str:
    """Show what was read as what: ``"POS机" → pos (12), …``."""
    shown = [f'"{text}" → {code} ({count})' for (text, code), count in read.most_common(_PAIRS_NAMED)]
    return ", ".join(shown) + (" …" if len(read) > _PAIRS_NAMED else "")
