"""The progress notebook shows what the library computes: its cells are run here, and its figures compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import gridpart as gp
from gridpart.ledger import evaluate_targets, rates_of


@pytest.fixture(scope="module")
def shown(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Names that the cells of the notebook leave behind."""
    nbformat, matplotlib = pytest.importorskip("nbformat"), pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    notebook = nbformat.read(repository / "notebooks" / "05_progress.ipynb", as_version=4)
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch, pd.option_context("display.max_colwidth", 50):
        patch.chdir(tmp_path_factory.mktemp("notebook"))
        for cell in notebook.cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, cell["id"], "exec"), names)
    return names


def test_R131_figures_equal_evaluate_and_the_monthly_report(shown: dict[str, Any]) -> None:
    project = gp.sample_project()
    report = gp.report.monthly_report(project, "2025-12", profile="p2", start="2025-01")
    pd.testing.assert_frame_equal(shown["report"].banks, report.banks)
    pd.testing.assert_frame_equal(shown["alerts"][["cell_id", "value"]], report.alerts[["cell_id", "value"]])
    pilot = rates_of(project.ledger, project.units, period="2025-12").rates
    verdicts = evaluate_targets(pilot, profile="p2", year=1)
    columns = ["target", "value", "threshold", "verdict"]
    pd.testing.assert_frame_equal(shown["status"][columns], verdicts[columns])
    visits = project.records[project.records["kind"] == "visit"]
    by_month = pd.crosstab(visits["date"].dt.strftime("%Y-%m"), visits["bank_id"])
    assert shown["monthly"].to_numpy().tolist() == by_month[shown["monthly"].columns].to_numpy().tolist()
    assert shown["trend"]["coverage_rate"].iloc[-1] == pytest.approx(pilot["unit_coverage_rate"])


def test_R131_files_are_written(shown: dict[str, Any]) -> None:
    assert sorted(path.name for path in shown["files"]) == [
        "bulletin_2025-12.html",
        "bulletin_2025-12.xlsx",
        "monthly_2025-12.html",
        "monthly_2025-12.xlsx",
    ]
