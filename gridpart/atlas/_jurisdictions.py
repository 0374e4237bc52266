"""Who answers for which cell: its officers and its manager."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gridpart.atlas._places import records
from gridpart.atlas.naming import Row

if TYPE_CHECKING:
    from gridpart.atlas.register import Register

CellKey = tuple[str | None, str | None]
"""Bank and cell."""


def cell_key(row: Row) -> CellKey:
    """Return the key of a cell, or of the cell an officer is assigned to."""
    return (row["bank_id"], row["cell_id"])


@dataclass(frozen=True)
class Jurisdictions:
    """
    Officers and managers by cell.

    Attributes
    ----------
    register
        What is shown.
    """

    register: Register

    @cached_property
    def officers(self) -> Mapping[CellKey, list[Row]]:
        """Officers of each cell that has one, full-time first, then by id."""
        found: dict[CellKey, list[Row]] = {}
        for row in records(self.register.officers[self.register.officers["omitted"] == ""]):
            found.setdefault(cell_key(row), []).append(row)
        for rows in found.values():
            rows.sort(key=lambda row: (row["employment_type"] != "full_time", row["staff_id"] or ""))
        return found

    @cached_property
    def manager(self) -> Mapping[CellKey, str | None]:
        """
        Manager of each cell that has an officer: of most of its full-time officers, else of most of its officers.

        Ties go to the lower id; None where no officer has a manager.
        """
        return {key: _manager_of(rows) for key, rows in self.officers.items()}

    @cached_property
    def known_managers(self) -> frozenset[str]:
        """Ids of the managers on the register."""
        return frozenset(self.register.managers["staff_id"].dropna())

    @cached_property
    def cells_of_manager(self) -> Mapping[tuple[str, str], list[str]]:
        """Cells by bank and manager."""
        found: dict[tuple[str, str], list[str]] = {}
        for cell in records(self.register.cells):
            manager = self.manager.get(cell_key(cell))
            if manager is not None:
                found.setdefault((cell["bank_id"], manager), []).append(cell["cell_id"])
        return dict(sorted(found.items()))

    def managers_of_bank(self, bank_id: str) -> list[str]:
        """Managers with a cell of a bank, sorted."""
        return [manager for bank, manager in self.cells_of_manager if bank == bank_id]


def _manager_of(officers: list[Row]) -> str | None:
    full_time = [row for row in officers if row["employment_type"] == "full_time" and row["manager_id"]]
    chosen = full_time or [row for row in officers if row["manager_id"]]
    votes = Counter(row["manager_id"] for row in chosen)
    return min(votes, key=lambda manager: (-votes[manager], manager)) if votes else None
