"""
Opening a project of twelve banks, without and with ten earlier plans.

    OMP_NUM_THREADS=1 GRIDPART_FULL=1 pytest tests/benchmarks/test_opening_speed.py -m benchmark -s
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest
from atlas.hundred_townships import hundred_townships
from stopwatch import processor_seconds

import gridpart as gp

pytestmark = pytest.mark.benchmark

MOST = 1.5 if os.environ.get("GRIDPART_FULL") == "1" else 2.5
"""How many times as long opening may take with ten earlier plans; proving each at once took 1.8 times as long."""


@pytest.mark.parametrize("villages", [1_000, pytest.param(20_000, marks=pytest.mark.full)])
def test_earlier_plans_hardly_slow_down_opening(villages: int, tmp_path: Path) -> None:
    project = hundred_townships(villages=villages, n_banks=12)
    plain, dated = tmp_path / "plain.gpkg", tmp_path / "dated.gpkg"
    project.save(plain)
    for year, (bank, grid) in enumerate(sorted(project.grids.items())[:10], 2010):
        project.earlier[bank] = (grid.with_(status="adopted", as_of=f"{year}-01-01"),)
    project.save(dated)
    alone, with_plans = (processor_seconds(partial(gp.open_project, path)) for path in (plain, dated))
    print(f"\n  12 banks, {villages:,} villages: opened in {alone:.2f} s, with ten earlier plans in {with_plans:.2f} s")
    assert with_plans <= MOST * alone
