"""The ground that cells grow on: which units touch, which barriers part them, and what bridges an exclave needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage import Coverage, connected_components

ON_BARRIER_M = 1e-3
"""A border whose middle is at most this far from a barrier, in m, lies on it."""


@dataclass(frozen=True, eq=False)
class Ground:
    """
    Units as a graph.

    Attributes
    ----------
    points
        One point within each unit, shape (n_units, 2), m.
    edges
        Neighbouring units, each pair once, bridges included, shape (n_edges, 2).
    barred
        Neighbours that a barrier parts, shape (n_barred, 2).
    lifted
        Neighbours that a barrier would part, were there an outlet on both sides, shape (n_lifted, 2).
    bridges
        Pairs that join a part of the land without outlet to the nearest part with one, shape (n_bridges, 2).
    exclaves
        The units of each part that a bridge joins, in the order of `bridges`.
    """

    points: FloatArray
    edges: IntArray
    barred: IntArray
    lifted: IntArray
    bridges: IntArray
    exclaves: tuple[IntArray, ...]


def ground_of(coverage: Coverage, homes: IntArray, barriers: GeometryArray) -> Ground:
    """
    Make the unit graph.

    Parameters
    ----------
    coverage
        The units, edge-matched.
    homes
        Units that hold an outlet.
    barriers
        Lines or polygons that no cell crosses while it has an outlet of its own side, maybe none.
    """
    points = points_within(coverage.polygons)
    one, two, _ = coverage.adjacency()
    pairs = np.column_stack([one, two])
    barred = np.zeros(len(pairs), dtype=np.bool_)
    if len(barriers):
        barred = _parted(coverage, pairs, points, barriers)
    open_pairs, shut = pairs[~barred], pairs[barred]
    open_pairs, shut, lifted = _lift(open_pairs, shut, homes, len(points))
    bridges, exclaves = _bridges(coverage.polygons, open_pairs, homes)
    return Ground(
        points=points,
        edges=np.vstack([open_pairs, bridges]),
        barred=shut,
        lifted=lifted,
        bridges=bridges,
        exclaves=exclaves,
    )


def points_within(polygons: GeometryArray) -> FloatArray:
    """Return the centroid of each polygon, or a point on it where the centroid lies outside, shape (n, 2), m."""
    centre: GeometryArray = shapely.centroid(polygons)
    outside = ~shapely.intersects(polygons, centre)
    centre[outside] = shapely.point_on_surface(polygons[outside])
    coordinates: FloatArray = shapely.get_coordinates(centre)
    return coordinates


def _parted(coverage: Coverage, pairs: IntArray, points: FloatArray, barriers: GeometryArray) -> BoolArray:
    """
    Return the pairs whose way from point to point, over the middle of their longest open border, meets a barrier.

    A border that runs along a barrier is not open.
    """
    left, right = coverage.left_face, coverage.right_face
    inner = np.flatnonzero((left >= 0) & (right >= 0) & (left != right))
    code = np.minimum(left, right)[inner] * len(points) + np.maximum(left, right)[inner]
    pair = np.searchsorted(pairs[:, 0] * len(points) + pairs[:, 1], code)
    middle = coverage.vertices[coverage.edges[inner]].mean(axis=1)
    near = shapely.STRtree(barriers).query(shapely.points(middle), predicate="dwithin", distance=ON_BARRIER_M)[0]
    shut = np.zeros(len(inner), dtype=np.bool_)
    shut[near] = True
    order = np.lexsort((-coverage.edge_lengths[inner], shut, pair))
    first = order[np.unique(pair[order], return_index=True)[1]]
    ways = shapely.linestrings(np.stack([points[pairs[:, 0]], middle[first], points[pairs[:, 1]]], axis=1))
    crossed = shapely.STRtree(barriers).query(ways, predicate="intersects")[0]
    parted = shut[first].copy()
    parted[crossed] = True
    return parted


def _lift(pairs: IntArray, shut: IntArray, homes: IntArray, n_units: int) -> tuple[IntArray, IntArray, IntArray]:
    """Open barriers around land that has no outlet of its own, nearest land first, and list what was opened."""
    lifted = shut[:0]
    while len(shut):
        part = connected_components(n_units, pairs[:, 0], pairs[:, 1])
        served = np.isin(part, part[homes])
        joins = served[shut[:, 0]] != served[shut[:, 1]]
        if not joins.any():
            break
        lifted = np.vstack([lifted, shut[joins]])
        pairs = np.vstack([pairs, shut[joins]])
        shut = shut[~joins]
    return pairs, shut, lifted


def _bridges(polygons: GeometryArray, pairs: IntArray, homes: IntArray) -> tuple[IntArray, tuple[IntArray, ...]]:
    """Join every part without outlet to the nearest part with one, the shortest bridge first."""
    bridges: list[tuple[int, int]] = []
    exclaves: list[IntArray] = []
    part = connected_components(len(polygons), pairs[:, 0], pairs[:, 1])
    served = np.isin(part, part[homes])
    while not served.all():
        loose, firm = np.flatnonzero(~served), np.flatnonzero(served)
        (at, to), gap = shapely.STRtree(polygons[firm]).query_nearest(
            polygons[loose], return_distance=True, all_matches=False
        )
        best = int(np.argmin(gap))
        unit = int(loose[at[best]])
        bridges.append((unit, int(firm[to[best]])))
        exclaves.append(np.flatnonzero(part == part[unit]))
        served |= part == part[unit]
    return np.array(bridges, dtype=np.int64).reshape(-1, 2), tuple(exclaves)
