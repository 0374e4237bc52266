"""Read stored tables out of a project file; the file may come from anywhere and is believed in nothing."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gridpart.errors import ProjectError
from gridpart.i18n import Joined, Message, messages
from gridpart.project._columns import Held, Value
from gridpart.project._manifest import (
    FORMAT,
    LATER_TABLES,
    MANIFEST_TABLE,
    STORED_TABLES,
    ColumnDefinition,
    Manifest,
    TableDefinition,
)
from gridpart.project._replacing import connect, has_side_files
from gridpart.project._tables import GEOMETRY_COLUMN, StoredTable, digest_values

say = messages("project")

_SQLITE_MAGIC = b"SQLite format 3\0"
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_MAX_LISTED = 8
_HELD_BY_TYPE: dict[str, Held] = {
    "BOOLEAN": "flag",
    "DATE": "date",
    "DATETIME": "instant",
    "DOUBLE": "real",
    "REAL": "real",
}


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """
    Open a GeoPackage for reading, as it is at one moment.

    Raises
    ------
    ProjectError
        If the file is no SQLite file, or SQLite finds it damaged or locked, then or while it is read.
    """
    with path.open("rb") as file:
        if file.read(len(_SQLITE_MAGIC)) != _SQLITE_MAGIC:
            raise ProjectError(
                say(
                    "{path} is not a GeoPackage: it does not begin like an SQLite file. A project is a .gpkg file "
                    "that gridpart saved.",
                    path=path,
                )
            )
    try:
        with closing(connect(path, writable=has_side_files(path))) as connection:
            connection.execute("BEGIN")
            yield connection
    except sqlite3.DatabaseError as error:
        raise ProjectError(
            say(
                "{path} cannot be read: {error}. It is damaged, or another program has it locked. Nothing was changed.",
                path=path,
                error=error,
            )
        ) from error


def read_manifest(connection: sqlite3.Connection, path: Path) -> Manifest:
    """
    Read the manifest of a project file.

    Raises
    ------
    ProjectError
        If the file is no project, was written by a newer gridpart, or its manifest is damaged.
    """
    if MANIFEST_TABLE not in _real_tables(connection):
        raise _foreign(connection, path)
    row = connection.execute(f'SELECT format, manifest FROM "{MANIFEST_TABLE}"').fetchone()  # noqa: S608 - a constant
    if row is None:
        raise ProjectError(say("{path} is a damaged project: its manifest is empty.", path=path))
    if not isinstance(row[0], int) or row[0] > FORMAT:
        raise ProjectError(
            say(
                "{path} was written by a newer gridpart: its format is {format}, this gridpart reads up to {newest}. "
                "Update gridpart to open it. Nothing was changed.",
                path=path,
                format=row[0],
                newest=FORMAT,
            )
        )
    try:
        manifest = Manifest.model_validate_json(row[1])
    except ValidationError as error:
        raise ProjectError(
            say(
                "{path} is a damaged project: its manifest does not hold what it should ({n} problems). {error}",
                path=path,
                n=error.error_count(),
                error=error,
            )
        ) from error
    names = [table.name for table in manifest.tables]
    odd = sorted((set(names) ^ set(STORED_TABLES)) - (LATER_TABLES - set(names)))
    if odd or len(set(names)) < len(names):
        raise ProjectError(
            say(
                "{path} is a damaged project: its manifest lists other tables than it should ({tables}).",
                path=path,
                tables=Joined(odd),
            )
        )
    return manifest


def _real_tables(connection: sqlite3.Connection) -> set[str]:
    """Return the names of tables; views could run stored expressions and are left out."""
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")
    return {name for (name,) in rows}


def _foreign(connection: sqlite3.Connection, path: Path) -> ProjectError:
    if "gpkg_contents" not in _real_tables(connection):
        return ProjectError(
            say(
                "{path} is an SQLite file but not a GeoPackage. A project is a .gpkg file that gridpart saved.",
                path=path,
            )
        )
    layers = [str(name) for (name,) in connection.execute("SELECT table_name FROM gpkg_contents ORDER BY table_name")]
    shown: Message = Joined(map(repr, layers[:_MAX_LISTED])) or say("none")
    return ProjectError(
        say(
            "{path} is a GeoPackage but not a project: it has no table {table!r}. Its layers: {layers}. Read them with "
            "`gridpart.read_units(path, layer=…)` and its siblings, and make a `Project` of the tables.",
            path=path,
            table=MANIFEST_TABLE,
            layers=say("{layers} …", layers=shown) if len(layers) > _MAX_LISTED else shown,
        )
    )


def read_table(connection: sqlite3.Connection, definition: TableDefinition, *, path: Path) -> StoredTable:
    """
    Read a table as the file holds it now, which need not be what the definition says.

    Returns
    -------
    stored
        With the number of rows, the digest and the columns found: columns that are gone are left out, new
        ones come last.

    Raises
    ------
    ProjectError
        If the table is missing.
    """
    name = definition.name
    if name not in _real_tables(connection):
        raise ProjectError(say("{path} has lost its table {name!r}. Open a backup of the file.", path=path, name=name))
    types = {row[1]: str(row[2]).upper() for row in connection.execute(f"PRAGMA table_info({quoted(name)})")}
    columns = [column for column in definition.columns if column.stored in types]
    known = {column.stored for column in columns} | {definition.id_column, "no_columns"}
    columns += [_new_column(stored, sql) for stored, sql in types.items() if stored not in known]
    chosen = ", ".join([quoted(column.stored) for column in columns] or ["NULL"])
    order = quoted(definition.id_column) if definition.id_column in types else "rowid"
    rows = connection.execute(f"SELECT {chosen} FROM {quoted(name)} ORDER BY {order}").fetchall()  # noqa: S608 - quoted
    by_column = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    values: dict[str, list[Value]] = {}
    geometry: list[bytes | None] | None = None
    for column, held in zip(columns, by_column, strict=False):
        if column.is_active:
            geometry = [_wkb(blob, layer=name) for blob in held]
        else:
            values[column.stored] = _instants(held) if column.held == "instant" else list(held)
    found = definition.model_copy(
        update={
            "rows": len(rows),
            "columns": tuple(columns),
            "digest": digest_values(len(rows), list(values.values()), geometry),
        }
    )
    return StoredTable(found, values, geometry)


def feature_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many rows each layer has in the words of the file itself, which other programs believe."""
    if "gpkg_ogr_contents" not in _real_tables(connection):
        return {}
    return dict(
        connection.execute("SELECT table_name, feature_count FROM gpkg_ogr_contents WHERE feature_count IS NOT NULL")
    )


