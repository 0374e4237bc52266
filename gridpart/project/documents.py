"""The agreements and rule documents that each big cell must have: those there, those run out, those missing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, TypeAlias

import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import messages
from gridpart.tables import days_of

if TYPE_CHECKING:
    from gridpart.project.project import Project

say = messages("project")

DocumentState: TypeAlias = Literal["valid", "not_yet", "expired", "missing"]

_BEST_FIRST: tuple[DocumentState, ...] = ("valid", "not_yet", "expired", "missing")
_COLUMNS = ("bank_id", "cell_id", "kind", "state", "date", "expiry")


@dataclass(frozen=True, eq=False, repr=False)
class DocumentRegister:
    """
    The documents of all big cells on one day.

    Attributes
    ----------
    table
        One row for each big cell and kind of document: ``bank_id``, ``cell_id``, ``kind``, ``state`` ("valid",
        "not_yet", "expired", "missing"), ``date`` and ``expiry`` of the one that counts: a valid one before any other,
        the latest.
    unknown
        Rows of the project's documents that name a cell which is no big cell of its bank, as they are.
    """

    table: pd.DataFrame
    unknown: pd.DataFrame

    @property
    def missing(self) -> pd.DataFrame:
        """Cells and kinds without any document."""
        return self._with("missing")

    @property
    def expired(self) -> pd.DataFrame:
        """Cells and kinds whose latest document has run out."""
        return self._with("expired")

    def _with(self, state: DocumentState) -> pd.DataFrame:
        return self.table[self.table["state"] == state].reset_index(drop=True)

    def __repr__(self) -> str:
        """Show the numbers."""
        counts = self.table["state"].value_counts()
        numbers = ", ".join(f"{int(counts.get(state, 0))} {state}" for state in _BEST_FIRST)
        return f"<DocumentRegister: {numbers}, {len(self.unknown)} of unknown cells>"

    def _repr_html_(self) -> str:
        return str(self.table.to_html(escape=True, index=False))


@checked
def document_register(project: Project, *, kinds: Collection[str] | None = None, as_of: date) -> DocumentRegister:
    """
    Hold the documents of a project against what each big cell must have.

    A big cell is one that small cells name as their parent, or a cell that is not divided. Drafting documents is not
    what gridpart does; it only keeps the list: ``bank_id``, ``cell_id``, ``kind``, ``date``, ``expiry``.

    Parameters
    ----------
    project
        Its ``documents`` are read as they are now.
    kinds
        Kinds of documents that each big cell must have; None takes all kinds on the list.
    as_of
        A document is valid from its date to its expiry, both days included; without expiry it does not run out, and
        without date it is valid from ever.

    Returns
    -------
    register
        Ordered by bank, cell and kind.

    Raises
    ------
    InputError
        If a date cannot be read, or a document expires before its date; rows are named.
    """
    documents = _dated(project.documents)
    wanted = sorted(set(documents["kind"].dropna().astype(str)) if kinds is None else set(kinds))
    cells = _big_cells(project)
    keys = set(cells)
    is_known = pd.Series(
        [key in keys for key in zip(documents["bank_id"], documents["cell_id"], strict=True)],
        index=documents.index, dtype=bool,
    )  # fmt: skip
    groups = dict(iter(documents[is_known].groupby(["bank_id", "cell_id", "kind"])))
    rows = [(*cell, kind, *_counting(groups.get((*cell, kind)), as_of)) for cell in cells for kind in wanted]
    unknown = project.documents.reset_index(drop=True)[~is_known.to_numpy()]
    return DocumentRegister(pd.DataFrame(rows, columns=list(_COLUMNS)), unknown.reset_index(drop=True))


def _big_cells(project: Project) -> list[tuple[str, str]]:
    found = set()
    for bank_id, grid in project.grids.items():
        cells = grid.cells
        big = cells["parent_id"].where(cells["parent_id"].notna(), cells["cell_id"])
        found |= {(str(bank_id), str(cell)) for cell in big}
    return sorted(found)


def _dated(documents: pd.DataFrame) -> pd.DataFrame:
    table = documents.reset_index(drop=True).copy()
    for name in ("date", "expiry"):
        table[name] = days_of(table[name], name=f"{name} of documents")
    early = table.index[table["expiry"] < table["date"]]
    if len(early):
        raise InputError(
            say(
                "documents: row {row} expires before its date ({n} such rows); nothing was done.",
                row=early[0],
                n=len(early),
            )
        )
    return table


def _counting(rows: pd.DataFrame | None, as_of: date) -> tuple[DocumentState, object, object]:
    """Return state, date and expiry of the document that counts."""
    if rows is None:
        return "missing", None, None
    day = pd.Timestamp(as_of)
    best: tuple[int, object, object] | None = None
    for start, end in rows.sort_values(["expiry", "date"], na_position="last")[["date", "expiry"]].itertuples(
        index=False
    ):
        state: DocumentState = "expired" if end < day else "not_yet" if start > day else "valid"
        rank = _BEST_FIRST.index(state)
        if best is None or rank <= best[0]:
            best = (rank, start, end)
    if best is None:
        return "missing", None, None
    return _BEST_FIRST[best[0]], _day(best[1]), _day(best[2])


def _day(moment: object) -> object:
    return None if moment is pd.NaT or not isinstance(moment, pd.Timestamp) else moment.date()
