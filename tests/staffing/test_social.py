"""Officers of the bank beside those of the social grid."""

from __future__ import annotations

import pandas as pd
from staffing.small_staff import CELLS, staff

from gridpart import staffing
from gridpart.project.sample import sample_project, sample_tables


def test_R117_cells_without_a_counterpart_are_listed() -> None:
    table = staff().assign(social_officer_id=[None, None, "s1", None, "s3", "s9", "s4"])
    pairs = staffing.social_crosswalk(CELLS, table)
    assert staffing.without_counterpart(pairs) == ["c2"]
    assert pairs[["cell_id", "staff_id", "social_officer_id", "status"]].to_numpy().tolist() == [
        ["c1", "f1", "s1", "matched"],
        ["c2", None, None, "missing"],
        ["c3", "f3", "s3", "matched"],
        ["c4", "f4", "s9", "matched"],
        ["c4", "p1", "s4", "matched"],
    ]


def test_R117_who_no_longer_serves_is_no_counterpart() -> None:
    table = staff().assign(social_officer_id=[None, None, "s1", "s2", "s3", "s9", None])
    serving = pd.DataFrame({"social_officer_id": ["s1", "s2", "s3"]})
    pairs = staffing.social_crosswalk(CELLS, table, social_officers=serving)
    assert staffing.without_counterpart(pairs) == ["c4"]
    assert pairs.loc[pairs["status"] == "unknown", "social_officer_id"].tolist() == ["s9"]
    everybody = staffing.social_crosswalk(CELLS, staff())
    assert staffing.without_counterpart(everybody) == ["c1", "c2", "c3", "c4"]


def test_R117_in_the_sample_county_the_planted_cell_and_the_empty_one_are_listed() -> None:
    project, planted = sample_project(), sample_tables(0).planted
    lost = planted.loc[planted["kind"].isin(["cell_without_counterpart", "cell_without_officer"]), "object_id"]
    found = [
        cell_id
        for grid in project.grids.values()
        for cell_id in staffing.without_counterpart(
            staffing.social_crosswalk(grid, project.staff, social_officers=project.social_officers)
        )
    ]
    assert sorted(found) == sorted(lost)
