"""Suggestions: which units to move so that a cell comes back to tolerance, or the grid serves better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.arguments import checked
from gridpart.errors import EditRefused, InputError
from gridpart.i18n import Joined, messages
from gridpart.steps import task
from gridpart.studio import _labels
from gridpart.studio._balancing import Gain, evenness, field_of, improved, nearer, reached, within
from gridpart.studio._editing import Editing
from gridpart.studio._state import State
from gridpart.studio.delta import Delta
from gridpart.studio.refusals import Refusal, named

say = messages("studio")

Metric = Literal["load", "risk", "coverage"]

_MOST_MOVES = 100
"""Units that one suggestion moves at most: more is no edit but a new grid."""


@dataclass(frozen=True)
class Move:
    """
    Units that change cells.

    Attributes
    ----------
    unit_ids
        The units; none in a grid without units.
    faces
        Their faces.
    from_cell, to_cell
        Where they are and where they go.
    """

    unit_ids: tuple[str, ...]
    faces: tuple[int, ...]
    from_cell: str
    to_cell: str


@dataclass(frozen=True)
class Suggestion:
    """
    An edit that improves a figure.

    Attributes
    ----------
    metric
        ``load`` or ``risk``: how far the cell is from the mean, relative to the mean; lower is better. ``coverage``:
        share of the demand of the grid within the service radius of its cell's outlets; higher is better.
    cell_id
        Cell that it is made for.
    moves
        What moves, applied together.
    before, after
        The figure before and after.
    """

    metric: Metric
    cell_id: str
    moves: tuple[Move, ...]
    before: float
    after: float

    @property
    def n_units(self) -> int:
        """Units, or faces where there are none, that move."""
        return sum(len(move.unit_ids or move.faces) for move in self.moves)

    def to_message(self) -> dict[str, Any]:
        """Return the suggestion as JSON values: ``metric, cell_id, before, after, moves`` with unit ids and faces."""
        moves = [
            {
                "unit_ids": list(move.unit_ids),
                "faces": list(move.faces),
                "from_cell": move.from_cell,
                "to_cell": move.to_cell,
            }
            for move in self.moves
        ]
        figures = {"before": self.before, "after": self.after}
        return {"metric": self.metric, "cell_id": self.cell_id, **figures, "moves": moves}

    @staticmethod
    @checked
    def from_message(message: Mapping[str, Any]) -> Suggestion:
        """Return the suggestion that `to_message` told."""
        moves = tuple(
            Move(
                tuple(str(unit) for unit in move["unit_ids"]),
                tuple(int(face) for face in move["faces"]),
                str(move["from_cell"]),
                str(move["to_cell"]),
            )
            for move in message["moves"]
        )
        figures = float(message["before"]), float(message["after"])
        return Suggestion(message["metric"], str(message["cell_id"]), moves, *figures)


class Suggesting(Editing):
    """Suggestions, and the commands that take them; `Session` adds the rest."""

    @checked
    @task("suggest")
    def suggest(self, cell_id: str | None = None, *, limit: int = 5) -> list[Suggestion]:
        """
        Say which neighbouring units to move to bring a cell back to tolerance.

        Parameters
        ----------
        cell_id
            The cell; None takes the one farthest from the mean.
        limit
            Suggestions at most.

        Returns
        -------
        suggestions
            With each neighbour alone and with all together, the best first; none if the cell is within the tolerance,
            locked, or nothing helps.

        Raises
        ------
        EditRefused
            If the cell is unknown.
        """
        state = self._state
        weights = state.weights
        chosen = _farthest(state, weights) if cell_id is None else cell_id
        _labels.require_cells(state, [chosen], unlocked=False)
        return _evened(state, weights, chosen, metric="load", tolerance=self.tolerance)[:limit]

    @checked
    def accept(self, suggestion: Suggestion, *, why: str = "") -> Delta:
        """
        Apply a suggestion as one command.

        Parameters
        ----------
        suggestion
            From `suggest` or `propose_adjustments`.
        why
            For the log.

        Raises
        ------
        EditRefused
            If the grid has changed so that it does not fit any more.
        """
        state = self._state
        after = state.labels.copy()
        for move in suggestion.moves:
            rows = np.array(move.faces, dtype=np.int64)
            fits = {move.from_cell, move.to_cell} <= set(state.cells) and rows.max() < len(state)
            if not fits or (state.labels[rows] != state.number[move.from_cell]).any():
                raise Refusal(key="changed_since")
            after[rows] = state.number[move.to_cell]
        return self._apply("accept", suggestion.to_message(), _labels.checked_labels(state, after), why)

    @checked
    def rebalance(self, cell_ids: Sequence[str], *, why: str = "") -> Delta:
        """
        Even out the load among some cells by moving at most 100 units, in one command.

        Parameters
        ----------
        cell_ids
            Cells that may give and take units; locked ones among them keep theirs.
        why
            For the log.

        Raises
        ------
        EditRefused
            If a cell is unknown, there are less than two, or no move improves their balance.
        """
        state = self._state
        _labels.require_cells(state, cell_ids, unlocked=False)
        if len(set(cell_ids)) < 2:
            raise Refusal(key="balance_two")
        field = field_of(state, cell_ids)
        numbers = np.array([state.number[name] for name in cell_ids], dtype=np.int64)
        done = within(state, state.weights, numbers, 0.0)
        gain = evenness(state, field, state.weights)
        after = improved(state, field, gain, is_done=done, most_moves=_MOST_MOVES)
        if (after == state.labels).all():
            raise Refusal(key="balanced", cells=named(cell_ids))
        return self._apply("rebalance", {"cell_ids": list(cell_ids)}, _labels.checked_labels(state, after), why)

    @checked
    @task("suggest")
    def propose_adjustments(
        self,
        *,
        risk: Mapping[str, float] | None = None,
        radius_m: float | Mapping[str, float] | None = None,
        limit: int = 10,
    ) -> list[Suggestion]:
        """
        Propose edits after an evaluation: of the load, and of risk and coverage where these are given.

        Parameters
        ----------
        risk
            Risk of each unit, such as overdue loans, by unit id; cells should carry like shares of it.
        radius_m
            Service radius in m, or one for each zone class: demand beyond it is not covered.
        limit
            Proposals at most for each figure.

        Returns
        -------
        proposals
            One for each of the cells farthest from the mean, or with most to gain, the largest improvement first. Each
            can be taken with `accept`; it is then checked again, as others may have changed what it rests on.

        Raises
        ------
        InputError
            If a risk is no number of at least 0, or a radius not positive.
        """
        state = self._state
        found = _all_evened(state, state.weights, "load", self.tolerance, limit)
        if risk is not None:
            found += _all_evened(state, _risks(state, risk), "risk", self.tolerance, limit)
        if radius_m is not None:
            found += _covering(state, _radii(state, radius_m), limit)
        return found


def _deviation(state: State, weights: FloatArray, labels: IntArray) -> FloatArray:
    """Return how far each cell is from the mean, relative to it, by number; 0 for cells that are no more."""
    mean = weights.sum() / len(state.cells)
    loads = np.bincount(labels, weights=weights, minlength=len(state.names))
    deviation: FloatArray = np.abs(loads / mean - 1) if mean > 0 else np.zeros(len(loads))
    alive = np.zeros(len(loads), dtype=np.bool_)
    alive[[state.number[name] for name in state.cells]] = True
    deviation[~alive] = 0.0
    return deviation


def _farthest(state: State, weights: FloatArray) -> str:
    deviation = _deviation(state, weights, state.labels)
    farthest: str = max(state.cells, key=lambda name: (deviation[state.number[name]], name))
    return farthest


def _neighbours(state: State, cell_id: str) -> list[str]:
    ground, number = state.ground, state.number[cell_id]
    one, two = state.labels[ground.one], state.labels[ground.two]
    found = np.unique(np.concatenate([two[(one == number) & (two != number)], one[(two == number) & (one != number)]]))
    return [state.names[row] for row in found.tolist()]


def _evened(
    state: State, weights: FloatArray, cell_id: str, *, metric: Metric, tolerance: float, together: bool = False
) -> list[Suggestion]:
    """Return what brings a cell nearer to the mean, with its neighbours one by one (unless `together`) and all."""
    number = state.number[cell_id]
    before = _deviation(state, weights, state.labels)[number]
    if before <= tolerance or state.cells[cell_id].locked:
        return []
    beside = _neighbours(state, cell_id)
    groups = [beside] if together else [*[[name] for name in beside], *([beside] if len(beside) > 1 else [])]
    done = within(state, weights, np.array([number]), tolerance)
    found: dict[tuple[Move, ...], Suggestion] = {}
    for group in groups:
        field = field_of(state, [cell_id, *group])
        gain = evenness(state, field, weights, goal=number)
        labels = improved(state, field, gain, is_done=done, most_moves=_MOST_MOVES)
        after = _deviation(state, weights, labels)[number]
        if after < before and _is_allowed(state, labels):
            moves = _moves(state, labels)
            found.setdefault(moves, Suggestion(metric, cell_id, moves, float(before), float(after)))
    # within the tolerance fewer units are better; beyond it, the nearer to it
    return sorted(found.values(), key=lambda item: (max(item.after, tolerance), item.n_units, item.moves[0].to_cell))


def _all_evened(state: State, weights: FloatArray, metric: Metric, tolerance: float, limit: int) -> list[Suggestion]:
    """Return what evens out the cells farthest from the mean."""
    deviation = _deviation(state, weights, state.labels)
    found: list[Suggestion] = []
    for cell_id in sorted(state.cells, key=lambda name: (-deviation[state.number[name]], name)):
        if len(found) == limit or deviation[state.number[cell_id]] <= tolerance:
            break
        found += _evened(state, weights, cell_id, metric=metric, tolerance=tolerance, together=True)[:1]
    return sorted(found, key=lambda item: (item.after - item.before, item.cell_id))


def _is_allowed(state: State, labels: IntArray) -> bool:
    """Tell whether moves that were checked one by one pass as one command, too."""
    try:
        _labels.checked_labels(state, labels)
    except EditRefused:
        return False
    return True


def _moves(state: State, labels: IntArray) -> tuple[Move, ...]:
    rows = np.flatnonzero(labels != state.labels)
    pairs = sorted({(int(state.labels[row]), int(labels[row])) for row in rows.tolist()})
    moves = []
    for source, target in pairs:
        faces = [row for row in rows.tolist() if state.labels[row] == source and labels[row] == target]
        units = dict.fromkeys(unit for row in faces if (unit := state.faces[row].unit_id) is not None)
        moves.append(Move(tuple(units), tuple(faces), state.names[source], state.names[target]))
    return tuple(moves)


def _risks(state: State, risk: Mapping[str, float]) -> FloatArray:
    """Return the risk of each face: that of its unit, shared by area."""
    wrong = [name for name, value in risk.items() if not (np.isfinite(value) and value >= 0)]
    unknown = [name for name in risk if name not in state.units]
    if wrong or unknown:
        fault = say("units {units} have none", units=Joined(named(wrong)))
        if not wrong:
            fault = say("there is no unit {units}", units=Joined(named(unknown)))
        raise InputError(
            say("Risk is a number of at least 0 for units of the grid; {fault}. Nothing was proposed.", fault=fault)
        )
    weights = np.zeros(len(state))
    for unit, rows in state.units.items():
        share = state.areas[rows] / state.areas[rows].sum()
        weights[rows] = float(risk.get(unit, 0.0)) * share
    return weights


def _radii(state: State, radius_m: float | Mapping[str, float]) -> FloatArray:
    """Return the service radius at each face in m."""
    if isinstance(radius_m, Mapping):
        radii = np.array([radius_m.get(str(face.zone_class), np.nan) for face in state.faces], dtype=np.float64)
    else:
        radii = np.full(len(state), float(radius_m))
    if not (np.isfinite(radii) & (radii > 0)).all():
        face = state.faces[int(np.argmin(np.isfinite(radii) & (radii > 0)))]
        raise InputError(
            say(
                "The service radius must be positive for every zone class; zone class {zone_class} has none.",
                zone_class=face.zone_class,
            )
        )
    return radii


def _covering(state: State, radius: FloatArray, limit: int) -> list[Suggestion]:
    """Return, for the cells with most to gain, the units beside them that their outlets reach and others do not."""
    reach, weights = reached(state, radius), state.weights
    total = float(weights.sum())
    everyone = np.arange(len(state))

    def share(labels: IntArray) -> float:
        return float(weights[reach[everyone, labels]].sum()) / total if total > 0 else 0.0

    before = share(state.labels)
    found: list[Suggestion] = []
    for number in _gainers(state, reach):
        if len(found) == limit:
            break
        cell_id = state.names[number]
        field = field_of(state, [cell_id, *_neighbours(state, cell_id)])
        gain = _into(nearer(state, field, reach), number)
        labels = improved(state, field, gain, is_done=lambda _: False, most_moves=_MOST_MOVES)
        after = share(labels)
        if after > before and _is_allowed(state, labels):
            found.append(Suggestion("coverage", cell_id, _moves(state, labels), before, after))
    return sorted(found, key=lambda item: (item.before - item.after, item.cell_id))


def _gainers(state: State, reach: BoolArray) -> list[int]:
    """Return the cells that reach weight beside them which its own cell does not, those with most of it first."""
    ground = state.ground
    faces = np.concatenate([ground.one, ground.two])
    to = state.labels[np.concatenate([ground.two, ground.one])]
    gains = reach[faces, to] & ~reach[faces, state.labels[faces]]
    sums = np.bincount(to[gains], weights=state.weights[faces[gains]], minlength=len(state.names))
    rows: list[int] = np.lexsort((np.arange(len(sums)), -sums))[: int((sums > 0).sum())].tolist()
    return [row for row in rows if not state.cells[state.names[row]].locked]


def _into(gain: Gain, number: int) -> Gain:
    """Return a gain that counts only moves into one cell."""

    def into(labels: IntArray, faces: IntArray, to: IntArray) -> FloatArray:
        value = gain(labels, faces, to)
        value[to != number] = 0.0
        return value

    return into
