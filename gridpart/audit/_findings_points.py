"""Findings about access points: who holds them, and where one is required."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gridpart.audit.access_points import counts_by_unit
from gridpart.audit.concentration import herfindahl
from gridpart.audit.findings import Kind, Placed, finding_at, rows_by_unit
from gridpart.steps import counted

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit
    from gridpart.profiles import Threshold


def concentrated(audit: Audit) -> Iterator[Placed]:
    """Units whose access points belong to too few banks."""
    limit = audit.profile.audit.hhi_max
    counts = counts_by_unit(audit)
    if counts is None:
        return
    faces = rows_by_unit(audit)
    for unit, group in counts.groupby("unit_id"):
        index = herfindahl(group["count"].to_numpy(dtype=np.float64))
        # one access point is no market: a share needs at least two to be a concentration
        if group["count"].sum() > 1 and index > limit.value:
            rows = faces.get(unit, np.zeros(0, dtype=np.int64))
            yield finding_at(audit, "concentration", "low", unit=unit, rows=rows, value=index, limit=limit)


def without_points(audit: Audit) -> Iterator[Placed]:
    """Units that lack a service point or a workstation where the profile requires one."""
    if audit.equipment is None or audit.units.table["kind"].isna().all():
        return
    limit = audit.profile.audit.min_service_points_per_village
    yield from _lacking(audit, "no_service_point", "service_point", kinds=("village",), limit=limit)
    scope = audit.profile.staffing.workstation_scope
    if scope != "none":
        kinds = ("village",) if scope == "villages" else ("village", "community")
        yield from _lacking(audit, "no_workstation", "workstation", kinds=kinds, limit=None)


def _lacking(
    audit: Audit, kind: Kind, equipment_kind: str, *, kinds: tuple[str, ...], limit: Threshold | None
) -> Iterator[Placed]:
    counts = counts_by_unit(audit, equipment_kind=equipment_kind)
    have = {} if counts is None else counts.groupby("unit_id")["count"].sum().to_dict()
    wanted = 1.0 if limit is None else limit.value
    faces = rows_by_unit(audit)
    table = audit.units.table
    for unit in counted("units", table.loc[table["kind"].isin(kinds), "unit_id"].tolist()):
        number = have.get(unit, 0)
        if number < wanted and unit in faces:
            yield finding_at(audit, kind, "medium", unit=unit, rows=faces[unit], value=float(number), limit=limit)


def beyond_proximity(audit: Audit) -> Iterator[Placed]:
    """Units without the basic, and townships without the full services that the profile asks for."""
    if audit.points is None or not len(audit.units):
        return
    rules, places = audit.profile.audit, audit.faces
    townships = audit.units.table.set_index("township_id")["township"]
    missed = audit.proximity().query("is_rule and not passed")
    for row in missed.to_dict("records"):
        rows = np.flatnonzero(places[f"{row['level']}_id"] == row["id"])
        if not len(rows):
            continue
        number = float(row["points"])
        if row["level"] == "unit":
            limit = rules.min_basic_points_per_unit
            yield finding_at(audit, "no_basic_service", "medium", unit=row["id"], rows=rows, value=number, limit=limit)
        else:
            limit = rules.min_full_points_per_township
            kind: Kind = "no_full_service"
            found, shape = finding_at(audit, kind, "medium", unit=None, rows=rows, value=number, limit=limit)
            name = townships.loc[[row["id"]]].iloc[0]
            yield (
                replace(found, finding_id=f"{kind}:{row['id']}", township_id=row["id"], township=name, name=name),
                shape,
            )
