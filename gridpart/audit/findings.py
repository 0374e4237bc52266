"""Findings: each place where a rule of the profile is broken, with what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import BoolArray, GeometryArray, IntArray
from gridpart.audit._finding_words import words_of
from gridpart.audit.cell_faces import cells_at
from gridpart.audit.rules import bank_limit
from gridpart.steps import counted, step, task

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.audit.audit import Audit
    from gridpart.profiles import Threshold

Kind = Literal[
    "blank",
    "excessive",
    "overlap_share",
    "concentration",
    "no_service_point",
    "no_workstation",
    "no_basic_service",
    "no_full_service",
    "no_officer",
    "no_channel",
    "sliver",
    "doubled_within_bank",
    "sliver_within_bank",
]
Severity = Literal["high", "medium", "low"]

_DTYPES = {"value": "float64", "limit": "float64", "assumed": "bool", "area_m2": "float64", "population": "float64"}
"""Columns that are no texts; texts stay objects, so that None stays None."""

_WHOLE = 0.999999
"""Share of a unit above which it counts as wholly blank: the rest is drawing accuracy."""


@dataclass(frozen=True)
class Finding:
    """One place where a rule is broken; the columns of `Audit.findings` but for text and geometry."""

    finding_id: str
    kind: Kind
    severity: Severity
    unit_id: str | None
    name: str | None
    township_id: str | None
    township: str | None
    zone_class: str | None
    banks: tuple[str, ...]
    cells: tuple[str, ...]
    value: float
    limit: float | None
    assumed: bool
    area_m2: float
    population: float


Placed = tuple[Finding, shapely.Geometry]
"""A finding and where it is."""


@task("findings", steps=("blank", "excessive", "points", "service", "overlaps", "wording"))
def find_all(audit: Audit, *, lang: Language) -> gpd.GeoDataFrame:
    """Return all findings of an audit, the most severe and populous first, with reason and next step in words."""
    from gridpart.audit._findings_cells import own_overlaps_found, without_service
    from gridpart.audit._findings_points import beyond_proximity, concentrated, without_points

    step("blank")
    found = [*_blanks(audit)]
    step("excessive")
    found += [*_excessive(audit), *_overlap_shares(audit), *_slivers(audit)]
    step("points")
    found += [*concentrated(audit), *without_points(audit), *beyond_proximity(audit)]
    step("service")
    found += without_service(audit)
    step("overlaps")
    found += own_overlaps_found(audit)
    step("wording")
    rank = {"high": 0, "medium": 1, "low": 2}
    found.sort(key=lambda item: (rank[item[0].severity], -np.nan_to_num(item[0].population), item[0].finding_id))
    columns: dict[str, pd.Series] = {}
    for field in fields(Finding):
        values = [getattr(finding, field.name) for finding, _ in found]
        columns[field.name] = pd.Series(values, dtype=_DTYPES.get(field.name, object))
    table = pd.DataFrame(columns)
    words = [words_of(finding, lang) for finding, _ in found]
    table["reason"] = pd.Series([reason for reason, _ in words], dtype=object)
    table["next_step"] = pd.Series([step for _, step in words], dtype=object)
    return gpd.GeoDataFrame(table, geometry=[shape for _, shape in found], crs=audit.faces.crs)


def finding_at(
    audit: Audit,
    kind: Kind,
    severity: Severity,
    *,
    unit: object,
    rows: IntArray,
    value: float,
    limit: Threshold | None,
) -> Placed:
    """Describe some faces of one unit; `unit` is None where there are no units."""
    faces = audit.faces.iloc[rows]
    place = audit.unit_row(unit)
    parts: GeometryArray = shapely.get_parts(np.asarray(faces.geometry.array, dtype=object))
    shape: shapely.Geometry = parts[0] if len(parts) == 1 else shapely.coverage_union_all(parts)
    where = str(unit) if unit is not None else _place_name(shape)
    finding = Finding(
        finding_id=f"{kind}:{where}",
        kind=kind,
        severity=severity,
        unit_id=None if unit is None else str(unit),
        name=place.get("name"),
        township_id=place.get("township_id"),
        township=place.get("township"),
        zone_class=place.get("zone_class"),
        banks=tuple(sorted({bank for banks in faces["banks"] for bank in banks})),
        cells=cells_at(audit, rows),
        value=value,
        limit=None if limit is None else limit.value,
        assumed=limit is not None and limit.assumed,
        area_m2=float(faces["area_m2"].sum()),
        population=float(faces["population"].sum(min_count=1)),
    )
    return finding, shape


def _place_name(shape: shapely.Geometry) -> str:
    """Name a place without unit by the 10 m square of a point in it: stable while the place stays."""
    x, y = shapely.get_coordinates(shapely.point_on_surface(shape))[0]
    return f"{round(x / 10) * 10:.0f},{round(y / 10) * 10:.0f}"


def _by_unit(audit: Audit, chosen: BoolArray) -> Iterator[tuple[object, IntArray]]:
    """Group chosen rows of the faces by unit; rows without unit one by one."""
    groups = rows_by_unit(audit, np.flatnonzero(chosen))
    alone = groups.pop(None, np.zeros(0, dtype=np.int64))
    for unit in counted("units", sorted(groups)):
        yield unit, groups[unit]
    for row in alone:
        yield None, np.array([row])


def rows_by_unit(audit: Audit, rows: IntArray | None = None) -> dict[Any, IntArray]:
    """Return rows of the faces (all if None) by unit, ascending; under None those that lie in no unit."""
    units = audit.faces["unit_id"].to_numpy(dtype=object)
    groups: dict[Any, list[int]] = {}
    for row in range(len(units)) if rows is None else rows.tolist():
        groups.setdefault(units[row], []).append(row)
    return {unit: np.array(members, dtype=np.int64) for unit, members in groups.items()}


def _blanks(audit: Audit) -> Iterator[Placed]:
    faces = audit.faces
    unit_area = faces.groupby("unit_id")["area_m2"].sum()
    for unit, rows in _by_unit(audit, (faces["flag"] == "blank") & ~faces["is_sliver"]):
        share = 1.0 if unit is None else float(faces["area_m2"].iloc[rows].sum() / unit_area[unit])
        people = faces["population"].iloc[rows].sum(min_count=1)
        populated = not people < audit.profile.audit.min_people.value
        severity: Severity = "low" if not populated else "high" if share > _WHOLE else "medium"
        yield finding_at(audit, "blank", severity, unit=unit, rows=rows, value=share, limit=None)


def _excessive(audit: Audit) -> Iterator[Placed]:
    faces = audit.faces
    for unit, rows in _by_unit(audit, (faces["flag"] == "excessive") & ~faces["is_sliver"]):
        limit = bank_limit(audit.profile, faces["zone_class"].iloc[rows[0]])
        people = faces["population"].iloc[rows].sum(min_count=1)
        severity: Severity = "low" if people < audit.profile.audit.min_people.value else "medium"
        count = float(faces["bank_count"].iloc[rows].max())
        yield finding_at(audit, "excessive", severity, unit=unit, rows=rows, value=count, limit=limit)


def _overlap_shares(audit: Audit) -> Iterator[Placed]:
    faces, limit = audit.faces, audit.profile.audit.urban_max_overlap_share
    unit_area = faces.groupby("unit_id")["area_m2"].sum()
    crossed = (faces["bank_count"] > 1) & (faces["zone_class"] == "urban") & ~faces["is_sliver"]
    for unit, rows in _by_unit(audit, crossed):
        share = 1.0 if unit is None else float(faces["area_m2"].iloc[rows].sum() / unit_area[unit])
        if share > limit.value:
            yield finding_at(audit, "overlap_share", "low", unit=unit, rows=rows, value=share, limit=limit)


def _slivers(audit: Audit) -> Iterator[Placed]:
    faces, limit = audit.faces, audit.profile.audit.sliver_width_m
    for unit, rows in _by_unit(audit, faces["is_sliver"].to_numpy()):
        area = float(faces["area_m2"].iloc[rows].sum())
        yield finding_at(audit, "sliver", "low", unit=unit, rows=rows, value=area, limit=limit)
