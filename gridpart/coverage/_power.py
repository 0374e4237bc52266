"""
Power diagrams: Voronoi diagrams with a price at each site, read off the lower hull of the lifted sites.

A place belongs to the site with the least squared distance minus price. Qhull's hull only says which three sites meet;
where they meet is computed here from these three, and a diagram is proved before its cells are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.coverage._noding import merge_close_points
from gridpart.coverage._voronoi import ConvexCells
from gridpart.errors import CoverageError
from gridpart.i18n import Joined, messages

say = messages("coverage")

_HELPER_DISTANCE = 24.0
"""Helper sites stand this many times the radius away, so that all real cells are bounded."""

_RELATIVE_ROUNDING = 1e-9
"""Corners may be nearer to a foreign site by this share of the radius: rounding of corners."""

_SHAKES = (0.0, 1e-10, 1e-8)
"""Layouts that Qhull cannot sort are shaken by this share of the radius: symmetric ones have no single answer."""


@dataclass(frozen=True)
class PowerDiagram:
    """
    Edges of a power diagram about the origin.

    Attributes
    ----------
    corners
        Where three cells meet, shape (n_corners, 2).
    tail, head
        Corners of each edge, shape (n_edges,).
    left, right
        Sites beside each edge; numbers from the number of sites on are far helpers, shape (n_edges,).
    """

    corners: FloatArray
    tail: IntArray
    head: IntArray
    left: IntArray
    right: IntArray


def power_diagram(sites: FloatArray, prices: FloatArray, *, radius: float) -> PowerDiagram:
    """
    Return the edges between the power cells of sites.

    Parameters
    ----------
    sites
        Distinct points about the origin, shape (n_sites, 2).
    prices
        In squared units of length, shape (n_sites,). A site with too low a price has no cell.
    radius
        Distance from the origin within which the cells must be right, at least that of every site.
    """
    angle = np.arange(8) * np.pi / 4 + 0.1
    far = np.column_stack([np.cos(angle), np.sin(angle)]) * _HELPER_DISTANCE
    points = np.concatenate([sites / radius, far])
    level = prices / radius**2
    level = np.concatenate([level - level.max(), np.zeros(len(far))])
    lifted = np.column_stack([points, (points * points).sum(axis=1) - level])
    hull = scipy.spatial.ConvexHull(lifted)
    triangles, neighbours = hull.simplices.astype(np.int64), hull.neighbors.astype(np.int64)
    lower = hull.equations[:, 2] < 0
    a, b, c = points[triangles[:, 0]], points[triangles[:, 1]], points[triangles[:, 2]]
    turned = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0] < 0
    triangles[turned] = triangles[turned][:, [0, 2, 1]]
    neighbours[turned] = neighbours[turned][:, [0, 2, 1]]
    corners = _meeting_points(points, level, triangles) * radius
    triangle = np.repeat(np.arange(len(triangles)), 3)
    other = neighbours.ravel()
    left, right = np.roll(triangles, -1, axis=1).ravel(), np.roll(triangles, -2, axis=1).ravel()
    once = lower[triangle] & lower[other] & (triangle > other)
    kept = once & ((left < len(sites)) | (right < len(sites)))
    return PowerDiagram(corners, other[kept], triangle[kept], left[kept], right[kept])


def _meeting_points(points: FloatArray, level: FloatArray, triangles: IntArray) -> FloatArray:
    """Return the place of equal power to the three sites of each triangle, shape (n_triangles, 2)."""
    first = triangles[:, 0]
    b, c = points[triangles[:, 1]] - points[first], points[triangles[:, 2]] - points[first]
    b_side = (b * b).sum(axis=1) - (level[triangles[:, 1]] - level[first])
    c_side = (c * c).sum(axis=1) - (level[triangles[:, 2]] - level[first])
    doubled = 2 * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0])
    # a flat triangle has no such place: it is taken as far away, where the proof refuses it
    doubled = np.where(doubled == 0, np.finfo(np.float64).tiny ** 0.25, doubled)
    x = (c[:, 1] * b_side - b[:, 1] * c_side) / doubled
    y = (b[:, 0] * c_side - c[:, 0] * b_side) / doubled
    places: FloatArray = points[first] + np.column_stack([x, y])
    return places


def power_cells(
    sites: FloatArray, prices: FloatArray, *, middle: FloatArray, reach: float, tolerance: float
) -> ConvexCells:
    """
    Return the power cell of every site, large enough to cover everything within `reach`.

    Parameters
    ----------
    sites
        Distinct points in metres, shape (n_sites, 2).
    prices
        In m², shape (n_sites,).
    middle, reach
        Point and distance from it, in metres, within which the cells must be right.
    tolerance
        Corners closer than this, in metres, become one.

    Returns
    -------
    cells
        One convex cell per site, in order.

    Raises
    ------
    CoverageError
        If a site has no cell or a corner is nearer to a foreign site, naming them.
    """
    local = sites - middle
    radius = max(float(np.abs(local).max()), reach)
    rounding = radius * _RELATIVE_ROUNDING + tolerance
    lost = np.ones(len(sites), dtype=np.bool_)
    for share in _SHAKES:
        shaken = local + np.random.default_rng(len(sites)).uniform(-1, 1, local.shape) * share * radius
        cells = _assemble(power_diagram(shaken, prices, radius=radius), len(sites), tolerance=tolerance)
        lost = _unproved(cells, local, prices, radius=radius, rounding=rounding)
        if not lost.any():
            return ConvexCells(cells.vertices + middle, cells.corner, cells.offset)
    shown = Joined(str(number) for number in np.flatnonzero(lost)[:5])
    raise CoverageError(
        say(
            "The power diagram failed its proof for {n} of {of} sites (numbers {shown}): their prices leave them no "
            "cell, or they stand too close together. Nothing was changed.",
            n=int(lost.sum()),
            of=len(sites),
            shown=shown,
        )
    )


def _assemble(diagram: PowerDiagram, n_sites: int, *, tolerance: float) -> ConvexCells:
    """Gather the corners of each cell and order them counter-clockwise around their mean."""
    used, index = np.unique(np.concatenate([diagram.tail, diagram.head]), return_inverse=True)
    corners, number = merge_close_points(diagram.corners[used], tolerance=tolerance)
    site = np.concatenate([diagram.left, diagram.left, diagram.right, diagram.right])
    end = number[np.concatenate([index, index])]
    real = site < n_sites
    codes = np.unique(site[real] * len(corners) + end[real])
    site, corner = codes // len(corners), codes % len(corners)
    count = np.bincount(site, minlength=n_sites)
    places = corners[corner]
    middles = np.column_stack([np.bincount(site, places[:, axis], minlength=n_sites) for axis in (0, 1)])
    spoke = places - (middles / np.maximum(count, 1)[:, None])[site]
    order = np.lexsort((np.arctan2(spoke[:, 1], spoke[:, 0]), site))
    return ConvexCells(corners, corner[order], np.concatenate([[0], np.cumsum(count)]))


def _unproved(
    cells: ConvexCells, sites: FloatArray, prices: FloatArray, *, radius: float, rounding: float
) -> BoolArray:
    """Return which sites have no cell, or one torn from the next, or a corner that belongs to a foreign site."""
    size = np.diff(cells.offset)
    site = np.repeat(np.arange(len(sites)), size)
    successor = np.arange(1, len(cells.corner) + 1)
    successor[cells.offset[1:][size > 0] - 1] = cells.offset[:-1][size > 0]
    lost: BoolArray = size < 3
    here, there = cells.vertices[cells.corner], cells.vertices[cells.corner[successor]]
    doubled = here[:, 0] * there[:, 1] - here[:, 1] * there[:, 0]
    lost |= np.bincount(site, doubled, minlength=len(sites)) <= 0
    n = np.int64(len(cells.vertices))
    tail, head = cells.corner, cells.corner[successor]
    codes, count = np.unique(tail * n + head, return_counts=True)
    inside: BoolArray = np.abs(cells.vertices).max(axis=1) < radius
    torn = (inside[tail] | inside[head]) & ~np.isin(head * n + tail, codes)
    lost[site[torn]] = True
    lost[site[np.isin(tail * n + head, codes[count > 1])]] = True
    height = np.sqrt(prices.max() - prices)
    tree = scipy.spatial.cKDTree(np.column_stack([sites, height]))
    flat = np.column_stack([cells.vertices, np.zeros(len(cells.vertices))])
    near, _ = tree.query(flat[inside])
    least = np.zeros(len(cells.vertices))
    least[inside] = near
    own = np.sqrt(((here - sites[site]) ** 2).sum(axis=1) + height[site] ** 2)
    lost[site[inside[cells.corner] & (own > least[cells.corner] + rounding)]] = True
    return lost
