"""A first set of connected cells: growth from the outlets along the unit graph, at given prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    from gridpart._typing import FloatArray, IntArray

    from .problem import Problem

HEAD_START_M = 1.0


def grown(problem: Problem, prices: FloatArray) -> IntArray:
    """
    Give each unit to the outlet with the least path length minus price.

    The cells are the branches of one shortest-path tree, so each is connected, and holds its outlet's unit
    as long as prices of two outlets differ by less than the path between them.

    Parameters
    ----------
    problem
        Units, graph and outlets.
    prices
        How far each outlet is ahead, shape (n_outlets,), m.

    Returns
    -------
    labels
        The cell of each unit, shape (n_units,).
    """
    n = problem.n_units
    ahead = prices.max() - prices + HEAD_START_M
    graph = scipy.sparse.coo_array(problem.graph)
    rows = np.r_[graph.coords[0], np.full(problem.n_outlets, n)]
    cols = np.r_[graph.coords[1], problem.homes]
    seeded = scipy.sparse.csr_array(
        scipy.sparse.coo_array((np.r_[graph.data, ahead], (rows, cols)), shape=(n + 1, n + 1))
    )
    before = scipy.sparse.csgraph.dijkstra(seeded, indices=n, return_predecessors=True)[1][:n]
    root = np.where((before < 0) | (before == n), np.arange(n), before)
    while (root[root] != root).any():
        root = root[root]
    owner = np.full(n, -1, dtype=np.int64)
    owner[problem.homes] = np.arange(problem.n_outlets)
    return owner[root]
