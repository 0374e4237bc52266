"""Units move between neighbouring cells, one at a time; each move is an improvement that no check would refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.studio._labels import broken_pieces
from gridpart.studio._state import State

Gain: TypeAlias = Callable[[IntArray, IntArray, IntArray], FloatArray]
"""By how much moves of faces to cells improve labels, shape (n_moves,): of ``labels, faces, to``."""

_TRIED = 60
"""Best moves that are tried before a search gives up."""


@dataclass(frozen=True, eq=False)
class Field:
    """
    Where units may move.

    Attributes
    ----------
    open_cells
        Which cells, by number, may give and take, shape (n_cells,).
    fixed
        Faces that outlets stand in, which stay, shape (n_faces,).
    siblings
        Faces of the unit of a face, where it has several.
    start, beside
        Faces that touch face i: ``beside[start[i]:start[i + 1]]``.
    """

    open_cells: BoolArray
    fixed: BoolArray
    siblings: dict[int, IntArray]
    start: IntArray
    beside: IntArray

    def touching(self, face: int) -> list[int]:
        """Return the faces that touch a face."""
        touching: list[int] = self.beside[self.start[face] : self.start[face + 1]].tolist()
        return touching


def field_of(state: State, cell_ids: Iterable[str]) -> Field:
    """Return where units may move among some cells; locked ones keep theirs."""
    open_cells = np.zeros(len(state.names), dtype=np.bool_)
    open_cells[[state.number[name] for name in cell_ids if not state.cells[name].locked]] = True
    fixed = np.zeros(len(state), dtype=np.bool_)
    fixed[[face for face in state.home.values() if face >= 0]] = True
    several = (np.array(rows, dtype=np.int64) for rows in state.units.values() if len(rows) > 1)
    one = np.concatenate([state.ground.one, state.ground.two])
    two = np.concatenate([state.ground.two, state.ground.one])
    order = np.argsort(one, kind="stable")
    start = np.searchsorted(one[order], np.arange(len(state) + 1))
    return Field(open_cells, fixed, {int(row): rows for rows in several for row in rows}, start, two[order])


def improved(
    state: State, field: Field, gain: Gain, *, is_done: Callable[[IntArray], bool], most_moves: int
) -> IntArray:
    """
    Move units while that improves the labels.

    Parameters
    ----------
    state
        State of a session; it is not changed.
    field
        Where units may move.
    gain
        What a move improves; only positive gains are taken, the largest first.
    is_done
        Whether labels are good enough.
    most_moves
        Moves at most.

    Returns
    -------
    labels
        Shape (n_faces,): connected where they were, every outlet at home, no cell without land.
    """
    labels = state.labels.copy()
    for _ in range(most_moves):
        after = None if is_done(labels) else _best_move(state, field, gain, labels)
        if after is None:
            break
        labels = after
    return labels


def _best_move(state: State, field: Field, gain: Gain, labels: IntArray) -> IntArray | None:
    ground = state.ground
    one, two = labels[ground.one], labels[ground.two]
    between = (one != two) & field.open_cells[one] & field.open_cells[two]
    faces = np.concatenate([ground.one[between], ground.two[between]])
    to = np.concatenate([two[between], one[between]])
    movable = ~field.fixed[faces]
    if not movable.any():
        return None
    codes = np.unique(faces[movable] * np.int64(len(state.names)) + to[movable])
    pairs = np.column_stack(np.divmod(codes, len(state.names)))
    gains = gain(labels, pairs[:, 0], pairs[:, 1])
    order = np.lexsort((pairs[:, 1], pairs[:, 0], -gains))
    for row in order[: min(_TRIED, int((gains > 0).sum()))].tolist():
        after = _moved(state, field, labels, int(pairs[row, 0]), int(pairs[row, 1]))
        if after is not None:
            return after
    return None


def block_of(field: Field, labels: IntArray, face: int) -> IntArray:
    """Return the faces that move together: those of one unit in one cell."""
    rows = field.siblings.get(face)
    if rows is None:
        return np.array([face])
    together: IntArray = rows[labels[rows] == labels[face]]
    return together


def _moved(state: State, field: Field, labels: IntArray, face: int, to: int) -> IntArray | None:
    """Return labels with a unit moved, None if a check would refuse it."""
    block, source = block_of(field, labels, face), int(labels[face])
    if field.fixed[block].any():
        return None
    after = labels.copy()
    after[block] = to
    if not (after == source).any():
        return None
    if len(block) == 1 and _keeps_together(field, labels, face):
        return after
    names = (state.names[source], state.names[to])
    return None if broken_pieces(state, after, names, before=labels) else after


def _keeps_together(field: Field, labels: IntArray, face: int) -> bool:
    """Tell whether the neighbours of a face hang together without it in their own surroundings; then its cell does."""
    cell = labels[face]
    inner = [row for row in field.touching(face) if labels[row] == cell]
    if len(inner) < 2:
        return len(inner) == 1
    around = {row for near in inner for row in field.touching(near) if labels[row] == cell} | set(inner)
    around.discard(face)
    reached, edge = {inner[0]}, [inner[0]]
    while edge:
        edge = [row for here in edge for row in field.touching(here) if row in around and row not in reached]
        reached.update(edge)
    return reached.issuperset(inner)


def evenness(state: State, field: Field, weights: FloatArray, *, goal: int | None = None) -> Gain:
    """
    Return the gain of evening weights out: by how much the sum of squared deviations of two cells falls.

    Parameters
    ----------
    state
        State of a session.
    field
        Where units may move.
    weights
        Of each face, shape (n_faces,).
    goal
        Only moves out of this cell if it is above the mean, into it if below; None for all.
    """
    n_alive = len(state.cells)
    several = np.zeros(len(state), dtype=np.bool_)
    several[list(field.siblings)] = True

    def gain(labels: IntArray, faces: IntArray, to: IntArray) -> FloatArray:
        loads = np.bincount(labels, weights=weights, minlength=len(state.names))
        source = labels[faces]
        weight = weights[faces].copy()
        for row in np.flatnonzero(several[faces]).tolist():
            weight[row] = weights[block_of(field, labels, int(faces[row]))].sum()
        value: FloatArray = 2 * weight * (loads[source] - loads[to]) - 2 * weight**2
        if goal is not None:
            is_high = loads[goal] > weights.sum() / n_alive
            value[(source if is_high else to) != goal] = 0.0
        # a gain within rounding of the loads is none: moves must end
        value[value <= 1e-9 * max(float(loads.max()), 1.0) ** 2] = 0.0
        return value

    return gain


def within(state: State, weights: FloatArray, cells: IntArray, tolerance: float) -> Callable[[IntArray], bool]:
    """Return the test whether some cells' weights are within the tolerance of the mean of all cells."""
    mean = weights.sum() / len(state.cells)

    def is_done(labels: IntArray) -> bool:
        loads = np.bincount(labels, weights=weights, minlength=len(state.names))
        return bool((np.abs(loads[cells] - mean) <= tolerance * mean).all())

    return is_done


