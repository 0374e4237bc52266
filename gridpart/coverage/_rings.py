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
    start, end
        Coordinates in metres, shape (n_edges, 2).
    owner
        Index of the polygon that the edge belongs to, shape (n_edges,).
    """

    start: FloatArray
    end: FloatArray
    owner: IntArray

    def __len__(self) -> int:
        """Return the number of edges."""
        return len(self.owner)

    def take(self, index: IntArray | BoolArray) -> DirectedEdges:
        """Return the edges that `index` selects."""
        return DirectedEdges(self.start[index], self.end[index], self.owner[index])

    def reversed(self, *, owner: int | None = None) -> DirectedEdges:
        """Return the same edges walked the other way, all of `owner` if one is given."""
        owners = self.owner if owner is None else np.full(len(self), owner, dtype=np.int64)
        return DirectedEdges(self.end, self.start, owners)

    @staticmethod
    def concatenate(parts: list[DirectedEdges]) -> DirectedEdges:
        """Return all edges of `parts` in one table."""
        return DirectedEdges(
            np.concatenate([part.start for part in parts]),
            np.concatenate([part.end for part in parts]),
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
    parts, part_owner = shapely.get_parts(polygons, return_index=True)
    rings, ring_part, is_shell = _rings_of(parts)
    coordinates, vertex_ring = shapely.get_coordinates(rings, return_index=True)
    # adding zero turns -0.0 into 0.0, so that equal points have equal bits
    coordinates += 0.0
    same_ring = vertex_ring[1:] == vertex_ring[:-1]
    moves = (coordinates[1:, 0] != coordinates[:-1, 0]) | (coordinates[1:, 1] != coordinates[:-1, 1])
    first = np.flatnonzero(same_ring & moves)
    start, end, ring = coordinates[first], coordinates[first + 1], vertex_ring[first]
    flipped = _runs_clockwise(start, end, ring, rings) == is_shell
    if flipped.any():
        swap = flipped[ring][:, None]
        start, end = np.where(swap, end, start), np.where(swap, start, end)
    return DirectedEdges(start, end, part_owner[ring_part[ring]])


def _rings_of(parts: GeometryArray) -> tuple[GeometryArray, IntArray, BoolArray]:
    """Return rings (or hole-free polygons, which GEOS reads faster), their part, and which are shells."""
    if not shapely.get_num_interior_rings(parts).any():
        return parts, np.arange(len(parts)), np.ones(len(parts), dtype=np.bool_)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    is_shell = np.ones(len(rings), dtype=np.bool_)
    is_shell[1:] = ring_part[1:] != ring_part[:-1]
    return rings, ring_part, is_shell


def _runs_clockwise(start: FloatArray, end: FloatArray, ring: IntArray, rings: GeometryArray) -> BoolArray:
    """Return which rings run clockwise: by signed area where that is certain, else by GEOS' exact test."""
    n_rings = len(rings)
    base = np.zeros((n_rings, 2))
    base[ring[::-1]] = start[::-1]
    from_base, to_base = start - base[ring], end - base[ring]
    left, right = from_base[:, 0] * to_base[:, 1], from_base[:, 1] * to_base[:, 0]
    doubled_area = np.bincount(ring, left - right, minlength=n_rings)
    rounding = np.bincount(ring, np.abs(left) + np.abs(right), minlength=n_rings) * _AREA_ROUNDING
    clockwise: BoolArray = doubled_area < 0
    unsure = np.flatnonzero(np.abs(doubled_area) <= rounding)
    if len(unsure):
        doubtful = rings[unsure]
        if (shapely.get_type_id(doubtful) == POLYGONAL_TYPES[0]).any():
            doubtful = shapely.get_exterior_ring(doubtful)
        clockwise[unsure] = ~shapely.is_ccw(doubtful)
    return clockwise


def is_polygonal(geometries: GeometryArray) -> BoolArray:
    """Return which of `geometries` are polygons or multipolygons, shape (n_geometries,)."""
    mask: BoolArray = np.isin(shapely.get_type_id(geometries), POLYGONAL_TYPES)
    return mask
