"""Commands that change labels only: assign, merge, split along units. Each returns changes or refuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely

from gridpart._typing import IntArray
from gridpart.coverage import Coverage
from gridpart.errors import EditRefused
from gridpart.studio._state import State
from gridpart.studio.records import Change

_NAMED = 8


def refuse(state: State, reason: str, faces: IntArray | Sequence[int] = ()) -> EditRefused:
    """Return the refusal of an edit, placed at `faces` and naming a coordinate among them."""
    rows = np.asarray(faces, dtype=np.int64)
    if len(rows) == 0:
        return EditRefused(f"{reason} Nothing was changed.")
    x, y = state.middles[rows[0]]
    place = land_of(state, rows)
    return EditRefused(f"{reason} Near ({x:,.1f}, {y:,.1f}). Nothing was changed.", place)


def land_of(state: State, faces: IntArray) -> shapely.Geometry:
    """Return the land of some faces as one geometry."""
    return Coverage.from_polygons(state.polygons[faces]).boundary()


def listed(names: Iterable[object]) -> str:
    """Return up to eight names, and how many more there are."""
    texts = [str(name) for name in names]
    more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return ", ".join(texts[:_NAMED]) + more


def require_cells(state: State, cell_ids: Iterable[str], *, unlocked: bool = True) -> None:
    """Refuse unknown cells, and locked ones."""
    wanted = list(dict.fromkeys(cell_ids))
    unknown = [cell_id for cell_id in wanted if cell_id not in state.cells]
    if unknown:
        raise refuse(state, f"There is no cell {listed(unknown)} in this grid.")
    locked = [cell_id for cell_id in wanted if state.cells[cell_id].locked]
    if locked and unlocked:
        raise refuse(state, f"Cell {listed(locked)} is locked; unlock it first.", state.members(locked[0]))


def faces_of_units(state: State, unit_ids: Iterable[str]) -> IntArray:
    """Return the faces of units, sorted; a grid without units has faces numbered as its units."""
    ids = [str(unit) for unit in unit_ids]
    table = state.units
    unknown = [unit for unit in ids if unit not in table]
    if unknown or not ids:
        told = f"There is no unit {listed(unknown)} in this grid." if ids else "No unit was named."
        raise refuse(state, told if table else "The cells of this grid are not made of units; move borders instead.")
    return np.unique(np.array([face for unit in ids for face in table[unit]], dtype=np.int64))


def relabel(state: State, faces: IntArray, target: str) -> list[Change]:
    """Return the changes of label that put faces into a cell, in the order of their cells before."""
    before = state.labels[faces]
    moving = faces[before != state.number.get(target, -1)]
    order = np.argsort(state.labels[moving], kind="stable")
    return [Change("label", int(face), state.names[state.labels[face]], target) for face in moving[order]]


def assign_faces(state: State, faces: IntArray, target: str, *, force: bool) -> tuple[list[Change], list[str]]:
    """
    Put faces into a cell.

    Returns
    -------
    changes, broken
        What changes; and cells that fall into more pieces, if `force` allowed that.
    """
    require_cells(state, [target])
    number = state.number[target]
    moving = faces[state.labels[faces] != number]
    if len(moving) == 0:
        raise refuse(state, f"{_units_of(state, faces)} already in cell {target}.", faces)
    sources = [state.names[row] for row in np.unique(state.labels[moving]).tolist()]
    require_cells(state, sources)
    _keep_outlets_home(state, moving)
    after = state.labels.copy()
    after[moving] = number
    for source in sources:
        if not (after == state.number[source]).any():
            raise refuse(state, f"Cell {source} would be left without land; merge it instead.", moving)
    broken = broken_pieces(state, after, [*sources, target])
    if broken and not force:
        cell_id, loose = next(iter(broken.items()))
        raise refuse(
            state,
            f"Cell {cell_id} would fall into pieces: {_units_of(state, loose)} cut off from the rest of it. "
            "Assign what lies between as well, or allow it with force=True.",
            loose,
        )
    return relabel(state, moving, target), list(broken)


def _keep_outlets_home(state: State, moving: IntArray) -> None:
    """Refuse to take from a cell the face that its own outlet stands in."""
    taken = set(moving.tolist())
    for outlet_id, face in state.home.items():
        if face in taken and state.names[state.labels[face]] == state.outlets[outlet_id].cell_id:
            cell_id = state.outlets[outlet_id].cell_id
            reason = f"Outlet {outlet_id} of cell {cell_id} stands in {_name(state, face)}; move the outlet first."
            raise refuse(state, reason, [face])


def broken_pieces(
    state: State, after: IntArray, cell_ids: Iterable[str], *, before: IntArray | None = None
) -> dict[str, IntArray]:
    """
    Return for each cell that falls into more pieces the faces of the pieces cut off.

    A piece that goes as a whole breaks nothing. Of the pieces that one piece of a cell falls into, the largest
    stays; a piece that joins a cell without touching it is cut off as well. What counts as before are the labels of
    the state unless others are given.
    """
    before = state.labels if before is None else before
    found: dict[str, IntArray] = {}
    for cell_id in cell_ids:
        number = state.number[cell_id]
        old = _pieces_of(state, before == number)
        new = _pieces_of(state, after == number)
        loose = _loose(old, new, state.areas)
        if len(loose):
            found[cell_id] = loose
    return found


def _pieces_of(state: State, mask: np.ndarray) -> IntArray:
    return state.ground.pieces(np.where(mask, 0, -1))


def _loose(old: IntArray, new: IntArray, areas: np.ndarray) -> IntArray:
    present = np.flatnonzero(new >= 0)
    size = np.bincount(new[present], weights=areas[present])
    stems: dict[int, set[int]] = {}
    rooted: set[int] = set()
    for face in present[old[present] >= 0].tolist():
        stems.setdefault(int(old[face]), set()).add(int(new[face]))
        rooted.add(int(new[face]))
    cut = set(range(len(size))) - rooted
    for parts in stems.values():
        cut |= parts - {max(parts, key=lambda part: (size[part], -part))}
    return np.flatnonzero(np.isin(new, sorted(cut)))


def checked_labels(state: State, after: IntArray) -> list[Change]:
    """
    Return the changes that lead to other labels.

    Raises
    ------
    EditRefused
        If a cell concerned is locked, would be left without land, fall into pieces or lose its outlet's unit.
    """
    moving = np.flatnonzero(after != state.labels)
    numbers = np.unique(np.concatenate([after[moving], state.labels[moving]])).tolist()
    concerned = [state.names[number] for number in numbers]
    require_cells(state, concerned)
    _keep_outlets_home(state, moving)
    present = set(np.unique(after).tolist())
    for cell_id, number in zip(concerned, numbers, strict=True):
        if number not in present:
            raise refuse(state, f"Cell {cell_id} would be left without land; merge it instead.", moving)
    broken = broken_pieces(state, after, concerned)
    if broken:
        cell_id, loose = next(iter(broken.items()))
        raise refuse(state, f"Cell {cell_id} would fall into pieces: {_units_of(state, loose)} cut off.", loose)
    return label_changes(state, after)


def label_changes(state: State, labels: IntArray, opened: tuple[str, ...] = ()) -> list[Change]:
    """Return the changes that lead to other labels, those between the same cells together."""
    rows = np.flatnonzero(labels != state.labels)
    order = rows[np.lexsort((rows, labels[rows], state.labels[rows]))]
    names = [*state.names, *opened]
    return [Change("label", int(row), names[state.labels[row]], names[labels[row]]) for row in order]


def _name(state: State, face: int) -> str:
    unit = state.faces[face].unit_id
    return f"face {face}" if unit is None else f"unit {unit}"


def _units_of(state: State, faces: IntArray) -> str:
    names = list(dict.fromkeys(_name(state, int(face)).removeprefix("unit ") for face in faces))
    return f"unit {names[0]} is" if len(names) == 1 else f"units {listed(names)} are"


def merge_cells(state: State, cell_ids: Sequence[str], into: str | None) -> list[Change]:
    """Put all faces of some cells into one of them, which keeps its id."""
    ids = list(dict.fromkeys(cell_ids))
    require_cells(state, ids)
    if len(ids) < 2:
        raise refuse(state, "A merge needs at least two different cells.")
    target = ids[0] if into is None else into
    if target not in ids:
        raise refuse(state, f"The merged cell must keep the id of one of {listed(ids)}, not {target}.")
    _require_touching(state, ids, target)
    others = [cell_id for cell_id in ids if cell_id != target]
    changes = [change for cell_id in others for change in relabel(state, state.members(cell_id), target)]
    anchors = [record for record in state.outlets.values() if record.cell_id in others]
    changes += [Change("outlet", item.outlet_id, item, replace(item, cell_id=target)) for item in anchors]
    changes += [Change("officer", name, at, target) for name, at in state.officers.items() if at in others]
    kept = state.cells[target]
    if kept.outlet_id is None:
        heir = next((state.cells[name].outlet_id for name in ids if state.cells[name].outlet_id), None)
        if heir is not None:
            changes.append(Change("cell", target, kept, replace(kept, outlet_id=heir)))
    return changes + [Change("cell", cell_id, state.cells[cell_id], None) for cell_id in others]


def _require_touching(state: State, ids: Sequence[str], target: str) -> None:
    """Refuse to merge cells that do not hang together."""
    numbers = [state.number[cell_id] for cell_id in ids]
    ground = state.ground
    one, two = state.labels[ground.one], state.labels[ground.two]
    chosen = np.isin(one, numbers) & np.isin(two, numbers) & (one != two)
    pairs = set(zip(one[chosen].tolist(), two[chosen].tolist(), strict=True))
    reached, grown = {state.number[target]}, True
    while grown:
        more = {b for a, b in pairs if a in reached} | {a for a, b in pairs if b in reached}
        grown = not more <= reached
        reached |= more
    apart = [cell_id for cell_id in ids if state.number[cell_id] not in reached]
    if apart:
        reason = f"Cell {listed(apart)} does not touch cell {target}, so they would not be one piece."
        raise refuse(state, reason, state.members(apart[0]))


def new_cell_id(state: State, cell_id: str) -> str:
    """Return an id for a part of a cell that no cell of this session ever had."""
    number = 2
    while f"{cell_id}-{number}" in state.number:
        number += 1
    return f"{cell_id}-{number}"


def split_off(
    state: State,
    cell_id: str,
    sides: tuple[Sequence[int], Sequence[int]],
    *,
    new_id: str | None,
    homes: Mapping[str, int],
) -> tuple[list[Change], str]:
    """
    Make a new cell of one side of a cell.

    Parameters
    ----------
    state
        State of a session.
    cell_id
        The cell.
    sides
        Its faces on either side; faces past the last one are new.
    new_id
        Id of the new cell, None to make one.
    homes
        Face of each of the cell's outlets.

    Returns
    -------
    changes, new_id
        The side with the cell's own outlet keeps the id, else the one with more outlets, else the heavier one.
    """
    record = state.cells[cell_id]
    name = new_cell_id(state, cell_id) if new_id is None else new_id
    if name in state.number:
        raise refuse(state, f"The id {name} was already given to a cell; choose another.")
    anchors = state.anchors(cell_id)
    first = {item.outlet_id for item in anchors if homes[item.outlet_id] in set(sides[0])}
    own = record.outlet_id in homes
    keeps_first = record.outlet_id in first if own else 2 * len(first) > len(anchors)
    if not own and 2 * len(first) == len(anchors):
        keeps_first = len(sides[0]) >= len(sides[1])
    away = sides[1] if keeps_first else sides[0]
    moved = [item for item in anchors if (item.outlet_id in first) != keeps_first]
    fresh = replace(record, cell_id=name, outlet_id=moved[0].outlet_id if moved else None, locked=False)
    changes = [Change("cell", name, None, fresh)]
    changes += [Change("outlet", item.outlet_id, item, replace(item, cell_id=name)) for item in moved]
    old = [row for row in away if row < len(state)]
    changes += relabel(state, np.array(sorted(old), dtype=np.int64), name)
    kept = set(sides[0] if keeps_first else sides[1])
    fresh_faces = sorted(row for side in sides for row in side if row >= len(state))
    changes += [Change("label", row, None, cell_id if row in kept else name) for row in fresh_faces]
    return changes, name
