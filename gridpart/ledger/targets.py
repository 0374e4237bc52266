"""Targets of a plan against the rates reached: one verdict and its reason per target."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, aside, clauses, listed, messages, sentences, translator
from gridpart.profiles import Profile, Target, load, rate_names
from gridpart.profiles.progress import RateKey

say = messages("ledger")

COLUMNS = ("target", "value", "threshold", "verdict", "reason")
"""Columns of a table of verdicts, in order."""

Verdict = Literal["met", "failed", "not_set", "not_computable"]
Rates = Mapping[str, Any]

_WHEN_GIVEN = ("agri_mse_share", "agri_mse_growth_lead")
"""Figures of the bank as a whole, not of its grid: judged where they are given."""

_OPEN_INCREMENT = ("increment", "not_computable")
_NAMED = 8
_DIGITS = 9  # points of per cent; differences and pooled rates are sums of floats


@checked
def evaluate_targets(
    rates: Rates,
    *,
    profile: str | Profile,
    year: int,
    previous: Rates | None = None,
    totals: Mapping[str, float] | None = None,
    units: pd.DataFrame | None = None,
    lang: Language = "en",
) -> pd.DataFrame:
    """
    Judge the rates of a year by the targets of a plan.

    Parameters
    ----------
    rates
        What was reached by the end of the year: ``unit_coverage_rate, resident, merchant, park, mse, rural`` and the
        further keys of the profile, in per cent from 0 to 100 or in the target's own unit. The figure of a ring is
        given as ``"key:ring"``. None and NaN stand for figures that are not known.
    profile
        Plan, or its name.
    year
        Year of the plan, from 1.
    previous
        Rates by the end of the year before, for targets on what the year added. Before year 1 they are 0.
    totals
        Number of entities behind each rate. Targets that the plan states for several segments together are then
        judged by the pooled rate; without it, every segment by itself, which is never more lenient.
    units
        One row per unit with ``unit_id``, perhaps ``name``, and rates by key. Where all must be reached, a unit below
        fails the target and is named.
    lang
        Language of the reasons.

    Returns
    -------
    verdicts
        One row per target key: ``target``, ``value``, ``threshold``, ``verdict`` (met, failed, not_set,
        not_computable) and ``reason``. A value equal to its threshold meets it. A target the plan leaves blank is
        not_set, whatever the value.

    Raises
    ------
    InputError
        If a rate is above 100, negative or no number, a key is unknown, or the profile has no target for the year.
    """
    rules = load(profile) if isinstance(profile, str) else profile
    number, known = _year(year, rules), _checked(rates, rules, what="rates")
    context = _Context(
        rates=known,
        previous=None if previous is None else _checked(previous, rules, what="previous"),
        pools=_pooled(rules.targets_of(number), known, {} if totals is None else totals),
        units=units,
        year=number,
        lang=lang,
    )
    rows = [_row(key, targets, context) for key, targets in _by_key(rules.targets_of(number), known)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


@dataclass(frozen=True)
class _Context:
    """What every target of the call is judged with."""

    rates: Mapping[str, float | None]
    previous: Mapping[str, float | None] | None
    pools: Mapping[str, tuple[float, tuple[str, ...]]]
    units: pd.DataFrame | None
    year: int
    lang: Language


def key_of(target: Target) -> str:
    """Return the key of a target's figure: with its ring, where it has one."""
    return target.key if target.ring is None else f"{target.key}:{target.ring}"


def _by_key(targets: Sequence[Target], rates: Mapping[str, float | None]) -> Iterable[tuple[str, list[Target]]]:
    grouped: dict[str, list[Target]] = {}
    for target in targets:
        if target.key in _WHEN_GIVEN and target.value is not None and key_of(target) not in rates:
            continue
        grouped.setdefault(key_of(target), []).append(target)
    return grouped.items()


