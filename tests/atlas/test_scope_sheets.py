"""Single pages: one for each that answers for a cell, with exactly its cells, and nobody's name."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import shapely
from atlas.county_by_hand import officers, small_project
from pypdf import PdfReader

import gridpart as gp
from gridpart.atlas import scope_sheets
from gridpart.errors import InputError

if TYPE_CHECKING:
    from atlas.conftest import Made


def test_R44_one_sheet_for_each_active_institution_manager_and_officer(made: Made, tmp_path: Path) -> None:
    project = made.project
    sheets = scope_sheets(project, tmp_path / "scope.pdf", scope={"bank_id": "LZRCB"}, lang="en")
    table = sheets.table
    cells = project.grids["LZRCB"].cells
    staff = project.staff[(project.staff["bank_id"] == "LZRCB") & project.staff["cell_id"].isin(cells["cell_id"])]
    officer_ids = staff.loc[staff["role"] == "officer", "staff_id"]
    assert sorted(table.loc[table["kind"] == "officer", "id"]) == sorted(officer_ids)
    assert sorted(table.loc[table["kind"] == "institution", "id"]) == sorted(cells["outlet_id"])
    assert len(PdfReader(tmp_path / "scope.pdf").pages) == len(table)
    shape_of = cells.set_index("outlet_id").geometry
    for row in table[table["kind"] == "institution"].itertuples():
        assert shapely.equals(row.geometry, shape_of[row.id])
    cell_of = dict(zip(staff["staff_id"], staff["cell_id"], strict=True))
    by_cell = cells.set_index("cell_id").geometry
    for row in table[table["kind"] == "officer"].itertuples():
        assert shapely.equals(row.geometry, by_cell[cell_of[row.id]])
    managers = table[table["kind"] == "manager"]
    assert managers.geometry.area.sum() == pytest.approx(
        by_cell[sorted(set(cell_of.values()))].area.sum(), rel=1e-9
    )  # every cell with an officer has one manager


def test_R45_one_extract_for_each_workstation(tmp_path: Path) -> None:
    project = small_project()
    project.grids["A"] = gp.partition.nest(project.grids["A"], rule="wellfield")
    stations = set(project.grids["A"].cells["parent_id"].fillna(project.grids["A"].cells["cell_id"]))
    sheets = scope_sheets(project, tmp_path / "stations", kinds=["workstation"], scope={"bank_id": "A"}, lang="en")
    assert set(sheets.table["id"]) == stations
    assert len(sheets.files) == len(list((tmp_path / "stations").iterdir())) == len(stations)
    for file in sheets.files:
        assert len(PdfReader(file).pages) == 1
    assert sheets.table.geometry.area.sum() == pytest.approx(project.service_area.area.sum(), rel=1e-12)


def test_one_person_by_number_without_a_name(tmp_path: Path) -> None:
    project = small_project(staff=officers(("F1", "A", "A1", "M1"), ("F2", "A", "A2", "M1")))
    project.staff["name"], project.staff["phone"] = "CANARY", "CANARY"
    sheets = scope_sheets(project, tmp_path / "one.pdf", ids=["F2"], lang="en")
    content = (tmp_path / "one.pdf").read_bytes()
    text = PdfReader(io.BytesIO(content)).pages[0].extract_text()
    assert sheets.table[["kind", "id", "n_cells", "page"]].to_numpy().tolist() == [["officer", "F2", 1, 1]]
    assert "F2" in text
    assert "CANARY" not in text
    scope_sheets(project, tmp_path / "one.pdf", ids=["F2"], lang="en")
    assert (tmp_path / "one.pdf").read_bytes() == content


def test_unknown_ids_and_kinds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nobody called 'F9' answers"):
        scope_sheets(small_project(), tmp_path / "new.pdf", ids=["F9"])
    with pytest.raises(InputError, match="unknown kind 'village'"):
        scope_sheets(small_project(), tmp_path / "new.pdf", kinds=["village"])  # type: ignore[list-item]
    assert not (tmp_path / "new.pdf").exists()
