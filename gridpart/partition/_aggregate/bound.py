"""
A proven lower bound on travel: the transport problem without contiguity, with units cut at will.

Whatever prices p are put on the outlets, no partition with cell loads L in [low, high] travels less than

    g(p) = sum_i w_i min_j (c_ij - p_j) + min { p . L : low <= L <= high, sum L = sum w }

so any p certifies a bound and the best p gives the transport optimum [1]_. g is concave; it is maximised by
damped Newton steps on a smoothed copy whose smoothing is lowered in stages [2]_, then evaluated unsmoothed.

References
----------
.. [1] Villani, C. (2003). Topics in Optimal Transportation. AMS, chapter 1 (Kantorovich duality).
.. [2] Cominetti, R. and San Martín, J. (1994). Asymptotic analysis of the exponential penalty trajectory
   in linear programming. Mathematical Programming 67, 169-187.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    from gridpart._typing import FloatArray, IntArray

STAGES = 6
GROUPED_STAGES = 5
"""So many stages run on groups of units, where there are any."""

STAGE_FACTOR = 0.25
STEPS_PER_STAGE = 12
GRADIENT_GOAL = 3e-3
LEAST_CURVATURE = 1e-7
"""Added to second derivatives, relative to the demand of a cell per width of the smoothing."""

MAX_HALVINGS = 20

SMALLEST_MEMBER = 1e-7
"""Memberships below this are left out of second derivatives."""


@dataclass(frozen=True, eq=False)
class Bound:
    """
    A lower bound on travel and the prices that prove it.

    Parameters
    ----------
    travel
        No partition within the tolerance travels less; demand times m.
    prices
        The price of each outlet, shape (n_outlets,), m.
    """

    travel: float
    prices: FloatArray


def transport_bound(
    cost: FloatArray,
    demand: FloatArray,
    *,
    low: FloatArray,
    high: FloatArray,
    groups: list[IntArray] | None = None,
) -> Bound:
    """
    Bound the travel of every partition from below.

    Parameters
    ----------
    cost
        Distance from each outlet to each unit, shape (n_outlets, n_units), m.
    demand
        Demand per unit, shape (n_units,).
    low, high
        Least and most demand per cell, shape (n_outlets,).
    groups
        Compact groups of units on which the first stages run; None for none. They save time and leave the bound valid.
    """
    busy = demand > 0
    smooth = _Smoothed(np.ascontiguousarray(cost[:, busy]), demand[busy], low, high)
    early = smooth if groups is None else _grouped(cost, demand, groups, low=low, high=high)
    prices = np.zeros(len(cost))
    best = Bound(certified(prices, cost, demand, low=low, high=high), prices)
    width = float(smooth.cost.min(axis=0).mean()) or 1.0
    for stage in range(STAGES):
        prices = (early if stage < GROUPED_STAGES else smooth).climb(prices, width * 0.5 * STAGE_FACTOR**stage)
        if early is not smooth and stage < GROUPED_STAGES:
            continue
        value = certified(prices, cost, demand, low=low, high=high)
        if value > best.travel:
            best = Bound(value, prices)
    return best


def certified(prices: FloatArray, cost: FloatArray, demand: FloatArray, *, low: FloatArray, high: FloatArray) -> float:
    """Return g(prices), a valid lower bound on travel for any prices; demand times m."""
    served = float(demand @ (cost - prices[:, None]).min(axis=0))
    load = low.copy()
    spare = float(demand.sum() - low.sum())
    for j in np.argsort(prices, kind="stable"):  # the cheapest loads first make p . L least
        add = min(spare, float(high[j] - low[j]))
        load[j] += add
        spare -= add
    return served + float(prices @ load)


def _grouped(
    cost: FloatArray, demand: FloatArray, groups: list[IntArray], *, low: FloatArray, high: FloatArray
) -> _Smoothed:
    """Take groups of units as one unit each, at the mean distance of their demand."""
    order = np.concatenate(groups)
    start = np.cumsum([0, *[len(members) for members in groups[:-1]]])
    held = np.add.reduceat(demand[order], start)
    mean = np.add.reduceat(cost[:, order] * demand[order], start, axis=1)
    busy = held > 0
    return _Smoothed(np.ascontiguousarray(mean[:, busy] / held[busy]), held[busy], low, high)


@dataclass(eq=False)
class _Smoothed:
    """g with the minimum over outlets replaced by a soft minimum, and the tolerance by a soft clip."""

    cost: FloatArray
    demand: FloatArray
    low: FloatArray
    high: FloatArray

    def value(self, prices: FloatArray, width: float) -> tuple[float, FloatArray]:
        """Return the smoothed g and the soft membership of every unit, shape (n_outlets, n_units)."""
        reduced = prices[:, None] - self.cost
        top = reduced.max(axis=0)
        reduced -= top
        reduced /= width
        np.exp(reduced, out=reduced)
        total = reduced.sum(axis=0)
        reduced /= total
        served = -float(self.demand @ (top + width * np.log(total)))
        load, stiffness = self._loads(prices, width)
        mid = 0.5 * (self.low + self.high)
        return served + float(prices @ load + 0.5 * stiffness @ (load - mid) ** 2), reduced

    def _loads(self, prices: FloatArray, width: float) -> tuple[FloatArray, FloatArray]:
        """Return the loads the prices ask for, and how stiffly they hold to the middle."""
        mid, half = 0.5 * (self.low + self.high), 0.5 * (self.high - self.low)
        stiffness = width / np.maximum(half, 1e-9 * mid.max())
        return np.clip(mid - prices / stiffness, self.low, self.high), stiffness

    def climb(self, prices: FloatArray, width: float) -> FloatArray:
        """Maximise the smoothed g from `prices` by damped Newton steps."""
        value, member = self.value(prices, width)
        goal = GRADIENT_GOAL * float(self.high.mean())
        for _ in range(STEPS_PER_STAGE):
            weighted = member * self.demand
            wanted, stiffness = self._loads(prices, width)
            gradient = wanted - weighted.sum(axis=1)
            if float(np.abs(gradient).max()) < goal:
                break
            free = (wanted > self.low) & (wanted < self.high)
            hessian = (np.diag(weighted.sum(axis=1)) - _product(weighted, member)) / width + np.diag(free / stiffness)
            # where no unit wavers between outlets there is no curvature at all
            hessian += np.eye(len(prices)) * (LEAST_CURVATURE * float(self.demand.sum()) / len(prices) / width)
            step = np.linalg.solve(hessian, gradient)
            step *= min(1.0, 20.0 * width / max(float(np.abs(step).max()), 1e-12))
            for _ in range(MAX_HALVINGS):
                trial, trial_member = self.value(prices + step, width)
                if trial >= value + 1e-4 * float(gradient @ step):
                    break
                step *= 0.5
            else:
                break
            prices, value, member = prices + step, trial, trial_member
        return prices


def _product(weighted: FloatArray, member: FloatArray) -> FloatArray:
    """Return weighted @ member.T; most entries are next to nothing, and sparse products keep to one processor."""
    outlet, unit = np.nonzero(member > SMALLEST_MEMBER)
    shape = member.shape
    left = scipy.sparse.csr_array((weighted[outlet, unit], (outlet, unit)), shape=shape)
    right = scipy.sparse.csr_array((member[outlet, unit], (outlet, unit)), shape=shape)
    return np.asarray((left @ right.T).toarray())
