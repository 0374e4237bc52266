"""GeoPackage and Shapefile through GDAL, with what GDAL leaves out put right."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyogrio
import pyproj
import shapely
from pyogrio import raw

from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.inputs._dbf import codec_of, column_names, column_values
from gridpart.inputs._files import check_layer_name
from gridpart.inputs._geometries import parse_geometries
from gridpart.inputs._log import ReadLog
from gridpart.inputs._raw import RawLayer, Values, object_array
from gridpart.tables import notes as n

say = messages("inputs")

_EXACT_FLOAT = 2**53
_FULL_NAME_BYTES = 9  # of the 10 there are, GDAL leaves the last one to half a character
_GDAL_OPTIONS = {
    "OGR_SQLITE_PRAGMA": "trusted_schema=OFF",
    # Latin-1 keeps every byte, so that the true codec can be applied afterwards
    "SHAPE_ENCODING": "ISO-8859-1",
}


def read_geopackage(file: Path, *, name: str, layer: str | None, kind: str) -> RawLayer:
    """
    Read every row of a layer of a GeoPackage, whatever number of rows the file notes for itself.

    Raises
    ------
    InputError
        If the file is damaged, or it is not clear which layer is meant; the layers are listed.
    """
    with _guarded(name):
        chosen = _choose(file, layer, name=name, kind=kind)
        noted, found = _row_counts(file, chosen)
        # a filter makes GDAL count rows instead of trusting the number the file notes
        meta, fids, stored, fields = raw.read(file, layer=chosen, where="1 = 1", return_fids=True)
        dtypes = pyogrio.read_info(file, layer=chosen)["dtypes"]
        columns = _columns(file, chosen, meta=meta, fields=fields, dtypes=dtypes, name=name)
    result = _layer(meta, stored, columns=columns)
    result.layer, result.keys = chosen, object_array(fids.tolist())
    if noted is not None and noted != found:
        result.log.note(n.STALE_COUNT, noted=noted, found=found)
    return result


def read_shapefile(file: Path, *, name: str, encoding: str | None) -> RawLayer:
    """
    Read a Shapefile; its texts are decoded here, as GDAL gives up on names cut within a character.

    Raises
    ------
    InputError
        If parts are missing or damaged, or no encoding fits.
    """
    index, attributes = _beside(file, ".shx"), _beside(file, ".dbf")
    if index is None or attributes is None:
        missing = ".shx" if attributes else ".dbf" if index else say(".shx and .dbf")
        raise InputError(
            say(
                "{name}: {missing} is missing beside it. Nothing was read. Copy all parts of the Shapefile.",
                name=name,
                missing=missing,
            )
        )
    _check_length(file, name=name)
    codec, refuted = codec_of(attributes, _beside(file, ".cpg"), name=name, encoding=encoding)
    with _guarded(name):
        meta, _, stored, fields = raw.read(file)
        dtypes = pyogrio.read_info(file)["dtypes"]
        columns = _columns(file, None, meta=meta, fields=fields, dtypes=dtypes, name=name)
    log = ReadLog(_row_number(stored, columns))
    if refuted is not None:
        log.note(n.WRONG_CPG, declared=refuted, found=codec)
    titles = column_names(list(columns), codec=codec)
    texts = {
        title: column_values(values, codec=codec, column=title, log=log)
        for title, values in zip(titles, columns.values(), strict=True)
    }
    result = _layer(meta, stored, columns=texts, log=log)
    full = [len(stored.encode("latin-1", "replace")) >= _FULL_NAME_BYTES for stored in columns]
    result.encoding, result.cut_names = codec, frozenset(itertools.compress(titles, full))
    if result.cut_names:
        log.note(n.SHORT_NAMES)
    return result


@contextmanager
def _guarded(name: str) -> Iterator[None]:
    """Turn GDAL's and SQLite's errors into ours, and forbid schemas of the file to call functions."""
    pyogrio.set_gdal_config_options(_GDAL_OPTIONS)
    try:
        yield
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, sqlite3.Error, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            say(
                "{name} cannot be read; it may be damaged or truncated ({error}). Nothing was read. Export it again.",
                name=name,
                error=error,
            )
        ) from error
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(_GDAL_OPTIONS))


def _choose(file: Path, layer: str | None, *, name: str, kind: str) -> str:
    layers = [str(title) for title, _ in pyogrio.list_layers(file).tolist()]
    if layer is not None:
        check_layer_name(layer)
    wanted = layer or (kind if kind in layers else None)
    if wanted in layers:
        return str(wanted)
    if wanted is None and len(layers) == 1:
        return layers[0]
    named = Joined(map(repr, layers)) or say("none")
    missing = say("has no layer {layer!r}", layer=layer) if layer else say("has {n} layers", n=len(layers))
    raise InputError(
        say(
            "{name} {missing}; its layers are: {named}. Nothing was read. Say which with layer=…",
            name=name,
            missing=missing,
            named=named,
        )
    )


def _row_counts(file: Path, layer: str) -> tuple[int | None, int]:
    """Rows the file notes for a layer (None if it does not), and rows there are."""
    quoted = '"' + layer.replace('"', '""') + '"'
    with closing(sqlite3.connect(f"file:{quote(str(file.resolve()))}?mode=ro", uri=True)) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")
        found = connection.execute(f"SELECT COUNT(*) FROM {quoted}").fetchone()[0]  # noqa: S608 - quoted identifier
        has_notes = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'gpkg_ogr_contents'").fetchone()
        noted = None
        if has_notes:
            query = "SELECT feature_count FROM gpkg_ogr_contents WHERE lower(table_name) = lower(?)"
            row = connection.execute(query, (layer,)).fetchone()
            noted = None if row is None else row[0]
    return noted, int(found)


def _columns(
    file: Path,
    layer: str | None,
    *,
    meta: dict[str, Any],
    fields: list[Any],
    dtypes: Any,  # noqa: ANN401 - a numpy array
    name: str,
) -> dict[str, Values]:
    columns: dict[str, Values] = {}
    for title, values, dtype in zip(map(str, meta["fields"]), fields, dtypes, strict=True):
        was_whole = str(dtype).startswith("int") and values.dtype.kind == "f"
        if was_whole and np.nanmax(np.abs(values), initial=0.0) >= _EXACT_FLOAT:
            columns[title] = _exact_integers(file, layer, column=title, name=name)
        else:
            columns[title] = object_array(_plain(value, was_whole=was_whole) for value in values.tolist())
    return columns


def _plain(value: Any, *, was_whole: bool) -> Any:  # noqa: ANN401 - a cell
    """NaN means nothing; a whole number that became a float because its column has blanks is whole again."""
    if isinstance(value, float):
        return None if np.isnan(value) else int(value) if was_whole else value
    return value


def _exact_integers(file: Path, layer: str | None, *, column: str, name: str) -> Values:
    """Read long integers of a column with blanks, which numpy can only hold as rounded floats."""
    try:
        _, table = raw.read_arrow(file, layer=layer, columns=[column], read_geometry=False)
    except (ImportError, RuntimeError) as error:
        raise InputError(
            say(
                "{name}: column {column!r} holds integers beyond 2^53 and blanks; reading them exactly needs "
                "pyarrow. Nothing was read. Install it with: pip install 'gridpart[files]', or store the column as "
                "text.",
                name=name,
                column=column,
            )
        ) from error
    return object_array(table.column(column).to_pylist())


def _layer(
    meta: dict[str, Any],
    stored: Any,  # noqa: ANN401 - an object array of WKB, or None
    *,
    columns: dict[str, Values],
    log: ReadLog | None = None,
) -> RawLayer:
    log = log or ReadLog(_row_number(stored, columns))
    geometry = None if stored is None else parse_geometries(stored.tolist(), shapely.from_wkb, log=log)
    return RawLayer(log, columns, geometry=geometry, crs=_crs(meta["crs"]))


def _row_number(stored: Any, columns: dict[str, Values]) -> int:  # noqa: ANN401 - an object array of WKB, or None
    return len(stored) if stored is not None else len(next(iter(columns.values()), ()))


def _crs(stored: str | None) -> pyproj.CRS | None:
    """A file that says "undefined" in its own words declares nothing."""
    if not stored:
        return None
    crs = pyproj.CRS.from_user_input(stored)
    return None if crs.name.casefold().startswith("undefined") else crs


def _check_length(file: Path, *, name: str) -> None:
    """The header notes the length of the file, in units of two bytes; GDAL reads what is left of a cut one."""
    with file.open("rb") as stream:
        noted = 2 * int.from_bytes(stream.read(28)[24:28], "big")
    size = file.stat().st_size
    if size < noted:
        raise InputError(
            say(
                "{name} is damaged: it should have {noted:,} bytes and has {size:,}. Nothing was read. Copy it again.",
                name=name,
                noted=noted,
                size=size,
            )
        )


def _beside(file: Path, suffix: str) -> Path | None:
    candidates = [file.with_suffix(suffix), file.with_suffix(suffix.upper())]
    return next((path for path in candidates if path.is_file()), None)
