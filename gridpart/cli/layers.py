"""Reading the layers that commands are given, and writing those they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridpart._typing import Datum, Language
from gridpart.cli.console import Output
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages

if TYPE_CHECKING:
    import geopandas as gpd

    from gridpart.tables import InputReport

say = messages("cli")


_DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".shp": "ESRI Shapefile"}


def raw_layer(path: Path, *, kind: str, layer: str | None = None) -> gpd.GeoDataFrame:
    """
    Read polygons exactly as they are in the file, so that a check sees what is there.

    Parameters
    ----------
    path
        Any vector file.
    kind
        Layer to take if the file has several, such as "cells".
    layer
        Layer that was asked for by name, if any.

    Raises
    ------
    InputError
        If the file is not there, has no geometry, no layer of that name, or several and none called `kind`.
    """
    import geopandas as gpd
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    if not path.exists():
        raise InputError(say("{path}: no such file.", path=path))
    try:
        names = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        if layer is None and len(names) > 1 and kind not in names:
            raise InputError(
                say(
                    "{path}: expected one layer, or one called {kind!r}; it has {layers}.",
                    path=path,
                    kind=kind,
                    layers=Joined(names),
                )
            )
        table = gpd.read_file(path, layer=layer or (kind if kind in names else names[0]))
    except (DataLayerError, DataSourceError) as error:
        raise InputError(say("{path}: not a readable vector file. {error}", path=path, error=error)) from error
    if not isinstance(table, gpd.GeoDataFrame):
        raise InputError(say("{path}: the layer has no geometry; polygons are needed.", path=path))
    return table


def read_tables(
    paths: Mapping[str, Path | None],
    *,
    output: Output,
    lang: Language,
    datum: Datum = "declared",
    aliases: Sequence[str] = (),
) -> dict[str, gpd.GeoDataFrame]:
    """
    Read the tables that have a path, say what was done to their rows, and put all into one metric system.

    Parameters
    ----------
    paths
        File by kind of table; "service_area" comes first and its coordinate system is the others'.
    output, lang
        Where the reports go, and in which language.
    datum, aliases
        Datum of the points, and other names of banks as ``NAME=BANK_ID``.

    Raises
    ------
    InputError
        If a file cannot be used, or an alias has no equals sign.
    """
    from gridpart import inputs
    from gridpart.geo import to_metric

    of_points: dict[str, Any] = {"datum": datum, "bank_aliases": banks_by_name(aliases)}
    readers: dict[str, Callable[[Path], tuple[gpd.GeoDataFrame, InputReport]]] = {
        "service_area": inputs.read_service_area,
        "units": inputs.read_units,
        "roads": inputs.read_roads,
        "outlets": partial(inputs.read_outlets, **of_points),
        "equipment": partial(inputs.read_equipment, **of_points),
    }
    tables: dict[str, gpd.GeoDataFrame] = {}
    for kind, path in paths.items():
        if path is not None:
            with output.watched(path.name):
                table, report = readers[kind](path)
            output.note(f"{path.name}: {report.summary(lang)}")
            tables[kind] = to_metric(table) if not tables else table.to_crs(tables["service_area"].crs)
    return tables


def banks_by_name(aliases: Sequence[str]) -> dict[str, str]:
    """
    Return bank ids by the names of ``NAME=BANK_ID``.

    Raises
    ------
    InputError
        If an alias has no equals sign.
    """
    banks: dict[str, str] = {}
    for alias in aliases:
        name, equals, bank_id = alias.rpartition("=")
        if not equals or not bank_id:
            raise InputError(say("--alias takes NAME=BANK_ID; {alias!r} was given.", alias=alias))
        banks[name] = bank_id
    return banks


def driver_for(path: Path) -> str:
    """
    Return the driver that writes files with this suffix.

    Raises
    ------
    InputError
        If the suffix is unknown; the known ones are listed.
    """
    driver = _DRIVERS.get(path.suffix.lower())
    if driver is None:
        raise InputError(
            say(
                "{path}: unknown format {suffix!r}; expected one of {known}. Nothing was written.",
                path=path,
                suffix=path.suffix,
                known=Joined(_DRIVERS),
            )
        )
    return driver


def write_cells(cells: gpd.GeoDataFrame, path: Path) -> None:
    """
    Write cells as one layer; the suffix of the file says the format.

    Raises
    ------
    InputError
        If the format is unknown, the folder is not there, or the file cannot be written.
    """
    from pyogrio.errors import DataSourceError

    driver = driver_for(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        if driver == "GPKG":
            # single polygons stay single, so that the certificate of what is read is that of what was made
            cells.to_file(path, driver=driver, layer="cells", promote_to_multi=False)
        else:
            cells.to_file(path, driver=driver)
    except DataSourceError as error:
        raise InputError(say("{path}: cannot be written. {error}", path=path, error=error)) from error
