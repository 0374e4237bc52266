"""The running record of one reading: what was rejected, repaired and noted so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gridpart.i18n import Joined, messages
from gridpart.tables import InputReport, Issue, KeptRows, Message, RowRecord
from gridpart.tables.messages import problem_message

if TYPE_CHECKING:
    from gridpart._typing import BoolArray, IntArray
    from gridpart.tables import Problem
    from gridpart.tables.checks import Finding

say = messages("inputs")

_ROWS_NAMED = 10


@dataclass
class ReadLog:
    """
    Collects issues by place (position of a row among those read, from 0).

    Attributes
    ----------
    n_rows
        Rows read.
    lines
        Line of each row as an editor shows it, or None for map layers.
    """

    n_rows: int
    lines: IntArray | None = None
    rejected: dict[int, list[Issue]] = field(default_factory=dict)
    repaired: dict[int, list[Issue]] = field(default_factory=dict)
    notes: list[Message] = field(default_factory=list)

    def reject(self, place: int, column: str, *, value: object, problem: Problem, **facts: object) -> None:
        """Take a row out of the table, with the reason."""
        if self._is_void(place):
            return
        issue = Issue(column, value, *problem_message(problem, facts), code=problem.code)
        self.rejected.setdefault(place, []).append(issue)

    def reject_all(self, findings: Iterable[Finding]) -> None:
        """Take rows out of the table for the faults found in them."""
        for item in findings:
            self.reject(item.place, item.column, value=item.value, problem=item.problem, **item.facts)

    def repair(
        self, place: int, column: str, *, before: object, after: object, problem: Problem, **facts: object
    ) -> None:
        """Record a changed value; the caller changes it."""
        if self._is_void(place):
            return
        reason, remedy = problem_message(problem, facts)
        issue = Issue(column, before, reason, remedy, before, after, code=problem.code)
        self.repaired.setdefault(place, []).append(issue)

    def _is_void(self, place: int) -> bool:
        """A row that is no record at all: what stands in its cells means nothing."""
        return any(issue.column == "row" for issue in self.rejected.get(place, ()))

    def note(self, template: str, **facts: object) -> None:
        """Record something about the layer as a whole."""
        self.notes.append(Message(template, facts))

    def where(self, places: Iterable[int]) -> str:
        """Name rows for people: "3 (line 4), 7 (line 8)"."""
        chosen = list(places)
        named = Joined(
            str(place + 1) if self.lines is None else say("{row} (line {line})", row=place + 1, line=self.lines[place])
            for place in chosen[:_ROWS_NAMED]
        )
        return say("{rows} … ({n} rows)", rows=named, n=len(chosen)) if len(chosen) > _ROWS_NAMED else named

    def live(self) -> BoolArray:
        """Mask of the rows not rejected so far, shape (n_rows,)."""
        mask = np.ones(self.n_rows, dtype=np.bool_)
        mask[list(self.rejected)] = False
        return mask

    def close(
        self,
        *,
        kind: str,
        source: str,
        ids: Iterable[str | None],
        facts: Mapping[str, str | None],
        columns: Mapping[str, str],
    ) -> InputReport:
        """Sort every row into its list; a row with a rejection and repairs counts as rejected."""
        names = list(ids)
        repaired = {place: issues for place, issues in self.repaired.items() if place not in self.rejected}
        touched = np.zeros(self.n_rows, dtype=np.bool_)
        touched[[*self.rejected, *repaired]] = True
        kept = np.flatnonzero(~touched)
        return InputReport(
            kind=kind,
            source=source,
            rows_read=self.n_rows,
            kept=KeptRows(
                (kept + 1).tolist(),
                [names[place] for place in kept.tolist()],
                lines=None if self.lines is None else self.lines[kept].tolist(),
            ),
            repaired=self._records(repaired, names=names),
            rejected=self._records(self.rejected, names=names),
            layer=facts.get("layer"),
            crs=facts.get("crs") or "none",
            datum=facts.get("datum") or "declared",
            encoding=facts.get("encoding"),
            columns=dict(columns),
            notes=tuple(self.notes),
        )

    def _records(self, issues: Mapping[int, list[Issue]], *, names: list[str | None]) -> tuple[RowRecord, ...]:
        return tuple(
            RowRecord(
                place + 1,
                None if self.lines is None else int(self.lines[place]),
                names[place],
                tuple(issues[place]),
            )
            for place in sorted(issues)
        )
