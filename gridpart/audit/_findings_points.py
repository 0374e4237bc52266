"""Findings about access points: who holds them, and where one is required."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gridpart.audit.access_points import counts_by_unit
from gridpart.audit.concentration import concentration
from gridpart.audit.findings import Found, Kind, findings_at
from gridpart.audit.places import places_named

if TYPE_CHECKING:
    import pandas as pd

    from gridpart.audit.audit import Audit
    from gridpart.profiles import Threshold


def concentrated(audit: Audit) -> Iterator[Found]:
    """Units whose access points belong to too few banks."""
    if audit.points is None:
        return
    limit = audit.profile.audit.hhi_max
    table = concentration(audit)
    # one access point is no market: a share needs at least two to be a concentration
    above = table[(table["access_points"] > 1) & (table["hhi"] > limit.value)]
    places = places_named(audit, "unit_id", above["unit_id"].tolist())
    number = len(places)
    yield findings_at(
        audit, "concentration", places, severity=["low"] * number, value=above["hhi"].to_numpy(dtype=np.float64),
        limit=[limit] * number,
    )  # fmt: skip


def without_points(audit: Audit) -> Iterator[Found]:
    """Units that lack a service point or a workstation where the profile requires one."""
    if audit.equipment is None or audit.units.table["kind"].isna().all():
        return
    limit = audit.profile.audit.min_service_points_per_village
    yield _lacking(audit, "no_service_point", "service_point", kinds=("village",), limit=limit)
    scope = audit.profile.staffing.workstation_scope
    if scope != "none":
        kinds = ("village",) if scope == "villages" else ("village", "community")
        yield _lacking(audit, "no_workstation", "workstation", kinds=kinds, limit=None)


def _lacking(
    audit: Audit, kind: Kind, equipment_kind: str, *, kinds: tuple[str, ...], limit: Threshold | None
) -> Found:
    counts = counts_by_unit(audit, equipment_kind=equipment_kind)
    have = {} if counts is None else counts.groupby("unit_id")["count"].sum().to_dict()
    wanted = 1.0 if limit is None else limit.value
    table, drawn = audit.units.table, set(audit.faces["unit_id"])
    number = {unit: float(have.get(unit, 0)) for unit in table.loc[table["kind"].isin(kinds), "unit_id"]}
    short = {unit: found for unit, found in number.items() if found < wanted and unit in drawn}
    return findings_at(
        audit, kind, places_named(audit, "unit_id", list(short)), severity=["medium"] * len(short),
        value=np.array(list(short.values()), dtype=np.float64), limit=[limit] * len(short),
    )  # fmt: skip


def beyond_proximity(audit: Audit) -> Iterator[Found]:
    """Units without the basic, and townships without the full services that the profile asks for."""
    if audit.points is None or not len(audit.units):
        return
    rules = audit.profile.audit
    missed = audit.proximity().query("is_rule and not passed")
    units = missed[missed["level"] == "unit"]
    yield _missed(audit, units, "no_basic_service", "unit_id", rules.min_basic_points_per_unit)
    towns = missed[missed["level"] == "township"]
    found = _missed(audit, towns, "no_full_service", "township_id", rules.min_full_points_per_township)
    table = audit.units.table.drop_duplicates("township_id")
    name_of = dict(zip(table["township_id"], table["township"], strict=True))
    names = [name_of[town] for town in found.township_id]
    yield replace(found, township=names, name=names)


def _missed(audit: Audit, missed: pd.DataFrame, kind: Kind, column: str, limit: Threshold) -> Found:
    """Describe places by unit or township; those of which nothing lies in the area are left out."""
    drawn = missed[missed["id"].isin(set(audit.faces[column]))]
    names, number = drawn["id"].tolist(), len(drawn)
    places = places_named(audit, column, names)
    by_unit = column == "unit_id"
    found = findings_at(
        audit, kind, places if by_unit else replace(places, units=np.full(number, None)),
        severity=["medium"] * number, value=drawn["points"].to_numpy(dtype=np.float64), limit=[limit] * number,
    )  # fmt: skip
    return found if by_unit else replace(found, finding_id=[f"{kind}:{name}" for name in names], township_id=names)
