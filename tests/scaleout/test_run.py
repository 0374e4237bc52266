"""Runs over counties: equal results however they are computed, what is taken over, what is made again, and why."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import threading
import tracemalloc
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import county_runs
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import pytest
import shapely

import gridpart as gp
from gridpart.project import Project
from gridpart.scaleout import run as run_module

ALL = ("000", "001", "002", "003")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder of results, but the signature of the lock."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "_lock")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


EXECUTORS: dict[str, Callable[[], Executor]] = {
    "threads": lambda: ThreadPoolExecutor(2),
    "one process": lambda: ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")),
    "two processes": lambda: ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")),
}


@pytest.mark.parametrize("kind", EXECUTORS)
def test_results_are_the_same_bytes_on_every_executor(saved_counties: Path, tmp_path: Path, kind: str) -> None:
    alone = gp.map_counties(county_runs.grids, saved_counties, tmp_path / "alone")
    with EXECUTORS[kind]() as executor:
        report = gp.map_counties(county_runs.grids, saved_counties, tmp_path / "pool", executor=executor)
    assert report.parts_done == alone.parts_done == ALL
    assert (report.errors, alone.errors) == ({}, {})
    assert report.digest == alone.digest
    assert contents(tmp_path / "pool") == contents(tmp_path / "alone")


def test_the_order_of_the_source_does_not_matter(saved_counties: Path, tmp_path: Path) -> None:
    paths = sorted(saved_counties.glob("*.gpkg"))
    one = gp.map_counties(county_runs.grids, paths, tmp_path / "one")
    other = gp.map_counties(county_runs.grids, paths[::-1], tmp_path / "other")
    assert contents(tmp_path / "one") == contents(tmp_path / "other")
    assert one.digest == other.digest


def test_every_grid_is_read_back_with_its_certificate(saved_counties: Path, tmp_path: Path) -> None:
    report = gp.map_counties(county_runs.grids, saved_counties, tmp_path)
    whole = gpd.read_parquet(tmp_path / "cells")
    assert sorted(whole["county"].unique()) == list(ALL)
    for county, cells in report.read("cells").groupby("county"):
        area = gp.open_project(saved_counties / f"{county}.gpkg").service_area
        for bank, own in cells.groupby("bank_id"):
            certificate = gp.certify(own, area)
            assert certificate.valid, (county, bank)
            assert set(own["certificate"]) == {certificate.digest}
    assert set(report.read("grids")["certificate"]) == set(whole["certificate"])
    assert report.totals == {"n_grids": 8.0, "n_cells": 12.0, "grids_m2": pytest.approx(4 * 2 * 4e6)}
    assert report.figures["n_cells"].to_dict() == dict.fromkeys(ALL, 3)


def test_the_digest_can_be_computed_with_sha256sum(saved_counties: Path, tmp_path: Path) -> None:
    report = gp.map_counties(county_runs.grids, saved_counties, tmp_path)
    sums = (tmp_path / "_sha256sums").read_bytes()
    assert hashlib.sha256(sums).hexdigest() == report.digest
    listed = dict(line.split("  ", 1)[::-1] for line in sums.decode().splitlines())
    files = {path for path in contents(tmp_path) if path.endswith(".parquet")}
    assert set(listed) == files
    for path, digest in listed.items():
        assert hashlib.sha256((tmp_path / path).read_bytes()).hexdigest() == digest


def test_finished_counties_are_taken_over(counties: Path, tmp_path: Path) -> None:
    first = gp.map_counties(county_runs.grids, counties, tmp_path / "out")
    before = contents(tmp_path / "out")
    again = gp.map_counties(county_runs.grids, counties, tmp_path / "out")
    assert (again.parts_done, again.parts_skipped, again.reasons) == ((), ALL, {})
    assert again.digest == first.digest
    assert contents(tmp_path / "out") == before
    fresh = gp.map_counties(county_runs.grids, counties, tmp_path / "out", resume=False)
    assert (fresh.parts_done, set(fresh.reasons.values())) == (ALL, {("asked", "")})
    assert contents(tmp_path / "out") == before


def test_a_county_whose_source_changed_is_made_again(counties: Path, tmp_path: Path) -> None:
    gp.map_counties(county_runs.grids, counties, tmp_path / "out")
    county_runs.small_county(7).save(tmp_path / "other.gpkg")
    shutil.copy(tmp_path / "other.gpkg", counties / "002.gpkg")
    report = gp.map_counties(county_runs.grids, counties, tmp_path / "out")
    assert report.reasons == {"002": ("source", "")}
    assert (report.parts_done, report.parts_skipped) == (("002",), ("000", "001", "003"))
    undisturbed = gp.map_counties(county_runs.grids, counties, tmp_path / "undisturbed")
    assert report.digest == undisturbed.digest


def with_rule(project: Project, *, rule: str) -> dict[str, gp.Grid]:
    project.partition(rule=rule)
    return project.grids


RULE = "nearest"


def with_global(project: Project) -> dict[str, gp.Grid]:
    return with_rule(project, rule=RULE)


def test_another_function_argument_or_global_makes_every_county_again(
    counties: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    for function, reason in (
        (partial(with_rule, rule="nearest"), "new"),
        (partial(with_rule, rule="wellfield"), "function: argument rule"),
        (with_global, "test_run.with_global: code"),
    ):
        report = gp.map_counties(function, counties, out)
        assert report.parts_done == ALL
        assert all(reason in f"{kind}: {detail}" for kind, detail in report.reasons.values()), report.reasons
    assert gp.map_counties(with_global, counties, out).parts_skipped == ALL
    monkeypatch.setitem(with_global.__globals__, "RULE", "wellfield")
    report = gp.map_counties(with_global, counties, out)
    assert {detail.rpartition(".")[2] for _, detail in report.reasons.values()} == {"RULE"}
    assert report.digest == gp.map_counties(partial(with_rule, rule="wellfield"), counties, tmp_path / "new").digest


def test_what_a_function_itself_changes_does_not_count_as_another_function(counties: Path, tmp_path: Path) -> None:
    calls: list[str] = []

    def counting(project: Project) -> dict[str, gp.Grid]:
        calls.append(project.name)
        return county_runs.grids(project)

    gp.map_counties(counting, counties, tmp_path / "out")
    assert len(calls) == 4
    for _ in range(2):
        assert gp.map_counties(counting, counties, tmp_path / "out").parts_skipped == ALL
    assert len(calls) == 4


def test_other_versions_make_every_county_again(
    counties: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gp.map_counties(county_runs.grids, counties, tmp_path / "out")
    now = run_module.versions()
    monkeypatch.setattr(run_module, "versions", lambda: {**now, "geos": "9.9.9"})
    report = gp.map_counties(county_runs.grids, counties, tmp_path / "out")
    assert report.reasons["000"] == ("versions", f"geos {now['geos']} → 9.9.9")
    assert report.errors["000"].error == "RunError"
    assert "has other versions than the driver (geos 9.9.9" in report.errors["000"].message


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [truncate, flip_a_bit, Path.unlink])
def test_a_damaged_part_is_made_again(counties: Path, tmp_path: Path, harm: Callable[[Path], object]) -> None:
    gp.map_counties(county_runs.grids, counties, tmp_path / "out")
    before = contents(tmp_path / "out")
    harm(tmp_path / "out" / "cells" / "srid=4547" / "part=001" / "data.parquet")
    report = gp.map_counties(county_runs.grids, counties, tmp_path / "out")
    assert report.reasons == {"001": ("damaged", "")}
    assert contents(tmp_path / "out") == before
    (tmp_path / "out" / "_parts" / "part=001.json").write_text("{", encoding="utf-8")
    assert gp.map_counties(county_runs.grids, counties, tmp_path / "out").reasons == {"001": ("new", "")}
    assert contents(tmp_path / "out") == before


def test_an_error_stops_no_other_county_and_is_tried_again(counties: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = gp.map_counties(county_runs.grids_but_one, counties, out)
    assert report.parts_done == ("000", "002", "003")
    error = report.errors["001"]
    assert (error.error, error.message) == ("KeyError", "'no grid here: <script>'")
    assert "grids_but_one" in error.trace
    assert not list(out.rglob("part=001*"))
    again = gp.map_counties(county_runs.grids_but_one, counties, out)
    assert (again.parts_skipped, again.parts_done) == (report.parts_done, ())
    assert (list(again.errors), again.reasons) == (["001"], {"001": ("new", "")})
    whole = report._repr_html_()
    assert "&lt;script&gt;" in whole
    assert "<script>" not in whole


def test_a_county_that_fails_with_a_new_source_leaves_no_old_result(counties: Path, tmp_path: Path) -> None:
    gp.map_counties(county_runs.grids, counties, tmp_path / "out")
    (counties / "003.gpkg").write_bytes(b"no county")
    report = gp.map_counties(county_runs.grids, counties, tmp_path / "out")
    assert report.errors["003"].error == "ProjectError"
    assert report.reasons == {"003": ("source", "")}
    assert "003" not in set(gpd.read_parquet(tmp_path / "out" / "cells")["county"])


def test_counties_of_other_runs_stay_and_are_told(counties: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    whole = gp.map_counties(county_runs.grids, counties, out)
    report = gp.map_counties(county_runs.grids, [counties / "002.gpkg"], out)
    assert (report.parts_skipped, report.others) == (("002",), ("000", "001", "003"))
    assert set(report.read("cells")["county"]) == {"002"}
    assert gp.map_counties(county_runs.grids, counties, out).digest == whole.digest != report.digest


def test_what_killed_runs_left_is_removed_and_nothing_else(counties: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    gp.map_counties(county_runs.grids, counties, out)
    before = contents(out)
    orphan = out / "cells" / "srid=4547" / "part=gone" / "data.parquet"
    orphan.parent.mkdir()
    orphan.write_bytes(b"")
    (out / "_work" / "part=000" / "x").mkdir(parents=True)
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    gp.map_counties(county_runs.grids, counties, out)
    assert contents(out) == {**before, "notes.txt": b"mine"}
    assert not orphan.parent.exists()


def test_a_county_in_another_coordinate_system_is_never_mixed_in(counties: Path, tmp_path: Path) -> None:
    county_runs.small_county(1, crs="EPSG:4548").save(tmp_path / "east.gpkg")
    shutil.copy(tmp_path / "east.gpkg", counties / "001.gpkg")
    report = gp.map_counties(county_runs.grids, counties, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out" / "cells").iterdir()) == ["srid=4547", "srid=4548"]
    with pytest.raises(gp.CRSError, match=r"lies in several coordinate systems \(4547, 4548\)"):
        report.read("cells")
    cells = report.read("cells", crs=4490)
    assert cells.crs == 4490
    east = cells[cells["county"] == "001"].total_bounds[0]
    assert 115.9 < east < 116.2  # three degrees east of the others
    assert set(report.read("grids")["county"]) == set(ALL)


# what fn takes and returns


def path_and_size(path: Path) -> dict[str, object]:
    return {"name": path.name, "bytes": path.stat().st_size, "seen": True}


def annotated(county: Path) -> dict[str, object]:
    return {"name": county.name}


def test_a_function_of_a_path_gets_paths_of_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "west").mkdir()
    (tmp_path / "west" / "outlets.csv").write_text("a", encoding="utf-8")
    (tmp_path / "east.csv").write_text("abc", encoding="utf-8")
    source = {"West": tmp_path / "west", "East": str(tmp_path / "east.csv")}
    report = gp.map_counties(path_and_size, source, tmp_path / "out")
    assert report.errors == {}
    assert report.figures.loc["East"].to_dict() == {"name": "east.csv", "bytes": 3, "seen": True}
    assert gp.map_counties(annotated, source, tmp_path / "out2").figures["name"].to_list() == ["east.csv", "west"]
    (tmp_path / "west" / "outlets.csv").write_text("b", encoding="utf-8")
    assert gp.map_counties(path_and_size, source, tmp_path / "out").reasons == {"West": ("source", "")}


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
    table = pd.DataFrame({"county": ["江汉区", "汉口"], "path": [str(saved_counties / f"{n}.gpkg") for n in ALL[:2]]})
    report = gp.map_counties(county_runs.grids, table, tmp_path / "out")
    assert report.parts_done == ("汉口", "江汉区")
    assert (tmp_path / "out" / "cells" / "srid=4547" / "part=汉口" / "data.parquet").is_file()


def audit(project: Project) -> dict[str, object]:
    project.partition()
    return {"audit": project.audit(), **project.grids, "when": pd.Timestamp("2026-01-01").date()}


def test_audits_and_certificates_become_tables_and_figures(saved_counties: Path, tmp_path: Path) -> None:
    report = gp.map_counties(audit, saved_counties, tmp_path / "audit")
    assert report.errors == {}
    expected = {"banks", "cells", "faces", "figures", "findings", "grids", "rates", "totals"}
    assert set(report.tables) == expected
    areas = sum(report.totals[f"{flag}_m2"] for flag in ("blank", "single", "shared", "excessive"))
    assert areas == pytest.approx(4 * 4e6)
    assert report.read("faces")["area_m2"].sum() == pytest.approx(4 * 4e6)
    assert set(report.read("banks")["certificate"]) == set(report.read("grids")["certificate"])
    checked = gp.map_counties(lambda p: {b: g.certify() for b, g in audit_grids(p)}, saved_counties, tmp_path / "check")
    assert checked.totals["n_certificates"] == 8
    assert checked.read("certificates")["valid"].all()
    assert checked.tables["defects"] == 0


def audit_grids(project: Project) -> Any:
    project.partition()
    return project.grids.items()


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (None, "The function returned NoneType; it must return a Grid, Audit"),
        (5, "returned int; it must return"),
        ({"a": [1]}, "returned dict ('a': list)"),
        ({"a": 1, "n": {"a": 2}}, "two things called 'a'"),
        (pd.DataFrame({"county": ["elsewhere"]}), "column 'county' with other values than '000'"),
        (pd.DataFrame({"a": [object()]}), "Table 'rows' cannot be stored as Parquet"),
    ],
)
def test_what_cannot_be_kept_is_that_countys_error(
    saved_counties: Path, tmp_path: Path, result: object, said: str
) -> None:
    report = gp.map_counties(lambda _: result, [saved_counties / "000.gpkg"], tmp_path / "out")
    assert said in report.errors["000"].message


def half_empty(path: Path) -> pd.DataFrame:
    value = None if path.name == "a" else "text"
    return pd.DataFrame({"text": [value], "several": [[] if value is None else ["x"]], "count": [1 if value else 1.5]})


def test_counties_without_any_value_in_a_column_are_read_with_the_others(tmp_path: Path) -> None:
    source = {}
    for name in ("a", "b"):
        (tmp_path / name).write_text(name, encoding="utf-8")
        source[name] = tmp_path / name
    report = gp.map_counties(half_empty, source, tmp_path / "out")
    rows = report.read("rows")
    assert rows["text"].isna().to_list() == [True, False]
    assert rows["count"].to_list() == [1.5, 1.0]
    assert ds.dataset(tmp_path / "out" / "rows").to_table().num_rows == 2


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


def test_executors_and_functions_that_cannot_be_used_are_refused(saved_counties: Path, tmp_path: Path) -> None:
    with pytest.raises(gp.InputError, match=r"executor is a int; expected None, an executor of concurrent\.futures"):
        gp.map_counties(county_runs.grids, saved_counties, tmp_path / "out", executor=4)  # type: ignore[arg-type]
    with pytest.raises(gp.InputError, match="fn is a str; a function of one county was expected"):
        gp.map_counties("grids", saved_counties, tmp_path / "out")  # type: ignore[arg-type]
    lock = threading.Lock()
    with (
        ProcessPoolExecutor(1) as pool,
        pytest.raises(gp.InputError, match="The function cannot go to other processes"),
    ):
        gp.map_counties(lambda project: (lock, project)[1], saved_counties, tmp_path / "out", executor=pool)


def test_the_driver_keeps_figures_only(tmp_path: Path) -> None:
    for number in range(120):
        (tmp_path / f"{number}.txt").write_text(str(number), encoding="utf-8")
    paths = sorted(tmp_path.glob("*.txt"))

    def points(path: Path) -> dict[str, object]:
        places = np.random.default_rng(int(path.stem)).random((2_000, 2))
        return {"points": gpd.GeoDataFrame(geometry=shapely.points(places), crs=4547), "n": len(places)}

    def peak_bytes(count: int) -> int:
        tracemalloc.reset_peak()
        begun = tracemalloc.get_traced_memory()[0]
        report = gp.map_counties(points, paths[:count], tmp_path / f"out{count}")
        assert report.totals["n"] == 2_000 * count
        return tracemalloc.get_traced_memory()[1] - begun

    tracemalloc.start()
    try:
        peak_bytes(5)
        few, many = peak_bytes(20), peak_bytes(120)
    finally:
        tracemalloc.stop()
    print(f"peak of the driver: {few / 1e6:.2f} MB for 20 counties, {many / 1e6:.2f} MB for 120")
    assert many - few < 100 * 20_000  # records and figures; the points alone are 32 kB a county
