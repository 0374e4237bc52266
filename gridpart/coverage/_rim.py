"""Fit unmatched polygon edges to the border of the area: insert each other's vertices where they all but touch."""

from __future__ import annotations

import numpy as np
import shapely

from gridpart._typing import FloatArray, IntArray
from gridpart.coverage._matching import unique_points
from gridpart.coverage._rings import DirectedEdges


def fit_to_border(edges: DirectedEdges, *, border_owner: int, tolerance: float) -> tuple[DirectedEdges, float]:
    """
    Node polygon edges and border edges with each other's vertices, within the tolerance.

    Only pairs of a polygon and the border are fitted. Between polygons nothing moves, so that a gap
    between two of them is found however thin it is.

    Parameters
    ----------
    edges
        Unmatched directed edges.
    border_owner
        The owner that marks edges of the border.
    tolerance
        Distance in metres.

    Returns
    -------
    fitted
        The edges, with vertices of polygons moved onto border vertices and edges split at the other's vertices.
    shift
        Largest distance bridged, in metres.
    """
    is_border = edges.owner == border_owner
    border, cells = edges.take(is_border), edges.take(~is_border)
    if len(border) == 0 or len(cells) == 0:
        return edges, 0.0
    cells, moved = _move_onto(cells, border, tolerance)
    border, inserted = _insert(border, unique_points(np.concatenate([cells.start, cells.end]))[0], tolerance)
    cells, touched = _insert(cells, unique_points(np.concatenate([border.start, border.end]))[0], tolerance)
    return DirectedEdges.concatenate([cells, border]), max(moved, inserted, touched)


def _move_onto(cells: DirectedEdges, border: DirectedEdges, tolerance: float) -> tuple[DirectedEdges, float]:
    """Move vertices of polygons onto border vertices within the tolerance."""
    points, index = unique_points(np.concatenate([cells.start, cells.end]))
    corners, _ = unique_points(np.concatenate([border.start, border.end]))
    corner, distance = shapely.STRtree(shapely.points(corners)).query_nearest(
        shapely.points(points), max_distance=tolerance, return_distance=True, all_matches=False
    )
    point, target = corner
    # only the nearest point moves onto a corner: two points on one corner would hide what lies between them
    order = np.lexsort((distance, target))
    nearest = np.ones(len(order), dtype=np.bool_)
    nearest[1:] = target[order[1:]] != target[order[:-1]]
    point, target, distance = point[order[nearest]], target[order[nearest]], distance[order[nearest]]
    moved = points.copy()
    moved[point] = corners[target]
    start, end = moved[index[: len(cells)]], moved[index[len(cells) :]]
    return DirectedEdges.between(start, end, cells.owner), float(distance.max(initial=0.0))


def _insert(edges: DirectedEdges, points: FloatArray, tolerance: float) -> tuple[DirectedEdges, float]:
    """Split edges at points that lie on their inside within the tolerance."""
    start, end = edges.start, edges.end
    segments = shapely.linestrings(np.stack([start, end], axis=1))
    point, edge = shapely.STRtree(segments).query(shapely.points(points), predicate="dwithin", distance=tolerance)
    along = end[edge] - start[edge]
    reach = points[point] - start[edge]
    length = np.hypot(along[:, 0], along[:, 1])
    position = (reach * along).sum(axis=1) / length
    offset = np.abs(along[:, 0] * reach[:, 1] - along[:, 1] * reach[:, 0]) / length
    is_end = (points[point] == start[edge]).all(axis=1) | (points[point] == end[edge]).all(axis=1)
    inside = (position > 0) & (position < length) & ~is_end
    point, edge, position = point[inside], edge[inside], position[inside]
    if len(point) == 0:
        return edges, 0.0
    order = np.lexsort((position, edge))
    return _split(edges, edge[order], points[point[order]]), float(offset[inside].max())


def _split(edges: DirectedEdges, edge: IntArray, at: FloatArray) -> DirectedEdges:
    """Split edges at points given in order along each edge."""
    count = np.bincount(edge, minlength=len(edges))
    size = count + 1
    first = np.cumsum(size) - size
    owner = np.repeat(np.arange(len(edges)), size)
    start = edges.start[owner]
    end = edges.end[owner]
    within = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    piece = first[edge] + within
    end[piece] = at
    start[piece + 1] = at
    return DirectedEdges.between(start, end, edges.owner[owner])