def _year(year: int, rules: Profile) -> int:
    known = sorted({target.year for target in rules.targets})
    if isinstance(year, bool) or year not in known:
        raise InputError(
            say(
                "profile {profile!r} has no target for year {year!r}; it has targets for {years}. Nothing was judged.",
                profile=rules.name,
                year=year,
                years=Joined(say("year {year}", year=number) for number in known) or say("no year"),
            )
        )
    return int(year)


def _checked(rates: Rates, rules: Profile, *, what: str) -> dict[str, float | None]:
    """Return rates as numbers or None; everything wrong is named at once."""
    known = {*get_args(RateKey), *map(key_of, rules.targets)}
    in_percent = {key_of(target) for target in rules.targets if target.unit == "percent"}
    free = {key_of(target) for target in rules.targets} - in_percent
    problems, checked = [], {}
    if not hasattr(rates, "items"):
        raise InputError(
            say(
                "{what} must map each rate to per cent; a {kind} was given. Nothing was judged.",
                what=what,
                kind=type(rates).__name__,
            )
        )
    for key, value in rates.items():
        if key not in known:
            problems.append(say("{key!r} is no known rate", key=key))
            continue
        number = _number(value)
        checked[key] = number
        if isinstance(number, float) and math.isinf(number):
            problems.append(say("{key} is {value!r}, which is no number", key=key, value=value))
        elif number is not None and key not in free and not 0 <= number <= 100:
            problems.append(say("{key} is {number:.15g} %; a rate lies between 0 and 100", key=key, number=number))
    if problems:
        raise InputError(
            say(
                "{what}: {problems}. That is an error in the data, so nothing was judged. Known rates: {known}.",
                what=what,
                problems=Joined(problems, clauses),
                known=Joined(sorted(known)),
            )
        )
    return checked


def _number(value: object) -> float | None:
    """Return a number, None for what is missing, and infinity for what is none."""
    if value is None or value is pd.NA:
        return None
    if isinstance(value, (bool, np.bool_, str)) or not hasattr(value, "__float__"):
        return math.inf
    number = float(value)
    return None if math.isnan(number) else number


def _pooled(
    targets: Sequence[Target], rates: Mapping[str, float | None], totals: Mapping[str, float]
) -> dict[str, tuple[float, tuple[str, ...]]]:
    """Return rate and segments of each composite target whose rates and totals are all known."""
    members: dict[str, list[str]] = {}
    for target in targets:
        if target.pool is not None:
            members.setdefault(target.pool, []).append(key_of(target))
    pools = {}
    for pool, keys in members.items():
        found = [(rates.get(key), totals.get(key)) for key in keys]
        known = [(rate, total) for rate, total in found if rate is not None and total is not None]
        weight = math.fsum(total for _, total in known)
        if len(known) == len(keys) and weight > 0:
            pools[pool] = (math.fsum(rate * total for rate, total in known) / weight, tuple(keys))
    return pools


def _row(key: str, targets: Sequence[Target], context: _Context) -> tuple[str, float, float, Verdict, str]:
    """Judge all targets on one key; it is met if each of them is."""
    judged = [(target, *_judge(key, target, context)) for target in targets]
    verdicts = {verdict for _, verdict, _ in judged}
    if any(target.measure == "level" for target in targets) and context.rates.get(key) is not None:
        # an increment that cannot be computed leaves the level to decide, and the reason says so
        verdicts = {verdict for target, verdict, _ in judged if (target.measure, verdict) != _OPEN_INCREMENT}
    order: tuple[Verdict, ...] = ("failed", "not_computable", "not_set", "met")
    value, level = context.rates.get(key), next((t for t in targets if t.measure == "level"), targets[0])
    return (
        key,
        math.nan if value is None else value,
        math.nan if level.value is None else level.value,
        next(verdict for verdict in order if verdict in verdicts),
        sentences(dict.fromkeys(reason for _, _, reason in judged), context.lang),
    )


