"""The data package: nothing lost, nothing live, nobody named, and QGIS finds its colours."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
from atlas.county_by_hand import equipment, officers, outlets, place, small_project

from gridpart.atlas import build_atlas
from gridpart.atlas._data_files import _plain
from gridpart.atlas.naming import Naming
from gridpart.atlas.package import package_tables
from gridpart.atlas.register import register_of
from gridpart.atlas.scope import Scope
from gridpart.atlas.words import Words
from gridpart.ledger.privacy import FORBIDDEN_FIELDS
from gridpart.tables import read_csv

if TYPE_CHECKING:
    from atlas.conftest import Made

    from gridpart.project import Project

FORMULAS = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "＝1+1", "'quoted", '=HYPERLINK("http://x")')


def tables_of(project: Project, made: Made | None = None) -> dict[str, pd.DataFrame]:
    day = pd.Timestamp(made.atlas.overview.date if made else "2026-01-01").date()
    return package_tables(Naming(register_of(project, Scope(), as_of=day), Words("zh-Hans")))


def number(text: str) -> float | None:
    return float(text) if text else None


def as_text(value: object) -> str:
    missing = value is None or value is pd.NaT or value != value  # noqa: PLR0124 - finds NaN
    return "" if missing else str(value)


def test_R115_the_package_comes_back_as_it_was_written(made: Made) -> None:
    for name, table in tables_of(made.project, made).items():
        is_layer = isinstance(table, gpd.GeoDataFrame)
        back = pyogrio.read_dataframe(made.atlas.package, layer=name, read_geometry=is_layer)
        assert len(back) == len(table), name
        for column in table.columns:
            if is_layer and column == table.geometry.name:
                assert all(a.normalize().equals_exact(b.normalize(), 0.0) or a.equals(b)
                           for a, b in zip(back.geometry, table.geometry, strict=True))  # fmt: skip
            else:
                assert list(map(as_text, back[column])) == list(map(as_text, table[column])), (name, column)


def test_csv_and_workbook_hold_the_same_tables(made: Made) -> None:
    book = openpyxl.load_workbook(made.atlas.folder / "atlas.xlsx")
    for name, table in tables_of(made.project, made).items():
        if name == "service_area":
            continue
        plain = _plain(table)
        csv = read_csv(made.atlas.folder / f"data_{name}.csv")
        sheet = list(book[name].values)
        assert list(csv.columns) == list(sheet[0]) == list(plain.columns)
        for column, head in enumerate(plain.columns):
            numeric = pd.api.types.is_numeric_dtype(plain[head])
            clean = number if numeric else as_text
            expected = [clean(as_text(value)) for value in plain[head]]
            assert [clean(text) for text in csv[head]] == expected, (name, head)
            stored = [clean(as_text(row[column])) for row in sheet[1:]]  # a workbook keeps 16 digits
            close = pytest.approx(expected, rel=1e-15) if numeric and None not in expected else expected
            assert stored == close, (name, head)


def test_no_text_becomes_a_formula(tmp_path: Path) -> None:
    rows = [(f"A{at}", "A", name, "branch", place(150 + 220 * at, 300)) for at, name in enumerate(FORMULAS)]
    project = small_project(outlets=outlets(*rows))
    atlas = build_atlas(project, tmp_path, formats=("gpkg",))
    sheet = openpyxl.load_workbook(tmp_path / "atlas.xlsx")["outlets"]
    column = [cell.value for cell in sheet[1]].index("name")
    cells = [row[column] for row in sheet.iter_rows(min_row=2)]
    assert {cell.value for cell in cells} == set(FORMULAS)
    assert all(cell.data_type != "f" and cell.hyperlink is None for line in sheet.iter_rows() for cell in line)
    raw = (tmp_path / "data_outlets.csv").read_text(encoding="utf-8-sig")
    assert not any(f",{text}" in raw for text in FORMULAS if text[0] != "'")
    assert set(read_csv(tmp_path / "data_outlets.csv")["name"]) == set(FORMULAS)
    assert set(pyogrio.read_dataframe(atlas.package, layer="outlets")["name"]) == set(FORMULAS)


def test_R123_no_personal_field_leaves(tmp_path: Path) -> None:
    project = small_project(
        staff=officers(("F1", "A", "A1", "M1")), equipment=equipment(("E1", "A", "atm", "active", place(1, 1)))
    )
    canary = "CANARY-13800000000"
    for table in (project.staff, project.outlets, project.equipment, project.units):
        for field in FORBIDDEN_FIELDS:
            table[field] = canary
    project.staff["name"] = canary
    atlas = build_atlas(project, tmp_path)
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as parts:
                content = b"".join(parts.read(part) for part in parts.namelist())
        assert canary.encode() not in content, path.name
    for name in tables_of(project):
        fields = set(pyogrio.read_info(atlas.package, layer=name)["fields"])
        assert not fields & set(FORBIDDEN_FIELDS)


def test_every_field_is_explained(made: Made) -> None:
    fields = read_csv(made.atlas.folder / "data_fields.csv")
    listed = set(zip(fields["table"], fields["field"], strict=True))
    for path in made.atlas.tables:
        if path.suffix == ".csv" and path.name != "data_fields.csv":
            name = path.stem.removeprefix("data_")
            assert {(name, column) for column in read_csv(path).columns} <= listed
    assert "如字段名所示" not in set(fields["meaning"])
    assert "atlas.gpkg" in (made.atlas.folder / "README.txt").read_text(encoding="utf-8-sig")


def test_qgis_finds_a_style_for_every_layer_with_places(made: Made) -> None:
    connection = sqlite3.connect(made.atlas.package)
    styles = dict(connection.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1"))
    geometry = dict(connection.execute("SELECT table_name, column_name FROM gpkg_geometry_columns"))
    named = dict(connection.execute("SELECT f_table_name, f_geometry_column FROM layer_styles"))
    connection.close()
    assert named == geometry
    for name, text in styles.items():
        renderer = ET.fromstring(text.split("\n", 1)[1]).find("renderer-v2")
        assert renderer is not None
        symbols = {symbol.get("name") for symbol in renderer.iter("symbol")}
        used = {category.get("symbol") for category in renderer.iter("category")} or {"0"}
        assert used == symbols
        if name == "equipment":
            kinds = {category.get("value") for category in renderer.iter("category")}
            assert kinds == set(made.project.equipment["kind"])


def test_a_set_packs_into_one_file(made: Made, tmp_path: Path) -> None:
    packed = made.atlas.zip(tmp_path / "set.zip")
    with zipfile.ZipFile(packed) as parts:
        assert set(parts.namelist()) == {path.name for path in made.atlas.files}
        assert parts.read("index.html") == made.atlas.index.read_bytes()
    first = packed.read_bytes()
    assert made.atlas.zip(tmp_path / "set.zip").read_bytes() == first


def test_a_name_that_no_file_can_hold_leaves_everything_as_it_was(tmp_path: Path) -> None:
    project = small_project()
    project.outlets.loc[0, "name"] = "长" * 40_000
    with pytest.raises(Exception, match=r"32,767|longer than"):
        build_atlas(project, tmp_path / "new", formats=("gpkg",))
    assert not (tmp_path / "new").exists()
