"""From columns of cells to the columns of a table, each of one type."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridpart.inputs._values import clean_text
from gridpart.tables import notes as n
from gridpart.tables.checks import is_blank
from gridpart.tables.report import visible

if TYPE_CHECKING:
    from gridpart.inputs._log import ReadLog
    from gridpart.inputs._raw import Values
    from gridpart.tables import ColumnRule

TEXT = pd.Series(["text"]).dtype
"""The type pandas gives to text: ``str`` from version 3 on, ``object`` before."""

_MOST_INTEGER = 2**63
_GROUPS_LISTED = 5


def ruled_series(values: Values, rule: ColumnRule) -> pd.Series[Any]:
    """Make a column of converted cells: text, datetime64, bool, float64, or integers that may be missing."""
    items = values.tolist()
    has_blanks = any(item is None for item in items)
    if rule.holds == "date":
        return pd.Series(np.array(items, dtype="datetime64[s]"))
    if rule.holds == "flag":
        return pd.Series(items, dtype="boolean" if has_blanks else "bool")
    if rule.holds == "number":
        return pd.Series([np.nan if item is None else float(item) for item in items], dtype="float64")
    if rule.holds == "count":
        return pd.Series(items, dtype="Int64" if has_blanks else "int64")
    return pd.Series(items, dtype=TEXT)


def own_series(values: Values, *, column: str, log: ReadLog) -> pd.Series[Any]:
    """Make a column of the user's own: numbers, flags and dates if all cells are such, text otherwise."""
    items = [None if is_blank(item) else item for item in values.tolist()]
    found = {type(item) for item in items if item is not None}
    if found == {bool}:
        return pd.Series(items, dtype="boolean" if None in items else "bool")
    fits = all(abs(item) < _MOST_INTEGER for item in items if isinstance(item, int))
    if found == {int} and fits:
        return pd.Series(items, dtype="Int64" if None in items else "int64")
    if found and found <= {int, float} and fits:
        return pd.Series([np.nan if item is None else float(item) for item in items], dtype="float64")
    if found and all(issubclass(kind, dt.date) for kind in found):
        return pd.to_datetime(pd.Series(items))
    return pd.Series([_text(item, place=place, column=column, log=log) for place, item in enumerate(items)], dtype=TEXT)


def _text(item: Any, *, place: int, column: str, log: ReadLog) -> str | None:  # noqa: ANN401 - a cell
    if item is None:
        return None
    return clean_text(item, place=place, column=column, log=log, trim=False) if isinstance(item, str) else str(item)


def note_look_alikes(values: Values, *, column: str, log: ReadLog) -> None:
    """Flag names that differ only in case, width, blanks or characters that do not show."""
    groups: dict[str, dict[str, None]] = defaultdict(dict)
    for value in values.tolist():
        if value is not None:
            groups[_skeleton(value)][value] = None
    alike = [names for names in groups.values() if len(names) > 1]
    if alike:
        named = "; ".join(" / ".join(f'"{visible(name)}"' for name in names) for names in alike[:_GROUPS_LISTED])
        log.note(n.LOOK_ALIKE, column=column, names=named + (" …" if len(alike) > _GROUPS_LISTED else ""))


def _skeleton(text: str) -> str:
    if text.isascii():
        return "".join(text.casefold().split())
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if unicodedata.category(char) not in {"Cf", "Zs", "Cc"})
