"""Service points per village, kinds by cell, anchors, sites, history."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridpart import profiles, staffing
from gridpart.audit import rank_sites
from gridpart.errors import CRSError, InputError
from gridpart.partition import admin
from gridpart.partition.anchoring import ANCHOR_KINDS
from gridpart.project.sample import sample_project, sample_tables
from gridpart.tables import contract

CRS = "EPSG:4547"
VILLAGES = gpd.GeoDataFrame(
    {"unit_id": ["v3", "v1", "v2"], "kind": ["village", "village", "community"], "zone_class": "rural"},
    geometry=[shapely.box(200, 0, 300, 100), shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)],
    crs=CRS,
)


def points(*rows: tuple[str, str, float]) -> gpd.GeoDataFrame:
    """Pieces given as kind, status and easting."""
    columns = {
        "equipment_id": [f"e{number}" for number in range(len(rows))],
        "bank_id": "B",
        "kind": [kind for kind, _, _ in rows],
        "status": [status for _, status, _ in rows],
    }
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy([x for *_, x in rows], [50] * len(rows)), crs=CRS)


def test_R61_closed_points_do_not_count_and_a_point_on_a_border_counts_once() -> None:
    at = points(("service_point", "closed", 50), ("service_point", "active", 250), ("pos", "active", 50))
    check = staffing.check_minimum(VILLAGES, at)
    assert check.findings.to_numpy().tolist() == [["v1", 0, 1]]  # v2 is no village
    assert "1 or more active service points in each village" in repr(check)

    border = points(("service_point", "active", 100), ("service_point", "active", 250))
    every = staffing.check_minimum(VILLAGES, border, unit_kind=None)
    assert every.findings["unit_id"].tolist() == ["v2"]  # the point between v1 and v2 is v1's
    assert staffing.check_minimum(VILLAGES, border, least=2).findings["missing"].tolist() == [1, 1]


def test_R61_every_planted_deficit_of_the_sample_county_is_found_and_no_other() -> None:
    tables = sample_tables(0)
    kinds = ["village_without_service_point", "only_closed_service_points"]
    planted = tables.planted.loc[tables.planted["kind"].isin(kinds), "object_id"]
    found = staffing.check_minimum(tables.units, tables.equipment).findings
    assert found["unit_id"].tolist() == sorted(planted)
    points = tables.equipment[tables.equipment["kind"] == "service_point"]
    where = staffing.units_of_points(points[points["status"] == "active"], tables.units)
    assert not set(where) & set(planted)


def test_R62_unknown_kinds_are_rejected_and_counts_sum_to_the_register() -> None:
    project = sample_project()
    grid = project.grids["LZRCB"]
    counts = staffing.equipment_by_cell(project.equipment, grid)
    active = project.equipment[project.equipment["status"] != "closed"]
    kinds = active["kind"].value_counts().to_dict()
    assert counts.drop(columns="cell_id").sum().to_dict() == kinds
    assert counts["cell_id"].tolist() == [*grid.cells["cell_id"], None]
    assert set(kinds) == set(staffing.equipment_kinds()) == set(contract("equipment").rule("kind").choices)  # type: ignore[union-attr]
    with pytest.raises(InputError, match="1 unknown kinds of equipment: e1: abacus"):
        staffing.equipment_by_cell(points(("pos", "active", 1), ("abacus", "active", 1)), grid)


def test_R62_a_piece_on_a_border_counts_once_and_one_outside_is_not_lost() -> None:
    grid = admin(VILLAGES, by="unit_id")
    counts = staffing.equipment_by_cell(points(("pos", "active", 100), ("pos", "active", 999)), grid)
    assert counts["pos"].sum() == 2
    assert counts.loc[counts["cell_id"].isna(), "pos"].tolist() == [1]


def test_R63_what_cells_may_be_anchored_on_comes_from_the_profile() -> None:
    allowed = profiles.load("p2").partition.anchors.allowed
    assert allowed == {"urban": ("outlet",), "rural": ("outlet", "service_point")}
    assert allowed == dict(ANCHOR_KINDS)


@pytest.mark.parametrize("seed", range(20))
def test_R64_the_top_site_reaches_most_people_without_a_point(seed: int) -> None:
    rng = np.random.default_rng(seed)
    homes, sites, old = (rng.uniform(0, 10_000, (n, 2)) for n in (40, 12, 3))
    villages = gpd.GeoDataFrame(
        {"unit_id": [f"v{n:02d}" for n in range(40)], "population": rng.integers(1, 500, 40)},
        geometry=shapely.points(homes),
        crs=CRS,
    )
    candidates = gpd.GeoDataFrame(
        {"candidate_id": [f"s{n:02d}" for n in range(12)]}, geometry=shapely.points(sites), crs=CRS
    )
    existing = gpd.GeoDataFrame(geometry=shapely.points(old), crs=CRS)
    ranked = rank_sites(villages, candidates, radius_m=2_500, existing=existing)
    uncovered = np.hypot(*(homes[:, None] - old[None]).transpose(2, 0, 1)).min(axis=1) > 2_500
    near = np.hypot(*(homes[:, None] - sites[None]).transpose(2, 0, 1)) <= 2_500
    people = villages["population"].to_numpy() * uncovered
    assert ranked["added"].iloc[0] == (near * people[:, None]).sum(axis=0).max()
    # each next one adds most to those before it
    chosen: list[int] = []
    for candidate, added in itertools.islice(zip(ranked["candidate_id"], ranked["added"], strict=True), 5):
        left = people * ~near[:, chosen].any(axis=1)
        assert added == (near * left[:, None]).sum(axis=0).max()
        chosen.append(int(candidate[1:]))


def test_R64_status_and_grade_of_service_points_over_time() -> None:
    events = pd.DataFrame(
        [
            ("e1", "2026-01-01", "active", "basic"),
            ("e1", "2026-05-01", "upgraded", "standard"),
            ("e1", "2026-09-01", "closed", None),
            ("e2", "2026-03-01", "planned", None),
            ("e2", "2026-06-01", "moved", "basic"),
        ],
        columns=["equipment_id", "date", "status", "grade"],
    )
    june = staffing.equipment_at(events.sample(frac=1, random_state=0), as_of="2026-06-01")
    assert june.to_numpy().tolist() == [
        ["e1", "active", "standard", "2026-05-01"],
        ["e2", "active", "basic", "2026-06-01"],
    ]
    assert staffing.equipment_at(events, as_of="2026-02-01")["equipment_id"].tolist() == ["e1"]
    assert staffing.equipment_at(events, as_of="2026-12-31")["status"].tolist() == ["closed", "active"]
    with pytest.raises(InputError, match="unknown status codes: e1: burnt"):
        staffing.equipment_at(events.replace("closed", "burnt"), as_of="2026-12-31")
    with pytest.raises(InputError, match="1 events have no date: e2"):
        staffing.equipment_at(events.assign(date=[*events["date"][:4], None]), as_of="2026-12-31")


def test_layers_must_share_their_crs() -> None:
    with pytest.raises(CRSError, match="they must be the same"):
        staffing.check_minimum(VILLAGES, points(("pos", "active", 1)).to_crs(4546))
