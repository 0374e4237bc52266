"""
The readers of what banks have there: outlets, equipment, staff.

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
    import pandas as pd
    import pyproj

    from gridpart._typing import Datum
    from gridpart.tables import InputReport

FilePath: TypeAlias = str | os.PathLike[str]
"""Path of a local file."""


@checked
def read_outlets(  # noqa: PLR0913 - what a messy file may need to be told
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
    Read the outlets of one or many banks: points with ``outlet_id``, ``bank_id``, name, kind, address.

    Parameters
    ----------
    path
        Local GeoPackage, GeoJSON, Shapefile (also zipped), GeoParquet, CSV or XLSX file.
    layer
        Layer or sheet; None takes the only one, or the one named ``outlets``.
    columns
        Column of the file by column of the table, where its name is not recognised: ``{"outlet_id": "BRANCH_NO"}``.
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
    return cast("tuple[gpd.GeoDataFrame, InputReport]", read(path, "outlets", options=options))


@checked
def read_equipment(  # noqa: PLR0913 - what a messy file may need to be told
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
    Read equipment: points with ``equipment_id``, ``bank_id``, kind and status.

    Unknown kinds are rejected; the known ones are atm, pos, service_point, transfer_phone,
    self_service_terminal and mobile_reader.

    Parameters
    ----------
    path
        Local GeoPackage, GeoJSON, Shapefile (also zipped), GeoParquet, CSV or XLSX file.
    layer
        Layer or sheet; None takes the only one, or the one named ``equipment``.
    columns
        Column of the file by column of the table, where its name is not recognised: ``{"equipment_id": "TERM_NO"}``.
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
    return cast("tuple[gpd.GeoDataFrame, InputReport]", read(path, "equipment", options=options))


@checked
def read_staff(
    path: FilePath,
    *,
    layer: str | None = None,
    columns: Mapping[str, str] | None = None,
    bank_aliases: BankAliases | None = None,
    bank_id: str | None = None,
    encoding: str | None = None,
    strict: bool = False,
) -> tuple[pd.DataFrame, InputReport]:
    """
    Read officers and managers: a table without geometry, with ``staff_id``, role, bank, outlet, cell.

    Columns with identity card numbers, telephone numbers and the like are left out, and named in the report.

    Parameters
    ----------
    path
        Local GeoPackage, GeoJSON, Shapefile (also zipped), GeoParquet, CSV or XLSX file.
    layer
        Layer or sheet; None takes the only one, or the one named ``staff``.
    columns
        Column of the file by column of the table, where its name is not recognised: ``{"staff_id": "EMP_NO"}``.
        Any other name keeps a column under that name.
    bank_aliases
        Bank id by each name a bank goes by, ``{"农行": "ABC", "中国农业银行": "ABC"}``, or lists of names by bank id;
        the name ``""`` stands for blanks.
    bank_id
        Bank of every row, for the file of one bank; refused where the rows name others.
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
    RowsRefusedError
        If `strict` and any row has a fault; all of them are named.
    """
    options = Options(
        layer=layer,
        columns=columns or {},
        bank_aliases=bank_aliases or {},
        bank_id=bank_id,
        encoding=encoding,
        strict=strict,
    )
    return read(path, "staff", options=options)
