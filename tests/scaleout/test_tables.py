"""What a function may return for a county, and how it is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.dataset as ds
import pytest

import gridpart as gp
from gridpart.project import Project


def audit(project: Project) -> dict[str, object]:
    project.partition()
    return {"audit": project.audit(), **project.grids, "when": pd.Timestamp("2026-01-01").date()}


def test_audits_and_certificates_become_tables_and_figures(saved_counties: Path, tmp_path: Path) -> None:
    report = gp.map_counties(audit, saved_counties, tmp_path / "audit")
    assert report.errors == {}
    expected = {"banks", "cells", "faces", "figures", "findings", "grids", "rates", "totals"}
    assert set(report.tables) == expected
    areas = sum(report.totals[f"{flag}_m2"] for flag in ("blank", "single", "shared", "excessive"))
    assert areas == pytest.approx(4 * 4e6)
    assert report.read("faces")["area_m2"].sum() == pytest.approx(4 * 4e6)
    assert set(report.read("banks")["certificate"]) == set(report.read("grids")["certificate"])
    checked = gp.map_counties(lambda p: {b: g.certify() for b, g in audit_grids(p)}, saved_counties, tmp_path / "check")
    assert checked.totals["n_certificates"] == 8
    assert checked.read("certificates")["valid"].all()
    assert checked.tables["defects"] == 0


def audit_grids(project: Project) -> Any:
    project.partition()
    return project.grids.items()


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (None, "The function returned NoneType; it must return a Grid, Audit"),
        (5, "returned int; it must return"),
        ({"a": [1]}, "returned dict ('a': list)"),
        ({"a": 1, "n": {"a": 2}}, "two things called 'a'"),
        (pd.DataFrame({"county": ["elsewhere"]}), "column 'county' with other values than '000'"),
        (pd.DataFrame({"a": [object()]}), "Table 'rows' cannot be stored as Parquet"),
    ],
)
def test_what_cannot_be_kept_is_that_countys_error(
    saved_counties: Path, tmp_path: Path, result: object, said: str
) -> None:
    report = gp.map_counties(lambda _: result, [saved_counties / "000.gpkg"], tmp_path / "out")
    assert said in report.errors["000"].message


def half_empty(path: Path) -> pd.DataFrame:
    value = None if path.name == "a" else "text"
    return pd.DataFrame({"text": [value], "several": [[] if value is None else ["x"]], "count": [1 if value else 1.5]})


def test_counties_without_any_value_in_a_column_are_read_with_the_others(tmp_path: Path) -> None:
    source = {}
    for name in ("a", "b"):
        (tmp_path / name).write_text(name, encoding="utf-8")
        source[name] = tmp_path / name
    report = gp.map_counties(half_empty, source, tmp_path / "out")
    rows = report.read("rows")
    assert rows["text"].isna().to_list() == [True, False]
    assert rows["count"].to_list() == [1.5, 1.0]
    assert ds.dataset(tmp_path / "out" / "rows").to_table().num_rows == 2
