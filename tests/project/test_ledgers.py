"""The ledgers of the sample county: whole, valid, without persons; kept by save and open; as many cells as wanted."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from project.small_county import small_project

import gridpart as gp
from gridpart.ledger import check_location, privacy_scan, record_schemas, rehome, roll_up, unit_cells_of, validate
from gridpart.project import _reading
from gridpart.project._grids import EARLIER_TABLES
from gridpart.project._manifest import LATER_TABLES, STORED_TABLES
from gridpart.project.sample.records import scaled_book


@pytest.fixture(scope="module")
def project() -> gp.Project:
    return gp.sample_project()


def test_sample_ledgers_keep_their_schemas_and_name_nobody(project: gp.Project) -> None:
    cells = project.book().cell_ids
    found = validate(
        project.records, cells=cells, officers=project.staff["staff_id"], customers=project.customers["customer_id"]
    )
    assert found.errors.empty
    assert set(project.records["kind"]) == set(record_schemas().kinds)
    assert not set(project.records.columns) & set(record_schemas().personal_fields)
    assert not set(project.customers.columns) & set(record_schemas().personal_fields)
    for bank_id, grid in project.grids.items():
        mine = project.records[project.records["bank_id"] == bank_id]
        assert check_location(mine, grid, units=project.units).empty
    again = gp.sample_project()
    pd.testing.assert_frame_equal(again.records, project.records)
    pd.testing.assert_frame_equal(again.kpis, project.kpis)


def test_R68_the_sample_has_one_ledger_per_active_cell(project: gp.Project) -> None:
    book = project.book()
    assert len(book) == sum(len(grid) for grid in project.grids.values())
    assert sum(len(book.open(cell_id).records) for cell_id in book.cell_ids) == len(project.records)
    assert roll_up(book, ["outlet_id"])["value"].sum() == project.kpis["value"].sum()
    figures = book.cell_figures
    for _, rows in figures.groupby("bank_id"):
        assert rows["visits"].sum() == project.ledger["visits"].sum()


def test_R123_samples_hold_no_forbidden_field_number_or_name(
    project: gp.Project, repository: Path, tmp_path: Path
) -> None:
    project.save(tmp_path / "county.gpkg")
    found = privacy_scan([tmp_path / "county.gpkg", repository / "data" / "sample_county.gpkg"])
    assert found.empty, found.to_string()


def test_R123_the_scan_finds_what_is_planted(tmp_path: Path) -> None:
    table = pd.DataFrame({"customer_name": ["x"], "n": ["11010119900307803X and 13800138000, not 110101199003078030"]})
    gp_file, csv, xlsx = tmp_path / "a.gpkg", tmp_path / "a.csv", tmp_path / "a.xlsx"
    gpd.GeoDataFrame(table, geometry=[shapely.Point(0, 0)], crs="EPSG:4547").to_file(gp_file, layer="t")
    table.to_csv(csv, index=False)
    table.to_excel(xlsx, index=False)
    for file in (gp_file, csv, xlsx):
        found = privacy_scan(file, words=["x and", "nowhere"]) if file != csv else privacy_scan(file, words=["and 138"])
        assert {"forbidden_field", "id_number", "mobile_number"} <= set(found["what"]), file
        assert found.loc[found["what"] == "id_number", "found"].unique().tolist() == ["11010119900307803X"]
    assert "word" in set(privacy_scan(csv, words=["and 138"])["what"])
    (tmp_path / "b.pdf").write_bytes(b"%PDF")
    with pytest.raises(gp.InputError, match="cannot be looked through"):
        privacy_scan(tmp_path / "b.pdf")


def test_ledgers_come_back_from_the_file(project: gp.Project, tmp_path: Path) -> None:
    project.save(tmp_path / "county.gpkg")
    opened = gp.open_project(tmp_path / "county.gpkg")
    for name in LATER_TABLES - set(EARLIER_TABLES):
        pd.testing.assert_frame_equal(getattr(opened, name), getattr(project, name))


def test_a_file_from_before_there_were_ledgers_opens_with_empty_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tuple(name for name in STORED_TABLES if name not in LATER_TABLES)
    monkeypatch.setattr("gridpart.project._contents.STORED_TABLES", old)
    monkeypatch.setattr(_reading, "STORED_TABLES", old)
    small_project(1).save(tmp_path / "old.gpkg")
    monkeypatch.undo()
    opened = gp.open_project(tmp_path / "old.gpkg")
    assert opened.records.empty
    assert opened.earlier == {}
    assert list(opened.kpis.columns) == ["cell_id", "indicator", "period", "value"]


def test_R72_after_an_outlet_of_the_sample_closes_every_record_has_exactly_one_cell(project: gp.Project) -> None:
    bank_id, grid = max(project.grids.items(), key=lambda item: len(item[1]))
    outlets = project.outlets[project.outlets["outlet_id"] != grid.cells["outlet_id"].iloc[0]]
    revised, _ = gp.partition.revise(grid, outlets, units=project.units)
    records, changes = rehome(project.records, grid, revised, at="2026-01-01", who="M001", units=project.units)
    mine = records["bank_id"] == bank_id
    assert records.loc[mine, "cell_id"].isin(revised.cells["cell_id"]).all()
    assert records.loc[~mine, "cell_id"].tolist() == project.records.loc[~mine, "cell_id"].tolist()
    assert len(changes) >= (project.records["cell_id"] == grid.cells["cell_id"].iloc[0]).sum() > 0
    units = unit_cells_of({bank_id: revised}, project.units)
    assert units["cell_id"].notna().all()


def test_books_scale_and_keep_their_schemas() -> None:
    book = scaled_book(600, n_months=3)
    assert len(book) == 600
    assert len(book.figures) == 600 * 3
    assert validate(book.records, cells=book.cell_ids).valid
    assert np.isclose(len(book.customers), 600 * 8)
    assert book.records.equals(scaled_book(600, n_months=3).records)


def test_R72_a_replaced_grid_takes_its_records_along_and_the_log_says_so(tmp_path: Path) -> None:
    project = gp.sample_project()
    bank_id, grid = max(project.grids.items(), key=lambda item: len(item[1]))
    closed = grid.cells["outlet_id"].iloc[0]
    revised, _ = gp.partition.revise(grid, project.outlets[project.outlets["outlet_id"] != closed], units=project.units)
    before, counts = project.records.copy(), project.records["kind"].value_counts()
    changes = project.replace_grid(bank_id, revised, at="2026-01-01", who="M001")
    assert project.grids[bank_id] is revised
    cells = project.book().cell_ids
    assert project.records["cell_id"].isin(cells).all()
    assert project.customers["cell_id"].isin(cells).all()
    moved = project.records["cell_id"] != before["cell_id"]
    assert set(before.loc[moved, "record_id"]) == set(changes["record_id"]) & set(before["record_id"])
    assert project.records["kind"].value_counts().equals(counts)
    pd.testing.assert_frame_equal(project.changes, changes)
    project.save(tmp_path / "county.gpkg")
    pd.testing.assert_frame_equal(gp.open_project(tmp_path / "county.gpkg").changes, changes)


def test_R72_saving_a_studio_session_takes_records_along(tmp_path: Path) -> None:
    studio = pytest.importorskip("gridpart.studio")
    project = gp.sample_project()
    session = studio.Session(project, "LZRCB") if hasattr(studio, "Session") else gp.Studio(project, "LZRCB").session
    grid = project.grids["LZRCB"]
    one, two = next(iter(grid.adjacency().edges))
    session.merge([one, two])
    session.save(tmp_path / "county.gpkg", why="merged")
    assert project.grids["LZRCB"].digest != grid.digest
    assert project.records["cell_id"].isin(project.book().cell_ids).all()
    assert len(project.changes) > 0


def test_views_and_alerts_take_a_project_as_its_book(project: gp.Project) -> None:
    book = project.book()
    for role, person in (("officer", "F001"), ("manager", "M001"), ("regulator", None)):
        pd.testing.assert_frame_equal(gp.ledger.view(project, role, person), gp.ledger.view(book, role, person))
    pd.testing.assert_frame_equal(
        gp.ledger.alerts(project, as_of="2025-12-31"), gp.ledger.alerts(book, as_of="2025-12-31")
    )


def test_projects_without_grids_or_ledgers_have_empty_books_and_reports() -> None:
    sample = gp.sample_project()
    bare = gp.Project("bare", sample.service_area, units=sample.units, outlets=sample.outlets, banks=sample.banks)
    assert len(bare.book()) == 0
    assert gp.report.monthly_report(bare, "2025-06").cells.empty
    bare.partition(rule="nearest")
    report = gp.report.monthly_report(bare, "2025-06", profile="p2", start="2025-01")
    assert len(report.cells) == 80
    assert report.banks["visits"].sum() == 0
    assert "0 visits" in report.to_html("en")
    assert sorted(gp.report.bulletin(bare, "2025-06").banks["bank_id"]) == bare.bank_ids
    with pytest.raises(gp.InputError, match="monthly figures need the columns period and unit_id"):
        gp.ledger.Book(report.cells, figures=pd.DataFrame({"month": [1]}))
