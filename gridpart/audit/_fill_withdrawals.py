"""Which banks leave places where more of them cross than the rules allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.audit._fill_items import Item, Sites, weights_of
from gridpart.audit._fill_solver import Model, Search, Status
from gridpart.audit._fill_takes import Choice
from gridpart.audit._fill_weights import FillWeights, Terms
from gridpart.steps import counted


@dataclass(frozen=True, eq=False)
class Presence:
    """
    Each bank at each place where too many cross, sorted by place.

    Attributes
    ----------
    item, bank
        Place and bank, shape (n_presences,).
    distance_m
        From the place to the bank's nearest outlet, shape (n_presences,).
    pair
        Number of the unit and bank, shape (n_presences,): leaving two parts of a unit is one change.
    """

    item: IntArray
    bank: IntArray
    distance_m: FloatArray
    pair: IntArray


def presences_of(items: Sequence[Item], sites: Sites) -> Presence:
    """List the banks at each place."""
    item = np.repeat(np.arange(len(items)), [len(entry.banks) for entry in items]).astype(np.int64)
    bank = np.concatenate([entry.banks for entry in items]) if items else np.zeros(0, dtype=np.int64)
    place = [entry.unit_id if entry.unit_id is not None else f"\0{row}" for row, entry in enumerate(items)]
    names = sorted(set(place))
    number = {name: row for row, name in enumerate(names)}
    unit = np.array([number[name] for name in place], dtype=np.int64)
    _, pair = np.unique(np.column_stack([unit[item], bank]), axis=0, return_inverse=True)
    return Presence(item, bank, sites.distance_m[item, bank], pair.ravel().astype(np.int64))


@dataclass(frozen=True, eq=False)
class _Costs:
    """Person-km of staying, people and number that leaves by place, fair people of each bank, and the weights."""

    person_km: FloatArray
    people: FloatArray
    n_leave: IntArray
    fair_people: FloatArray
    weights: FillWeights

    @property
    def stay(self) -> FloatArray:
        """Cost of each bank staying, in person-km."""
        return self.weights.travel * self.person_km

    def choice(self, presence: Presence, leaves: BoolArray, *, bound: float, status: Status) -> Choice:
        """Return who leaves, shape (n_presences,), with what it costs."""
        lost = np.bincount(
            presence.bank[leaves], weights=self.people[presence.item[leaves]], minlength=len(self.fair_people)
        )
        terms = Terms(
            person_km=float(self.person_km[~leaves].sum()),
            unbalanced=float(np.maximum(lost - self.fair_people, 0).sum()),
            changes=len(np.unique(presence.pair[leaves])),
            openings=0,
        )
        return Choice(np.flatnonzero(leaves).astype(np.int64), terms, terms.cost(self.weights), bound, status)


def choose_withdrawals(
    items: Sequence[Item], presence: Presence, *, n_banks: int, weights: FillWeights, search: Search
) -> Choice:
    """
    Choose who leaves each place, so that exactly as many stay as the rules allow, at the least cost.

    People are taken to spread evenly over the banks that stay; a bank's fair share of the loss is that of drawing
    lots among the banks at each place.

    Parameters
    ----------
    items, presence
        Places where too many banks cross, and the banks there.
    n_banks
        Number of banks in the audit.
    weights
        What a person-km, an unbalanced person and a change cost.
    search
        When to stop searching.

    Returns
    -------
    choice
        Rows of `presence` that leave.
    """
    people = weights_of(items)
    n_stay = np.array([item.n_stay for item in items], dtype=np.int64)
    n_here = np.array([len(item.banks) for item in items], dtype=np.int64)
    lots = (people * (n_here - n_stay) / np.maximum(n_here, 1))[presence.item]
    each = (people / np.maximum(n_stay, 1))[presence.item]
    costs = _Costs(
        person_km=each * _finite(presence.distance_m) / 1000,
        people=people,
        n_leave=n_here - n_stay,
        fair_people=np.bincount(presence.bank, weights=lots, minlength=n_banks).astype(np.float64),
        weights=weights,
    )
    greedy = _greedy(presence, costs)
    if search.is_greedy(len(items)):
        return greedy
    found = _solve(presence, costs, search)
    return greedy if found is None else found.or_better(greedy)


def _finite(distance_m: FloatArray) -> FloatArray:
    """Put banks whose place is unknown farther away than all others."""
    known = np.isfinite(distance_m)
    return np.where(known, distance_m, 2 * distance_m[known].max() if known.any() else 0.0)


def _greedy(presence: Presence, costs: _Costs) -> Choice:
    """Settle the most populous places first; the banks leave whose staying costs most."""
    first = np.searchsorted(presence.item, np.arange(len(costs.people) + 1))
    lost = np.zeros(len(costs.fair_people))
    leaves = np.zeros(len(presence.item), dtype=np.bool_)
    left = np.zeros(int(presence.pair.max()) + 1 if len(presence.pair) else 0, dtype=np.bool_)
    bound = 0.0
    for item in counted("places", np.argsort(-costs.people, kind="stable").tolist()):
        rows = np.arange(first[item], first[item + 1])
        bank = presence.bank[rows]
        fair = costs.fair_people[bank]
        above = np.maximum(lost[bank] + costs.people[item] - fair, 0) - np.maximum(lost[bank] - fair, 0)
        added = costs.weights.balance * above + costs.weights.change * ~left[presence.pair[rows]] - costs.stay[rows]
        leaving = rows[np.argsort(added, kind="stable")[: costs.n_leave[item]]]
        leaves[leaving] = True
        lost[presence.bank[leaving]] += costs.people[item]
        left[presence.pair[leaving]] = True
        bound += float(np.sort(costs.stay[rows])[: len(rows) - costs.n_leave[item]].sum())
    return costs.choice(presence, leaves, bound=bound, status="greedy")


def _solve(presence: Presence, costs: _Costs, search: Search) -> Choice | None:
    model = Model()
    n_banks = len(costs.fair_people)
    # the model counts what leaving saves; the cost of all staying is added back below
    leave = model.variables(-costs.stay, whole=True)
    who = model.rows(len(costs.people), lower=costs.n_leave.astype(np.float64), upper=costs.n_leave.astype(np.float64))
    model.enter(who[presence.item], leave, 1.0)
    change = model.variables(np.full(int(presence.pair.max()) + 1, costs.weights.change), whole=False)
    counted = model.rows(len(leave), lower=-np.inf, upper=0.0)
    model.enter(counted, leave, 1.0)
    model.enter(counted, change[presence.pair], -1.0)
    above = model.variables(np.full(n_banks, costs.weights.balance), whole=False, upper=np.inf)
    shares = model.rows(n_banks, lower=-np.inf, upper=costs.fair_people)
    model.enter(shares[presence.bank], leave, costs.people[presence.item])
    model.enter(shares, above, -1.0)
    solution = model.solve(time_limit_s=search.time_limit_s, gap=search.gap_for(len(leave)))
    if solution is None:
        return None
    leaves: BoolArray = solution.values[leave] > 0.5
    bound = solution.bound + float(costs.stay.sum())
    return costs.choice(presence, leaves, bound=bound, status=solution.status)
