"""Tessellation: Voronoi faces of points, cut to an area with holes and several parts."""

from __future__ import annotations

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage._steady import steady_corners
from gridpart.coverage._voronoi import ConvexCells, voronoi_cells
from gridpart.coverage.arrangement import arrange
from gridpart.coverage.coverage import Coverage
from gridpart.errors import CoverageError
from gridpart.i18n import messages

say = messages("coverage")

SNAP_M = 1e-7
"""Snapping distance in metres of the cut along the area's border; a tenth of what a certificate allows."""

_RIM_CLEARANCE_M = 1e-3
"""A cell nearer than this to the border of the area, in metres, is cut with it; all others are taken whole."""


def tessellate(points: FloatArray, area: shapely.Geometry) -> tuple[Coverage, IntArray]:
    """
    Cut an area into the Voronoi faces of points.

    Parameters
    ----------
    points
        Sites in metres, shape (n_points, 2), more than `SNAP_M` apart from each other.
    area
        Polygon or multipolygon in the same coordinates. Holes stay uncovered.

    Returns
    -------
    coverage
        Connected faces; a Voronoi cell that the area's border cuts in several has several.
    owner
        Point of each face, shape (n_faces,).

    Raises
    ------
    CoverageError
        If a site is lost or the cut does not settle, naming the place.

    References
    ----------
    .. [1] Okabe, A., Boots, B., Sugihara, K. and Chiu, S. N. (2000). Spatial Tessellations, 2nd ed. Wiley.
    """
    if len(points) == 0:
        raise CoverageError(say("No point is left to tessellate with; at least one is needed."))
    parts: GeometryArray = shapely.get_parts(area)
    if len(points) == 1:
        return Coverage.from_polygons(parts), np.zeros(len(parts), dtype=np.int64)
    bounds = np.array(shapely.bounds(area)).reshape(2, 2)
    middle = bounds.mean(axis=0)
    reach = float(np.hypot(*np.abs(bounds - middle).max(axis=0)))
    cells = voronoi_cells(points, middle=middle, reach=reach, tolerance=SNAP_M)
    return cut_to_area(cells, area, sites=points)


def cut_to_area(
    cells: ConvexCells, area: shapely.Geometry, *, sites: FloatArray | None = None
) -> tuple[Coverage, IntArray]:
    """
    Cut proved cells to an area: inner ones are taken whole, those on its rim are cut with its border.

    Parameters
    ----------
    cells
        Convex cells.
    area
        Polygon or multipolygon in the same coordinates.
    sites
        Where the cells are Voronoi cells: their sites, so that corners on the border of the area hang on the two sites
        beside them only.

    Returns
    -------
    coverage, owner
        Connected faces and the cell of each, as `tessellate` does.
    """
    parts: GeometryArray = shapely.get_parts(area)
    polygons = _polygons(cells)
    inner = _is_inner(cells, polygons, area)
    inner_faces = polygons[inner]
    rim = np.flatnonzero(~inner)
    cut = arrange([parts, polygons[rim]], tolerance=SNAP_M)
    in_area = cut.labels[:, 0] >= 0
    rim_faces = in_area & (cut.labels[:, 1] >= 0)
    rim_polygons = cut.coverage.polygons[rim_faces]
    if sites is not None:
        rim_polygons = steady_corners(rim_polygons, cells, sites, parts, rim=~inner, within=SNAP_M)
    faces = np.concatenate([inner_faces, rim_polygons])
    owner = np.concatenate([np.flatnonzero(inner), rim[cut.labels[rim_faces, 1]]])
    order = np.argsort(owner, kind="stable")
    return Coverage.from_polygons(faces[order]), owner[order]


def _polygons(cells: ConvexCells) -> GeometryArray:
    index = np.repeat(np.arange(len(cells.offset) - 1), np.diff(cells.offset))
    polygons: GeometryArray = shapely.polygons(shapely.linearrings(cells.vertices[cells.corner], indices=index))
    return polygons


def _is_inner(cells: ConvexCells, polygons: GeometryArray, area: shapely.Geometry) -> BoolArray:
    """Return which cells lie inside the area and clear of its border, shape (n_cells,)."""
    lines = shapely.get_rings(shapely.get_parts(area))
    coordinates, ring = shapely.get_coordinates(lines, return_index=True)
    along = np.flatnonzero(ring[1:] == ring[:-1])
    segments = shapely.linestrings(np.stack([coordinates[along], coordinates[along + 1]], axis=1))
    _, near = shapely.STRtree(polygons).query(segments, predicate="dwithin", distance=_RIM_CLEARANCE_M)
    inner = np.ones(len(polygons), dtype=np.bool_)
    inner[near] = False
    shapely.prepare(area)
    first = cells.vertices[cells.corner[cells.offset[:-1]]]
    inside: BoolArray = shapely.contains_xy(area, first[:, 0], first[:, 1])
    return inner & inside
