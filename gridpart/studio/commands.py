"""The edit commands of a session: each is checked, then applied as one delta or refused with reason and place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from gridpart.studio import _labels, _split
from gridpart.studio._state import State
from gridpart.studio.delta import Delta
from gridpart.studio.records import Change


class Commands:
    """Edit commands; `Session` adds history, log and saving."""

    _state: State

    def _apply(self, command: str, args: dict[str, Any], changes: Sequence[Change], why: str) -> Delta:
        raise NotImplementedError

    def assign(self, unit_ids: Iterable[str] | str, cell_id: str, *, force: bool = False, why: str = "") -> Delta:
        """
        Put units into a cell, all of them or none.

        Parameters
        ----------
        unit_ids
            One or more units; those that are in the cell already are left as they are.
        cell_id
            Cell that takes them.
        force
            Allow that a cell falls into pieces; it is recorded among the plan's findings.
        why
            For the log.

        Raises
        ------
        EditRefused
            If a unit or cell is unknown, a cell concerned is locked, all units are there already, a cell would be
            left without land or (unless forced) fall into pieces, or a cell would lose the unit its outlet is in.
        """
        ids = [unit_ids] if isinstance(unit_ids, str) else [str(unit) for unit in unit_ids]
        faces = _labels.faces_of_units(self._state, ids)
        changes, broken = _labels.assign_faces(self._state, faces, cell_id, force=force)
        args = {"unit_ids": ids, "cell_id": cell_id, "force": force}
        return self._apply("assign", args, [*changes, *self._forced("assign", broken)], why)

    def assign_faces(self, faces: Iterable[int], cell_id: str, *, force: bool = False, why: str = "") -> Delta:
        """
        Put faces into a cell, all of them or none: as `assign`, for a unit that is cut, or a grid without units.

        Parameters
        ----------
        faces
            Numbers of faces.
        cell_id, force, why
            As for `assign`.

        Raises
        ------
        EditRefused
            As `assign`.
        """
        rows = np.unique(np.array(list(faces), dtype=np.int64))
        if len(rows) == 0 or rows[0] < 0 or rows[-1] >= len(self._state):
            raise _labels.refuse(self._state, f"Faces are numbered from 0 to {len(self._state) - 1}.")
        changes, broken = _labels.assign_faces(self._state, rows, cell_id, force=force)
        args = {"faces": rows.tolist(), "cell_id": cell_id, "force": force}
        return self._apply("assign_faces", args, [*changes, *self._forced("assign", broken)], why)

    def _forced(self, command: str, broken: Sequence[str]) -> list[Change]:
        """Record cells that a command was forced to break."""
        if not broken:
            return []
        before = self._state.plan.get("forced")
        return [Change("plan", "forced", before, [*(before or []), {"command": command, "cell_ids": list(broken)}])]

    def merge(self, cell_ids: Sequence[str], *, into: str | None = None, why: str = "") -> Delta:
        """
        Join cells that touch; outlets and officers go with their land.

        Parameters
        ----------
        cell_ids
            At least two cells.
        into
            Which of them keeps its id; the first if None.
        why
            For the log.

        Raises
        ------
        EditRefused
            If a cell is unknown or locked, or they do not hang together.
        """
        changes = _labels.merge_cells(self._state, [str(item) for item in cell_ids], into)
        return self._apply("merge", {"cell_ids": list(cell_ids), "into": into}, changes, why)

    def split(
        self, cell_id: str, *, line: shapely.LineString | None = None, new_id: str | None = None, why: str = ""
    ) -> Delta:
        """
        Divide a cell in two; the part with the outlet keeps its id.

        Parameters
        ----------
        cell_id
            Cell to divide.
        line
            Divide whole units by the side of this line; None makes two connected halves of about equal demand.
        new_id
            Id of the new cell; made from `cell_id` if None.
        why
            For the log.

        Raises
        ------
        EditRefused
            If the cell is unknown or locked, or cannot be divided so.
        """
        _labels.require_cells(self._state, [cell_id])
        away = _split.halved(self._state, cell_id) if line is None else _split.beside_line(self._state, cell_id, line)
        changes, name = _labels.split_off(self._state, cell_id, away, new_id)
        drawn = None if line is None else shapely.get_coordinates(line).tolist()
        return self._apply("split", {"cell_id": cell_id, "line": drawn, "new_id": name}, changes, why)

    def lock(self, cell_id: str, *, why: str = "") -> Delta:
        """
        Refuse all edits of a cell until it is unlocked.

        Raises
        ------
        EditRefused
            If the cell is unknown or locked already.
        """
        return self._set_lock(cell_id, locked=True, why=why)

    def unlock(self, cell_id: str, *, why: str = "") -> Delta:
        """
        Allow edits of a cell again.

        Raises
        ------
        EditRefused
            If the cell is unknown or not locked.
        """
        return self._set_lock(cell_id, locked=False, why=why)

    def _set_lock(self, cell_id: str, *, locked: bool, why: str) -> Delta:
        _labels.require_cells(self._state, [cell_id], unlocked=False)
        record = self._state.cells[cell_id]
        if record.locked == locked:
            reason = f"Cell {cell_id} is {'already' if locked else 'not'} locked."
            raise _labels.refuse(self._state, reason, self._state.members(cell_id))
        change = Change("cell", cell_id, record, replace(record, locked=locked))
        return self._apply("lock" if locked else "unlock", {"cell_id": cell_id}, [change], why)
