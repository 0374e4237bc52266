"""Arcs: the borders of a coverage, each once, as chains between the points where three or more faces meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage._matching import unique_points


@dataclass(frozen=True, eq=False)
class Arcs:
    """
    Polygons as rings of shared arcs.

    Attributes
    ----------
    points
        Coordinates of all arcs one after the other, in metres, shape (n_points, 2).
    offsets
        Where each arc begins in `points`, and the end, shape (n_arcs + 1,).
    ring_arcs
        Arcs of all rings one after the other; ``~i`` is arc i walked backwards, shape (n_uses,).
    ring_offsets
        Where each ring begins in `ring_arcs`, and the end, shape (n_rings + 1,).
    polygon_offsets
        Where the rings of each polygon begin, and the end, shape (n_polygons + 1,).
    """

    points: FloatArray
    offsets: IntArray
    ring_arcs: IntArray
    ring_offsets: IntArray
    polygon_offsets: IntArray


def shared_arcs(polygons: GeometryArray) -> Arcs:
    """
    Cut the rings of polygons into arcs and keep each arc once.

    Parameters
    ----------
    polygons
        Polygons and multipolygons, shape (n_polygons,). Borders that match vertex for vertex become one arc; others
        stay arcs of their own, so any polygons are drawn right.

    Returns
    -------
    arcs
        Chains between points where the number of borders is not two; an island's ring is one arc.
    """
    parts, polygon_of_part = shapely.get_parts(polygons, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    polygon_of_ring = polygon_of_part[part_of_ring]
    polygon_offsets = np.searchsorted(polygon_of_ring, np.arange(len(polygons) + 1))
    if len(rings) == 0:
        none = np.zeros(1, dtype=np.int64)
        return Arcs(np.zeros((0, 2)), none, none[:0], none, polygon_offsets)
    vertices, vertex, start = _open_rings(rings)
    size = np.diff(start)
    is_node = _nodes(vertex, start, len(vertices))
    vertex, is_node = _start_at_node(vertex, is_node, start)
    first = np.flatnonzero(is_node)
    ring_of_first = np.searchsorted(start, first, side="right") - 1
    end = np.append(first[1:], len(vertex))
    ring_end = start[ring_of_first + 1]
    length = np.minimum(end, ring_end) - first + 1  # the closing point included
    following = _next_in_ring(start, size)
    before_last = first + length - 2
    key_one = _edge_code(vertex[first], vertex[following[first]], len(vertices))
    key_two = _edge_code(vertex[before_last], vertex[following[before_last]], len(vertices))
    _, representative, arc = np.unique(np.minimum(key_one, key_two), return_index=True, return_inverse=True)
    arc = arc.ravel()
    forward = _same_direction(vertex, following, first, before_last, representative[arc])
    chosen = representative
    offsets = np.concatenate([[0], np.cumsum(length[chosen])])
    within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], length[chosen])
    position = np.repeat(first[chosen], length[chosen]) + within
    wraps = within == np.repeat(length[chosen] - 1, length[chosen])
    position = np.where(wraps, following[np.maximum(position - 1, 0)], np.minimum(position, len(vertex) - 1))
    return Arcs(
        points=vertices[vertex[position]],
        offsets=offsets,
        ring_arcs=np.where(forward, arc, ~arc),
        ring_offsets=np.searchsorted(ring_of_first, np.arange(len(size) + 1)),
        polygon_offsets=polygon_offsets,
    )


def _open_rings(rings: GeometryArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Return distinct vertices, the vertex at each place of the rings without closing points, and ring starts."""
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    coordinates += 0.0
    last = np.append(ring[1:] != ring[:-1], True)
    repeated = np.append((coordinates[1:] == coordinates[:-1]).all(axis=1) & (ring[1:] == ring[:-1]), False)
    keep = ~last & ~repeated
    vertices, vertex = unique_points(coordinates[keep])
    start = np.searchsorted(ring[keep], np.arange(len(rings) + 1))
    return vertices, vertex, start


def _next_in_ring(start: IntArray, size: IntArray) -> IntArray:
    """Return the place after each place of the rings, shape (n_places,)."""
    following = np.arange(start[-1]) + 1
    following[start[1:][size > 0] - 1] = start[:-1][size > 0]
    return following


def _nodes(vertex: IntArray, start: IntArray, n_vertices: int) -> BoolArray:
    """Return which places are ends of arcs: where borders branch, or the lowest vertex of a ring without branch."""
    following = _next_in_ring(start, np.diff(start))
    codes = np.unique(_edge_code(vertex, vertex[following], n_vertices))
    degree = np.bincount(np.concatenate([codes // n_vertices, codes % n_vertices]), minlength=n_vertices)
    is_node: BoolArray = (degree != 2)[vertex]
    counted = np.add.reduceat(is_node, start[:-1]) if len(start) > 1 else np.zeros(0)
    lowest = np.minimum.reduceat(vertex, start[:-1]) if len(start) > 1 else np.zeros(0, dtype=np.int64)
    ring = np.repeat(np.arange(len(start) - 1), np.diff(start))
    # every ring along an island has the same vertices, so all start at the same one
    nodes: BoolArray = is_node | ((counted[ring] == 0) & (vertex == lowest[ring]))
    return nodes


def _start_at_node(vertex: IntArray, is_node: BoolArray, start: IntArray) -> tuple[IntArray, BoolArray]:
    """Turn every ring so that it begins at a node."""
    ring = np.repeat(np.arange(len(start) - 1), np.diff(start))
    place = np.where(is_node, np.arange(len(vertex)), len(vertex))
    shift = np.minimum.reduceat(place, start[:-1]) - start[:-1]
    within = np.arange(len(vertex)) - start[ring]
    order = start[ring] + (within + shift[ring]) % np.diff(start)[ring]
    return vertex[order], is_node[order]


def _edge_code(one: IntArray, two: IntArray, n_vertices: int) -> IntArray:
    return np.minimum(one, two) * np.int64(n_vertices) + np.maximum(one, two)


def _same_direction(
    vertex: IntArray, following: IntArray, first: IntArray, before_last: IntArray, like: IntArray
) -> BoolArray:
    """Return which uses walk their arc the way its first use does, shape (n_uses,)."""
    closed = vertex[first] == vertex[following[before_last]]
    same_ends = (vertex[first] == vertex[first[like]]) & ~closed
    same_second = vertex[following[first]] == vertex[following[first[like]]]
    same: BoolArray = np.where(closed, same_second, same_ends)
    return same
