"""Progress over the years of a plan: the path of coverage, the judged checklist, the weighted evaluation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, clauses, messages, translator
from gridpart.ledger.targets import shown
from gridpart.partition.layers import require_columns
from gridpart.profiles import Profile, load
from gridpart.profiles.progress import RateKey

say = messages("ledger")

PATH_COLUMNS = ("year", "measure", "value", "threshold", "verdict", "reason")
"""Columns of `evaluate_path`, in order."""


@checked
def evaluate_path(
    values: Sequence[float], *, profile: str | Profile, key: RateKey = "unit_coverage_rate", lang: Language = "en"
) -> pd.DataFrame:
    """
    Judge a rate over the years by what each year must add and by what must be reached in the end.

    A plan that asks for at least 30 points a year and for 100 per cent after three is read as a floor on the yearly
    increment plus a cumulative end value.

    Parameters
    ----------
    values
        Rate at the end of year 1, 2, …, in per cent, cumulative.
    profile
        Plan with increments, or its name.
    key
        Which rate.
    lang
        Language of the reasons.

    Returns
    -------
    path
        One row per year and measure: ``year``, ``measure`` ("increment" each year, "cumulative" in the last year of
        the plan), ``value``, ``threshold``, ``verdict``, ``reason``.

    Raises
    ------
    InputError
        If a rate lies outside 0 to 100, or the profile asks for no increment of it.
    """
    rules = load(profile) if isinstance(profile, str) else profile
    wrong = [
        say("year {year}: {value!r}", year=year, value=value)
        for year, value in enumerate(values, start=1)
        if not 0 <= value <= 100
    ]
    steps = {t.year: t.value for t in rules.targets if t.key == key and t.measure == "increment" and t.ring is None}
    ends = {t.year: t.value for t in rules.targets if t.key == key and t.measure == "level" and t.ring is None}
    if wrong or not steps or not ends:
        why = (
            say("{years}; a rate lies between 0 and 100", years=Joined(wrong, clauses))
            if wrong
            else say("it asks for no increments of {key}", key=key)
        )
        raise InputError(
            say(
                "the path of {key} cannot be judged by profile {profile!r}: {why}. Nothing was judged.",
                key=key,
                profile=rules.name,
                why=why,
            )
        )
    _ = translator(lang, "ledger")
    rows: list[tuple[Any, ...]] = []
    for year, (before, value) in enumerate(zip([0.0, *values], values, strict=False), start=1):
        gained, step = round(value - before, 9), steps.get(year)
        if step is not None:
            text = _("Year {year} added {gained}; at least {threshold:g} is asked for.")
            reason = text.format(year=year, gained=shown(gained, step), threshold=step)
            rows.append((year, "increment", gained, step, "met" if gained >= step else "failed", reason))
        if year == max(ends) and (end := ends[year]) is not None:
            words = _("{value} reaches {threshold:g}.") if value >= end else _("{value} is below {threshold:g}.")
            reason = words.format(value=shown(value, end), threshold=end)
            rows.append((year, "cumulative", value, end, "met" if value >= end else "failed", reason))
    return pd.DataFrame(rows, columns=list(PATH_COLUMNS))


@checked
def trajectory(
    values: Mapping[int, float], *, profile: str | Profile, key: RateKey = "unit_coverage_rate"
) -> pd.DataFrame:
    """Return plan beside fact by year: ``year``, ``plan``, ``actual`` (NaN where not known), ``difference``."""
    rules = load(profile) if isinstance(profile, str) else profile
    plan = {t.year: t.value for t in rules.targets if t.key == key and t.measure == "level" and t.ring is None}
    table = pd.DataFrame({"year": sorted(plan)})
    table["plan"] = table["year"].map(plan).astype("float64")
    table["actual"] = table["year"].map(dict(values)).astype("float64")
    return table.assign(difference=table["actual"] - table["plan"])


@checked
def evaluate_checklist(
    judgements: pd.DataFrame, *, profile: str | Profile, year: int, lang: Language = "en"
) -> pd.DataFrame:
    """
    List the qualities that people must judge; none passes by itself.

    Parameters
    ----------
    judgements
        ``code``, ``verdict`` ("met" or "failed"), ``who``, ``when``: what people have judged so far, perhaps nothing.
    profile
        Plan, or its name.
    year
        Year of the plan.
    lang
        Language of the reasons.

    Returns
    -------
    checklist
        One row per item: ``code``, ``title``, ``verdict`` (met, failed, not_judged), ``who``, ``when``, ``reason``. A
        judgement without person or date does not count.

    Raises
    ------
    InputError
        If a judgement is on an item that the plan does not have that year.
    """
    rules = load(profile) if isinstance(profile, str) else profile
    items = [item for item in rules.checklist if item.year == year]
    if not judgements.empty:
        require_columns(judgements, ["code", "verdict", "who", "when"], name="judgements")
    given = {row["code"]: row for row in judgements.to_dict("records")}  # the last word on an item counts
    unknown = sorted(set(map(str, given)) - {item.code for item in items})
    if unknown:
        raise InputError(
            say(
                "profile {profile!r} has no checklist item {items} in year {year}.",
                profile=rules.name,
                items=Joined(unknown),
                year=year,
            )
        )
    _ = translator(lang, "ledger")
    rows = []
    for item in items:
        said = given.get(item.code, {})
        who, when = said.get("who"), said.get("when")
        signed = said.get("verdict") in ("met", "failed") and not (pd.isna(who) or pd.isna(when))
        verdict = said["verdict"] if signed else "not_judged"
        reason = _("Judged by {who} on {when}.").format(who=who, when=when) if signed else _("A person must judge it.")
        rows.append((item.code, item.title, verdict, who if signed else None, when if signed else None, reason))
    return pd.DataFrame(rows, columns=["code", "title", "verdict", "who", "when", "reason"])


@checked
def evaluate_scheme(indicators: pd.DataFrame, *, profile: str | Profile = "default") -> pd.DataFrame:
    """
    Put the criteria of evaluation together as one score per period, with its trend.

    Each indicator earns 0 points at the `zero` end of its scale and 100 at the `full` end, in proportion between, and
    never more; where less is better, as with costs, `zero` lies above `full`. The score is the weighted mean.

    Parameters
    ----------
    indicators
        ``period`` and one column per indicator of the profile's scorecard "evaluation": ``satisfaction``,
        ``response_hours``, ``cost_per_customer``, ``market_share``, ….
    profile
        Weights and scales, assumed where no plan gives them.

    Returns
    -------
    scores
        ``period``, points per indicator, ``score`` (NaN where an indicator is missing) and ``change`` since the
        period before.

    Raises
    ------
    InputError
        If the profile has no such scorecard, or an indicator has no column.
    """
    rules = load(profile) if isinstance(profile, str) else profile
    card = rules.scorecard("evaluation")
    missing = [] if card is None else [item.code for item in card.indicators if item.code not in indicators.columns]
    if card is None or missing or "period" not in indicators.columns:
        what = (
            say("has no scorecard 'evaluation'")
            if card is None
            else say("needs the columns {columns}", columns=Joined(["period", *missing]))
        )
        raise InputError(say("profile {profile!r} {what}. Nothing was computed.", profile=rules.name, what=what))
    table = indicators.sort_values("period", kind="stable").reset_index(drop=True)
    result = pd.DataFrame({"period": table["period"]})
    for item in card.indicators:
        share = (pd.to_numeric(table[item.code]) - item.zero) / (item.full - item.zero)
        result[item.code] = 100 * share.clip(0.0, 1.0)
    weighted = [result[item.code] * item.weight for item in card.indicators]
    result["score"] = [math.fsum(row) for row in zip(*weighted, strict=True)]
    result["change"] = result["score"].diff()
    return result
