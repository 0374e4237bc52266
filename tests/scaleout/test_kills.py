"""A kill at any moment, of the driver or of a worker, changes nothing in the results of the run after it."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import ForkContext
from pathlib import Path

import county_runs
import psutil
import pytest

import gridpart as gp
from gridpart.scaleout import _store

from .test_run import contents

FORK: ForkContext = multiprocessing.get_context("fork")


def in_a_fork(work: Callable[[], object]) -> multiprocessing.process.BaseProcess:
    """Do something in another process that has everything imported."""
    process = FORK.Process(target=work)
    process.start()
    return process


def killed_at(moment: int, folder: Path, out: Path) -> bool:
    """Run in a process that kills itself at its so many-th change to a folder; tell whether it came to the end."""

    def run() -> None:
        changes = 0

        def counting(change: Callable[..., object]) -> Callable[..., object]:
            def changed(*args: object, **options: object) -> object:
                nonlocal changes
                changes += 1
                if changes == moment:
                    os.kill(os.getpid(), signal.SIGKILL)
                return change(*args, **options)

            return changed

        for name in ("replace", "unlink", "mkdir", "rmdir", "fsync"):
            setattr(os, name, counting(getattr(os, name)))
        gp.map_counties(county_runs.grids, folder, out)
        os._exit(0)

    process = in_a_fork(run)
    process.join()
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode == 0


def every_moment(folder: Path, tmp_path: Path, *, step: int) -> None:
    undisturbed = gp.map_counties(county_runs.grids, folder, tmp_path / "undisturbed")
    moment, has_ended = 1, False
    while not has_ended:
        out = tmp_path / f"killed{moment}"
        has_ended = killed_at(moment, folder, out)
        manifest = out / "_manifest.json"
        if has_ended or manifest.exists():  # it is the last that is written
            assert json.loads(manifest.read_text(encoding="utf-8"))["digest"] == undisturbed.digest
        report = gp.map_counties(county_runs.grids, folder, out)
        assert report.digest == undisturbed.digest, moment
        assert len(report.parts_done) + len(report.parts_skipped) == len(report) == len(undisturbed)
        assert contents(out) == contents(tmp_path / "undisturbed"), moment
        moment += step
    assert moment > 30


def test_the_driver_is_killed_at_any_change_it_makes_on_disk(saved_counties: Path, tmp_path: Path) -> None:
    folder = tmp_path / "counties"
    folder.mkdir()
    for name in ("000", "001"):
        (folder / f"{name}.gpkg").symlink_to(saved_counties / f"{name}.gpkg")
    every_moment(folder, tmp_path, step=3)


@pytest.mark.full
def test_the_driver_is_killed_at_every_change_it_makes_on_disk(saved_counties: Path, tmp_path: Path) -> None:
    every_moment(saved_counties, tmp_path, step=1)


def children_of(process: int) -> list[psutil.Process]:
    return psutil.Process(process).children(recursive=True)


def driver_with_pool(folder: Path, out: Path) -> multiprocessing.process.BaseProcess:
    def run() -> None:
        with ProcessPoolExecutor(2, mp_context=FORK) as executor:
            gp.map_counties(county_runs.slow_grids, folder, out, executor=executor)

    return in_a_fork(run)


def kill_drivers(folder: Path, tmp_path: Path, *, kills: int) -> None:
    undisturbed = gp.map_counties(county_runs.slow_grids, folder, tmp_path / "undisturbed")
    out = tmp_path / "out"
    chance = random.Random(0)
    for _ in range(kills):
        driver = driver_with_pool(folder, out)
        time.sleep(chance.uniform(0.05, 0.9))
        workers = children_of(driver.pid) if driver.pid is not None and driver.is_alive() else []
        driver.kill()
        driver.join()
        _, alive = psutil.wait_procs(workers, timeout=20)
        assert alive == []  # a pool whose driver is killed ends too
    report = gp.map_counties(county_runs.slow_grids, folder, out)
    assert report.errors == {}
    assert report.digest == undisturbed.digest
    assert contents(out) == contents(tmp_path / "undisturbed")


def test_a_driver_with_a_pool_is_killed_again_and_again(saved_counties: Path, tmp_path: Path) -> None:
    kill_drivers(saved_counties, tmp_path, kills=4)


@pytest.mark.full
def test_a_driver_with_a_pool_is_killed_forty_times(saved_counties: Path, tmp_path: Path) -> None:
    kill_drivers(saved_counties, tmp_path, kills=40)


def kill_a_worker(folder: Path, tmp_path: Path, *, after_s: float) -> None:
    undisturbed = gp.map_counties(county_runs.grids, folder, tmp_path / "undisturbed")
    with ProcessPoolExecutor(2, mp_context=FORK) as executor:
        list(executor.map(time.sleep, [0.1, 0.1]))  # both are there
        threading.Timer(after_s, os.kill, (max(executor._processes), signal.SIGKILL)).start()
        report = gp.map_counties(county_runs.slower_grids, folder, tmp_path / "out", executor=executor)
        assert executor._broken
    assert report.errors == {}
    assert report.digest == undisturbed.digest


@pytest.mark.parametrize("after_s", [0.1, 0.3])
def test_a_worker_is_killed(saved_counties: Path, tmp_path: Path, after_s: float) -> None:
    kill_a_worker(saved_counties, tmp_path, after_s=after_s)


@pytest.mark.full
@pytest.mark.parametrize("number", range(20))
def test_a_worker_is_killed_at_twenty_moments(saved_counties: Path, tmp_path: Path, number: int) -> None:
    kill_a_worker(saved_counties, tmp_path, after_s=random.Random(number).uniform(0.0, 0.9))


def test_a_county_that_kills_its_worker_is_an_error_and_the_only_one(saved_counties: Path, tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, mp_context=FORK) as executor:
        report = gp.map_counties(county_runs.deadly_grids, saved_counties, tmp_path / "out", executor=executor)
    assert report.parts_done == ("000", "002", "003")
    error = report.errors["001"]
    assert error.error == "BrokenProcessPool"
    assert "ended 3 times without an answer" in error.message
    assert not list((tmp_path / "out").rglob("part=001*"))


def test_two_runs_on_one_folder_are_refused(
    saved_counties: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_store, "_WAIT_S", 0.3)
    undisturbed = gp.map_counties(county_runs.slow_grids, saved_counties, tmp_path / "undisturbed")
    out = tmp_path / "out"
    first = in_a_fork(lambda: gp.map_counties(county_runs.slower_grids, saved_counties, out))
    while not (out / "_lock").exists() or not (out / "_lock").read_bytes():
        time.sleep(0.01)
    with pytest.raises(gp.RunError, match=rf"is in use by another run \(.*process {first.pid}\)\. Nothing was run"):
        gp.map_counties(county_runs.slow_grids, saved_counties, out)
    first.join()
    assert first.exitcode == 0
    report = gp.map_counties(county_runs.slower_grids, saved_counties, out)
    assert len(report.parts_skipped) == 4
    assert report.digest == undisturbed.digest
