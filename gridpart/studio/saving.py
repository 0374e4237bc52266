"""A session that is saved in its project; a plan is adopted with a date and saved, with the outlets, in one step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.geo import require_same_crs
from gridpart.i18n import messages
from gridpart.partition import SEVERAL_BANKS, Grid
from gridpart.project import DatabaseAddress, first_moment, place_of
from gridpart.studio._following import followed
from gridpart.studio._log import LogEntry
from gridpart.studio._officers import officers_of
from gridpart.studio._register import Baseline, Following, banks_of, encode_former, following
from gridpart.studio._saving import kept_in, require_unchanged, said, said_of_adoption
from gridpart.studio.delta import Delta
from gridpart.studio.history import History
from gridpart.studio.metrics import summary_of
from gridpart.studio.planning import Planning
from gridpart.studio.records import encode_changes
from gridpart.studio.refusals import Refusal
from gridpart.tables import required_day

if TYPE_CHECKING:
    from gridpart.project import Project
    from gridpart.studio.records import Change

say = messages("studio")


_DATE_LINE = timedelta(hours=12)
"""How far the calendar of any place lags behind UTC, in which a history is written."""


class Saving(History, Planning):
    """What a session needs to be saved; `Session` adds the rest."""

    project: Project | None
    _key: str
    _saved: Grid
    _baseline: Baseline | None

    @property
    def saved(self) -> Grid:
        """The grid as it was saved last; where the session began if it was not saved since."""
        return self._saved

    @property
    def earlier(self) -> Sequence[Grid]:
        """Grids of the bank that the project keeps from before, oldest first; see `Project.earlier`."""
        return () if self.project is None else self.project.earlier.get(self._key, ())

    @property
    def effective(self) -> date | None:
        """Day from which the plan, as it is adopted, is in force; None for one that is not, or adopted without date."""
        last = self.milestones[-1] if self.status == "adopted" and self.milestones else {}
        return date.fromisoformat(last["effective"]) if "effective" in last else None

    @checked
    def save(self, path: str | Path | None = None, *, why: str = "", overwrite_changes: bool = False) -> Grid:
        """
        Put the grid into its project and save that, all or nothing; the session goes on.

        Officers' cells go to the project's staff, a line to its history. The version is that of the plan. The table of
        outlets follows when the plan is adopted with a date.

        Parameters
        ----------
        path
            File, or address of a database, to save to; where the project comes from if None.
        why
            For the log and the history.
        overwrite_changes
            Save even if the file was changed by someone else in the meantime: their changes are lost.

        Returns
        -------
        grid
            As it was saved, with its certificate.

        Raises
        ------
        ProjectError
            If the grid in the project was changed by another session, or the project cannot be saved; then
            neither project nor file is changed.
        InputError
            If the session has no project, or the project no file and no `path` is given.
        EditRefused
            If a plan adopted with a date, replayed from a log, does not fit the table of outlets.
        """
        project, target = self._target(path)
        require_unchanged(project, self._key, self._saved, overwrite_changes)
        is_new = (self._saved.status, self._saved.version) != ("adopted", self.version)
        follow = self._follows(project, self.effective) if is_new and self.effective is not None else None
        grid = self._noted(follow)
        entry = self._entry_of_save(grid, target, why)
        # written first: if the file is not saved after all, its grid is still the one of an earlier line
        self._write(entry)
        self._put(project, target, grid, entry, why=why, follow=follow, overwrite_changes=overwrite_changes)
        self._log.append(entry)
        return grid

    @checked
    def adopt(self, *, why: str, effective: str | date | None = None) -> Delta:
        """
        Adopt a co-ordinated plan. It does not change any more: only a new version may.

        Given a date, the plan is saved in the same step, and the project's table of outlets follows: outlets that the
        plan opens become rows valid from that day; those that it closes are valid up to it; one that moves is valid at
        its new place from that day, and its former place stays as a row of its own. All is done or nothing.

        Parameters
        ----------
        why
            For plan, log and history.
        effective
            First day on which the plan is in force, such as ``"2026-07-01"``. None adopts the plan and leaves it to
            `save`; then the table of outlets stays as it is.

        Raises
        ------
        EditRefused
            If the plan is not co-ordinated or no reason is given. With a date also if it is none, or earlier than the
            project's data or the plan in force; or in the table of outlets an id of the plan stands for another one,
            an outlet of the plan is missing, was changed since the plan began, or is not open on that day.
        ProjectError, InputError
            With a date: as `save`.
        CRSError
            With a date: if the outlets are in another CRS than the grid.
        """
        if effective is None:
            return super().adopt(why=why)
        self._require_step("adopt")
        project, target = self._target(None)
        day = self._day(project, effective)
        changes = tuple(self._changes_to("adopted", why, effective=day.isoformat()))
        require_unchanged(project, self._key, self._saved, overwrite=False)
        follow = self._follows(project, day)
        figures = self._change(changes)
        self._seq += 1
        is_done = False
        try:
            self._adopt_and_save(project, target, changes, why=why, follow=follow)
            is_done = True
        finally:
            if not is_done:
                self._change(tuple(change.inverse for change in reversed(changes)))
                self._seq -= 1
                self._grid = self._metrics = None
        self._done.append(("adopt", changes))
        self._undone.clear()
        summary = summary_of(self._figures.values(), self._n_physical())
        return self._told(Delta(self._seq, "command", "adopt", changes, figures, summary))

    @checked
    def new_version(self, *, why: str) -> Delta:
        """
        Begin the next version of a plan, as a draft, on the table of outlets as it is now.

        Raises
        ------
        EditRefused
            If no reason is given.
        """
        delta = super().new_version(why=why)
        if self.project is not None and self._baseline is not None:
            self._baseline = self._baseline.renewed(self.project.outlets)
        return delta

    def _adopt_and_save(
        self,
        project: Project,
        target: Path | DatabaseAddress,
        changes: tuple[Change, ...],
        *,
        why: str,
        follow: Following,
    ) -> None:
        """Write one line to the log, which counts only if the file is saved, and save."""
        grid = self._noted(follow)
        told = {"effective": follow.day.isoformat(), **follow.steps}
        entry = self._entry_of_save(grid, target, why, command="adopt", changes=encode_changes(changes), **told)
        self._write(entry)
        is_saved = False
        try:
            self._put(project, target, grid, entry, why=why, follow=follow)
            is_saved = True
        finally:
            if not is_saved and self._file is not None:
                self._file.take_back()
        self._log.append(entry)

    def _put(
        self,
        project: Project,
        target: Path | DatabaseAddress,
        grid: Grid,
        entry: LogEntry,
        *,
        why: str,
        follow: Following | None = None,
        overwrite_changes: bool = False,
    ) -> None:
        """Save grid, officers, outlets and history in the project's file, or leave project and file as they were."""
        officers = {**dict.fromkeys(officers_of(project, self._saved)), **self._state.officers}
        outlets, what = project.outlets, said(self._key, grid, why)
        if follow is not None:
            what = said_of_adoption(self._key, grid, why, follow=follow)
            if any(follow.steps.values()):
                outlets = followed(project.outlets, follow, facts=self._facts_of(follow))
        with kept_in(project, self._key, grid, officers=officers, outlets=outlets, line=(entry.at, self.who, what)):
            project.save(target, overwrite_changes=overwrite_changes)
        self._saved = grid
        if follow is not None:
            self._baseline = Baseline.of(grid, project.outlets)

    def _entry_of_save(
        self,
        grid: Grid,
        target: Path | DatabaseAddress,
        why: str,
        *,
        command: str = "save",
        changes: list[list[Any]] | None = None,
        **more: object,
    ) -> LogEntry:
        args = {"resting": self.resting_digest, "path": target.name, "digest": grid.digest, "version": grid.version}
        reason = " ".join(filter(None, (why, self.mark if changes else "")))
        return LogEntry(self._seq, "save", self._now(), self.who, reason, command, {**args, **more}, changes or [])

    def _noted(self, follow: Following | None) -> Grid:
        """Return the grid with the day it is in force from, and the outlets that the register does not know of yet."""
        grid = self.grid
        assert self._baseline is not None  # noqa: S101 - a session of a project has one
        changed = {} if follow is not None else encode_former(self._baseline.changed(self._state.outlets))
        since = self._saved.provenance.get("as_of") if follow is None else follow.day.isoformat()
        if changed != grid.provenance.get("outlets_changed", {}):
            grid = grid.with_(outlets_changed=changed)
        return grid if since == grid.provenance.get("as_of") else grid.with_(as_of=since)

    def _day(self, project: Project, effective: str | date) -> date:
        """Return the day of an adoption; refuse one before the data, or before the plan in force."""
        try:
            day = required_day(effective, name="effective")
        except InputError as error:
            raise Refusal(key="no_date", given=repr(effective)) from error
        first, last = first_moment(project.history), self._saved.provenance.get("as_of")
        if first is not None and day < (first - _DATE_LINE).date():
            raise Refusal(key="before_data", date=day.isoformat(), first=first.date().isoformat())
        if last and day < date.fromisoformat(str(last)):
            raise Refusal(key="before_plan", date=day.isoformat(), last=last)
        return day

    def _follows(self, project: Project, day: date) -> Following:
        """Return what the register gets to know of the plan."""
        assert self._baseline is not None  # noqa: S101 - a session of a project has one
        require_same_crs(self._base.cells, project.outlets, names=("grid", "outlets"))
        bank_id = None if self.bank_id == SEVERAL_BANKS else self.bank_id
        return following(self._baseline, self._state.outlets, project.outlets, bank_id=bank_id, day=day)

    def _require_free_id(self, outlet_id: str) -> None:
        """Refuse the id of an outlet that the project's table of outlets has of another bank."""
        banks = {} if self.project is None else banks_of(self.project.outlets)
        if banks.get(outlet_id, self.bank_id) != self.bank_id:
            raise Refusal(key="register_taken", outlet=outlet_id, bank=banks[outlet_id])

    def _facts_of(self, follow: Following) -> dict[str, dict[str, Any]]:
        """Return what is known of outlets that open or move."""
        state, known = self._state, {note["outlet_id"]: note for note in self.openings}
        facts: dict[str, dict[str, Any]] = {}
        for name in (*follow.opened, *follow.moved):
            home, note = state.home.get(name, -1), known.get(name, {})
            facts[name] = {
                "bank_id": self.bank_id,
                "name": note.get("name"),
                "kind": note.get("kind"),
                "unit_id": None if home < 0 else state.faces[home].unit_id,
                "geometry": state.outlets[name].point,
            }
        return facts

    def _target(self, path: str | Path | None) -> tuple[Project, Path | DatabaseAddress]:
        if self.project is None:
            raise InputError(
                say("This session is of a grid alone; take `session.grid`. A session of a project can be saved.")
            )
        if path is not None:
            return self.project, place_of(path)
        if not self.project.origins:
            raise InputError(say("The project was never saved, so there is no file to save to; give `save` a path."))
        return self.project, list(self.project.origins)[-1]
