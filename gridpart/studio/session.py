"""
A session: one planner redraws one grid; every edit is checked, logged, and can be undone.

What a widget needs of it::

    session = Session.of(project, bank_id, who="Li")
    session.faces            # geometry of each face, shape (n_faces,); session.unit_ids the unit of each
    session.labels           # cell id of each face, in the same order
    session.metrics          # figures of the grid by name; .cells a table, .findings
    delta = session.assign(["420321001"], "LHB-070001")     # or EditRefused (reason, place): nothing changed
    delta.to_message()       # JSON: seq, labels, faces, cells, outlets, … that changed, and the summary
    session.undo(); session.redo()                          # deltas too

Faces are numbered from 0. A command changes labels of some of them, seldom their shapes, and may add faces at the end;
undo takes these away again. Every applied command, undo and redo yields a `Delta` whose ``seq`` counts from 1 without
holes, so a widget that misses one notices and asks for the state as a whole.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gridpart._typing import GeometryArray
from gridpart.errors import EditRefused, InputError
from gridpart.partition import Grid
from gridpart.studio._log import LogEntry, LogFile
from gridpart.studio._shapes import Shapes
from gridpart.studio._state import State
from gridpart.studio.commands import Commands
from gridpart.studio.delta import Delta, Kind
from gridpart.studio.metrics import CellFigures, Metrics, figures_of, findings_of, summary_of
from gridpart.studio.records import Change, encode_changes

if TYPE_CHECKING:
    from gridpart.project import Project

TOLERANCE = 0.10
"""How far the load of a cell may be from the mean before it is a finding, relative to the mean."""


class Session(Commands):
    """
    One planner redraws one grid.

    Parameters
    ----------
    grid
        Where the session begins.
    project
        That the grid belongs to, None for a grid alone.
    who
        Name for the log.
    clock
        Returns the present time; for tests.
    tolerance
        Of the load, relative to the mean.
    """

    def __init__(
        self,
        grid: Grid,
        *,
        project: Project | None = None,
        who: str = "",
        clock: Callable[[], dt.datetime] | None = None,
        tolerance: float = TOLERANCE,
    ) -> None:
        self._base = grid
        self._project = project
        self.who = who
        self.tolerance = tolerance
        self._clock = clock or (lambda: dt.datetime.now(dt.UTC))
        self._state = State(grid, households=_households(project), officers=_officers(project, grid))
        self._shapes = Shapes(grid, self._state)
        self._figures = figures_of(self._state, self._state.cells)
        self._done: list[tuple[str, tuple[Change, ...]]] = []
        self._undone: list[tuple[str, tuple[Change, ...]]] = []
        self._log: list[LogEntry] = []
        self._file: LogFile | None = None
        self._seq = 0
        self._grid: tuple[int, Grid] = (0, grid)
        self._metrics: tuple[int, Metrics] | None = None

    @classmethod
    def of(
        cls,
        project_or_grid: Project | Grid,
        bank_id: str | None = None,
        *,
        who: str = "",
        clock: Callable[[], dt.datetime] | None = None,
        tolerance: float = TOLERANCE,
    ) -> Session:
        """
        Begin a session.

        Parameters
        ----------
        project_or_grid
            A project with grids, or one grid.
        bank_id
            Whose grid of the project; the first in sorted order if None.
        who
            Name for the log.
        clock
            Returns the present time; for tests.
        tolerance
            Of the load, relative to the mean.

        Raises
        ------
        InputError
            If the project has no grid, or none of that bank.
        """
        if isinstance(project_or_grid, Grid):
            return cls(project_or_grid, who=who, clock=clock, tolerance=tolerance)
        grid = _grid_of(project_or_grid, bank_id)
        return cls(grid, project=project_or_grid, who=who, clock=clock, tolerance=tolerance)

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
        return _digest_of(self._state)

    @property
    def grid(self) -> Grid:
        """
        The grid as it is now, with a certificate that passed.

        Raises
        ------
        CertificateError
            Never, as far as is known: commands are refused before they could break the grid.
        """
        if not self._done:
            return self._base
        if self._grid[0] != self._seq:
            self._grid = (self._seq, self._shapes.grid(self._state, self._base))
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

    def undo(self, *, why: str = "") -> Delta:
        """
        Take the last command back.

        Raises
        ------
        EditRefused
            If there is none.
        """
        if not self._done:
            message = "There is nothing to undo."
            raise EditRefused(message)
        command, changes = self._done[-1]
        back = tuple(change.inverse for change in reversed(changes))
        delta = self._commit("undo", command, {}, back, why)
        self._undone.append(self._done.pop())
        return delta

    def redo(self, *, why: str = "") -> Delta:
        """
        Apply the command that was taken back last again.

        Raises
        ------
        EditRefused
            If there is none, or another command was applied since.
        """
        if not self._undone:
            message = "There is nothing to redo."
            raise EditRefused(message)
        command, changes = self._undone[-1]
        delta = self._commit("redo", command, {}, changes, why)
        self._done.append(self._undone.pop())
        return delta

    def _apply(self, command: str, args: dict[str, Any], changes: Sequence[Change], why: str) -> Delta:
        delta = self._commit("command", command, args, tuple(changes), why)
        self._done.append((command, delta.changes))
        self._undone.clear()
        return delta

    def _commit(self, kind: Kind, command: str, args: dict[str, Any], changes: tuple[Change, ...], why: str) -> Delta:
        """Write the log first, so that nothing is ever confirmed that a kill could lose; then change the state."""
        at = self._clock().astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        told = encode_changes(changes) if kind == "command" else []
        entry = LogEntry(self._seq + 1, kind, at, self.who, why, command, args, told)
        if self._file is not None:
            self._file.append(entry)
        figures = self._change(changes)
        self._seq += 1
        self._log.append(entry)
        summary = summary_of(self._figures.values(), self._n_physical())
        return Delta(self._seq, kind, command, changes, figures, summary)

    def _change(self, changes: Sequence[Change]) -> dict[str, CellFigures | None]:
        """Change the state and measure the cells concerned again."""
        concerned = _cells_of(self._state, changes)
        self._state.apply(changes)
        concerned |= _cells_of(self._state, changes)
        self._shapes.forget(concerned)
        fresh = figures_of(self._state, sorted(concerned))
        before = self._figures
        self._figures = {name: fresh.get(name) or before[name] for name in self._state.cells}
        return {name: fresh.get(name) for name in sorted(concerned)}

    def __repr__(self) -> str:
        """Show bank, cells and how many commands can be undone."""
        return (
            f"<Session {self.bank_id}: {len(self._state.cells):,} cells of {len(self._state):,} faces, "
            f"{len(self._done):,} commands, {self._state.plan['status']}>"
        )


def _grid_of(project: Project, bank_id: str | None) -> Grid:
    if not project.grids:
        message = (
            f"Project {project.name!r} has no grid to redraw. Make one first: `project.partition(rule='nearest')`."
        )
        raise InputError(message)
    chosen = min(project.grids) if bank_id is None else bank_id
    if chosen not in project.grids:
        message = f"Project {project.name!r} has no grid of bank {chosen!r}; it has {', '.join(sorted(project.grids))}."
        raise InputError(message)
    return project.grids[chosen]


def _households(project: Project | None) -> dict[str, float]:
    if project is None or not {"unit_id", "households"} <= set(project.units.columns):
        return {}
    return {
        str(unit): float(number)
        for unit, number in zip(project.units["unit_id"], project.units["households"], strict=True)
        if np.isfinite(float(number))
    }


def _officers(project: Project | None, grid: Grid) -> dict[str, str]:
    """Return the cell of each officer who works in a cell of the grid."""
    if project is None or not {"staff_id", "cell_id", "role"} <= set(project.staff.columns):
        return {}
    ids = set(grid.cells["cell_id"])
    rows = project.staff[project.staff["role"] == "officer"]
    return {str(staff): str(cell) for staff, cell in zip(rows["staff_id"], rows["cell_id"], strict=True) if cell in ids}


def _cells_of(state: State, changes: Sequence[Change]) -> set[str]:
    """Return the cells that changes concern."""
    found: set[str] = set()
    for change in changes:
        if change.table == "label":
            found.update(name for name in (change.before, change.after) if name is not None)
        elif change.table == "cell":
            found.add(str(change.key))
        elif change.table == "outlet":
            found.update(record.cell_id for record in (change.before, change.after) if record is not None)
        elif change.table == "face" and int(change.key) < len(state):
            found.add(state.names[state.labels[int(change.key)]])
    return found


def _digest_of(state: State) -> str:
    result = hashlib.sha256()
    names = [state.names[label] for label in state.labels.tolist()]
    facts = (
        names,
        [(face.unit_id, face.demand, face.households, face.zone_class) for face in state.faces],
        [repr(record) for record in state.cells.values()],
        [repr(record) for record in state.outlets.values()],
        sorted(state.officers.items()),
        state.plan,
    )
    result.update(json.dumps(facts, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8", "surrogatepass"))
    import shapely

    for body in shapely.to_wkb(state.polygons, byte_order=1):
        result.update(body)
    return result.hexdigest()
