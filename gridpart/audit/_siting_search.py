"""Maximal covering to the proved optimum: a problem is priced and narrowed, then split case by case."""

from __future__ import annotations

import heapq
import itertools
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.audit._fill_solver import PROVED
from gridpart.audit._siting_reduce import merge_equal_places
from gridpart.audit._siting_relaxation import Candidates, Prices, Relaxation
from gridpart.audit._siting_swaps import Swaps
from gridpart.steps import figures

_MUCH = 0.1
"""Share of the candidates whose loss makes it worth to write a problem anew before it is split."""

_SHAKES = 40
"""Times that the best choice is shaken before the first split."""

_PAUSE = 10
"""Cases after which it is shaken again."""

_TRIED = 6
"""Candidates that are tried at most before a case is split."""

_STEPS = 100
"""Steps of the solver in a trial."""


@dataclass(frozen=True, eq=False)
class Problem:
    """
    A maximal covering problem, some candidates of which are taken already.

    Attributes
    ----------
    places, weights
        Places that no taken candidate reaches: which candidates reach each, sparse, shape (n_places,
        n_candidates), and weights above 0.
    columns
        The candidates as columns of the whole problem, shape (n_candidates,).
    number
        How many of them may be chosen.
    taken, covered
        Candidates taken, as columns of the whole problem, and the weight that they cover.
    """

    places: Any
    weights: FloatArray
    columns: IntArray
    number: int
    taken: IntArray
    covered: float

    def narrowed(self, candidates: Candidates) -> Problem:
        """Return the problem with these candidates taken, and the undecided ones only."""
        reached = self.places[:, candidates.taken].sum(axis=1) > 0
        places, weights = merge_equal_places(self.places[~reached][:, candidates.undecided], self.weights[~reached])
        return Problem(
            places,
            weights,
            self.columns[candidates.undecided],
            self.number - int(candidates.taken.sum()),
            np.concatenate([self.taken, self.columns[candidates.taken]]),
            self.covered + float(self.weights[reached].sum()),
        )


@dataclass(frozen=True, eq=False)
class Choice:
    """Columns of the whole problem, shape (n_chosen,), and the weight that they cover."""

    columns: IntArray
    covered: float


def search(problem: Problem, best: Choice, *, time_limit_s: float) -> tuple[Choice, float]:
    """
    Find the best choice by branch and bound [1]_.

    Parameters
    ----------
    problem
        The whole problem.
    best
        A choice that is known.
    time_limit_s
        When to stop, in s.

    Returns
    -------
    best
        The best choice found.
    bound
        No choice covers more; the weight covered by the best one where that is proved.

    References
    ----------
    .. [1] Land, A. H. and Doig, A. G. (1960). An automatic method of solving discrete programming problems.
       Econometrica 28(3), 497-520.
    """
    stop = time.monotonic() + time_limit_s
    while problem.number and problem.places.shape[0]:
        cases = _Cases(problem, best, stop=stop)
        first, shares = cases.first()
        best = cases.best
        if first is None:
            return best, best.covered
        if first.candidates.taken.any() or first.candidates.undecided.mean() < 1.0 - _MUCH:
            problem = problem.narrowed(first.candidates)
            continue
        cases.shake(shares, turns=_SHAKES)
        bound = cases.settle(first)
        return cases.best, bound
    done = Choice(problem.taken, problem.covered)
    best = max(best, done, key=lambda choice: choice.covered)
    return best, best.covered


@dataclass(frozen=True, eq=False)
class _Case:
    """
    Candidates, some decided; a bound, the start of the solver, and the split that it came from.

    `split` is the way (0 dropped, 1 taken), the candidate, how far the linear model was from it, and its bound.
    """

    candidates: Candidates
    bound: float
    start: Any
    split: tuple[int, int, float, float] | None = None


class _Losses:
    """
    Weight lost by dropping (0) or taking (1) a candidate, per unit of its share: what trials and splits taught [1]_.

    References
    ----------
    .. [1] Achterberg, T., Koch, T. and Martin, A. (2005). Branching rules revisited. Operations Research Letters
       33(1), 42-54.
    """

    def __init__(self, n_candidates: int) -> None:
        self._lost = np.zeros((2, n_candidates))
        self.times = np.zeros((2, n_candidates), dtype=np.int64)

    def learn(self, way: int, candidate: int, *, lost: float, share: float) -> None:
        self._lost[way, candidate] += max(lost, 0.0) / share
        self.times[way, candidate] += 1

    def expected(self, shares: FloatArray) -> FloatArray:
        """Return what either way may lose, shape (2, n_candidates); of an unknown candidate as much as of others."""
        mean = self._lost.sum(axis=1) / np.maximum(self.times.sum(axis=1), 1)
        per_unit = np.where(self.times > 0, self._lost / np.maximum(self.times, 1), mean[:, None])
        return per_unit * np.stack([shares, 1.0 - shares])


