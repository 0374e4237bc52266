"""Shared borders of faces: who is beside a face, and with whom it shares the longest border."""

from __future__ import annotations

import numpy as np

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.coverage.coverage import Coverage

NOBODY = -1
"""Label of a face that no polygon gets."""


def both_ways(coverage: Coverage) -> tuple[IntArray, IntArray, FloatArray]:
    """Return pairs of faces that share a border, each pair both ways, and the length of the border in m."""
    one, two, border = coverage.adjacency()
    return np.concatenate([one, two]), np.concatenate([two, one]), np.concatenate([border, border])


def longest_border(face: IntArray, owner: IntArray, border: FloatArray) -> tuple[IntArray, IntArray]:
    """Return for each face the owner with the longest border in total, the first one if equal."""
    span = np.int64(owner.max(initial=0) + 1)
    codes, inverse = np.unique(face * span + owner, return_inverse=True)
    # border lengths are sums of rounded square roots: what is equal on paper must tie here too
    total = np.round(np.bincount(inverse, border, minlength=len(codes)), 6)
    order = np.lexsort((codes % span, -total, codes // span))
    faces, first = np.unique((codes // span)[order], return_index=True)
    return faces, (codes % span)[order][first]


def neighbours(coverage: Coverage, label: IntArray, chosen: BoolArray) -> dict[int, tuple[int, ...]]:
    """Return the polygons that share a border with each chosen face, sorted."""
    one, two, _ = both_ways(coverage)
    beside = chosen[one] & (label[two] != NOBODY)
    found: dict[int, set[int]] = {}
    for face, who in zip(one[beside].tolist(), label[two[beside]].tolist(), strict=True):
        found.setdefault(face, set()).add(who)
    return {face: tuple(sorted(who)) for face, who in found.items()}
