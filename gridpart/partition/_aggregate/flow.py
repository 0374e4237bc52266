"""
A first set of connected cells: demand flows from the outlets over the unit graph at least cost.

The graph is coarsened, and one kind of flow goes from all outlets to all units. No node passes on more than about
one cell's share and nothing flows through an outlet's unit, so the streams of different outlets stay apart even
where many outlets stand close together, which prices alone cannot achieve.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    from gridpart._typing import FloatArray, IntArray

    from .problem import Problem

THROUGHPUT = 1.02
"""Most that a node takes in, relative to the share of a cell."""


@dataclass(frozen=True, eq=False)
class _Coarse:
    """Groups of units as nodes; the units of outlets stand alone."""

    group: IntArray
    demand: FloatArray
    tail: IntArray
    head: IntArray
    length: FloatArray
    homes: IntArray


def flowed(problem: Problem, *, nodes: int) -> IntArray | None:
    """
    Return labels of connected cells, each rooted at its outlet, about balanced; None if no flow fits.

    Returns
    -------
    labels
        The cell of each unit, shape (n_units,).
    """
    coarse = _coarsen(problem, nodes)
    flow = _least_cost(problem, coarse)
    if flow is None:
        return None
    return _labels(coarse, flow, problem.n_outlets)[coarse.group]


def _coarsen(problem: Problem, nodes: int) -> _Coarse:
    """Group units around seeds spread evenly over the land and over the demand."""
    owner = _groups(problem, nodes)
    n = int(owner.max()) + 1
    i, j = owner[problem.edges[:, 0]], owner[problem.edges[:, 1]]
    across = i != j
    code = np.unique(np.minimum(i, j)[across] * n + np.maximum(i, j)[across])
    low, high = code // n, code % n
    weight = problem.demand + 1e-9 * problem.demand.sum() / problem.n_units
    mass = np.bincount(owner, weights=weight, minlength=n)
    centre = np.column_stack(
        [np.bincount(owner, weights=weight * axis, minlength=n) / mass for axis in problem.points.T]
    )
    centre[owner[problem.homes]] = problem.outlets
    length = np.hypot(*(centre[low] - centre[high]).T) + 1e-3
    homes = owner[problem.homes]
    demand = np.bincount(owner, weights=problem.demand, minlength=n)
    tail, head = np.r_[low, high], np.r_[high, low]
    is_home = np.zeros(n, dtype=np.bool_)
    is_home[homes] = True
    inward = is_home[head]
    return _Coarse(owner, demand, tail[~inward], head[~inward], np.r_[length, length][~inward], homes)


def _groups(problem: Problem, nodes: int) -> IntArray:
    """Return the group of each unit: all units nearest to a seed along the graph, so every group is connected."""
    n = problem.n_units
    span = np.ptp(problem.points, axis=0).max() + 1.0
    side = span / np.sqrt(2.0 * nodes)
    square = np.floor((problem.points - problem.points.min(axis=0)) / side).astype(np.int64)
    code = square[:, 0] * 100_003 + square[:, 1]
    middle = (square + 0.5) * side + problem.points.min(axis=0)
    off = np.hypot(*(problem.points - middle).T)
    order = np.lexsort((off, code))
    first = order[np.unique(code[order], return_index=True)[1]]
    seeds = np.unique(np.r_[first, problem.homes]) if n > nodes else np.arange(n)
    free = np.setdiff1d(seeds, problem.homes)
    # outlets' units get no members: their edges are left out of the search
    closed = np.zeros(n, dtype=np.bool_)
    closed[problem.homes] = True
    keep = ~(closed[problem.edges[:, 0]] | closed[problem.edges[:, 1]])
    i, j = problem.edges[keep, 0], problem.edges[keep, 1]
    length = problem.edge_m[keep] + 1e-3
    graph = scipy.sparse.csr_array(
        scipy.sparse.coo_array((np.r_[length, length], (np.r_[i, j], np.r_[j, i])), shape=(n, n))
    )
    while True:
        source = scipy.sparse.csgraph.dijkstra(graph, indices=free, min_only=True, return_predecessors=True)[2]
        missed = np.flatnonzero((source < 0) & ~closed)
        if not len(missed):
            break
        free = np.r_[free, missed[:1]]
    source[problem.homes] = problem.homes
    return np.unique(source, return_inverse=True)[1].astype(np.int64)


def _least_cost(problem: Problem, coarse: _Coarse) -> FloatArray | None:
    """Return the flow on each arc, shape (n_arcs,)."""
    n, m, k = len(coarse.demand), len(coarse.tail), problem.n_outlets
    mean = float(problem.targets.mean())
    arcs = np.arange(m)
    inflow = scipy.sparse.coo_array((np.ones(m), (coarse.head, arcs)), shape=(n, m))
    outflow = scipy.sparse.coo_array((np.ones(m), (coarse.tail, arcs)), shape=(n, m))
    supply = scipy.sparse.coo_array((np.ones(k), (coarse.homes, np.arange(k))), shape=(n, k))
    balance = scipy.sparse.block_array([[inflow - outflow, supply]], format="csc")
    cap = scipy.sparse.block_array([[inflow, scipy.sparse.coo_array((n, k))]], format="csc")
    result = scipy.optimize.linprog(
        np.r_[coarse.length, np.zeros(k)],
        A_eq=balance,
        b_eq=coarse.demand / mean,
        A_ub=cap,
        b_ub=np.full(n, THROUGHPUT * float(problem.targets.max()) / mean),
        bounds=np.column_stack(
            [np.r_[np.zeros(m), problem.low / mean], np.r_[np.full(m, np.inf), problem.high / mean]]
        ),
        method="highs-ds",
    )
    return np.asarray(result.x[:m]) if result.status == 0 else None


def _labels(coarse: _Coarse, flow: FloatArray, k: int) -> IntArray:
    """Give every node to the cell that its largest inflow comes from, along the flow from the outlets outward."""
    n = len(coarse.demand)
    used = flow > 1e-9
    tail, head, amount = coarse.tail[used], coarse.head[used], flow[used]
    order = np.lexsort((tail, -amount, head))
    first = order[np.unique(head[order], return_index=True)[1]]
    parent = np.arange(n)
    parent[head[first]] = tail[first]
    while (parent[parent] != parent).any():
        parent = parent[parent]
    labels = np.full(n, -1, dtype=np.int64)
    labels[coarse.homes] = np.arange(k)
    labels = labels[parent]
    # nodes without demand may see no flow: they join a labelled neighbour
    while (labels < 0).any():
        join = (labels[coarse.head] < 0) & (labels[coarse.tail] >= 0)
        if not join.any():
            break
        labels[coarse.head[join]] = labels[coarse.tail[join]]
    return labels
