"""Days: one way to read them, whatever a table or a caller writes them as."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

import numpy as np
import pandas as pd

from gridpart.errors import InputError
from gridpart.i18n import messages

say = messages("tables")

_DAY = re.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?(?:[T ].*)?")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})(?:[-/.]|年)(1[0-2]|0?[1-9])月?|(\d{4})(0[1-9]|1[0-2])")


def day_in(text: str) -> dt.date:
    """
    Read a day: ``2026-11-24``, ``2026/11/24``, ``2026年11月24日``, ``20261124``, with or without a time after it.

    Raises
    ------
    ValueError
        If there is no such day, or it is no day at all.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _DAY.fullmatch(plain) or _COMPACT_DAY.fullmatch(plain)
    if found is None:
        message = f"{text!r} is no day"  # `day_of` says it again for people
        raise ValueError(message)
    year, month, day = (int(part) for part in found.groups())
    return dt.date(year, month, day)


def day_of(value: object, *, name: str, row: object = None) -> dt.date | None:
    """
    Return the day that a value stands for, None for a blank; 9999-12-31 is a day like others.

    Parameters
    ----------
    value
        Date, moment (its own day, whatever its time zone), text, or a number written as 20261124.
    name
        What to call the value in messages.
    row
        Row of a column that it stands in, for messages; None if it stands alone.

    Raises
    ------
    InputError
        If the value is no day.
    """
    if value is None or value is pd.NaT or value is pd.NA or value == "" or value != value:  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[D]").item()
    if isinstance(value, dt.date):
        return value.date() if isinstance(value, dt.datetime) else value
    is_whole = isinstance(value, (int, float, np.number)) and float(value).is_integer()
    try:
        return day_in(f"{value:.0f}" if is_whole else str(value))
    except ValueError as error:
        raise _no_day(value, name=name if row is None else say("{name}, row {row},", name=name, row=row)) from error


def required_day(value: object, *, name: str) -> dt.date:
    """
    Return the day that a value stands for.

    Parameters
    ----------
    value, name
        As in `day_of`.

    Raises
    ------
    InputError
        If the value is blank or no day.
    """
    day = day_of(value, name=name)
    if day is None:
        raise _no_day(value, name=name)
    return day


def _no_day(value: object, *, name: str) -> InputError:
    return InputError(
        say(
            "{name} is {value!r}; it must be a date such as 2026-11-24. Nothing was changed.",
            name=name,
            value=value,
        )
    )


def days_of(values: pd.Series, *, name: str) -> pd.Series:
    """
    Return a column of days as ``datetime64[s]``, blanks as NaT, with the index of `values`.

    Raises
    ------
    InputError
        If a value is no day; it and its row are named.
    """
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_localize(None)
    if values.dtype.kind == "M":
        return values.astype("datetime64[s]").dt.normalize()
    days = [day_of(value, name=name, row=row) for row, value in zip(values.index, values.tolist(), strict=True)]
    return pd.Series(np.array(days, dtype="datetime64[s]"), index=values.index)


def month_in(value: object) -> str:
    """
    Read a month as ``2026-11``: also ``2026/11``, ``2026年11月``, ``202611``, a period of a month, or a day of it.

    Raises
    ------
    ValueError
        If it is no month.
    """
    if isinstance(value, pd.Period):
        if value.freqstr != "M":
            message = f"{value} is no month"  # callers say it again for people
            raise ValueError(message)
        return str(value)
    is_whole = isinstance(value, (int, float, np.number)) and not isinstance(value, bool) and float(value).is_integer()
    text = f"{value:.0f}" if is_whole else str(value)
    found = _MONTH.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return f"{day_in(text):%Y-%m}"
    year, month = (part for part in found.groups() if part is not None)
    return f"{year}-{int(month):02}"
