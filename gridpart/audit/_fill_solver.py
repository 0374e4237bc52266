"""Mixed-integer models by blocks, solved by HiGHS with a bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.errors import InfeasibleError, InputError
from gridpart.i18n import messages
from gridpart.steps import figures

say = messages("audit")

Status = Literal["optimal", "within_gap", "time_limit", "greedy"]

EXACT_OPTIONS = 1000
"""Options up to which a plan is proved to the last metre unless told otherwise."""

LARGE_GAP = 0.005
"""Gap at which the search for larger plans stops: assumed, and reported with the plan."""

PROVED = 1e-9
"""Share of the best within which it counts as proved."""


MAX_PLACES = 3000
"""Places above which no model is solved: the greedy choice is given, and called so."""


@dataclass(frozen=True)
class Search:
    """
    When to stop searching.

    Attributes
    ----------
    time_limit_s
        In s; 0 for the greedy choice.
    gap
        Share of the best within which to stop; None for 0 up to `EXACT_OPTIONS` options, else `LARGE_GAP`.
    """

    time_limit_s: float
    gap: float | None

    def __post_init__(self) -> None:
        if not self.time_limit_s >= 0:
            raise InputError(
                say(
                    "time_limit_s is {time_limit_s!r}; it must be at least 0, where 0 asks for the greedy plan.",
                    time_limit_s=self.time_limit_s,
                )
            )
        if self.gap is not None and not 0 <= self.gap < 1:
            raise InputError(say("gap is {gap!r}; it must be at least 0 and below 1, such as 0.005.", gap=self.gap))

    def is_greedy(self, n_places: int) -> bool:
        """Whether so many places are settled without a model."""
        return self.time_limit_s == 0 or not 0 < n_places <= MAX_PLACES

    def gap_for(self, n_options: int) -> float:
        """Return the gap at which to stop."""
        if self.gap is not None:
            return self.gap
        return 0.0 if n_options <= EXACT_OPTIONS else LARGE_GAP


@dataclass(frozen=True, eq=False)
class Solution:
    """
    What a solver found.

    Attributes
    ----------
    values
        Value of each variable, shape (n_variables,).
    objective
        Sum of costs.
    bound
        No solution costs less than this.
    status
        ``optimal`` if proved, ``within_gap`` if proved as far as asked, ``time_limit`` if the search was stopped,
        ``greedy`` if none was made.
    """

    values: FloatArray
    objective: float
    bound: float
    status: Status


class Model:
    """A minimisation model put together from blocks of variables and rows; all variables are at least 0."""

    def __init__(self) -> None:
        self._costs: list[FloatArray] = []
        self._upper: list[FloatArray] = []
        self._whole: list[BoolArray] = []
        self._entries: list[tuple[IntArray, IntArray, FloatArray]] = []
        self._bounds: list[tuple[FloatArray, FloatArray]] = []
        self._n_columns = 0
        self._n_rows = 0

    def variables(self, costs: FloatArray, *, whole: bool, upper: float = 1.0) -> IntArray:
        """Add variables with these costs and return their columns."""
        number = len(costs)
        self._costs.append(np.asarray(costs, dtype=np.float64))
        self._upper.append(np.full(number, upper))
        self._whole.append(np.full(number, whole))
        columns = np.arange(self._n_columns, self._n_columns + number, dtype=np.int64)
        self._n_columns += number
        return columns

    def rows(self, number: int, *, lower: float | FloatArray, upper: float | FloatArray) -> IntArray:
        """Add empty rows between bounds and return their numbers."""
        self._bounds.append((np.broadcast_to(lower, number), np.broadcast_to(upper, number)))
        rows = np.arange(self._n_rows, self._n_rows + number, dtype=np.int64)
        self._n_rows += number
        return rows

    def enter(self, rows: IntArray, columns: IntArray, values: FloatArray | float) -> None:
        """Enter coefficients; those at the same place add up."""
        self._entries.append((rows, columns, np.broadcast_to(np.asarray(values, dtype=np.float64), len(rows))))

    def solve(self, *, time_limit_s: float, gap: float = 0.0) -> Solution | None:
        """
        Minimise the costs.

        Parameters
        ----------
        time_limit_s
            When to stop, in s.
        gap
            Stop once proved within this share of the best.

        Returns
        -------
        solution
            None if time ran out before any solution was found.

        Raises
        ------
        InfeasibleError
            If the rows contradict each other.
        """
        figures("limit", seconds=time_limit_s)
        costs = np.concatenate(self._costs)
        low, high = (np.concatenate(side) for side in zip(*self._bounds, strict=True))
        row, column, value = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        matrix = scipy.sparse.csr_array((value, (row, column)), shape=(self._n_rows, self._n_columns))
        result = scipy.optimize.milp(
            costs,
            integrality=np.concatenate(self._whole).astype(np.int64),
            bounds=scipy.optimize.Bounds(0.0, np.concatenate(self._upper)),
            constraints=scipy.optimize.LinearConstraint(matrix, low, high),
            # HiGHS' own default stops within 1e-4 of the optimum and still calls it optimal
            options={"time_limit": time_limit_s, "mip_rel_gap": gap},
        )
        if result.status == 2:
            raise InfeasibleError(say("The model contradicts itself: {why} Nothing was changed.", why=result.message))
        if result.x is None:
            return None
        bound = result.mip_dual_bound if result.mip_dual_bound is not None else result.fun
        proved = result.fun - bound <= max(PROVED * abs(result.fun), 1e-6)
        done: Status = "optimal" if gap == 0 or proved else "within_gap"
        status: Status = done if result.status == 0 else "time_limit"
        return Solution(result.x, float(result.fun), float(bound), status)
