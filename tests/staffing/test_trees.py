"""Trees: depth, paths, sums that are equal at every level, faults that are named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from staffing.small_staff import CELLS, OUTLETS, staff, without

from gridpart import profiles, staffing
from gridpart.errors import InputError
from gridpart.partition import admin
from gridpart.project import Project
from gridpart.project.sample import sample_project, sample_tables


@pytest.fixture(scope="module")
def county() -> Project:
    return sample_project()


def test_R19_big_cells_are_the_communities_and_villages_of_the_layer(county: Project) -> None:
    big = admin(county.units, by="unit_id")
    assert len(big) == len(county.units) == int(county.units["kind"].isin(["community", "village"]).sum())
    assert big.cells["cell_id"].is_unique
    assert sorted(big.cells["cell_id"].str.rsplit("-", n=1).str[-1]) == sorted(county.units["unit_id"])


def test_R20_each_cell_has_one_class_and_the_class_areas_are_the_whole(county: Project) -> None:
    for grid in (admin(county.units, by="unit_id"), county.grids["LZRCB"]):
        assert set(grid.cells["zone_class"]) == {"urban", "rural"}
        areas = grid.cells.groupby("zone_class")["area_m2"].sum()
        assert areas.sum() == pytest.approx(float(county.service_area.area.sum()), rel=1e-9)


def test_R21_three_administrative_levels_with_equal_totals(county: Project) -> None:
    tree = staffing.admin_tree(county.units, district_id="429971", district="岚泽县")
    assert tree.depth == profiles.load("p2").hierarchy.admin_levels == 3
    assert tree.leaves == sorted(county.units["unit_id"])
    assert {len(tree.path(leaf)) for leaf in tree.leaves} == {3}
    for column in ("population", "households"):
        totals = tree.roll_up(county.units.set_index("unit_id")[column]).groupby("level")["total"].sum()
        assert totals.tolist() == [county.units[column].sum()] * 3
    township = county.units["township_id"].iloc[0]
    below = county.units.loc[county.units["township_id"] == township, "unit_id"]
    assert tree.subtree(township) == sorted([township, *below])


def test_R22_every_cell_has_a_two_step_path() -> None:
    paths = staffing.service_tree(CELLS, staff(), OUTLETS, profile="p2")
    assert paths[["cell_id", "tier_1", "tier_2"]].to_numpy().tolist() == [
        ["c1", "o1", "f1"],
        ["c2", "o1", "f2"],
        ["c3", "o2", "f3"],
        ["c4", "o2", "f4"],
    ]
    assert paths["part_time"].tolist() == [None, None, None, "p1"]
    assert (paths["missing"] == "").all()


def test_R22_in_the_sample_county_only_the_planted_cell_lacks_a_tier(county: Project) -> None:
    paths = pd.concat(staffing.service_tree(grid, county.staff, county.outlets) for grid in county.grids.values())
    planted = sample_tables(0).planted
    lost = planted.loc[planted["kind"] == "cell_without_officer", "object_id"].tolist()
    assert paths.loc[paths["missing"] != "", ["cell_id", "missing"]].to_numpy().tolist() == [[lost[0], "tier_2"]]
    assert len(lost) == 1


def test_R23_every_cell_has_a_three_step_path_and_a_missing_tier_is_reported() -> None:
    outlets = OUTLETS.assign(parent_outlet_id=["o1", "o1"])
    paths = staffing.service_tree(CELLS, staff(), outlets, profile="p4")
    assert paths[["tier_1", "tier_2", "tier_3"]].to_numpy().tolist()[2] == ["o1", "o2", "f3"]
    assert (paths["missing"] == "").all()

    # cells of the main branch itself have no secondary branch unless the table says that it is its own
    plain = staffing.service_tree(CELLS, without("f4"), OUTLETS, profile="p4")
    assert plain["missing"].tolist() == ["tier_2", "tier_2", "", "tier_3"]
    no_main = OUTLETS.assign(kind="branch")
    assert staffing.service_tree(CELLS, staff(), no_main, profile="p4")["missing"].tolist() == ["tier_1"] * 4
    with pytest.raises(InputError, match="profile 'p1' has service_levels None"):
        staffing.service_tree(CELLS, staff(), OUTLETS, profile="p1")


def test_R23_in_the_sample_county_only_the_planted_cell_lacks_a_tier(county: Project) -> None:
    for grid in county.grids.values():
        paths = staffing.service_tree(grid, county.staff, county.outlets, profile="p4")
        assert set(paths["missing"]) <= {"", "tier_3"}
        assert (paths["missing"] != "").sum() == (grid.bank_id == "LZRCB")


def test_R26_management_line_rolls_up_equally_at_all_levels() -> None:
    rows = [("head", None, "head_office"), ("d1", "head", "department"), ("d2", "head", "department")]
    rows += [(f"b{n}", f"d{1 + n % 2}", "branch") for n in range(6)]
    tree = staffing.org_tree(pd.DataFrame(rows, columns=["org_id", "parent_id", "kind"]).assign(contact="总机"))
    assert tree.depth == profiles.load("p1").hierarchy.organisation_levels == 3
    figures = pd.Series(np.arange(6.0), index=[f"b{n}" for n in range(6)])
    assert tree.roll_up(figures).groupby("level")["total"].sum().tolist() == [15.0] * 3
    assert tree.subtree("d1") == ["b0", "b2", "b4", "d1"]
    assert set(tree.nodes["contact"]) == {"总机"}


def test_R109_contacts_and_groups_may_stand_in_the_management_line() -> None:
    rows = [("group", None, "leading_group", "组长办公室"), ("office", "group", "office", None)]
    tree = staffing.org_tree(pd.DataFrame(rows, columns=["org_id", "parent_id", "kind", "contact"]))
    assert tree.nodes["kind"].tolist() == ["leading_group", "office"]


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([("a", None), ("a", None)], "a occurs more than once"),
        ([("a", "z")], "a has the parent z, which is not there"),
        ([(None, None)], "row 1 has no node_id"),
        ([("a", "b"), ("b", "c"), ("c", "a")], "nodes of organisation form a circle: a -> b -> c -> a"),
    ],
)
def test_faults_of_a_tree_are_named(rows: list[tuple[str | None, str | None]], match: str) -> None:
    with pytest.raises(InputError, match=match):
        staffing.org_tree(pd.DataFrame(rows, columns=["org_id", "parent_id"]))


def test_figures_of_nowhere_are_refused() -> None:
    tree = staffing.org_tree(pd.DataFrame({"org_id": ["a"], "parent_id": [None]}))
    with pytest.raises(InputError, match="1 figures belong to no node: z"):
        tree.roll_up(pd.Series({"z": 1.0}))
    with pytest.raises(InputError, match="1 figures are missing: a"):
        tree.roll_up(pd.Series({"a": np.nan}))
    with pytest.raises(InputError, match="there is no node 'z' in a tree of 1 nodes"):
        tree.path("z")


def test_a_tree_of_a_national_size_is_quick() -> None:
    units = pd.DataFrame({"unit_id": [f"u{n:06d}" for n in range(20_000)]})
    tree = staffing.admin_tree(units.assign(township_id=units["unit_id"].str[:5]), district_id="d")
    totals = tree.roll_up(pd.Series(1.0, index=units["unit_id"]))
    assert totals.groupby("level")["total"].sum().tolist() == [20_000.0] * 3
