"""Shrinking covering problems before they are solved, without losing the optimum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from gridpart._typing import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Reduced:
    """
    A covering problem that is left after reductions.

    Attributes
    ----------
    rows, columns
        Places and candidates that are left, shapes (n_rows,), (n_columns,).
    forced
        Candidates that every optimum may be taken to contain, shape (n_forced,).
    """

    rows: IntArray
    columns: IntArray
    forced: IntArray


def merge_equal_places(reach: Any, weights: FloatArray) -> tuple[Any, FloatArray]:  # noqa: ANN401 - scipy has no types
    """
    Join places that the same candidates reach, and drop those that none does.

    Parameters
    ----------
    reach
        Which candidates reach each place, sparse, shape (n_places, n_candidates).
    weights
        Of each place, shape (n_places,).

    Returns
    -------
    reach, weights
        One row per set of candidates, weights added up.
    """
    reach = scipy.sparse.csr_array(reach)
    reach.sort_indices()
    sets: dict[bytes, int] = {}
    number = np.full(reach.shape[0], -1, dtype=np.int64)
    first: list[int] = []
    for row in range(reach.shape[0]):
        members = reach.indices[reach.indptr[row] : reach.indptr[row + 1]]
        if len(members) and weights[row] > 0:
            key = members.tobytes()
            if key not in sets:
                sets[key] = len(first)
                first.append(row)
            number[row] = sets[key]
    there = number >= 0
    merged = np.zeros(len(first))
    np.add.at(merged, number[there], weights[there])
    return reach[first], merged


def reduce_cover(reach: Any) -> Reduced:  # noqa: ANN401 - scipy has no types
    """
    Drop places and candidates of a set covering problem that cannot change its optimum [1]_.

    A place is dropped if another place's candidates are all among its own; a candidate, if another reaches all that
    it reaches; a candidate that alone reaches a place is taken.

    Parameters
    ----------
    reach
        Which candidates reach each place, sparse, shape (n_places, n_candidates).

    Returns
    -------
    reduced
        What is left; maybe nothing.

    References
    ----------
    .. [1] Toregas, C. and ReVelle, C. (1973). Binary logic solutions to a class of location problem.
       Geographical Analysis 5(2), 145-155.
    """
    matrix = scipy.sparse.csr_array(reach, dtype=np.int32)
    rows, columns = np.arange(matrix.shape[0]), np.arange(matrix.shape[1])
    forced: list[int] = []
    while True:
        size = matrix.shape
        kept = ~_dominated(matrix)
        matrix, rows = matrix[kept], rows[kept]
        alone = np.diff(matrix.indptr) == 1
        if alone.any():
            taken = np.unique(matrix[alone].indices)
            forced.extend(columns[taken].tolist())
            open_rows = matrix[:, taken].sum(axis=1) == 0
            matrix, rows = matrix[open_rows], rows[open_rows]
        kept = _useful(matrix)
        matrix, columns = scipy.sparse.csr_array(matrix[:, kept]), columns[kept]
        if matrix.shape == size:
            return Reduced(rows, columns, np.array(sorted(forced), dtype=np.int64))


def _dominated(matrix: Any) -> BoolArray:  # noqa: ANN401 - scipy has no types
    """Return the rows that contain another row; of equal rows the first stays."""
    size = np.diff(matrix.indptr)
    shared = scipy.sparse.coo_array(matrix @ matrix.T)
    small, large = shared.row, shared.col
    inside = (shared.data == size[small]) & (small != large)
    inside &= (size[small] < size[large]) | (small < large)
    dominated = np.zeros(matrix.shape[0], dtype=np.bool_)
    dominated[large[inside]] = True
    return dominated


def _useful(matrix: Any) -> BoolArray:  # noqa: ANN401 - scipy has no types
    """Return the columns that no other column contains, and that are not empty; of equal columns the first stays."""
    across = scipy.sparse.csr_array(matrix.T)
    size = np.diff(across.indptr)
    shared = scipy.sparse.coo_array(across @ across.T)
    small, large = shared.row, shared.col
    inside = (shared.data == size[small]) & (small != large)
    inside &= (size[small] < size[large]) | (large < small)
    useful: BoolArray = size > 0
    useful[small[inside]] = False
    return useful


def components_of(reach: Any) -> list[tuple[IntArray, IntArray]]:  # noqa: ANN401 - scipy has no types
    """Return rows and columns of each independent part of a covering problem."""
    n_rows, n_columns = reach.shape
    both = scipy.sparse.block_array([[None, reach], [reach.T, None]], format="csr")
    _, label = scipy.sparse.csgraph.connected_components(both, directed=False)
    of_row, of_column = label[:n_rows], label[n_rows : n_rows + n_columns]
    return [
        (np.flatnonzero(of_row == part).astype(np.int64), np.flatnonzero(of_column == part).astype(np.int64))
        for part in np.unique(of_row)
    ]
