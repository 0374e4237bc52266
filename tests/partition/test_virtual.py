"""Virtual cells: members without land, one primary cell for each customer, nothing of it in areas."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import gridpart as gp

CRS = "EPSG:4547"
AREA = gpd.GeoSeries([shapely.box(0, 0, 100, 100)], crs=CRS)


def grid_of(bank: str, x: list[float]) -> gp.Grid:
    outlets = gpd.GeoDataFrame(
        {"outlet_id": [f"{bank}{n}" for n in range(len(x))], "bank_id": bank},
        geometry=gpd.points_from_xy(x, [50] * len(x)),
        crs=CRS,
    )
    return gp.partition.nearest(AREA, outlets)


@pytest.fixture
def customers() -> gpd.GeoDataFrame:
    generator = np.random.default_rng(7)
    n = 400
    places = np.array([shapely.Point(*xy) for xy in generator.uniform(-5, 105, (n, 2))], dtype=object)
    places[::29] = None
    groups = [["茶叶协会"], ["茶叶协会", "水产市场"], None, "  ", "水产市场", []]
    return gpd.GeoDataFrame(
        {
            "customer_id": [f"C{n:03d}" for n in range(n)],
            "association": [groups[k] for k in generator.integers(0, len(groups), n)],
            "employer": generator.choice(["厂甲", "厂乙", None], n),
        },
        geometry=places,
        crs=CRS,
        index=range(1000, 1000 + n),
    )


def test_R15_at_most_one_physical_cell_per_bank_and_exactly_one_primary(customers: gpd.GeoDataFrame) -> None:
    grids = {"B": grid_of("B", [10, 40, 90]), "A": grid_of("A", [30, 70])}
    virtual = [gp.partition.virtual_cells(customers, by=by, bank_id="A") for by in ("association", "employer")]
    table = gp.partition.memberships(customers, grids, virtual=virtual)
    physical = table[table["kind"] == "physical"]
    assert not physical.duplicated(["customer_id", "bank_id"]).any()
    for bank_id, grid in grids.items():
        expected = grid.locate(customers).dropna()
        found = physical[physical["bank_id"] == bank_id]
        assert found["cell_id"].tolist() == expected.tolist()
    primaries = table.groupby("customer_id")["is_primary"].sum()
    homeless = set(table.loc[table["cell_id"].isna(), "customer_id"])
    assert primaries.to_dict() == {name: int(name not in homeless) for name in customers["customer_id"]}
    assert homeless
    assert set(table.loc[table["cell_id"].isna(), "reason"]) == {"no place is known", "the place lies in no cell"}
    assert table.loc[table["is_primary"] & (table["kind"] == "physical"), "bank_id"].eq("A").all()
    # every customer once, however many groups they belong to
    assert table["is_primary"].sum() + len(homeless) == len(customers)


def test_R95_a_member_of_two_groups_counts_once(customers: gpd.GeoDataFrame) -> None:
    virtual = gp.partition.virtual_cells(customers, by="association", bank_id="A")
    assert virtual.cells["name"].tolist() == ["水产市场", "茶叶协会"]
    assert virtual.cells["kind"].eq("virtual").all()
    assert virtual.cells["n_members"].sum() == len(virtual.members) > virtual.members["customer_id"].nunique()
    table = gp.partition.memberships(customers, grid_of("A", [50]), virtual=[virtual])
    counted = table[table["is_primary"]].drop_duplicates("customer_id")
    assert len(counted) == table["is_primary"].sum()
    few = gp.partition.virtual_cells(customers, by="association", bank_id="A", min_members=len(customers))
    assert len(few) == 0
    assert "0 cells without land" in repr(few)


def test_the_primary_cell_may_be_chosen_but_only_among_their_own(customers: gpd.GeoDataFrame) -> None:
    grid = grid_of("A", [30, 70])
    virtual = gp.partition.virtual_cells(customers, by="employer", bank_id="A")
    name, cell = virtual.members.iloc[0]
    table = gp.partition.memberships(customers, grid, virtual=[virtual], primary={name: cell})
    assert table[(table["customer_id"] == name) & table["is_primary"]]["cell_id"].tolist() == [cell]
    stranger = customers.loc[customers["employer"].isna(), "customer_id"].iloc[0]
    with pytest.raises(gp.InputError, match=f"does not belong to: {stranger}: {cell}"):
        gp.partition.memberships(customers, grid, virtual=[virtual], primary={stranger: cell})


def test_customers_of_one_bank_are_in_cells_of_that_bank(customers: gpd.GeoDataFrame) -> None:
    own = customers.assign(bank_id=np.where(np.arange(len(customers)) % 2 == 0, "A", "B"))
    grids = {"A": grid_of("A", [30, 70]), "B": grid_of("B", [50])}
    virtual = gp.partition.virtual_cells(own, by="employer", bank_id="A")
    table = gp.partition.memberships(own, grids, virtual=[virtual]).dropna(subset=["cell_id"])
    bank = table["customer_id"].map(own.set_index("customer_id")["bank_id"])
    assert (bank == table["bank_id"]).all()


def test_virtual_cells_never_count_as_land(customers: gpd.GeoDataFrame) -> None:
    grid = grid_of("A", [30, 70])
    virtual = gp.partition.virtual_cells(customers, by="association", bank_id="A")
    both = gpd.GeoDataFrame(pd.concat([grid.cells, virtual.cells], ignore_index=True), crs=CRS)
    certificate = gp.certify(both, AREA)
    assert certificate.valid
    assert certificate.n_cells == len(grid)
    assert certificate.digest == grid.digest
    again = gp.Grid.from_cells(both, AREA, bank_id="A")
    assert again.cells["area_m2"].sum() == pytest.approx(10_000)
    assert again.score()["staff_need"] == 2
    audit = gp.audit_grids({"A": both}, AREA)
    assert audit.faces["area_m2"].sum() == pytest.approx(10_000)
    assert set(audit.faces["bank_count"]) == {1}


def test_members_need_no_place_and_columns_are_asked_for() -> None:
    table = pd.DataFrame({"customer_id": ["1", "2"], "industry": ["茶", "茶"]})
    virtual = gp.partition.virtual_cells(table, by="industry", bank_id="A")
    assert virtual.cells["cell_id"].tolist() == ["A-industry-茶"]
    assert virtual.cells.geometry.isna().all()
    with pytest.raises(gp.InputError, match="needs the column guild"):
        gp.partition.virtual_cells(table, by="guild", bank_id="A")
    with pytest.raises(gp.InputError, match="occur more than once: 1"):
        gp.partition.virtual_cells(table.assign(customer_id="1"), by="industry", bank_id="A")
