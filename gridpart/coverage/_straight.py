"""Leave out the vertices of rings that lie on a straight border and are nobody's corner."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.coverage._faces import Rings

_FEWEST = 3
"""Corners of a ring at least."""


def straightened(vertices: FloatArray, rings: Rings, ends: IntArray, *, loose: BoolArray, within: float) -> Rings:
    """
    Leave out loose vertices where one border passes straight.

    Parameters
    ----------
    vertices
        Coordinates in metres, shape (n_vertices, 2).
    rings
        Rings of all regions, from `trace_rings`.
    ends
        Tail and head of every edge between two regions, shape (n_edges, 2).
    loose
        Vertices that may go, shape (n_vertices,).
    within
        Distance in metres by which a border may move. Noding keeps vertices more than 0.7 of its tolerance away from
        the inside of other edges, so that a quarter of it lets no border reach another one.

    Returns
    -------
    rings
        The same rings. Whether a vertex goes is decided once for all of its rings, so borders still match.
    """
    kept = ~loose | (np.bincount(ends.ravel(), minlength=len(vertices)) != 2)
    if kept.all():
        return rings
    begin, end = rings.offset[:-1], rings.offset[1:]
    ring = np.repeat(np.arange(len(begin)), end - begin)
    place = np.arange(len(rings.vertex))
    before, after = place - 1, place + 1
    before[begin], after[end - 1] = end - 1, begin
    free = place[~kept[rings.vertex]]
    kept[rings.vertex[free[_bent(vertices, rings.vertex, free, before[free], after[free], within)]]] = True
    few = np.add.reduceat(kept[rings.vertex].astype(np.int64), begin) < _FEWEST
    kept[rings.vertex[few[ring]]] = True

    stays = kept[rings.vertex]
    free = place[~stays]
    before, after = _kept_neighbours(stays, rings.offset, ring)
    bent = _bent(vertices, rings.vertex, free, before[free], after[free], within)
    # a chain that bends as a whole is left as it is
    kept[rings.vertex[free[np.isin(before[free], before[free[bent]])]]] = True
    stays = kept[rings.vertex]
    offset = np.append(0, np.cumsum(stays))[rings.offset]
    # areas stay: they tell shells from holes, and change by less than they are rounded
    return replace(rings, vertex=rings.vertex[stays], offset=offset)


def _bent(
    vertices: FloatArray, vertex: IntArray, at: IntArray, before: IntArray, after: IntArray, within: float
) -> BoolArray:
    """Return which places of rings lie off the straight line between two others, or not between them."""
    first, last = vertices[vertex[before]], vertices[vertex[after]]
    along, here = last - first, vertices[vertex[at]] - first
    length = np.hypot(along[:, 0], along[:, 1])
    forth = (here * along).sum(axis=1)
    off = np.abs(along[:, 0] * here[:, 1] - along[:, 1] * here[:, 0])
    bent: BoolArray = (off > within * length) | (forth <= 0) | (forth >= length**2)
    return bent


def _kept_neighbours(stays: BoolArray, offset: IntArray, ring: IntArray) -> tuple[IntArray, IntArray]:
    """Return the place that stays before and after each place, around its ring."""
    n = len(stays)
    low, high = np.where(stays, np.arange(n), -1), np.where(stays, np.arange(n), n)
    before, after = np.maximum.accumulate(low), np.minimum.accumulate(high[::-1])[::-1]
    last, first = np.maximum.reduceat(low, offset[:-1]), np.minimum.reduceat(high, offset[:-1])
    before = np.where(before < offset[:-1][ring], last[ring], before)
    after = np.where(after >= offset[1:][ring], first[ring], after)
    return before, after
