"""Figures of one period: additive ones per cell, rolled up by branch and bank; shares last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from gridpart.errors import InputError
from gridpart.i18n import messages
from gridpart.ledger import Book, alerts, due_checks, open_issues, visit_shares
from gridpart.ledger.figures import require_parts
from gridpart.ledger.following import of_kind
from gridpart.profiles import Profile

say = messages("report")

Progress = Callable[[str], None]

FROM_FIGURES = ("households", "households_filed", "households_granted", "visits", "return_visits")
"""Columns taken from the monthly figures of units."""

SHARES = {
    "coverage_rate": ("units_in_scheme", "units"),
    "filing_rate": ("households_filed", "households"),
    "profile_share": ("profiles", "customers"),
    "visited_share": ("visited", "customers"),
    "overdue_share": ("overdue_yuan", "balance_yuan"),
}
"""Shares by part and whole; computed after adding up, never added up."""

ORDER = (
    "cells", "units", "units_in_scheme", "coverage_rate", "households", "households_filed", "filing_rate",
    "households_granted", "visits", "return_visits", "customers", "profiles", "profile_share", "visits_recorded",
    "visited", "visited_share", "loans", "loan_yuan", "balance_yuan", "overdue_yuan", "overdue_share", "checks_overdue",
    "issues_opened", "issues_closed", "issues_open", "issues_overdue", "alerts",
)  # fmt: skip
"""Columns of every table of figures, in order."""


def last_day(period: str) -> str:
    """
    Return the last day of a month.

    Raises
    ------
    InputError
        If the period is not written as "2025-06".
    """
    try:
        month = pd.Period(period, freq="M")
    except ValueError as error:
        raise InputError(say("a period is a month such as '2025-06'; {period!r} was given.", period=period)) from error
    if str(month) != period:
        raise InputError(say("a period is a month such as '2025-06'; {period!r} was given.", period=period))
    return str(month.end_time.date())


def cell_figures(book: Book, period: str, *, profile: Profile, tell: Progress) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Work out the figures of every cell in a period.

    Parameters
    ----------
    book
        The ledgers.
    period
        Month.
    profile
        Periods and limits.
    tell
        Called before each step.

    Returns
    -------
    cells
        ``cell_id``, ``bank_id``, ``outlet_id`` and the columns `ORDER`, one row per active cell.
    warned
        The alerts as of the last day of the period.
    """
    as_of = last_day(period)
    month = book.records[book.records["date"].dt.strftime("%Y-%m") == period] if len(book.records) else book.records
    tell("figures")
    parts: list[pd.DataFrame | pd.Series[Any]] = [_from_figures(book, period)]
    tell("records")
    parts += [*_counts(book, month, as_of), _visits(book, as_of, profile)]
    tell("due")
    parts += _due(book, as_of, profile)
    tell("alerts")
    warned = alerts(book, as_of=as_of, profile=profile)
    parts.append(warned.groupby("cell_id").size().rename("alerts").to_frame())
    table = book.cells.reindex(columns=["cell_id", "bank_id", "outlet_id"]).set_index("cell_id").assign(cells=1)
    table = table.join(parts).reset_index()
    numbers = [name for name in ORDER if name in table.columns]
    table[numbers] = table[numbers].fillna(0)
    return with_shares(table), warned


def _from_figures(book: Book, period: str) -> pd.DataFrame:
    own = book.figures[book.figures["period"] == period]
    require_parts(own, period, "unit_id" if "unit_id" in own.columns else "cell_id")
    rows = book.cell_figures[book.cell_figures["period"] == period]
    known = [name for name in FROM_FIGURES if name in rows.columns]
    grouped = rows.groupby("cell_id")
    result = grouped[known].sum() if known else pd.DataFrame(index=grouped.size().index)
    result["units"] = grouped.size()
    if "in_scheme" in rows.columns:
        result["units_in_scheme"] = grouped["in_scheme"].sum()
    else:  # as for the rates: figures that do not tell are those of the scheme
        result["units_in_scheme"] = result["units"]
    return result


