"""One cell per officer: an outlet's land is solved as one and then divided among its officers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gridpart.errors import InfeasibleError, InputError
from gridpart.i18n import Joined, messages

from .balance import Balancer
from .cells import Cells
from .problem import Problem
from .proof import bottleneck
from .solve import Solution, along_units, solve, travel_of
from .start import grown

if TYPE_CHECKING:
    import pandas as pd

    from gridpart._typing import FloatArray, IntArray

say = messages("partition")

ROUNDS_OF_CENTRES = 6
MAX_ROUNDS = 80
INNER_TOLERANCE = 0.5
"""Land of an outlet is kept within this share of the tolerance, to leave room for its division."""


@dataclass(frozen=True, eq=False)
class Staffed:
    """
    A solution and the owner of each of its cells.

    Attributes
    ----------
    solution
        One label per unit, cells in the order of `owner`.
    owner
        Row of the outlet that owns each cell, sorted, shape (n_cells,).
    """

    solution: Solution
    owner: IntArray

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return len(self.owner)


def officer_counts(
    officers: Mapping[str, int] | pd.Series[int] | int | None, outlet_ids: Sequence[str]
) -> IntArray | None:
    """
    Return the number of officers of each outlet, shape (n_outlets,); None if none were given.

    Raises
    ------
    InputError
        If an outlet is unknown, or a number is not whole and at least 1.
    """
    if officers is None:
        return None
    if hasattr(officers, "items"):  # a mapping, or a column with ids for an index
        given = {str(outlet): count for outlet, count in officers.items()}
    else:
        given = dict.fromkeys(outlet_ids, officers)
    unknown = sorted(set(given) - set(outlet_ids))
    if unknown:
        raise InputError(
            say(
                "officers names {n} outlets that do not anchor a cell: {unknown}.",
                n=len(unknown),
                unknown=Joined(unknown[:8]),
            )
        )
    wrong = {outlet: count for outlet, count in given.items() if count != int(count) or count < 1}
    if wrong:
        told = Joined(say("{id}: {value}", id=outlet, value=count) for outlet, count in sorted(wrong.items())[:8])
        raise InputError(say("officers must be whole numbers of at least 1; {told} was given.", told=told))
    return np.array([int(given.get(outlet, 1)) for outlet in outlet_ids], dtype=np.int64)


def solve_staffed(problem: Problem, counts: IntArray) -> Staffed:
    """
    Solve with one cell per officer.

    Parameters
    ----------
    problem
        With shares in proportion to `counts`.
    counts
        Officers of each outlet, shape (n_outlets,).
    """
    owner = np.repeat(np.arange(problem.n_outlets), counts)
    if (counts == 1).all():
        return Staffed(solve(problem), owner)
    land = solve(replace(problem, tolerance=problem.tolerance * INNER_TOLERANCE))
    labels, seeds = _divided(problem, land.labels, counts)
    fine = Problem(
        points=problem.points,
        demand=problem.demand,
        edges=problem.edges,
        outlets=problem.outlets[owner],
        homes=seeds,
        tolerance=problem.tolerance,
    )
    cells = Cells(fine, labels)
    cells.protect(problem.homes)
    travel = along_units(problem)[owner]
    rounds = Balancer(cells, travel, fine.targets).run(problem.tolerance, MAX_ROUNDS)
    labels, deviation = cells.labels(), cells.worst()
    obstacle = None if deviation <= problem.tolerance else bottleneck(problem)
    solution = replace(
        land,
        labels=labels,
        reached=deviation <= problem.tolerance,
        deviation=deviation,
        travel=travel_of(fine, fine.straight_m, labels),
        travel_by_units=travel_of(fine, travel, labels),
        rounds=land.rounds + rounds,
        obstacle=obstacle,
    )
    return Staffed(solution, owner)


def _divided(problem: Problem, land: IntArray, counts: IntArray) -> tuple[IntArray, IntArray]:
    """Divide the land of every outlet, and return the cell of each unit and one unit of each cell to hold fast."""
    labels = np.empty(problem.n_units, dtype=np.int64)
    seeds: list[int] = []
    for outlet, count in enumerate(counts.tolist()):
        members = np.flatnonzero(land == outlet)
        if count > len(members):
            raise InfeasibleError(
                say(
                    "The land around the outlet at ({x:.1f}, {y:.1f}) holds {n} units, but the outlet there has "
                    "{count} officers, who need one each.",
                    x=problem.outlets[outlet][0],
                    y=problem.outlets[outlet][1],
                    n=len(members),
                    count=count,
                )
            )
        home = int(np.searchsorted(members, problem.homes[outlet]))
        inner, centres = _parts(problem, members, home, count)
        labels[members] = inner + len(seeds)
        seeds += members[centres].tolist()
    return labels, np.array(seeds, dtype=np.int64)


def _parts(problem: Problem, members: IntArray, home: int, count: int) -> tuple[IntArray, IntArray]:
    """Divide some units into connected parts of equal demand by moving centres, starting apart from each other."""
    if count == 1:
        return np.zeros(len(members), dtype=np.int64), np.array([home])
    row = np.full(problem.n_units, -1, dtype=np.int64)
    row[members] = np.arange(len(members))
    edges = row[problem.edges]
    edges = edges[(edges >= 0).all(axis=1)]
    points, demand = problem.points[members], problem.demand[members]
    centres = _far_apart(points, home, count)
    best, parts, held = np.inf, np.zeros(len(members), dtype=np.int64), centres
    for _ in range(ROUNDS_OF_CENTRES):
        inner = Problem(
            points=points, demand=demand, edges=edges, outlets=points[centres], homes=centres,
            tolerance=problem.tolerance * INNER_TOLERANCE,
        )  # fmt: skip
        cells = Cells(inner, grown(inner, np.zeros(count)))
        Balancer(cells, inner.straight_m, inner.targets).run(inner.tolerance, MAX_ROUNDS)
        if cells.worst() < best:
            best, parts, held = cells.worst(), cells.labels(), centres
        moved = _central(points, demand, cells.labels(), count)
        if (moved == centres).all() or best <= inner.tolerance:
            break
        centres = moved
    return parts, held


def _far_apart(points: FloatArray, first: int, count: int) -> IntArray:
    """Return units of which each is the farthest from all before, shape (count,)."""
    chosen = [first]
    gap = np.full(len(points), np.inf)
    while len(chosen) < count:
        gap = np.minimum(gap, np.hypot(*(points - points[chosen[-1]]).T))
        chosen.append(int(np.argmax(gap)))
    return np.array(chosen, dtype=np.int64)


def _central(points: FloatArray, demand: FloatArray, labels: IntArray, count: int) -> IntArray:
    """Return the unit nearest to the middle of each part, shape (count,)."""
    found = []
    for part in range(count):
        members = np.flatnonzero(labels == part)
        middle = np.average(points[members], axis=0, weights=demand[members] + 1e-9)
        found.append(int(members[np.argmin(np.hypot(*(points[members] - middle).T))]))
    return np.array(found, dtype=np.int64)
