"""Commands that move, open and close outlets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from gridpart.arguments import checked
from gridpart.partition import Grid
from gridpart.studio import _borders, _labels, _outlets
from gridpart.studio._editing import Editing
from gridpart.studio._redrawing import cells_redrawn
from gridpart.studio.commands import Place
from gridpart.studio.delta import Delta
from gridpart.studio.records import CellRecord, Change, OutletRecord
from gridpart.studio.refusals import Refusal
from gridpart.tables import contract

KINDS = next(rule.choices for rule in contract("outlets").columns if rule.name == "kind")
"""Kinds of outlets."""

Redraw = Literal["nearest", "keep"]


class Siting(Editing):
    """Commands on outlets; `Session` adds the rest."""

    _base: Grid
    _rivals: _outlets.Rivals | None = None

    @checked
    def move_outlet(self, outlet_id: str, to_xy: Place, *, cells: Redraw | None = None, why: str = "") -> Delta:
        """
        Move an outlet, and by rule nearest the land with it.

        Parameters
        ----------
        outlet_id
            The outlet.
        to_xy
            Where it goes, in m.
        cells
            "nearest": faces that were its cell's because it was nearest go to the nearest other outlet, and those that
            it is now nearest to come to it; land given by hand, and locked cells, stay. "keep": only the outlet
            moves, within its cell. None takes "nearest" for a grid that rule nearest made, else "keep".
        why
            For the log.

        Raises
        ------
        EditRefused
            If the outlet is unknown or would stand outside the area, in another outlet's unit or (keep) in another
            cell; a cell concerned is locked or would be left without land; or (on a free grid) was redrawn by hand.
        """
        chosen = self._redraw() if cells is None else cells
        changes = self.preview_outlet(outlet_id, to_xy, cells=chosen)
        args = {"outlet_id": outlet_id, "to_xy": _borders.require_place(to_xy).tolist(), "cells": chosen}
        return self._apply("move_outlet", args, changes, why)

    @checked
    def preview_outlet(self, outlet_id: str, to_xy: Place, *, cells: Redraw | None = None) -> list[Change]:
        """
        Return what `move_outlet` would change, and change nothing: for a map that shows it while a hand drags.

        Parameters
        ----------
        outlet_id, to_xy, cells
            As for `move_outlet`.

        Raises
        ------
        EditRefused
            As `move_outlet`.
        """
        record, place = self._outlet(outlet_id), _borders.require_place(to_xy)
        moved = replace(record, x=float(place[0]), y=float(place[1]))
        if (self._redraw() if cells is None else cells) == "keep":
            return self._moved_within(record, moved)
        if self._has_units():
            return _outlets.outlet_moved(self._state, outlet_id, place, self._others(outlet_id))
        self._require_inside(moved)
        _labels.require_cells(self._state, [record.cell_id])
        redrawn = cells_redrawn(self._state, self._base, {**self._state.outlets, outlet_id: moved})
        return [Change("outlet", outlet_id, record, moved), *redrawn]

    @checked
    def add_outlet(
        self,
        outlet_id: str,
        xy: Place,
        *,
        cell_id: str | None = None,
        name: str | None = None,
        kind: str | None = None,
        why: str = "",
    ) -> Delta:
        """
        Open an outlet.

        Parameters
        ----------
        outlet_id
            Id of the new outlet.
        xy
            Where, in m.
        cell_id
            Cell that it joins, where it must stand; None opens a cell of the land that is nearest to it.
        name, kind
            What the project's table of outlets shall say of it, once the plan is adopted with a date.
        why
            For the log.

        Raises
        ------
        EditRefused
            If the id is taken, the kind unknown, it would stand outside the area or in another outlet's unit, or a cell
            is locked, would be left without land, or (on a free grid) was redrawn by hand.
        """
        known = self._known_of(outlet_id, name, kind)
        if outlet_id in self._state.outlets or not outlet_id.strip():
            raise Refusal(key="outlet_taken", outlet=repr(outlet_id))
        self._require_free_id(outlet_id)
        place = _borders.require_place(xy)
        args = {"outlet_id": outlet_id, "xy": place.tolist(), "cell_id": cell_id}
        if cell_id is not None:
            return self._apply("add_outlet", args, [*self._joined(outlet_id, place, cell_id), *known], why)
        model = next(iter(self._state.cells.values()))
        name = _outlets.cell_of_outlet(self._state, outlet_id, model.bank_id)
        cell = CellRecord(name, model.bank_id, outlet_id, level=model.level, kind=model.kind)
        record = OutletRecord(outlet_id, name, self._zone_at(place), float(place[0]), float(place[1]))
        if self._has_units():
            changes = _outlets.outlet_opened(self._state, record, cell, self._others(outlet_id))
        else:
            self._require_inside(record)
            redrawn = cells_redrawn(self._state, self._base, {**self._state.outlets, outlet_id: record})
            changes = [Change("cell", name, None, cell), Change("outlet", outlet_id, None, record), *redrawn]
        return self._apply("add_outlet", args, [*changes, *known], why)

    def _require_free_id(self, outlet_id: str) -> None:
        """Refuse the id of another bank's outlet."""

    def _known_of(self, outlet_id: str, name: str | None, kind: str | None) -> list[Change]:
        """Note with the plan what is known of a new outlet; nothing if nothing is."""
        if kind is not None and kind not in KINDS:
            raise Refusal(key="no_kind", kind=repr(kind), kinds=KINDS)
        if name is None and kind is None:
            return []
        before = self._state.plan.get("openings")
        note = {"outlet_id": outlet_id, "name": name, "kind": kind}
        return [Change("plan", "openings", before, [*(before or []), note])]

    @checked
    def close_outlet(self, outlet_id: str, *, why: str = "") -> Delta:
        """
        Close an outlet; the land of a cell without other outlet goes to the nearest ones, and the cell is no more.

        Parameters
        ----------
        outlet_id
            The outlet.
        why
            For the log.

        Raises
        ------
        EditRefused
            If the outlet is unknown or the last one, or a cell concerned is locked, or (on a free grid) was redrawn
            by hand.
        """
        record = self._outlet(outlet_id)
        alone = len(self._state.anchors(record.cell_id)) == 1
        if self._has_units() or not alone:
            changes = _outlets.outlet_closed(self._state, outlet_id, self._others(outlet_id))
        else:
            _labels.require_cells(self._state, [record.cell_id])
            rest = {name: item for name, item in self._state.outlets.items() if name != outlet_id}
            if not rest:
                raise Refusal(key="last_outlet", outlet=outlet_id)
            cell = self._state.cells[record.cell_id]
            heirs = [name for name, at in self._state.officers.items() if at == cell.cell_id]
            changes = [
                *cells_redrawn(self._state, self._base, rest),
                Change("outlet", outlet_id, record, None),
                *[Change("officer", name, cell.cell_id, None) for name in heirs],
                Change("cell", cell.cell_id, cell, None),
            ]
        return self._apply("close_outlet", {"outlet_id": outlet_id}, changes, why)

    def _outlet(self, outlet_id: str) -> OutletRecord:
        record = self._state.outlets.get(outlet_id)
        if record is None:
            raise Refusal(key="no_outlet", outlet=outlet_id)
        return record

    def _redraw(self) -> Redraw:
        return "nearest" if self._base.provenance.get("rule") == "nearest" else "keep"

    def _has_units(self) -> bool:
        return bool(self._state.units) or self._base.provenance.get("rule") != "nearest"

    def _others(self, outlet_id: str) -> _outlets.Rivals:
        """Return the rivals of an outlet; while it is dragged they are measured once."""
        known = self._rivals
        if known is None or (known.seq, known.outlet_id) != (self.seq, outlet_id):
            self._rivals = known = _outlets.rivals_of(self._state, outlet_id, seq=self.seq)
        return known

    def _require_inside(self, record: OutletRecord) -> None:
        if self._state.face_at(record.x, record.y) < 0:
            raise Refusal(record.point, key="outside", outlet=record.outlet_id)

    def _moved_within(self, record: OutletRecord, moved: OutletRecord) -> list[Change]:
        self._require_inside(moved)
        _labels.require_cells(self._state, [record.cell_id])
        self._require_in_cell(moved)
        return [Change("outlet", record.outlet_id, record, moved)]

    def _require_in_cell(self, record: OutletRecord) -> None:
        face = self._state.face_at(record.x, record.y, record.cell_id)
        there = self._state.names[self._state.labels[face]]
        if there != record.cell_id:
            values = {"outlet": record.outlet_id, "cell": record.cell_id, "other": there}
            raise Refusal(record.point, key="outlet_elsewhere", **values)

    def _joined(self, outlet_id: str, place: Any, cell_id: str) -> list[Change]:  # noqa: ANN401 - an array
        _labels.require_cells(self._state, [cell_id])
        record = OutletRecord(outlet_id, cell_id, self._zone_at(place), float(place[0]), float(place[1]))
        self._require_inside(record)
        self._require_in_cell(record)
        cell = self._state.cells[cell_id]
        first = [] if cell.outlet_id else [Change("cell", cell_id, cell, replace(cell, outlet_id=outlet_id))]
        return [Change("outlet", outlet_id, None, record), *first]

    def _zone_at(self, place: Any) -> str | None:  # noqa: ANN401 - an array
        face = self._state.face_at(float(place[0]), float(place[1]))
        return None if face < 0 else self._state.faces[face].zone_class
