"""Findings about cells of one bank: without officer or channel, or overlapping each other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import shapely

from gridpart.audit.cell_faces import cell_name
from gridpart.audit.certificates import own_overlaps
from gridpart.audit.findings import Finding, Kind, Placed
from gridpart.audit.service import claims_without_service

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit


def without_service(audit: Audit) -> Iterator[Placed]:
    """Cells that lack an officer, or a channel of their bank."""
    lacking = claims_without_service(audit)
    if not lacking:
        return
    people = _people_by_cell(audit)
    for cell in lacking:
        name = cell_name(cell.bank_id, cell.cell_id)
        for what in cell.missing:
            kind: Kind = "no_officer" if what == "officer" else "no_channel"
            finding = Finding(
                finding_id=f"{kind}:{name}",
                kind=kind,
                severity="medium",
                banks=(cell.bank_id,),
                cells=(name,),
                value=0.0,
                limit=1.0,
                assumed=False,
                area_m2=float(shapely.area(cell.geometry)),
                population=people.get(name, float("nan")),
                **_place_of(audit, cell.geometry),
            )
            yield finding, cell.geometry


def own_overlaps_found(audit: Audit) -> Iterator[Placed]:
    """Cells of one bank that overlap each other, one finding for each set of cells."""
    width = audit.profile.audit.sliver_width_m
    together: dict[tuple[str, tuple[str, ...], bool], list[tuple[float, shapely.Geometry]]] = {}
    for overlap in own_overlaps(audit):
        key = (overlap.bank_id, overlap.cell_ids, overlap.is_sliver)
        together.setdefault(key, []).append((overlap.area_m2, overlap.geometry))
    for (bank, cells, is_sliver), places in sorted(together.items()):
        kind: Kind = "sliver_within_bank" if is_sliver else "doubled_within_bank"
        parts = shapely.get_parts(np.array([shape for _, shape in places], dtype=object))
        names = tuple(cell_name(bank, cell) for cell in cells)
        shape = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts.tolist())
        area = sum(size for size, _ in places)
        finding = Finding(
            finding_id=f"{kind}:{_key(names)}",
            kind=kind,
            severity="low" if is_sliver else "high",
            banks=(bank,),
            cells=names,
            value=area,
            limit=width.value if is_sliver else 0.0,
            assumed=is_sliver and width.assumed,
            area_m2=area,
            population=float("nan"),
            **_place_of(audit, shape),
        )
        yield finding, shape


def _key(names: tuple[str, ...]) -> str:
    """Name a set of cells: the first two, and a digest where there are more."""
    shown = "+".join(names[:2])
    if len(names) <= 2:
        return shown
    return f"{shown}+{hashlib.sha256('+'.join(names).encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


class _Place(TypedDict):
    unit_id: str | None
    name: str | None
    township_id: str | None
    township: str | None
    zone_class: str | None


def _place_of(audit: Audit, shape: shapely.Geometry) -> _Place:
    """Return the unit at a point inside of a shape."""
    inside = np.array([shapely.point_on_surface(shape)], dtype=object)
    unit = audit.units.text_at("unit_id", audit.units.rows_at(inside))[0]
    row = audit.unit_row(unit)
    return _Place(
        unit_id=unit,
        name=row.get("name"),
        township_id=row.get("township_id"),
        township=row.get("township"),
        zone_class=row.get("zone_class"),
    )


def _people_by_cell(audit: Audit) -> dict[str, float]:
    faces = audit.cell_faces
    people: dict[str, float] = {}
    for cells, number in zip(faces["cells"], faces["population"].tolist(), strict=True):
        for cell in cells:
            people[cell] = people.get(cell, 0.0) + number
    return people
