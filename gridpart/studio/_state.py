"""The state of a session: faces, their labels, cells, outlets and plan; changed by `Change` alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray, GeometryArray, IntArray
from gridpart.errors import InputError
from gridpart.i18n import messages
from gridpart.partition import Grid
from gridpart.studio._ground import Ground, middle_of
from gridpart.studio.records import CellRecord, Change, FaceRecord, OutletRecord

say = messages("studio")

_OWN_COLUMNS = ("cell_id", "bank_id", "outlet_id", "parent_id", "level", "kind")
_DERIVED_COLUMNS = ("zone_class", "demand", "area_m2", "geometry")

NOTES = ("milestones", "comments", "forced", "openings")
"""What a plan notes, each a list of mappings; kept in the provenance of its grid."""


class State:
    """
    Faces with their labels, cells, outlets and plan.

    Attributes
    ----------
    faces
        Record of each face.
    labels
        Number of the cell of each face, shape (n_faces,); numbers are never given twice.
    cells, outlets
        Records by id, in the order of the grid.
    officers
        Cell of each officer.
    unit_names
        What messages call units, by id; units that are not there are called by their ids.
    plan
        Status, version and `NOTES`.
    reshaped
        Faces that are not as they were when the session began.
    ground
        Neighbours of the faces.
    """

    def __init__(
        self, grid: Grid, *, officers: dict[str, str] | None = None, unit_names: Mapping[str, str] | None = None
    ) -> None:
        cells = grid.cells
        self.names: list[str] = cells["cell_id"].tolist()
        self.number: dict[str, int] = {name: row for row, name in enumerate(self.names)}
        locked = set(grid.provenance.get("locked", ()))
        rows = zip(self.names, cells.to_dict("records"), strict=True)
        self.cells = {name: _cell(row, locked=name in locked) for name, row in rows}
        self.outlets = {record.outlet_id: record for record in _outlets(grid)}
        self.labels: IntArray = grid.labels.astype(np.int64).copy()
        self.faces = _faces(grid)
        self.officers = dict(officers or {})
        self.unit_names = unit_names or {}
        self.plan: dict[str, Any] = {"status": grid.status, "version": grid.version, **_notes(grid)}
        self._order: dict[tuple[str, str], int] = {}
        for name, table in (
            ("cell", self.cells),
            ("outlet", self.outlets),
            ("officer", self.officers),
            ("plan", self.plan),
        ):
            self._order.update({(name, key): row for row, key in enumerate(table, start=len(self._order))})
        self.ground = Ground(grid.coverage)
        self.polygons: GeometryArray = grid.coverage.polygons.copy()
        self.boxes: FloatArray = shapely.bounds(self.polygons)
        self.areas: FloatArray = grid.coverage.areas.copy()
        self.middles: FloatArray = middle_of(self.polygons)
        self.has_demand = all(face.demand is not None for face in self.faces)
        self.demand: FloatArray = np.array([face.demand or 0.0 for face in self.faces])
        self._first = list(self.faces)
        self.reshaped: set[int] = set()
        self._units: dict[str, list[int]] | None = None
        self.home = {name: self.face_at(record.x, record.y, record.cell_id) for name, record in self.outlets.items()}

    def __len__(self) -> int:
        """Return the number of faces."""
        return len(self.faces)

    @property
    def weights(self) -> FloatArray:
        """Weight of each face in means: its demand, or its area in m² where no demand is known, shape (n_faces,)."""
        return self.demand if self.has_demand else self.areas

    @property
    def units(self) -> dict[str, list[int]]:
        """Faces of each unit."""
        if self._units is None:
            self._units = {}
            for row, face in enumerate(self.faces):
                if face.unit_id is not None:
                    self._units.setdefault(face.unit_id, []).append(row)
        return self._units

    def numbered(self, cell_id: str) -> int:
        """Return the number of a cell, a new one for a new cell."""
        if cell_id not in self.number:
            self.number[cell_id] = len(self.names)
            self.names.append(cell_id)
        return self.number[cell_id]

    def members(self, cell_id: str) -> IntArray:
        """Return the faces of a cell, sorted."""
        return np.flatnonzero(self.labels == self.number[cell_id])

    def anchors(self, cell_id: str) -> list[OutletRecord]:
        """Return the outlets of a cell, in the order of the grid; the last one is where travel begins."""
        return [record for record in self.outlets.values() if record.cell_id == cell_id]

    def face_at(self, x: float, y: float, cell_id: str | None = None) -> int:
        """Return the face at a point: of faces that meet there, one of `cell_id`, then the lowest; -1 outside."""
        point = shapely.Point(x, y)
        near = self.faces_near(np.array([x, y]), 0.0)
        hits = near[shapely.intersects(self.polygons[near], point)]
        if len(hits) == 0:
            return -1
        mine = hits[self.labels[hits] == self.number.get(cell_id or "", -1)]
        return int(mine[0] if len(mine) else hits[0])

    def faces_near(self, xy: FloatArray, within_m: float) -> IntArray:
        """Return the faces whose box comes within a distance in m of a place, sorted."""
        box, (x, y) = self.boxes, xy
        beside = (box[:, 0] <= x + within_m) & (box[:, 2] >= x - within_m)
        return np.flatnonzero(beside & (box[:, 1] <= y + within_m) & (box[:, 3] >= y - within_m))

    def apply(self, changes: Iterable[Change]) -> None:
        """Make changes in their order; each must find the value that it says was before."""
        reshaped: set[int] = set()
        moved: set[str] = set()
        tables: dict[str, dict[str, Any]] = {"cell": self.cells, "outlet": self.outlets}
        tables |= {"officer": self.officers, "plan": self.plan}
        labels: dict[int | str, Change] = {}
        for change in changes:
            if change.table == "label":
                if change.key in labels:
                    self._apply_labels(labels.values())
                    labels = {}
                labels[change.key] = change
            elif change.table == "face":
                self._apply_labels(labels.values())
                labels = {}
                self._apply_face(change)
                reshaped.add(int(change.key))
            else:
                self._put(tables[change.table], change)
                if change.table == "cell":
                    self.numbered(str(change.key))
                elif change.table == "outlet":
                    moved.add(str(change.key))
        self._apply_labels(labels.values())
        if reshaped:
            self._settle_faces(np.array(sorted(reshaped), dtype=np.int64))
            moved.update(self.outlets)
        self._settle_homes(moved)

    def _settle_homes(self, moved: Iterable[str]) -> None:
        """Find the faces of outlets again."""
        for name in moved:
            record = self.outlets.get(name)
            if record is None:
                self.home.pop(name, None)
            else:
                self.home[name] = self.face_at(record.x, record.y, record.cell_id)

    def _apply_labels(self, changes: Collection[Change]) -> None:
        """Relabel faces, each at most once; a new face has no label yet, one that goes gets none."""
        if not changes:
            return
        faces = np.array([change.key for change in changes], dtype=np.int64)
        before = [-1 if change.before is None else self.numbered(change.before) for change in changes]
        wrong = np.flatnonzero(self.labels[faces] != before)
        if len(wrong):
            told = [change.before for change in changes][wrong[0]]
            raise InputError(
                say(
                    "Face {face} is not in cell {cell}; this change was made to another grid.",
                    face=faces[wrong[0]],
                    cell=told,
                )
            )
        self.labels[faces] = [-1 if change.after is None else self.numbered(change.after) for change in changes]

    def _apply_face(self, change: Change) -> None:
        row = int(change.key)
        if change.after is None:
            if row != len(self.faces) - 1:
                raise InputError(
                    say("Face {face} cannot be taken away; this change was made to another grid.", face=row)
                )
            self.faces.pop()
            self.labels = self.labels[:row]
        elif row == len(self.faces):
            self.faces.append(change.after)
            self.labels = np.append(self.labels, -1)
        else:
            # a face that was read from a log and is what it was first is the same object again
            first = self._first[row] if row < len(self._first) else None
            is_back = change.after == first and first is not None and change.after.polygon == first.polygon
            self.faces[row] = first if first is not None and is_back else change.after
        self._units = None

    def _settle_faces(self, changed: IntArray) -> None:
        """Bring all that is known of faces up to date after some changed, came or went."""
        n = len(self.faces)
        present = changed[changed < n]
        for name, value in (("areas", 0.0), ("demand", 0.0)):
            setattr(self, name, _resized(getattr(self, name), n, value))
        middles = np.zeros((n, 2))
        middles[: min(n, len(self.middles))] = self.middles[:n]
        self.middles = middles
        polygons = np.full(n, None, dtype=object)
        polygons[: min(n, len(self.polygons))] = self.polygons[:n]
        polygons[present] = [self.faces[row].polygon for row in present]
        self.polygons = polygons
        boxes = np.zeros((n, 4))
        boxes[: min(n, len(self.boxes))] = self.boxes[:n]
        boxes[present] = shapely.bounds(polygons[present])
        self.boxes = boxes
        self.areas[present] = shapely.area(polygons[present])
        self.middles[present] = middle_of(polygons[present])
        self.demand[present] = [self.faces[row].demand or 0.0 for row in present]
        self.ground.update(polygons, changed)
        first = self._first
        concerned = {row for row in self.reshaped | set(changed.tolist()) if row < n}
        self.reshaped = {row for row in concerned if row >= len(first) or self.faces[row] is not first[row]}

    def _put(self, table: dict[str, Any], change: Change) -> None:
        key = str(change.key)
        # who works where may have been changed in the staff's table since a log was written
        if table.get(key) != change.before and change.table != "officer":
            raise InputError(
                say(
                    "{table} {key} is not as it was; this change was made to another grid.", table=change.table, key=key
                )
            )
        if change.after is None:
            table.pop(key, None)
            return
        is_back = change.before is None and (change.table, key) in self._order
        self._order.setdefault((change.table, key), len(self._order))
        table[key] = change.after
        if is_back:  # what comes back stands where it stood
            kept = sorted(table.items(), key=lambda item: self._order[change.table, item[0]])
            table.clear()
            table.update(kept)


def _resized(values: FloatArray, size: int, filler: float) -> FloatArray:
    grown = np.full(size, filler)
    grown[: min(size, len(values))] = values[:size]
    return grown


def _notes(grid: Grid) -> dict[str, Any]:
    return {name: [dict(note) for note in grid.provenance[name]] for name in NOTES if name in grid.provenance}


def _none(value: Any) -> Any:  # noqa: ANN401 - a value of a table
    return None if value is None or value is pd.NA or value != value else value  # noqa: PLR0124 - not a number


def _cell(row: dict[str, Any], *, locked: bool) -> CellRecord:
    further = tuple(
        (str(name), _plain(value)) for name, value in row.items() if name not in {*_OWN_COLUMNS, *_DERIVED_COLUMNS}
    )
    return CellRecord(
        str(row["cell_id"]),
        str(row["bank_id"]),
        _none(row["outlet_id"]),
        _none(row["parent_id"]),
        int(row["level"]),
        str(row["kind"]),
        locked=locked,
        further=further,
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - a value of a table
    return value.item() if isinstance(value, np.generic) else _none(value)


def _outlets(grid: Grid) -> list[OutletRecord]:
    table = grid.outlets
    points = shapely.get_coordinates(np.asarray(table.geometry.array, dtype=object)).tolist()
    zones = table["zone_class"].tolist() if "zone_class" in table.columns else [None] * len(table)
    return [
        OutletRecord(str(outlet), str(cell), _none(zone), *point)
        for outlet, cell, zone, point in zip(table["outlet_id"], table["cell_id"], zones, points, strict=True)
    ]


def _faces(grid: Grid) -> list[FaceRecord]:
    """Return the faces of a grid; where each face is a cell, the cell's demand is the face's."""
    n = len(grid.coverage)
    ids = [None] * n if grid.face_ids is None else list(grid.face_ids)
    demand: list[float | None] = [None] * n
    if grid.face_demand is not None:
        demand = grid.face_demand.tolist()
    elif n == len(grid) and (np.bincount(grid.labels, minlength=n) == 1).all():
        known = grid.cells["demand"].to_numpy()[grid.labels]
        demand = known.tolist() if np.isfinite(known).all() else demand
    zones = [None] * n if grid.face_zone is None else list(grid.face_zone)
    return [
        FaceRecord(polygon, unit, people, zone)
        for polygon, unit, people, zone in zip(grid.coverage.polygons, ids, demand, zones, strict=True)
    ]
