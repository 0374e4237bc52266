"""
Write the sample county to files: ``python -m gridpart.project.sample.files data``.

The folder then holds ``sample_county.gpkg``, the messy files of the banks in ``messy/``, and a README that lists every
planted defect. The same seed writes the same tables.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyogrio

from gridpart.project.sample.county import SampleTables, sample_tables
from gridpart.project.sample.messy import MessyFile, messy_files
from gridpart.project.sample.readme import readme_text

GEOPACKAGE = "sample_county.gpkg"
MESSY_FOLDER = "messy"

_MADE_AT = "2026-01-01T00:00:00.000Z"


def write_sample(folder: str | Path, *, seed: int = 0) -> list[Path]:
    """
    Write the GeoPackage, the messy files and the README.

    Parameters
    ----------
    folder
        Must exist. Files of the same names are replaced.
    seed
        Seed of the county.

    Returns
    -------
    paths
        The files written.
    """
    home = Path(folder)
    tables = sample_tables(seed)
    files = messy_files(tables)
    messy = home / MESSY_FOLDER
    messy.mkdir(exist_ok=True)
    paths = [home / GEOPACKAGE]
    write_geopackage(tables, paths[0])
    for file in files:
        path = messy / file.name
        path.write_bytes(_workbook(file) if file.encoding == "xlsx" else _text(file))
        paths.append(path)
    readme = home / "README.md"
    readme.write_text(readme_text(tables, files, seed=seed), encoding="utf-8")
    return [*paths, readme]


def write_geopackage(tables: SampleTables, path: Path) -> None:
    """
    Write all tables as layers of a plain GeoPackage.

    Parameters
    ----------
    tables
        From `sample_tables`.
    path
        File to write; an existing one is replaced.
    """
    path.unlink(missing_ok=True)
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    # the time of writing would be the only difference between two runs
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _MADE_AT})
    try:
        for name, layer in tables.layers().items():
            pyogrio.write_dataframe(layer, path, layer=name, driver="GPKG", append=path.exists())
        for name, table in tables.plain_tables().items():
            pyogrio.write_dataframe(table, path, layer=name, driver="GPKG", append=True)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _text(file: MessyFile) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=file.delimiter, lineterminator="\r\n")
    writer.writerows(file.lines)
    # Excel's "Unicode text" is little-endian with a mark in front, whatever the machine
    if file.encoding == "utf-16":
        return b"\xff\xfe" + stream.getvalue().encode("utf-16-le")
    return stream.getvalue().encode(file.encoding)


def _workbook(file: MessyFile) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    for line in file.lines:
        sheet.append([cell or None for cell in line])
    stream = io.BytesIO()
    book.save(stream)
    return _without_times(stream)


def _without_times(workbook: io.BytesIO) -> bytes:
    """Pack a workbook again with fixed times, so that the same tables give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(workbook) as old, zipfile.ZipFile(stream, "w") as new:
        for name in sorted(old.namelist()):
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", f"{_MADE_AT[:19]}Z".encode(), content)
            entry = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            new.writestr(entry, content, compress_type=zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def slips_table(files: Sequence[MessyFile]) -> pd.DataFrame:
    """
    Return every slip of the messy files as a table.

    Parameters
    ----------
    files
        From `messy.messy_files`.

    Returns
    -------
    slips
        ``file``, ``line``, ``column``, ``value``, ``problem``, ``treatment``, ``remedy``.
    """
    return pd.DataFrame([vars(slip) for file in files for slip in file.slips])


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the sample to the folder named on the command line."""
    parser = argparse.ArgumentParser(description="Write the synthetic sample county to files.")
    parser.add_argument("folder", help="where to write, for instance data")
    parser.add_argument("--seed", type=int, default=0, help="seed of the county (default 0)")
    chosen = parser.parse_args(arguments)
    write_sample(chosen.folder, seed=chosen.seed)


if __name__ == "__main__":
    main()
