"""The engine of a session: the state, what was done to it and undone, and the log that is written first."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gridpart._typing import FloatArray, GeometryArray, Language
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.partition import Grid
from gridpart.studio._facts import cells_of, digest_of, noted
from gridpart.studio._log import EntryKind, LogEntry, LogFile
from gridpart.studio._shapes import Shapes
from gridpart.studio._state import State
from gridpart.studio.commands import Commands
from gridpart.studio.delta import Delta, Kind
from gridpart.studio.metrics import CellFigures, Metrics, figures_of, findings_of, summary_of
from gridpart.studio.records import CellRecord, Change, OutletRecord, decode_changes, encode_changes
from gridpart.studio.refusals import Refusal

say = messages("studio")

TOLERANCE = 0.10
"""How far the load of a cell may be from the mean before it is a finding, relative to the mean."""

AFTER_ADOPTION = ("new_version", "comment")
"""Commands that an adopted plan allows."""

PREVIEWED = (
    "assign",
    "assign_faces",
    "merge",
    "split",
    "move_vertex",
    "bend_border",
    "move_stretch",
    "move_outlet",
    "add_outlet",
    "close_outlet",
    "rebalance",
)
"""Commands that can be tried without being applied."""


class History(Commands):
    """
    A grid that is redrawn, with everything that was done to it.

    Parameters
    ----------
    grid
        Where the session begins.
    officers
        Cell of each officer, by staff id.
    unit_names
        What messages call units, by id.
    who
        Name for the log.
    clock
        Returns the present time; for tests.
    tolerance
        Of the load, relative to the mean.

    Attributes
    ----------
    lang
        Language in which a widget shows why an edit is refused.
    mark
        Where commands come from; stands behind the reason in the log, and nowhere else.
    listeners
        Called with the delta of every applied command, undo and redo.
    """

    def __init__(
        self,
        grid: Grid,
        *,
        officers: dict[str, str] | None = None,
        unit_names: Mapping[str, str] | None = None,
        who: str = "",
        clock: Callable[[], dt.datetime] | None = None,
        tolerance: float = TOLERANCE,
    ) -> None:
        self._base = grid
        self.who = who
        self.tolerance = tolerance
        self.lang: Language = "en"
        self.mark = ""
        self._clock = clock or (lambda: dt.datetime.now(dt.UTC))
        self._state = State(grid, officers=officers, unit_names=unit_names)
        self._shapes = Shapes(grid, self._state)
        self._figures = figures_of(self._state, self._state.cells)
        self._done: list[tuple[str, tuple[Change, ...]]] = []
        self._undone: list[tuple[str, tuple[Change, ...]]] = []
        self._log: list[LogEntry] = []
        self._file: LogFile | None = None
        self._seq = 0
        self._is_preview = False
        self._first_resting = self.resting_digest
        self._grid: tuple[int, Grid] | None = None
        self._metrics: tuple[int, Metrics] | None = None
        self.listeners: list[Callable[[Delta], None]] = []

    @property
    def bank_id(self) -> str:
        """Bank of the grid."""
        return self._base.bank_id

    @property
    def seq(self) -> int:
        """Sequence number of the last delta, 0 before the first."""
        return self._seq

    @property
    def faces(self) -> GeometryArray:
        """Geometry of each face in m, shape (n_faces,), as a copy."""
        return self._state.polygons.copy()

    @property
    def unit_ids(self) -> list[str | None]:
        """Unit of each face, None where there are none."""
        return [face.unit_id for face in self._state.faces]

    @checked
    def unit_id(self, face: int) -> str | None:
        """
        Return the unit of a face, None where there is none.

        Parameters
        ----------
        face
            Its number.
        """
        return self._state.faces[face].unit_id

    @property
    def labels(self) -> GeometryArray:
        """Cell id of each face, shape (n_faces,), as a copy."""
        names: GeometryArray = np.array([*self._state.names, None], dtype=object)[:-1]
        labels: GeometryArray = names[self._state.labels]
        return labels

    @property
    def cell_ids(self) -> list[str]:
        """Ids of the cells, in the order of the grid; new ones last."""
        return list(self._state.cells)

    @property
    def records(self) -> dict[str, CellRecord]:
        """Record of each cell by id: outlet, lock and what else is known of it."""
        return dict(self._state.cells)

    @property
    def outlets(self) -> dict[str, OutletRecord]:
        """Record of each outlet by id."""
        return dict(self._state.outlets)

    @property
    def demand(self) -> FloatArray | None:
        """Demand of each face, shape (n_faces,), as a copy; None where it is not known."""
        return self._state.demand.copy() if self._state.has_demand else None

    @property
    def log(self) -> tuple[LogEntry, ...]:
        """Every applied command, undo, redo and save so far."""
        return tuple(self._log)

    @property
    def can_undo(self) -> bool:
        """Whether there is a command to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a command to apply again."""
        return bool(self._undone)

    @property
    def digest(self) -> str:
        """SHA-256 of the cells: the digest that the certificate of `grid` has."""
        return self._shapes.digest(self._state)

    @property
    def state_digest(self) -> str:
        """SHA-256 of everything that commands can change: labels, shapes, cells, outlets, officers, plan."""
        return digest_of(self._state)

    @property
    def resting_digest(self) -> str:
        """SHA-256 of what a grid says: cells' land, records and plan; equal when the grid is opened again."""
        text = json.dumps([self.digest, noted(self._state)], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def grid(self) -> Grid:
        """
        The grid as it is now, with a certificate that passed.

        Raises
        ------
        CertificateError
            Never, as far as is known: commands are refused before they could break the grid.
        """
        if self._grid is None or self._grid[0] != self._seq:
            is_first = self._shapes.is_first(self._state)
            self._grid = (self._seq, self._base if is_first else self._shapes.grid(self._state, self._base))
        return self._grid[1]

    @property
    def metrics(self) -> Metrics:
        """Figures of the grid by name; ``.cells`` is a table, ``.findings`` what a planner should know."""
        if self._metrics is None or self._metrics[0] != self._seq:
            found = findings_of(self._state, self._figures, tolerance=self.tolerance)
            self._metrics = (self._seq, Metrics(self._figures, found, self._n_physical()))
        return self._metrics[1]

    def _n_physical(self) -> int:
        return sum(record.kind == "physical" for record in self._state.cells.values())

    @checked
    def undo(self, *, why: str = "") -> Delta:
        """
        Take the last command back.

        Raises
        ------
        EditRefused
            If there is none.
        """
        if not self._done:
            raise Refusal(key="nothing_to_undo")
        command, changes = self._done[-1]
        self._require_open(command)
        back = tuple(change.inverse for change in reversed(changes))
        delta = self._commit("undo", command, {}, back, why)
        self._undone.append(self._done.pop())
        return self._told(delta)

    @checked
    def redo(self, *, why: str = "") -> Delta:
        """
        Apply the command that was taken back last again.

        Raises
        ------
        EditRefused
            If there is none, or another command was applied since.
        """
        if not self._undone:
            raise Refusal(key="nothing_to_redo")
        command, changes = self._undone[-1]
        self._require_open(command)
        delta = self._commit("redo", command, {}, changes, why)
        self._done.append(self._undone.pop())
        return self._told(delta)

    def _require_open(self, command: str) -> None:
        """Refuse to change an adopted plan, or to take its adoption back."""
        if self._state.plan["status"] == "adopted" and command not in AFTER_ADOPTION:
            raise Refusal(key="adopted", version=self._state.plan["version"])

    @checked
    def preview(self, command: str, *args: Any, **options: Any) -> Delta:
        """
        Check a command and tell what it would change, without applying it: while an outlet or border is dragged.

        Parameters
        ----------
        command
            Name of a command, such as ``"move_outlet"``.
        args, options
            Its arguments.

        Returns
        -------
        delta
            Of kind ``preview``, with the sequence number of the last one; figures and summary are those of now.

        Raises
        ------
        EditRefused
            As the command would be.
        InputError
            If there is no such command.
        """
        if command not in PREVIEWED:
            raise InputError(
                say(
                    "There is no command {command!r} to preview; there are {known}.",
                    command=command,
                    known=Joined(PREVIEWED),
                )
            )
        self._is_preview = True
        try:
            delta: Delta = getattr(self, command)(*args, **options)
        finally:
            self._is_preview = False
        return delta

    def _apply(self, command: str, args: dict[str, Any], changes: Sequence[Change], why: str) -> Delta:
        self._require_open(command)
        if self._is_preview:
            summary = summary_of(self._figures.values(), self._n_physical())
            return Delta(self._seq, "preview", command, tuple(changes), {}, summary)
        delta = self._commit("command", command, args, tuple(changes), why)
        self._done.append((command, delta.changes))
        self._undone.clear()
        return self._told(delta)

    def _told(self, delta: Delta) -> Delta:
        for listen in self.listeners:
            listen(delta)
        return delta

    def _now(self) -> str:
        """Return the present time in ISO form, UTC."""
        return self._clock().astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _commit(
        self, kind: EntryKind, command: str, args: dict[str, Any], changes: tuple[Change, ...], why: str
    ) -> Delta:
        """Write the log first, so that nothing is ever confirmed that a kill could lose; then change the state."""
        told = encode_changes(changes) if kind == "command" else []
        reason = " ".join(filter(None, (why, self.mark)))
        entry = LogEntry(self._seq + 1, kind, self._now(), self.who, reason, command, args, told)
        self._write(entry)
        return self._make(entry, changes)

    def _write(self, entry: LogEntry) -> None:
        """Write an entry where the log is kept."""

    def _make(self, entry: LogEntry, changes: tuple[Change, ...]) -> Delta:
        figures = self._change(changes)
        self._seq = entry.seq
        self._log.append(entry)
        summary = summary_of(self._figures.values(), self._n_physical())
        kind: Kind = "undo" if entry.kind == "undo" else "redo" if entry.kind == "redo" else "command"
        return Delta(self._seq, kind, entry.command, changes, figures, summary)

    def _repeat(self, entries: Sequence[LogEntry], *, start: int) -> None:
        """
        Do again what a log says.

        Parameters
        ----------
        entries
            Of a log, opening and saves among them.
        start
            Where the state of this session stands: entries before it are already in it, and only fill the history.
        """
        for number, entry in enumerate(entries):
            if entry.kind == "command" or entry.changes:  # of a save that adopted the plan
                item = (entry.command, decode_changes(entry.changes))
                self._done.append(item)
                self._undone.clear()
                changes = item[1]
            elif entry.kind == "undo":
                self._undone.append(self._done.pop())
                changes = tuple(change.inverse for change in reversed(self._undone[-1][1]))
            elif entry.kind == "redo":
                self._done.append(self._undone.pop())
                changes = self._done[-1][1]
            else:
                continue
            for change in changes:
                if change.table == "cell":
                    self._state.numbered(str(change.key))  # an id that was ever given is not given again
            if number >= start:
                self._make(entry, changes)
            else:
                self._seq = entry.seq
                self._log.append(entry)

    def _change(self, changes: Sequence[Change]) -> dict[str, CellFigures | None]:
        """Change the state and measure the cells concerned again."""
        concerned = cells_of(self._state, changes)
        self._state.apply(changes)
        concerned |= cells_of(self._state, changes)
        self._shapes.forget(concerned)
        fresh = figures_of(self._state, sorted(concerned))
        before = self._figures
        self._figures = {name: fresh.get(name) or before[name] for name in self._state.cells}
        return {name: fresh.get(name) for name in sorted(concerned)}

    def __repr__(self) -> str:
        """Show bank, cells and how many commands can be undone."""
        return (
            f"<{type(self).__name__} {self.bank_id}: {len(self._state.cells):,} cells of {len(self._state):,} faces, "
            f"{len(self._done):,} commands, {self._state.plan['status']}>"
        )
