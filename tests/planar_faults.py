"""Faults planted into a clean county, each with what a proof must report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from planar_layouts import County


@dataclass(frozen=True)
class Planted:
    """
    Cells with one fault.

    `kinds` are the kinds of defect that would be a right answer, `named` the cells that must all
    be named, and `place` what the defect must touch (None: the invalid row itself is the place).
    """

    cells: np.ndarray
    kinds: tuple[str, ...]
    named: tuple[int, ...]
    place: shapely.Geometry | None
    area: float | None = None


def _with(cells: np.ndarray, row: int, shape: shapely.Geometry) -> np.ndarray:
    changed = cells.copy()
    changed[row] = shape
    return changed


def _replace_ring_point(shape: shapely.Geometry, old: np.ndarray, new: list[np.ndarray]) -> shapely.Geometry:
    """Return the shape with `new` points in place of every `old` one."""
    parts = []
    for part in shapely.get_parts(shape):
        rings = []
        for ring in shapely.get_rings(part):
            points = shapely.get_coordinates(ring)[:-1]
            out = [other for point in points for other in (new if (point == old).all() else [point])]
            rings.append(shapely.LinearRing(out))
        parts.append(shapely.Polygon(rings[0], rings[1:]))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _any_point(rng: np.random.Generator, shape: shapely.Geometry) -> np.ndarray:
    points = shapely.get_coordinates(shape)
    point: np.ndarray = points[rng.integers(len(points))]
    return point


def shifted_vertex(rng: np.random.Generator, county: County) -> Planted:
    """One vertex of one cell moves by one millimetre."""
    while True:
        row = int(rng.integers(len(county.cells)))
        point = _any_point(rng, county.cells[row])
        turn = rng.uniform(0, 2 * np.pi)
        moved = point + np.array([np.cos(turn), np.sin(turn)]) * 1e-3
        shape = _replace_ring_point(county.cells[row], point, [moved])
        if shape.is_valid:
            return Planted(
                _with(county.cells, row, shape), ("gap", "overlap"), (row,), shapely.Point(point).buffer(0.01)
            )


def dropped_cell(rng: np.random.Generator, county: County) -> Planted:
    """One cell is missing; its neighbours bound the gap."""
    row = int(rng.integers(len(county.cells)))
    lost = county.cells[row]
    left = np.delete(county.cells, row)
    neighbours = np.flatnonzero(shapely.length(shapely.intersection(left, lost)) > 1.0)
    return Planted(left, ("gap",), tuple(neighbours.tolist()), lost, lost.area)


def duplicated_cell(rng: np.random.Generator, county: County) -> Planted:
    """One cell is there twice."""
    row = int(rng.integers(len(county.cells)))
    shape = county.cells[row]
    cells = np.append(county.cells, [shape])
    return Planted(cells, ("overlap",), (row, len(cells) - 1), shape, shape.area)


def nested_cell(rng: np.random.Generator, county: County) -> Planted:
    """A small cell lies within another and shares no vertex with it."""
    row = int(rng.integers(len(county.cells)))
    part = max(shapely.get_parts(county.cells[row]), key=shapely.area)
    place = part.representative_point()
    room = place.distance(part.boundary)
    inner = place.buffer(min(room / 3, 20.0), quad_segs=2)
    cells = np.append(county.cells, [inner])
    return Planted(cells, ("overlap",), (row, len(cells) - 1), inner, inner.area)


def t_junction(rng: np.random.Generator, county: County) -> Planted:
    """One cell has a vertex on a border where its neighbour has none."""
    while True:
        row = int(rng.integers(len(county.cells)))
        ring = shapely.get_coordinates(shapely.get_parts(county.cells[row])[0].exterior)
        at = int(rng.integers(len(ring) - 1))
        side = shapely.LineString(ring[at : at + 2])
        if side.length > 1.0 and not county.area.boundary.dwithin(side.centroid, 1e-3):
            middle = ring[at] + (ring[at + 1] - ring[at]) * rng.uniform(0.2, 0.8)
            shape = _insert_after(county.cells[row], ring[at], ring[at + 1], middle)
            if shape.is_valid:
                kinds = ("mismatch", "gap", "overlap")
                beside = np.flatnonzero(shapely.covers(county.cells, side) & (np.arange(len(county.cells)) != row))
                changed = _with(county.cells, row, shape)
                return Planted(changed, kinds, (row, *beside.tolist()), side.buffer(0.01))


def _insert_after(shape: shapely.Geometry, one: np.ndarray, two: np.ndarray, middle: np.ndarray) -> shapely.Geometry:
    parts = []
    for part in shapely.get_parts(shape):
        rings = []
        for ring in shapely.get_rings(part):
            points = shapely.get_coordinates(ring)
            here = np.flatnonzero((points[:-1] == one).all(axis=1) & (points[1:] == two).all(axis=1))
            rings.append(shapely.LinearRing(np.insert(points, here + 1, middle, axis=0)))
        parts.append(shapely.Polygon(rings[0], rings[1:]))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def nan_vertex(rng: np.random.Generator, county: County) -> Planted:
    """One vertex of one cell has no finite coordinates."""
    row = int(rng.integers(len(county.cells)))
    first, *rest = shapely.get_parts(county.cells[row])
    shell = shapely.get_coordinates(first.exterior)
    vertex = int(rng.integers(1, len(shell) - 1))  # not the first: a ring that ends in NaN counts as open
    east, north = shell[vertex]
    shell[vertex] = ((np.nan, np.nan), (east, np.nan), (np.inf, north))[rng.integers(3)]
    with np.errstate(invalid="ignore"):
        part = shapely.Polygon(shell, first.interiors)
        shape = shapely.MultiPolygon([part, *rest]) if rest else part
    return Planted(_with(county.cells, row, shape), ("invalid",), (row,), None)


def missing_enclosed_cell(rng: np.random.Generator, county: County) -> Planted:
    """The cell in the hole of another is missing, which leaves no unmatched vertex anywhere."""
    del rng
    lost = county.cells[county.enclosed]
    left = np.delete(county.cells, county.enclosed)
    around = np.flatnonzero(shapely.length(shapely.intersection(left, lost)) > 1.0)
    return Planted(left, ("gap",), tuple(around.tolist()), lost, lost.area)


FAULTS: tuple[Callable[[np.random.Generator, County], Planted], ...] = (
    shifted_vertex,
    dropped_cell,
    duplicated_cell,
    nested_cell,
    t_junction,
    nan_vertex,
    missing_enclosed_cell,
)
