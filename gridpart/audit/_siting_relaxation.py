"""The linear model of maximal covering, kept warm from case to case: bounds, and candidates that cannot matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from gridpart._typing import BoolArray, FloatArray

_KEPT = 1e-9
"""Share of the bound by which rounding may lift it; candidates this close are kept."""

_PRIMAL = 4
"""What HiGHS calls the simplex method that starts from prices that are allowed but not best."""

_MOST_STEPS = 2**31 - 1
"""What HiGHS calls no limit of steps."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """
    What is decided about candidates; the rest is dropped.

    Attributes
    ----------
    undecided, taken
        Shape (n_candidates,) each; none is both.
    """

    undecided: BoolArray
    taken: BoolArray

    @classmethod
    def all(cls, number: int) -> Candidates:
        """Return so many candidates, all undecided."""
        return cls(np.ones(number, dtype=np.bool_), np.zeros(number, dtype=np.bool_))

    def drop(self, rows: Any) -> Candidates:  # noqa: ANN401 - an index or a mask
        """Return these without some undecided ones."""
        left = self.undecided.copy()
        left[rows] = False
        return Candidates(left, self.taken)

    def take(self, rows: Any) -> Candidates:  # noqa: ANN401 - an index or a mask
        """Return these with some undecided ones taken."""
        taken = self.taken.copy()
        taken[rows] = True
        return Candidates(self.drop(rows).undecided, taken)


@dataclass(frozen=True, eq=False)
class Prices:
    """
    What each place pays for being covered, and what follows from it whatever the prices are [1]_.

    Attributes
    ----------
    bound
        No choice covers more weight.
    worth
        What the places that a candidate reaches pay together, shape (n_candidates,).
    shares
        How far the linear model takes each candidate, from 0 to 1, shape (n_candidates,).
    number
        How many undecided candidates may be chosen.
    candidates
        What was decided beforehand.

    References
    ----------
    .. [1] Galvao, R. D. and ReVelle, C. (1996). A Lagrangean heuristic for the maximal covering location problem.
       European Journal of Operational Research 88(1), 114-123.
    """

    bound: float
    worth: FloatArray
    shares: FloatArray
    number: int
    candidates: Candidates

    @property
    def rounded(self) -> BoolArray:
        """The candidates taken, and those that the linear model takes furthest, shape (n_candidates,)."""
        shares = np.where(self.candidates.undecided, self.shares, 0.0)
        order = np.argsort(-shares, kind="stable")[: self.number]
        return self.candidates.take(order[shares[order] > 0]).taken

    def narrowed(self, least: float) -> Candidates:
        """Return the candidates without those that cover less than a weight whenever chosen, or whenever not."""
        undecided = self.candidates.undecided
        best = np.sort(self.worth[undecided])[::-1]
        if self.number >= len(best):
            return self.candidates
        least -= _KEPT * abs(self.bound)
        last, next_one = (best[self.number - 1] if self.number else np.inf), best[self.number]
        idle = undecided & (self.bound - np.maximum(last - self.worth, 0.0) < least)
        needed = undecided & ~idle & (self.bound - np.maximum(self.worth - next_one, 0.0) < least)
        return self.candidates.drop(idle).take(needed)


class Relaxation:
    """
    The dual of the linear model, which has a row for each candidate instead of one for each place.

    Dropping a candidate frees its row, taking one frees its column, so that prices found before stay allowed: the
    solver goes on from them. Any prices bound the weight by themselves: no tolerance of the solver enters, and it
    may stop early.

    Parameters
    ----------
    places
        Which candidates reach each place, sparse, shape (n_places, n_candidates).
    weights
        Of each place, above 0, shape (n_places,).
    number
        How many candidates may be chosen, at least 1.
    time_limit_s
        How long a case may take, in s, above 0; its prices are then as far as the solver came.
    """

    def __init__(self, places: Any, weights: FloatArray, *, number: int, time_limit_s: float) -> None:  # noqa: ANN401
        self._by_candidate = scipy.sparse.csr_array(places.T)
        self._weights, self._number = weights, number
        self._held = Candidates.all(places.shape[1])
        self._solver = _solver_of(self._by_candidate, weights, number)
        self._solver.setOptionValue("time_limit", float(time_limit_s))

    @property
    def start(self) -> Any:  # noqa: ANN401 - highspy's basis
        """Where the solver stands: a start for cases that are narrower than the last one."""
        return self._solver.getBasis()

    def prices(
        self,
        candidates: Candidates,
        *,
        start: Any = None,  # noqa: ANN401
        most_steps: int | None = None,
    ) -> Prices:
        """
        Price places so that the bound is that of the linear model, or near it where steps are limited.

        Parameters
        ----------
        candidates
            What is decided.
        start
            `start` of a case of which this one is a part; None to begin anew.
        most_steps
            After how many steps to stop.
        """
        self._hold(candidates)
        if start is not None:
            self._solver.setBasis(start)
        self._solver.setOptionValue("simplex_iteration_limit", _MOST_STEPS if most_steps is None else most_steps)
        self._solver.run()
        self._solver.setOptionValue("simplex_strategy", _PRIMAL)
        solution = self._solver.getSolution()
        paid = np.clip(np.asarray(solution.col_value)[: len(self._weights)], 0.0, self._weights)
        worth = self._by_candidate @ paid
        number = self._number - int(candidates.taken.sum())
        best = np.sort(worth[candidates.undecided])[::-1][:number]
        bound = float((self._weights - paid).sum() + worth[candidates.taken].sum() + best.sum())
        bound = min(bound, float(self._weights.sum()))
        return Prices(bound, worth, -np.asarray(solution.row_dual), number, candidates)

    def _hold(self, candidates: Candidates) -> None:
        """Free the rows of dropped candidates and the columns of taken ones, and bind those that were free."""
        there = candidates.undecided | candidates.taken
        changed = np.flatnonzero(there != (self._held.undecided | self._held.taken)).astype(np.int32)
        if len(changed):
            upper = np.where(there[changed], 0.0, np.inf)
            self._solver.changeRowsBounds(len(changed), changed, np.full(len(changed), -np.inf), upper)
        changed = np.flatnonzero(candidates.taken != self._held.taken).astype(np.int32)
        if len(changed):
            lower = np.where(candidates.taken[changed], -np.inf, 0.0)
            columns = changed + len(self._weights) + 1
            self._solver.changeColsBounds(len(changed), columns, lower, np.full(len(changed), np.inf))
        self._held = candidates


def _solver_of(by_candidate: Any, weights: FloatArray, number: int) -> Any:  # noqa: ANN401 - highspy has no types
    """Return HiGHS with the model: what places pay, the least worth of a chosen candidate, what each has above it."""
    import highspy

    n_candidates, n_places = by_candidate.shape
    rows = scipy.sparse.block_array(
        [[by_candidate, -np.ones((n_candidates, 1)), -scipy.sparse.eye_array(n_candidates)]], format="csr"
    )
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = rows.shape
    model.col_cost_ = np.concatenate([np.full(n_places, -1.0), [float(number)], np.ones(n_candidates)])
    model.col_lower_ = np.zeros(rows.shape[1])
    model.col_upper_ = np.concatenate([weights, np.full(1 + n_candidates, np.inf)])
    model.row_lower_ = np.full(n_candidates, -np.inf)
    model.row_upper_ = np.zeros(n_candidates)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (("output_flag", False), ("presolve", "off"), ("solver", "simplex"), ("threads", 1)):
        solver.setOptionValue(option, value)
    solver.passModel(model)
    return solver
