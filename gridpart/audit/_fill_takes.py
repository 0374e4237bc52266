"""Which bank takes each blank place: from an outlet it has, or from a service point it opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.audit._fill_items import Item, Sites, scipy_tree, weights_of
from gridpart.audit._fill_prune import worth_weighing
from gridpart.audit._fill_solver import Model, Search, Status
from gridpart.audit._fill_weights import FillWeights, Terms
from gridpart.errors import InfeasibleError
from gridpart.i18n import Joined, messages
from gridpart.steps import counted

say = messages("audit")

NEAREST_CANDIDATES = 6
"""Candidates weighed for each place: farther ones serve nearer places."""

MAX_PASSES = 5
"""Times the greedy choice goes over all places again."""

_TINY = 1e-9
"""Gain in person-km below which nobody changes: rounding must not make a choice run in circles."""


@dataclass(frozen=True, eq=False)
class Options:
    """
    Every way to serve the blank places, sorted by place.

    Attributes
    ----------
    item, bank
        Place and bank, shape (n_options,).
    candidate
        Row of the service point that would be opened, -1 for an outlet that exists, shape (n_options,).
    distance_m
        Straight distance from the place, shape (n_options,).
    """

    item: IntArray
    bank: IntArray
    candidate: IntArray
    distance_m: FloatArray


@dataclass(frozen=True, eq=False)
class Choice:
    """
    Chosen options.

    Attributes
    ----------
    options
        Their rows.
    terms
        What they cost.
    objective, bound
        Weighted cost, and what no choice can cost less than, in person-km.
    status
        Whether the choice is proved.
    """

    options: IntArray
    terms: Terms
    objective: float
    bound: float
    status: Status

    def or_better(self, other: Choice) -> Choice:
        """Return this choice, or the other if it costs less, with the better bound."""
        best = other if other.objective < self.objective else self
        return replace(best, bound=max(self.bound, other.bound), status=self.status)


def take_options(
    items: Sequence[Item],
    sites: Sites,
    *,
    candidates: FloatArray,
    banks_of_candidate: IntArray,
    max_distance_m: float | None,
    weights: FillWeights,
) -> Options:
    """
    List the ways to serve each blank place.

    Parameters
    ----------
    items
        Blank places.
    sites
        Nearest outlet of each bank.
    candidates
        Where a service point could be opened, in m, shape (n_candidates, 2).
    banks_of_candidate
        The bank that could open it, -1 for any, shape (n_candidates,).
    max_distance_m
        No bank serves a place from farther away, None for no limit.
    weights
        Tell which options no best plan needs; they are left out.

    Raises
    ------
    InfeasibleError
        If a place has no option at all; all such places are named.
    """
    n_items, n_banks = sites.distance_m.shape
    item, bank = (part.ravel() for part in np.indices((n_items, n_banks)))
    lists = [(item, bank, np.full(item.size, -1), sites.distance_m.ravel())]
    if len(candidates) and n_items:
        lists.append(_candidate_options(items, sites, candidates, banks_of_candidate))
    columns = [np.concatenate(parts) for parts in zip(*lists, strict=True)]
    limit = np.inf if max_distance_m is None else max_distance_m
    kept = np.isfinite(columns[3]) & (columns[3] <= limit)
    item, bank, candidate, distance_m = (column[kept] for column in columns)
    useful = worth_weighing(item, candidate, distance_m, people=weights_of(items), weights=weights)
    item, bank, candidate, distance_m = (column[useful] for column in (item, bank, candidate, distance_m))
    order = np.lexsort((candidate, bank, item))
    options = Options(item[order], bank[order], candidate[order], distance_m[order])
    _require_options(items, options, max_distance_m)
    return options


def _candidate_options(
    items: Sequence[Item], sites: Sites, candidates: FloatArray, banks_of_candidate: IntArray
) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Return the candidates near each place by bank, where they are nearer than the bank's own outlet."""
    n_near = min(NEAREST_CANDIDATES, len(candidates))
    places = np.array([item.place for item in items])
    distance, near = scipy_tree(candidates).query(places, k=np.arange(1, n_near + 1))
    n_banks = sites.distance_m.shape[1]
    item, rank, bank = (part.ravel() for part in np.indices((len(items), n_near, n_banks)))
    candidate, away = near[item, rank], distance[item, rank]
    allowed = (banks_of_candidate[candidate] == -1) | (banks_of_candidate[candidate] == bank)
    kept = allowed & (away < sites.distance_m[item, bank])
    return item[kept], bank[kept], candidate[kept], away[kept]


