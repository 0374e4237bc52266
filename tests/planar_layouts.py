"""Random counties and hard site layouts for tests of the planar kernel, made without the kernel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import Delaunay

ORIGIN = np.array([412_000.0, 3_371_000.0])
"""Coordinates as large as those of a real county in a three-degree zone."""

BLOCK_M = 900.0


@dataclass(frozen=True)
class County:
    """
    An area and cells that partition it exactly.

    Cells are unions of Delaunay triangles, so borders match vertex for vertex because they are the same triangle
    sides. Some are multipolygons, at least one has a hole with another cell in it; the area has holes and parts.
    """

    cells: np.ndarray
    area: shapely.Geometry
    enclosed: int
    """A cell that lies in a hole of another."""


def random_county(rng: np.random.Generator, *, n_points: int = 90, n_cells: int = 14) -> County:
    """Return a county of about `n_cells` cells over a triangulation of `n_points` points, with an island beside it."""
    side = BLOCK_M * np.sqrt(n_points)
    mainland, corners = _triangulate(ORIGIN + rng.random((n_points, 2)) * side)
    island, _ = _triangulate(ORIGIN + [1.2 * side, 0.0] + rng.random((6, 2)) * side / 4)
    label = _grow(rng, _neighbours(corners), n_cells)
    label[rng.random(len(label)) < 0.05] = -1  # holes and bays of the area
    enclosed = _enclose(rng, corners, label)
    # the island belongs to cells of the mainland, so these have several parts
    label = np.concatenate([label, rng.choice(label[label >= 0], len(island))])
    triangles = np.concatenate([mainland, island])
    kept = np.unique(label[label >= 0])
    cells = np.array([shapely.coverage_union_all(triangles[label == one]) for one in kept], dtype=object)
    area = shapely.coverage_union_all(triangles[label >= 0])
    return County(cells, area, int(np.searchsorted(kept, enclosed)))


def random_squares(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Return quadrilaterals between turned lines 1 mm to 3 km apart, which of them are land, and a label for each.

    Rows and columns of the three arrays are those of the quadrilaterals.
    """
    size = rng.integers(3, 9, 2)
    down, across = (np.append(0, np.cumsum(10 ** rng.uniform(-3, 3.5, n))) for n in size)
    turn = rng.uniform(0, 2 * np.pi)
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    corner = np.stack(np.meshgrid(across, down), axis=-1) @ axes + rng.choice([0.0, 4_400_000.0])
    rings = np.stack([corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]], axis=2)
    land = rng.random(size) < 0.8
    land[0, 0] = True
    return shapely.polygons(rings), land, rng.integers(0, 5, size)


