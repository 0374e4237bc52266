"""
Voronoi polygons that are checked before they are trusted.

Qhull works in floating point: it loses sites that stand millimetres apart in a wide area. GEOS finds those but tangles
cells of symmetric layouts. So Qhull is asked first, GEOS where that fails, and every diagram is proved before it leaves
this file: each site lies strictly inside its own convex cell, and each corner of a cell is as near to its site as to
any other. For convex cells that is the definition of Voronoi.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
import shapely

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.coverage._matching import unique_points
from gridpart.coverage._noding import merge_close_points
from gridpart.errors import CoverageError

_HELPER_DISTANCE = 24.0
"""Helper sites stand this many times the layout's radius away, so that all real cells are bounded."""

_RELATIVE_ROUNDING = 1e-9
"""Corners may be nearer to a foreign site by this share of the layout's radius: rounding of Qhull's corners."""


@dataclass(frozen=True)
class ConvexCells:
    """
    Convex polygons over shared vertices, counter-clockwise.

    Attributes
    ----------
    vertices
        Coordinates in metres, shape (n_vertices, 2).
    corner
        Vertices of all cells one after the other, shape (n_corners,).
    offset
        Where each cell begins in `corner`, with the total at the end, shape (n_cells + 1,).
    """

    vertices: FloatArray
    corner: IntArray
    offset: IntArray


def voronoi_cells(sites: FloatArray, *, reach: float, tolerance: float) -> ConvexCells:
    """
    Return the Voronoi polygon of every site, large enough to cover everything within `reach`.

    Parameters
    ----------
    sites
        Distinct points in metres, shape (n_sites, 2).
    reach
        Distance in metres from the middle of the sites within which the cells must be right.
    tolerance
        Corners closer than this, in metres, become one.

    Returns
    -------
    cells
        One convex cell per site, in order.

    Raises
    ------
    CoverageError
        If a site is lost or a corner is nearer to a foreign site, naming them.
    """
    middle = (sites.min(axis=0) + sites.max(axis=0)) / 2
    local = sites - middle
    radius = max(float(np.abs(local).max()), reach)
    rounding = radius * _RELATIVE_ROUNDING + tolerance
    cells = _by_qhull(local, radius=radius, tolerance=tolerance)
    lost = _unproved(cells, local, rounding=rounding)
    if lost.any():
        try:
            cells = _by_geos(local, radius=radius, tolerance=tolerance)
        except shapely.GEOSException as refused:  # sites that GEOS takes for one
            raise _lost_sites(np.flatnonzero(lost), sites) from refused
        lost = _unproved(cells, local, rounding=rounding)
    if lost.any():
        raise _lost_sites(np.flatnonzero(lost), sites)
    return ConvexCells(cells.vertices + middle, cells.corner, cells.offset)


def _by_qhull(local: FloatArray, *, radius: float, tolerance: float) -> ConvexCells:
    """Return the diagram of sites about the origin, from the convex hull of the sites lifted to a paraboloid."""
    angle = np.arange(8) * np.pi / 4 + 0.1
    helpers = np.column_stack([np.cos(angle), np.sin(angle)]) * radius * _HELPER_DISTANCE
    diagram = scipy.spatial.Voronoi(np.concatenate([local, helpers]) / radius)
    corners, index = merge_close_points(diagram.vertices * radius, tolerance=tolerance)
    ridge_sites = np.asarray(diagram.ridge_points)
    ridge_corners = np.array(diagram.ridge_vertices)
    site = np.concatenate([ridge_sites[:, 0], ridge_sites[:, 0], ridge_sites[:, 1], ridge_sites[:, 1]])
    corner = np.concatenate([ridge_corners[:, 0], ridge_corners[:, 1], ridge_corners[:, 0], ridge_corners[:, 1]])
    real = (site < len(local)) & (corner >= 0)
    return _assemble(corners, site[real].astype(np.int64), index[corner[real]], local)


def _by_geos(local: FloatArray, *, radius: float, tolerance: float) -> ConvexCells:
    """Return the diagram of sites about the origin, from the Delaunay triangulation of GEOS."""
    frame = shapely.box(-radius, -radius, radius, radius)
    diagram = shapely.voronoi_polygons(shapely.multipoints(local), extend_to=frame, ordered=True)
    points, site = shapely.get_coordinates(shapely.get_parts(diagram), return_index=True)
    points, number = unique_points(points)
    corners, index = merge_close_points(points, tolerance=tolerance)
    return _assemble(corners, site, index[number], local)


def _assemble(corners: FloatArray, site: IntArray, corner: IntArray, local: FloatArray) -> ConvexCells:
    """Order the corners of each cell, given as pairs of site and corner, by their angle around the site."""
    codes = np.unique(site * len(corners) + corner)
    site, corner = codes // len(corners), codes % len(corners)
    spoke = corners[corner] - local[site]
    order = np.lexsort((np.arctan2(spoke[:, 1], spoke[:, 0]), site))
    offset = np.concatenate([[0], np.cumsum(np.bincount(site, minlength=len(local)))])
    return ConvexCells(corners, corner[order], offset)


def _unproved(cells: ConvexCells, sites: FloatArray, *, rounding: float) -> BoolArray:
    """Return which sites lie outside their cell, or have a cell that is not convex or is nearer to a foreign site."""
    size = np.diff(cells.offset)
    site = np.repeat(np.arange(len(sites)), size)
    successor = np.arange(1, len(cells.corner) + 1)
    successor[cells.offset[1:][size > 0] - 1] = cells.offset[:-1][size > 0]
    here = cells.vertices[cells.corner] - sites[site]
    there = here[successor]
    turns_left = here[:, 0] * there[:, 1] - here[:, 1] * there[:, 0] > 0
    lost: BoolArray = size < 3
    lost[site[~turns_left]] = True
    own = np.hypot(here[:, 0], here[:, 1])
    nearest, _ = scipy.spatial.cKDTree(sites).query(cells.vertices[cells.corner])
    lost[site[own > nearest + rounding]] = True
    return lost


def _lost_sites(lost: IntArray, sites: FloatArray) -> CoverageError:
    shown = ", ".join(str(number) for number in lost[:5])
    gap, _ = scipy.spatial.cKDTree(sites).query(sites[lost], k=2)
    message = (
        f"The Voronoi diagram failed its proof for {len(lost)} of {len(sites)} sites (numbers {shown}); "
        f"the nearest other site is {gap[:, 1].min():.3g} m away. Nothing was changed. "
        "Sites this close should be merged into one."
    )
    return CoverageError(message)


def convex_mask(cells: ConvexCells, chosen: BoolArray) -> tuple[FloatArray, IntArray]:
    """Return the corner coordinates of the chosen cells and the position of each cell among them."""
    size = np.diff(cells.offset)
    rows = np.repeat(chosen, size)
    return cells.vertices[cells.corner[rows]], np.repeat(np.arange(int(chosen.sum())), size[chosen])
