"""Early warning: cells past the limits of a profile, each with the rule, the value and the limit."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.i18n import translator
from gridpart.ledger.book import Book, HasBook, as_book
from gridpart.ledger.following import of_kind, visit_shares
from gridpart.profiles import Profile, Threshold, load
from gridpart.tables import required_day

RULES = ("overdue_share", "stale_visits", "single_officer", "service_loss")
"""Names of the rules, in the order in which alerts are listed."""

ALERT_COLUMNS = ("cell_id", "bank_id", "rule", "value", "limit", "assumed", "as_of")
"""Columns of the table of alerts, in order."""

SERVICE_INDICATOR = "access_points"
"""Indicator of the business figures that counts the access points of a cell."""


@checked
def alerts(book: Book | HasBook, *, as_of: str | dt.date, profile: str | Profile = "default") -> pd.DataFrame:
    """
    List the cells past a limit.

    Four rules: the share of loan balances overdue (``overdue_share``), of customers not visited in time
    (``stale_visits``), of visited customers whom one officer alone has visited in that time (``single_officer``: where
    that one is away, nobody knows the cell; two customers or more), and of access points lost since the
    period before (``service_loss``). A cell is warned of above the limit, not at it.

    Parameters
    ----------
    book
        Records, customers and business figures; or a project.
    as_of
        Day; what is dated later is not known yet.
    profile
        The limits.

    Returns
    -------
    alerts
        ``cell_id``, ``bank_id``, ``rule``, ``value``, ``limit``, ``assumed`` (whether the limit is), ``as_of``; by
        rule, the worst first.
    """
    book, rules = as_book(book), load(profile) if isinstance(profile, str) else profile
    as_of = required_day(as_of, name="as_of").isoformat()
    limits: dict[str, tuple[pd.Series[Any], Threshold]] = {
        "overdue_share": (_overdue_share(book, as_of), rules.risk.max_overdue_share),
        "stale_visits": (_stale_share(book, as_of, rules), rules.risk.max_stale_visit_share),
        "single_officer": (_single_officer_share(book, as_of, rules), rules.risk.max_single_officer_share),
        "service_loss": (_service_loss(book, as_of), rules.risk.max_service_loss_share),
    }
    banks = book.cells.set_index("cell_id")["bank_id"]
    parts = []
    for rule, (values, threshold) in limits.items():
        past = values[values > threshold.value].rename("value").rename_axis("cell_id").reset_index()
        past = past.sort_values(["value", "cell_id"], ascending=[False, True])
        past = past.assign(rule=rule, limit=threshold.value, assumed=threshold.assumed, as_of=as_of)
        parts.append(past.assign(bank_id=past["cell_id"].map(banks)))
    return pd.concat(parts, ignore_index=True)[list(ALERT_COLUMNS)]


@checked
def rule_names(lang: Language) -> dict[str, str]:
    """Return the words for the rules."""
    _ = translator(lang, "ledger")
    return {
        "overdue_share": _("Share of loans overdue"),
        "stale_visits": _("Share of customers not visited in time"),
        "single_officer": _("Share of customers whom only one officer knows"),
        "service_loss": _("Share of access points lost"),
    }


def _overdue_share(book: Book, as_of: str) -> pd.Series[Any]:
    loans = of_kind(book.records, "loan", until=as_of)
    if "balance_yuan" not in loans.columns or "overdue_yuan" not in loans.columns:
        return pd.Series(dtype="float64")
    sums = loans.groupby("cell_id")[["overdue_yuan", "balance_yuan"]].sum()
    return (sums["overdue_yuan"] / sums["balance_yuan"].where(sums["balance_yuan"] > 0)).dropna()


def _stale_share(book: Book, as_of: str, rules: Profile) -> pd.Series[Any]:
    shares = visit_shares(book.records, book.customers, as_of=as_of, profile=rules).set_index("cell_id")
    return 1 - shares["share"]


def _single_officer_share(book: Book, as_of: str, rules: Profile) -> pd.Series[Any]:
    days = pd.Timedelta(days=rules.follow_up.visit_within_days.count)
    visits = of_kind(book.records, "visit", until=as_of)
    recent = visits[visits["date"] >= pd.Timestamp(as_of) - days]
    pairs = recent[["cell_id", "customer_id", "officer_id"]].drop_duplicates()
    known_by = pairs.groupby(["cell_id", "customer_id"], sort=True)["officer_id"].agg(["size", "first"])
    alone = known_by[known_by["size"] == 1].groupby(["cell_id", "first"]).size().groupby("cell_id").max()
    customers = known_by.groupby("cell_id").size()
    share = (alone / customers).fillna(0.0)
    return share[customers >= 2]


def _service_loss(book: Book, as_of: str) -> pd.Series[Any]:
    points = book.kpis[(book.kpis["indicator"] == SERVICE_INDICATOR) & (book.kpis["period"] <= as_of[:7])]
    periods = sorted(points["period"].unique())[-2:]
    if len(periods) < 2:
        return pd.Series(dtype="float64")
    before, now = (points[points["period"] == period].groupby("cell_id")["value"].sum() for period in periods)
    had = before[before > 0]
    lost: pd.Series[Any] = 1 - now.reindex(had.index).fillna(0.0) / had
    return lost
