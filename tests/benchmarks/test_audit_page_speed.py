"""
Showing, saving and comparing an audit of twelve banks, against the time that the audit itself takes.

The quick form, on a small county among other tests, fails for what is far off.

    OMP_NUM_THREADS=1 GRIDPART_FULL=1 pytest tests/benchmarks/test_audit_page_speed.py -m benchmark -s
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from atlas.hundred_townships import hundred_townships
from stopwatch import processor_seconds

pytestmark = pytest.mark.benchmark

MOST_OF_THE_AUDIT = {"findings": 1.0, "page": 4.0, "compare": 5.0, "save": 9.0}
"""How many times as long as `Project.audit` each may take."""
SLACK = 1.0 if os.environ.get("GRIDPART_FULL") == "1" else 4.0

SIZES = [1_000, pytest.param(20_000, marks=pytest.mark.full)]


@pytest.mark.parametrize("villages", SIZES)
def test_what_shows_an_audit_takes_a_few_times_the_audit(villages: int, tmp_path: Path) -> None:
    project = hundred_townships(villages=villages, n_banks=12)
    audit = project.audit()
    alone = processor_seconds(project.audit)
    other = replace(audit)
    times = {
        "findings": processor_seconds(lambda: audit.findings),
        "page": processor_seconds(replace(audit)._repr_html_),
        "compare": processor_seconds(lambda: replace(audit).compare(other)),
        "save": processor_seconds(lambda: replace(audit).save(tmp_path)),
    }
    shown = ", ".join(f"{name} {time_s:.2f} s ({time_s / alone:.1f})" for name, time_s in times.items())
    print(f"\n  12 banks, {villages:,} villages, {len(audit.findings):,} findings: audit {alone:.2f} s, {shown}")
    most = {name: SLACK * ratio * alone for name, ratio in MOST_OF_THE_AUDIT.items()}
    assert {name: time_s / alone for name, time_s in times.items() if time_s > most[name]} == {}
