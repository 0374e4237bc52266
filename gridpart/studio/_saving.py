"""Putting a redrawn grid into its project, so that a save that fails leaves the project as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd

from gridpart.errors import ProjectError
from gridpart.i18n import messages
from gridpart.partition import Grid
from gridpart.project.history_words import ADOPTED, OUTLETS, REDRAWN
from gridpart.studio._officers import with_officers
from gridpart.studio._register import Following

if TYPE_CHECKING:
    import geopandas as gpd

    from gridpart.project import Project

say = messages("studio")


def require_unchanged(project: Project, key: str, known: Grid, overwrite: bool) -> None:  # noqa: FBT001 - internal
    """Refuse to replace a grid that another session put into the project."""
    found = project.grids.get(key)
    if found is known or overwrite or (found is not None and _same(found, known)):
        return
    raise ProjectError(
        say(
            "The grid of bank {bank} in project {project!r} was changed by someone else while this session was open. "
            "Nothing was saved. Compare with `session.compare(project.grids[bank_id])`, or lose the other with "
            "`save(overwrite_changes=True)`.",
            bank=key,
            project=project.name,
        )
    )


def _same(one: Grid, two: Grid) -> bool:
    said = [(grid.digest, grid.version, grid.status, dict(grid.provenance)) for grid in (one, two)]
    return said[0] == said[1]


@contextmanager
def kept_in(
    project: Project,
    key: str,
    grid: Grid,
    *,
    officers: Mapping[str, str | None],
    outlets: gpd.GeoDataFrame,
    line: tuple[str, str, str],
) -> Iterator[None]:
    """Put a grid and what belongs to it into a project, with a line of history; take all back if the save fails."""
    before = project.grids.get(key), project.staff, project.history, project.outlets
    earlier = dict(project.earlier)
    ledgers = project.records, project.customers, project.changes
    project.replace_grid(key, grid, at=line[0], who=line[1])
    project.staff = with_officers(project, officers)
    project.outlets = outlets
    project.history = _with_line(project.history, line)
    is_saved = False
    try:
        yield
        is_saved = True
    finally:
        if not is_saved:
            grid_before, project.staff, project.history, project.outlets = before
            project.records, project.customers, project.changes = ledgers
            project.earlier = earlier
            if grid_before is None:
                del project.grids[key]
            else:
                project.grids[key] = grid_before


def said(key: str, grid: Grid, why: str) -> str:
    """Return what the history says of a save."""
    what = REDRAWN.format(bank=key, version=grid.version, status=grid.status, cells=len(grid))
    return f"{what}: {why}" if why else what


def said_of_adoption(key: str, grid: Grid, why: str, *, follow: Following) -> str:
    """Return what the history says of an adoption with a date."""
    what = ADOPTED.format(bank=key, day=follow.day.isoformat(), version=grid.version, cells=len(grid))
    parts = [f"{name} {', '.join(ids)}" for name, ids in follow.steps.items() if ids]
    told = what + OUTLETS.format(steps="; ".join(parts)) if parts else what
    return f"{told}: {why}" if why else told


def _with_line(history: pd.DataFrame, line: tuple[str, str, str]) -> pd.DataFrame:
    at, who, what = line
    row: dict[str, Any] = {"at": at, "who": who, "what": what}
    values = {name: [row.get(name)] for name in history.columns}
    values |= {name: [value] for name, value in row.items() if name not in values}
    if "at" in history.columns and pd.api.types.is_datetime64_any_dtype(history["at"]):
        moment = pd.Timestamp(at)
        values["at"] = [moment if history["at"].dt.tz is not None else moment.tz_localize(None)]
    if history.empty:
        return pd.DataFrame(values).astype(object)
    return pd.concat([history, pd.DataFrame(values)], ignore_index=True)
