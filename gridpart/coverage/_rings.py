"""Directed edges of polygons: every ring walked with the interior on its left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray

POLYGONAL_TYPES = (3, 6)
"""GEOS type numbers of Polygon and MultiPolygon."""

_AREA_ROUNDING = 1e-12
"""Relative error, far above that of summing a ring's cross products in float64."""


@dataclass(frozen=True)
class DirectedEdges:
    """
    Straight edges with the interior of their polygon on the left.

    Attributes
    ----------
    points
        Coordinates in metres, repeated where rings meet, shape (n_points, 2).
    tail, head
        Point at which each edge starts and ends, shape (n_edges,).
    owner
        Index of the polygon that the edge belongs to, shape (n_edges,).
    """

    points: FloatArray
    tail: IntArray
    head: IntArray
    owner: IntArray

    def __len__(self) -> int:
        """Return the number of edges."""
        return len(self.owner)

    @property
    def start(self) -> FloatArray:
        """Coordinates at which each edge starts, in metres, shape (n_edges, 2)."""
        return self.points[self.tail]

    @property
    def end(self) -> FloatArray:
        """Coordinates at which each edge ends, in metres, shape (n_edges, 2)."""
        return self.points[self.head]

    def take(self, index: IntArray | BoolArray) -> DirectedEdges:
        """Return the edges that `index` selects."""
        return DirectedEdges(self.points, self.tail[index], self.head[index], self.owner[index])

    def reversed(self, *, owner: int) -> DirectedEdges:
        """Return the same edges walked the other way, all of `owner`."""
        return DirectedEdges(self.points, self.head, self.tail, np.full(len(self), owner, dtype=np.int64))

    @staticmethod
    def between(start: FloatArray, end: FloatArray, owner: IntArray) -> DirectedEdges:
        """Return edges from coordinates, dropping those without length."""
        keep = (start != end).any(axis=1)
        index = np.arange(int(keep.sum()))
        points = np.concatenate([start[keep], end[keep]])
        return DirectedEdges(points, index, index + len(index), owner[keep])

    @staticmethod
    def concatenate(parts: list[DirectedEdges]) -> DirectedEdges:
        """Return all edges of `parts` in one table."""
        shift = np.cumsum([0, *(len(part.points) for part in parts)])
        return DirectedEdges(
            np.concatenate([part.points for part in parts]),
            np.concatenate([part.tail + by for part, by in zip(parts, shift, strict=False)]),
            np.concatenate([part.head + by for part, by in zip(parts, shift, strict=False)]),
            np.concatenate([part.owner for part in parts]),
        )


def directed_edges(polygons: GeometryArray) -> DirectedEdges:
    """
    Return the edges of all rings of `polygons`, interiors on the left.

    Parameters
    ----------
    polygons
        Polygons and multipolygons with finite coordinates, shape (n_polygons,). Missing and
        empty ones have no edges. Z values are dropped.

    Returns
    -------
    edges
        Edges of positive length; ``owner`` indexes `polygons`.
    """
    parts, part_owner = _parts_of(polygons)
    rings, ring_part, is_shell = _rings_of(parts)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    # adding zero turns -0.0 into 0.0, so that equal points have equal bits
    points += 0.0
    moves = (points[1:, 0] != points[:-1, 0]) | (points[1:, 1] != points[:-1, 1])
    tail = np.flatnonzero((ring[1:] == ring[:-1]) & moves)
    head = tail + 1
    edge_ring = ring[tail]
    flipped = _runs_clockwise(points, ring, rings) == is_shell
    if flipped.any():
        swap = flipped[edge_ring]
        tail, head = np.where(swap, head, tail), np.where(swap, tail, head)
    return DirectedEdges(points, tail, head, part_owner[ring_part[edge_ring]])


def _parts_of(polygons: GeometryArray) -> tuple[GeometryArray, IntArray]:
    """Return single polygons and the index of the geometry each is part of."""
    if (shapely.get_type_id(polygons) == POLYGONAL_TYPES[0]).all():
        return polygons, np.arange(len(polygons))
    parts, index = shapely.get_parts(polygons, return_index=True)
    return parts, index


def _rings_of(parts: GeometryArray) -> tuple[GeometryArray, IntArray, BoolArray]:
    """Return rings (or hole-free polygons, which GEOS reads faster), their part, and which are shells."""
    if not shapely.get_num_interior_rings(parts).any():
        return parts, np.arange(len(parts)), np.ones(len(parts), dtype=np.bool_)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    is_shell = np.ones(len(rings), dtype=np.bool_)
    is_shell[1:] = ring_part[1:] != ring_part[:-1]
    return rings, ring_part, is_shell


def ring_offsets(ring: IntArray) -> IntArray:
    """Return where each ring begins in an array of its points, with the total at the end."""
    changes = np.flatnonzero(ring[1:] != ring[:-1]) + 1
    return np.concatenate([[0], changes, [len(ring)]])


def _runs_clockwise(points: FloatArray, ring: IntArray, rings: GeometryArray) -> BoolArray:
    """Return which rings run clockwise: by signed area where that is certain, else by GEOS' exact test."""
    clockwise = np.zeros(len(rings), dtype=np.bool_)
    if len(points) == 0:
        return clockwise
    offset = ring_offsets(ring)
    local = points - np.repeat(points[offset[:-1]], np.diff(offset), axis=0)
    x, y = local[:, 0], local[:, 1]
    # from the last point of a ring to the first of the next the product is zero: local coordinates start there
    left, right = x[:-1] * y[1:], y[:-1] * x[1:]
    doubled_area = np.add.reduceat(np.append(left - right, 0.0), offset[:-1])
    rounding = np.add.reduceat(np.append(np.abs(left) + np.abs(right), 0.0), offset[:-1]) * _AREA_ROUNDING
    present = ring[offset[:-1]]
    clockwise[present] = doubled_area < 0
    unsure = present[np.abs(doubled_area) <= rounding]
    if len(unsure):
        doubtful = rings[unsure]
        if shapely.get_type_id(doubtful[0]) == POLYGONAL_TYPES[0]:
            doubtful = shapely.get_exterior_ring(doubtful)
        clockwise[unsure] = ~shapely.is_ccw(doubtful)
    return clockwise


def is_polygonal(geometries: GeometryArray) -> BoolArray:
    """Return which of `geometries` are polygons or multipolygons, shape (n_geometries,)."""
    mask: BoolArray = np.isin(shapely.get_type_id(geometries), POLYGONAL_TYPES)
    return mask
