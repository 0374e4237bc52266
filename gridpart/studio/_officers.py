"""Officers on the staff of a project, and the cells they have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from gridpart.partition import Grid
from gridpart.tables import no_more

if TYPE_CHECKING:
    from gridpart.project import Project


def officers_in(project: Project) -> pd.DataFrame:
    """Return the officers who have not left by the project's day; a plan may count on those who begin later."""
    staff = project.staff
    if not {"staff_id", "role"} <= set(staff.columns):
        return staff.iloc[:0]
    return staff[(staff["role"] == "officer") & _stays(project)]


def officers_of(project: Project, grid: Grid) -> dict[str, str]:
    """Return the cell of each officer: from the staff, or where there is none from the grid's last session."""
    ids = set(grid.cells["cell_id"])
    if project.staff.empty or not {"staff_id", "cell_id", "role"} <= set(project.staff.columns):
        pairs = iter(dict(grid.provenance.get("officers", {})).items())
    else:
        officers = officers_in(project)
        pairs = zip(officers["staff_id"], officers["cell_id"], strict=True)
    return {str(staff): str(cell) for staff, cell in pairs if cell in ids}


def with_officers(project: Project, officers: Mapping[str, str | None]) -> pd.DataFrame:
    """
    Return the staff of a project with the cells of some officers; None for one who has no cell any more.

    Rows of those who left tell what was, and stay.
    """
    staff = project.staff
    if not officers or not {"staff_id", "cell_id"} <= set(staff.columns):
        return staff
    rows = zip(staff["staff_id"], staff["cell_id"], _stays(project), strict=True)
    cells = [officers.get(str(name), cell) if stays else cell for name, cell, stays in rows]
    if cells == staff["cell_id"].tolist():
        return staff
    changed = staff.copy()
    changed["cell_id"] = pd.Series(cells, index=staff.index, dtype=staff["cell_id"].dtype)
    return changed


def _stays(project: Project) -> pd.Series[bool]:
    return pd.Series(~no_more(project.staff, project.day(), name="staff"), index=project.staff.index)
