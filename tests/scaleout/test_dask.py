"""The same run on a Dask cluster, and on one whose workers die."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import county_runs
import pytest

import gridpart as gp
from gridpart.cli import main
from gridpart.project import Project
from gridpart.scaleout import _crews

from .test_run import contents

if not os.environ.get("CI"):
    pytest.importorskip("distributed", reason="dask.distributed is not installed: pip install 'gridpart[scale]'")


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    import dask
    from distributed import Client, LocalCluster

    quiet = {
        "distributed.scheduler.allowed-failures": 0,
        "distributed.nanny.pre-spawn-environ.OMP_NUM_THREADS": 1,
        "distributed.admin.tick.limit": "1h",
    }
    with (
        dask.config.set(quiet),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as cluster,
        Client(cluster) as connected,
    ):
        yield connected


def test_results_are_the_same_bytes_on_a_cluster(client: Any, saved_counties: Path, tmp_path: Path) -> None:
    alone = gp.map_counties(county_runs.grids, saved_counties, tmp_path / "alone")
    report = gp.map_counties(county_runs.grids, saved_counties, tmp_path / "dask", executor=client)
    assert report.errors == {}
    assert report.digest == alone.digest
    assert contents(tmp_path / "dask") == contents(tmp_path / "alone")
    assert gp.map_counties(county_runs.grids, saved_counties, tmp_path / "dask", executor=client).parts_done == ()


def test_functions_defined_here_go_to_the_workers(client: Any, saved_counties: Path, tmp_path: Path) -> None:
    least = 3

    def where(project: Project) -> dict[str, object]:
        return {"process": os.getpid(), "enough": len(project.outlets) >= least}

    report = gp.map_counties(where, saved_counties, tmp_path / "out", executor=client)
    assert report.figures["enough"].all()
    assert os.getpid() not in set(report.figures["process"])


def test_a_worker_is_killed(client: Any, saved_counties: Path, tmp_path: Path) -> None:
    undisturbed = gp.map_counties(county_runs.slow_grids, saved_counties, tmp_path / "undisturbed")
    victim = min(client.run(os.getpid).values())
    threading.Timer(0.2, os.kill, (victim, signal.SIGKILL)).start()
    report = gp.map_counties(county_runs.slow_grids, saved_counties, tmp_path / "out", executor=client)
    client.wait_for_workers(2, timeout=60)
    assert victim not in client.run(os.getpid).values()
    assert report.errors == {}
    assert report.digest == undisturbed.digest
    assert contents(tmp_path / "out") == contents(tmp_path / "undisturbed")


def test_a_county_that_kills_its_worker_is_an_error_and_the_only_one(
    client: Any, saved_counties: Path, tmp_path: Path
) -> None:
    report = gp.map_counties(county_runs.deadly_grids, saved_counties, tmp_path / "out", executor=client)
    assert report.parts_done == ("000", "002", "003")
    assert report.errors["001"].error == "KilledWorker"
    assert "ended 3 times without an answer" in report.errors["001"].message
    client.wait_for_workers(2, timeout=60)


def test_a_cluster_without_workers_ends_the_run_and_keeps_what_is_finished(
    saved_counties: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import Client, LocalCluster

    monkeypatch.setattr(_crews, "_WITHOUT_WORKERS_S", 0.5)
    monkeypatch.setattr(_crews, "_LOOKS_EVERY_S", 0.1)
    gp.map_counties(county_runs.grids, saved_counties, tmp_path / "out")
    (saved_counties / "000.gpkg").touch()  # the same bytes are the same source
    with (
        LocalCluster(n_workers=0, dashboard_address=":0", processes=False, silence_logs=50) as cluster,
        Client(cluster) as nobody,
    ):
        refused: Callable[..., object] = gp.map_counties
        with pytest.raises(gp.RunError, match="No worker is left to compute: the cluster has had none"):
            refused(county_runs.outlets, saved_counties, tmp_path / "other", executor=nobody)
        report = gp.map_counties(county_runs.grids, saved_counties, tmp_path / "out", executor=nobody)
    assert len(report.parts_skipped) == 4


def test_the_command_line_finds_a_scheduler(
    client: Any,
    saved_counties: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gridpart.cli.run_counties._CONNECT_S", 1)
    words = ["run-counties", str(saved_counties), str(tmp_path / "out"), "--do", "partition", "--json", "--scheduler"]
    with pytest.raises(SystemExit) as left:
        main([*words, client.scheduler.address])
    assert left.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["parts_done"]) == 4
    with pytest.raises(SystemExit) as left:
        main([*words, "tcp://127.0.0.1:1"])
    assert left.value.code == 2
    assert "There is no Dask scheduler at 'tcp://127.0.0.1:1'" in capsys.readouterr().err