def quoted(name: str) -> str:
    """Return a name as an SQL identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def _new_column(stored: str, sql_type: str) -> ColumnDefinition:
    """Return how to read a column that another program added."""
    whole = "INT" in sql_type
    held: Held = "whole" if whole else _HELD_BY_TYPE.get(sql_type, "text")
    dtype = {
        "whole": "Int64",
        "flag": "boolean",
        "real": "float64",
        "date": "datetime64[ms]",
        "instant": "datetime64[ms]",
    }
    return ColumnDefinition(label=stored, stored=stored, held=held, dtype=dtype.get(held, "object"))


def _instants(values: tuple[Any, ...]) -> list[Value]:
    """Return times as they were given, to the millisecond: GDAL leaves out zeros and may add the Z of UTC."""
    return [None if value is None else _instant(str(value)) for value in values]


def _instant(text: str) -> str:
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return f"{whole}.{fraction:0<3}"


def _wkb(blob: bytes | None, *, layer: str) -> bytes | None:
    """Return the WKB in a GeoPackage geometry."""
    if blob is None:
        return None
    try:
        magic, flags = struct.unpack_from("<2sxB", blob)
        body = blob[8 + _ENVELOPE_BYTES[(flags >> 1) & 7] :]
    except (struct.error, IndexError, TypeError) as error:
        raise ProjectError(
            say(
                "Layer {layer!r} holds something that is no GeoPackage geometry in column {column!r}.",
                layer=layer,
                column=GEOMETRY_COLUMN,
            )
        ) from error
    if magic != b"GP":
        raise ProjectError(
            say(
                "Layer {layer!r} holds something that is no GeoPackage geometry in column {column!r}.",
                layer=layer,
                column=GEOMETRY_COLUMN,
            )
        )
    return body
