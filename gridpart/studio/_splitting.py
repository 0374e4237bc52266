"""Where to divide a cell: along whole units, by a line or into halves of equal demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from gridpart._typing import FloatArray, IntArray
from gridpart.coverage import Coverage, connected_components, prolonged
from gridpart.studio._cuts import cut_cell, halving_line, left_of
from gridpart.studio._state import State
from gridpart.studio.records import Change, OutletRecord
from gridpart.studio.refusals import Refusal, refuse

_LINE = 1
"""GEOS type number of LineString."""


def beside_line(state: State, cell_id: str, path: FloatArray) -> IntArray:
    """
    Return the faces of a cell whose middle lies to the left of a line, prolonged straight beyond its ends.

    Raises
    ------
    EditRefused
        If all of them lie on one side.
    """
    mine = state.members(cell_id)
    span = np.ptp(np.vstack([state.boxes[mine].reshape(-1, 2), path]), axis=0)
    reach = 4 * float(np.hypot(*span)) + 1.0
    left: IntArray = mine[left_of(prolonged(path, reach), state.middles[mine])]
    if len(left) in (0, len(mine)):
        raise refuse(state, "one_side", mine[:1], cell=cell_id)
    return left


def halved(state: State, cell_id: str) -> IntArray:
    """
    Return faces of a cell that hold about half of its demand, both halves connected where the cell is.

    Faces are taken in the order of their place along the longest axis of the cell, growing from one end over
    shared borders, until half is reached; the direction with the better balance is taken.
    """
    mine = state.members(cell_id)
    if len(mine) < 2:
        raise refuse(state, "one_unit", mine, cell=cell_id)
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
        raise refuse(state, "no_halves", mine[:1], cell=cell_id)
    return best[2]


def _grown(state: State, mine: IntArray, place: FloatArray, weight: FloatArray) -> IntArray | None:
    """Grow from the lowest place until half the weight is reached; None if the rest is not connected."""
    order = np.lexsort((mine, place))
    half, ground = weight.sum() / 2, state.ground
    piece = ground.pieces(_only(state, mine))
    several = len(np.unique(piece[mine])) > 1
    total = np.cumsum(weight[order])
    cut = int(np.clip(np.searchsorted(total, half) + 1, 1, len(mine) - 1))
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


@dataclass(frozen=True, eq=False)
class Division:
    """
    How a cell is divided.

    Attributes
    ----------
    changes
        Shapes of faces that were cut.
    sides
        Faces of the cell on either side.
    homes
        Face of each of the cell's outlets.
    in_pieces
        Whether a side is in pieces that were not apart before.
    """

    changes: list[Change]
    sides: tuple[list[int], list[int]]
    homes: dict[str, int]
    in_pieces: bool


def path_of(line: shapely.LineString) -> FloatArray:
    """Return the vertices of a line, or refuse what is none."""
    path: FloatArray = shapely.get_coordinates(line) + 0.0
    fine = len(path) >= 2 and bool(np.isfinite(path).all() and (path[:-1] != path[1:]).any(axis=1).all())
    if shapely.get_type_id(line) != _LINE or not fine:
        raise Refusal(key="no_line")
    return path


def divide(state: State, cell_id: str, path: FloatArray | None, *, cut: bool, force: bool) -> Division:
    """
    Divide a cell along a line, or into halves of about equal demand.

    Raises
    ------
    EditRefused
        If it cannot be divided so, or (unless forced) a side would be in pieces.
    """
    mine = state.members(cell_id)
    if cut:
        parts = cut_cell(state, cell_id, halving_line(state, cell_id) if path is None else path)
        sides, changes, shapes = (sorted(parts.left), sorted(parts.right)), parts.changes, parts.shapes
    else:
        left = halved(state, cell_id) if path is None else beside_line(state, cell_id, path)
        sides, changes = (left.tolist(), np.setdiff1d(mine, left).tolist()), []
        shapes = {row: state.polygons[row] for row in mine.tolist()}
    shapes = {row: shapes[row] for side in sides for row in side}
    before = _count_pieces({row: state.polygons[row] for row in mine.tolist()}, mine.tolist())
    after = sum(_count_pieces(shapes, side) for side in sides)
    if after > before + 1 and not force:
        worse = max(sides, key=lambda side: _count_pieces(shapes, side))
        place = shapely.point_on_surface(shapes[worse[0]])
        raise Refusal(place, key="part_in_pieces", cell=cell_id)
    homes = {item.outlet_id: _home(shapes, item, state.home[item.outlet_id]) for item in state.anchors(cell_id)}
    return Division(changes, sides, homes, after > before + 1)


def _count_pieces(shapes: Mapping[int, shapely.Geometry], rows: Sequence[int]) -> int:
    polygons = np.array([*[shapes[row] for row in rows], None], dtype=object)[:-1]
    one, two, _ = Coverage.from_polygons(polygons).adjacency()
    return len(np.unique(connected_components(len(rows), one, two)))


def _home(shapes: Mapping[int, shapely.Geometry], outlet: OutletRecord, before: int) -> int:
    """Return the face of a divided cell that holds an outlet, the nearest one if it stands elsewhere."""
    rows = sorted(shapes)
    if before in shapes and shapely.intersects(shapes[before], outlet.point):
        return before
    away = [shapely.distance(shapes[row], outlet.point) for row in rows]
    return rows[int(np.argmin(away))]
