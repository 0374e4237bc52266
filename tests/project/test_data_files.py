"""The files in ``data/`` are what the generator writes, and every slip they list is in them."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely

import gridpart.inputs as readers
from gridpart.geo import gcj02_to_wgs84
from gridpart.project.sample import SampleTables, sample_tables
from gridpart.project.sample.files import write_sample
from gridpart.project.sample.messy import BANK_VARIANTS, MessyFile, degrees, messy_files

MOST_BYTES = 3_000_000


@pytest.fixture(scope="module")
def data(repository: Path) -> Path:
    return repository / "data"


@pytest.fixture(scope="module")
def county() -> SampleTables:
    return sample_tables(0)


@pytest.fixture(scope="module")
def files(county: SampleTables) -> list[MessyFile]:
    return messy_files(county)


def _lines(path: Path, file: MessyFile) -> list[list[str]]:
    if file.encoding == "xlsx":
        sheet = openpyxl.load_workbook(path).active
        return [["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True)]
    return list(csv.reader(io.StringIO(path.read_bytes().decode(file.encoding), newline=""), delimiter=file.delimiter))


def test_the_files_are_the_ones_the_generator_writes(data: Path, tmp_path: Path) -> None:
    for path in write_sample(tmp_path):
        kept = data / path.relative_to(tmp_path)
        assert kept.stat().st_size < MOST_BYTES
        # what GDAL and openpyxl pack may differ between their releases; the tables inside are compared below
        if path.suffix not in {".gpkg", ".xlsx"}:
            assert path.read_bytes() == kept.read_bytes(), kept.name


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    digests = []
    for run in ("one", "two"):
        (tmp_path / run).mkdir()
        digests.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in write_sample(tmp_path / run)])
    assert digests[0] == digests[1]


@pytest.mark.parametrize("layer", ["service_area", "units", "outlets", "equipment", "roads"])
def test_geopackage_layers_are_the_tables(data: Path, county: SampleTables, layer: str) -> None:
    stored = gpd.read_file(data / "sample_county.gpkg", layer=layer)
    made = getattr(county, layer)
    assert stored.crs == made.crs
    assert list(stored.columns) == list(made.columns)
    assert shapely.equals_identical(np.asarray(stored.geometry.array), np.asarray(made.geometry.array)).all()
    _assert_same(stored, made)


@pytest.mark.parametrize("layer", ["staff", "banks", "ledger", "planted"])
def test_geopackage_tables_are_the_tables(data: Path, county: SampleTables, layer: str) -> None:
    _assert_same(pyogrio.read_dataframe(data / "sample_county.gpkg", layer=layer), getattr(county, layer))


def _assert_same(stored: pd.DataFrame, made: pd.DataFrame) -> None:
    for name in made.columns.drop("geometry", errors="ignore"):
        one, two = stored[name], made[name]
        same = (one.to_numpy() == two.to_numpy()) | (one.isna().to_numpy() & two.isna().to_numpy())
        assert same.all(), name


def test_messy_files_hold_the_lines(data: Path, files: list[MessyFile]) -> None:
    for file in files:
        stored = _lines(data / "messy" / file.name, file)
        width = max(len(line) for line in file.lines)
        made = [line + [""] * (width - len(line)) for line in file.lines] if file.encoding == "xlsx" else file.lines
        assert stored == made, file.name


def test_every_slip_is_where_the_list_says(data: Path, files: list[MessyFile]) -> None:
    for file in files:
        stored = _lines(data / "messy" / file.name, file)
        assert file.slips
        for slip in file.slips:
            line = stored[slip.line - 1]
            held = line[stored[file.n_above - 1].index(slip.column)] if slip.column else " | ".join(line[:3])
            assert held == slip.value, slip


def test_the_readme_lists_every_slip_and_defect(data: Path, county: SampleTables, files: list[MessyFile]) -> None:
    text = (data / "README.md").read_text(encoding="utf-8")
    for file in files:
        for slip in file.slips:
            assert f"| `{slip.file}` | {slip.line} |" in text
    for defect in county.planted.itertuples():
        assert f"| {defect.defect_id} | {defect.kind} | {defect.table} | {defect.object_id} |" in text


def test_readers_treat_every_row_as_the_list_says(data: Path, county: SampleTables, files: list[MessyFile]) -> None:
    aliases = {**dict(zip(county.banks["short_name"], county.banks["bank_id"], strict=True)), **BANK_VARIANTS}
    for file in files:
        read = getattr(readers, f"read_{file.kind}")
        datum = {} if file.datum == "none" else {"datum": file.datum}
        table, report = read(data / "messy" / file.name, bank_aliases=aliases, **datum)
        found = {"repaired": {r.line for r in report.repaired}, "rejected": {r.line for r in report.rejected}}
        for treatment, lines in found.items():
            assert lines == {slip.line for slip in file.slips if slip.treatment == treatment}, (file.name, treatment)
        assert len(table) == len(file.lines) - file.n_above - len(found["rejected"])
        assert set(table["bank_id"]) <= set(county.banks["bank_id"])


def test_read_outlets_stand_where_they_were_made(data: Path, county: SampleTables, files: list[MessyFile]) -> None:
    point = county.outlets.set_index("outlet_id").geometry
    for file in files:
        if file.kind == "outlets":
            table, _ = readers.read_outlets(data / "messy" / file.name, datum=file.datum)
            made = point.loc[table["outlet_id"]].to_crs("EPSG:4490")
            moved = made.get_coordinates().to_numpy() - table.geometry.get_coordinates().to_numpy()
            # hundredths of a second, in which one row is written, are 0.3 m
            assert np.abs(moved).max() < 3e-6


def test_rows_without_a_slip_are_the_outlets(county: SampleTables, files: list[MessyFile]) -> None:
    point = county.outlets.set_index("outlet_id").geometry
    for file in files:
        if file.kind != "outlets":
            continue
        spoiled = {slip.line for slip in file.slips}
        rows = [
            file.cells(row) for row in range(len(file.lines) - file.n_above) if file.n_above + row + 1 not in spoiled
        ]
        lon, lat = (np.array([float(row[column]) for row in rows]) for column in ("经度", "纬度"))
        if file.datum == "gcj02":
            lon, lat = gcj02_to_wgs84(lon, lat)
        expected = degrees(point.loc[[row["机构号"] for row in rows]])
        # seven decimals of a degree are a centimetre
        assert np.abs(np.column_stack([lon, lat]) - expected).max() < 2e-7


def test_no_personal_data_but_an_empty_promise(files: list[MessyFile]) -> None:
    staff = next(file for file in files if file.kind == "staff")
    assert {line[-1] for line in staff.lines[1:]} == {"未提供"}
