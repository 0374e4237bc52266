"""Rows about the library as a whole: documented outputs, imports without extras, sample data from a seed."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import gridpart as gp
from gridpart.ledger import evaluate_scheme
from gridpart.project.sample import sample_project, sample_tables

PACKAGES = ("audit", "inputs", "ledger", "partition", "profiles", "project", "staffing")


def public_functions() -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for package in PACKAGES:
        module = importlib.import_module(f"gridpart.{package}")
        functions = {name: item for name in module.__all__ if inspect.isfunction(item := getattr(module, name))}
        found += [
            (f"{package}.{name}", function)
            for name, function in functions.items()
            if "Frame" in str(function.__annotations__["return"])
        ]
    return found


@pytest.mark.parametrize(("name", "function"), public_functions(), ids=[name for name, _ in public_functions()])
def test_R120_each_function_that_returns_a_table_documents_its_columns(name: str, function: object) -> None:
    # columns are named in double backticks, or it says that the table is the one that was given
    assert re.search(r"``[^`]+``|[Tt]he table (read|given)", inspect.getdoc(function) or ""), name


def test_R120_the_outputs_named_in_the_docs_are_plain_tables() -> None:
    assert public_functions()
    rates = gp.sample_project().audit().rates()
    assert type(rates) is pd.DataFrame


def test_R129_the_library_imports_without_notebook_packages() -> None:
    code = (
        "import sys\n"
        "for name in ('jupyterlab', 'folium', 'ipywidgets', 'anywidget', 'IPython'):\n"
        "    sys.modules[name] = None\n"
        "import gridpart as gp\n"
        "assert gp.partition and gp.audit and gp.staffing and gp.ledger and gp.profiles\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_R129_sample_data_from_one_seed_are_identical() -> None:
    digests = []
    for _ in range(2):
        tables = sample_tables(3)
        parts = [table.to_csv().encode() for table in {**tables.layers(), **tables.plain_tables()}.values()]
        digests.append(hashlib.sha256(b"".join(parts)).hexdigest())
    assert digests[0] == digests[1]
    assert set(tables.units["zone_class"]) == {"urban", "rural"}
    assert len(tables.banks) >= 3
    assert len(tables.planted)


def test_R111_counts_of_events_per_cell_sum_to_the_input() -> None:
    project = sample_project()
    grid = project.grids["LZRCB"]
    events = project.equipment.sample(200, random_state=1)[["kind", "geometry"]]
    counts = gp.partition.count_points(grid, events)
    assert int(counts["total"].sum()) == len(events)


def test_R112_response_times_are_a_criterion_and_less_is_better() -> None:
    card = gp.profiles.load("default").scorecard("evaluation")
    assert card is not None
    item = next(indicator for indicator in card.indicators if indicator.code == "response_hours")
    assert not item.higher_is_better
    periods = pd.DataFrame({"period": ["2025", "2026"]} | {other.code: [other.full] * 2 for other in card.indicators})
    scores = evaluate_scheme(periods.assign(response_hours=[48.0, 24.0]))
    assert np.diff(scores["response_hours"]).tolist() == pytest.approx([100 / 3])
    assert scores["change"].iloc[1] > 0
