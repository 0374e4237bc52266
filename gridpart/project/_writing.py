"""Write stored tables into a new GeoPackage."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyogrio
import pyogrio.errors
import pyogrio.raw

from gridpart.errors import ProjectError
from gridpart.i18n import messages
from gridpart.project._columns import Held, Value
from gridpart.project._manifest import MANIFEST_TABLE, Manifest
from gridpart.project._tables import GEOMETRY_COLUMN, StoredTable

say = messages("project")

_NUMPY_TYPES: MappingProxyType[Held, str] = MappingProxyType(
    {
        "flag": "bool",
        "whole": "int64",
        "real": "float64",
        "date": "datetime64[D]",
        "instant": "datetime64[ms]",
        "text": "object",
        "json": "object",
        "geometry": "object",
    }
)
_FILLERS: MappingProxyType[Held, Any] = MappingProxyType(
    {
        "flag": False,
        "whole": 0,
        "real": np.nan,
        "date": "NaT",
        "instant": "NaT",
        "text": None,
        "json": None,
        "geometry": None,
    }
)
_GDAL_OPTIONS = threading.Lock()
"""Held while options of GDAL, which belong to the whole process, differ from what they were."""

_NO_COLUMNS = "no_columns"
"""A GeoPackage table needs a column; this one stands in a table that has none."""


def write_file(path: Path, tables: Iterable[StoredTable], manifest: Manifest) -> None:
    """
    Write a new GeoPackage.

    Parameters
    ----------
    path
        File that does not exist yet.
    tables
        Written in this order; those without geometry become registered attribute tables.
    manifest
        Written last.

    Raises
    ------
    ProjectError
        If GDAL or the system cannot write (disk full, say).
    """
    text = np.array([manifest.text()], dtype=object)
    try:
        with _hurried(manifest.saved_at):
            for table in tables:
                _write_table(path, table)
            _append(path, None, [np.array([manifest.format]), text], ["format", "manifest"], layer=MANIFEST_TABLE)
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        OSError,
        RuntimeError,
    ) as error:
        raise ProjectError(
            say(
                "The file could not be written ({error}). Is the disk full? The project that was there is as it was.",
                error=error,
            )
        ) from error


@contextmanager
def _hurried(now: str) -> Iterator[None]:
    """
    Let GDAL write without waiting for the disk after each layer, ten times faster, and with one time in all layers.

    Nobody reads the file before it is finished; then it is flushed once, as a whole.
    """
    wanted = {"OGR_SQLITE_SYNCHRONOUS": "OFF", "OGR_SQLITE_JOURNAL": "OFF", "OGR_CURRENT_DATE": now}
    with _GDAL_OPTIONS:
        before = {name: pyogrio.get_gdal_config_option(name) for name in wanted}
        pyogrio.set_gdal_config_options(wanted)
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options(before)


def _write_table(path: Path, table: StoredTable) -> None:
    definition = table.definition
    columns = [column for column in definition.columns if not column.is_active]
    arrays = [_array(column.held, table.by_column[column.stored]) for column in columns]
    masks = [
        np.array([value is None for value in table.by_column[column.stored]], dtype=bool)
        if column.held in ("flag", "whole")
        else None
        for column in columns
    ]
    names = [column.stored for column in columns]
    if table.geometry is None:
        if not names:
            names, arrays, masks = [_NO_COLUMNS], [np.full(definition.rows, None, dtype=object)], [None]
        _append(path, None, arrays, names, layer=definition.name, masks=masks, id_column=definition.id_column)
        return
    active = next(column for column in definition.columns if column.is_active)
    shapes = np.array([*table.geometry, None], dtype=object)[:-1]
    _append(
        path,
        shapes,
        arrays,
        names,
        layer=definition.name,
        masks=masks,
        id_column=definition.id_column,
        geometry_type=active.details["shape"],
        crs=active.details["crs"],
    )


def _array(held: Held, values: list[Value]) -> np.ndarray[Any, Any]:
    filled = [_FILLERS[held] if value is None else value for value in values]
    return np.array([*filled, _FILLERS[held]], dtype=_NUMPY_TYPES[held])[:-1]


def _append(
    path: Path,
    geometry: np.ndarray[Any, Any] | None,
    arrays: list[np.ndarray[Any, Any]],
    names: list[str],
    *,
    layer: str,
    masks: list[np.ndarray[Any, Any] | None] | None = None,
    id_column: str = "fid",
    **options: Any,
) -> None:
    pyogrio.raw.write(
        path,
        geometry,
        arrays,
        names,
        field_mask=masks,
        layer=layer,
        driver="GPKG",
        promote_to_multi=False,
        layer_options={"FID": id_column, **({} if geometry is None else {"GEOMETRY_NAME": GEOMETRY_COLUMN})},
        **options,
    )
