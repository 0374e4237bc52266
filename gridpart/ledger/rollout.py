"""Roll-out: the phase of a day, overdue milestones, pilot units, the next wave, the units worth showing."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.partition.layers import text_ids
from gridpart.profiles import Phase, Profile, load
from gridpart.tables import required_day

say = messages("ledger")

_NAMED = 8


@checked
def current_phase(profile: str | Profile, *, start: dt.date | str, on: dt.date | str) -> Phase | None:
    """
    Return the phase of a day, or None before, after and between phases and where the plan gives no dates.

    Parameters
    ----------
    profile
        Its phases are half-open spans of months, so that no day has two.
    start
        First day of the plan; never inferred.
    on
        The day.

    Raises
    ------
    InputError
        If a date cannot be read.
    """
    begun, day = required_day(start, name="start"), required_day(on, name="on")
    for phase in _rules(profile).phases:
        if phase.start_month is None or phase.end_month is None:
            continue
        if _after(begun, phase.start_month) <= day < _after(begun, phase.end_month):
            return phase
    return None


@checked
def milestones(
    profile: str | Profile, *, start: dt.date | str, on: dt.date | str, done: Iterable[str] = ()
) -> pd.DataFrame:
    """
    List the milestones of a plan with their state on a day.

    Parameters
    ----------
    profile
        Its phases.
    start
        First day of the plan.
    on
        The day.
    done
        Codes of milestones that were reached.

    Returns
    -------
    milestones
        ``phase``, ``milestone``, ``title`` (English), ``due`` (first day on which it is late, ISO), ``status``: "done",
        "overdue" or "ahead", ``assumed``, in the order of the plan.

    Raises
    ------
    InputError
        If a date cannot be read, or a code is none of the plan.
    """
    begun, day, reached = required_day(start, name="start"), required_day(on, name="on"), set(done)
    rows = []
    for phase in _rules(profile).phases:
        for stone in phase.milestones:
            due = _after(begun, stone.month)
            status = "done" if stone.code in reached else "overdue" if day >= due else "ahead"
            rows.append((phase.key, stone.code, stone.title, due.isoformat(), status, stone.assumed))
    unknown = sorted(reached - {row[1] for row in rows})
    if unknown:
        raise InputError(
            say(
                "{n} milestones are not in the plan: {milestones}.", n=len(unknown), milestones=Joined(unknown[:_NAMED])
            )
        )
    return pd.DataFrame(rows, columns=["phase", "milestone", "title", "due", "status", "assumed"])


def _after(begun: dt.date, months: int) -> dt.date:
    later: dt.date = (pd.Timestamp(begun) + pd.DateOffset(months=months)).date()
    return later


def _rules(profile: str | Profile) -> Profile:
    return load(profile) if isinstance(profile, str) else profile


@checked
def select_pilots(units: pd.DataFrame, *, share: float, criteria: Sequence[str] = ()) -> list[str]:
    """
    Choose pilot units: a share of all, rounded up, the best by some criteria.

    Parameters
    ----------
    units
        ``unit_id`` and the columns of the criteria.
    share
        Share of the units, 0 to 1; 0.3 of 11 units are 4.
    criteria
        Columns, the first first, larger values first; a minus in front puts smaller values first. Equal units go by id.

    Returns
    -------
    pilots
        Ids, sorted.

    Raises
    ------
    InputError
        If the share is not between 0 and 1, ids repeat, or a criterion is missing or blank; units are named.
    """
    return next_wave((), units, share=share, criteria=criteria)


@checked
def next_wave(
    current: Iterable[str],
    units: pd.DataFrame,
    *,
    share: float,
    criteria: Sequence[str] = (),
    weight: str | None = None,
) -> list[str]:
    """
    Extend the pilot units to a larger share: none is dropped, as few as can be are added.

    Parameters
    ----------
    current
        Ids of the units that are in the scheme.
    units
        All units: ``unit_id``, the columns of the criteria and `weight`.
    share
        Share to reach, 0 to 1; of the units, or of the total of `weight`.
    criteria
        Who comes first; see `select_pilots`.
    weight
        Column that is counted instead of units; the heaviest units then come first and the criteria break ties.

    Returns
    -------
    pilots
        Ids of all, the old ones among them, sorted.

    Raises
    ------
    InputError
        If the share is not between 0 and 1, ids repeat or are unknown, or a value is missing; units are named.
    """
    ids = text_ids(units, "unit_id", name="units")
    old = {str(unit_id) for unit_id in current}
    unknown = sorted(old - set(ids))
    if unknown:
        raise InputError(
            say(
                "{n} current units are not among all: {units}. Nothing was chosen.",
                n=len(unknown),
                units=Joined(unknown[:_NAMED]),
            )
        )
    if not 0 <= share <= 1:
        raise InputError(say("share is {share!r}; it must be between 0 and 1. Nothing was chosen.", share=share))
    order = _ordered(units, ids, ([weight] if weight else []) + list(criteria))
    goal, weights = _goal(units, ids, share=share, weight=weight)
    chosen, reached = set(old), sum((weights[unit_id] for unit_id in old), Fraction(0))
    for unit_id in order:
        if reached >= goal:
            break
        if unit_id not in chosen:
            chosen.add(unit_id)
            reached += weights[unit_id]
    return sorted(chosen)


def _goal(
    units: pd.DataFrame, ids: Sequence[str], *, share: float, weight: str | None
) -> tuple[Fraction, dict[str, Fraction]]:
    """Amount to reach and amount of each unit, exact: 0.07 of 100 units are 7, not 8."""
    exact = Fraction(str(share))
    if weight is None:
        return Fraction(math.ceil(exact * len(ids))), dict.fromkeys(ids, Fraction(1))
    values = {unit_id: Fraction(float(value)) for unit_id, value in zip(ids, units[weight], strict=True)}
    if any(value < 0 for value in values.values()):
        named = Joined(unit_id for unit_id, value in values.items() if value < 0)
        raise InputError(
            say("units have a negative {weight}: {named}. Nothing was chosen.", weight=weight, named=named)
        )
    return exact * sum(values.values(), Fraction(0)), values


def _ordered(units: pd.DataFrame, ids: Sequence[str], criteria: Sequence[str]) -> list[str]:
    """Ids from first to last by the criteria; equal ones by id."""
    keys: list[list[float]] = []
    for criterion in criteria:
        name = criterion.removeprefix("-")
        if name not in units.columns:
            raise InputError(
                say(
                    "units needs the columns {column}; it has {columns}.",
                    column=name,
                    columns=Joined(map(str, units.columns)),
                )
            )
        values = pd.to_numeric(units[name], errors="coerce").astype(float)
        blank = [unit_id for unit_id, lacks in zip(ids, values.isna(), strict=True) if lacks]
        if blank:
            raise InputError(
                say(
                    "{n} units have no number in {name}: {units}. Nothing was chosen.",
                    n=len(blank),
                    name=name,
                    units=Joined(blank[:_NAMED]),
                )
            )
        sign = 1.0 if criterion.startswith("-") else -1.0
        keys.append([sign * value for value in values])
    return [unit_id for *_, unit_id in sorted(zip(*keys, ids, strict=True))]


@checked
def showcase(units: pd.DataFrame, *, criteria: Sequence[str], top: int | None = None) -> pd.DataFrame:
    """
    Rank units by what they have reached; equal units share a rank.

    Parameters
    ----------
    units
        ``unit_id`` and the columns of the criteria.
    criteria
        Columns, the first first; see `select_pilots`.
    top
        Keep only ranks up to this; all if None.

    Returns
    -------
    ranked
        ``rank`` from 1, then the columns of `units`, best first.

    Raises
    ------
    InputError
        If there is no criterion, ids repeat, or a value is missing; units are named.
    """
    if not criteria:
        raise InputError(say("showcase needs at least one criterion. Nothing was ranked."))
    ids = text_ids(units, "unit_id", name="units")
    row_of = {unit_id: row for row, unit_id in enumerate(ids)}
    ranked = units.iloc[[row_of[unit_id] for unit_id in _ordered(units, ids, criteria)]].reset_index(drop=True)
    names = [criterion.removeprefix("-") for criterion in criteria]
    numbers = ranked[names].apply(pd.to_numeric)
    is_new = numbers.ne(numbers.shift()).fillna(value=True).any(axis=1)
    places = pd.Series(range(1, len(ranked) + 1), index=ranked.index)
    ranked.insert(0, "rank", places.where(is_new).ffill().astype("int64"))
    return ranked if top is None else ranked[ranked["rank"] <= top].reset_index(drop=True)
