"""
What a run costs beside the same work in a plain loop, and in a plain `executor.map`, with Parquet files written too.

Processor time of this process and of its children, in one run: opening, cutting and certifying are the same in both.
The quick form, over a few counties on a machine that does other things too, only notices what is far off.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import county_runs
import geopandas as gpd
import pandas as pd
import pytest

import gridpart as gp

FULL = os.environ.get("GRIDPART_FULL") == "1"
MOST_MORE = 1.25 if FULL else 3.0
"""Processor time of a run over that of a plain loop, counties of 80 outlets and 250 villages."""
MOST_FOR_NOTHING = 2.0 if FULL else 5.0
"""The same where a county is nothing: records, digests, renaming, figures, one row per grid are all there is."""


def plainly(path: Path, *, folder: Path) -> None:
    """Do the work of one county without any care."""
    grids = county_runs.grids(gp.open_project(path))
    cells = gpd.GeoDataFrame(pd.concat([grid.cells for grid in grids.values()], ignore_index=True))
    cells.to_parquet(folder / f"{path.stem}.parquet", index=False)


def cpu_s(work: Callable[[], object]) -> float:
    before = os.times()
    work()
    after = os.times()
    return sum(after[:4]) - sum(before[:4])


@pytest.fixture(scope="module")
def real_counties(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of counties of 9 MB; one of them, many times, as reading does not care."""
    folder = tmp_path_factory.mktemp("real")
    gp.sample_project().save(folder / "000.gpkg")
    for number in range(1, 12 if FULL else 3):
        (folder / f"{number:03d}.gpkg").symlink_to(folder / "000.gpkg")
    return folder


def compared(ours: Callable[[Path], object], plain: Callable[[Path], object], folder: Path) -> tuple[float, float]:
    """Return the median processor time of both, taken in turn, in s."""
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(5 if FULL else 2):
        for way, (name, work) in enumerate({"ours": ours, "plain": plain}.items()):
            place = folder / f"{name}{number}"
            place.mkdir()
            taken[way].append(cpu_s(partial(work, place)))
    return median(taken[0]), median(taken[1])


@pytest.mark.benchmark
def test_a_run_costs_little_more_than_a_loop(real_counties: Path, tmp_path: Path) -> None:
    paths = sorted(real_counties.glob("*.gpkg"))

    def loop(folder: Path) -> None:
        for path in paths:
            plainly(path, folder=folder)

    ours, plain = compared(lambda out: gp.map_counties(county_runs.grids, paths, out), loop, tmp_path)
    more_ms = 1000 * (ours - plain) / len(paths)
    print(f"\n  run {ours:.2f} s, loop {plain:.2f} s: {ours / plain:.2f} times, {more_ms:.0f} ms more per county")
    assert ours / plain <= MOST_MORE


@pytest.mark.benchmark
def test_a_run_on_processes_costs_little_more_than_executor_map(real_counties: Path, tmp_path: Path) -> None:
    paths = sorted(real_counties.glob("*.gpkg"))

    def ours(out: Path) -> None:
        with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
            gp.map_counties(county_runs.grids, paths, out, executor=pool)

    def plain(folder: Path) -> None:
        with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
            list(pool.map(partial(plainly, folder=folder), paths))

    taken, mapped = compared(ours, plain, tmp_path)
    print(f"\n  run {taken:.2f} s, executor.map {mapped:.2f} s: {taken / mapped:.2f} times")
    assert taken / mapped <= MOST_MORE


@pytest.mark.benchmark
def test_a_county_that_is_nothing_costs_little(tmp_path: Path) -> None:
    folder = county_runs.save_counties(tmp_path / "counties", 20 if FULL else 4)
    paths = sorted(folder.glob("*.gpkg"))

    def loop(place: Path) -> None:
        for path in paths:
            plainly(path, folder=place)

    ours, plain = compared(lambda out: gp.map_counties(county_runs.grids, paths, out), loop, tmp_path)
    out = tmp_path / "ours0"
    again = cpu_s(lambda: gp.map_counties(county_runs.grids, paths, out))
    more_ms, again_ms = 1000 * (ours - plain) / len(paths), 1000 * again / len(paths)
    print(
        f"\n  {more_ms:.0f} ms more per county than a loop ({ours:.2f} s, {plain:.2f} s); {again_ms:.1f} ms if finished"
    )
    assert ours / plain <= MOST_FOR_NOTHING
    assert again < plain
