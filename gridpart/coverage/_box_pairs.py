"""Which boxes meet: a sweep along strips, or a tree where strips would have to look at too many."""

from __future__ import annotations

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, IntArray

_MAX_STRIPS = 1_000_000
"""Strips at most: with more, places within a strip would be rounded too much to tell boxes apart."""

_CROWDED = 40
"""Boxes looked at per box, on average, from which on a tree is quicker."""

_BLOCK = 5_000
"""Boxes whose neighbours are sought at a time."""


def meeting_boxes(low: FloatArray, high: FloatArray, *, asked: BoolArray) -> tuple[IntArray, IntArray]:
    """
    Return the pairs of boxes that have a point in common, at least one of them asked for.

    Parameters
    ----------
    low, high
        Lower left and upper right corners, shape (n_boxes, 2).
    asked
        Which boxes are asked for, shape (n_boxes,).

    Returns
    -------
    one, two
        Pairs with ``one < two``, each once, in no particular order, shape (n_pairs,).

    Notes
    -----
    Strips are as high as the mean box, so a box lies on two of them on average, and long ones cannot fill memory.
    Within a strip boxes are sorted by their left side; those that begin before a box ends follow it in one row, so
    their number is known before any pair is made.
    """
    pairs = [np.zeros((2, 0), dtype=np.int64)]
    if len(low) and asked.any():
        strips = _Strips(low, high)
        pairs += strips.pairs(asked) if strips.looks <= _CROWDED * len(low) else _tree_pairs(low, high, asked)
    one, two = np.concatenate(pairs, axis=1)
    return np.minimum(one, two), np.maximum(one, two)


class _Strips:
    """Boxes entered into horizontal strips, sorted by their left side within each."""

    def __init__(self, low: FloatArray, high: FloatArray) -> None:
        bottom, top = low[:, 1] - low[:, 1].min(), high[:, 1] - low[:, 1].min()
        height = max(float((top - bottom).mean()), float(top.max()) / _MAX_STRIPS) or 1.0
        first = (bottom / height).astype(np.int64)
        count = (top / height).astype(np.int64) - first + 1
        box = np.repeat(np.arange(len(low)), count)
        strip = np.arange(len(box)) - np.repeat(np.cumsum(count) - count - first, count)
        # one number for strip and place: rounding keeps their order, so no pair is missed
        left, right = low[:, 0] - low[:, 0].min(), high[:, 0] - low[:, 0].min()
        shift = strip * (2 * float(right.max()) + 1.0)
        start = shift + left[box]
        order = np.argsort(start)
        self.box = box[order]
        end = (shift + right[box])[order]
        self.follow = np.searchsorted(start[order], end, side="right") - np.arange(1, len(order) + 1)
        # read along the row, where neighbours lie side by side in memory
        self.bottom, self.top = bottom[self.box], top[self.box]
        self.begins = first[self.box] == strip[order]
        self.looks = int(self.follow.sum())

    def pairs(self, asked: BoolArray) -> list[IntArray]:
        """Return arrays of pairs, shape (2, n_pairs)."""
        pairs = []
        reach = np.cumsum(self.follow)
        cuts = np.searchsorted(reach, np.arange(0, self.looks, _CROWDED * _BLOCK)[1:])
        for rows in np.split(np.arange(len(self.box)), cuts):
            follow = self.follow[rows]
            other = np.arange(int(follow.sum())) - np.repeat(np.cumsum(follow) - follow - rows - 1, follow)
            bottom, top, begins = (np.repeat(of[rows], follow) for of in (self.bottom, self.top, self.begins))
            # boxes that share several strips are told at the first of them
            meet = (begins | self.begins[other]) & (bottom <= self.top[other]) & (self.bottom[other] <= top)
            kept = np.flatnonzero(meet)
            one, two = np.repeat(self.box[rows], follow)[kept], self.box[other[kept]]
            wanted = asked[one] | asked[two]
            pairs.append(np.stack([one[wanted], two[wanted]]))
        return pairs


def _tree_pairs(low: FloatArray, high: FloatArray, asked: BoolArray) -> list[IntArray]:
    """Return the same from a tree, whatever the boxes are like."""
    diagonals = shapely.linestrings(np.stack([low, high], axis=1))
    tree = shapely.STRtree(diagonals)
    sought = np.flatnonzero(asked)
    pairs = []
    for block in np.array_split(sought, len(sought) // _BLOCK + 1):
        query, two = tree.query(diagonals[block])
        one = block[query]
        # a pair of boxes that are both asked for is found twice: keep it once
        pairs.append(np.stack([one, two])[:, (one < two) | ~asked[two]])
    return pairs
