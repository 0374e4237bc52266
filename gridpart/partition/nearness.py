"""The nearest of several places, ties to the lowest id."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy

from gridpart._typing import FloatArray, IntArray

_TIES = 8
"""Nearest places looked at for equal distances."""


def nearest_place(ids: Sequence[str], places: FloatArray, points: FloatArray) -> tuple[IntArray, FloatArray]:
    """
    Find the nearest place of each point.

    Parameters
    ----------
    ids
        Of the places, shape (n_places,); the lowest wins among equally near ones.
    places, points
        In m, shapes (n_places, 2) and (n_points, 2).

    Returns
    -------
    row, distance_m
        Place of each point and its distance, shape (n_points,).
    """
    order = np.array(sorted(range(len(ids)), key=lambda row: ids[row]), dtype=np.int64)
    count = min(_TIES, len(ids))
    distance, index = scipy.spatial.cKDTree(places[order]).query(points, k=list(range(1, count + 1)))
    candidates = np.where(distance == distance[:, :1], index, len(ids))
    lowest: IntArray = order[candidates.min(axis=1)]
    return lowest, distance[:, 0]
