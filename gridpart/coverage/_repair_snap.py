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
    of_edge = index[len(points) :]
    mine = of_edge < len(points)
    holders: list[set[int]] = [set() for _ in range(len(points))]
    for point, owner in zip(of_edge[mine].tolist(), edges.owner[mine].tolist(), strict=True):
        holders[point].add(owner)
    return holders


def _merge(points: FloatArray, holders: list[set[int]], is_fixed: BoolArray, distance: float) -> FloatArray:
    """Return where each point goes; merged again until no two points of different polygons are within the distance."""
    fixed = is_fixed.tolist()
    members = {point: [point] for point in range(len(points))}
    changed = np.ones(len(points), dtype=np.bool_)
    while changed.any():
        alive = np.fromiter(members, dtype=np.int64)
        one, two = _near_pairs(points, alive, changed, distance)
        changed[:] = False
        for first, second in zip(one.tolist(), two.tolist(), strict=True):
            # the area's vertex stays, else the earlier one; a point merges once per round, with its nearest
            stay, go = (second, first) if fixed[second] and not fixed[first] else (first, second)
            if fixed[go] or changed[go] or go not in members or stay not in members or holders[stay] & holders[go]:
                continue
            members[stay] += members.pop(go)
            holders[stay] |= holders[go]
            changed[stay] = True
    target = np.empty(len(points), dtype=np.int64)
    for stay, together in members.items():
        target[together] = stay
    return points[target]


def _near_pairs(points: FloatArray, alive: IntArray, changed: BoolArray, distance: float) -> tuple[IntArray, IntArray]:
    """Return pairs of points within the distance, one of them changed, lower number first, nearest pairs first."""
    shapes = shapely.points(points[alive])
    asked = np.flatnonzero(changed[alive])
    query, found = shapely.STRtree(shapes).query(shapes[asked], predicate="dwithin", distance=distance)
    pairs = np.sort(np.column_stack([alive[asked[query]], alive[found]]), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] < pairs[:, 1]], axis=0)
    apart = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T)
    order = np.lexsort((pairs[:, 1], pairs[:, 0], apart))
    return pairs[order, 0], pairs[order, 1]


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
