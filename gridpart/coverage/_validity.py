"""A proof of validity for convex polygons, which most tessellations consist of; the rest is left to GEOS."""

from __future__ import annotations

import numpy as np
import shapely

from gridpart._typing import BoolArray, GeometryArray
from gridpart.coverage._rings import POLYGONAL_TYPES, ring_offsets
from gridpart.i18n import messages

say = messages("coverage")

_TURN_ROUNDING = 1e-15
"""Relative error bound of a turn's sign in float64, after Shewchuk's (3 + 16 eps) eps, rounded up."""

MAX_COORDINATE_M = 1e9
"""No map has coordinates beyond this, in metres; there float64 could not tell a tenth of a micrometre apart."""

_FAULTS: dict[str, str] = {
    fault: fault
    for fault in (
        say("Self-intersection"),
        say("Ring Self-intersection"),
        say("Hole lies outside shell"),
        say("Holes are nested"),
        say("Nested shells"),
        say("Interior is disconnected"),
        say("Duplicate Rings"),
        say("Too few points in geometry component"),
        say("Invalid Coordinate"),
    )
}
"""What GEOS finds wrong with a polygon, in its words."""


def why_invalid(shape: shapely.Geometry) -> str:
    """
    Return what GEOS finds wrong with a geometry and where, as a message that can be said in other languages.

    Parameters
    ----------
    shape
        An invalid geometry.
    """
    fault, _, place = str(shapely.is_valid_reason(shape)).partition("[")
    told = _FAULTS.get(fault, fault)
    return say("{fault}[{place}", fault=told, place=place) if place else told


def is_certainly_valid(polygons: GeometryArray) -> BoolArray:
    """
    Return which polygons are proved valid because they are convex.

    A closed ring that turns left at every corner and changes between upward and downward exactly
    twice is convex, so it does not touch itself. Signs are accepted only beyond their rounding
    error [1]_. False means unknown, not invalid.

    Parameters
    ----------
    polygons
        Any geometries, shape (n_polygons,).

    Returns
    -------
    certain
        Shape (n_polygons,).

    References
    ----------
    .. [1] Shewchuk, J. R. (1997). Adaptive precision floating-point arithmetic and fast robust
       geometric predicates. Discrete & Computational Geometry 18, 305-363.
    """
    certain = np.zeros(len(polygons), dtype=np.bool_)
    single = (shapely.get_type_id(polygons) == POLYGONAL_TYPES[0]) & (shapely.get_num_interior_rings(polygons) == 0)
    single &= ~shapely.is_empty(polygons)
    if not single.any():
        return certain
    rows = np.flatnonzero(single)
    points, ring = shapely.get_coordinates(polygons if single.all() else polygons[single], return_index=True)
    offset = ring_offsets(ring)
    # one step per edge; the step after a ring's last point is that of its first edge, which closes the turns
    step = np.empty_like(points)
    with np.errstate(invalid="ignore", over="ignore"):
        step[:-1] = points[1:] - points[:-1]
    step[offset[1:] - 1] = step[offset[:-1]]
    x, y = step[:, 0], step[:, 1]
    # coordinates that are not finite give turns that are not clear
    with np.errstate(invalid="ignore", over="ignore"):
        left, right = x[:-1] * y[1:], y[:-1] * x[1:]
        turn = left - right
        clear = np.abs(turn) > _TURN_ROUNDING * (np.abs(left) + np.abs(right))
    if not np.abs(points).max() <= MAX_COORDINATE_M:
        clear &= (np.abs(points[:-1]) <= MAX_COORDINATE_M).all(axis=1)
    upward = (y > 0) | ((y == 0) & (x > 0))
    swings = upward[1:] != upward[:-1]
    # between rings there is no turn to judge
    seam = offset[1:-1] - 1
    clear[seam] = True
    swings[seam] = False
    lefts, rights = clear & (turn > 0), clear & (turn < 0)
    lefts[seam] = rights[seam] = True
    first = offset[:-1]
    one_way = _all_of(lefts, first) | _all_of(rights, first)
    twice = np.add.reduceat(np.append(swings, False), first, dtype=np.int64) == 2
    certain[rows] = one_way & twice
    return certain


def _all_of(mask: BoolArray, first: np.ndarray[tuple[int], np.dtype[np.int64]]) -> BoolArray:
    whole: BoolArray = np.logical_and.reduceat(np.append(mask, True), first)
    return whole
