"""Runs over counties: equal results however they are computed, what is taken over, what is made again, and why."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import county_runs
import geopandas as gpd
import pytest

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
    """In a process of its own, where nothing that earlier tests left in memory grows beside."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        few, many = pool.submit(county_runs.peaks, tmp_path).result()
    print(f"peak of the driver: {few / 1e6:.2f} MB for 20 counties, {many / 1e6:.2f} MB for 120")
    assert many - few < 100 * 20_000  # records and figures; the points alone are 32 kB a county


def test_a_record_that_names_files_elsewhere_removes_none(counties: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    gp.map_counties(county_runs.grids, counties, out)
    before = contents(out)
    mine = tmp_path / "data.parquet"
    mine.write_bytes(b"mine")
    record = out / "_parts" / "part=000.json"
    text = record.read_text(encoding="utf-8")
    for path in ("../data.parquet", str(mine), "../part=x/data.parquet", "cells/part=../../data.parquet"):
        record.write_text(text.replace("cells/srid=4547/part=000/data.parquet", path), encoding="utf-8")
        assert gp.map_counties(county_runs.grids, counties, out).reasons == {"000": ("new", "")}
        assert contents(out) == before
    assert mine.read_bytes() == b"mine"


def test_progress_counts_counties_and_tells_how_they_fared(saved_counties: Path, tmp_path: Path) -> None:
    told: list[gp.Progress] = []
    with gp.progress(told.append), ThreadPoolExecutor(2) as executor:
        gp.map_counties(county_runs.grids_but_one, saved_counties, tmp_path / "out", executor=executor)
    ours = [report for report in told if report.task == "run_counties"]
    assert (ours[0].kind, ours[-1].kind, ours[-1].done, ours[-1].total) == ("begin", "end", 4, 4)
    assert ours[-1].figures == {"done": 3, "skipped": 0, "failed": 1}
    assert ours[-1].text("en") == "Counties · 3 computed, 0 taken over, 1 failed"
    assert ours[-1].text("zh-Hans") == "逐县计算 · 已计算 3 个，沿用 0 个，失败 1 个"
