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

The log of a project from a file lies beside that file. A session whose kernel was killed goes on where it was: the next
one of the same project and bank does again what the log holds beyond the last save, and says so in ``session.notes``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError, ProjectError
from gridpart.i18n import Joined, messages
from gridpart.partition import SEVERAL_BANKS, Grid
from gridpart.project import signature
from gridpart.studio._autosave import Note, adoption_lost, log_beside, put_aside, take_log, unsaved_from
from gridpart.studio._log import FORMAT, LogEntry, LogInUseError, ReadLog, read_log
from gridpart.studio._officers import officers_in, officers_of
from gridpart.studio._register import Baseline
from gridpart.studio._unit_names import calls_of_units
from gridpart.studio.comparison import Comparison, compare_versions
from gridpart.studio.history import TOLERANCE
from gridpart.studio.refusals import Refusal, notes_in
from gridpart.studio.saving import Saving
from gridpart.studio.siting import Siting
from gridpart.studio.suggestions import Suggesting

if TYPE_CHECKING:
    from gridpart.project import Project

say = messages("studio")


class Session(Saving, Siting, Suggesting):
    """
    One planner redraws one grid. Begin one with `Session.of`, which keeps a log on disk as well.

    Parameters
    ----------
    project_or_grid
        A project with grids, or one grid.
    bank_id
        Whose grid of the project; the first in sorted order if None.
    who
        Name for the log; user and computer if empty.
    clock
        Returns the present time; for tests.
    tolerance
        How far the load of a cell may be from the mean, relative to the mean.

    Attributes
    ----------
    project
        The project, None in a session of a grid alone.
    """

    @checked
    def __init__(
        self,
        project_or_grid: Project | Grid,
        bank_id: str | None = None,
        *,
        who: str = "",
        clock: Callable[[], dt.datetime] | None = None,
        tolerance: float = TOLERANCE,
    ) -> None:
        self.project: Project | None = None
        if isinstance(project_or_grid, Grid):
            grid, officers, self._key = project_or_grid, {}, project_or_grid.bank_id
        else:
            self.project, self._key = project_or_grid, _key_of(project_or_grid, bank_id)
            grid = project_or_grid.grids[self._key]
            officers = officers_of(project_or_grid, grid)
        super().__init__(
            grid,
            officers=officers,
            unit_names=calls_of_units(self.project),
            who=who or signature(),
            clock=clock,
            tolerance=tolerance,
        )
        self._notes: list[Note] = []
        self._saved = grid
        self._baseline = None if self.project is None else Baseline.of(grid, self.project.outlets)
        self._opened_officers = officers

    @classmethod
    @checked
    def of(
        cls,
        project_or_grid: Project | Grid,
        bank_id: str | None = None,
        *,
        who: str = "",
        log: str | Path | None = None,
        autosave: bool = True,
        clock: Callable[[], dt.datetime] | None = None,
        tolerance: float = TOLERANCE,
    ) -> Session:
        """
        Begin a session, or go on with one that was not saved.

        Parameters
        ----------
        project_or_grid
            A project with grids, or one grid.
        bank_id
            Whose grid of the project; the first in sorted order if None.
        who
            Name for the log; user and computer if empty.
        log
            File of the log; None for one beside the project's file, or for none where there is no such file.
        autosave
            False keeps the log in memory only, even if `log` is given.
        clock
            Returns the present time; for tests.
        tolerance
            How far the load of a cell may be from the mean, relative to the mean.

        Raises
        ------
        InputError
            If the project has no grid, or none of that bank.
        ProjectError
            If the log is damaged, or the project is not the one that it belongs to.
        """
        session = cls(project_or_grid, bank_id, who=who, clock=clock, tolerance=tolerance)
        if autosave:
            session.keep_log(log)
        return session

    @classmethod
    @checked
    def replay(
        cls,
        project_or_grid: Project | Grid,
        log: str | Path | Iterable[LogEntry],
        *,
        bank_id: str | None = None,
        who: str = "",
        clock: Callable[[], dt.datetime] | None = None,
        tolerance: float = TOLERANCE,
    ) -> Session:
        """
        Do again what a log says, without writing to it.

        Parameters
        ----------
        project_or_grid
            What the log began with, or a state that was saved from it.
        log
            File of a log, or entries of `log`.
        bank_id
            Whose grid; the one that the log names if None.
        who, clock, tolerance
            As for `of`.

        Returns
        -------
        session
            With the digest, the undo and the redo of the session that wrote the log.

        Raises
        ------
        ProjectError
            If the log is missing or damaged, or belongs to another grid.
        """
        read = read_log(log) if isinstance(log, (str, Path)) else ReadLog(tuple(log), "", 0, "")
        first = read.entries[0] if read.entries else None
        named = str(first.args["bank_id"]) if first is not None and first.kind == "open" else None
        chosen = None if isinstance(project_or_grid, Grid) else named if bank_id is None else bank_id
        session = cls(project_or_grid, chosen, who=who, clock=clock, tolerance=tolerance)
        session.go_on_with(read)
        return session

    @property
    def notes(self) -> list[str]:
        """What happened when the session began: edits taken over from a log, a torn line, another session at work."""
        texts = notes_in(self.lang)
        return [texts[key].format(**values) for key, values in self._notes]

    @checked
    def keep_log(self, path: str | Path | None = None) -> None:
        """
        Write the log to a file from now on; first do again what it holds and the grid does not.

        Parameters
        ----------
        path
            File; None for one beside the project's file. Without such a file the log stays in memory.

        Raises
        ------
        ProjectError
            If the log is damaged.
        """
        where = None if path is None else Path(path)
        if where is None and self.project is not None:
            where = log_beside(self.project, self._key)
        if where is None:
            return
        log = take_log(where, notes=self._notes)
        if log.found is not None and unsaved_from(log.found.entries, self.resting_digest) is None:
            aside = put_aside(log).name
            self._notes.append(("other_state", {"name": aside}))
            log = take_log(where, notes=self._notes)
        if log.found is not None and (lost := adoption_lost(log.found.entries, self.resting_digest)) is not None:
            log.take_back()
            self._notes.append(("adoption_lost", {"date": lost}))
        if log.found is not None:
            self.go_on_with(log.found)
        self._file = log

    @checked
    def go_on_with(self, log: ReadLog) -> None:
        """
        Do again what a log holds beyond the state of this session.

        Parameters
        ----------
        log
            From `read_log`.

        Raises
        ------
        ProjectError
            If the log belongs to another state of the grid.
        """
        start = unsaved_from(log.entries, self.resting_digest)
        if start is None and log.entries and log.entries[0].kind == "open":
            raise ProjectError(
                say(
                    "The log belongs to another state of the grid of bank {bank_id}. Nothing was done again.",
                    bank_id=self.bank_id,
                )
            )
        self._repeat(log.entries, start=start or 0)
        done = sum(entry.kind in ("command", "undo", "redo") for entry in log.entries[start or 0 :])
        if done:
            self._notes.append(("done_again", {"n": done}))
        if log.dropped:
            self._notes.append(("torn", {"line": repr(log.dropped[:80])}))

    def _write(self, entry: LogEntry) -> None:
        if self._file is None:
            return
        if self._file.is_new:
            args = {"format": FORMAT, "bank_id": self._key, "resting": self._first_resting}
            opening = LogEntry(0, "open", self._now(), self.who, "", "open", args, [])
            try:
                self._file.append(opening)
            except LogInUseError:  # another session wrote its first edit there before this one did
                self._file = take_log(self._file.path, notes=self._notes, fresh=True)
                self._file.append(opening)
        self._file.append(entry)

    @checked
    def compare(self, reference: Grid | Project | None = None) -> Comparison:
        """
        Compare the grid with a reference version: land, households and officers that change cells.

        Parameters
        ----------
        reference
            Grid on the same service area, or another project with a grid of the same bank; where the session began
            if None.

        Raises
        ------
        CRSError
            If the CRSs differ.
        InputError
            If the other project has no grid of the bank.
        """
        project = self.project
        if reference is None:
            before, officers = self._base, self._opened_officers
        elif isinstance(reference, Grid):
            before = reference
            officers = {} if project is None else officers_of(project, before)
        else:
            before = reference.grids[_key_of(reference, self._key)]
            officers = officers_of(reference, before)
        return compare_versions(
            before,
            self.grid,
            households=_households(project),
            officers=(officers, self._state.officers),
            comments=self.comments,
        )

    def _require_officer(self, staff_id: str) -> None:
        """Refuse someone who is no officer of the bank on the project's staff; without staff anybody may be named."""
        project = self.project
        if project is None or project.staff.empty or not {"staff_id", "role"} <= set(project.staff.columns):
            return
        officers = officers_in(project)
        mine = officers["staff_id"].astype(str) == staff_id
        if "bank_id" in officers.columns and self.bank_id != SEVERAL_BANKS:
            mine &= officers["bank_id"].astype(str) == self.bank_id
        if not mine.any():
            raise Refusal(key="no_officer", officer=staff_id, bank=self.bank_id)


def _key_of(project: Project, bank_id: str | None) -> str:
    if not project.grids:
        raise InputError(
            say("Project {name!r} has no grid to redraw. First `project.partition(rule='nearest')`.", name=project.name)
        )
    chosen = min(project.grids) if bank_id is None else bank_id
    if chosen not in project.grids:
        raise InputError(
            say(
                "Project {name!r} has no grid of bank {bank!r}; it has {banks}.",
                name=project.name,
                bank=chosen,
                banks=Joined(sorted(project.grids)),
            )
        )
    return chosen


def _households(project: Project | None) -> dict[str, float]:
    """Return the households of each unit where they are known."""
    if project is None or not {"unit_id", "households"} <= set(project.units.columns):
        return {}
    numbers = pd.to_numeric(project.units["households"], errors="coerce").to_numpy(dtype=np.float64)
    pairs = zip(project.units["unit_id"], numbers.tolist(), strict=True)
    return {str(unit): number for unit, number in pairs if np.isfinite(number)}
