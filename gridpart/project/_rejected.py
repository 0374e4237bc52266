"""Writing rejected rows beside a project, without ever replacing what somebody may be mending."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from gridpart.tables import replacing, write_csv, write_xlsx
from gridpart.tables.export import MAX_CELL_LETTERS

_NO_TIME = {"OGR_CURRENT_DATE": "2026-01-01T00:00:00.000Z"}
"""The time of writing would make equal tables unequal files."""


def write_rejected(rows: pd.DataFrame, path: Path, *, kind: str) -> Path:
    """
    Write rejected rows: a map layer as GeoPackage, a table as XLSX.

    Parameters
    ----------
    rows
        With the columns of their file.
    path
        Without suffix. Where a file of that name holds something else, a number is added.
    kind
        Name of the layer or sheet.

    Returns
    -------
    path
        The file, written or found with the same content.
    """
    suffix = ".gpkg" if isinstance(rows, gpd.GeoDataFrame) else ".xlsx" if _fits_cells(rows) else ".csv"
    content = _content(rows, suffix, kind=kind)
    for number in itertools.count(1):
        target = path.with_name(f"{path.name}{'' if number == 1 else f'_{number}'}{suffix}")
        if not target.exists():
            with replacing(target) as file:
                file.write_bytes(content)
            break
        if target.read_bytes() == content:
            break
    return target


def _fits_cells(rows: pd.DataFrame) -> bool:
    """Tell whether every text fits into a cell of a spreadsheet, whatever letters it is made of."""
    return all(len(value) <= MAX_CELL_LETTERS // 2 for value in rows.to_numpy().ravel() if isinstance(value, str))


def _content(rows: pd.DataFrame, suffix: str, *, kind: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="gridpart-") as folder:
        path = Path(folder) / f"rows{suffix}"
        if not isinstance(rows, gpd.GeoDataFrame):
            made = write_csv(rows, path) if suffix == ".csv" else write_xlsx({kind: rows}, path)
            return made.read_bytes()
        earlier = {name: pyogrio.get_gdal_config_option(name) for name in _NO_TIME}
        pyogrio.set_gdal_config_options(_NO_TIME)
        try:
            pyogrio.write_dataframe(rows, path, layer=kind, driver="GPKG", geometry_type="Unknown")
        finally:
            pyogrio.set_gdal_config_options(earlier)
        return path.read_bytes()
