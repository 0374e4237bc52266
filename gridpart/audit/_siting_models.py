"""Maximal covering and set covering on a sparse matrix of who reaches whom."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy

from gridpart._typing import FloatArray, IntArray
from gridpart.audit._fill_solver import Model, Status
from gridpart.audit._siting_reduce import components_of, merge_equal_places, reduce_cover
from gridpart.audit._siting_search import Choice, Problem, search
from gridpart.audit._siting_sweep import smallest_cover
from gridpart.errors import InputError
from gridpart.i18n import messages
from gridpart.steps import counted

say = messages("audit")


@dataclass(frozen=True, eq=False)
class Sited:
    """
    Chosen candidates.

    Attributes
    ----------
    chosen
        Their columns, sorted, shape (n_chosen,).
    objective, bound
        Covered weight, or number of sites; and what no choice can pass.
    status
        ``optimal``, ``time_limit`` or ``greedy``.
    """

    chosen: IntArray
    objective: float
    bound: float
    status: Status


def cover_most(
    reach: Any,  # noqa: ANN401 - scipy has no types
    weights: FloatArray,
    *,
    number: int,
    time_limit_s: float,
) -> Sited:
    """
    Choose a number of candidates that cover the most weight [1]_.

    Parameters
    ----------
    reach
        Which candidates reach each place, sparse, shape (n_places, n_candidates).
    weights
        Of each place, at least 0, shape (n_places,).
    number
        How many candidates may be chosen.
    time_limit_s
        When to stop; 0 for the greedy choice.

    Returns
    -------
    sited
        At most `number` candidates: fewer where more would add nothing.

    References
    ----------
    .. [1] Church, R. and ReVelle, C. (1974). The maximal covering location problem.
       Papers in Regional Science 32(1), 101-118.
    """
    if number < 0:
        raise InputError(say("number of sites is {number}; it must be at least 0.", number=number))
    places, merged = merge_equal_places(reach, weights)
    order, gains = greedy_order(places, merged, number=number)
    greedy = Sited(np.sort(order), float(gains.sum()), float(merged.sum()), "greedy")
    if number == 0 or greedy.objective >= greedy.bound:
        return replace(greedy, bound=greedy.objective, status="optimal")
    if time_limit_s <= 0:
        alone = np.sort(places.T @ merged)[::-1]
        return replace(greedy, bound=min(greedy.bound, float(alone[:number].sum())))
    whole = Problem(places, merged, np.arange(places.shape[1]), number, np.array([], dtype=np.int64), 0.0)
    best, bound = search(whole, Choice(greedy.chosen, greedy.objective), time_limit_s=time_limit_s)
    chosen = _needed(places, np.sort(best.columns))
    return Sited(chosen, best.covered, bound, "optimal" if bound <= best.covered else "time_limit")


def _needed(places: Any, chosen: IntArray) -> IntArray:  # noqa: ANN401 - scipy has no types
    """Return the chosen candidates without those that reach only what others reach."""
    by_candidate = scipy.sparse.csr_array(places.T)[chosen]
    times = by_candidate.sum(axis=0)
    needed = np.ones(len(chosen), dtype=np.bool_)
    for row, (start, end) in enumerate(itertools.pairwise(by_candidate.indptr.tolist())):
        reached = by_candidate.indices[start:end]
        needed[row] = (times[reached] == 1).any()
        times[reached] -= 0 if needed[row] else 1
    return chosen[needed]


def cover_all(reach: Any, *, time_limit_s: float) -> Sited:  # noqa: ANN401 - scipy has no types
    """
    Choose the fewest candidates that together reach every place [1]_.

    Parameters
    ----------
    reach
        Which candidates reach each place, sparse, shape (n_places, n_candidates); no row is empty.
    time_limit_s
        When to stop each independent part; 0 for the greedy choice.

    References
    ----------
    .. [1] Toregas, C., Swain, R., ReVelle, C. and Bergman, L. (1971). The location of emergency service
       facilities. Operations Research 19(6), 1363-1373.
    """
    matrix = scipy.sparse.csr_array(reach)
    reduced = reduce_cover(matrix)
    rest = scipy.sparse.csr_array(matrix[reduced.rows][:, reduced.columns])
    chosen, bound = [reduced.forced], float(len(reduced.forced))
    statuses: set[Status] = set()
    for rows, columns in counted("search", components_of(rest) if len(reduced.rows) else []):
        part = _cover_part(scipy.sparse.csr_array(rest[rows][:, columns]), time_limit_s=time_limit_s)
        chosen.append(reduced.columns[columns[part.chosen]])
        bound += part.bound
        statuses.add(part.status)
    together = np.sort(np.concatenate(chosen)).astype(np.int64)
    worst: Status = "greedy" if "greedy" in statuses else "time_limit" if "time_limit" in statuses else "optimal"
    return Sited(together, float(len(together)), bound, worst)


def _cover_part(matrix: Any, *, time_limit_s: float) -> Sited:  # noqa: ANN401 - scipy has no types
    n_rows, n_columns = matrix.shape
    order, _ = greedy_order(matrix, np.ones(n_rows), number=n_columns)
    least = float(np.ceil(n_rows / max(np.diff(scipy.sparse.csc_array(matrix).indptr).max(), 1)))
    greedy = Sited(np.sort(order), float(len(order)), least, "greedy")
    if time_limit_s <= 0:
        return greedy
    stop = time.monotonic() + time_limit_s
    chosen, bound = smallest_cover(matrix, greedy.chosen, time_limit_s=time_limit_s / 2)
    objective = float(len(chosen))
    if max(bound, least) < objective:
        return _cover_by_model(matrix, Sited(chosen, objective, max(bound, least), "time_limit"), stop=stop)
    return Sited(chosen, objective, objective, "optimal")


def _cover_by_model(matrix: Any, known: Sited, *, stop: float) -> Sited:  # noqa: ANN401 - scipy has no types
    """Better a choice, or its bound, by a whole-number model."""
    n_rows, n_columns = matrix.shape
    model = Model()
    sites = model.variables(np.ones(n_columns), whole=True)
    entries = scipy.sparse.coo_array(matrix)
    model.enter(model.rows(n_rows, lower=1.0, upper=np.inf)[entries.row], sites[entries.col], 1.0)
    solution = model.solve(time_limit_s=max(stop - time.monotonic(), 0.1))
    if solution is None:
        return known
    # the number of sites is whole, so a bound between two numbers is the upper one
    bound = max(known.bound, float(np.ceil(solution.bound - 1e-6)))
    if solution.objective < known.objective:
        chosen = np.flatnonzero(solution.values > 0.5).astype(np.int64)
        known = Sited(chosen, float(len(chosen)), bound, solution.status)
    return replace(known, bound=bound, status="optimal" if bound >= known.objective else "time_limit")


def greedy_order(reach: Any, weights: FloatArray, *, number: int) -> tuple[IntArray, FloatArray]:  # noqa: ANN401
    """
    Choose candidates one by one, each covering the most weight not covered yet; ties go to the lower column.

    Returns
    -------
    order, gains
        Columns in the order chosen, and the weight each adds, shape (n_chosen,); it ends where nothing is added.
    """
    by_place = scipy.sparse.csr_array(reach)
    by_candidate = scipy.sparse.csc_array(reach)
    left = by_place.T @ weights
    open_places = np.ones(by_place.shape[0], dtype=np.bool_)
    order: list[int] = []
    gains: list[float] = []
    while len(order) < min(number, by_place.shape[1]):
        best = int(np.argmax(left))
        members = by_candidate.indices[by_candidate.indptr[best] : by_candidate.indptr[best + 1]]
        members = members[open_places[members]]
        gain = float(weights[members].sum())
        if gain <= 0:
            break
        order.append(best)
        gains.append(gain)
        open_places[members] = False
        left -= by_place[members].T @ weights[members]
        left[best] = -1.0
    return np.array(order, dtype=np.int64), np.array(gains)
