"""Cutting single faces between several points, both sides of every border at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely

from gridpart._typing import FloatArray, GeometryArray, IntArray
from gridpart.coverage import SNAP_M, Coverage, arrange, tessellate


@dataclass(frozen=True, eq=False)
class CutFaces:
    """
    A coverage after some of its faces were cut.

    Attributes
    ----------
    coverage
        The new faces.
    source
        Face they were before, shape (n_faces,).
    site
        Row of the point that won the piece, counted within the points of its source; -1 for faces not cut.
    """

    coverage: Coverage
    source: IntArray
    site: IntArray


def cut_faces(coverage: Coverage, points: Mapping[int, FloatArray]) -> CutFaces:
    """
    Cut faces into the Voronoi faces of points.

    Parameters
    ----------
    coverage
        Faces.
    points
        For each face to be cut, its points in m, shape (n_points, 2).

    Returns
    -------
    cut
        Faces not cut keep their shape but for vertices that a cut in a neighbour ends at.
    """
    if not points:
        n = len(coverage)
        return CutFaces(coverage, np.arange(n), np.full(n, -1, dtype=np.int64))
    whole = np.setdiff1d(np.arange(len(coverage)), np.fromiter(points, dtype=np.int64))
    polygons, source, site = [coverage.polygons[whole]], [whole], [np.full(len(whole), -1, dtype=np.int64)]
    for face in sorted(points):
        pieces, owner = tessellate(points[face], coverage.polygons[face])
        polygons.append(pieces.polygons)
        source.append(np.full(len(owner), face))
        site.append(owner)
    shapes: GeometryArray = np.concatenate(polygons)
    noded = arrange([shapes], tolerance=SNAP_M)
    rows, dissolved = noded.coverage.dissolve(noded.labels[:, 0])
    sources, sites = np.concatenate(source)[rows], np.concatenate(site)[rows]
    order = np.lexsort((sites, sources))
    return CutFaces(Coverage.from_polygons(dissolved[order]), sources[order], sites[order])


def around(point: FloatArray, count: int) -> FloatArray:
    """Return `count` points on a circle about a point: their Voronoi faces are equal sectors, shape (count, 2)."""
    angle = 2 * np.pi * np.arange(count) / count
    circle: FloatArray = point + np.column_stack([np.cos(angle), np.sin(angle)])
    return circle


def face_at(coverage: Coverage, points: FloatArray) -> IntArray:
    """Return the face at each point, the lowest on a border, -1 outside, shape (n_points,)."""
    row, face = shapely.STRtree(coverage.polygons).query(shapely.points(points), predicate="intersects")
    found = np.full(len(points), len(coverage), dtype=np.int64)
    np.minimum.at(found, row, face)
    return np.where(found == len(coverage), -1, found)
