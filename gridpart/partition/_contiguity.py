"""Making cells connected: loose pieces go to the neighbour with the longest shared border."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gridpart._typing import BoolArray, IntArray
from gridpart.coverage import Coverage, connected_components


def pieces_of(coverage: Coverage, labels: IntArray) -> IntArray:
    """Return the number of the connected piece of equal label that each face belongs to, shape (n_faces,)."""
    one, two, _ = coverage.adjacency()
    same = labels[one] == labels[two]
    return connected_components(len(coverage), one[same], two[same])


def settle(coverage: Coverage, labels: IntArray, anchors: Iterable[int]) -> tuple[IntArray, BoolArray]:
    """
    Give every loose piece of a cell to the settled neighbour with the longest shared border.

    A piece is settled if it holds the anchor of its cell. Pieces on parts of the area that no anchor stands on
    cannot be reached and stay as they are.

    Parameters
    ----------
    coverage
        Faces of the grid.
    labels
        Cell of each face, shape (n_faces,).
    anchors
        The face that holds each cell's outlet.

    Returns
    -------
    labels
        Cell of each face with loose pieces moved, shape (n_faces,).
    unreachable
        Faces of pieces that touch no settled cell, shape (n_faces,).
    """
    piece = pieces_of(coverage, labels)
    n_pieces = int(piece.max()) + 1
    owner = np.zeros(n_pieces, dtype=np.int64)
    owner[piece] = labels
    settled = np.zeros(n_pieces, dtype=np.bool_)
    settled[piece[np.fromiter(anchors, dtype=np.int64)]] = True
    one, two, border = coverage.adjacency(piece)
    while True:
        joins = settled[one] != settled[two]
        if not joins.any():
            break
        loose = np.where(settled[one], two, one)[joins]
        target = owner[np.where(settled[one], one, two)[joins]]
        # a cell that touches a loose piece in several places counts with all of them
        pairs, where = np.unique(np.column_stack([loose, target]), axis=0, return_inverse=True)
        shared = np.bincount(where.ravel(), weights=border[joins])
        best = np.lexsort((pairs[:, 1], -shared))[0]
        owner[pairs[best, 0]] = pairs[best, 1]
        settled[pairs[best, 0]] = True
    return owner[piece], ~settled[piece]
