"""What one applied command changed: small enough to send to a widget, complete enough to undo and replay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from gridpart._typing import GeometryArray
from gridpart.studio.metrics import CellFigures
from gridpart.studio.records import CellRecord, Change, OutletRecord

Kind = Literal["command", "undo", "redo", "preview"]


@dataclass(frozen=True)
class Delta:
    """
    What one applied command, undo or redo changed.

    Attributes
    ----------
    seq
        Sequence number: counts applied commands, undos and redos of the session from 1, without holes.
    kind
        ``command``, ``undo``, ``redo`` or ``preview`` (then nothing was changed).
    command
        Name of the command that was applied, taken back or applied again.
    changes
        Every value before and after, in the order in which they are made.
    figures
        Figures of the cells that changed, by id; None for a cell that is no more.
    summary
        Figures of the whole grid after the change, by name.
    """

    seq: int
    kind: Kind
    command: str
    changes: tuple[Change, ...]
    figures: dict[str, CellFigures | None]
    summary: dict[str, Any]

    @property
    def labels(self) -> dict[int, str]:
        """Cell id after the change of each face whose label changed."""
        return {int(item.key): item.after for item in self.changes if item.table == "label" and item.after is not None}

    @property
    def faces(self) -> dict[int, Any]:
        """Geometry after the change of each face whose shape changed; None for a face that is no more."""
        found = [item for item in self.changes if item.table == "face"]
        return {int(item.key): None if item.after is None else item.after.polygon for item in found}

    @property
    def cells(self) -> dict[str, CellRecord | None]:
        """Record after the change of each cell that came, went, was or was locked."""
        return {str(item.key): item.after for item in self.changes if item.table == "cell"}

    @property
    def outlets(self) -> dict[str, OutletRecord | None]:
        """Record after the change of each outlet that opened, closed, moved or changed cells."""
        return {str(item.key): item.after for item in self.changes if item.table == "outlet"}

    def to_message(self) -> dict[str, Any]:
        """
        Return the change as JSON values for a widget.

        Returns
        -------
        message
            ``seq, kind, command, summary``; ``labels``: rows ``[cell_id, [face, …]]``; ``faces``: rows
            ``[face, [[ring, …] of each part] or null]``, a ring as ``[x, y, x, y, …]`` in m without its closing
            point; ``cells``: by id the figures, or null; ``records``: by id ``locked`` and ``outlet_id`` of cells
            whose record changed, or null; ``outlets``: by id ``[cell_id, x, y]`` or null; ``officers``: cell id by
            staff id; ``plan``: by name.
        """
        by_cell: dict[str, list[int]] = {}
        for face, cell_id in self.labels.items():
            by_cell.setdefault(cell_id, []).append(face)
        return {
            "seq": self.seq,
            "kind": self.kind,
            "command": self.command,
            "labels": [[cell_id, faces] for cell_id, faces in by_cell.items()],
            "faces": [[face, None if shape is None else rings_of(shape)] for face, shape in self.faces.items()],
            "cells": {cell_id: None if item is None else item.as_row() for cell_id, item in self.figures.items()},
            "records": {
                cell_id: None if record is None else {"locked": record.locked, "outlet_id": record.outlet_id}
                for cell_id, record in self.cells.items()
            },
            "outlets": {
                name: None if record is None else [record.cell_id, record.x, record.y]
                for name, record in self.outlets.items()
            },
            "officers": {str(item.key): item.after for item in self.changes if item.table == "officer"},
            "plan": {str(item.key): item.after for item in self.changes if item.table == "plan"},
            "summary": self.summary,
        }


def rings_of(polygon: Any) -> list[list[list[float]]]:  # noqa: ANN401 - a shapely geometry
    """Return the parts of a polygon as lists of rings ``[x, y, …]`` in m, shells first, closing points left out."""
    import shapely

    parts: GeometryArray = shapely.get_parts(polygon)
    return [[shapely.get_coordinates(ring)[:-1].ravel().tolist() for ring in shapely.get_rings(part)] for part in parts]
