"""One table of a project as stored columns with a digest, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from gridpart._typing import GeometryArray
from gridpart.errors import ProjectError
from gridpart.i18n import Joined, messages
from gridpart.project._columns import EncodedColumn, Value, decode_column, encode_column, encode_crs, is_text
from gridpart.project._manifest import ColumnDefinition, TableDefinition

say = messages("project")

GEOMETRY_COLUMN = "geom"
"""Name of the geometry column in the file."""

_ID_COLUMN = "fid"
_MULTI = {"Polygon": "MultiPolygon", "LineString": "MultiLineString", "Point": "MultiPoint"}


@dataclass(frozen=True)
class StoredTable:
    """
    A table as the file holds it.

    Attributes
    ----------
    definition
        Its columns, number of rows and digest.
    by_column
        Values of each column but the layer's geometry, by name in the file.
    geometry
        WKB of the layer's geometries, None where a row has none; None for a table without.
    """

    definition: TableDefinition
    by_column: dict[str, list[Value]]
    geometry: list[bytes | None] | None


def encode_table(table: pd.DataFrame, *, name: str) -> StoredTable:
    """
    Turn a table into what the file will hold. Row numbers are not kept.

    Raises
    ------
    ProjectError
        If a column's name is no text or occurs twice, a column was made the index, or a value cannot be stored and
        restored unchanged.
    """
    _require_plain_columns(table, name)
    active = table.active_geometry_name if isinstance(table, gpd.GeoDataFrame) else None
    names = _stored_names([str(label) for label in table.columns])
    columns: list[ColumnDefinition] = []
    values: dict[str, list[Value]] = {}
    geometry: list[bytes | None] | None = None
    for label in table.columns:
        encoded = _encode(table[label], table=name, is_active=label == active)
        details = encoded.details
        stored = names[label]
        if label == active:
            geometry, more = _encode_shapes(np.asarray(table.geometry.array, dtype=object))
            details = {**details, **more}
            stored = GEOMETRY_COLUMN
        else:
            values[stored] = encoded.rows
        columns.append(
            ColumnDefinition(
                label=label,
                stored=stored,
                held=encoded.held,
                dtype=encoded.dtype,
                details=details,
                is_active=label == active,
            )
        )
    definition = TableDefinition(
        name=name,
        rows=len(table),
        columns=tuple(columns),
        id_column=_free(_ID_COLUMN, {stored.lower() for stored in values}),
        digest=digest_values(len(table), list(values.values()), geometry),
    )
    return StoredTable(definition, values, geometry)


def _require_plain_columns(table: pd.DataFrame, name: str) -> None:
    labels: list[object] = list(table.columns)
    odd = [label for label in labels if not isinstance(label, str) or not is_text(label)]
    if odd:
        raise ProjectError(
            say(
                "Columns of {table} must be named by text; these are not: {names!r}. Rename them. Nothing was saved.",
                table=name,
                names=odd[:5],
            )
        )
    repeated = sorted(set(table.columns[table.columns.duplicated()]))
    if repeated:
        raise ProjectError(
            say(
                "Columns of {table} occur more than once: {names}. Rename them. Nothing was saved.",
                table=name,
                names=Joined(map(repr, repeated)),
            )
        )
    if lost := [label for label in table.index.names if label is not None and label not in labels]:
        raise ProjectError(
            say(
                "{names} of {table} stand in the index, which a project does not keep; call `reset_index` to make "
                "columns of them. Nothing was saved.",
                names=Joined(map(repr, lost)),
                table=name,
            )
        )
    if isinstance(table, gpd.GeoDataFrame) and table.active_geometry_name is None:
        raise ProjectError(
            say(
                "{table} is a GeoDataFrame without active geometry; call `set_geometry`. Nothing was saved.", table=name
            )
        )


def _encode(column: pd.Series[Any], *, table: str, is_active: bool) -> EncodedColumn:
    try:
        return EncodedColumn("geometry", "geometry", [], encode_crs(column)) if is_active else encode_column(column)
    except TypeError as error:
        raise ProjectError(
            say(
                "Column {column!r} of {table} cannot be stored exactly: it holds {error}. Convert it to text, "
                "numbers, dates, true/false, lists or dicts. Nothing was saved.",
                column=column.name,
                table=table,
                error=error,
            )
        ) from error


def _stored_names(labels: Sequence[str]) -> dict[str, str]:
    """Return a name in the file for each label: SQLite ignores case, and knows no NUL or empty name."""
    taken = {GEOMETRY_COLUMN}
    names: dict[str, str] = {}
    for label in labels:
        printable = "".join(letter for letter in label if letter.isprintable())
        names[label] = _free(printable.strip() or "column", taken)
        taken.add(names[label].lower())
    return names


def _free(name: str, taken: Iterable[str]) -> str:
    number, candidate = 1, name
    while candidate.lower() in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def _encode_shapes(shapes: GeometryArray) -> tuple[list[bytes | None], dict[str, Any]]:
    """
    Return WKB and how to restore the shapes from it.

    A layer with both simple and multiple shapes is stored as multiple ones, because QGIS would show it as two layers;
    the rows that were multiple shapes with one part are noted.
    """
    known = shapes[~shapely.is_missing(shapes)]
    kinds = sorted({shape.geom_type for shape in known})
    depth = shapely.has_z(known)
    mixed = len(kinds) == 2 and _MULTI.get(kinds[1]) == kinds[0] and not shapely.is_empty(known).any()
    details: dict[str, Any] = {"shape": _shape_name(kinds[:1] if mixed else kinds, is_deep=depth)}
    if mixed:
        multiple = np.array([shape is not None and shape.geom_type == kinds[0] for shape in shapes])
        details["one_part_rows"] = np.flatnonzero(multiple & (shapely.get_num_geometries(shapes) == 1)).tolist()
        promote = np.flatnonzero(~multiple & ~shapely.is_missing(shapes))
        shapes = shapes.copy()
        shapes[promote] = [_several(shape) for shape in shapes[promote]]
    return shapely.to_wkb(shapes, byte_order=1, flavor="iso").tolist(), details


def _several(shape: shapely.Geometry) -> shapely.Geometry:
    makers = {"Polygon": shapely.multipolygons, "LineString": shapely.multilinestrings, "Point": shapely.multipoints}
    return makers[shape.geom_type]([shape])


def _shape_name(kinds: Sequence[str], *, is_deep: Any) -> str:  # noqa: ANN401 - a mask
    """Return the geometry type of a layer in OGR's words, "Unknown" if there are several or none."""
    if len(kinds) != 1 or kinds[0] == "LinearRing" or is_deep.any() != is_deep.all():
        return "Unknown"
    return f"{kinds[0]} Z" if is_deep.any() else kinds[0]


