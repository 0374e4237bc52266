"""Where to divide a cell: along whole units, by a line or into halves of equal demand."""

from __future__ import annotations

import numpy as np
import shapely

from gridpart._typing import FloatArray, IntArray
from gridpart.studio._labels import refuse
from gridpart.studio._state import State


def beside_line(state: State, cell_id: str, line: shapely.LineString) -> IntArray:
    """
    Return the faces of a cell whose middle lies to the left of a line, prolonged straight beyond its ends.

    Raises
    ------
    EditRefused
        If all of them lie on one side.
    """
    mine = state.members(cell_id)
    path = shapely.get_coordinates(line)
    reach = 4 * float(np.hypot(*(np.ptp(state.boxes[mine].reshape(-1, 2), axis=0)))) + line.length + 1.0
    left: IntArray = mine[left_of(_prolonged(path, reach), state.middles[mine])]
    if len(left) in (0, len(mine)):
        reason = f"The line has all {len(mine)} units of cell {cell_id} on one side."
        raise refuse(state, reason, mine[:1])
    return left


def _prolonged(path: FloatArray, reach: float) -> FloatArray:
    """Return a path with straight pieces of `reach` m added at both ends."""
    start, end = path[0] - path[1], path[-1] - path[-2]
    before = path[0] + start / np.hypot(*start) * reach
    after = path[-1] + end / np.hypot(*end) * reach
    return np.vstack([before, path, after])


def left_of(path: FloatArray, points: FloatArray) -> np.ndarray:
    """Return which points lie left of a path, by the side of the nearest of its segments."""
    a, b = path[:-1], path[1:]
    along = b - a
    away = points[:, None, :] - a[None]
    share = np.clip((away * along).sum(axis=2) / (along**2).sum(axis=1), 0.0, 1.0)
    gap = ((away - share[..., None] * along) ** 2).sum(axis=2)
    cross = along[None, :, 0] * away[..., 1] - along[None, :, 1] * away[..., 0]
    # at a bend two segments are equally near: the one that the point lies beside more squarely decides
    sine = np.abs(cross) / (np.hypot(*along.T)[None] * np.maximum(np.hypot(away[..., 0], away[..., 1]), 1e-300))
    order = np.lexsort((-sine, np.round(gap, 9)), axis=1)[:, 0]
    side: np.ndarray = cross[np.arange(len(points)), order] > 0
    return side


def halved(state: State, cell_id: str) -> IntArray:
    """
    Return faces of a cell that hold about half of its demand, both halves connected where the cell is.

    Faces are taken in the order of their place along the longest axis of the cell, growing from one end over
    shared borders, until half is reached; the direction with the better balance is taken.
    """
    mine = state.members(cell_id)
    if len(mine) < 2:
        raise refuse(state, f"Cell {cell_id} is one unit, which is never cut by demand; draw a line.", mine)
    weight = state.weights[mine]
    place = state.middles[mine] - np.average(state.middles[mine], axis=0)
    _, _, axes = np.linalg.svd(place, full_matrices=False)
    best: tuple[float, int, IntArray] | None = None
    for turn, axis in enumerate((axes[0], -axes[0], axes[-1], -axes[-1])):
        taken = _grown(state, mine, place @ axis, weight)
        if taken is None:
            continue
        off = abs(float(weight[np.isin(mine, taken)].sum()) - weight.sum() / 2)
        if best is None or (off, turn) < best[:2]:
            best = (off, turn, taken)
    if best is None:
        raise refuse(state, f"Cell {cell_id} has no two connected halves; draw a line.", mine[:1])
    return best[2]


def _grown(state: State, mine: IntArray, place: FloatArray, weight: FloatArray) -> IntArray | None:
    """Grow from the lowest place until half the weight is reached; None if the rest is not connected."""
    order = np.lexsort((mine, place))
    half, ground = weight.sum() / 2, state.ground
    piece = ground.pieces(_only(state, mine))
    several = len(np.unique(piece[mine])) > 1
    total = np.cumsum(weight[order])
    cut = int(np.clip(np.searchsorted(total, half), 1, len(mine) - 1))
    if cut > 1 and abs(total[cut - 2] - half) < abs(total[cut - 1] - half):
        cut -= 1
    taken = mine[order[:cut]]
    if several:
        return np.sort(taken)
    return _connected_part(state, mine, taken)


def _only(state: State, faces: IntArray) -> IntArray:
    group = np.full(len(state), -1, dtype=np.int64)
    group[faces] = 0
    return group


def _connected_part(state: State, mine: IntArray, taken: IntArray) -> IntArray | None:
    """Return the largest connected part of `taken`, together with what it cuts off from the largest rest."""
    for _ in range(2):
        taken = _largest(state, taken)
        rest = np.setdiff1d(mine, taken)
        if len(rest) == 0:
            return None
        taken = np.setdiff1d(mine, _largest(state, rest))
    both = (_largest(state, taken), _largest(state, np.setdiff1d(mine, taken)))
    return np.sort(taken) if len(both[0]) + len(both[1]) == len(mine) else None


def _largest(state: State, faces: IntArray) -> IntArray:
    piece = state.ground.pieces(_only(state, faces))[faces]
    size = np.bincount(piece, weights=state.weights[faces])
    largest: IntArray = faces[piece == int(np.argmax(size))]
    return largest
