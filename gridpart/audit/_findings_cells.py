"""Findings about cells of one bank: without officer or channel, or overlapping each other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridpart._typing import GeometryArray
from gridpart.audit.cell_faces import cell_name
from gridpart.audit.certificates import own_overlaps
from gridpart.audit.findings import Found, Kind, units_named
from gridpart.audit.service import claims_without_service

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit


def without_service(audit: Audit) -> Iterator[Found]:
    """Cells that lack an officer, or a channel of their bank."""
    lacking = [(cell, what) for cell in claims_without_service(audit) for what in cell.missing]
    if not lacking:
        return
    people, number = _people_by_cell(audit), len(lacking)
    kinds: list[Kind] = ["no_officer" if what == "officer" else "no_channel" for _, what in lacking]
    names = [cell_name(cell.bank_id, cell.cell_id) for cell, _ in lacking]
    shapes = _objects([cell.geometry for cell, _ in lacking])
    units = _units_at(audit, shapes)
    yield Found(
        finding_id=[f"{kind}:{name}" for kind, name in zip(kinds, names, strict=True)],
        kind=kinds,
        severity=["medium"] * number,
        unit_id=units,
        **units_named(audit, units),
        banks=[(cell.bank_id,) for cell, _ in lacking],
        cells=[(name,) for name in names],
        value=[0.0] * number,
        limit=[1.0] * number,
        assumed=[False] * number,
        area_m2=shapely.area(shapes).tolist(),
        population=[people.get(name, float("nan")) for name in names],
        geometry=shapes.tolist(),
    )


def own_overlaps_found(audit: Audit) -> Iterator[Found]:
    """Cells of one bank that overlap each other, one finding for each set of cells."""
    width = audit.profile.audit.sliver_width_m
    together: dict[tuple[str, tuple[str, ...], bool], list[tuple[float, shapely.Geometry]]] = {}
    for overlap in own_overlaps(audit):
        key = (overlap.bank_id, overlap.cell_ids, overlap.is_sliver)
        together.setdefault(key, []).append((overlap.area_m2, overlap.geometry))
    if not together:
        return
    keys = sorted(together)
    kinds: list[Kind] = ["sliver_within_bank" if is_sliver else "doubled_within_bank" for *_, is_sliver in keys]
    names = [tuple(cell_name(bank, cell) for cell in cells) for bank, cells, _ in keys]
    shapes = _objects([_together([shape for _, shape in together[key]]) for key in keys])
    area = [sum(size for size, _ in together[key]) for key in keys]
    units = _units_at(audit, shapes)
    yield Found(
        finding_id=[f"{kind}:{_key(cells)}" for kind, cells in zip(kinds, names, strict=True)],
        kind=kinds,
        severity=["low" if is_sliver else "high" for *_, is_sliver in keys],
        unit_id=units,
        **units_named(audit, units),
        banks=[(bank,) for bank, *_ in keys],
        cells=names,
        value=area,
        limit=[width.value if is_sliver else 0.0 for *_, is_sliver in keys],
        assumed=[is_sliver and width.assumed for *_, is_sliver in keys],
        area_m2=area,
        population=[float("nan")] * len(keys),
        geometry=shapes.tolist(),
    )


def _together(shapes: list[shapely.Geometry]) -> shapely.Geometry:
    parts = shapely.get_parts(_objects(shapes))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts.tolist())


def _objects(shapes: Sequence[shapely.Geometry]) -> GeometryArray:
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array


def _key(names: tuple[str, ...]) -> str:
    """Name a set of cells: the first two, and a digest where there are more."""
    shown = "+".join(names[:2])
    if len(names) <= 2:
        return shown
    return f"{shown}+{hashlib.sha256('+'.join(names).encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def _units_at(audit: Audit, shapes: GeometryArray) -> list[str | None]:
    """Return the unit at a point inside of each shape."""
    units: list[str | None] = audit.units.text_at(
        "unit_id", audit.units.rows_at(shapely.point_on_surface(shapes))
    ).tolist()
    return units


def _people_by_cell(audit: Audit) -> dict[str, float]:
    faces = audit.cell_faces
    people: dict[str, float] = {}
    for cells, number in zip(faces["cells"], faces["population"].tolist(), strict=True):
        for cell in cells:
            people[cell] = people.get(cell, 0.0) + number
    return people
