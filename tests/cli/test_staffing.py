"""``gridpart staffing``: who is missing, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gridpart as gp

Run = Callable[..., Any]


def test_missing_people_leave_with_one_and_are_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "county.gpkg"
    gp.sample_project().save(path)
    outcome = run("staffing", path, "--profile", "p4", "--json")
    assert outcome.code == 1, outcome.err
    found = json.loads(outcome.out)
    assert sorted(found) == sorted(gp.sample_project().grids)
    people = found["LZRCB"]["People per cell as profile p4 asks"]
    assert {row["cell_id"] for row in people} == {"LZRCB-040028", "LZRCB-040013"}
    shown = run("staffing", path, "--bank", "JYB", "--lang", "zh-Hans")
    assert "每格责任到网点、到负责人、到客户经理" in shown.out
    unknown = run("staffing", path, "--bank", "X")
    assert unknown.code == 2
    assert "bank 'X' has no grid" in unknown.err
