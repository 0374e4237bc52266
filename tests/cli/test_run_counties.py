"""``gridpart run-counties``: exit codes, JSON, languages, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from county_runs import save_counties

Run = Callable[..., Any]


@pytest.fixture
def counties(tmp_path: Path) -> Path:
    return save_counties(tmp_path / "counties" / "hubei", 2).parent


def test_partition_then_check_then_audit(run: Run, counties: Path, tmp_path: Path) -> None:
    words = ("run-counties", counties, tmp_path / "out", "--do", "partition", "--rule", "nearest", "--json")
    done = run(*words)
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["parts_done"] == ["hubei/000", "hubei/001"]
    assert told["totals"]["n_cells"] == 6
    again = json.loads(run(*words).out)
    assert (again["parts_done"], again["digest"]) == ([], told["digest"])
    assert json.loads(run(*words, "--fresh").out)["parts_done"] == told["parts_done"]
    audit = run("run-counties", counties, tmp_path / "audit", "--do", "audit", "--rule", "nearest", "--profile", "p2")
    assert audit.code == 0, audit.err
    assert "Excessive" in audit.out


def test_a_failed_county_leaves_with_one_in_every_language(run: Run, counties: Path, tmp_path: Path) -> None:
    (counties / "[red]<b>.gpkg").write_bytes(b"no project")
    for lang, words in (("en", "Counties that failed"), ("zh-Hans", "失败的县"), ("zh-Hant", "失敗的縣")):
        outcome = run("run-counties", counties, tmp_path / "out", "--do", "check", "--lang", lang)
        assert outcome.code == 1, outcome.err
        assert words in outcome.out
        assert "[red]<b>" in outcome.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--do", "check", "--rule", "nearest"), "--do check does not take --rule"),
        (("--do", "audit", "--demand", "area"), "does not take --demand or --tolerance without --rule"),
        (("--do", "partition", "--profile", "p2"), "--do partition does not take --profile"),
        (("--do", "check", "--workers", "2", "--scheduler", "tcp://x"), "Give either --workers or --scheduler"),
        (("--do", "draw"), "draw"),
        ((), "--do"),
    ],
)
def test_what_cannot_be_used_leaves_with_two(run: Run, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    outcome = run("run-counties", tmp_path, tmp_path / "out", *words)
    assert outcome.code == 2
    assert said in outcome.err
    assert not (tmp_path / "out").exists()


def test_a_folder_without_counties_leaves_with_two(run: Run, tmp_path: Path) -> None:
    outcome = run("run-counties", tmp_path, tmp_path / "out", "--do", "check")
    assert outcome.code == 2
    assert "There is no county in " in outcome.err
