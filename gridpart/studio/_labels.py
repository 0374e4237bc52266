"""Commands that change labels only: assign, merge, split along units. Each returns changes or refuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from gridpart._typing import IntArray
from gridpart.studio._state import State
from gridpart.studio.records import Change
from gridpart.studio.refusals import named, refuse


def require_cells(state: State, cell_ids: Iterable[str], *, unlocked: bool = True) -> None:
    """Refuse unknown cells, and locked ones."""
    wanted = list(dict.fromkeys(cell_ids))
    unknown = [cell_id for cell_id in wanted if cell_id not in state.cells]
    if unknown:
        raise refuse(state, "no_cell", cells=named(unknown))
    locked = [cell_id for cell_id in wanted if state.cells[cell_id].locked]
    if locked and unlocked:
        raise refuse(state, "locked", state.members(locked[0]), cells=named(locked))


def faces_of_units(state: State, unit_ids: Iterable[str]) -> IntArray:
    """Return the faces of units, sorted; a grid without units has faces numbered as its units."""
    ids = [str(unit) for unit in unit_ids]
    table = state.units
    unknown = [unit for unit in ids if unit not in table]
    if unknown or not ids:
        key = "unit_not_named" if not ids else "no_unit" if table else "no_units_here"
        raise refuse(state, key, units=named(unknown))
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
        raise refuse(state, "already_there", faces, cell=target, units=_units_of(state, faces))
    sources = [state.names[row] for row in np.unique(state.labels[moving]).tolist()]
    require_cells(state, sources)
    _keep_outlets_home(state, moving)
    after = state.labels.copy()
    after[moving] = number
    for source in sources:
        if not (after == state.number[source]).any():
            raise refuse(state, "left_without_land", moving, cells=source)
    broken = broken_pieces(state, after, [*sources, target])
    if broken and not force:
        cell_id, loose = next(iter(broken.items()))
        raise refuse(state, "in_pieces", loose, cell=cell_id, units=_units_of(state, loose))
    return relabel(state, moving, target), list(broken)


def _keep_outlets_home(state: State, moving: IntArray) -> None:
    """Refuse to take from a cell the face that its own outlet stands in."""
    taken = set(moving.tolist())
    for outlet_id, face in state.home.items():
        if face in taken and state.names[state.labels[face]] == state.outlets[outlet_id].cell_id:
            cell_id = state.outlets[outlet_id].cell_id
            raise refuse(state, "outlet_at_home", [face], outlet=outlet_id, cell=cell_id, unit=name_of(state, face))


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
            raise refuse(state, "left_without_land", moving, cells=cell_id)
    broken = broken_pieces(state, after, concerned)
    if broken:
        cell_id, loose = next(iter(broken.items()))
        raise refuse(state, "in_pieces", loose, cell=cell_id, units=_units_of(state, loose))
    return label_changes(state, after)


def label_changes(state: State, labels: IntArray, opened: tuple[str, ...] = ()) -> list[Change]:
    """Return the changes that lead to other labels, those between the same cells together."""
    rows = np.flatnonzero(labels != state.labels)
    order = rows[np.lexsort((rows, labels[rows], state.labels[rows]))]
    names = [*state.names, *opened]
    return [Change("label", int(row), names[state.labels[row]], names[labels[row]]) for row in order]


def name_of(state: State, face: int) -> str:
    """Return the unit of a face as messages call it, or its number where there are no units."""
    unit = state.faces[face].unit_id or f"#{face}"
    return state.unit_names.get(unit, unit)


def _units_of(state: State, faces: IntArray) -> tuple[str, ...]:
    return named(dict.fromkeys(name_of(state, int(face)) for face in faces))


def merge_cells(state: State, cell_ids: Sequence[str], into: str | None) -> list[Change]:
    """Put all faces of some cells into one of them, which keeps its id."""
    ids = list(dict.fromkeys(cell_ids))
    require_cells(state, ids)
    if len(ids) < 2:
        raise refuse(state, "merge_two")
    target = ids[0] if into is None else into
    if target not in ids:
        raise refuse(state, "merge_into", cells=named(ids), cell=target)
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
        raise refuse(state, "apart", state.members(apart[0]), cells=named(apart), cell=target)


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
        raise refuse(state, "id_given", cell=name)
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
