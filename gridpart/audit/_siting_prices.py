"""What each place pays for being covered: bounds on maximal covering, and candidates that cannot matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from gridpart._typing import BoolArray, FloatArray, IntArray

_KEPT = 1e-9
"""Share of the bound by which rounding may lift it; candidates this close are kept."""


@dataclass(frozen=True, eq=False)
class Prices:
    """
    Prices of places, and what follows from them whatever they are [1]_.

    Attributes
    ----------
    bound
        No choice covers more weight.
    worth
        What the places that a candidate reaches pay together, shape (n_candidates,).
    shares
        How far the linear model takes each candidate, from 0 to 1, shape (n_candidates,).
    number
        How many candidates may be chosen.

    References
    ----------
    .. [1] Galvao, R. D. and ReVelle, C. (1996). A Lagrangean heuristic for the maximal covering location problem.
       European Journal of Operational Research 88(1), 114-123.
    """

    bound: float
    worth: FloatArray
    shares: FloatArray
    number: int

    @property
    def rounded(self) -> IntArray:
        """The candidates that the linear model takes furthest, sorted, shape (n_chosen,)."""
        order = np.argsort(-self.shares, kind="stable")[: self.number]
        return np.sort(order[self.shares[order] > 0])

    def that_matter(self, weight: float) -> tuple[BoolArray, BoolArray]:
        """
        Tell which candidates may and which must be chosen to cover more than a weight.

        Returns
        -------
        may, must
            Shape (n_candidates,); who must, may.
        """
        if self.number >= len(self.worth):
            return np.ones(len(self.worth), dtype=np.bool_), np.zeros(len(self.worth), dtype=np.bool_)
        best = np.sort(self.worth)[::-1]
        least = weight - _KEPT * abs(self.bound)
        may = self.bound - np.maximum(best[self.number - 1] - self.worth, 0.0) >= least
        return may, self.bound - np.maximum(self.worth - best[self.number], 0.0) < least


def prices_of(places: Any, weights: FloatArray, *, number: int, time_limit_s: float) -> Prices:  # noqa: ANN401
    """
    Price places so that the bound is that of the linear model.

    The dual of the model has a row for each candidate instead of one for each place, and is solved in a twentieth of
    the time. Its prices bound the weight by themselves, so that no tolerance of the solver enters.

    Parameters
    ----------
    places
        Which candidates reach each place, sparse, shape (n_places, n_candidates).
    weights
        Of each place, above 0, shape (n_places,).
    number
        How many candidates may be chosen, at least 1.
    time_limit_s
        When to stop, in s; each place then pays its weight, as for 0.
    """
    n_places, n_candidates = places.shape
    paid, shares = weights, np.zeros(n_candidates)
    if time_limit_s > 0:
        # prices of places, the worth that the last candidate chosen has, and what better ones have above it
        above = scipy.sparse.eye_array(n_candidates)
        rows = scipy.sparse.block_array([[places.T, -np.ones((n_candidates, 1)), -above]]).tocsr()
        upper = np.concatenate([weights, np.full(1 + n_candidates, np.inf)])
        result = scipy.optimize.linprog(
            np.concatenate([np.full(n_places, -1.0), [number], np.ones(n_candidates)]),
            A_ub=rows,
            b_ub=np.zeros(n_candidates),
            bounds=np.column_stack([np.zeros_like(upper), upper]),
            method="highs-ds",
            options={"presolve": False, "time_limit": time_limit_s},
        )
        if result.status == 0:
            paid, shares = np.clip(result.x[:n_places], 0.0, weights), -result.ineqlin.marginals
    worth = places.T @ paid
    best = np.sort(worth)[::-1][:number]
    return Prices(float((weights - paid).sum() + best.sum()), worth, shares, number)
