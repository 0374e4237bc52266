"""Columns of numbers, and of yes or no, as people and spreadsheets write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from gridpart.errors import InputError
from gridpart.i18n import Joined, Message, clauses, messages
from gridpart.tables.checks import is_blank

say = messages("tables")

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_LONGEST_INTEGER = 30
_NAMED = 8
_YES = frozenset(("true", "yes", "y", "t", "1", "1.0", "是", "有"))
_NO = frozenset(("false", "no", "n", "f", "0", "0.0", "否", "无", "無"))


def number_in(text: str) -> int | float:
    """
    Read a number: ``1234``, ``1,234.5``, ``1e3``, in full-width letters too.

    Raises
    ------
    ValueError
        If it is no number.
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("−", "-")
    if not _NUMBER.fullmatch(plain) and not _GROUPED.fullmatch(plain):
        message = f"{text!r} is no number"  # callers say it again for people
        raise ValueError(message)
    digits = plain.replace(",", "")
    is_whole = digits.lstrip("+-").isdecimal() and len(digits) <= _LONGEST_INTEGER
    return int(digits) if is_whole else float(digits)


def numbers_of(values: pd.Series[Any], *, name: str) -> pd.Series[float]:
    """
    Return a column of numbers as floats, blanks as NaN, with the index of `values`.

    Raises
    ------
    InputError
        If a value is no finite number; values and their rows are named.
    """
    if values.dtype.kind in "iuf":
        numbers = values.astype("float64")
        return _all_read(numbers, values, np.isinf(numbers.to_numpy()), name=name, wanted=say("a number"))
    return _converted(values, _number, name=name, wanted=say("a number")).astype("float64")


def flags_of(values: pd.Series[Any], *, name: str) -> pd.Series[Any]:
    """
    Return a column of yes or no as True, False and None for blanks, with the index of `values`.

    Raises
    ------
    InputError
        If a value is neither; values and their rows are named.
    """
    if values.dtype == bool:
        return values
    return _converted(values, flag_in, name=name, wanted=say("yes or no"))


def _number(value: object) -> float:
    if is_blank(value):
        return np.nan
    is_flag = isinstance(value, (bool, np.bool_))
    number = number_in(value) if isinstance(value, str) else float(value)  # type: ignore[arg-type] # refused below
    if is_flag or np.isinf(number):
        raise ValueError
    return float(number)


def flag_in(value: object) -> bool | None:
    """
    Read yes or no, in words or as 1 and 0; None for a blank.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if is_blank(value):
        return None
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    word = unicodedata.normalize("NFKC", str(value)).strip().casefold()
    if word not in _YES | _NO:
        message = f"{value!r} is neither yes nor no"  # callers say it again for people
        raise ValueError(message)
    return word in _YES


def _converted(values: pd.Series[Any], read: Callable[[object], Any], *, name: str, wanted: Message) -> pd.Series[Any]:
    result = np.full(len(values), None, dtype=object)
    wrong = np.zeros(len(values), dtype=np.bool_)
    for place, value in enumerate(values.tolist()):
        try:
            result[place] = read(value)
        except (ValueError, TypeError):
            wrong[place] = True
    return _all_read(pd.Series(result, index=values.index), values, wrong, name=name, wanted=wanted)


def _all_read(
    result: pd.Series[Any], values: pd.Series[Any], wrong: np.ndarray[Any, Any], *, name: str, wanted: Message
) -> pd.Series[Any]:
    if not wrong.any():
        return result
    places = np.flatnonzero(wrong)
    rows = [say("row {row}: {value!r}", row=values.index[at], value=values.iloc[at]) for at in places[:_NAMED].tolist()]
    raise InputError(
        say(
            "{name}: {n} values are not {wanted}: {rows}. Nothing was changed.",
            name=name,
            n=len(places),
            wanted=wanted,
            rows=Joined(rows, clauses),
        )
    )
