"""The staff table as the checks read it: codes taken apart, rows in force on a day, cells as text."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from gridpart.errors import InputError
from gridpart.i18n import Joined, clauses, messages
from gridpart.tables import day_of, valid_on

say = messages("staffing")

_NAMED = 8
DutyCodes = tuple[str, ...]


def require_columns(table: pd.DataFrame, columns: Sequence[str], *, name: str) -> None:
    """Raise `InputError` if a table lacks columns; those it has are listed."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise InputError(
            say(
                "{name} needs the columns {missing}; it has {columns}.",
                name=name,
                missing=Joined(missing),
                columns=Joined(map(str, table.columns)),
            )
        )


def texts(column: Iterable[Any]) -> list[str | None]:
    """Return values as text without blanks around them, None where there is none."""
    return [None if pd.isna(value) or not str(value).strip() else str(value).strip() for value in column]


def text_column(values: Sequence[str | None] | Iterable[str | None]) -> pd.Series[Any]:
    """Return a column of plain texts, None where there is none, whatever pandas makes of it by itself."""
    return pd.Series(list(values), dtype=object)


def column_of(table: pd.DataFrame, name: str) -> list[str | None]:
    """Return a column as text; all None if the table has no such column."""
    return texts(table[name]) if name in table.columns else [None] * len(table)


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def codes_of(value: object) -> DutyCodes:
    """Take a list of codes apart: text with semicolons, or a list; each code once, in order."""
    if _is_missing(value):
        return ()
    parts = value.split(";") if isinstance(value, str) else list(value)  # type: ignore[call-overload]
    return tuple(dict.fromkeys(part for part in (str(part).strip() for part in parts) if part))


def require_known(codes: Sequence[DutyCodes], known: Iterable[str], *, ids: Sequence[object], what: str) -> None:
    """Raise `InputError` if a code is not among the known ones; rows are named."""
    allowed = list(dict.fromkeys(known))
    wrong = [
        say("{id}: {code}", id=row_id, code=code)
        for row_id, row in zip(ids, codes, strict=True)
        for code in row
        if code not in allowed
    ]
    if wrong:
        raise InputError(
            say(
                "{n} unknown {what}: {wrong}. Known are: {known}.",
                n=len(wrong),
                what=what,
                wrong=Joined(wrong[:_NAMED], clauses),
                known=Joined(allowed),
            )
        )


def in_force(table: pd.DataFrame, as_of: dt.date | str | None, *, name: str = "staff") -> pd.DataFrame:
    """Return the rows in force on a day: ``valid_from`` up to it, ``valid_to`` after it or open; all without a day."""
    when = day_of(as_of, name="as_of")
    return table if when is None else table[valid_on(table, when, name=name)]


def people(staff: pd.DataFrame, role: str, *, as_of: dt.date | str | None = None) -> pd.DataFrame:
    """Return the rows of a role in force on a day."""
    require_columns(staff, ["staff_id", "role"], name="staff")
    active = in_force(staff, as_of)
    return active[active["role"] == role]


def is_part_time(staff: pd.DataFrame) -> pd.Series[bool]:
    """Tell part-time people; without the column nobody is."""
    if "employment_type" not in staff.columns:
        return pd.Series(data=False, index=staff.index)
    return staff["employment_type"] == "part_time"
