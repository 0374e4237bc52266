"""``gridpart check``: exit codes, JSON, languages, and names that try to be something else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

Run = Callable[..., Any]
Halves = Callable[..., Path]


def test_exact_partition_leaves_with_zero(run: Run, area: Path, halves: Halves) -> None:
    outcome = run("check", halves(410_000), "--area", area)
    assert outcome.code == 0
    assert "Exact partition: 2 cells" in outcome.out


@pytest.mark.parametrize(("east", "kind", "size"), [(409_999, "gaps", 10_000.0), (410_002, "overlaps", 20_000.0)])
def test_defects_leave_with_one_and_are_placed(
    run: Run, area: Path, halves: Halves, east: float, kind: str, size: float
) -> None:
    outcome = run("check", halves(east), "--area", area, "--json")
    assert outcome.code == 1
    content = json.loads(outcome.out)
    assert not content["valid"]
    assert [row["area_m2"] for row in content[kind]] == [pytest.approx(size)]
    assert content[kind][0]["cell_ids"] == ["east", "west"]


def test_defects_as_a_table(run: Run, area: Path, halves: Halves) -> None:
    outcome = run("check", halves(409_999), "--area", area, "--lang", "zh-Hans")
    assert outcome.code == 1
    assert "非精确划分" in outcome.out
    assert "缝隙" in outcome.out
    assert "10,000.0" in outcome.out


def test_names_steer_no_terminal_and_are_no_markup(run: Run, area: Path, halves: Halves) -> None:
    hostile = "\x1b[2J\x1b]0;owned\x07[bold red]west[/]"
    outcome = run("check", halves(409_999, names=(hostile, "east")), "--area", area)
    assert "\x1b" not in outcome.out + outcome.err
    assert "\x07" not in outcome.out + outcome.err
    assert "[bold red]west[/]" in outcome.out


def test_layers_in_degrees(run: Run, area: Path, halves: Halves, tmp_path: Path) -> None:
    cells, degrees = halves(410_000), tmp_path / "degrees.geojson"
    gpd.read_file(cells).to_crs(4326).to_file(degrees)
    refused = run("check", degrees, "--area", area)
    assert refused.code == 2
    assert "EPSG:4326" in refused.err
    assert run("check", degrees, "--area", area, "--metric").code in {0, 1}


def test_a_file_with_several_layers(run: Run, area: Path, halves: Halves) -> None:
    cells = halves(410_000)
    table = gpd.read_file(cells)
    table.to_file(cells, layer="other")
    refused = run("check", cells, "--area", area)
    assert refused.code == 2
    assert "expected one layer, or one called 'cells'; it has cells_410000, other" in refused.err
    assert run("check", cells, "--area", area, "--layer", "other").code == 0
    table.to_file(cells, layer="cells")
    assert run("check", cells, "--area", area).code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "nowhere.gpkg", "--area", "AREA"), "nowhere.gpkg: no such file"),
        (("check", "AREA", "--area", "TEXT"), "not a readable vector file"),
        (("check", "AREA"), "--area"),
        (("check", "AREA", "--area", "AREA", "--layer", "nope"), "nope"),
        (("check", "AREA", "--area", "AREA", "--lang", "fr"), "fr"),
        (("chekc",), "chekc"),
    ],
)
def test_bad_usage_leaves_with_two(run: Run, area: Path, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no layer", encoding="utf-8")
    known = {"AREA": area, "TEXT": text}
    outcome = run(*(known.get(word, word) for word in words))
    assert outcome.code == 2
    assert said in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("command", ["demo", "check", "partition", "audit", "atlas"])
def test_every_command_has_help(run: Run, command: str) -> None:
    outcome = run(command, "--help")
    assert outcome.code == 0
    assert "--lang" in outcome.out
    assert "--json" in outcome.out


def _two_banks(halves: Halves, tmp_path: Path, *, east: float) -> Path:
    tables = [gpd.read_file(halves(place)).assign(bank_id=bank) for place, bank in ((410_000, "A"), (east, "B"))]
    path = tmp_path / "banks.gpkg"
    gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=tables[0].crs).to_file(path)
    return path


def test_grids_of_several_banks_are_checked_bank_by_bank(run: Run, area: Path, halves: Halves, tmp_path: Path) -> None:
    outcome = run("check", _two_banks(halves, tmp_path, east=410_000), "--area", area)
    assert outcome.code == 0
    assert outcome.out.count("Exact partition: 2 cells") == 2
    outcome = run("check", _two_banks(halves, tmp_path, east=409_999), "--area", area, "--json")
    assert outcome.code == 1
    content = json.loads(outcome.out)
    assert {bank: one["valid"] for bank, one in content["banks"].items()} == {"A": True, "B": False}
    assert content["banks"]["B"]["gaps"][0]["area_m2"] == pytest.approx(10_000.0)


def test_one_grid_of_several_banks_is_checked_as_a_whole(run: Run, area: Path, halves: Halves, tmp_path: Path) -> None:
    path = tmp_path / "several.gpkg"
    gpd.read_file(halves(409_999)).assign(bank_id=["A", "B"]).to_file(path)
    outcome = run("check", path, "--area", area, "--json")
    assert outcome.code == 1
    assert json.loads(outcome.out)["gaps"][0]["area_m2"] == pytest.approx(10_000.0)


def test_cells_of_no_bank_are_not_left_out_of_an_audit(run: Run, area: Path, halves: Halves, tmp_path: Path) -> None:
    path = tmp_path / "some.gpkg"
    gpd.read_file(halves(410_000)).assign(bank_id=["A", None]).to_file(path)
    outcome = run("audit", path, "--area", area, "--out", tmp_path / "audit")
    assert outcome.code == 2
    assert "1 rows of the cells of some have no bank_id: rows 1" in outcome.err


@pytest.mark.parametrize(
    ("lang", "told"),
    [("en", "{path}: no such file.\n"), ("zh-Hans", "{path}：没有此文件。\n"), ("zh-Hant", "{path}：沒有此檔案。\n")],
)
def test_what_is_refused_is_told_in_the_language_asked_for(
    run: Run, area: Path, tmp_path: Path, lang: str, told: str
) -> None:
    path = tmp_path / "{n}.gpkg"
    outcome = run("check", path, "--area", area, "--lang", lang)
    assert outcome.code == 2
    assert outcome.err == told.replace("{path}", str(path))
