"""GeoParquet and plain Parquet; metadata is read as JSON, pickled objects never."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyproj
import shapely

from gridpart.errors import InputError
from gridpart.i18n import messages
from gridpart.inputs._geometries import parse_geometries
from gridpart.inputs._log import ReadLog
from gridpart.inputs._raw import RawLayer, Values, object_array, scalar

if TYPE_CHECKING:
    import pyarrow as pa

say = messages("inputs")


def read_parquet(file: Path, *, name: str) -> RawLayer:
    """
    Read a Parquet file; its primary geometry column becomes the geometry.

    Raises
    ------
    InputError
        If pyarrow is not installed, the file is damaged, or geometries are not stored as WKB.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise InputError(
            say("{name}: reading Parquet needs pyarrow. Install it with: pip install 'gridpart[files]'.", name=name)
        ) from error
    try:
        table = pq.read_table(file)
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            say(
                "{name} is a damaged or truncated Parquet file ({error}). Nothing was read. Export it again.",
                name=name,
                error=error,
            )
        ) from error
    log = ReadLog(table.num_rows)
    primary, described = _geometry_column(table, name=name)
    layer = RawLayer(log, {title: _values(table, title) for title in table.column_names if title != primary})
    if primary is not None:
        layer.geometry = parse_geometries(_values(table, primary).tolist(), shapely.from_wkb, log=log)
        # a missing entry means longitude and latitude, an explicit null means unknown
        layer.crs = _crs(described.get("crs", "OGC:CRS84"))
    return layer


def _geometry_column(table: pa.Table, *, name: str) -> tuple[str | None, dict[str, Any]]:
    stored = (table.schema.metadata or {}).get(b"geo")
    if stored is None:
        return None, {}
    try:
        described = json.loads(stored)
        primary = described["primary_column"]
        column = described["columns"][primary]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            say(
                "{name}: its GeoParquet description is damaged ({error}). Nothing was read. Export it again.",
                name=name,
                error=error,
            )
        ) from error
    if column.get("encoding") != "WKB" or primary not in table.column_names:
        raise InputError(
            say(
                "{name} stores geometries as {encoding!r}; only WKB is read. Nothing was read. Save it with "
                "geopandas' to_parquet in its default form.",
                name=name,
                encoding=column.get("encoding"),
            )
        )
    return str(primary), column


def _values(table: pa.Table, title: str) -> Values:
    column = table.column(table.column_names.index(title)).combine_chunks()
    return object_array(map(scalar, getattr(column, "storage", column).to_pylist()))


def _crs(stored: object) -> pyproj.CRS | None:
    if stored is None:
        return None
    crs = pyproj.CRS.from_user_input(stored)
    return pyproj.CRS.from_epsg(4326) if crs.to_authority() == ("OGC", "CRS84") else crs