def _counts(book: Book, month: pd.DataFrame, as_of: str) -> list[pd.DataFrame]:
    loans, issues = of_kind(month, "loan"), of_kind(month, "issue")
    files = of_kind(book.records, "profile", until=as_of)
    balances = of_kind(book.records, "loan", until=as_of)
    amounts = [name for name in ("balance_yuan", "overdue_yuan") if name in balances.columns]
    everything = of_kind(book.records, "issue")
    closed = everything.iloc[:0]
    if "closed_on" in everything.columns:
        closed = everything[everything["closed_on"].dt.strftime("%Y-%m") == as_of[:7]]
    counted = {
        "visits_recorded": of_kind(month, "visit"),
        # where the customer is now, whatever cell the file was made in
        "profiles": book.customers[book.customers["customer_id"].isin(files["customer_id"])],
        "loans": loans,
        "issues_opened": issues,
        "issues_closed": closed,
    }
    tables = [rows.groupby("cell_id").size().rename(name).to_frame() for name, rows in counted.items()]
    if "amount_yuan" in loans.columns:
        tables.append(loans.groupby("cell_id")["amount_yuan"].sum().rename("loan_yuan").to_frame())
    return [*tables, balances.groupby("cell_id")[amounts].sum()] if amounts else tables


def _visits(book: Book, as_of: str, profile: Profile) -> pd.DataFrame:
    shares = visit_shares(book.records, book.customers, as_of=as_of, profile=profile)
    return shares.set_index("cell_id")[["customers", "visited"]]


def _due(book: Book, as_of: str, profile: Profile) -> list[pd.DataFrame]:
    issues = open_issues(book.records, as_of=as_of, profile=profile).groupby("cell_id")["overdue"]
    checks = due_checks(book.records, as_of=as_of, profile=profile).groupby("cell_id")["overdue"]
    return [
        pd.DataFrame({"issues_open": issues.size(), "issues_overdue": issues.sum()}),
        checks.sum().rename("checks_overdue").to_frame(),
    ]


def with_shares(table: pd.DataFrame) -> pd.DataFrame:
    """Return figures with their shares (NaN where there is nothing to share), columns in their order."""
    result = table.copy()
    for name in ORDER:
        if name not in result.columns:
            result[name] = 0
    for name, (part, whole) in SHARES.items():
        result[name] = result[part] / result[whole].where(result[whole] > 0)
    whole_numbers = [name for name in ORDER if name not in SHARES and not name.endswith("_yuan")]
    result[whole_numbers] = result[whole_numbers].astype("int64")
    return result[[*(name for name in table.columns if name not in ORDER), *ORDER]]


def rolled_up(cells: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Add up figures of cells by columns; cells without a value in one form a group of their own."""
    numbers = [name for name in ORDER if name not in SHARES]
    return with_shares(cells.groupby(by, sort=True, dropna=False)[numbers].sum().reset_index())


def missing_units(book: Book, period: str) -> tuple[str, ...]:
    """Return the units that have no figures in a month, sorted."""
    if "unit_id" not in book.figures.columns:
        return ()
    there = set(book.figures.loc[book.figures["period"] == period, "unit_id"])
    return tuple(sorted(str(unit_id) for unit_id in book.units["unit_id"] if unit_id not in there))


def uncounted(book: Book, period: str) -> tuple[str, ...]:
    """Return the units and cells with figures or records in a month that belong to no active cell, sorted."""
    active, own = set(book.cells["cell_id"]), book.figures[book.figures["period"] == period]
    key = "cell_id" if "cell_id" in own.columns else "unit_id"
    held = book.unit_cells["unit_id"][book.unit_cells["cell_id"].isin(active)] if key == "unit_id" else active
    month = book.records[book.records["date"].dt.strftime("%Y-%m") == period]
    strange = {*own[key].dropna()} - {*held} | {*month["cell_id"].dropna()} - active - {*book.members["group_id"]}
    return tuple(sorted(map(str, strange)))
