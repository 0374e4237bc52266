"""
Proof that no grid can hold the tolerance: a cut of the unit graph that lets too little demand through.

Every grid within the tolerance is a flow: each cell carries its demand from its outlet's unit along the cell
to its units; no unit passes on more than one cell holds, and the unit of another outlet passes nothing on. If
even the largest such flow falls short, no grid exists, and the least cut [1]_ says where it would have to pass.

References
----------
.. [1] Ford, L. R. and Fulkerson, D. R. (1956). Maximal flow through a network. Canadian Journal of
   Mathematics 8, 399-404.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    from gridpart._typing import FloatArray, IntArray

    from .problem import Problem

LARGEST_TOTAL = 2**30
"""Demands are counted in whole numbers below this, as the maximum flow wants; rounding favours feasibility."""


@dataclass(frozen=True, eq=False)
class Bottleneck:
    """
    Why no grid exists.

    Attributes
    ----------
    kind
        ``"starved"``: units that get too little, ``"shut_in"``: outlets that get too few units,
        ``"too_large"``: units larger than a cell may be.
    units
        The units concerned, shape (n_units,).
    outlets
        The outlets among them, shape (n_outlets,).
    gates
        Units at which the flow is stopped, shape (n_gates,).
    needed, possible
        Demand that would have to pass, and demand that can.
    """

    kind: str
    units: IntArray
    outlets: IntArray
    gates: IntArray
    needed: float
    possible: float


def bottleneck(problem: Problem) -> Bottleneck | None:
    """Return why no grid can hold the tolerance, or None if this relaxation does not show it."""
    large = np.flatnonzero(problem.demand > problem.high.max())
    if len(large):
        worst = float(problem.demand[large].max())
        none = np.empty(0, dtype=np.int64)
        return Bottleneck("too_large", large, none, large, needed=worst, possible=float(problem.high.max()))
    found = [one for one in (_shut_in(problem), _starved(problem)) if one is not None]
    return min(found, key=lambda one: len(one.units), default=None)


def _starved(problem: Problem) -> Bottleneck | None:
    """Look for units that the outlets, at the most they may hold, cannot all reach."""
    scale = LARGEST_TOTAL / float(problem.demand.sum())
    wanted = np.floor(problem.demand * scale)
    network = _network(problem, np.ceil(problem.high * scale), wanted, cap=float(np.ceil(problem.high.max() * scale)))
    flow = scipy.sparse.csgraph.maximum_flow(network, 2 * problem.n_units, 2 * problem.n_units + 1, method="dinic")
    if flow.flow_value >= wanted.sum():
        return None
    reached = _reached(network - flow.flow, 2 * problem.n_units)
    n = problem.n_units
    units = np.flatnonzero(~reached[n : 2 * n])
    gates = np.flatnonzero(reached[:n] & ~reached[n : 2 * n])
    outlets = np.flatnonzero(~reached[problem.homes])
    needed = float(problem.demand[units].sum())
    return Bottleneck("starved", units, outlets, gates, needed, needed - (wanted.sum() - flow.flow_value) / scale)


def _shut_in(problem: Problem) -> Bottleneck | None:
    """Look for outlets that cannot fill their cells to the least they must hold."""
    scale = LARGEST_TOTAL / float(problem.demand.sum())
    least = np.floor(problem.low * scale)
    network = _network(problem, least, np.ceil(problem.demand * scale), cap=float(np.ceil(problem.high.max() * scale)))
    flow = scipy.sparse.csgraph.maximum_flow(network, 2 * problem.n_units, 2 * problem.n_units + 1, method="dinic")
    if flow.flow_value >= least.sum():
        return None
    n = problem.n_units
    reached = _reached(network - flow.flow, 2 * n)
    units = np.flatnonzero(reached[:n])
    outlets = np.flatnonzero(reached[problem.homes])
    gates = np.flatnonzero(reached[:n] & ~reached[n : 2 * n])
    needed = float(problem.low[outlets].sum())
    return Bottleneck("shut_in", units, outlets, gates, needed, needed - (least.sum() - flow.flow_value) / scale)


def _network(problem: Problem, supply: FloatArray, wanted: FloatArray, *, cap: float) -> scipy.sparse.csr_array:
    """Return capacities: every unit as an entry and an exit, then the source, then the sink."""
    n = problem.n_units
    entry, leave = np.arange(n), np.arange(n, 2 * n)
    source, sink = np.full(problem.n_outlets, 2 * n), np.full(n, 2 * n + 1)
    closed = np.zeros(n, dtype=np.bool_)
    closed[problem.homes] = True
    i = np.r_[problem.edges[:, 0], problem.edges[:, 1]]
    j = np.r_[problem.edges[:, 1], problem.edges[:, 0]]
    i, j = i[~closed[j]], j[~closed[j]]
    rows = np.concatenate([entry, leave[i], source, leave])
    columns = np.concatenate([leave, entry[j], problem.homes, sink])
    data = np.concatenate([np.full(n, cap), np.full(len(i), cap), supply, wanted])
    capacity = scipy.sparse.coo_array((data.astype(np.int32), (rows, columns)), shape=(2 * n + 2, 2 * n + 2))
    return scipy.sparse.csr_array(capacity)


def _reached(residual: scipy.sparse.csr_array, source: int) -> IntArray:
    """Return which nodes the source still reaches, shape (n_nodes,)."""
    spare = scipy.sparse.csr_array(residual)
    spare.eliminate_zeros()
    reached = np.zeros(spare.shape[0], dtype=np.bool_)
    reached[scipy.sparse.csgraph.breadth_first_order(spare, source, return_predecessors=False)] = True
    return reached