def _triangulate(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return triangles and the points at their corners, shape (n_triangles, 3); flat ones are left out."""
    corners = Delaunay(points).simplices
    triangles = shapely.polygons(points[corners])
    good = shapely.is_valid(triangles) & (shapely.area(triangles) > 1.0)
    return triangles[good], corners[good]


def _neighbours(corners: np.ndarray) -> list[list[int]]:
    """Return the triangles that share a side with each one."""
    sides: dict[tuple[int, int], list[int]] = {}
    for number, (a, b, c) in enumerate(np.sort(corners, axis=1).tolist()):
        for side in ((a, b), (a, c), (b, c)):
            sides.setdefault(side, []).append(number)
    beside: list[list[int]] = [[] for _ in corners]
    for pair in sides.values():
        if len(pair) == 2:
            beside[pair[0]].append(pair[1])
            beside[pair[1]].append(pair[0])
    return beside


def _grow(rng: np.random.Generator, neighbours: list[list[int]], n_cells: int) -> np.ndarray:
    """Label triangles by growing `n_cells` seeds outwards in random order."""
    label = np.full(len(neighbours), -1, dtype=np.int64)
    seeds = rng.choice(len(neighbours), min(n_cells, len(neighbours)), replace=False)
    label[seeds] = np.arange(len(seeds))
    frontier = list(seeds)
    while frontier:
        here = frontier.pop(int(rng.integers(len(frontier))))
        for there in neighbours[here]:
            if label[there] < 0:
                label[there] = label[here]
                frontier.append(there)
    return label


def _enclose(rng: np.random.Generator, corners: np.ndarray, label: np.ndarray) -> int:
    """Make one triangle a cell of its own, with one other cell all round it; return its label."""
    inner = [number for number, beside in enumerate(_neighbours(corners)) if len(beside) == 3]
    middle = int(rng.choice(inner))
    # every triangle at a corner of the middle one must be of the same cell, else the ring round it is open there
    around = np.isin(corners, corners[middle]).any(axis=1)
    label[around] = max(label[middle], 0)
    label[middle] = int(label.max()) + 1
    return int(label[middle])


def symmetric_sites(rng: np.random.Generator) -> np.ndarray:
    """Return an octagon, a circle or a lattice of sites: layouts in which many sites are equally far from one point."""
    kind = rng.integers(4)
    if kind == 0:
        sites = _ring(8, radius=rng.uniform(50, 5_000), turn=rng.choice([0.0, np.pi / 8, rng.uniform(0, np.pi)]))
    elif kind == 1:
        sites = _ring(int(rng.integers(3, 60)), radius=rng.uniform(50, 5_000), turn=rng.uniform(0, np.pi))
    elif kind == 2:
        sites = _lattice(rng)
    else:
        rings = [
            _ring(int(n), radius=r, turn=0.0) for n, r in zip(rng.integers(3, 25, 3), (400, 800, 1_600), strict=True)
        ]
        sites = np.concatenate(rings)
    if rng.random() < 0.5:
        sites = np.concatenate([sites, np.zeros((1, 2))])
    sites = sites + rng.choice([0.0, 1.0]) * ORIGIN
    if rng.random() < 0.3:
        sites = np.round(sites, int(rng.integers(0, 7)))
    return np.unique(sites, axis=0)


def _ring(n: int, *, radius: float, turn: float) -> np.ndarray:
    angle = np.arange(n) * 2 * np.pi / n + turn
    return np.column_stack([np.cos(angle), np.sin(angle)]) * radius


def _lattice(rng: np.random.Generator) -> np.ndarray:
    columns, rows = rng.integers(1, 9, 2)
    x, y = np.meshgrid(np.arange(columns + 1), np.arange(rows + 1))
    sites = np.column_stack([x.ravel(), y.ravel()]) * rng.choice([0.1, 1.0, 250.0, rng.uniform(1, 900)])
    if rng.random() < 0.5:  # hexagons and skewed rows
        sites[:, 0] += (y.ravel() % 2) * rng.choice([0.5, 1 / 3]) * np.ptp(sites[:, 0]) / max(columns, 1)
    if rng.random() < 0.5:
        turn = rng.uniform(0, np.pi)
        sites = sites @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return sites


def area_round(rng: np.random.Generator, sites: np.ndarray) -> shapely.Geometry:
    """Return an area that holds all sites: a rectangle, a circle, or one with a hole and a second part."""
    low, high = sites.min(axis=0), sites.max(axis=0)
    margin = max(1.0, float(np.ptp(sites, axis=0).max())) * rng.choice([0.05, 0.3, 1.0])
    if rng.random() < 0.5:
        shape = shapely.box(*low - margin, *high + margin)
    else:
        shape = shapely.multipoints(sites).envelope.buffer(margin, quad_segs=6)
    if rng.random() < 0.3:
        middle = np.array(shape.centroid.coords[0])
        hole = shapely.Point(middle).buffer(margin / 3, quad_segs=3)
        if not shapely.intersects_xy(hole.buffer(margin / 100), sites[:, 0], sites[:, 1]).any():
            shape = shape.difference(hole)
        east = shape.bounds[2]
        island = shapely.box(east + margin / 2, middle[1], east + margin, middle[1] + margin)
        shape = shapely.MultiPolygon([*shapely.get_parts(shape), island])
    return shape
