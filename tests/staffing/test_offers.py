"""Bundles by grid type, types from what stands in a cell, services by cell."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gridpart import profiles, staffing
from gridpart.errors import InputError
from gridpart.partition import admin

CRS = "EPSG:4547"
UNITS = gpd.GeoDataFrame(
    {"unit_id": ["a", "b", "c", "d"], "zone_class": "urban"},
    geometry=[shapely.box(100 * n, 0, 100 * n + 100, 100) for n in range(4)],
    crs=CRS,
)


def test_R90_each_typed_cell_returns_its_bundle_and_an_unknown_type_is_an_error() -> None:
    types = ["community", "commercial", "industrial_park", "public_service", "campus", None, "mixed"]
    cells = pd.DataFrame({"cell_id": [f"c{n}" for n in range(7)], "grid_type": types})
    bundles = staffing.product_bundles(cells).set_index("cell_id")
    assert bundles["entry_products"].tolist()[:5] == ["cards", "payment_code", "loans", "e_loan", None]
    assert bundles.loc["c0", "main_products"] == "loans;deposits;mobile_bank"
    assert bundles.loc["c2", "main_products"] == "payroll;wealth;staff_loans"
    assert bundles["status"].tolist() == ["set"] * 4 + ["not_set", "untyped", "mixed"]
    with pytest.raises(InputError, match=r"1 unknown grid types: c1: harbour\. Known are: community, commercial"):
        staffing.product_bundles(cells.replace("commercial", "harbour"))


def test_R90_types_are_the_union_of_both_plans() -> None:
    for name in ("p1", "p4"):
        codes = {item.code for item in profiles.load(name).grid_types}
        assert codes == {"community", "commercial", "industrial_park", "campus", "public_service"}


def test_R91_the_majority_gives_the_type_and_a_tie_is_mixed() -> None:
    grid = admin(UNITS, by="unit_id")
    rows = [(10, "commercial"), (20, "commercial"), (30, "campus"), (110, "campus"), (120, "industrial_park")]
    places = gpd.GeoDataFrame(
        {"type": [kind for _, kind in rows]}, geometry=gpd.points_from_xy([x for x, _ in rows], [50] * 5), crs=CRS
    )
    types = staffing.zone_types(grid, places)
    assert types["grid_type"].tolist() == ["commercial", "mixed", None, None]
    assert types["flag"].tolist() == [None, "mixed", "empty", "empty"]
    assert types["share"].tolist()[:2] == [pytest.approx(2 / 3), 0.5]
    cell_ids = grid.cells["cell_id"].tolist()
    by_hand = staffing.zone_types(grid, places, manual={cell_ids[1]: "campus", cell_ids[3]: "community"})
    assert by_hand["grid_type"].tolist() == ["commercial", "campus", None, "community"]
    weighted = staffing.zone_types(grid, places.assign(people=[1, 1, 5, 1, 2]), weight="people")
    assert weighted["grid_type"].tolist()[:2] == ["campus", "industrial_park"]


def test_R91_land_use_counts_by_area() -> None:
    grid = admin(UNITS, by="unit_id")
    land = gpd.GeoDataFrame(
        {"type": ["community", "campus"]},
        geometry=[shapely.box(0, 0, 160, 100), shapely.box(160, 0, 400, 100)],
        crs=CRS,
    )
    types = staffing.zone_types(grid, land)
    assert types["grid_type"].tolist() == ["community", "community", "campus", "campus"]
    assert types["share"].tolist() == pytest.approx([1.0, 0.6, 1.0, 1.0])


def test_R91_unknown_types_and_cells_are_refused() -> None:
    grid = admin(UNITS, by="unit_id")
    places = gpd.GeoDataFrame({"type": ["harbour"]}, geometry=[shapely.Point(1, 1)], crs=CRS)
    with pytest.raises(InputError, match="1 unknown grid types: 0: harbour"):
        staffing.zone_types(grid, places)
    with pytest.raises(InputError, match="manual names 1 cells that are not there: z"):
        staffing.zone_types(grid, places.assign(type="campus"), manual={"z": "campus"})


def test_R93_services_by_cell_and_the_share_with_all() -> None:
    cells = pd.DataFrame({"cell_id": ["c1", "c2", "c3"]})
    points = pd.DataFrame(
        [
            ("c1", "loan;settlement;payroll_bills", "active"),
            ("c1", "insurance;wealth;advice", "active"),
            ("c2", "loan;settlement", "active"),
            ("c2", "wealth", "closed"),
            (None, "loan", "active"),
        ],
        columns=["cell_id", "services", "status"],
    )
    matrix = staffing.service_matrix(cells, points)
    table = matrix.table.set_index("cell_id")
    assert table[["loan", "settlement", "wealth"]].to_numpy().tolist() == [[True] * 3, [True, True, False], [False] * 3]
    assert table["missing"].tolist() == [
        "",
        "payroll_bills;insurance;wealth;advice",
        "loan;settlement;payroll_bills;insurance;wealth;advice",
    ]
    assert matrix.full_share == pytest.approx(1 / 3)
    with pytest.raises(InputError, match="1 unknown services: row 1: dancing"):
        staffing.service_matrix(cells, pd.DataFrame({"cell_id": ["c1"], "services": ["dancing"]}))


def test_R93_kinds_of_access_point_offer_what_the_profile_says() -> None:
    points = pd.DataFrame({"cell_id": ["c1", "c2"], "kind": ["branch", "service_point"]})
    matrix = staffing.service_matrix(pd.DataFrame({"cell_id": ["c1", "c2"]}), points)
    assert matrix.full_share == 0.5
    assert matrix.table["missing"].tolist() == ["", "loan;insurance;wealth;advice"]


def test_R99_channel_codes_are_a_list_of_the_profile() -> None:
    channels = [term.code for term in profiles.load("default").channels]
    assert {"appointment", "virtual_assistant"} <= set(channels)
    assert len(set(channels)) == len(channels)
