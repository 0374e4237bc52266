"""Outlets that move, open and close on a grid of units: the labels of rule nearest, around the outlet only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.partition.nearness import nearest_place
from gridpart.studio._labels import label_changes, name_of, new_cell_id, require_cells
from gridpart.studio._settling import settled
from gridpart.studio._state import State
from gridpart.studio.records import CellRecord, Change, OutletRecord
from gridpart.studio.refusals import Refusal, named, refuse


@dataclass(frozen=True, eq=False)
class Rivals:
    """
    Nearest of all other outlets from each face, kept while one outlet is dragged.

    Attributes
    ----------
    seq
        State of the session that this is true for.
    outlet_id
        The outlet left out.
    cell
        Number of the cell of the nearest other outlet, shape (n_faces,).
    rank
        Place of that outlet's id in the alphabet, for ties, shape (n_faces,).
    distance_m
        Its distance, shape (n_faces,).
    """

    seq: int
    outlet_id: str
    cell: IntArray
    rank: IntArray
    distance_m: FloatArray


def rivals_of(state: State, outlet_id: str, *, seq: int) -> Rivals:
    """
    Measure the distance of every face to the nearest outlet but one.

    Raises
    ------
    EditRefused
        If there is no other outlet.
    """
    others = [record for name, record in state.outlets.items() if name != outlet_id]
    if not others:
        raise refuse(state, "last_outlet", outlet=outlet_id)
    ids = [record.outlet_id for record in others]
    places = np.array([[record.x, record.y] for record in others])
    row, distance = nearest_place(ids, places, state.middles)
    ordered = sorted([*ids, outlet_id])
    rank = {name: number for number, name in enumerate(ordered)}
    cell = np.array([state.number[record.cell_id] for record in others], dtype=np.int64)
    return Rivals(seq, outlet_id, cell[row], np.array([rank[name] for name in ids], dtype=np.int64)[row], distance)


def _wins(state: State, rivals: Rivals, x: float, y: float) -> BoolArray:
    """Tell which faces are nearer to a place than to any other outlet; ties go to the lower id."""
    away = state.middles - (x, y)
    distance = np.sqrt(away[:, 0] ** 2 + away[:, 1] ** 2)
    rank = sum(record < rivals.outlet_id for record in state.outlets if record != rivals.outlet_id)
    wins: BoolArray = (distance < rivals.distance_m) | ((distance == rivals.distance_m) & (rank < rivals.rank))
    return wins


def home_of(state: State, outlet_id: str, place: FloatArray) -> int:
    """
    Return the face that an outlet would stand in.

    Raises
    ------
    EditRefused
        If it would stand outside the service area, or in the unit of another outlet.
    """
    import shapely

    face = state.face_at(float(place[0]), float(place[1]))
    if face < 0:
        raise Refusal(shapely.Point(place), key="outside", outlet=outlet_id)
    there = [name for name, home in state.home.items() if home == face and name != outlet_id]
    if there:
        raise Refusal(shapely.Point(place), key="unit_taken", others=named(there), unit=name_of(state, face))
    return face


def outlet_moved(state: State, outlet_id: str, place: FloatArray, rivals: Rivals) -> list[Change]:
    """
    Move an outlet and give it the land that is nearest to it.

    Faces that were its cell's because it was nearest go to the nearest other outlet; faces that it is now nearest
    to come to it. Land that was given by hand stays, and so do locked cells.

    Raises
    ------
    EditRefused
        If the outlet is unknown, cannot stand there, or its cell is locked.
    """
    record = state.outlets[outlet_id]
    require_cells(state, [record.cell_id])
    home = home_of(state, outlet_id, place)
    number = state.number[record.cell_id]
    before = _wins(state, rivals, record.x, record.y)
    if state.home.get(outlet_id, -1) >= 0:
        before[state.home[outlet_id]] = True
    after = _wins(state, rivals, float(place[0]), float(place[1]))
    labels, free = state.labels.copy(), _unlocked(state)
    lost = before & ~after & (state.labels == number) & free[rivals.cell]
    labels[lost] = rivals.cell[lost]
    gained = after & ~before & free[state.labels]
    labels[gained] = number
    moved = replace(record, x=float(place[0]), y=float(place[1]))
    changes = [Change("outlet", outlet_id, record, moved)]
    return [*changes, *_finished(state, labels, home, number, {outlet_id: home})]


def outlet_opened(state: State, record: OutletRecord, cell: CellRecord, rivals: Rivals) -> list[Change]:
    """
    Open an outlet with a cell of the land that is nearest to it.

    Raises
    ------
    EditRefused
        If it cannot stand there, or the unit there is in a locked cell.
    """
    place = np.array([record.x, record.y])
    home = home_of(state, record.outlet_id, place)
    require_cells(state, [state.names[state.labels[home]]])
    number = len(state.names)  # what the cell will be numbered
    labels, free = state.labels.copy(), _unlocked(state)
    labels[_wins(state, rivals, record.x, record.y) & free[state.labels]] = number
    changes = [Change("cell", cell.cell_id, None, cell), Change("outlet", record.outlet_id, None, record)]
    return [*changes, *_finished(state, labels, home, number, {record.outlet_id: home}, opened=(cell.cell_id,))]


def outlet_closed(state: State, outlet_id: str, rivals: Rivals) -> list[Change]:
    """
    Close an outlet; if it was the only one of its cell, the land goes to the nearest outlets.

    Raises
    ------
    EditRefused
        If the cell is locked, or its land could only go to locked cells.
    """
    record = state.outlets[outlet_id]
    require_cells(state, [record.cell_id])
    cell = state.cells[record.cell_id]
    gone: list[Change] = [Change("outlet", outlet_id, record, None)]
    others = [item for item in state.anchors(record.cell_id) if item.outlet_id != outlet_id]
    if others:
        if cell.outlet_id == outlet_id:
            gone.append(Change("cell", cell.cell_id, cell, replace(cell, outlet_id=others[0].outlet_id)))
        return gone
    mine = state.members(record.cell_id)
    shut = mine[~_unlocked(state)[rivals.cell[mine]]]
    if len(shut):
        name = state.names[rivals.cell[shut[0]]]
        raise refuse(state, "land_to_locked", shut, cell=cell.cell_id, other=name)
    labels = state.labels.copy()
    labels[mine] = rivals.cell[mine]
    labels = settled(state, labels, {}, gone=cell.cell_id)
    heirs = [Change("officer", name, at, None) for name, at in state.officers.items() if at == cell.cell_id]
    return [*label_changes(state, labels), *gone, *heirs, Change("cell", cell.cell_id, cell, None)]


def _unlocked(state: State) -> BoolArray:
    """Tell which cells, by number, may change."""
    free = np.ones(len(state.names), dtype=np.bool_)
    free[[state.number[name] for name, record in state.cells.items() if record.locked]] = False
    return free


def _finished(
    state: State,
    labels: IntArray,
    home: int,
    number: int,
    homes: Mapping[str, int],
    *,
    opened: tuple[str, ...] = (),
) -> list[Change]:
    """Give an outlet its own unit, join up what was cut off, and return the changes of label."""
    source = state.names[state.labels[home]]
    if labels[home] != number:
        require_cells(state, [source])
        labels[home] = number
    labels = settled(state, labels, homes)
    left = set(np.unique(labels).tolist())
    emptied = [name for name in state.cells if state.number[name] not in left]
    if emptied:
        faces = state.members(emptied[0])
        raise refuse(state, "left_without_land", faces, cells=named(emptied))
    return label_changes(state, labels, opened)


def cell_of_outlet(state: State, outlet_id: str, bank_id: str) -> str:
    """Return an id for the cell of a new outlet, as rule nearest would give it; never one that was given before."""
    name = outlet_id if outlet_id.startswith(bank_id) else f"{bank_id}-{outlet_id}"
    return new_cell_id(state, name) if name in state.number else name
