"""``gridpart ledger`` and ``gridpart report`` on the sample county."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import gridpart as gp
from gridpart.ledger import view
from gridpart.tables.export import read_csv

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("county") / "county.gpkg"
    gp.sample_project().save(path)
    return path


@pytest.fixture(scope="module")
def faulty(county: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = gp.open_project(county)
    visit = project.records.index[project.records["kind"] == "visit"][0]
    project.records.loc[visit, "officer_id"] = "=nobody\x1b[31m"
    other = next(
        cell for cell in project.grids["LZRCB"].cells["cell_id"] if cell != project.records.loc[visit, "cell_id"]
    )
    mine = project.records.index[(project.records["bank_id"] == "LZRCB") & project.records["unit_id"].notna()]
    wrong = next(row for row in mine if project.records.loc[row, "cell_id"] != other)
    project.records.loc[wrong, "cell_id"] = other
    path = tmp_path_factory.mktemp("faulty") / "county.gpkg"
    project.save(path)
    return path


def test_sound_ledgers_leave_with_zero(run: Run, county: Path) -> None:
    outcome = run("ledger", county, "--json")
    assert outcome.code == 0, outcome.err
    content = json.loads(outcome.out)
    assert content["errors"] == []
    assert content["misplaced"] == {}
    assert content["kinds"]["visit"] > 1000


def test_errors_and_misplaced_records_leave_with_one(run: Run, faulty: Path) -> None:
    outcome = run("ledger", faulty, "--lang", "zh-Hans")
    assert outcome.code == 1
    assert "所指对象不存在" in outcome.out
    assert "LZRCB：1 条记录不在其网格内。" in outcome.out
    assert "\x1b[31m" not in outcome.out


def test_R69_a_view_is_written_as_granted(run: Run, county: Path, tmp_path: Path) -> None:
    out = tmp_path / "view.csv"
    outcome = run("ledger", county, "--role", "officer", "--person", "F001", "--out", out, "--json")
    assert outcome.code == 0, outcome.err
    project = gp.open_project(county)
    expected = view(project.book(), "officer", "F001")
    assert json.loads(outcome.out)["rows"] == len(expected)
    assert read_csv(out)["record_id"].tolist() == expected["record_id"].tolist()
    refused = run("ledger", county, "--role", "officer", "--person", "M001", "--out", tmp_path / "other.csv")
    assert refused.code == 2
    assert "is not on the staff as officer" in refused.err
    assert not (tmp_path / "other.csv").exists()
    assert run("ledger", county, "--role", "officer", "--person", "F001").code == 2


def test_reports_are_written_and_findings_leave_with_one(run: Run, county: Path, tmp_path: Path) -> None:
    words = ("--period", "2025-12", "--profile", "p2", "--start", "2025-01", "--out", tmp_path, "--json")
    outcome = run("report", county, *words)
    assert outcome.code == 1
    content = json.loads(outcome.out)
    assert content["missed"] == ["mse"]
    assert [Path(file).name for file in content["files"]] == ["monthly_2025-12.html", "monthly_2025-12.xlsx"]
    assert all(Path(file).is_file() for file in content["files"])
    outcome = run("report", county, *words[:-1], "--kind", "bulletin", "--lang", "zh-Hant")
    assert outcome.code == 1
    assert (tmp_path / "bulletin_2025-12.html").is_file()
    assert "岚泽农村商业银行" in outcome.out
    outcome = run("report", county, "--period", "2025-12", "--out", tmp_path, "--kind", "extract")
    assert outcome.code == 0, outcome.err
    assert isinstance(read_csv(tmp_path / "extract_2025-12.csv"), pd.DataFrame)


def test_bad_usage_leaves_with_two(run: Run, county: Path, tmp_path: Path) -> None:
    assert run("report", county, "--period", "soon", "--out", tmp_path).code == 2
    assert run("report", county, "--period", "2025-12", "--out", tmp_path, "--profile", "p99").code == 2
    assert run("report", tmp_path / "nothing.gpkg", "--period", "2025-12", "--out", tmp_path).code == 2
