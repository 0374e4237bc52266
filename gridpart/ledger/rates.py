"""Rates as the plans mean them: coverage in its three meanings, profile rates by segment, links, loan shares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.ledger.figures import COUNTED, require_parts, typed_figures
from gridpart.partition.layers import require_columns
from gridpart.profiles import Profile, load
from gridpart.tables import numbers_of

say = messages("ledger")

_LOANS = ("year", "agriculture", "mse", "total")


@dataclass(frozen=True)
class RateTable:
    """
    Rates of one period.

    Attributes
    ----------
    rates
        In per cent by key, as `evaluate_targets` takes them; NaN where not computable.
    totals
        Entities behind each profile rate: what pooled rates are weighed by.
    units
        Rates of each unit: ``unit_id``, ``name`` and profile rates by key, NaN where nobody is to be filed.
    """

    rates: Mapping[str, float]
    totals: Mapping[str, float]
    units: pd.DataFrame


@checked
def rates_of(
    figures: pd.DataFrame,
    units: pd.DataFrame,
    *,
    period: str,
    denominator: Literal["pilot", "all"] = "pilot",
    reached: pd.DataFrame | None = None,
) -> RateTable:
    """
    Work out the rates of a period from the monthly figures of units.

    Three coverage rates are kept apart. ``unit_coverage_rate`` is the share of villages and communities in the scheme;
    ``area_coverage_rate`` and ``population_coverage_rate`` are the share of land and of people reached, which only
    an audit can say; ``credit_coverage_rate`` is the share of households with credit.

    Parameters
    ----------
    figures
        ``period``, ``unit_id``, ``in_scheme`` and the counts of `COUNTED`; perhaps ``households_granted``.
        As a book takes them: months and counts as text are read, a blank ``in_scheme`` means no.
    units
        ``unit_id``, ``zone_class``; all units, also those without figures.
    period
        Which one.
    denominator
        "pilot" counts profile rates in the units in the scheme only, "all" in all.
    reached
        ``unit_id``, ``area_m2``, ``reached_m2``, ``population``, ``reached_people``: what an audit found.

    Returns
    -------
    table
        The rates. A figure above its total is an error in the data.

    Raises
    ------
    InputError
        If the period has no figures, a unit has two rows or is unknown, or more are on file than there are.
    """
    rows = _figures_of(figures, units, period)
    in_scheme = rows["in_scheme"] if "in_scheme" in rows.columns else pd.Series(data=True, index=rows.index)
    rates = {"unit_coverage_rate": _percent(float(in_scheme.sum()), float(len(units)))}
    totals, by_unit = {}, pd.DataFrame({"unit_id": rows["unit_id"], "name": rows.get("name")})
    counted = rows[in_scheme] if denominator == "pilot" else rows
    for key, (total, filed) in COUNTED.items():
        zone = {"resident": "urban", "rural": "rural"}.get(key)
        if not {total, filed} <= set(rows.columns):
            continue
        mask = pd.Series(data=True, index=rows.index) if zone is None else rows["zone_class"] == zone
        part = counted[mask.loc[counted.index]]
        totals[key] = float(part[total].sum())
        rates[key] = _percent(float(part[filed].sum()), totals[key])
        by_unit[key] = (100 * rows[filed] / rows[total].where(rows[total] > 0)).where(
            mask & rows.index.isin(counted.index)
        )
    if {"households", "households_granted"} <= set(rows.columns):
        rates["credit_coverage_rate"] = _percent(
            float(rows["households_granted"].sum()), float(rows["households"].sum())
        )
    if reached is not None:
        rates["area_coverage_rate"] = _percent(float(reached["reached_m2"].sum()), float(reached["area_m2"].sum()))
        people = float(reached["reached_people"].sum()), float(reached["population"].sum())
        rates["population_coverage_rate"] = _percent(*people)
    return RateTable(rates, totals, by_unit.reset_index(drop=True))


def _percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole > 0 else math.nan


def _figures_of(figures: pd.DataFrame, units: pd.DataFrame, period: str) -> pd.DataFrame:
    require_columns(units, ["unit_id", "zone_class"], name="units")
    figures = typed_figures(figures)
    rows = figures[figures["period"] == period]
    ids = rows["unit_id"]
    wrong = sorted({*ids[ids.duplicated()], *ids[~ids.isin(units["unit_id"])]})
    if rows.empty or wrong:
        known = Joined(sorted(figures["period"].unique())) or say("none")
        why = (
            say("units twice or unknown: {units}", units=Joined(map(str, wrong[:8])))
            if wrong
            else say("periods with figures: {periods}", periods=known)
        )
        raise InputError(say("figures of {period}: {why}. Nothing was computed.", period=period, why=why))
    facts = [name for name in ("unit_id", "zone_class", "name") if name in units.columns]
    joined = rows.merge(pd.DataFrame(units)[facts], on="unit_id", how="left").reset_index(drop=True)
    require_parts(joined, period, "unit_id")
    return joined


@checked
def five_links(records: pd.DataFrame, customers: pd.DataFrame, *, profile: str | Profile = "p2") -> pd.DataFrame:
    """
    Tell how far each segment is linked: the share of its listed customers with every action of the link done.

    Parameters
    ----------
    records
        Those of kind "link" count: ``customer_id``, ``action``.
    customers
        Every listed customer: ``customer_id``, ``segment``.
    profile
        The five links: segment and actions.

    Returns
    -------
    links
        ``segment``, ``action`` (each, and "all" for the link as a whole), ``listed``, ``done``, ``rate`` in per cent
        (NaN if nobody is listed).
    """
    rules = load(profile) if isinstance(profile, str) else profile
    require_columns(records, ["kind", "customer_id", "action"], name="records")
    require_columns(customers, ["customer_id", "segment"], name="customers")
    done = records.loc[records["kind"] == "link", ["customer_id", "action"]].drop_duplicates()
    rows: list[tuple[str, str, int, int, float]] = []
    for link in rules.five_links:
        listed = set(customers.loc[customers["segment"] == link.segment, "customer_id"])
        by_action = {action: listed & set(done.loc[done["action"] == action, "customer_id"]) for action in link.actions}
        by_action["all"] = set.intersection(*by_action.values())
        rows += [
            (link.segment, action, len(listed), len(found), _percent(len(found), len(listed)))
            for action, found in by_action.items()
        ]
    return pd.DataFrame(rows, columns=["segment", "action", "listed", "done", "rate"])


@checked
def loan_shares(
    loans: pd.DataFrame, *, year: int, profile: str | Profile = "p2", mode: Literal["combined", "each"] | None = None
) -> dict[str, float | None]:
    """
    Work out share and growth of agriculture-related and MSE loans from yearly totals of the bank.

    Parameters
    ----------
    loans
        ``year`` (calendar year), ``agriculture``, ``mse``, ``total``: balances at the end of the year, in yuan. Loans
        that are both stand in one of the two only.
    year
        Which one.
    profile
        ``loan_share.share_mode``: "combined" takes both kinds together, "each" the lesser of the two.
    mode
        Instead of the profile's.

    Returns
    -------
    figures
        ``agri_mse_share`` in per cent and ``agri_mse_growth_lead`` in points (growth of these loans less growth of
        all); None where it is not computable: no row, nothing lent, or no base year. As `evaluate_targets` takes them.

    Raises
    ------
    InputError
        If a column is missing, a value is no number, a year has two rows, or parts are negative or above the total.
    """
    rules = load(profile) if isinstance(profile, str) else profile
    how = mode or rules.loan_share.share_mode
    require_columns(loans, _LOANS, name="loans")
    table = pd.DataFrame({name: numbers_of(loans[name], name=f"loans: {name}") for name in _LOANS}).set_index("year")
    both = table["agriculture"] + table["mse"]
    if table.index.has_duplicates or (both > table["total"]).any() or (table < 0).any(axis=None):
        raise InputError(
            say("loans: a year stands twice, or its parts are negative or above its total. Nothing was computed.")
        )
    series = [both] if how == "combined" else [table["agriculture"], table["mse"]]
    shares = [_share(amounts, table["total"], year) for amounts in series]
    leads = [_lead(amounts, table["total"], year) for amounts in series]
    return {"agri_mse_share": _least(shares), "agri_mse_growth_lead": _least(leads)}


def _share(amounts: pd.Series[float], total: pd.Series[float], year: int) -> float | None:
    if year not in total.index or not total[year] > 0:
        return None
    return round(100 * float(amounts[year]) / float(total[year]), 9)


def _lead(amounts: pd.Series[float], total: pd.Series[float], year: int) -> float | None:
    base = year - 1
    if not {year, base} <= set(total.index) or not (total[base] > 0 and amounts[base] > 0):
        return None
    return round(100 * float(amounts[year] / amounts[base] - total[year] / total[base]), 9)


def _least(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return min(known) if len(known) == len(values) else None
