"""Units gathered to compact groups of about the same weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gridpart._typing import FloatArray, IntArray


def leaves_of(points: FloatArray, demand: FloatArray, *, count: int) -> list[IntArray]:
    """
    Return the leaves of a tree that halves demand and number of units together along the longer side.

    Parameters
    ----------
    points
        Unit points, shape (n_units, 2), m.
    demand
        Demand per unit, not all 0, shape (n_units,).
    count
        Leaves hold at most this part of the whole; there are up to about twice as many.
    """
    weight = demand / demand.sum() + 1.0 / len(points)
    most = float(weight.sum()) / count
    found: list[IntArray] = []
    waiting = [np.arange(len(points))]
    while waiting:
        members = waiting.pop()
        if weight[members].sum() <= most or len(members) == 1:
            found.append(members)
            continue
        axis = int(np.argmax(np.ptp(points[members], axis=0)))
        order = members[np.argsort(points[members, axis], kind="stable")]
        held = np.cumsum(weight[order])
        half = min(max(int(np.searchsorted(held, 0.5 * held[-1])), 1), len(order) - 1)
        waiting += [order[:half], order[half:]]
    return found
