"""What counties a source has, what a function of one county is given, and which sources are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import county_runs
import geopandas as gpd
import pandas as pd
import pytest
import shapely

import gridpart as gp


def path_and_size(path: Path) -> dict[str, object]:
    return {"name": path.name, "bytes": path.stat().st_size, "seen": True}


def annotated(county: Path) -> dict[str, object]:
    return {"name": county.name}


def named(gpkg_path: Any) -> dict[str, object]:
    return {"name": gpkg_path.name}


def either(county: str | Path, *, limit: float = float("nan")) -> dict[str, object]:
    return {"name": Path(county).name, "limit": limit}


def test_a_function_of_a_path_gets_paths_of_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "west").mkdir()
    (tmp_path / "west" / "outlets.csv").write_text("a", encoding="utf-8")
    (tmp_path / "east.csv").write_text("abc", encoding="utf-8")
    source = {"West": tmp_path / "west", "East": str(tmp_path / "east.csv")}
    report = gp.map_counties(path_and_size, source, tmp_path / "out")
    assert report.errors == {}
    assert report.figures.loc["East"].to_dict() == {"name": "east.csv", "bytes": 3, "seen": True}
    assert gp.map_counties(annotated, source, tmp_path / "out2").figures["name"].to_list() == ["east.csv", "west"]
    for function in (named, either, annotated):
        report = gp.map_counties(function, source, tmp_path / "out3")
        assert report.figures["name"].to_list() == ["east.csv", "west"], report.errors
        assert json.loads(report.to_json(), parse_constant=pytest.fail)["parts_done"] == ["East", "West"]
    (tmp_path / "west" / "outlets.csv").write_text("b", encoding="utf-8")
    report = gp.map_counties(path_and_size, source, tmp_path / "out")
    assert report.reasons == {"West": ("source", "")}


def people(rows: gpd.GeoDataFrame) -> dict[str, object]:
    return {"people": int(rows["people"].sum()), "is_layer": isinstance(rows, gpd.GeoDataFrame), "rows": rows}


def test_a_table_with_a_county_column_gives_each_county_its_rows(tmp_path: Path) -> None:
    table = gpd.GeoDataFrame(
        {"county": ["010108", "010109", "010108"], "people": [1, 2, 3]}, geometry=shapely.points([[0, 0]] * 3), crs=4547
    )
    report = gp.map_counties(people, table, tmp_path / "out")
    assert report.errors == {}
    assert report.figures["people"].to_dict() == {"010108": 4, "010109": 2}
    assert report.read("rows")["county"].to_list() == ["010108", "010108", "010109"]
    table.loc[1, "people"] = 5
    assert gp.map_counties(people, table, tmp_path / "out").reasons == {"010109": ("source", "")}
    with pytest.raises(gp.InputError, match=r"1 rows have no county \(rows 1\)"):
        gp.map_counties(people, table.assign(county=["a", None, "b"]), tmp_path / "out")


def test_a_table_of_paths_is_a_mapping(saved_counties: Path, tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"county": ["江汉区", "汉口"], "path": [str(saved_counties / f"{n}.gpkg") for n in ("000", "001")]}
    )
    report = gp.map_counties(county_runs.grids, table, tmp_path / "out")
    assert report.parts_done == ("汉口", "江汉区")
    assert (tmp_path / "out" / "cells" / "srid=4547" / "part=汉口" / "data.parquet").is_file()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (5, "source is a int; expected a folder of projects"),
        ([], "There is no county in list: no .gpkg file"),
        ({"a": 5}, "The source of county 'a' is a int; a path was expected. Save projects first"),
        ({" ": "a.gpkg"}, "A county has a blank name"),
        (["a/x.gpkg", "b/x.gpkg"], r"Two counties are called 'x' \(.*a/x\.gpkg and .*b/x\.gpkg\)"),
        (["postgresql://host/x"], "is not a file on this computer"),
        ("no such folder", "is neither a folder nor a file"),
        (pd.DataFrame({"name": ["a"]}), "needs a column 'county'; the columns are name"),
    ],
)
def test_sources_that_cannot_be_used_are_refused(tmp_path: Path, source: Any, said: str) -> None:
    with pytest.raises(gp.InputError, match=said):
        gp.map_counties(county_runs.grids, source, tmp_path / "out")
    assert not (tmp_path / "out").exists()