class _Cases:
    """Cases of one problem, settled one after the other."""

    def __init__(self, problem: Problem, best: Choice, *, stop: float) -> None:
        self.best = best
        self._problem, self._stop = problem, stop
        self._relaxation = Relaxation(
            problem.places, problem.weights, number=problem.number, time_limit_s=max(stop - time.monotonic(), 0.0)
        )
        self._swaps = Swaps(problem.places, problem.weights)
        self._losses = _Losses(len(problem.columns))
        self._settled = 0
        self._rng = np.random.default_rng(0)
        # a better choice covers more by the smallest step between two sums of weights
        whole = bool((problem.weights == np.round(problem.weights)).all())
        total = problem.covered + float(problem.weights.sum())
        self._step = max(PROVED * total, (1.0 if whole else 0.0) - PROVED * total)

    @property
    def _least(self) -> float:
        """What a better choice covers at least of the places that are left."""
        return self.best.covered + self._step - self._problem.covered

    def first(self) -> tuple[_Case | None, FloatArray]:
        """Return the whole problem without candidates that cannot matter, or None if nothing better is left; shares."""
        prices = self._relaxation.prices(Candidates.all(len(self._problem.columns)))
        self._offer(self._swaps.improved(prices.rounded, number=self._problem.number))
        if prices.bound < self._least:
            return None, prices.shares
        return _Case(prices.narrowed(self._least), prices.bound, self._relaxation.start), prices.shares

    def settle(self, first: _Case) -> float:
        """Settle all cases from the first one on; return what no choice can pass."""
        number = itertools.count()
        waiting = [(-first.bound, next(number), first)]
        while waiting and waiting[0][2].bound >= self._least:
            bound = self._problem.covered + waiting[0][2].bound
            if time.monotonic() > self._stop:
                return bound
            figures("cases", closed=self._settled, gap=1.0 - self.best.covered / bound)
            for case in self._parts(heapq.heappop(waiting)[2]):
                heapq.heappush(waiting, (-case.bound, next(number), case))
        return self.best.covered

    def shake(self, shares: FloatArray, *, turns: int) -> None:
        """Look for a better choice near the best one, and between it and the linear model."""
        number = self._problem.number
        chosen = np.isin(self._problem.columns, self.best.columns)
        for turn in range(turns):
            if time.monotonic() > self._stop:
                break
            if turn % 2:
                other = self._swaps.shaken(chosen, number=number, rng=self._rng)
            else:
                other = self._swaps.drawn(chosen, shares, number=number, rng=self._rng)
            if self._swaps.covered(other) >= self._swaps.covered(chosen):
                chosen = other
        self._offer(chosen)

    def _offer(self, chosen: BoolArray) -> None:
        """Keep a choice if it is the best one."""
        covered = self._problem.covered + self._swaps.covered(chosen)
        if covered > self.best.covered:
            self.best = Choice(np.concatenate([self._problem.taken, self._problem.columns[chosen]]), covered)

    def _parts(self, case: _Case) -> list[_Case]:
        """Return what is left of a case: nothing, or one half or both."""
        self._settled += 1
        prices = self._relaxation.prices(case.candidates, start=case.start)
        if case.split is not None:
            way, candidate, share, before = case.split
            self._losses.learn(way, candidate, lost=before - prices.bound, share=share)
        self._offer(prices.rounded)
        if prices.bound < self._least:
            return []
        if self._settled % _PAUSE == 0:
            self.shake(prices.shares, turns=2)
        candidates = prices.narrowed(self._least)
        return self._halves(_Case(candidates, prices.bound, self._relaxation.start), prices)

    def _halves(self, case: _Case, prices: Prices) -> list[_Case]:
        """Split a case at the candidate whose halves lose most; one that only one half survives is decided."""
        shares = np.clip(prices.shares, 0.0, 1.0)
        best: tuple[float, list[_Case]] | None = None
        for candidate in self._in_doubt(case, prices, shares):
            halves, lost = self._tried(case, candidate, shares)
            alive = [half for half in halves if half.bound >= self._least]
            if len(alive) < 2:
                return [replace(half, split=None) for half in alive]
            score = float(np.prod(np.clip(lost, PROVED, case.bound - self._least)))
            if best is None or score > best[0]:
                best = score, halves
        return [] if best is None else best[1]

    def _in_doubt(self, case: _Case, prices: Prices, shares: FloatArray) -> list[int]:
        """Return the candidates to try, the most promising first; any undecided one where the model has no doubt."""
        undecided = case.candidates.undecided
        doubt = np.where(undecided, np.minimum(shares, 1.0 - shares), 0.0)
        if not doubt.max() > PROVED:
            return list(np.flatnonzero(undecided)[:1])
        if self._losses.times.any():
            expected = np.clip(self._losses.expected(shares), PROVED, case.bound - self._least)
            score = np.where(doubt > PROVED, np.prod(expected, axis=0), 0.0)
        else:
            score = doubt * prices.worth
        order = np.argsort(-score, kind="stable")[:_TRIED]
        return list(order[score[order] > 0])

    def _tried(self, case: _Case, candidate: int, shares: FloatArray) -> tuple[list[_Case], FloatArray]:
        """Return both halves of a case and what they lose: expected, or else found in few steps of the solver."""
        known = bool(self._losses.times[:, candidate].all())
        lost = self._losses.expected(shares)[:, candidate]
        halves = []
        for way, candidates in enumerate((case.candidates.drop(candidate), case.candidates.take(candidate))):
            away = max(float(1.0 - shares[candidate] if way else shares[candidate]), PROVED)
            half = _Case(candidates, case.bound, case.start, (way, candidate, away, case.bound))
            if not known:
                prices = self._relaxation.prices(candidates, start=case.start, most_steps=_STEPS)
                lost[way] = max(case.bound - prices.bound, 0.0)
                self._losses.learn(way, candidate, lost=lost[way], share=away)
                half = replace(half, bound=min(case.bound, prices.bound))
            halves.append(half)
        return halves, lost
