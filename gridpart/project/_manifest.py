"""The manifest: what a project file says about itself, checked before anything in it is believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gridpart.profiles import Profile
from gridpart.project._columns import Held

FORMAT = 1
"""Version of the file format that this gridpart writes, and the newest it reads."""

MANIFEST_TABLE = "gridpart_manifest"
"""Table of the file that holds the manifest: one row, format number and JSON text."""

STORED_TABLES = (
    "service_area",
    "units",
    "outlets",
    "equipment",
    "cells",
    "grid_areas",
    "grid_outlets",
    "grid_faces",
    "road_nodes",
    "roads",
    "staff",
    "banks",
    "ledger",
    "grids",
    "history",
    "exceptions",
    "records",
    "customers",
    "members",
    "kpis",
    "changes",
    "workstations",
    "social_officers",
    "organisation",
    "documents",
    "earlier_grids",
    "earlier_cells",
    "earlier_grid_areas",
    "earlier_grid_outlets",
    "earlier_grid_faces",
)
"""Tables of a project file, in the order they are written; no other name is read."""

LATER_TABLES = frozenset(
    (
        "records",
        "customers",
        "members",
        "kpis",
        "changes",
        "workstations",
        "social_officers",
        "organisation",
        "documents",
        "earlier_grids",
        "earlier_cells",
        "earlier_grid_areas",
        "earlier_grid_outlets",
        "earlier_grid_faces",
    )
)
"""Tables that files of earlier gridparts do not have: they are opened empty."""


_TYPES = (
    r"^(bool(ean)?|[Uu]?[Ii]nt(8|16|32|64)|[Ff]loat(16|32|64)|str(ing)?|object|category|geometry"
    r"|(datetime64|timedelta64)\[[^\]]{1,60}\])$"
)
"""Types of columns that are restored; no other word of a file is handed to pandas."""


class Strict(BaseModel):
    """A value that holds what is declared and nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnDefinition(Strict):
    """
    How one column is stored.

    Attributes
    ----------
    label
        Name of the column in the table of the project.
    stored
        Name in the file: the label unless that is taken or cannot be a column name.
    held, dtype, details
        See `EncodedColumn`.
    is_active
        True for the geometry of a layer.
    """

    label: str
    stored: str
    held: Held
    dtype: Annotated[str, Field(pattern=_TYPES)]
    details: dict[str, Any] = {}
    is_active: bool = False


class TableDefinition(Strict):
    """
    How one table is stored.

    Attributes
    ----------
    name
        One of `STORED_TABLES`.
    rows
        Number of rows.
    columns
        In the order of the table of the project.
    id_column
        Column of the file that numbers the rows from 1.
    digest
        SHA-256 over all values.
    """

    name: str
    rows: int
    columns: tuple[ColumnDefinition, ...]
    id_column: str
    digest: str


class RoadsDefinition(Strict):
    """
    What the tables of roads do not say about the graph.

    Attributes
    ----------
    directed, multiple
        Kind of graph.
    node_ids
        How node ids are written: as they are ("text"), as digits ("whole"), or as JSON ("json").
    attributes
        JSON text of the graph's own attributes.
    """

    directed: bool
    multiple: bool
    node_ids: Literal["text", "whole", "json"]
    attributes: str


class Manifest(Strict):
    """
    What a project file says about itself.

    Attributes
    ----------
    format, gridpart
        Version of the format, and of the library that wrote it.
    name
        Name of the project.
    revision
        Counts the saves of the file, from 1.
    saved_at, saved_by
        When (UTC, ISO) and by whom (user and computer).
    profile
        Rule set.
    roads
        Kind of graph.
    tables
        Definition of every table.
    digest
        SHA-256 over the digests of all tables and the rules: equal for equal projects.
    only_banks
        Banks whose rows the project holds, if it was opened from a database that showed no others.
    """

    format: int
    gridpart: str
    name: str
    revision: int
    saved_at: str
    saved_by: str
    profile: Profile
    roads: RoadsDefinition
    tables: tuple[TableDefinition, ...]
    digest: str
    only_banks: tuple[str, ...] | None = None

    def text(self) -> str:
        """Return it as JSON; what stands in few files only is left out of the others."""
        return self.model_dump_json(exclude={"only_banks"} if self.only_banks is None else None)


@dataclass(frozen=True)
class Origin:
    """
    State of a file when a project was opened from it or saved to it.

    Attributes
    ----------
    revision, digest, saved_at
        From the manifest.
    stamp
        What the system says about the file: while it is the same, nobody has written.
    contents
        SHA-256 over all values that the file really held.
    """

    revision: int
    digest: str
    saved_at: str
    stamp: tuple[int, int, int]
    contents: str

    @staticmethod
    def of(manifest: Manifest, *, stamp: tuple[int, int, int], contents: str) -> Origin:
        """Return the state of the file with this manifest."""
        return Origin(manifest.revision, manifest.digest, manifest.saved_at, stamp, contents)
