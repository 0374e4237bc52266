"""Counts and sums by any breakdown: whole for those who may see all, with small counts hidden for the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.ledger.book import Book, HasBook, as_book
from gridpart.ledger.schemas import OPEN_COLUMNS, record_schemas
from gridpart.ledger.suppression import TOTAL, suppress
from gridpart.profiles import Profile, load
from gridpart.tables import numbers_of

say = messages("ledger")

MISSING = "missing"
"""Group of the rows that have no value in a column: they are counted, never dropped."""


@checked
def aggregate(
    book: Book | HasBook,
    by: Sequence[str],
    *,
    table: Literal["records", "customers", "kpis", "figures"] = "records",
    profile: str | Profile = "default",
) -> pd.DataFrame:
    """
    Count customers or records by one or two columns, with small counts hidden.

    Records of restricted kinds are left out. Counts below the profile's limit are hidden, totals too, and with them
    others from which they could be worked out. Tables by different columns of one book can be compared by whoever has
    several of them: hand out one breakdown, not all.

    Parameters
    ----------
    book
        The book, or a project.
    by
        One or two open columns of the table or of its cells: ``bank_id``, ``segment``, ``zone_class``, ….
    table
        "records" or "customers".
    profile
        ``privacy.min_count``.

    Returns
    -------
    counts
        The columns of `by`, ``count`` (None where hidden) and ``hidden``; every combination of groups, and totals
        under "all".

    Raises
    ------
    InputError
        If there are not one or two columns, a column is personal, one's own or unknown, or the table holds no persons
        or records.
    """
    book, rules = as_book(book), load(profile) if isinstance(profile, str) else profile
    if table not in ("records", "customers"):
        raise InputError(
            say("aggregates count records or customers; {table!r} holds neither. Nothing is shown.", table=table)
        )
    names = list(by)
    rows = with_cells(book, getattr(book, table))
    _require_open(names, rows, own=_own_columns(book, getattr(book, table)))
    if table == "records":
        rows = rows[~rows["kind"].isin(record_schemas().restricted_kinds)]
    counts = _crossed(rows, names)
    shown = suppress(counts, least=rules.privacy.min_count.count)
    if len(names) == 1:
        long = pd.DataFrame({names[0]: shown.columns, "count": shown.iloc[0].to_numpy()})
    else:
        long = shown.rename_axis(names[0]).reset_index().melt(names[0], var_name=names[1], value_name="count")
        places = {label: place for place, label in enumerate(shown.index)}
        long = long.sort_values(names[0], key=lambda column: column.map(places), kind="stable")
    return long.assign(hidden=long["count"].isna()).reset_index(drop=True)


def _own_columns(book: Book, table: pd.DataFrame) -> set[str]:
    """Return the columns of persons or records of which nobody has said that they tell nothing of a person."""
    return set(table.columns) - {*record_schemas().fields, *OPEN_COLUMNS, *book.cells.columns, *book.units.columns}


def _require_open(names: Sequence[str], rows: pd.DataFrame, *, own: set[str]) -> None:
    if not 1 <= len(names) <= 2 or len(set(names)) < len(names):
        raise InputError(
            say("aggregates are by one or two columns; {columns} was given. Nothing is shown.", columns=list(names))
        )
    closed = [name for name in names if name in record_schemas().personal_fields or name.endswith(("_id", "date"))]
    closed = [name for name in closed if name not in ("bank_id", "cell_id", "outlet_id", "unit_id", "township_id")]
    closed += [name for name in names if name in own and name not in closed]
    unknown = [name for name in names if name not in rows.columns]
    if closed or unknown:
        raise InputError(
            say(
                "aggregates cannot be by {columns}: personal or unknown. Nothing is shown.",
                columns=Joined([*closed, *unknown]),
            )
        )


def _crossed(rows: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    groups = [labels(rows[name]) for name in names]
    if len(groups) == 1:
        return groups[0].value_counts().sort_index().to_frame().T
    return pd.crosstab(groups[0], groups[1])


def labels(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as groups: text, with the rows that have no value as a group of their own."""
    return column.astype(object).where(column.notna(), MISSING).astype(str)


@checked
def with_cells(book: Book, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with what is known of its cells (``cell_id``) and units (``unit_id``); its own goes first."""
    result = table
    for other, key in ((book.cells, "cell_id"), (book.units, "unit_id")):
        if key not in result.columns or key not in other.columns:
            continue
        facts = pd.DataFrame(other).drop(columns="geometry", errors="ignore").drop_duplicates(key).set_index(key)
        for name in facts.columns:
            known = result[key].map(facts[name])
            own = result[name] if name in result.columns else known
            result = result.assign(**{str(name): own.where(own.notna(), known)})
    return result


@checked
def pivot(table: pd.DataFrame, value: str | None, dims: Sequence[str], *, total: bool = True) -> pd.DataFrame:
    """
    Break an indicator down by any columns; the breakdown's total is the ungrouped total.

    Parameters
    ----------
    table
        Rows to break down; see `with_cells` for columns of cells and units.
    value
        Column to add up; None counts rows.
    dims
        Columns to break down by, none for the total alone. Rows without a value in one stand in a group "missing".
    total
        Add a last row "all".

    Returns
    -------
    broken_down
        The columns of `dims`, and ``value`` (or ``count``), sorted.

    Raises
    ------
    InputError
        If a column is not there or stands twice, or a value is no number.
    """
    unknown = [name for name in (*dims, *([] if value is None else [value])) if name not in table.columns]
    if unknown:
        raise InputError(
            say(
                "there is no column {unknown}; the table has {columns}.",
                unknown=Joined(unknown),
                columns=Joined(map(str, table.columns)),
            )
        )
    name = "count" if value is None else value
    if name in dims or len(set(dims)) < len(dims):
        raise InputError(
            say(
                "dims are {dims}: each column once, and none that is added up or called {name}.",
                dims=Joined(dims),
                name=name,
            )
        )
    amounts = pd.Series(1, index=table.index) if value is None else _amounts(table[value])
    result = pd.DataFrame({dim: labels(table[dim]) for dim in dims}).assign(**{name: amounts})
    grand = amounts.sum()
    if dims:
        result = result.groupby(list(dims), sort=True)[name].sum().reset_index()
    else:
        return pd.DataFrame({name: [grand]})
    if not total:
        return result
    return pd.concat([result, pd.DataFrame([{**dict.fromkeys(dims, TOTAL), name: grand}])], ignore_index=True)


def _amounts(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return amounts to add up, whole numbers as such; texts are read as numbers, never joined."""
    return column if column.dtype.kind in "iub" else numbers_of(column, name=str(column.name)).fillna(0)