def _require_options(items: Sequence[Item], options: Options, max_distance_m: float | None) -> None:
    lacking = np.setdiff1d(np.arange(len(items)), options.item)
    if len(lacking):
        named = Joined(items[row].finding_id for row in lacking[:8])
        within = "" if max_distance_m is None else say(" within {distance_m:,.0f} m", distance_m=max_distance_m)
        raise InfeasibleError(
            say(
                "{n} blank places have no bank and no candidate{within}: {named}. No plan was made. Raise "
                "max_distance_m, or give candidates near them.",
                n=len(lacking),
                within=within,
                named=named,
            )
        )


def choose_takes(
    items: Sequence[Item], options: Options, *, fair: FloatArray, weights: FillWeights, search: Search
) -> Choice:
    """
    Choose one option for each blank place at the least cost.

    Parameters
    ----------
    items, options
        Blank places, and the ways to serve them.
    fair
        Share of the people that each bank would take in a balanced plan, sums to 1, shape (n_banks,).
    weights
        What a person-km, an unbalanced person, a change and an opening cost.
    search
        When to stop searching.
    """
    people = weights_of(items)
    travel = weights.travel * people[options.item] * options.distance_m / 1000
    costs = Costs(travel + weights.change, people, fair * people.sum(), weights)
    greedy = _greedy(options, costs)
    if search.is_greedy(len(items)):
        return greedy
    found = _solve(options, costs, search)
    return greedy if found is None else found.or_better(greedy)


@dataclass(frozen=True, eq=False)
class Costs:
    """Cost of each option alone, people of each place, fair people of each bank, and the weights."""

    alone: FloatArray
    people: FloatArray
    fair_people: FloatArray
    weights: FillWeights

    def choice(self, options: Options, chosen: IntArray, *, bound: float, status: Status) -> Choice:
        """Return a choice of one option per place with what it costs."""
        load = np.bincount(
            options.bank[chosen], weights=self.people[options.item[chosen]], minlength=len(self.fair_people)
        )
        candidate = options.candidate[chosen]
        terms = Terms(
            person_km=float((self.people[options.item[chosen]] * options.distance_m[chosen]).sum() / 1000),
            unbalanced=float(np.maximum(load - self.fair_people, 0).sum()),
            changes=len(chosen),
            openings=len(np.unique(candidate[candidate >= 0])),
        )
        return Choice(chosen, terms, terms.cost(self.weights), bound, status)


def _greedy(options: Options, costs: Costs) -> Choice:
    """
    Serve the most populous places first, each in the way that adds least; then let each change its mind.

    A change is made only where it lowers the cost, so the passes end; they stop early at `MAX_PASSES`.
    """
    first = np.searchsorted(options.item, np.arange(len(costs.people) + 1))
    state = _State(options, costs)
    chosen = np.full(len(costs.people), -1, dtype=np.int64)
    order = np.argsort(-costs.people, kind="stable").tolist()
    for _ in range(1 + MAX_PASSES):
        before = chosen.copy()
        for item in counted("places", order):
            if chosen[item] >= 0:
                state.change(int(chosen[item]), by=-1)
            chosen[item] = state.best(first[item], first[item + 1], now=int(chosen[item]))
            state.change(int(chosen[item]), by=1)
        if (before == chosen).all():
            break
    return costs.choice(options, chosen, bound=_least(options, costs, first), status="greedy")


