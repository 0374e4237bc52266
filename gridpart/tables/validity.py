"""Rows that count on a day: ``valid_from`` is the first day, ``valid_to`` the day from which a row counts no more."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from gridpart._typing import BoolArray
from gridpart.i18n import messages
from gridpart.tables.dates import days_of

say = messages("tables")


def not_yet(table: pd.DataFrame, day: date, *, name: str) -> BoolArray:
    """Tell which rows begin to count only after a day, shape (n_rows,)."""
    if "valid_from" not in table.columns:
        return np.zeros(len(table), dtype=np.bool_)
    days = days_of(table["valid_from"], name=say("{column} of {table}", column="valid_from", table=name))
    later: BoolArray = (days > np.datetime64(day, "s")).to_numpy()
    return later


def no_more(table: pd.DataFrame, day: date, *, name: str) -> BoolArray:
    """Tell which rows have ceased to count by a day, shape (n_rows,)."""
    if "valid_to" not in table.columns:
        return np.zeros(len(table), dtype=np.bool_)
    days = days_of(table["valid_to"], name=say("{column} of {table}", column="valid_to", table=name))
    ended: BoolArray = (days <= np.datetime64(day, "s")).to_numpy()
    return ended


def valid_on(table: pd.DataFrame, day: date, *, name: str) -> BoolArray:
    """
    Tell which rows count on a day; a row without dates always counts.

    Parameters
    ----------
    table
        With ``valid_from`` and ``valid_to``, or without.
    day
        The day.
    name
        Of the table, for errors.

    Returns
    -------
    valid
        One value per row, shape (n_rows,).

    Raises
    ------
    InputError
        If a value of these columns is no date.
    """
    return ~(not_yet(table, day, name=name) | no_more(table, day, name=name))
