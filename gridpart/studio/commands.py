"""The edit commands of a session: each is checked, then applied as one delta or refused with reason and place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import shapely

from gridpart.arguments import checked
from gridpart.studio import _borders, _labels, _splitting
from gridpart.studio._editing import Editing
from gridpart.studio.delta import Delta
from gridpart.studio.records import Change
from gridpart.studio.refusals import Refusal, refuse

Place: TypeAlias = Iterable[float]
"""East and north in m."""


class Commands(Editing):
    """Edit commands; `Session` adds history, log and saving."""

    @checked
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

    @checked
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
            raise Refusal(key="faces_numbered", last=len(self._state) - 1)
        changes, broken = _labels.assign_faces(self._state, rows, cell_id, force=force)
        args = {"faces": rows.tolist(), "cell_id": cell_id, "force": force}
        return self._apply("assign_faces", args, [*changes, *self._forced("assign", broken)], why)

    def _forced(self, command: str, broken: Sequence[str]) -> list[Change]:
        """Record cells that a command was forced to break."""
        if not broken:
            return []
        before = self._state.plan.get("forced")
        return [Change("plan", "forced", before, [*(before or []), {"command": command, "cell_ids": list(broken)}])]

    @checked
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

    @checked
    def split(
        self,
        cell_id: str,
        *,
        line: shapely.LineString | None = None,
        cut: bool | None = None,
        force: bool = False,
        new_id: str | None = None,
        why: str = "",
    ) -> Delta:
        """
        Divide a cell in two; the part with the cell's outlet keeps its id.

        Parameters
        ----------
        cell_id
            Cell to divide.
        line
            Where, prolonged straight beyond its ends; None makes halves of about equal demand.
        cut
            True cuts the faces that the line crosses, both sides of every border getting the new vertices in the same
            step, demand shared by area. False keeps faces whole and goes by their middles. None cuts where the cell
            is one face, or the grid has no units.
        force
            Allow that a part is in pieces; it is recorded among the plan's findings.
        new_id
            Id of the new cell; made from `cell_id` if None.
        why
            For the log.

        Raises
        ------
        EditRefused
            If the cell is unknown or locked, or cannot be divided so; or a part would be in pieces.
        """
        state = self._state
        _labels.require_cells(state, [cell_id])
        mine = state.members(cell_id)
        is_cut = (len(mine) == 1 or state.faces[int(mine[0])].unit_id is None) if cut is None else cut
        path = None if line is None else _splitting.path_of(line)
        division = _splitting.divide(state, cell_id, path, cut=is_cut, force=force)
        changes, name = _labels.split_off(state, cell_id, division.sides, new_id=new_id, homes=division.homes)
        drawn = None if path is None else path.tolist()
        args = {"cell_id": cell_id, "line": drawn, "cut": is_cut, "force": force, "new_id": name}
        broken = [cell_id] if division.in_pieces else []
        return self._apply("split", args, [*division.changes, *changes, *self._forced("split", broken)], why)

    @checked
    def move_vertex(self, xy: Place, to_xy: Place, *, within_m: float = 1e-3, why: str = "") -> Delta:
        """
        Move a vertex of a border, a junction of several too: once, for all faces that have it.

        Units keep their demand when their outline changes; the grid's provenance lists them.

        Parameters
        ----------
        xy
            Place of the vertex in m; the nearest one within `within_m` is meant.
        to_xy
            Where it goes, in m.
        within_m
            How far from a vertex `xy` may be, in m.
        why
            For the log.

        Raises
        ------
        EditRefused
            If there is no vertex, it lies on the border of the service area, a cell beside it is locked, or a border
            would cross or touch another (the edge is named) or pass over an outlet.
        """
        start = _borders.nearest_vertex(self._state, _borders.require_place(xy), within_m=within_m)
        end = _borders.require_place(to_xy)
        changes = _borders.vertices_moved(self._state, start[None], end[None])
        return self._apply("move_vertex", {"xy": start.tolist(), "to_xy": end.tolist()}, changes, why)

    @checked
    def bend_border(self, xy: Place, to_xy: Place, *, within_m: float = 1e-3, why: str = "") -> Delta:
        """
        Put a new vertex on a border and move it: how a straight border is drawn in or out.

        Parameters
        ----------
        xy
            Place on the border in m; the nearest edge within `within_m` is meant.
        to_xy
            Where the new vertex goes, in m.
        within_m
            How far from the edge `xy` may be, in m.
        why
            For the log.

        Raises
        ------
        EditRefused
            As `move_vertex`.
        """
        start, end = _borders.require_place(xy), _borders.require_place(to_xy)
        changes = _borders.edge_bent(self._state, start, end, within_m=within_m)
        return self._apply("bend_border", {"xy": start.tolist(), "to_xy": end.tolist()}, changes, why)

    @checked
    def move_stretch(self, xy: Place, by: Place, *, within_m: float = 1e-3, why: str = "") -> Delta:
        """
        Shift the stretch of border between two cells that passes a place; its ends stay.

        Parameters
        ----------
        xy
            Place on the border in m.
        by
            How far east and north, in m.
        within_m
            How far from the border `xy` may be, in m.
        why
            For the log.

        Raises
        ------
        EditRefused
            As `move_vertex`, or if the stretch is one straight edge.
        """
        place, shift = _borders.require_place(xy), _borders.require_place(by)
        inner = _borders.stretch_at(self._state, place, within_m=within_m)
        changes = _borders.vertices_moved(self._state, inner, inner + shift + 0.0)
        return self._apply("move_stretch", {"xy": place.tolist(), "by": shift.tolist()}, changes, why)

    @checked
    def lock(self, cell_id: str, *, why: str = "") -> Delta:
        """
        Refuse all edits of a cell until it is unlocked.

        Raises
        ------
        EditRefused
            If the cell is unknown or locked already.
        """
        return self._set_lock(cell_id, locked=True, why=why)

    @checked
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
            key = "already_locked" if locked else "not_locked"
            raise refuse(self._state, key, self._state.members(cell_id), cells=cell_id)
        change = Change("cell", cell_id, record, replace(record, locked=locked))
        return self._apply("lock" if locked else "unlock", {"cell_id": cell_id}, [change], why)
