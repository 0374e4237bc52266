"""Minimum-cost matching of a dense matrix, quick also where many rows are alike."""

from __future__ import annotations

import numpy as np
import scipy.optimize

from gridpart._typing import BoolArray, FloatArray, IntArray

_DIRECT = 400  # up to this size prices do not pay
_SAMPLE = 4
_SEED = 20260101  # the sample decides only how fast the optimum is found, never which cost it has


def match(cost: FloatArray) -> tuple[IntArray, IntArray]:
    """
    Match as many rows as can be, each with one column, at the least total cost.

    Parameters
    ----------
    cost
        Finite, or infinite where a pair is not allowed, shape (n_rows, n_columns).

    Returns
    -------
    rows, columns
        Matched pairs, ascending by row.
    """
    if 0 in cost.shape:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    allowed = np.isfinite(cost)
    full, n_real = _square(cost, allowed), cost.shape
    columns = _solve(full)
    rows = np.arange(n_real[0])
    columns = columns[: n_real[0]]
    kept = columns < n_real[1]
    kept[kept] = allowed[rows[kept], columns[kept]]
    return rows[kept].astype(np.int64), columns[kept].astype(np.int64)


def _square(cost: FloatArray, allowed: BoolArray) -> FloatArray:
    """Fill up to a square; a pair that is not allowed costs more than any full matching, a filler pair nothing."""
    size = max(cost.shape)
    if cost.shape == (size, size) and allowed.all():
        return cost
    low = float(cost[allowed].min()) if allowed.any() else 0.0
    high = float(cost[allowed].max()) if allowed.any() else 0.0
    full = np.zeros((size, size))
    body = full[: cost.shape[0], : cost.shape[1]]
    body[:] = cost - low
    if not allowed.all():
        body[~allowed] = (high - low + 1.0) * (min(cost.shape) + 1)
    return full


def _solve(cost: FloatArray) -> IntArray:
    """
    Return the column of each row of a square matrix at the least total cost.

    Shortest augmenting paths [1]_ take long where many rows compete for the same columns. Prices that are nearly
    optimal, from the exact solution of a random sample, make the paths short; they change no optimum, because each
    row and each column of a full matching is used once.

    References
    ----------
    .. [1] Crouse, D. F. (2016). On implementing 2D rectangular assignment algorithms.
       IEEE Transactions on Aerospace and Electronic Systems 52(4), 1679-1696.
    """
    if len(cost) > _DIRECT:
        row_price, column_price = _sampled_prices(cost, np.random.default_rng(_SEED))
        cost = cost - row_price[:, None]
        cost -= column_price
    columns: IntArray = scipy.optimize.linear_sum_assignment(cost)[1]
    return columns


def _sampled_prices(cost: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Prices under which no pair costs less than nothing, near the optimal ones."""
    size = len(cost)
    rows, columns = (np.sort(rng.permutation(size)[: size // _SAMPLE]) for _ in range(2))
    own_rows, _ = _prices(cost[np.ix_(rows, columns)], rng)
    column_price = (cost[rows] - own_rows[:, None]).min(axis=0)
    row_price = (cost - column_price).min(axis=1)
    column_price = (cost - row_price[:, None]).min(axis=0)
    return row_price, column_price


def _prices(cost: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Optimal prices of a square matrix: shortest paths between its rows over the optimal matching."""
    size = len(cost)
    before_rows, before_columns = np.zeros(size), np.zeros(size)
    if size > _DIRECT:
        before_rows, before_columns = _sampled_prices(cost, rng)
        cost = cost - before_rows[:, None] - before_columns
    columns = scipy.optimize.linear_sum_assignment(cost)[1]
    paid = cost[np.arange(size), columns]
    step = cost[:, columns] - paid
    length = np.zeros(size)
    for _ in range(size):
        shorter = np.minimum(length, (length[:, None] + step).min(axis=0))
        if np.array_equal(shorter, length):
            break
        length = shorter
    column_price = np.empty(size)
    column_price[columns] = length + paid
    return before_rows - length, before_columns + column_price
