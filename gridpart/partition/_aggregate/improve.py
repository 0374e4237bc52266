"""Lower the travel of balanced, connected cells without leaving the tolerance."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gridpart._typing import FloatArray

    from .cells import Cells

PASSES = 40
FIRST_STEP = 0.1
"""How far prices first move for a cell at the edge of its tolerance, relative to the mean distance."""

STEP_DECAY = 0.93


class Improver:
    """
    Moves border units to the cell that serves them cheaper at the outlets' prices.

    A unit moves with whatever it would cut off, and only within the tolerance. After each pass, cells with more
    demand than their target become dearer and the others cheaper, so that the passes wander along the tolerance;
    the cells with the least travel are kept.

    Parameters
    ----------
    cells
        The cells, within the tolerance, changed in place.
    cost
        Distance from each outlet to each unit, shape (n_outlets, n_units), m.
    """

    def __init__(self, cells: Cells, cost: FloatArray) -> None:
        self.cells = cells
        self.cost = cost
        self.rows = [memoryview(row) for row in np.ascontiguousarray(cost)]
        problem = cells.problem
        self.low: list[float] = problem.low.tolist()
        self.high: list[float] = problem.high.tolist()
        i, j = problem.edges[:, 0], problem.edges[:, 1]
        self.here, self.there = np.r_[i, j], np.r_[j, i]
        self.prices = [0.0] * problem.n_outlets

    def run(self, prices: FloatArray) -> float:
        """Improve from these prices, shape (n_outlets,), m, and return the travel, demand times m."""
        problem = self.cells.problem
        half = np.maximum(0.5 * (problem.high - problem.low), 1e-9 * problem.targets)
        best, kept = self._travel(), self.cells.labels()
        step = FIRST_STEP * best / float(problem.demand.sum())
        for _ in range(PASSES):
            self.prices = prices.tolist()
            self._sweep()
            travel = self._travel()
            if travel < best:
                best, kept = travel, self.cells.labels()
            prices = prices - step * (np.asarray(self.cells.load) - problem.targets) / half
            step *= STEP_DECAY
        self.cells.set_labels(kept)
        return best

    def _travel(self) -> float:
        labels = self.cells.labels()
        return float(self.cells.problem.demand @ self.cost[labels, np.arange(len(labels))])

    def _sweep(self) -> None:
        """Make every move that pays, the best first, each unit at most once to each cell."""
        cells, label = self.cells, self.cells.label
        heap = self._candidates()
        seen: set[tuple[int, int]] = set()
        while heap:
            _, unit, target = heapq.heappop(heap)
            source = label[unit]
            if (unit, target) in seen or source == target or not cells.may_go(unit, source, target):
                continue
            seen.add((unit, target))
            group = self._group(unit, source, target)
            if group:
                cells.move(group, target)
                self._queue(heap, group, target)

    def _candidates(self) -> list[tuple[float, int, int]]:
        labels, prices = self.cells.labels(), np.asarray(self.prices)
        one, two = labels[self.here], labels[self.there]
        across = one != two
        units, one, two = self.here[across], one[across], two[across]
        gain = self.cost[one, units] - prices[one] - self.cost[two, units] + prices[two]
        pays = gain > 0
        heap = list(zip((-gain[pays]).tolist(), units[pays].tolist(), two[pays].tolist(), strict=True))
        heapq.heapify(heap)
        return heap

    def _group(self, unit: int, source: int, target: int) -> list[int]:
        """Return what would move with a unit; nothing if that does not pay or leaves the tolerance."""
        cells = self.cells
        room = min(self.high[target] - cells.load[target], cells.load[source] - self.low[source])
        weight = cells.weight
        if weight[unit] > room:
            return []
        own, other = self.rows[source], self.rows[target]
        ahead = self.prices[target] - self.prices[source]
        if own[unit] - other[unit] + ahead <= 0:
            return []
        group = cells.with_cut_off(unit, room)
        if len(group) > 1:
            mass = sum([weight[v] for v in group])
            win = sum([weight[v] * (own[v] - other[v] + ahead) for v in group])
            if mass > room or win <= 0:
                return []
        return group

    def _queue(self, heap: list[tuple[float, int, int]], group: list[int], target: int) -> None:
        """Put the units that a move brought to a border into the queue."""
        label, near, is_home = self.cells.label, self.cells.near, self.cells.is_home
        rows, prices = self.rows, self.prices
        for moved in group:
            for unit in near[moved]:
                source = label[unit]
                if source != target and not is_home[unit]:
                    gain = rows[source][unit] - prices[source] - rows[target][unit] + prices[target]
                    if gain > 0:
                        heapq.heappush(heap, (-gain, unit, target))
