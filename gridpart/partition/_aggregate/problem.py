"""What the aggregate rule is asked to do, as plain arrays, and what follows from them at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import scipy

from gridpart.errors import InfeasibleError, InputError
from gridpart.i18n import Joined, messages

if TYPE_CHECKING:
    from gridpart._typing import FloatArray, IntArray

say = messages("partition")

DEFAULT_TOLERANCE = 0.10


@dataclass(frozen=True, eq=False)
class Problem:
    """
    Units to hand out whole, outlets to hand them to, and how even the cells must be.

    Parameters
    ----------
    points
        Unit points, shape (n_units, 2), m.
    demand
        Demand per unit, not negative, shape (n_units,).
    edges
        Pairs of neighbouring units, each pair once, shape (n_edges, 2). A border that may not be
        crossed (a river, a ridge) is simply not in the list.
    outlets
        Outlet points, shape (n_outlets, 2), m.
    homes
        The unit each outlet stands in, shape (n_outlets,), all different.
    tolerance
        Largest allowed deviation of a cell's demand, relative to its share.
    shares
        Relative size of the cells, shape (n_outlets,); equal by default.
    """

    points: FloatArray
    demand: FloatArray
    edges: IntArray
    outlets: FloatArray
    homes: IntArray
    tolerance: float = DEFAULT_TOLERANCE
    shares: FloatArray | None = None

    def __post_init__(self) -> None:
        """Refuse what no method could answer, naming the units and outlets at fault."""
        _check_shapes(self)
        _check_values(self)
        _check_homes(self)

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.points)

    @property
    def n_outlets(self) -> int:
        """Number of outlets, which is the number of cells."""
        return len(self.outlets)

    @cached_property
    def targets(self) -> FloatArray:
        """Demand each cell should hold, shape (n_outlets,)."""
        shares = np.ones(self.n_outlets) if self.shares is None else self.shares
        return np.asarray(self.demand.sum() * shares / shares.sum())

    @cached_property
    def low(self) -> FloatArray:
        """Least demand allowed in each cell, shape (n_outlets,)."""
        return self.targets * (1.0 - self.tolerance)

    @cached_property
    def high(self) -> FloatArray:
        """Most demand allowed in each cell, shape (n_outlets,)."""
        return self.targets * (1.0 + self.tolerance)

    @cached_property
    def straight_m(self) -> FloatArray:
        """Straight distance from every outlet to every unit, shape (n_outlets, n_units), m."""
        dx = self.outlets[:, :1] - self.points[:, 0]
        dy = self.outlets[:, 1:] - self.points[:, 1]
        return np.hypot(dx, dy)

    @cached_property
    def edge_m(self) -> FloatArray:
        """Distance between the points of neighbouring units, shape (n_edges,), m."""
        step = self.points[self.edges[:, 0]] - self.points[self.edges[:, 1]]
        return np.hypot(step[:, 0], step[:, 1])

    @cached_property
    def graph(self) -> scipy.sparse.csr_array:
        """The unit graph, both directions, weighted by distance in m."""
        length = np.maximum(self.edge_m, 1e-3)  # a stored zero would read as "no edge"
        i, j = self.edges[:, 0], self.edges[:, 1]
        both = (np.r_[i, j], np.r_[j, i])
        return scipy.sparse.csr_array(
            scipy.sparse.coo_array((np.r_[length, length], both), shape=(self.n_units, self.n_units))
        )

    @cached_property
    def parts(self) -> IntArray:
        """Connected part of the unit graph each unit lies in, shape (n_units,)."""
        return np.asarray(scipy.sparse.csgraph.connected_components(self.graph, directed=False)[1], dtype=np.int64)


def _check_shapes(problem: Problem) -> None:
    n_units, n_outlets = len(problem.points), len(problem.outlets)
    expected = {
        "points": (n_units, 2),
        "demand": (n_units,),
        "edges": (len(problem.edges), 2),
        "outlets": (n_outlets, 2),
        "homes": (n_outlets,),
    }
    for name, shape in expected.items():
        given = np.shape(getattr(problem, name))
        if given != shape:
            raise InputError(
                say("'{name}' must have shape {shape}; {given} was given.", name=name, shape=shape, given=given)
            )
    if not n_outlets:
        raise InputError(say("There is no outlet to hand the units to; at least one is needed."))
    if problem.shares is not None and problem.shares.shape != (n_outlets,):
        raise InputError(
            say(
                "'shares' must have shape {expected}; {given} was given.",
                expected=(n_outlets,),
                given=problem.shares.shape,
            )
        )


def _check_values(problem: Problem) -> None:
    demand = problem.demand
    wrong = np.flatnonzero(~np.isfinite(demand) | (demand < 0))
    if len(wrong):
        unit = int(wrong[0])
        raise InputError(
            say(
                "Demand must be finite and not negative; unit {unit} has {value} ({n} such units).",
                unit=unit,
                value=demand[unit],
                n=len(wrong),
            )
        )
    if demand.sum() <= 0:
        raise InputError(
            say(
                "The demand of all {n} units together must be positive; it is {total}.",
                n=len(demand),
                total=demand.sum(),
            )
        )
    if not problem.tolerance >= 0:
        raise InputError(say("The tolerance must not be negative; {tolerance} was given.", tolerance=problem.tolerance))
    if problem.shares is not None and not (np.isfinite(problem.shares) & (problem.shares > 0)).all():
        raise InputError(say("All 'shares' must be finite and positive."))
    for name in ("edges", "homes"):
        ids = getattr(problem, name)
        if ids.size and (ids.min() < 0 or ids.max() >= len(demand)):
            raise InputError(
                say(
                    "'{name}' must hold unit numbers from 0 to {last}; {least} to {most} was given.",
                    name=name,
                    last=len(demand) - 1,
                    least=ids.min(),
                    most=ids.max(),
                )
            )


def _check_homes(problem: Problem) -> None:
    homes, count = np.unique(problem.homes, return_counts=True)
    if (count > 1).any():
        unit = int(homes[count > 1][0])
        both = Joined(str(j) for j in np.flatnonzero(problem.homes == unit))
        raise InfeasibleError(
            say(
                "Outlets {both} all stand in unit {unit}; a unit is never cut, so only one of them can have it. {n} "
                "units hold more than one outlet. Merge these outlets or move them.",
                both=both,
                unit=unit,
                n=int((count > 1).sum()),
            )
        )
