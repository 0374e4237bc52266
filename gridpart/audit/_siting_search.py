"""Maximal covering to the proved optimum: cases are priced, narrowed, and split."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.audit._fill_solver import PROVED
from gridpart.audit._siting_prices import Prices, prices_of
from gridpart.audit._siting_reduce import merge_equal_places

_MUCH = 0.1
"""Share of the candidates whose loss makes it worth to price a case anew before it is split."""


@dataclass(frozen=True, eq=False)
class Case:
    """
    A part of a maximal covering problem: some candidates are taken, some dropped, the rest is open.

    Attributes
    ----------
    places, weights
        Places that no taken candidate reaches: which open candidates reach each, sparse, shape (n_places,
        n_candidates), and weights above 0.
    columns
        The open candidates as columns of the whole problem, shape (n_candidates,).
    number
        How many of them may be chosen.
    taken, covered
        Candidates taken, and the weight that they cover.
    bound
        No choice of this case covers more.
    """

    places: Any
    weights: FloatArray
    columns: IntArray
    number: int
    taken: IntArray
    covered: float
    bound: float

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to choose."""
        return self.number == 0 or 0 in self.places.shape

    def take(self, rows: IntArray) -> Case:
        """Return the case with these open candidates taken."""
        reached = self.places[:, rows].sum(axis=1) > 0
        left = replace(
            self,
            places=self.places[~reached],
            weights=self.weights[~reached],
            number=self.number - len(rows),
            taken=np.concatenate([self.taken, self.columns[rows]]),
            covered=self.covered + float(self.weights[reached].sum()),
        )
        return left.keep(~np.isin(np.arange(len(self.columns)), rows))

    def keep(self, kept: BoolArray) -> Case:
        """Return the case with these open candidates only."""
        places, weights = merge_equal_places(self.places[:, kept], self.weights)
        return replace(self, places=places, weights=weights, columns=self.columns[kept])


def search(case: Case, best: Case, *, time_limit_s: float) -> tuple[Case, float]:
    """
    Find the best choice by branch and bound [1]_.

    Parameters
    ----------
    case
        The whole problem.
    best
        A choice that is known.
    time_limit_s
        When to stop, in s.

    Returns
    -------
    best
        The best choice found, as a case of which nothing is left.
    bound
        No choice covers more; the weight covered by the best one where that is proved.

    References
    ----------
    .. [1] Land, A. H. and Doig, A. G. (1960). An automatic method of solving discrete programming problems.
       Econometrica 28(3), 497-520.
    """
    stop = time.monotonic() + time_limit_s
    still_open = [case]
    while still_open:
        left_s = stop - time.monotonic()
        if left_s <= 0:
            return best, max(best.covered, *(case.bound for case in still_open))
        case = still_open.pop()
        if case.is_settled:
            best = max(best, case, key=_covered)
            continue
        prices = prices_of(case.places, case.weights, number=case.number, time_limit_s=left_s)
        case = replace(case, bound=min(case.bound, case.covered + prices.bound))
        best = max(best, case.take(prices.rounded), key=_covered)
        if case.bound > best.covered + PROVED * abs(case.bound):
            still_open += _parts(case, prices, best.covered)
    return best, best.covered


def _covered(case: Case) -> float:
    return case.covered


def _parts(case: Case, prices: Prices, least: float) -> list[Case]:
    """Return the case narrowed, if much can be dropped or something must be taken, else its two halves."""
    may, must = prices.that_matter(least - case.covered)
    if must.any() or may.mean() < 1.0 - _MUCH:
        taken = case.take(np.flatnonzero(must))
        return [taken.keep(may[~must])]
    alone = case.places.T @ case.weights
    shares = np.minimum(prices.shares, 1.0 - prices.shares)
    # the candidate in doubt that most hangs on; the first of all where the linear model leaves no doubt
    split = np.argmax(np.maximum(shares, PROVED) * alone * may)
    may[split] = False
    return [case.keep(may), case.take(np.array([split])).keep(np.delete(may, split))]
