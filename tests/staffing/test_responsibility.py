"""Every cell leads to an outlet, a head and a customer manager; a lost head breaks exactly its outlet's cells."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from staffing.small_staff import CELLS, OUTLETS, added, changed, staff, without

from gridpart import profiles, staffing
from gridpart.errors import InputError
from gridpart.project import Project
from gridpart.project.sample import sample_project, sample_tables


@pytest.fixture(scope="module")
def county() -> Project:
    return sample_project()


def test_R56_no_chain_is_broken_and_each_leads_to_the_end() -> None:
    assert staffing.broken_chains(CELLS, staff(), outlets=OUTLETS).empty
    assert staffing.chain("c3", cells=CELLS, staff=staff()) == {
        "cell_id": "c3",
        "outlet_id": "o2",
        "head_id": "m2",
        "customer_manager_id": "f3",
        "missing": "",
    }
    with pytest.raises(InputError, match="there is no cell 'c9' among 4 cells"):
        staffing.chain("c9", cells=CELLS, staff=staff())


def test_R56_deleting_a_head_breaks_exactly_the_cells_of_its_outlet() -> None:
    broken = staffing.broken_chains(CELLS, without("m2"))
    assert broken[["cell_id", "missing"]].to_numpy().tolist() == [["c3", "head_id"], ["c4", "head_id"]]


@pytest.mark.parametrize("bank_id", ["LZRCB", "CLVB"])
def test_R56_in_the_sample_county_only_what_was_planted_breaks(county: Project, bank_id: str) -> None:
    grid, people, planted = county.grids[bank_id], county.staff, sample_tables(0).planted
    broken = staffing.broken_chains(grid, people, outlets=county.outlets)
    lost = set(planted.loc[planted["kind"] == "cell_without_officer", "object_id"])
    assert set(broken["cell_id"]) == lost & set(grid.cells["cell_id"])
    whole = staffing.chains(grid, people)
    head = whole["head_id"].iloc[0]
    without_head = staffing.chains(grid, people[people["staff_id"] != head])
    headless = without_head["missing"].str.contains("head_id")
    assert set(without_head.loc[headless, "cell_id"]) == set(whole.loc[whole["head_id"] == head, "cell_id"])


def test_R56_other_steps_break_by_name() -> None:
    assert staffing.broken_chains(CELLS, without("f1"))["missing"].tolist() == ["customer_manager_id"]
    lost = staffing.broken_chains(CELLS, staff(), outlets=OUTLETS.head(1))
    assert lost["missing"].tolist() == ["outlet_id;head_id"] * 2
    assert staffing.broken_chains(CELLS.assign(outlet_id=None), staff())["missing"].str.startswith("outlet_id").all()


def test_R51_each_cell_has_exactly_one_manager() -> None:
    found = staffing.managers_of(CELLS, staff())
    assert found["manager_id"].tolist() == ["m1", "m1", "m2", "m2"]
    assert staffing.check_managers(CELLS, staff()).passed
    assert staffing.check_managers(CELLS, without("m2")).findings["cell_id"].tolist() == ["c3", "c4"]
    two = staffing.check_managers(CELLS, added(staff_id="m9", role="manager", cell_id=None)).findings
    assert two[["cell_id", "manager_id", "number"]].to_numpy().tolist() == [["c1", "m1;m9", 2], ["c2", "m1;m9", 2]]


def test_R51_in_the_sample_county_each_cell_of_each_bank_has_one(county: Project) -> None:
    for grid in county.grids.values():
        assert staffing.check_managers(grid, county.staff, profile="p2").passed


def test_R51_managers_at_the_front_line_stand_in_their_cells() -> None:
    assert profiles.load("p7").staffing.manager_mode == "frontline"
    check = staffing.check_managers(CELLS, staff(), profile="p7")
    assert check.findings["cell_id"].tolist() == ["c1", "c2", "c3", "c4"]
    both = changed("m1", cell_id="c1")
    assert staffing.managers_of(CELLS, both, profile="p7")["manager_id"].tolist() == ["m1", None, None, None]


def test_R8_a_place_leads_to_cell_outlet_and_officer(county: Project) -> None:
    grid = county.grids["LZRCB"]
    inside = grid.cells.geometry.representative_point()
    outside = gpd.GeoSeries([shapely.Point(0, 0)], index=["far"], crs=grid.crs)
    found = staffing.who_answers(gpd.GeoSeries([*inside, *outside], crs=grid.crs), grid, county.staff)
    assert found["cell_id"].tolist() == [*grid.cells["cell_id"], None]
    full_time = county.staff[county.staff["employment_type"] == "full_time"]
    officers = full_time.groupby("cell_id")["staff_id"].agg(";".join)
    assert found["customer_manager_id"].tolist() == [officers.get(cell_id) for cell_id in found["cell_id"]]
    assert found.iloc[-1].isna().all()
