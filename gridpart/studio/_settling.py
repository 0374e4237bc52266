"""Pieces that a change of labels cut off go to the neighbour with the longest shared border."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gridpart._typing import IntArray
from gridpart.studio._state import State

_MOST_ROUNDS = 50


def settled(state: State, labels: IntArray, homes: Mapping[str, int], *, gone: str | None = None) -> IntArray:
    """
    Join up the pieces that new labels cut off from their cells.

    Parameters
    ----------
    state
        State of a session.
    labels
        New number of the cell of each face, shape (n_faces,).
    homes
        Face of outlets that move or open.
    gone
        Cell that is no more.

    Returns
    -------
    labels
        A piece that holds an outlet of its cell, and a piece that was apart before, stay; of other pieces the largest
        stays where no outlet does.
    """
    labels = labels.copy()
    if (labels == state.labels).all():
        return labels
    touched = np.unique(np.concatenate([labels[labels != state.labels], state.labels[labels != state.labels]]))
    homes = {**state.home, **homes}
    locked = {state.number[name] for name, record in state.cells.items() if record.locked}
    if gone is not None:
        locked.add(state.number[gone])
    for _ in range(_MOST_ROUNDS):
        moved = _one_round(state, labels, touched, homes, locked)
        if not len(moved):
            break
        touched = np.unique(np.concatenate([touched, moved]))
    return labels


def _one_round(
    state: State, labels: IntArray, touched: IntArray, homes: Mapping[str, int], locked: set[int]
) -> IntArray:
    """Move every loose piece once, in place, and return the cells that took one."""
    slot = np.full(max(len(state.names), int(labels.max()) + 1), -1, dtype=np.int64)
    slot[touched] = np.arange(len(touched))
    piece = state.ground.pieces(slot[labels])
    kept = _kept_pieces(state, labels, piece, homes)
    loose = (piece >= 0) & ~kept[np.maximum(piece, 0)]
    if not loose.any():
        return np.zeros(0, dtype=np.int64)
    ground = state.ground
    one, two = ground.one, ground.two
    borders: dict[int, dict[int, float]] = {}
    joins = (loose[one] | loose[two]) & (labels[one] != labels[two])
    rows = zip(one[joins].tolist(), two[joins].tolist(), ground.border_m[joins].tolist(), strict=True)
    for first, second, length in rows:
        for here, there in ((first, second), (second, first)):
            if loose[here] and not loose[there] and int(labels[there]) not in locked:
                sums = borders.setdefault(int(piece[here]), {})
                sums[int(labels[there])] = sums.get(int(labels[there]), 0.0) + length
    takers = []
    for number, sums in sorted(borders.items()):
        target = min(sums, key=lambda cell: (-sums[cell], cell))
        labels[piece == number] = target
        takers.append(target)
    return np.array(sorted(set(takers)), dtype=np.int64)


def _kept_pieces(state: State, labels: IntArray, piece: IntArray, homes: Mapping[str, int]) -> np.ndarray:
    """Tell which pieces stay with their cell."""
    n_pieces = int(piece.max()) + 1
    kept = np.zeros(n_pieces, dtype=np.bool_)
    present = np.flatnonzero(piece >= 0)
    owner = np.zeros(n_pieces, dtype=np.int64)
    owner[piece[present]] = labels[present]
    for name, face in homes.items():
        record = state.outlets.get(name)
        number = None if record is None else state.number[record.cell_id]
        if face >= 0 and piece[face] >= 0 and (number is None or number == labels[face]):
            kept[piece[face]] = True
    # what changed nothing and was apart before is apart by intent: an exclave, say
    same = np.ones(n_pieces, dtype=np.bool_)
    same[piece[present[labels[present] != state.labels[present]]]] = False
    before = state.ground.pieces(np.where(piece >= 0, state.labels, -1))
    whole = _whole_before(before, piece, present, n_pieces)
    kept |= same & whole
    size = np.bincount(piece[present], weights=state.areas[present], minlength=n_pieces)
    with_home = set(owner[kept].tolist())
    for cell in np.unique(owner).tolist():
        if cell not in with_home:
            mine = np.flatnonzero(owner == cell)
            kept[mine[np.argmax(size[mine])]] = True
    return kept


def _whole_before(before: IntArray, piece: IntArray, present: IntArray, n_pieces: int) -> np.ndarray:
    """Tell which pieces were pieces of their own before."""
    pairs = np.unique(np.column_stack([before[present], piece[present]]), axis=0)
    count = np.bincount(pairs[:, 0])
    whole = np.ones(n_pieces, dtype=np.bool_)
    whole[pairs[count[pairs[:, 0]] > 1, 1]] = False
    return whole