def _judge(key: str, target: Target, context: _Context) -> tuple[Verdict, str]:
    _ = translator(context.lang, "ledger")
    if target.value is None:
        return "not_set", _("The plan leaves the value blank; nothing is judged.")
    value = context.rates.get(key)
    verdict: Verdict
    if value is None:
        verdict, reason = "not_computable", _("No figure was given for {key}.").format(key=_figure(key, context.lang))
    elif target.measure == "increment":
        verdict, reason = _judge_increment(key, value, target.value, context)
    else:
        verdict, reason = _judge_level(key, value, target, context)
    if target.assumed:
        assumed = _("The threshold {threshold:g} is assumed: no plan gives it.").format(threshold=target.value)
        reason = sentences((reason, assumed), context.lang)
    return verdict, reason


def _judge_increment(key: str, value: float, threshold: float, context: _Context) -> tuple[Verdict, str]:
    _ = translator(context.lang, "ledger")
    before = 0.0 if context.year == 1 else None if context.previous is None else context.previous.get(key)
    if before is None:
        text = _("Not checked: that year {year} added {threshold:g}; the figure of the year before was not given.")
        return "not_computable", text.format(year=context.year, threshold=threshold)
    gained = round(value - before, _DIGITS)
    text = _("Year {year} added {gained}; at least {threshold:g} is asked for.")
    reason = text.format(year=context.year, gained=shown(gained, threshold), threshold=threshold)
    return ("met" if gained >= threshold else "failed"), reason


def _judge_level(key: str, value: float, target: Target, context: _Context) -> tuple[Verdict, str]:
    _ = translator(context.lang, "ledger")
    threshold = float(target.value or 0.0)
    pool = context.pools.get(target.pool or "")
    judged = value if pool is None else round(pool[0], _DIGITS)
    below = _below(key, threshold, context) if threshold >= 100 else []
    words = _("{value} reaches {threshold:g}.") if judged >= threshold else _("{value} is below {threshold:g}.")
    reason = [words.format(value=shown(judged, threshold), threshold=threshold)]
    if pool is not None:
        text = _("Judged by the pooled rate of {segments}; {key} alone is {value}.")
        figures = " + ".join(_figure(one, context.lang) for one in pool[1])
        reason.append(text.format(segments=figures, key=_figure(key, context.lang), value=shown(value)))
    if target.denominator == "pilot":
        reason.append(_("Counted in pilot units."))
    if below:
        reason.append(_("Below: {names}.").format(names=listed(below, context.lang)))
    return ("met" if judged >= threshold and not below else "failed"), sentences(reason, context.lang)


def shown(value: float, threshold: float = 0.0) -> str:
    """Return a figure with two decimals, or as many as decide: 39.9999 is not shown as 40 where 40 is asked for."""
    for digits in range(2, _DIGITS):
        if (round(value, digits) >= threshold) == (value >= threshold):
            return f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return f"{value:.{_DIGITS}f}".rstrip("0").rstrip(".")


def _figure(key: str, lang: Language) -> str:
    """Return a figure in words; in English its key, as in the column ``target``."""
    return key if lang == "en" else rate_names(lang).get(key, key)


def _below(key: str, threshold: float, context: _Context) -> list[str]:
    """Name the units whose own rate is below the threshold."""
    units, lang = context.units, context.lang
    if units is None or key not in units.columns:
        return []
    rates = pd.to_numeric(units[key]).astype(float)
    named = units[rates < threshold]
    rows = named.itertuples(index=False)
    labels = [
        aside(str(row.name), str(row.unit_id), lang) if getattr(row, "name", None) else str(row.unit_id) for row in rows
    ]
    per_cent = " %" if lang == "en" else "%"
    names = [
        f"{label} {shown(rate, threshold)}{per_cent}"
        for label, rate in zip(labels, rates[rates < threshold], strict=True)
    ]
    return [*names[:_NAMED], *([aside("…", f"{len(names)}", lang)] if len(names) > _NAMED else [])]
