"""Drawing nearby vertices of different polygons together, along borders that do not match."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage._matching import group_edges, unique_points
from gridpart.coverage._rings import DirectedEdges, directed_edges


class Moves(NamedTuple):
    """Vertices that were moved: from where, to where, in metres, each shape (n_moves, 2)."""

    before: FloatArray
    after: FloatArray


def snap_vertices(
    polygons: GeometryArray, area: shapely.Geometry | None, *, distance: float
) -> tuple[GeometryArray, Moves]:
    """
    Merge vertices of different polygons that lie close together where borders do not match.

    Vertices on borders that match already do not move, nor do two vertices of one polygon merge. The
    nearest pairs merge first; the vertex of the earlier row stays, the area's vertices never move.

    Parameters
    ----------
    polygons
        Polygons in metres, shape (n_polygons,).
    area
        Area whose vertices draw those of the polygons, if any.
    distance
        In metres.

    Returns
    -------
    snapped
        Polygons; those without a moved vertex are the same objects, shape (n_polygons,).
    moves
        The moved vertices, each once.
    """
    edges = directed_edges(polygons)
    parts = [edges]
    if area is not None:
        parts.insert(0, directed_edges(np.array([area], dtype=object)).reversed(owner=len(polygons)))
    everything = DirectedEdges.concatenate(parts)
    groups = group_edges(everything)
    loose = everything.take(np.sort(groups.members(groups.net != 0)))
    points, index = unique_points(np.concatenate([loose.start, loose.end]))
    holders = _holders(points, everything)
    is_fixed = np.zeros(len(points), dtype=np.bool_)
    is_fixed[index[np.tile(loose.owner == len(polygons), 2)]] = True
    target = _merge(points, holders, is_fixed, distance)
    moved = np.flatnonzero((target != points).any(axis=1))
    moves = Moves(points[moved], target[moved])
    return _with_moves(polygons, moves), moves


def _holders(points: FloatArray, edges: DirectedEdges) -> list[set[int]]:
    """Return the owners that have each point as a vertex."""
    _, index = unique_points(np.concatenate([points, edges.start]))
    holders: list[set[int]] = [set() for _ in range(len(points))]
    of_edge = index[len(points) :]
    mine = of_edge < len(points)
    for point, owner in zip(of_edge[mine].tolist(), edges.owner[mine].tolist(), strict=True):
        holders[point].add(owner)
    return holders


def _merge(points: FloatArray, holders: list[set[int]], is_fixed: BoolArray, distance: float) -> FloatArray:
    """Return where each point goes; merged again until no two points of different polygons are within the distance."""
    target = np.arange(len(points))
    while True:
        alive = np.flatnonzero(target == np.arange(len(points)))
        one, two = _near_pairs(points, alive, distance)
        merged = False
        used: set[int] = set()
        for stay, go in zip(one.tolist(), two.tolist(), strict=True):
            if is_fixed[go] and not is_fixed[stay]:
                stay, go = go, stay  # noqa: PLW2901 - the area's vertex is the one that stays
            if is_fixed[go] or go in used or target[stay] != stay or holders[stay] & holders[go]:
                continue
            target[target == go] = stay
            holders[stay] |= holders[go]
            used.update((stay, go))
            merged = True
        if not merged:
            return points[target]


def _near_pairs(points: FloatArray, alive: IntArray, distance: float) -> tuple[IntArray, IntArray]:
    """Return pairs of points within the distance, lower number first, nearest pairs first."""
    shapes = shapely.points(points[alive])
    one, two = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=distance)
    one, two = alive[one[one < two]], alive[two[one < two]]
    apart = np.hypot(*(points[one] - points[two]).T)
    order = np.lexsort((two, one, apart))
    return one[order], two[order]


def _with_moves(polygons: GeometryArray, moves: Moves) -> GeometryArray:
    if len(moves.before) == 0:
        return polygons
    coordinates, row = shapely.get_coordinates(polygons, return_index=True)
    _, index = unique_points(np.concatenate([moves.before, coordinates + 0.0]))
    place = index[len(moves.before) :]
    hit = place < len(moves.before)
    rows = np.unique(row[hit])
    coordinates[hit] = moves.after[place[hit]]
    snapped = polygons.copy()
    snapped[rows] = shapely.set_coordinates(shapely.force_2d(polygons[rows]), coordinates[np.isin(row, rows)])
    return snapped
