"""Findings: each place where a rule of the profile is broken, with what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import BoolArray, GeometryArray, IntArray
from gridpart.audit.access_points import counts_by_unit
from gridpart.audit.concentration import herfindahl
from gridpart.audit.rules import bank_limit
from gridpart.i18n import translator

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.audit.audit import Audit
    from gridpart.profiles import Threshold

Kind = Literal[
    "blank", "excessive", "overlap_share", "concentration", "no_service_point", "sliver", "doubled_within_bank"
]
Severity = Literal["high", "medium", "low"]

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
    value: float
    limit: float | None
    assumed: bool
    area_m2: float
    population: float


def find_all(audit: Audit, *, lang: Language) -> gpd.GeoDataFrame:
    """Return all findings of an audit, the most severe and populous first, with reason and next step in words."""
    found = [*_blanks(audit), *_excessive(audit), *_overlap_shares(audit), *_concentrated(audit)]
    found += [*_without_service_point(audit), *_slivers(audit), *_doubled(audit)]
    rank = {"high": 0, "medium": 1, "low": 2}
    found.sort(key=lambda item: (rank[item[0].severity], -np.nan_to_num(item[0].population), item[0].finding_id))
    columns = [field.name for field in fields(Finding)]
    rows = [asdict(finding) for finding, _ in found]
    table = pd.DataFrame(rows, columns=columns)
    words = [_words(finding, lang) for finding, _ in found]
    table["reason"] = pd.Series([reason for reason, _ in words], dtype=object)
    table["next_step"] = pd.Series([step for _, step in words], dtype=object)
    return gpd.GeoDataFrame(table, geometry=[shape for _, shape in found], crs=audit.faces.crs)


def _finding(
    audit: Audit,
    kind: Kind,
    severity: Severity,
    *,
    unit: object,
    rows: IntArray,
    value: float,
    limit: Threshold | None,
) -> tuple[Finding, shapely.Geometry]:
    """Describe some faces of one unit; `unit` is None where there are no units."""
    faces = audit.faces.iloc[rows]
    place = audit.unit_row(unit)
    parts: GeometryArray = shapely.get_parts(np.asarray(faces.geometry.array, dtype=object))
    shape: shapely.Geometry = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts.tolist())
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
    rows = np.flatnonzero(chosen)
    units = audit.faces["unit_id"].to_numpy(dtype=object)
    for unit in sorted({units[row] for row in rows if units[row] is not None}):
        yield unit, rows[units[rows] == unit]
    for row in rows:
        if units[row] is None:
            yield None, np.array([row])


def _blanks(audit: Audit) -> Iterator[tuple[Finding, shapely.Geometry]]:
    faces = audit.faces
    unit_area = faces.groupby("unit_id")["area_m2"].sum()
    for unit, rows in _by_unit(audit, (faces["flag"] == "blank") & ~faces["is_sliver"]):
        share = 1.0 if unit is None else float(faces["area_m2"].iloc[rows].sum() / unit_area[unit])
        people = faces["population"].iloc[rows].sum(min_count=1)
        populated = not people < audit.profile.audit.min_people.value
        severity: Severity = "low" if not populated else "high" if share > _WHOLE else "medium"
        yield _finding(audit, "blank", severity, unit=unit, rows=rows, value=share, limit=None)


def _excessive(audit: Audit) -> Iterator[tuple[Finding, shapely.Geometry]]:
    faces = audit.faces
    for unit, rows in _by_unit(audit, (faces["flag"] == "excessive") & ~faces["is_sliver"]):
        limit = bank_limit(audit.profile, faces["zone_class"].iloc[rows[0]])
        people = faces["population"].iloc[rows].sum(min_count=1)
        severity: Severity = "low" if people < audit.profile.audit.min_people.value else "medium"
        count = float(faces["bank_count"].iloc[rows].max())
        yield _finding(audit, "excessive", severity, unit=unit, rows=rows, value=count, limit=limit)


def _overlap_shares(audit: Audit) -> Iterator[tuple[Finding, shapely.Geometry]]:
    faces, limit = audit.faces, audit.profile.audit.urban_max_overlap_share
    unit_area = faces.groupby("unit_id")["area_m2"].sum()
    crossed = (faces["bank_count"] > 1) & (faces["zone_class"] == "urban") & ~faces["is_sliver"]
    for unit, rows in _by_unit(audit, crossed):
        share = 1.0 if unit is None else float(faces["area_m2"].iloc[rows].sum() / unit_area[unit])
        if share > limit.value:
            yield _finding(audit, "overlap_share", "low", unit=unit, rows=rows, value=share, limit=limit)


def _concentrated(audit: Audit) -> Iterator[tuple[Finding, shapely.Geometry]]:
    limit = audit.profile.audit.hhi_max
    counts = counts_by_unit(audit)
    if counts is None:
        return
    units = audit.faces["unit_id"].to_numpy(dtype=object)
    for unit, group in counts.groupby("unit_id"):
        index = herfindahl(group["count"].to_numpy(dtype=np.float64))
        # one access point is no market: a share needs at least two to be a concentration
        if group["count"].sum() > 1 and index > limit.value:
            yield _finding(
                audit, "concentration", "low", unit=unit, rows=np.flatnonzero(units == unit), value=index, limit=limit
            )


def _without_service_point(audit: Audit) -> Iterator[tuple[Finding, shapely.Geometry]]:
    if audit.equipment is None or audit.units.table["kind"].isna().all():
        return
    limit = audit.profile.audit.min_service_points_per_village
    counts = counts_by_unit(audit, equipment_kind="service_point")
    have = {} if counts is None else counts.groupby("unit_id")["count"].sum().to_dict()
    units = audit.faces["unit_id"].to_numpy(dtype=object)
    villages = audit.units.table.loc[audit.units.table["kind"] == "village", "unit_id"]
    for unit in villages:
        rows = np.flatnonzero(units == unit)
        number = have.get(unit, 0)
        if number < limit.value and len(rows):
            yield _finding(audit, "no_service_point", "medium", unit=unit, rows=rows, value=float(number), limit=limit)


def _slivers(audit: Audit) -> Iterator[tuple[Finding, shapely.Geometry]]:
    faces, limit = audit.faces, audit.profile.audit.sliver_width_m
    for unit, rows in _by_unit(audit, faces["is_sliver"].to_numpy()):
        area = float(faces["area_m2"].iloc[rows].sum())
        yield _finding(audit, "sliver", "low", unit=unit, rows=rows, value=area, limit=limit)


def _doubled(audit: Audit) -> Iterator[tuple[Finding, shapely.Geometry]]:
    for bank, area in audit.doubled_m2.items():
        if area > audit.profile.audit.sliver_width_m.value:
            yield (
                Finding(
                    finding_id=f"doubled_within_bank:{bank}",
                    kind="doubled_within_bank",
                    severity="high",
                    unit_id=None,
                    name=None,
                    township_id=None,
                    township=None,
                    zone_class=None,
                    banks=(bank,),
                    value=area,
                    limit=0.0,
                    assumed=False,
                    area_m2=area,
                    population=float("nan"),
                ),
                shapely.MultiPolygon(),
            )


def _words(finding: Finding, lang: Language) -> tuple[str, str]:
    """Return reason and next step of a finding in words."""
    _ = translator(lang, "audit")
    reasons = {
        "blank": _("No bank serves {value:.0%} of this place."),
        "excessive": _("{value:.0f} banks serve this place; the limit is {limit:.0f}."),
        "overlap_share": _("{value:.0%} of this place is served by several banks; the limit is {limit:.0%}."),
        "concentration": _("Access points are concentrated: index {value:.2f}, limit {limit:.2f}."),
        "no_service_point": _("{value:.0f} active service points; at least {limit:.0f} is required."),
        "sliver": _("Borders of banks differ by less than {limit:g} m here: {value:,.1f} m²."),
        "doubled_within_bank": _("Cells of one bank overlap each other: {value:,.1f} m²."),
    }
    steps = {
        "blank": _("Ask the nearest bank to take this place into its grid."),
        "excessive": _("Agree which banks withdraw from this place."),
        "overlap_share": _("Coordinate the borders of these banks."),
        "concentration": _("Look for a second bank to open an access point."),
        "no_service_point": _("Set up or reopen a service point."),
        "sliver": _("Align the drawings; nobody is affected."),
        "doubled_within_bank": _("Certify the bank's grid and have it corrected."),
    }
    reason = reasons[finding.kind].format(value=finding.value, limit=finding.limit)
    if finding.assumed:
        reason += " " + _("(The limit is assumed.)")
    return reason, steps[finding.kind]
