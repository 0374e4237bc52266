"""``gridpart demo`` and ``gridpart atlas``: everything promised is there, and pages keep to themselves."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gridpart as gp

Run = Callable[..., Any]
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """One run of the demo: its folder and what it told programs."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "gridpart", "demo", "--out", str(folder), "--json"]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stderr.decode()
    return folder, json.loads(ran.stdout.decode())


def test_six_sheets_an_index_an_audit_and_a_project(demo: tuple[Path, dict[str, Any]]) -> None:
    folder, told = demo
    assert Path(told["index"]) == folder / "index.html"
    assert len(told["sheets"]) == 6
    pages = [told["index"], told["audit"], *told["sheets"]]
    assert [page for page in pages if not Path(page).is_file()] == []
    assert sorted(told["digests"]) == gp.open_project(told["project"]).bank_ids
    assert all(area > 0 for area in told["areas_m2"].values()), "a flag without any land shows nothing"


def test_atlas_of_the_saved_project(demo: tuple[Path, dict[str, Any]], run: Run, tmp_path: Path) -> None:
    outcome = run("atlas", demo[1]["project"], "--out", tmp_path, "--lang", "zh-Hans", "--json")
    assert outcome.code == 0, outcome.err
    told = json.loads(outcome.out)
    assert len(told["sheets"]) == 6
    assert "岚泽县" in Path(told["index"]).read_text(encoding="utf-8")


def test_atlas_of_a_day(demo: tuple[Path, dict[str, Any]], run: Run, tmp_path: Path) -> None:
    outcome = run("atlas", demo[1]["project"], "--out", tmp_path, "--as-of", "2031-05-06")
    assert outcome.code == 0, outcome.err
    assert "2031-05-06" in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert run("atlas", demo[1]["project"], "--out", tmp_path, "--as-of", "spring").code == 2


def test_what_is_no_project_is_refused(run: Run, area: Path, tmp_path: Path) -> None:
    outcome = run("atlas", area, "--out", tmp_path / "atlas")
    assert outcome.code == 2
    assert outcome.err.strip()
    assert "Traceback" not in outcome.err
    assert not (tmp_path / "atlas").exists()


@pytest.mark.browser
def test_every_page_works_without_network(demo: tuple[Path, dict[str, Any]], browser: Any) -> None:
    _, told = demo
    for page in (told["index"], told["audit"], *told["sheets"]):
        opened = browser.open(Path(page))
        opened.wait_for_load_state("load")
        assert opened.title()
        links = opened.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
        assert [link for link in links if not link.startswith("#") and not (Path(page).parent / link).is_file()] == []
    assert browser.outside_requests == []
    assert browser.errors == []
