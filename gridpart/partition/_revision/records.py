"""What a revision changed, in words a file can hold, so that it can be taken back to the bit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from gridpart._typing import IntArray
from gridpart.coverage import Coverage
from gridpart.partition._revision.land import Land, Outlet
from gridpart.partition._revision.transfer import Diff
from gridpart.partition._sites import COINCIDENT_M

Record = Mapping[str, Any]

_OUTLET = ("point", "cell_id", "bank_id", "zone")


def record_of(before: Land, after: Land, diff: Diff, told: Mapping[str, Any], *, by_faces: bool) -> dict[str, Any]:
    """
    Write down a revision.

    Parameters
    ----------
    before, after
        The land.
    diff
        What closed and opened.
    told
        Figures of the grid before.
    by_faces
        Whether the rule shares out whole faces, of which there are many: then only their cells are written down.

    Returns
    -------
    record
        Outlets, cells that went, and the faces concerned: only their cells where the faces themselves stayed, else the
        faces as they were and a digest of what they became.
    """
    gone = {cell: dict(row) for cell, row in before.facts.items() if cell not in after.facts}
    come = sorted(set(after.facts) - set(before.facts))
    record = {
        "closed": {name: _as_dict(outlet) for name, outlet in diff.closed.items()},
        "opened": {name: _as_dict(outlet) for name, outlet in diff.opened.items()},
        "cells_gone": gone,
        "cells_come": come,
        "told": dict(told),
    }
    if by_faces and _same_ground(before, after):
        rows = np.flatnonzero(before.cell.astype(str) != after.cell.astype(str))
        faces = {
            "rows": rows.tolist(),
            "from": before.cell[rows].tolist(),
            "to": after.cell[rows].tolist(),
            "ground": _ground(after),
        }
        return record | {"faces_moved": faces}
    cells = _changed_cells(before, after)
    rows = before.faces_of(cells)
    faces = {
        "cells": cells,
        "rows": rows.tolist(),
        "shapes": shapely.to_wkb(before.coverage.polygons[rows], hex=True, byte_order=1).tolist(),
        "cell": before.cell[rows].tolist(),
        "unit_ids": None if before.unit_ids is None else before.unit_ids[rows].tolist(),
        "demand": None if before.demand is None else before.demand[rows].tolist(),
        "zone": None if before.zone is None else before.zone[rows].tolist(),
        "became": _digest(after, after.faces_of([*cells, *come])),
    }
    return record | {"faces_cut": faces}


def _same_ground(one: Land, two: Land) -> bool:
    """Tell whether the faces are the same, in the same order."""
    if one.coverage is two.coverage or len(one.cell) != len(two.cell):
        return one.coverage is two.coverage
    shapes = [shapely.normalize(land.coverage.polygons) for land in (one, two)]
    return bool(shapely.equals_exact(*shapes).all())


def _as_dict(outlet: Outlet) -> dict[str, Any]:
    return {name: list(outlet.point) if name == "point" else getattr(outlet, name) for name in _OUTLET}


def _outlet(known: Mapping[str, Any]) -> Outlet:
    return Outlet((known["point"][0], known["point"][1]), known["cell_id"], known["bank_id"], known["zone"])


def _changed_cells(before: Land, after: Land) -> list[str]:
    """Return the cells of before that have other faces now, sorted."""
    one, two = _faces_by_cell(before), _faces_by_cell(after)
    return sorted(cell for cell, faces in one.items() if two.get(cell) != faces)


def _faces_by_cell(land: Land) -> dict[str, list[bytes]]:
    shapes = shapely.to_wkb(shapely.normalize(land.coverage.polygons), byte_order=1)
    found: dict[str, list[bytes]] = {}
    for cell, shape in zip(land.cell.tolist(), shapes.tolist(), strict=True):
        found.setdefault(cell, []).append(shape)
    return {cell: sorted(faces) for cell, faces in found.items()}


def _digest(land: Land, rows: IntArray) -> str:
    shapes = shapely.to_wkb(shapely.normalize(land.coverage.polygons[rows]), byte_order=1)
    result = hashlib.sha256()
    for name, shape in sorted(zip(land.cell[rows].astype(str).tolist(), shapes.tolist(), strict=True)):
        result.update(name.encode("utf-8", "surrogatepass") + b"\0" + shape)
    return result.hexdigest()


def _ground(land: Land) -> str:
    """Return a digest of all faces in their order, whosever they are."""
    shapes = shapely.to_wkb(shapely.normalize(land.coverage.polygons), byte_order=1)
    return hashlib.sha256(b"\0".join(shapes.tolist())).hexdigest()


def taken_back(land: Land, diff: Diff, records: Sequence[Record]) -> tuple[Land, Diff, list[Record], Mapping[str, Any]]:
    """
    Take back earlier revisions as far as outlets return to where they were.

    Parameters
    ----------
    land
        As it is.
    diff
        What is to close and open.
    records
        Of earlier revisions, the newest last.

    Returns
    -------
    land, diff, records, told
        What is left to do, the records that still count, and the figures of the grid that came back, if any.
    """
    told: Mapping[str, Any] = {}
    whole = _back_to(diff, records)
    left = list(records)
    for number in range(len(records) - 1, -1, -1):
        record = records[number]
        inverse = _inverse(record)
        if not (number >= whole or _within(inverse, diff)):
            continue
        before = _undone(land, record)
        if before is None:
            continue
        land, told = before, record["told"]
        left.remove(record)
        diff = _without(diff, inverse)
    return land, diff, left, told


def _inverse(record: Record) -> Diff:
    return Diff(
        {name: _outlet(known) for name, known in record["opened"].items()},
        {name: _outlet(known) for name, known in record["closed"].items()},
    )


def _same(one: Outlet, two: Outlet) -> bool:
    return bool(np.hypot(one.point[0] - two.point[0], one.point[1] - two.point[1]) <= COINCIDENT_M)


def _within(part: Diff, whole: Diff) -> bool:
    """Tell whether all that a change does is wanted."""
    return all(
        name in side and _same(side[name], outlet)
        for mine, side in ((part.closed, whole.closed), (part.opened, whole.opened))
        for name, outlet in mine.items()
    )


def _without(diff: Diff, done: Diff) -> Diff:
    """Return what is left to do after a change; what it did beyond is to be done the other way."""
    closed, opened = dict(diff.closed), dict(diff.opened)
    opened |= {name: outlet for name, outlet in done.closed.items() if closed.pop(name, None) is None}
    for name, outlet in done.opened.items():
        if name in opened and _same(opened[name], outlet):
            del opened[name]
        else:
            closed[name] = outlet
    return Diff(closed, opened)


def _back_to(diff: Diff, records: Sequence[Record]) -> int:
    """Return from which record on all are to be taken back, for the outlets are those of then; past the end if none."""
    left = diff
    for number in range(len(records) - 1, -1, -1):
        left = _without(left, _inverse(records[number]))
        if not left:
            return number
    return len(records)


def _undone(land: Land, record: Record) -> Land | None:
    """Return the land before a revision, None if what it made is no longer as it left it."""
    outlets = {name: outlet for name, outlet in land.outlets.items() if name not in record["opened"]}
    outlets |= {name: _outlet(known) for name, known in record["closed"].items()}
    facts = {cell: row for cell, row in land.facts.items() if cell not in record["cells_come"]}
    facts |= record["cells_gone"]
    changed = replace(land, outlets=outlets, facts=facts)
    if "faces_moved" in record:
        moved = record["faces_moved"]
        rows = np.array(moved["rows"], dtype=np.int64)
        if moved["ground"] != _ground(land) or land.cell[rows].tolist() != moved["to"]:
            return None
        return changed.relabelled(rows, np.array([*moved["from"], None], dtype=object)[:-1])
    return _uncut(changed, record["faces_cut"], record["cells_come"])


def _uncut(land: Land, cut: Mapping[str, Any], come: Sequence[str]) -> Land | None:
    rows = land.faces_of([*cut["cells"], *come])
    if _digest(land, rows) != cut["became"]:
        return None
    kept = np.setdiff1d(np.arange(len(land.cell)), rows)
    shapes = shapely.from_wkb(cut["shapes"])
    # faces that stay keep their order: put all in the order they had, unless others were cut since
    place = np.arange(len(kept) + len(shapes))
    old = np.array(cut["rows"], dtype=np.int64)
    if old.max() < len(place):
        place[old] = len(kept) + np.arange(len(shapes))
        place[np.setdiff1d(np.arange(len(place)), old)] = np.arange(len(kept))

    def joined(values: Any, before: Any) -> Any:  # noqa: ANN401 - arrays of any kind
        if values is None or before is None:
            return None
        return np.concatenate([values[kept], np.array([*before, None], dtype=object)[:-1].astype(values.dtype)])[place]

    return replace(
        land,
        coverage=Coverage.from_polygons(np.concatenate([land.coverage.polygons[kept], shapes])[place]),
        cell=joined(land.cell, cut["cell"]),
        unit_ids=joined(land.unit_ids, cut["unit_ids"]),
        demand=joined(land.demand, cut["demand"]),
        zone=joined(land.zone, cut["zone"]),
    )
