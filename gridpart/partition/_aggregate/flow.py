"""
A first set of connected cells: demand flows from the outlets over the unit graph at least cost.

The graph is coarsened, and one kind of flow goes from all outlets to all units. No node passes on more than about
what one cell may hold and nothing flows through an outlet's unit, so the streams of different outlets stay apart even
where many outlets stand close together, which prices alone cannot achieve.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

from .leaves import leaves_of

if TYPE_CHECKING:
    from gridpart._typing import FloatArray, IntArray

    from .problem import Problem

LEAST_FLOW = 1e-9
"""Flow on an arc, in shares of a cell, that counts as some."""

MAX_SWITCHES = 400
"""Most changes of parent when the trees are evened."""

PRICE_OF_MISSING = 4.0
"""Price of demand left unmet in the flow, relative to the extent of the land."""


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
    return _labels(problem, coarse, flow)[coarse.group]


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
    demand = np.asarray(np.bincount(owner, weights=problem.demand, minlength=n), dtype=np.float64)
    tail, head = np.r_[low, high], np.r_[high, low]
    is_home = np.zeros(n, dtype=np.bool_)
    is_home[homes] = True
    inward = is_home[head]
    return _Coarse(owner, demand, tail[~inward], head[~inward], np.r_[length, length][~inward], homes)


def _groups(problem: Problem, nodes: int) -> IntArray:
    """Return the group of each unit: all units nearest to a seed along the graph, so every group is connected."""
    n = problem.n_units
    free = np.setdiff1d(_seeds(problem, nodes) if n > nodes else np.arange(n), problem.homes)
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


def _seeds(problem: Problem, nodes: int) -> IntArray:
    """Return one unit in the middle of each of about so many compact groups of units."""
    seeds = []
    for members in leaves_of(problem.points, problem.demand, count=nodes):
        off = problem.points[members] - problem.points[members].mean(axis=0)
        seeds.append(int(members[np.argmin(np.hypot(off[:, 0], off[:, 1]))]))
    return np.array(sorted(seeds), dtype=np.int64)


def _least_cost(problem: Problem, coarse: _Coarse) -> FloatArray | None:
    """
    Return the flow on each arc, shape (n_arcs,), in shares of a cell.

    Demand may stay unmet and outlets short of demand at a price, so that a crowded corner spoils no more than itself.
    """
    n, m, k = len(coarse.demand), len(coarse.tail), problem.n_outlets
    mean = float(problem.targets.mean())
    dear = PRICE_OF_MISSING * float(np.ptp(problem.points, axis=0).max() + 1.0)
    arcs, outlets, nodes = np.arange(m), np.arange(k), np.arange(n)
    inflow = scipy.sparse.coo_array((np.ones(m), (coarse.head, arcs)), shape=(n, m))
    outflow = scipy.sparse.coo_array((np.ones(m), (coarse.tail, arcs)), shape=(n, m))
    supply = scipy.sparse.coo_array((np.ones(k), (coarse.homes, outlets)), shape=(n, k))
    each, unmet = scipy.sparse.eye_array(k), scipy.sparse.coo_array((np.ones(n), (nodes, nodes)), shape=(n, n))
    result = scipy.optimize.linprog(
        np.r_[coarse.length, np.zeros(k), np.full(k + n, dear)],
        A_eq=scipy.sparse.block_array(
            [[inflow - outflow, supply, scipy.sparse.coo_array((n, k)), unmet]], format="csc"
        ),
        b_eq=coarse.demand / mean,
        A_ub=scipy.sparse.block_array(
            [[inflow, None, None, scipy.sparse.coo_array((n, n))], [None, -each, -each, None]], format="csc"
        ),
        b_ub=np.r_[np.full(n, float(problem.high.max()) / mean), -problem.low / mean],
        bounds=np.column_stack(
            [np.zeros(m + 2 * k + n), np.r_[np.full(m, np.inf), problem.high / mean, np.full(k + n, np.inf)]]
        ),
        method="highs-ds",
    )
    return np.asarray(result.x[:m]) if result.status == 0 else None


def _labels(problem: Problem, coarse: _Coarse, flow: FloatArray) -> IntArray:
    """
    Give every node to the cell that its largest inflow comes from, then change parents where that evens the loads.

    Every node has one parent along the flow, so each cell is a tree rooted at its outlet.
    """
    n = len(coarse.demand)
    used = np.flatnonzero(flow > LEAST_FLOW)
    tail, head = coarse.tail[used], coarse.head[used]
    order = np.lexsort((tail, -flow[used], head))
    first = order[np.unique(head[order], return_index=True)[1]]
    parent = np.arange(n)
    parent[head[first]] = tail[first]
    labels = np.full(n, -1, dtype=np.int64)
    labels[coarse.homes] = np.arange(problem.n_outlets)
    several = np.flatnonzero(np.bincount(head, minlength=n)[head] > 1)
    for _ in range(MAX_SWITCHES):
        root = _roots(parent)
        switch = _best_switch(problem, coarse, (tail[several], head[several]), labels[root], _held(coarse, parent))
        if switch is None:
            break
        parent[switch[1]] = switch[0]
    return _spread(coarse, labels[_roots(parent)])


def _roots(parent: IntArray) -> IntArray:
    root = parent[parent]
    while (root[root] != root).any():
        root = root[root]
    return root


def _held(coarse: _Coarse, parent: IntArray) -> FloatArray:
    """Return the demand of each node and all nodes below it, shape (n_nodes,)."""
    held: FloatArray = coarse.demand.astype(np.float64)
    moving = np.where(parent != np.arange(len(parent)), held, 0.0)
    at = parent.copy()
    while moving.any():  # one step upward for all demand at once
        np.add.at(held, at, moving)
        moving = np.where(at != parent[at], moving, 0.0)
        at = parent[at]
    return held


def _best_switch(
    problem: Problem, coarse: _Coarse, arcs: tuple[IntArray, IntArray], labels: IntArray, held: FloatArray
) -> tuple[int, int] | None:
    """Return the change of parent, as (parent, node), that lowers the sum of squared surplus most; None for none."""
    tail, head = arcs
    one, two = labels[head], labels[tail]
    own = labels >= 0
    surplus = np.bincount(labels[own], weights=coarse.demand[own], minlength=problem.n_outlets) - problem.targets
    mass = held[head]
    change = np.where((one != two) & (one >= 0) & (two >= 0), 2.0 * mass * (mass - surplus[one] + surplus[two]), 0.0)
    if not len(change) or change.min() >= -1e-9 * float(problem.targets.max()) ** 2:
        return None
    best = int(np.argmin(change))
    return int(tail[best]), int(head[best])


def _spread(coarse: _Coarse, labels: IntArray) -> IntArray:
    """Let nodes that saw no flow (they have no demand, or it stayed unmet) join a labelled neighbour."""
    while (labels < 0).any():
        join = (labels[coarse.head] < 0) & (labels[coarse.tail] >= 0)
        if not join.any():
            break
        labels[coarse.head[join]] = labels[coarse.tail[join]]
    return labels