class _State:
    """People that each bank has taken so far, and who uses each new point."""

    def __init__(self, options: Options, costs: Costs) -> None:
        self._options, self._costs = options, costs
        self._load = np.zeros(len(costs.fair_people))
        # one entry more, at -1, stands for outlets: it is open from the start and belongs to nobody
        self._users = np.zeros(int(options.candidate.max(initial=-1)) + 2, dtype=np.int64)
        self._owner = np.full(len(self._users), -1, dtype=np.int64)

    def change(self, option: int, *, by: int) -> None:
        """Take an option (1) or give it up (-1)."""
        bank, candidate = int(self._options.bank[option]), int(self._options.candidate[option])
        self._load[bank] += by * self._costs.people[self._options.item[option]]
        if candidate >= 0:
            self._users[candidate] += by
            self._owner[candidate] = bank if self._users[candidate] else -1

    def best(self, start: int, stop: int, *, now: int) -> int:
        """Return the option of one place that adds least; the present one if no other is better."""
        bank, candidate = self._options.bank[start:stop], self._options.candidate[start:stop]
        load, fair = self._load[bank], self._costs.fair_people[bank]
        people = self._costs.people[self._options.item[start]]
        above = np.maximum(load + people - fair, 0) - np.maximum(load - fair, 0)
        added = self._costs.alone[start:stop] + self._costs.weights.balance * above
        owner = self._owner[candidate]
        new = candidate >= 0
        added[new & (owner == -1)] += self._costs.weights.opening
        added[new & (owner != -1) & (owner != bank)] = np.inf
        best = start + int(np.argmin(added))
        stays = now >= 0 and added[now - start] <= added[best - start] + _TINY
        return now if stays else best


def _least(options: Options, costs: Costs, first: IntArray) -> float:
    """
    Return what no choice can cost less than: each place in the way that is cheapest for it.

    A new point costs a place at least its opening shared by all places that could use it.
    """
    if len(costs.people) == 0:
        return 0.0
    new = options.candidate >= 0
    pairs = np.unique(np.column_stack([options.candidate[new], options.item[new]]), axis=0)
    users = np.bincount(pairs[:, 0], minlength=1)
    alone = costs.alone.copy()
    alone[new] += costs.weights.opening / users[options.candidate[new]]
    return float(np.minimum.reduceat(alone, first[:-1]).sum())


def _solve(options: Options, costs: Costs, search: Search) -> Choice | None:
    """Choose by a mixed-integer model: one option per place, one bank per opened point, people above fair shares."""
    model = Model()
    n_items, n_banks = len(costs.people), len(costs.fair_people)
    serve = model.variables(costs.alone, whole=True)
    model.enter(model.rows(n_items, lower=1.0, upper=1.0)[options.item], serve, 1.0)
    above = model.variables(np.full(n_banks, costs.weights.balance), whole=False, upper=np.inf)
    shares = model.rows(n_banks, lower=-np.inf, upper=costs.fair_people)
    model.enter(shares[options.bank], serve, costs.people[options.item])
    model.enter(shares, above, -1.0)
    new = np.flatnonzero(options.candidate >= 0)
    if len(new):
        _enter_openings(model, options, new, serve=serve, cost=costs.weights.opening)
    solution = model.solve(time_limit_s=search.time_limit_s, gap=search.gap_for(len(options.item)))
    if solution is None:
        return None
    picked: BoolArray = solution.values[serve] > 0.5
    chosen = np.flatnonzero(picked).astype(np.int64)
    return costs.choice(options, chosen, bound=solution.bound, status=solution.status)


def _enter_openings(model: Model, options: Options, new: IntArray, *, serve: IntArray, cost: float) -> None:
    pairs, pair = np.unique(np.column_stack([options.candidate[new], options.bank[new]]), axis=0, return_inverse=True)
    opened = model.variables(np.full(len(pairs), cost), whole=True)
    needs = model.rows(len(new), lower=-np.inf, upper=0.0)
    model.enter(needs, serve[new], 1.0)
    model.enter(needs, opened[pair.ravel()], -1.0)
    _, candidate = np.unique(pairs[:, 0], return_inverse=True)
    once = model.rows(int(candidate.max()) + 1, lower=-np.inf, upper=1.0)
    model.enter(once[candidate.ravel()], opened, 1.0)
