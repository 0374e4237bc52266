"""From a problem to connected, balanced cells, or to the best that was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

from gridpart.steps import counted, step

from .balance import Balancer
from .bound import Bound, transport_bound
from .cells import Cells
from .flow import flowed
from .improve import Improver
from .leaves import leaves_of
from .proof import Bottleneck, bottleneck
from .start import grown

if TYPE_CHECKING:
    from gridpart._typing import FloatArray, IntArray

    from .problem import Problem

FLOW_NODES = (1500, 4000)
"""The least-cost flow is tried on graphs coarsened to about so many nodes, in turn."""

SHRINKS = (0.9, 0.7, 1.0)
"""After the flow, growth starts from prices shrunk by these, in turn, until one leads into the tolerance."""

UNGROUPED_UNITS = 4000
BOUND_GROUPS = 1500
"""Above so many units, the bound is first sought on about so many groups of units."""

ROUNDS = 120
SEARCHED_PER_UNIT = 800
ALL_SEARCHED_PER_UNIT = 2400
"""A start, and all together, give up when their searches have looked at each unit so often on average: about a minute
for 20,000 units, where solved counties took seconds."""

STRAIGHT_SHARES = (0.5, 0.0, 0.0)
"""Cells are improved for travel that is measured by this share in straight lines, the rest along the units; the next
share is used where travel along the units stays more than `FINE_GAP` above its bound."""

FINE_GAP = 0.03

UNREACHABLE = 4.0
"""Distance to units that cannot be reached, relative to the largest to one that can."""


@dataclass(frozen=True, eq=False)
class Solution:
    """
    Connected cells, and how good they are.

    Attributes
    ----------
    labels
        Cell of each unit, shape (n_units,).
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
    obstacle
        The proof that no grid holds the tolerance, if there is one.
    """

    labels: IntArray
    reached: bool
    deviation: float
    travel: float
    bound: float
    travel_by_units: float
    bound_by_units: float
    starts: int
    rounds: int
    obstacle: Bottleneck | None


def solve(problem: Problem) -> Solution:
    """Return connected cells within the tolerance and short of travel; or the most even ones found."""
    step("bounds")
    straight, along = problem.straight_m, along_units(problem)
    few = problem.n_units <= UNGROUPED_UNITS
    groups = None if few else leaves_of(problem.points, problem.demand, count=BOUND_GROUPS)
    bound, by_units = (
        transport_bound(cost, problem.demand, low=problem.low, high=problem.high, groups=groups)
        for cost in counted("bounds", (straight, along))
    )
    step("balance")
    cells, starts, rounds, obstacle = _balanced(problem, along, by_units)
    step("travel")
    if cells.worst() <= problem.tolerance:
        for share in counted("travel", STRAIGHT_SHARES):
            improver = Improver(cells, share * straight + (1 - share) * along)
            improver.run(share * bound.prices + (1 - share) * by_units.prices)
            if travel_of(problem, along, cells.labels()) <= (1.0 + FINE_GAP) * by_units.travel:
                break
    labels = cells.labels()
    return Solution(
        labels=labels,
        reached=cells.worst() <= problem.tolerance,
        deviation=cells.worst(),
        travel=travel_of(problem, straight, labels),
        bound=bound.travel,
        travel_by_units=travel_of(problem, along, labels),
        bound_by_units=by_units.travel,
        starts=starts,
        rounds=rounds,
        obstacle=obstacle,
    )


def along_units(problem: Problem) -> FloatArray:
    """
    Return the distance from every outlet to every unit along the unit graph, shape (n_outlets, n_units), m.

    Units that cannot be reached, over a barrier, count as farther than any that can, which keeps bounds valid.
    """
    along = np.asarray(scipy.sparse.csgraph.dijkstra(problem.graph, indices=problem.homes))
    apart = np.isinf(along)
    along[apart] = UNREACHABLE * (float(along[~apart].max()) + 1.0)
    return along


def _balanced(problem: Problem, along: FloatArray, by_units: Bound) -> tuple[Cells, int, int, Bottleneck | None]:
    """
    Balance from one start after the other until one is within the tolerance, and return the most even cells.

    After the first start that fails, a proof that all must fail saves the others.
    """
    best: Cells | None = None
    obstacle = None
    starts = rounds = 0
    left = float(ALL_SEARCHED_PER_UNIT * problem.n_units)
    for labels in _starts(problem, by_units):
        starts += 1
        cells = Cells(problem, labels)
        most = min(left, float(SEARCHED_PER_UNIT * problem.n_units))
        rounds += Balancer(cells, along, problem.targets).run(problem.tolerance, ROUNDS, most_searched=most)
        left -= cells.searched
        if best is None or cells.worst() < best.worst():
            best = cells
        if best.worst() <= problem.tolerance:
            break
        if starts == 1 and (obstacle := bottleneck(problem)) is not None:
            break
        if left <= 0:
            break
    return best or Cells(problem, grown(problem, np.zeros(problem.n_outlets))), starts, rounds, obstacle


def _starts(problem: Problem, by_units: Bound) -> Iterator[IntArray]:
    for nodes in FLOW_NODES:
        labels = flowed(problem, nodes=nodes)
        if labels is not None:
            yield labels
        if nodes >= problem.n_units:
            break
    for shrink in SHRINKS:
        yield grown(problem, by_units.prices * shrink)


def travel_of(problem: Problem, cost: FloatArray, labels: IntArray) -> float:
    """Return demand times cost, summed over all units."""
    return float(problem.demand @ cost[labels, np.arange(problem.n_units)])
