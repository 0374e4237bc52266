"""Findings: each place where a rule of the profile is broken. Nothing here is in a language: see `_finding_words`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray
from gridpart.audit.places import Places, places_of
from gridpart.audit.rules import bank_limit
from gridpart.steps import step, task

if TYPE_CHECKING:
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

_RANK = {"high": 0, "medium": 1, "low": 2}


@dataclass(frozen=True, eq=False)
class Found:
    """Places where rules are broken, column by column: the columns of `Audit.findings` but for text."""

    finding_id: Sequence[str]
    kind: Sequence[Kind]
    severity: Sequence[Severity]
    unit_id: Sequence[str | None]
    name: Sequence[str | None]
    township_id: Sequence[str | None]
    township: Sequence[str | None]
    zone_class: Sequence[str | None]
    banks: Sequence[tuple[str, ...]]
    cells: Sequence[tuple[str, ...]]
    value: Sequence[float]
    limit: Sequence[float | None]
    assumed: Sequence[bool]
    area_m2: Sequence[float]
    population: Sequence[float]
    geometry: Sequence[shapely.Geometry]


@task("findings", steps=("blank", "excessive", "points", "service", "overlaps"))
def find_all(audit: Audit) -> gpd.GeoDataFrame:
    """Return all findings of an audit, the most severe and populous first."""
    from gridpart.audit._findings_cells import own_overlaps_found, without_service
    from gridpart.audit._findings_points import beyond_proximity, concentrated, without_points

    step("blank")
    found = [_blanks(audit)]
    step("excessive")
    found += [_excessive(audit), _overlap_shares(audit), _slivers(audit)]
    step("points")
    found += [*concentrated(audit), *without_points(audit), *beyond_proximity(audit)]
    step("service")
    found += without_service(audit)
    step("overlaps")
    found += own_overlaps_found(audit)
    columns = {
        field.name: list(chain.from_iterable(getattr(part, field.name) for part in found)) for field in fields(Found)
    }
    order = _order(columns)
    shapes = columns.pop("geometry")
    table = {
        name: pd.Series([values[row] for row in order], dtype=_DTYPES.get(name, object))
        for name, values in columns.items()
    }
    return gpd.GeoDataFrame(pd.DataFrame(table), geometry=[shapes[row] for row in order], crs=audit.faces.crs)


def _order(columns: dict[str, list[Any]]) -> list[int]:
    rank = [_RANK[severity] for severity in columns["severity"]]
    people = (-np.nan_to_num(np.array(columns["population"], dtype=np.float64))).tolist()
    keys = list(zip(rank, people, columns["finding_id"], strict=True))
    return sorted(range(len(keys)), key=keys.__getitem__)


def findings_at(
    audit: Audit,
    kind: Kind,
    places: Places,
    *,
    severity: Sequence[Severity],
    value: FloatArray,
    limit: Sequence[Threshold | None],
) -> Found:
    """Describe a finding at each of some places, shape (n_places,)."""
    units: list[str | None] = places.units.tolist()
    land: list[shapely.Geometry] = places.land(audit).tolist()
    where = place_names(units, land)
    return Found(
        finding_id=[f"{kind}:{name}" for name in where],
        kind=[kind] * len(places),
        severity=severity,
        unit_id=units,
        **units_named(audit, units),
        banks=places.banks(audit),
        cells=places.cells(audit),
        value=value.tolist(),
        limit=[None if threshold is None else threshold.value for threshold in limit],
        assumed=[threshold is not None and threshold.assumed for threshold in limit],
        area_m2=places.total(audit.faces["area_m2"].to_numpy()).tolist(),
        population=places.total_known(audit.faces["population"].to_numpy()).tolist(),
        geometry=land,
    )


class _Named(TypedDict):
    name: list[str | None]
    township_id: list[str | None]
    township: list[str | None]
    zone_class: list[str | None]


def units_named(audit: Audit, units: Sequence[object]) -> _Named:
    """Return name, township and class of units, None for what is no unit."""
    rows = [audit.unit_row(unit) for unit in units]
    return _Named(
        name=[row.get("name") for row in rows],
        township_id=[row.get("township_id") for row in rows],
        township=[row.get("township") for row in rows],
        zone_class=[row.get("zone_class") for row in rows],
    )


def place_names(units: Sequence[object], land: Sequence[shapely.Geometry]) -> list[str]:
    """Name places by their unit; without one by the 10 m square of a point in it: stable while the place stays."""
    alone = [shape for unit, shape in zip(units, land, strict=True) if unit is None]
    inside = shapely.get_coordinates(shapely.point_on_surface(np.array([*alone, None], dtype=object)))
    squares = iter(f"{round(x / 10) * 10:.0f},{round(y / 10) * 10:.0f}" for x, y in inside.tolist())
    return [next(squares) if unit is None else str(unit) for unit in units]


def _share_of_unit(audit: Audit, places: Places) -> FloatArray:
    """Return which share of its unit each place is; 1 where it lies in no unit."""
    area = audit.faces["area_m2"]
    whole = area.groupby(audit.faces["unit_id"]).sum().to_dict()
    size = places.total(area.to_numpy())
    return np.array(
        [1.0 if unit is None else part / whole[unit] for unit, part in zip(places.units, size.tolist(), strict=True)],
        dtype=np.float64,
    )


def _blanks(audit: Audit) -> Found:
    faces, least = audit.faces, audit.profile.audit.min_people.value
    places = places_of(audit, ((faces["flag"] == "blank") & ~faces["is_sliver"]).to_numpy())
    share = _share_of_unit(audit, places)
    people = places.total_known(faces["population"].to_numpy())
    severity: list[Severity] = [
        "low" if number < least else "high" if part > _WHOLE else "medium"
        for number, part in zip(people.tolist(), share.tolist(), strict=True)
    ]
    return findings_at(audit, "blank", places, severity=severity, value=share, limit=[None] * len(places))


def _excessive(audit: Audit) -> Found:
    faces, least = audit.faces, audit.profile.audit.min_people.value
    places = places_of(audit, ((faces["flag"] == "excessive") & ~faces["is_sliver"]).to_numpy())
    people = places.total_known(faces["population"].to_numpy())
    severity: list[Severity] = ["low" if number < least else "medium" for number in people.tolist()]
    zones = faces["zone_class"].to_numpy(dtype=object)[places.rows[places.offsets[:-1]]]
    limits = {zone: bank_limit(audit.profile, zone) for zone in set(zones.tolist())}
    count = places.largest(faces["bank_count"].to_numpy())
    return findings_at(
        audit, "excessive", places, severity=severity, value=count, limit=[limits[zone] for zone in zones]
    )


def _overlap_shares(audit: Audit) -> Found:
    faces, limit = audit.faces, audit.profile.audit.urban_max_overlap_share
    crossed = (faces["bank_count"] > 1) & (faces["zone_class"] == "urban") & ~faces["is_sliver"]
    places = places_of(audit, crossed.to_numpy())
    above = _share_of_unit(audit, places) > limit.value
    places = places.taken(above)
    return findings_at(
        audit, "overlap_share", places, severity=["low"] * len(places), value=_share_of_unit(audit, places),
        limit=[limit] * len(places),
    )  # fmt: skip


def _slivers(audit: Audit) -> Found:
    faces, limit = audit.faces, audit.profile.audit.sliver_width_m
    places = places_of(audit, faces["is_sliver"].to_numpy())
    area = places.total(faces["area_m2"].to_numpy())
    return findings_at(audit, "sliver", places, severity=["low"] * len(places), value=area, limit=[limit] * len(places))
