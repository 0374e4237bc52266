"""``gridpart import``: the files of a county, as they really come, to a saved project in one command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely

import gridpart as gp
from gridpart.geo import wgs84_to_gcj02

Run = Callable[..., Any]

PLACES = {"东关": (113.00, 30.75), "南门": (113.10, 30.78), "西桥": (113.14, 30.76), "北山": (113.05, 30.74)}


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """A Shapefile in GBK whose .cpg says UTF-8."""
    path = tmp_path / "社区.shp"
    boxes = [shapely.box(x, 3_400_000, x + 5_000, 3_410_000) for x in range(400_000, 420_000, 5_000)]
    table = gpd.GeoDataFrame(
        {
            "社区代码": ["001", "002", "003", "004"],
            "社区名称": ["东关社区", "南门社区", "西桥社区", "北山村"],
            "人口": [10, 20, 30, 40],
        },
        geometry=boxes,
        crs=4547,
    )
    pyogrio.write_dataframe(table, path, encoding="GBK")
    path.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")
    return path


def table_of(bank: str | None, names: list[str], *, first: int = 1, gcj02: bool = False) -> list[list[str]]:
    """Return lines of a list of outlets."""
    lines = [["机构号", *([] if bank is None else ["所属银行"]), "网点名称", "经度", "纬度"]]
    for number, name in enumerate(names, start=first):
        lon, lat = PLACES[name]
        if gcj02:
            lon, lat = (float(value[0]) for value in wgs84_to_gcj02(np.array([lon]), np.array([lat])))
        lines.append([f"{number:04d}", *([] if bank is None else [bank]), name, f"{lon:.7f}", f"{lat:.7f}"])
    return lines


def text_file(path: Path, lines: list[list[str]], *, encoding: str, delimiter: str = ",") -> Path:
    path.write_bytes("\r\n".join(delimiter.join(line) for line in lines).encode(encoding))
    return path


def workbook(path: Path, lines: list[list[str]]) -> Path:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    book.save(path)
    return path


def test_files_of_every_kind_become_one_project(run: Run, area: Path, units: Path, tmp_path: Path) -> None:
    gbk = text_file(tmp_path / "农行.csv", table_of("农行", ["东关", "南门"]), encoding="gbk", delimiter=";")
    wide = text_file(tmp_path / "工行.txt", table_of("工行", ["西桥"], first=11), encoding="utf-16", delimiter="\t")
    sheet = workbook(tmp_path / "建行.xlsx", table_of(None, ["北山", "东关"], first=21, gcj02=True))
    out, columns = tmp_path / "county.gpkg", tmp_path / "mapping.toml"
    columns.write_text('["建行.xlsx"]\ndatum = "gcj02"\n[bank_aliases]\nABC = ["农行"]\n', encoding="utf-8")
    words = ("--area", area, "--units", units, "--outlets", gbk, "--outlets", wide, "--outlets", f"CCB={sheet}")
    outcome = run("import", out, *words, "--columns", columns, "--alias", "工行=ICBC", "--json")
    assert outcome.code == 0, outcome.err
    content = json.loads(outcome.out)
    files = {file["file"]: file for file in content["files"]}
    assert {name: file["encoding"] for name, file in files.items() if file["encoding"]} == {
        "农行.csv": "GB18030",
        "工行.txt": "UTF-16",
        "社区.shp": "gb18030",
    }
    assert all(file["kept"] + file["repaired"] + file["rejected"] == file["rows_read"] for file in files.values())
    assert content["banks"] == ["ABC", "CCB", "ICBC"]
    project = gp.open_project(out)
    assert project.name == "清江县"
    assert project.units["name"].tolist() == ["东关社区", "南门社区", "西桥社区", "北山村"]
    assert project.outlets["outlet_id"].tolist() == ["0001", "0002", "0011", "0021", "0022"]
    # the same place in WGS 84 and in GCJ-02 is one place
    east = project.outlets[project.outlets["name"] == "东关"].geometry
    assert east.iloc[0].distance(east.iloc[1]) < 0.1
    assert "Imported 5 files: 10 rows kept" in project.history["what"].iloc[-1]
    project.partition()
    assert all(grid.certify().valid for grid in project.grids.values())


def test_rejected_rows_are_mended_and_read_again(run: Run, area: Path, tmp_path: Path) -> None:
    lines = table_of("农行", ["东关", "南门", "西桥"], gcj02=True)
    lines[1][3], lines[3][0] = "", "'=1+1"
    lines[1].append("11010519491231002X")
    lines[2].append("110105194912310021")
    lines[3].append("110105194912310021")
    lines[0].append("身份证号")
    source = text_file(tmp_path / "农行.csv", lines, encoding="gbk")
    columns = tmp_path / "mapping.toml"
    columns.write_text('["农行.csv"]\ndatum = "gcj02"\n', encoding="utf-8")
    words = ("--area", area, "--outlets", source, "--columns", columns, "--lang", "zh-Hans", "--json")
    outcome = run("import", tmp_path / "one.gpkg", *words)
    assert outcome.code == 1, outcome.err
    (path,) = map(Path, json.loads(outcome.out)["rejected"])
    assert path.name == "one_rejected_农行.xlsx"
    rows = pd.read_excel(path, dtype=str)
    assert rows["机构号"].tolist() == ["0001"]
    assert rows.columns[-3:].tolist() == ["gridpart row (行号)", "gridpart problem (原因)", "gridpart remedy (处理)"]
    assert "缺少坐标" in rows["gridpart problem (原因)"].iloc[0] or "坐标" in rows["gridpart problem (原因)"].iloc[0]
    assert "身份证号" not in rows.columns
    book = openpyxl.load_workbook(path)
    book.active.cell(2, rows.columns.get_loc("经度") + 1).value = "113.0055"
    book.save(path)
    before = path.read_bytes()
    outcome = run("import", tmp_path / "one.gpkg", *words, "--outlets", path, "--overwrite")
    assert outcome.code == 1, outcome.err  # the first file still has the row
    project = gp.open_project(tmp_path / "one.gpkg")
    assert sorted(project.outlets["name"]) == ["东关", "南门", "西桥"]
    # read as the file that it comes from: in GCJ-02, which moves it by half a kilometre
    mended = project.outlets.set_index("name").loc["东关"].geometry
    stated = gpd.GeoSeries([shapely.Point(113.0055, 30.7473)], crs=4326).to_crs(project.crs).iloc[0]
    assert 300 < mended.distance(stated) < 1_200
    assert path.read_bytes() == before  # what somebody mends is never replaced
    assert (tmp_path / "one_rejected_农行_2.xlsx").exists()


def test_rejected_polygons_are_a_layer(run: Run, area: Path, tmp_path: Path) -> None:
    outlets = text_file(tmp_path / "a.csv", table_of("农行", ["东关"]), encoding="utf-8")
    units = tmp_path / "units.gpkg"
    shapes = [shapely.box(400_000, 3_400_000, 410_000, 3_410_000), shapely.Point(1, 1)]
    gpd.GeoDataFrame({"unit_id": ["1", "2"]}, geometry=shapes, crs=4547).to_file(units, layer="units")
    outcome = run("import", tmp_path / "c.gpkg", "--area", area, "--units", units, "--outlets", outlets, "--json")
    assert outcome.code == 1, outcome.err
    (path,) = json.loads(outcome.out)["rejected"]
    rows = gpd.read_file(path)
    assert rows["unit_id"].tolist() == ["2"]
    assert rows.geometry.iloc[0].equals(shapely.Point(1, 1))
    assert rows.crs.to_epsg() == 4547


def test_every_file_that_cannot_be_used_is_named_and_nothing_is_saved(run: Run, area: Path, tmp_path: Path) -> None:
    bare = text_file(tmp_path / "bare.csv", table_of(None, ["东关"]), encoding="utf-8")
    staff = text_file(tmp_path / "staff.csv", [["工种", "姓"], ["a", "b"]], encoding="utf-8")
    out = tmp_path / "county.gpkg"
    outcome = run("import", out, "--area", area, "--outlets", bare, "--staff", staff, "--units", tmp_path / "no.gpkg")
    assert outcome.code == 2
    assert "3 of 4 files cannot be used" in outcome.err
    assert all(part in outcome.err for part in ("bare.csv", "'bank_id'", "staff.csv", "no.gpkg"))
    assert "not read" in outcome.out
    assert not list(tmp_path.glob("county*"))


@pytest.mark.parametrize("emptied", ["area", "outlets"])
def test_nothing_is_saved_without_area_or_outlets(run: Run, area: Path, tmp_path: Path, emptied: str) -> None:
    lines = table_of("农行", ["东关"])
    if emptied == "outlets":
        lines[1][3] = lines[1][4] = ""
    else:
        gpd.GeoDataFrame({"area_id": ["1"]}, geometry=[shapely.Point(1, 1)], crs=4547).to_file(area)
    outlets = text_file(tmp_path / "a.csv", lines, encoding="utf-8")
    outcome = run("import", tmp_path / "county.gpkg", "--area", area, "--outlets", outlets)
    assert outcome.code == 2
    assert "nothing usable is in" in outcome.err
    assert not list(tmp_path.glob("county*"))


def test_cells_become_grids_where_they_are_exact(
    run: Run, area: Path, halves: Callable[..., Path], tmp_path: Path
) -> None:
    lines = table_of("农行", ["东关", "南门"]) + table_of("工行", ["西桥"], first=11)[1:]
    outlets = text_file(tmp_path / "a.csv", lines, encoding="utf-8")
    exact, short = halves(410_000), halves(409_000)
    out = tmp_path / "county.gpkg"
    words = ("--area", area, "--outlets", outlets, "--cells", f"农行={exact}", "--cells", f"工行={short}", "--json")
    outcome = run("import", out, *words)
    assert outcome.code == 1, outcome.err
    content = json.loads(outcome.out)
    assert content["grids"] == ["农行"]
    assert "1 gap" in content["refused_grids"]["工行"]
    assert gp.open_project(out).grids["农行"].certify().valid


def test_look_writes_nothing_and_a_project_is_not_replaced_unasked(run: Run, area: Path, tmp_path: Path) -> None:
    outlets = text_file(tmp_path / "a.csv", table_of("农行", ["东关"]), encoding="utf-8")
    out = tmp_path / "county.gpkg"
    words = ("--area", area, "--outlets", outlets)
    before = sorted(tmp_path.iterdir())
    outcome = run("import", out, *words, "--look", "--lang", "zh-Hans")
    assert outcome.code == 0, outcome.err
    assert all(word in outcome.out for word in ("文件", "保留", "修补", "拒绝", "outlet_id ← 机构号"))
    assert sorted(tmp_path.iterdir()) == before
    assert run("import", out, *words).code == 0
    saved = out.read_bytes()
    refused = run("import", out, *words)
    assert refused.code == 2
    assert "is there already" in refused.err
    assert out.read_bytes() == saved
    assert run("import", area, *words, "--overwrite").code == 2  # the area is no place to save to
    assert run("import", out, *words, "--overwrite").code == 0


def test_ids_in_two_files_sections_of_nothing_and_banks_without_outlets(run: Run, area: Path, tmp_path: Path) -> None:
    one = text_file(tmp_path / "one.csv", table_of("农行", ["东关"]), encoding="utf-8")
    two = text_file(tmp_path / "two.csv", table_of("工行", ["南门"]), encoding="utf-8")
    out, columns = tmp_path / "county.gpkg", tmp_path / "mapping.toml"
    outcome = run("import", out, "--area", area, "--outlets", one, "--outlets", two)
    assert outcome.code == 2
    assert "'0001' in one.csv and two.csv" in outcome.err
    columns.write_text('[outlet]\noutlet_id = "机构号"\n', encoding="utf-8")
    outcome = run("import", out, "--area", area, "--outlets", one, "--columns", columns)
    assert outcome.code == 2
    assert "Did you mean [outlets]?" in outcome.err
    staff = text_file(tmp_path / "staff.csv", [["工号", "姓名", "所属银行"], ["1", "李", "农业银行"]], encoding="utf-8")
    outcome = run("import", out, "--area", area, "--outlets", one, "--staff", staff, "--json")
    assert json.loads(outcome.out)["unknown_banks"] == {"staff.csv": ["农业银行"]}
    outcome = run("import", out, "--area", area, "--outlets", f"工行={one}", "--alias", "农行=ABC", "--overwrite")
    assert outcome.code == 2
    assert "was stated to be of bank '工行'" in outcome.err
