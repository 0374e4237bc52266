"""The plan around a grid: officers, comments, and the states from draft to adopted."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any, Literal

from gridpart.arguments import checked
from gridpart.studio import _labels
from gridpart.studio._editing import Editing
from gridpart.studio.delta import Delta
from gridpart.studio.records import Change
from gridpart.studio.refusals import Refusal

_STEPS = MappingProxyType(
    {
        "propose": ("draft", "proposed"),
        "coordinate": ("proposed", "coordinated"),
        "adopt": ("coordinated", "adopted"),
    }
)
"""What each step leads from, and to."""


class Planning(Editing):
    """Commands that change the plan, not the land; `Session` adds the rest."""

    @property
    def status(self) -> Literal["draft", "proposed", "coordinated", "adopted"]:
        """State of the plan."""
        status: Literal["draft", "proposed", "coordinated", "adopted"] = self._state.plan["status"]
        return status

    @property
    def version(self) -> int:
        """Version of the plan."""
        return int(self._state.plan["version"])

    @property
    def comments(self) -> list[dict[str, Any]]:
        """What was said about the plan: ``at, who, text, cell_id, place, version`` each."""
        return [dict(note) for note in self._state.plan.get("comments") or ()]

    @property
    def milestones(self) -> list[dict[str, Any]]:
        """Each change of state: ``status, version, at, who, why``, and ``effective`` of an adoption with a date."""
        return [dict(note) for note in self._state.plan.get("milestones") or ()]

    @property
    def openings(self) -> list[dict[str, Any]]:
        """What is known of outlets that the plan opens: ``outlet_id, name, kind`` each."""
        return [dict(note) for note in self._state.plan.get("openings") or ()]

    @property
    def officers(self) -> dict[str, str]:
        """Cell of each officer, by staff id."""
        return dict(self._state.officers)

    @checked
    def assign_officer(self, staff_id: str, cell_id: str | None, *, why: str = "") -> Delta:
        """
        Put an officer in charge of a cell.

        Parameters
        ----------
        staff_id
            The officer, who leaves any other cell of this grid.
        cell_id
            The cell; None takes the officer out of all cells.
        why
            For the log.

        Raises
        ------
        EditRefused
            If officer or cell is unknown, the cell is locked, or the officer works there already.
        """
        before = self._state.officers.get(staff_id)
        self._require_officer(staff_id)
        if before == cell_id:
            key = "officer_nowhere" if cell_id is None else "officer_there"
            raise Refusal(key=key, officer=staff_id, cell=cell_id)
        _labels.require_cells(self._state, [name for name in (before, cell_id) if name is not None])
        change = Change("officer", staff_id, before, cell_id)
        return self._apply("assign_officer", {"staff_id": staff_id, "cell_id": cell_id}, [change], why)

    def _require_officer(self, staff_id: str) -> None:
        """Refuse an officer who is not on the project's staff."""

    @checked
    def comment(self, text: str, *, cell_id: str | None = None, place: Iterable[float] | None = None) -> Delta:
        """
        Keep a comment with the version, of a community say.

        Parameters
        ----------
        text
            What is said.
        cell_id
            Cell that it is about.
        place
            Or a place, in m.

        Raises
        ------
        EditRefused
            If the text is empty or the cell unknown.
        """
        if not text.strip():
            raise Refusal(key="no_text")
        if cell_id is not None:
            _labels.require_cells(self._state, [cell_id], unlocked=False)
        where = None if place is None else [float(value) for value in place]
        note = {"at": self._now(), "who": self.who, "text": text, "cell_id": cell_id, "place": where}
        change = self._added("comments", {**note, "version": self.version})
        return self._apply("comment", {"text": text, "cell_id": cell_id, "place": where}, [change], "")

    def _added(self, name: str, note: dict[str, Any]) -> Change:
        before = self._state.plan.get(name)
        return Change("plan", name, before, [*(before or []), note])

    @checked
    def propose(self, *, why: str) -> Delta:
        """
        Hand a draft in: the bank proposes it.

        Raises
        ------
        EditRefused
            If the plan is no draft, or no reason is given.
        """
        return self._step("propose", why)

    @checked
    def coordinate(self, *, why: str) -> Delta:
        """
        Note that the supervisor has co-ordinated a proposed plan with its neighbours.

        Raises
        ------
        EditRefused
            If the plan is not proposed, or no reason is given.
        """
        return self._step("coordinate", why)

    @checked
    def adopt(self, *, why: str) -> Delta:
        """
        Adopt a co-ordinated plan. It does not change any more: only a new version may.

        Raises
        ------
        EditRefused
            If the plan is not co-ordinated, or no reason is given.
        """
        return self._step("adopt", why)

    @checked
    def return_to_draft(self, *, why: str) -> Delta:
        """
        Hand a proposed or co-ordinated plan back to be worked on.

        Raises
        ------
        EditRefused
            If the plan is a draft or adopted, or no reason is given.
        """
        if self.status not in ("proposed", "coordinated"):
            raise Refusal(key="not_handed_in", status=self.status)
        return self._set_status("return_to_draft", "draft", why)

    @checked
    def new_version(self, *, why: str) -> Delta:
        """
        Begin the next version of a plan, as a draft.

        Raises
        ------
        EditRefused
            If no reason is given.
        """
        return self._set_status("new_version", "draft", why, version=self.version + 1)

    def _step(self, command: str, why: str) -> Delta:
        self._require_step(command)
        return self._set_status(command, _STEPS[command][1], why)

    def _require_step(self, command: str) -> None:
        """Refuse a step that does not lead on from the state of the plan."""
        needed, status = _STEPS[command]
        if self.status != needed:
            raise Refusal(key="wrong_step", status=self.status, needed=needed, next=status)

    def _set_status(self, command: str, status: str, why: str, *, version: int | None = None) -> Delta:
        return self._apply(command, {}, self._changes_to(status, why, version=version), why)

    def _changes_to(self, status: str, why: str, *, version: int | None = None, **more: str) -> list[Change]:
        """Return what changes in the plan with its state."""
        if not why.strip() or not self.who.strip():
            raise Refusal(key="who_and_why")
        plan = self._state.plan
        number = plan["version"] if version is None else version
        note = {"status": status, "version": number, "at": self._now(), "who": self.who, "why": why, **more}
        changes = [self._added("milestones", note)]
        if plan["status"] != status:
            changes.append(Change("plan", "status", plan["status"], status))
        if version is not None:
            changes.append(Change("plan", "version", plan["version"], version))
        return changes
