"""Putting a redrawn grid into its project, so that a save that fails leaves the project as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd

from gridpart.errors import GridpartError, ProjectError
from gridpart.partition import Grid

if TYPE_CHECKING:
    from gridpart.project import Project


def require_unchanged(project: Project, key: str, known: Grid, overwrite: bool) -> None:  # noqa: FBT001 - internal
    """Refuse to replace a grid that another session put into the project."""
    found = project.grids.get(key)
    if found is known or overwrite or (found is not None and _same(found, known)):
        return
    message = (
        f"The grid of bank {key} in project {project.name!r} was changed by someone else while this session was open. "
        "Nothing was saved. Compare with `session.compare(project.grids[bank_id])`, or lose the other with "
        "`save(overwrite_changes=True)`."
    )
    raise ProjectError(message)


def _same(one: Grid, two: Grid) -> bool:
    said = [(grid.digest, grid.version, grid.status, dict(grid.provenance)) for grid in (one, two)]
    return said[0] == said[1]


@contextmanager
def kept_in(
    project: Project, key: str, grid: Grid, *, officers: Mapping[str, str | None], line: tuple[str, str, str]
) -> Iterator[None]:
    """Put a grid, its officers, its records and a line of history into a project; take them back if the save fails."""
    before = project.grids.get(key), project.staff, project.history
    ledgers = project.records, project.customers, project.changes
    project.replace_grid(key, grid, at=line[0], who=line[1])
    project.staff = _with_officers(project.staff, officers)
    project.history = _with_line(project.history, key, grid, line)
    try:
        yield
    except GridpartError:
        grid_before, project.staff, project.history = before
        project.records, project.customers, project.changes = ledgers
        if grid_before is None:
            del project.grids[key]
        else:
            project.grids[key] = grid_before
        raise


def _with_officers(staff: pd.DataFrame, officers: Mapping[str, str | None]) -> pd.DataFrame:
    """Return the table of staff with the cells of some officers; None for one who has no cell any more."""
    if not officers or not {"staff_id", "cell_id"} <= set(staff.columns):
        return staff
    cells = [officers.get(str(name), cell) for name, cell in zip(staff["staff_id"], staff["cell_id"], strict=True)]
    if cells == staff["cell_id"].tolist():
        return staff
    changed = staff.copy()
    changed["cell_id"] = pd.Series(cells, index=staff.index, dtype=staff["cell_id"].dtype)
    return changed


def _with_line(history: pd.DataFrame, key: str, grid: Grid, line: tuple[str, str, str]) -> pd.DataFrame:
    at, who, why = line
    what = f"Redrew the grid of bank {key}: version {grid.version}, {grid.status}, {len(grid)} cells"
    row: dict[str, Any] = {"at": at, "who": who, "what": f"{what}: {why}" if why else what}
    values = {name: [row.get(name)] for name in history.columns}
    values |= {name: [value] for name, value in row.items() if name not in values}
    if "at" in history.columns and pd.api.types.is_datetime64_any_dtype(history["at"]):
        moment = pd.Timestamp(at)
        values["at"] = [moment if history["at"].dt.tz is not None else moment.tz_localize(None)]
    if history.empty:
        return pd.DataFrame(values).astype(object)
    return pd.concat([history, pd.DataFrame(values)], ignore_index=True)
