"""Options of a fill plan that no best plan needs."""

from __future__ import annotations

import numpy as np

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.audit._fill_weights import FillWeights


def worth_weighing(
    item: IntArray,
    candidate: IntArray,
    distance_m: FloatArray,
    *,
    people: FloatArray,
    weights: FillWeights,
) -> BoolArray:
    """
    Return which options can be part of a best plan.

    Giving a place to the bank with the nearest outlet instead saves its extra travel and puts at most all of its people
    above that bank's fair share. So an option is of no use if its extra travel costs more than that imbalance; and a
    service point, if all it could save in travel and imbalance together costs less than opening it.

    Parameters
    ----------
    item, candidate, distance_m
        Place, new service point (-1 for an outlet) and distance of each option, shape (n_options,).
    people
        Of each place, shape (n_places,).
    weights
        What travel, imbalance and openings cost.

    Returns
    -------
    useful
        Shape (n_options,).
    """
    outlet = candidate < 0
    nearest_m = np.full(len(people), np.inf)
    np.minimum.at(nearest_m, item[outlet], distance_m[outlet])
    # positive where the option is nearer than the nearest outlet; infinite where no outlet may serve the place
    saved = np.full(len(item), np.inf)
    reached = np.isfinite(nearest_m[item])
    saved[reached] = weights.travel * (nearest_m[item[reached]] - distance_m[reached]) / 1000
    gain = people[item] * (saved + weights.balance)
    useful: BoolArray = gain >= 0
    new = np.flatnonzero(~outlet & useful)
    if len(new):
        # the same place and point by several banks saves once
        _, once = np.unique(np.column_stack([item[new], candidate[new]]), axis=0, return_index=True)
        rows = new[once]
        total = np.zeros(int(candidate.max()) + 1)
        np.add.at(total, candidate[rows], gain[rows])
        useful[new] = total[candidate[new]] > weights.opening
    return useful
