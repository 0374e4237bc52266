"""From the banks' files to an audit in one call."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from square_counties import square_county

import gridpart as gp

CRS = "EPSG:4547"
ORIGIN = np.array([500_000.0, 3_400_000.0])


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    """Files of a county and of two banks, one of them in degrees."""
    area, units = square_county(1, columns=4, rows=2)
    for table in (area, units):
        table["geometry"] = shapely.transform(table.geometry.array, lambda xy: xy + ORIGIN)
    area, units = (table.set_crs(CRS, allow_override=True) for table in (area.assign(area_id="c"), units))
    area.to_file(tmp_path / "county.gpkg")
    units.to_file(tmp_path / "units.gpkg")
    cells = units.rename(columns={"unit_id": "cell_id"})[["cell_id", "geometry"]]
    cells.iloc[:4].assign(bank_id="A").to_file(tmp_path / "first.gpkg")
    cells.iloc[2:6].to_crs(4490).to_file(tmp_path / "Bank B.gpkg")
    return tmp_path


def test_files_give_the_audit_of_their_tables(sent: Path) -> None:
    files = [sent / "first.gpkg", sent / "Bank B.gpkg"]
    online = pd.DataFrame({"unit_id": ["U007"], "bank_id": ["A"]})
    audit = gp.audit_files(
        files, sent / "county.gpkg", units=sent / "units.gpkg", online=online, data_dates={"cells": "2026-06-30"}
    )
    assert audit.channels().set_index("unit_id").loc["U007", "flag"] == "physical_blank"
    assert audit.banks == ("A", "Bank B")
    assert sorted(audit.findings.query("kind == 'blank'")["unit_id"]) == ["U006", "U007"]
    assert audit.faces.groupby("bank_count")["area_m2"].sum().to_dict() == pytest.approx({0: 2e6, 1: 4e6, 2: 2e6})
    assert audit.reports["units"].rows_read == 8
    assert set(audit.reports) == {"service_area", "units", "cells first.gpkg", "cells Bank B.gpkg"}
    text = audit.document("en").to_html()
    assert "2026-06-30" in text
    assert "units.gpkg: 8 rows, 8 kept, 0 repaired, 0 rejected" in text


def test_a_mapping_names_the_banks_and_a_bank_comes_once(sent: Path) -> None:
    audit = gp.audit_files({"甲": sent / "first.gpkg", "乙": sent / "Bank B.gpkg"}, sent / "county.gpkg")
    assert audit.banks == ("乙", "甲")
    with pytest.raises(gp.InputError, match="Bank 'A' comes in more than one file"):
        gp.audit_files([sent / "first.gpkg", sent / "first.gpkg"], sent / "county.gpkg")


def test_an_area_in_degrees_is_brought_into_metres(sent: Path) -> None:
    gpd.read_file(sent / "county.gpkg").to_crs(4490).to_file(sent / "degrees.gpkg")
    audit = gp.audit_files(sent / "first.gpkg", sent / "degrees.gpkg")
    assert audit.faces.crs.is_projected
    assert audit.faces["area_m2"].sum() == pytest.approx(8e6, rel=1e-3)


def test_cells_of_no_bank_among_others_are_refused(sent: Path) -> None:
    cells = gpd.read_file(sent / "first.gpkg").assign(bank_id=["A", None, "B", "B"])
    cells.to_file(sent / "mixed.gpkg")
    with pytest.raises(gp.InputError, match="1 rows of the cells of mixed have no bank_id: rows 1"):
        gp.audit_files(sent / "mixed.gpkg", sent / "county.gpkg")


def test_files_of_one_name_have_a_report_each(sent: Path) -> None:
    paths = {}
    for bank, name in (("A", "first.gpkg"), ("B", "Bank B.gpkg")):
        (sent / bank).mkdir()
        paths[bank] = sent / bank / "cells.gpkg"
        gpd.read_file(sent / name).drop(columns="bank_id", errors="ignore").to_file(paths[bank])
    reports = gp.audit_files(paths, sent / "county.gpkg").reports
    assert set(reports) == {"service_area", "cells cells.gpkg", "cells cells.gpkg (B)"}
