"""
The readers of the land: service area, units, roads, and cells drawn elsewhere.

They share everything but the contract of the table. Every row read is kept, repaired or rejected, and the report
says which and why; nothing is guessed about coordinates.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias, cast

from gridpart.arguments import checked
from gridpart.inputs._banks import BankAliases
from gridpart.inputs._reading import Options, read

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

    from gridpart._typing import Datum
    from gridpart.tables import InputReport

FilePath: TypeAlias = str | os.PathLike[str]
"""Path of a local file."""


@checked
def read_service_area(
    path: FilePath,
    *,
    layer: str | None = None,
    columns: Mapping[str, str] | None = None,
    datum: Datum = "declared",
    crs: str | int | pyproj.CRS | None = None,
    encoding: str | None = None,
    strict: bool = False,
) -> tuple[gpd.GeoDataFrame, InputReport]:
    """
    Read the area to divide: polygons with ``area_id`` and ``name``.

    Rows without ids are numbered. Holes of the polygons are outside the area.

    Parameters
    ----------
    path
        Local GeoPackage, GeoJSON, Shapefile (also zipped), GeoParquet, CSV or XLSX file.
    layer
        Layer or sheet; None takes the only one, or the one named ``service_area``.
    columns
        Column of the file by column of the table, where its name is not recognised: ``{"area_id": "CODE"}``.
        "lon", "lat", "x", "y" and "wkt" name coordinate columns; any other name keeps a column under that name.
    datum
        Datum of the coordinates: "gcj02" and "bd09" are converted to WGS 84; "declared" takes the file's word.
    crs
        Coordinate system of the coordinates, where the file declares none or a wrong one.
    encoding
        Encoding of a text file or Shapefile; None to detect it.
    strict
        Refuse the file if any row must be repaired or rejected.

    Returns
    -------
    table, report
        The rows kept and repaired, in the order of the file, ids as text; and the fate of every row read.

    Raises
    ------
    InputError
        If the file cannot be read, or a required column is not found.
    CRSError
        If the coordinate system is missing, or cannot be that of the coordinates.
    RowsRefusedError
        If `strict` and any row has a fault; all of them are named.
    """
    options = Options(layer=layer, columns=columns or {}, datum=datum, crs=crs, encoding=encoding, strict=strict)
    return cast("tuple[gpd.GeoDataFrame, InputReport]", read(path, "service_area", options=options))


@checked
def read_units(
    path: FilePath,
    *,
    layer: str | None = None,
    columns: Mapping[str, str] | None = None,
    datum: Datum = "declared",
    crs: str | int | pyproj.CRS | None = None,
    encoding: str | None = None,
    strict: bool = False,
    service_area: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
) -> tuple[gpd.GeoDataFrame, InputReport]:
    """
    Read the basic spatial units: polygons with ``unit_id``, names, township, population, households.

    A unit whose polygon or figures cannot be used is rejected, never dropped unsaid.

    Parameters
    ----------
    path
        Local GeoPackage, GeoJSON, Shapefile (also zipped), GeoParquet, CSV or XLSX file.
    layer
        Layer or sheet; None takes the only one, or the one named ``units``.
    columns
        Column of the file by column of the table, where its name is not recognised: ``{"unit_id": "VILLCODE"}``.
        "lon", "lat", "x", "y" and "wkt" name coordinate columns; any other name keeps a column under that name.
    datum
        Datum of the coordinates: "gcj02" and "bd09" are converted to WGS 84; "declared" takes the file's word.
    crs
        Coordinate system of the coordinates, where the file declares none or a wrong one.
    encoding
        Encoding of a text file or Shapefile; None to detect it.
    strict
        Refuse the file if any row must be repaired or rejected.
    service_area
        Where the rows should lie, in any CRS; a layer that lies nowhere near it is refused.

    Returns
    -------
    table, report
        The rows kept and repaired, in the order of the file, ids as text; and the fate of every row read.

    Raises
    ------
    InputError
        If the file cannot be read, or a required column is not found.
    CRSError
        If the coordinate system is missing, or cannot be that of the coordinates.
    RowsRefusedError
        If `strict` and any row has a fault; all of them are named.
    """
    options = Options(
        layer=layer,
        columns=columns or {},
        datum=datum,
        crs=crs,
        encoding=encoding,
        strict=strict,
        service_area=service_area,
    )
    return cast("tuple[gpd.GeoDataFrame, InputReport]", read(path, "units", options=options))


@checked
def read_roads(
    path: FilePath,
    *,
    layer: str | None = None,
    columns: Mapping[str, str] | None = None,
    datum: Datum = "declared",
    crs: str | int | pyproj.CRS | None = None,
    encoding: str | None = None,
    strict: bool = False,
    service_area: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
) -> tuple[gpd.GeoDataFrame, InputReport]:
    """
    Read roads: lines with ``road_id``, end nodes, class, length in m and travel time in min.

    Rows without ids are numbered.

    Parameters
    ----------
    path
        Local GeoPackage, GeoJSON, Shapefile (also zipped), GeoParquet, CSV or XLSX file.
    layer
        Layer or sheet; None takes the only one, or the one named ``roads``.
    columns
        Column of the file by column of the table, where its name is not recognised: ``{"road_id": "OSM_ID"}``.
        "lon", "lat", "x", "y" and "wkt" name coordinate columns; any other name keeps a column under that name.
    datum
        Datum of the coordinates: "gcj02" and "bd09" are converted to WGS 84; "declared" takes the file's word.
    crs
        Coordinate system of the coordinates, where the file declares none or a wrong one.
    encoding
        Encoding of a text file or Shapefile; None to detect it.
    strict
        Refuse the file if any row must be repaired or rejected.
    service_area
        Where the rows should lie, in any CRS; a layer that lies nowhere near it is refused.

    Returns
    -------
    table, report
        The rows kept and repaired, in the order of the file, ids as text; and the fate of every row read.

    Raises
    ------
    InputError
        If the file cannot be read, or a required column is not found.
    CRSError
        If the coordinate system is missing, or cannot be that of the coordinates.
    RowsRefusedError
        If `strict` and any row has a fault; all of them are named.
    """
    options = Options(
        layer=layer,
        columns=columns or {},
        datum=datum,
        crs=crs,
        encoding=encoding,
        strict=strict,
        service_area=service_area,
    )
    return cast("tuple[gpd.GeoDataFrame, InputReport]", read(path, "roads", options=options))


@checked
def read_cells(  # noqa: PLR0913 - what a messy file may need to be told
    path: FilePath,
    *,
    layer: str | None = None,
    columns: Mapping[str, str] | None = None,
    bank_aliases: BankAliases | None = None,
    bank_id: str | None = None,
    datum: Datum = "declared",
    crs: str | int | pyproj.CRS | None = None,
    encoding: str | None = None,
    strict: bool = False,
    service_area: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
) -> tuple[gpd.GeoDataFrame, InputReport]:
    """
    Read cells drawn elsewhere: polygons with ``cell_id``, bank, outlet, parent, level.

    Polygons are read as drawn; `gridpart.certify` says whether they are a grid.

    Parameters
    ----------
    path
        Local GeoPackage, GeoJSON, Shapefile (also zipped), GeoParquet, CSV or XLSX file.
    layer
        Layer or sheet; None takes the only one, or the one named ``cells``.
    columns
        Column of the file by column of the table, where its name is not recognised: ``{"cell_id": "GRID_NO"}``.
        "lon", "lat", "x", "y" and "wkt" name coordinate columns; any other name keeps a column under that name.
    bank_aliases
        Bank id by each name a bank goes by, ``{"农行": "ABC", "中国农业银行": "ABC"}``, or lists of names by bank id;
        the name ``""`` stands for blanks.
    bank_id
        Bank of every row, for the file of one bank; refused where the rows name others.
    datum
        Datum of the coordinates: "gcj02" and "bd09" are converted to WGS 84; "declared" takes the file's word.
    crs
        Coordinate system of the coordinates, where the file declares none or a wrong one.
    encoding
        Encoding of a text file or Shapefile; None to detect it.
    strict
        Refuse the file if any row must be repaired or rejected.
    service_area
        Where the rows should lie, in any CRS; a layer that lies nowhere near it is refused.

    Returns
    -------
    table, report
        The rows kept and repaired, in the order of the file, ids as text; and the fate of every row read.

    Raises
    ------
    InputError
        If the file cannot be read, or a required column is not found.
    CRSError
        If the coordinate system is missing, or cannot be that of the coordinates.
    RowsRefusedError
        If `strict` and any row has a fault; all of them are named.
    """
    options = Options(
        layer=layer,
        columns=columns or {},
        bank_aliases=bank_aliases or {},
        bank_id=bank_id,
        datum=datum,
        crs=crs,
        encoding=encoding,
        strict=strict,
        service_area=service_area,
    )
    return cast("tuple[gpd.GeoDataFrame, InputReport]", read(path, "cells", options=options))
