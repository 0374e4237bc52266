"""A project as the tables of its file, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from gridpart.errors import ProjectError
from gridpart.i18n import messages
from gridpart.profiles import Profile
from gridpart.project._columns import is_text
from gridpart.project._grids import EARLIER_TABLES, GRID_TABLES, encode_earlier, encode_grids
from gridpart.project._manifest import STORED_TABLES, RoadsDefinition
from gridpart.project._restoring import damaged, decode_earlier, decode_grids
from gridpart.project._roads import decode_roads, encode_roads
from gridpart.project._tables import StoredTable, decode_table, encode_table
from gridpart.project.project import LAYERS, TABLES, Project

say = messages("project")


@dataclass(frozen=True)
class Contents:
    """
    All of a project in stored form.

    Attributes
    ----------
    tables
        In the order of `STORED_TABLES`.
    roads
        What the tables of roads do not say.
    """

    tables: tuple[StoredTable, ...]
    roads: RoadsDefinition


def encode_project(project: Project) -> Contents:
    """
    Turn a project into stored tables.

    Raises
    ------
    ProjectError
        If a part cannot be stored; table and column are named.
    """
    _require_storable(project)
    nodes, roads, definition = encode_roads(project.roads, crs=project.crs)
    tables: dict[str, pd.DataFrame] = {name: getattr(project, name) for name in (*LAYERS, *TABLES)}
    tables |= {
        "road_nodes": nodes,
        "roads": roads,
        **encode_grids(project.grids, units=project.units, service_area=project.service_area),
        **encode_earlier(project.earlier, units=project.units, service_area=project.service_area),
    }
    return Contents(tuple(encode_table(tables[name], name=name) for name in STORED_TABLES), definition)


def _require_storable(project: Project) -> None:
    project_name: object = project.name
    if not isinstance(project_name, str) or not is_text(project_name):
        raise ProjectError(say("Project.name is {name!r}; it must be text. Nothing was saved.", name=project_name))
    for name in (*LAYERS, *TABLES):
        table: object = getattr(project, name)
        if not isinstance(table, pd.DataFrame):
            raise ProjectError(
                say(
                    "Project.{name} is a {kind}; it must be a table. Nothing was saved.",
                    name=name,
                    kind=type(table).__name__,
                )
            )
        if isinstance(table, gpd.GeoDataFrame) and table.active_geometry_name is not None and table.crs is None:
            raise ProjectError(
                say("Project.{name} has no CRS. Set it, e.g. with `set_crs`. Nothing was saved.", name=name)
            )
    profile: object = project.profile  # live tables and values: anything may have been put there
    if not isinstance(profile, Profile):
        raise ProjectError(
            say(
                "Project.profile is a {kind}; load one with `gridpart.profiles.load`. Nothing was saved.",
                kind=type(profile).__name__,
            )
        )


def digest_of(contents: Contents, *, name: str, profile: Profile) -> str:
    """Return SHA-256 over everything that makes a project: equal projects have equal digests."""
    result = hashlib.sha256()
    definitions = [table.definition.model_dump_json() for table in contents.tables]
    for text in (name, profile.model_dump_json(), contents.roads.model_dump_json(), *definitions):
        result.update(text.encode("utf-8", "surrogatepass") + b"\n")
    return result.hexdigest()


def decode_project(
    stored: Mapping[str, StoredTable],
    *,
    name: str,
    profile: Profile,
    roads: RoadsDefinition,
    changed: Iterable[str],
) -> Project:
    """
    Restore a project; its grids are proved again.

    Parameters
    ----------
    stored
        Tables by name.
    name, profile, roads
        What the tables do not say.
    changed
        Names of tables that differ from what was saved and are to be taken as they are.

    Raises
    ------
    ProjectError
        If a table does not hold what it should.
    """
    try:
        tables = {key: decode_table(table) for key, table in stored.items()}
        # a table that is not there was not known when the project was saved, and starts empty
        parts: dict[str, Any] = {key: tables[key] for key in (*LAYERS, *TABLES) if key in tables}
        graph = decode_roads(gpd.GeoDataFrame(tables["road_nodes"]), gpd.GeoDataFrame(tables["roads"]), roads)
        project = Project(name=name, **parts, roads=graph, profile=profile)
        known: dict[str, Any] = {"units": tables["units"], "service_area": project.service_area, "changed": changed}
        if set(GRID_TABLES) <= set(tables):  # else whoever opens it may see no grid
            project.grids = decode_grids({key: tables[key] for key in GRID_TABLES}, **known)
        if set(EARLIER_TABLES) <= set(tables):
            project.earlier = decode_earlier({key: tables[key] for key in EARLIER_TABLES}, **known)
    except (TypeError, ValueError, LookupError, RecursionError) as error:
        raise damaged(error) from error
    return project