def nearer(state: State, field: Field, reach: BoolArray) -> Gain:
    """
    Return the gain of service: weight that comes within the service radius of its cell's outlets.

    Parameters
    ----------
    state
        State of a session.
    field
        Where units may move.
    reach
        From `reached`.
    """
    weights = state.weights
    several = np.zeros(len(state), dtype=np.bool_)
    several[list(field.siblings)] = True

    def gain(labels: IntArray, faces: IntArray, to: IntArray) -> FloatArray:
        value: FloatArray = weights[faces] * (reach[faces, to].astype(np.float64) - reach[faces, labels[faces]])
        for row in np.flatnonzero(several[faces]).tolist():
            block = block_of(field, labels, int(faces[row]))
            value[row] = weights[block] @ (reach[block, to[row]].astype(np.float64) - reach[block, labels[faces[row]]])
        return value

    return gain


def reached(state: State, radius: FloatArray) -> BoolArray:
    """Tell which faces lie within the service radius of an outlet of which cell, shape (n_faces, n_cells)."""
    reach = np.zeros((len(state), len(state.names)), dtype=np.bool_)
    for record in state.outlets.values():
        away = state.middles - (record.x, record.y)
        reach[:, state.number[record.cell_id]] |= away[:, 0] ** 2 + away[:, 1] ** 2 <= radius**2
    return reach
