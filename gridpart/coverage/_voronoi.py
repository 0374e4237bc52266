"""
Voronoi polygons that are checked before they are trusted.

Every quick way works in floating point and fails somewhere: the dual of a triangulation on some symmetric layouts,
Qhull on sites that stand millimetres apart in a wide area, GEOS on many symmetric layouts. So they are asked in turn,
and a diagram leaves this file only with its proof: each site lies strictly inside its cell, each edge of a cell is the
opposite of one edge of one other cell, and each corner of a cell is as near to its site as to any other.
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
from gridpart.i18n import Joined, messages

say = messages("coverage")

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


def voronoi_cells(sites: FloatArray, *, middle: FloatArray, reach: float, tolerance: float) -> ConvexCells:
    """
    Return the Voronoi polygon of every site, large enough to cover everything within `reach`.

    Parameters
    ----------
    sites
        Distinct points in metres, shape (n_sites, 2).
    middle, reach
        Point and distance from it, in metres, within which the cells must be right. Where they and the neighbours of a
        site stay the same, its cell stays the same to the bit, whatever other sites come or go.
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
    local = sites - middle
    radius = max(float(np.abs(local).max()), reach)
    rounding = radius * _RELATIVE_ROUNDING + tolerance
    lost = np.ones(len(sites), dtype=np.bool_)
    for diagram in (_by_delaunay, _by_qhull, _by_geos):
        cells = diagram(local, radius=radius, tolerance=tolerance)
        lost = _unproved(cells, local, radius=radius, rounding=rounding)
        if not lost.any():
            break
    else:
        raise _lost_sites(np.flatnonzero(lost), sites)
    return ConvexCells(cells.vertices + middle, cells.corner, cells.offset)


def _with_helpers(local: FloatArray, radius: float) -> FloatArray:
    """Return the sites and eight far helpers, so that the cells of all sites are bounded."""
    angle = np.arange(8) * np.pi / 4 + 0.1
    helpers = np.column_stack([np.cos(angle), np.sin(angle)]) * radius * _HELPER_DISTANCE
    return np.concatenate([local, helpers])


def _by_delaunay(local: FloatArray, *, radius: float, tolerance: float) -> ConvexCells:
    """Return the diagram of sites about the origin as the dual of Qhull's triangulation: the quickest way by far."""
    points = _with_helpers(local, radius)
    triangles = scipy.spatial.Delaunay(points / radius).simplices.astype(np.int64)
    # corners in an order of their own, so that the rounding of a centre does not depend on other sites
    rank = np.empty(len(points), dtype=np.int64)
    rank[np.lexsort(points.T)] = np.arange(len(points))
    triangles = np.take_along_axis(triangles, np.argsort(rank[triangles], axis=1), axis=1)
    corners, index = merge_close_points(_circumcentres(points, triangles), tolerance=tolerance)
    site, corner = triangles.ravel(), np.repeat(index, 3)
    real = site < len(local)
    return _assemble(corners, site[real], corner[real], local)


def _by_qhull(local: FloatArray, *, radius: float, tolerance: float) -> ConvexCells:
    """Return the diagram of sites about the origin from Qhull's own corners: right for symmetric layouts too."""
    diagram = scipy.spatial.Voronoi(_with_helpers(local, radius) / radius)
    corners, index = merge_close_points(diagram.vertices * radius, tolerance=tolerance)
    ridge_sites = np.asarray(diagram.ridge_points)
    ridge_corners = np.array(diagram.ridge_vertices)
    site = np.concatenate([ridge_sites[:, 0], ridge_sites[:, 0], ridge_sites[:, 1], ridge_sites[:, 1]])
    corner = np.concatenate([ridge_corners[:, 0], ridge_corners[:, 1], ridge_corners[:, 0], ridge_corners[:, 1]])
    real = (site < len(local)) & (corner >= 0)
    return _assemble(corners, site[real].astype(np.int64), index[corner[real]], local)


