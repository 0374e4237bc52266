"""From a problem to connected, balanced cells, or to the best that was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import dijkstra

from .balance import Balancer
from .bound import transport_bound
from .cells import Cells
from .improve import Improver
from .start import grown

if TYPE_CHECKING:
    from gridpart._typing import FloatArray, IntArray

    from .problem import Problem

SHRINKS = (0.9, 1.0, 0.7, 0.4)
"""Growth starts from prices shrunk by these, in turn, until one leads into the tolerance."""

MAX_ROUNDS = 120
PASSES = 20


@dataclass(frozen=True, eq=False)
class Solution:
    """
    Connected cells, and how good they are.

    Attributes
    ----------
    labels
        Cell of each unit, shape (n_units,).
    loads
        Demand of each cell, shape (n_outlets,).
    reached
        Whether all loads are within the tolerance.
    deviation
        Largest deviation of a load from its target, relative to it.
    travel, bound
        Demand times straight distance, and what no grid within the tolerance falls below; demand times m.
    travel_by_units, bound_by_units
        The same by distance along the unit graph.
    starts, rounds
        How many starts were tried, and rounds of balancing in all.
    """

    labels: IntArray
    loads: FloatArray
    reached: bool
    deviation: float
    travel: float
    bound: float
    travel_by_units: float
    bound_by_units: float
    starts: int
    rounds: int


def solve(problem: Problem) -> Solution:
    """Return connected cells within the tolerance and short of travel; or the most even ones found."""
    straight = problem.straight_m
    along = np.asarray(dijkstra(problem.graph, indices=problem.homes))
    bound = transport_bound(straight, problem.demand, low=problem.low, high=problem.high)
    bound_by_units = transport_bound(along, problem.demand, low=problem.low, high=problem.high)
    best: Cells | None = None
    starts = rounds = 0
    for shrink in SHRINKS:
        cells = Cells(problem, grown(problem, bound_by_units.prices * shrink))
        rounds += len(Balancer(cells, along, problem.targets).run(problem.tolerance, MAX_ROUNDS))
        starts += 1
        if best is None or cells.worst() < best.worst():
            best = cells
        if best.worst() <= problem.tolerance:
            break
    assert best is not None
    if best.worst() <= problem.tolerance:
        Improver(best, straight, problem.low, problem.high).run(bound.prices, PASSES, 0.0)
    labels = best.labels()
    return Solution(
        labels=labels,
        loads=loads_of(problem, labels),
        reached=best.worst() <= problem.tolerance,
        deviation=best.worst(),
        travel=travel_of(problem, straight, labels),
        bound=bound.travel,
        travel_by_units=travel_of(problem, along, labels),
        bound_by_units=bound_by_units.travel,
        starts=starts,
        rounds=rounds,
    )


def travel_of(problem: Problem, cost: FloatArray, labels: IntArray) -> float:
    """Return demand times cost, summed over all units."""
    return float(problem.demand @ cost[labels, np.arange(problem.n_units)])


def loads_of(problem: Problem, labels: IntArray) -> FloatArray:
    """Return the demand each cell holds, shape (n_outlets,)."""
    return np.bincount(labels, weights=problem.demand, minlength=problem.n_outlets).astype(np.float64)
