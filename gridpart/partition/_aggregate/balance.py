"""Even out the loads of connected cells by pushing surplus along the graph of neighbouring cells."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

from gridpart.steps import figures

from .trades import best_trade

if TYPE_CHECKING:
    from gridpart._typing import FloatArray, IntArray

    from .cells import Cells

SMALLEST_FLOW = 0.25
"""Flows below this share of a mean unit are left alone."""

EASE_UP, EASE_DOWN, EASE_LEAST = 1.3, 0.5, 1e-3
"""How a border's weight changes when it let through most of its flow, or not; and the least it falls to."""

PATIENCE = 3
"""Rounds without progress before single trades are tried."""

MAX_DROUGHTS = 3
"""Times that trades may bring no progress before the cells are taken as they are."""


@dataclass(frozen=True, eq=False)
class _Border:
    """Border units from one cell to another, cheapest first, and the demand that should cross."""

    source: int
    target: int
    amount: float
    units: list[int]
    penalty: list[float]


class Balancer:
    """
    Pushes surplus from cell to cell until all are within a tolerance.

    Each round solves for potentials of the cells [1]_ whose differences are the demand to move over each border, and
    moves the units that cost least, each with whatever it would cut off from its outlet.

    Parameters
    ----------
    cells
        The cells, changed in place.
    cost
        Distance from each outlet to each unit, shape (n_outlets, n_units), m.
    targets
        Demand each cell should hold, shape (n_outlets,).

    References
    ----------
    .. [1] Cybenko, G. (1989). Dynamic load balancing for distributed memory multiprocessors. Journal of Parallel
       and Distributed Computing 7, 279-301.
    """

    def __init__(self, cells: Cells, cost: FloatArray, targets: FloatArray) -> None:
        self.cells = cells
        self.cost = cost
        self.rows = [memoryview(row) for row in np.ascontiguousarray(cost)]
        self.targets = targets
        i, j = cells.problem.edges[:, 0], cells.problem.edges[:, 1]
        self.here, self.there = np.r_[i, j], np.r_[j, i]
        self.ease = np.ones((len(targets), len(targets)))
        self.smallest = float(np.mean(cells.problem.demand)) * SMALLEST_FLOW

    def run(self, goal: float, rounds: int, *, most_searched: float = np.inf) -> int:
        """
        Balance until the largest deviation is at most `goal`, and return the rounds used; the best cells stay.

        Gives up after so many rounds, or when searches for what a move would cut off have looked at so many units.
        """
        best, kept = np.inf, self.cells.labels()
        waited = droughts = used = 0
        while used < rounds:
            worst = self.cells.worst()
            used += 1
            figures("rounds", rounds=used, deviation=worst)
            waited = 0 if worst < best * (1 - 1e-9) else waited + 1
            if worst < best:
                best, kept = worst, self.cells.labels()
            if best <= goal or droughts > MAX_DROUGHTS or self.cells.searched > most_searched:
                break
            if waited > PATIENCE:
                waited = 0
                droughts += 1
                if self._trade(goal):
                    continue
            self._round()
        if self.cells.worst() > best:
            self.cells.set_labels(kept)
        return used

    def _trade(self, goal: float) -> bool:
        """Move or swap single units while that evens the loads, and return whether any did."""
        traded = False
        for _ in range(4 * len(self.targets)):
            if self.cells.worst() <= goal or not best_trade(self.cells, self.targets, self.here, self.there):
                break
            traded = True
        return traded

    def _round(self) -> None:
        for border in self._borders():
            moved = self._push(border)
            ease = self.ease[border.source, border.target]
            eased = min(1.0, ease * EASE_UP) if moved > 0.5 * border.amount else max(EASE_LEAST, ease * EASE_DOWN)
            self.ease[border.source, border.target] = eased

    def _borders(self) -> list[_Border]:
        """Return the borders that demand should cross, the largest amount first."""
        labels, k = self.cells.labels(), len(self.targets)
        one, two = labels[self.here], labels[self.there]
        across = one != two
        units, one, two = self.here[across], one[across], two[across]
        penalty = self.cost[two, units] - self.cost[one, units]
        code = one * k + two
        order = np.lexsort((units, penalty, code))
        units, penalty = units[order].tolist(), penalty[order].tolist()
        arc, start, count = np.unique(code[order], return_index=True, return_counts=True)
        amount = self._flows(arc // k, arc % k, count)
        return [
            _Border(
                int(arc[q]) // k, int(arc[q]) % k, float(amount[q]),
                units[start[q] : start[q] + count[q]], penalty[start[q] : start[q] + count[q]],
            )
            for q in np.argsort(-amount, kind="stable").tolist()
            if amount[q] > self.smallest
        ]  # fmt: skip

    def _flows(self, one: IntArray, two: IntArray, count: IntArray) -> FloatArray:
        """Return the demand that should cross each border, from a Laplacian of the cells, shape (n_borders,)."""
        k = len(self.targets)
        weight = np.sqrt(count * self.ease[one, two] * self.ease[two, one])
        weight_of = scipy.sparse.coo_array((weight, (one, two)), shape=(k, k))
        degree = np.asarray(weight_of.sum(axis=1)).ravel()
        if degree.max(initial=0.0) == 0.0:
            return np.zeros(len(one))
        laplacian = scipy.sparse.csc_array(scipy.sparse.diags_array(degree + 1e-9 * degree.max()) - weight_of)
        potential = scipy.sparse.linalg.spsolve(laplacian, np.asarray(self.cells.load) - self.targets)
        return np.asarray(weight * (potential[one] - potential[two]))

    def _push(self, border: _Border) -> float:
        """Move units over a border, cheapest first, and return the demand moved."""
        cells = self.cells
        weight, amount, source, target = cells.weight, border.amount, border.source, border.target
        heap = list(zip(border.penalty, border.units, strict=True))
        heapq.heapify(heap)
        tried: set[int] = set()
        moved = 0.0
        while heap and moved < amount:
            unit = heapq.heappop(heap)[1]
            if unit in tried or not cells.may_go(unit, source, target):
                continue
            tried.add(unit)
            if moved + 0.5 * weight[unit] > amount:
                continue
            group = cells.with_cut_off(unit, 2.0 * (amount - moved))
            mass = sum([weight[v] for v in group])
            if not group or moved + 0.5 * mass > amount:
                continue
            cells.move(group, target)
            moved += mass
            self._queue(heap, tried, group, border)
        return moved

    def _queue(self, heap: list[tuple[float, int]], tried: set[int], group: list[int], border: _Border) -> None:
        """Put the units that a move brought to the border into the queue."""
        label, near, is_home = self.cells.label, self.cells.near, self.cells.is_home
        own, other = self.rows[border.source], self.rows[border.target]
        for moved in group:
            for unit in near[moved]:
                if label[unit] == border.source and not is_home[unit]:
                    tried.discard(unit)
                    heapq.heappush(heap, (other[unit] - own[unit], unit))