def _circumcentres(points: FloatArray, triangles: IntArray) -> FloatArray:
    """Return the centre of the circle through the corners of each triangle, shape (n_triangles, 2)."""
    a, b, c = points[triangles[:, 0]], points[triangles[:, 1]], points[triangles[:, 2]]
    b, c = b - a, c - a
    b_squared, c_squared = (b * b).sum(axis=1), (c * c).sum(axis=1)
    doubled_area = 2 * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0])
    # a flat triangle has no centre: its corners are taken as far away, where the proof refuses them
    doubled_area = np.where(doubled_area == 0, np.finfo(np.float64).tiny ** 0.25, doubled_area)
    x = (c[:, 1] * b_squared - b[:, 1] * c_squared) / doubled_area
    y = (b[:, 0] * c_squared - c[:, 0] * b_squared) / doubled_area
    centres: FloatArray = a + np.column_stack([x, y])
    return centres


def _by_geos(local: FloatArray, *, radius: float, tolerance: float) -> ConvexCells:
    """Return the diagram of sites about the origin from GEOS: right for sites millimetres apart in a wide area too."""
    frame = shapely.box(-radius, -radius, radius, radius)
    try:
        diagram = shapely.voronoi_polygons(shapely.multipoints(local), extend_to=frame, ordered=True)
    except shapely.GEOSException:  # sites that GEOS takes for one: no cell, so no proof
        nothing = np.zeros(0, dtype=np.int64)
        return _assemble(local[:1], nothing, nothing, local)
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


def _unproved(cells: ConvexCells, sites: FloatArray, *, radius: float, rounding: float) -> BoolArray:
    """Return which sites lie outside their cell, or have a cell torn from the next or nearer to a foreign site."""
    size = np.diff(cells.offset)
    site = np.repeat(np.arange(len(sites)), size)
    successor = np.arange(1, len(cells.corner) + 1)
    successor[cells.offset[1:][size > 0] - 1] = cells.offset[:-1][size > 0]
    here = cells.vertices[cells.corner] - sites[site]
    there = here[successor]
    turns_left = here[:, 0] * there[:, 1] - here[:, 1] * there[:, 0] > 0
    lost: BoolArray = size < 3
    lost[site[~turns_left]] = True
    lost[site[_is_torn(cells, successor, radius=radius)]] = True
    own = np.hypot(here[:, 0], here[:, 1])
    nearest, _ = scipy.spatial.cKDTree(sites).query(cells.vertices)
    lost[site[own > nearest[cells.corner] + rounding]] = True
    return lost


def _is_torn(cells: ConvexCells, successor: IntArray, *, radius: float) -> BoolArray:
    """Return which edges of cells have no opposite edge, or a double, though within `radius` of the origin."""
    n = np.int64(len(cells.vertices))
    tail, head = cells.corner, cells.corner[successor]
    far = np.abs(cells.vertices).max(axis=1) >= radius
    code = tail * n + head
    order = np.argsort(code)
    ordered = code[order]
    double = np.zeros(len(code), dtype=np.bool_)
    double[order[1:]] = ordered[1:] == ordered[:-1]
    opposite = head * n + tail
    place = np.minimum(np.searchsorted(ordered, opposite), len(code) - 1)
    torn: BoolArray = double | ((ordered[place] != opposite) & ~(far[tail] & far[head]))
    return torn


def _lost_sites(lost: IntArray, sites: FloatArray) -> CoverageError:
    shown = Joined(str(number) for number in lost[:5])
    gap, _ = scipy.spatial.cKDTree(sites).query(sites[lost], k=2)
    return CoverageError(
        say(
            "The Voronoi diagram failed its proof for {n} of {of} sites (numbers {shown}); the nearest other site "
            "is {least_m:.3g} m away. Nothing was changed. Sites this close should be merged into one.",
            n=len(lost),
            of=len(sites),
            shown=shown,
            least_m=gap[:, 1].min(),
        )
    )
