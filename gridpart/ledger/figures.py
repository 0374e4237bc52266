"""Figures of units and of cells by period, put in their types: months, counts, yes or no."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.partition.layers import text_column
from gridpart.tables import flags_of, month_in, numbers_of

say = messages("ledger")

COUNTED = {
    "resident": ("households", "households_filed"),
    "merchant": ("merchants", "merchants_filed"),
    "park": ("park_firms", "park_firms_filed"),
    "mse": ("mses", "mses_filed"),
    "rural": ("households", "households_filed"),
}
"""Columns of the monthly figures behind each profile rate: all, and those on file."""

_PARTS = (*dict.fromkeys(COUNTED.values()), ("households", "households_granted"))
_COUNTS = tuple(dict.fromkeys([*(name for pair in _PARTS for name in pair), "visits", "return_visits"]))
_NAMED = 8


def typed_figures(figures: pd.DataFrame) -> pd.DataFrame:
    """
    Return monthly figures in their types: months as "2025-06", ids as text, counts as numbers, ``in_scheme`` as a flag.

    A unit whose ``in_scheme`` is blank is not in the scheme.

    Raises
    ------
    InputError
        If the table says neither when nor where, a value cannot be read, or a count is negative; rows are named.
    """
    keys = {"unit_id", "cell_id"} & set(figures.columns)
    if "period" not in figures.columns or not keys:
        if figures.empty:
            return pd.DataFrame(columns=["period", "unit_id"], dtype=object)
        present = Joined(map(str, figures.columns))
        raise InputError(
            say(
                "monthly figures need the columns period and unit_id (or cell_id); they have {columns}.",
                columns=present,
            )
        )
    result = figures.assign(period=_months(figures["period"]), **{key: _texts(figures[key]) for key in sorted(keys)})
    for name in _COUNTS:
        if name in result.columns:
            result[name] = _counts(result[name], name)
    if "in_scheme" in result.columns:
        flags = flags_of(result["in_scheme"], name=say("monthly figures: in_scheme"))
        result["in_scheme"] = flags.eq(True).astype(bool)  # noqa: FBT003 - None is not in the scheme either
    return result


def typed_kpis(kpis: pd.DataFrame) -> pd.DataFrame:
    """
    Return business figures with numbers as values, and months written as "2025-06".

    Raises
    ------
    InputError
        If a row has no period, or a value is no number; rows are named.
    """
    text_column(kpis, "period", name="kpis")
    months = pd.Series([_month_or_text(value) for value in kpis["period"].tolist()], index=kpis.index, dtype=object)
    return kpis.assign(period=months, value=numbers_of(kpis["value"], name=say("business figures: value")))


def require_parts(figures: pd.DataFrame, period: str, key: str) -> None:
    """
    Refuse figures of which a part is above its total: a rate above 100 is an error in the data.

    Parameters
    ----------
    figures
        Rows of one month, as `typed_figures` gives them.
    period
        The month, for messages.
    key
        Column that names a row.

    Raises
    ------
    InputError
        If there are any; units (or cells) are named.
    """
    for total, part in _PARTS:
        above = figures[key][figures[part] > figures[total]].tolist() if {part, total} <= set(figures.columns) else []
        if above:
            raise InputError(
                say(
                    "{part} of {period} is above {total} in units {units}: an error in the data.",
                    part=part,
                    period=period,
                    total=total,
                    units=Joined(map(str, above[:_NAMED])),
                )
            )


def _months(periods: pd.Series[Any]) -> pd.Series[Any]:
    months: dict[Any, str] = {}
    wrong: list[Any] = []
    for value in periods.drop_duplicates().tolist():
        try:
            months[value] = month_in(value)
        except ValueError:
            wrong.append(value)
    if wrong:
        raise InputError(
            say(
                "monthly figures: {periods} are no months such as '2025-06'. Nothing was changed.",
                periods=Joined(map(repr, wrong[:_NAMED])),
            )
        )
    return periods.astype(object).map(months).astype(object)


def _month_or_text(value: object) -> str:
    """Return a month in the one way months are written; business figures may be of quarters or years too."""
    try:
        return month_in(value)
    except ValueError:
        return str(value)


def _texts(ids: pd.Series[Any]) -> pd.Series[Any]:
    return ids.astype(object).where(ids.isna(), ids.astype(str)).where(ids.notna(), None)


def _counts(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    whole = column.dtype.kind in "iu"
    numbers = column if whole else numbers_of(column, name=say("monthly figures: {column}", column=name))
    below = np.flatnonzero((numbers < 0).to_numpy())
    if len(below):
        raise InputError(
            say(
                "monthly figures: {column} is negative in rows {rows}. Nothing was changed.",
                column=name,
                rows=Joined(str(row) for row in column.index[below[:_NAMED]]),
            )
        )
    return numbers


def require_single(figures: pd.DataFrame) -> None:
    """
    Refuse figures of which a unit (or a cell) has several rows in a month: they would be added up.

    Raises
    ------
    InputError
        If there are any; they are named.
    """
    keys = [name for name in ("period", "bank_id", "unit_id", "cell_id") if name in figures.columns]
    repeated = figures[figures.duplicated(keys)]
    if len(repeated):
        rows = (" ".join(map(str, row)) for row in repeated[keys].head(_NAMED).itertuples(index=False))
        raise InputError(
            say(
                "monthly figures: {n} rows stand twice, by {columns}: {rows}. Nothing was added up.",
                n=len(repeated),
                columns=Joined(keys),
                rows=Joined(rows),
            )
        )