def digest_values(rows: int, values: Sequence[list[Value]], geometry: Sequence[bytes | None] | None) -> str:
    """Return SHA-256 over all values of a table, column by column."""
    result = hashlib.sha256(str(rows).encode())
    for column in values:
        result.update(repr(column).encode("utf-8", "surrogatepass") + b"\n")
    for shape in geometry or ():
        body = b"" if shape is None else shape
        result.update(len(body).to_bytes(8, "little") + body)
    return result.hexdigest()


def difference(saved: TableDefinition, found: TableDefinition) -> str:
    """Return in words how a table differs from the one that was saved; nothing if it does not."""
    if found.rows != saved.rows:
        return say("{n:,} rows where {saved:,} were saved", n=found.rows, saved=saved.rows)
    if found.columns != saved.columns:
        return say("other columns than were saved")
    return say("other values than were saved") if found.digest != saved.digest else ""


def decode_table(stored: StoredTable) -> pd.DataFrame:
    """
    Restore a table.

    Raises
    ------
    ProjectError
        If a column does not hold what its definition says; table and column are named.
    """
    columns: dict[str, pd.Series[Any]] = {}
    active: ColumnDefinition | None = None
    for column in stored.definition.columns:
        try:
            if column.is_active:
                active = column
                columns[column.label] = _decode_shapes(column, stored.geometry or [])
            else:
                encoded = EncodedColumn(column.held, column.dtype, stored.by_column[column.stored], column.details)
                columns[column.label] = decode_column(encoded)
        except (TypeError, ValueError, LookupError, shapely.errors.ShapelyError, pyproj.exceptions.CRSError) as error:
            raise ProjectError(
                say(
                    "Column {column!r} of {table} does not hold what it should: {error}.",
                    column=column.label,
                    table=stored.definition.name,
                    error=error,
                )
            ) from error
    labels = [column.label for column in stored.definition.columns]
    frame = pd.DataFrame(columns, columns=pd.Index(labels, dtype="str"), index=pd.RangeIndex(stored.definition.rows))
    return frame if active is None else gpd.GeoDataFrame(frame, geometry=active.label)


def _decode_shapes(column: ColumnDefinition, geometry: Sequence[bytes | None]) -> gpd.GeoSeries:
    shapes = shapely.from_wkb(np.array([*geometry, None], dtype=object))[:-1]
    if "one_part_rows" in column.details:
        single = shapely.get_num_geometries(shapes) == 1
        single[[row for row in column.details["one_part_rows"] if row < len(single)]] = False
        shapes[single] = shapely.get_geometry(shapes[single], 0)
    return gpd.GeoSeries(shapes, crs=column.details["crs"])
