"""Reconcile: overlapping and gapped drafts become one exact grid, and every change is logged."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import gridpart as gp

CRS = "EPSG:4547"
AREA = gpd.GeoSeries([shapely.box(0, 0, 100, 50)], crs=CRS)


def drafts(*boxes: tuple[str, tuple[float, float, float, float]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"cell_id": [name for name, _ in boxes]}, geometry=[shapely.box(*box) for _, box in boxes], crs=CRS
    )


def test_overlap_goes_to_the_nearest_and_a_gap_to_the_longest_border() -> None:
    table = drafts(("W", (0, 0, 60, 50)), ("E", (40, 0, 90, 50)))
    grid, conflicts = gp.partition.reconcile(table, AREA)
    assert grid.certificate.valid
    assert grid.cells["cell_id"].tolist() == ["W", "E"]
    logged = conflicts[["kind", "claimants", "owner", "area_m2"]].to_numpy().tolist()
    assert logged == [["overlap", ("E", "W"), "E", 1000.0], ["gap", (), "E", 500.0]]
    assert grid.cells["area_m2"].tolist() == [2000.0, 3000.0]


def test_agreements_come_before_distance_and_outlets_speak_for_their_cells() -> None:
    table = drafts(("W", (0, 0, 60, 50)), ("E", (40, 0, 100, 50))).assign(outlet_id=["1", "2"])
    grid, _ = gp.partition.reconcile(table, AREA, owner={("W", "E"): "W"})
    assert grid.cells["area_m2"].tolist() == [3000.0, 2000.0]
    outlets = gpd.GeoDataFrame({"outlet_id": ["1", "2"]}, geometry=gpd.points_from_xy([45, 95], [25, 25]), crs=CRS)
    grid, _ = gp.partition.reconcile(table, AREA, outlets=outlets)
    assert grid.cells["area_m2"].tolist() == [3000.0, 2000.0]
    assert grid.locate(outlets).tolist() == ["W", "E"]
    with pytest.raises(gp.InputError, match="no agreement"):
        gp.partition.reconcile(table, AREA, owner={("W", "E"): "N"})


def test_land_beyond_the_area_is_logged_and_left_out() -> None:
    grid, conflicts = gp.partition.reconcile(drafts(("W", (-10, 0, 50, 50)), ("E", (50, 0, 100, 50))), AREA)
    assert conflicts[["kind", "claimants", "owner", "area_m2"]].to_numpy().tolist() == [
        ["outside", ("W",), None, 500.0]
    ]
    assert grid.cells["area_m2"].sum() == 5000


def test_branches_may_send_a_table_each() -> None:
    parts = {
        "north": drafts(("x", (0, 25, 100, 50)))[["geometry"]],
        "south": drafts(("y", (0, 0, 100, 26)))[["geometry"]],
    }
    grid, conflicts = gp.partition.reconcile(parts, AREA)
    assert grid.cells["cell_id"].tolist() == ["north", "south"]
    assert conflicts["kind"].tolist() == ["overlap"]


def test_a_draft_that_loses_everything_is_refused_by_name() -> None:
    table = drafts(("W", (0, 0, 100, 50)), ("far", (200, 0, 300, 50)))
    with pytest.raises(gp.InputError, match="far"):
        gp.partition.reconcile(table, AREA)


@pytest.mark.parametrize("seed", range(10))
def test_R16_random_drafts_account_for_every_square_metre(seed: int) -> None:
    generator = np.random.default_rng(seed)
    corners = generator.uniform(-10, 90, (6, 2))
    sizes = generator.uniform(15, 45, (6, 2))
    boxes = [
        (f"D{n}", (*corner, *(corner + size))) for n, (corner, size) in enumerate(zip(corners, sizes, strict=True))
    ]
    table = drafts(*boxes)
    table = table[table.geometry.intersection(AREA.iloc[0]).area > 150].reset_index(drop=True)
    # a draft keeps its middle, whoever else claims it
    outlets = gpd.GeoDataFrame(
        {"outlet_id": table["cell_id"]}, geometry=table.geometry.intersection(AREA.iloc[0]).centroid, crs=CRS
    )
    grid, conflicts = gp.partition.reconcile(table.assign(outlet_id=table["cell_id"]), AREA, outlets=outlets)
    assert grid.certificate.valid
    drawn = table.set_index("cell_id").geometry
    for cell in grid.cells.itertuples():
        changed = conflicts[conflicts["owner"] == cell.cell_id]
        won = shapely.union_all(changed.geometry.array)
        kept = drawn[cell.cell_id].intersection(AREA.iloc[0])
        # a cell is what it drafted or won, never anything else
        assert cell.geometry.difference(kept.union(won).buffer(1e-6)).area < 1e-3


def test_R16_branches_may_agree_as_a_whole_and_drafts_may_be_grids() -> None:
    area = gpd.GeoSeries([shapely.box(0, 0, 40, 10)], crs=CRS)
    west = gpd.GeoDataFrame(
        {"cell_id": ["w1", "w2"]}, geometry=[shapely.box(0, 0, 10, 10), shapely.box(10, 0, 22, 10)], crs=CRS
    )
    east = gp.Grid.from_cells(
        gpd.GeoDataFrame({"cell_id": ["e1"]}, geometry=[shapely.box(18, 0, 40, 10)], crs=CRS),
        gpd.GeoSeries([shapely.box(18, 0, 40, 10)], crs=CRS),
        bank_id="A",
    )
    drafts = {"西支行": west, "东支行": east}
    for owner in ({("西支行", "东支行"): "东支行"}, {"西支行": "东支行"}, {("e1", "w2"): "e1"}, {"w2": "e1"}):
        grid, conflicts = gp.partition.reconcile(drafts, area, owner=owner)
        assert grid.cells.set_index("cell_id")["area_m2"].to_dict() == pytest.approx({"w1": 100, "w2": 80, "e1": 220})
        assert conflicts["owner"].tolist() == ["e1"]
    listed, _ = gp.partition.reconcile([west, east], area, owner={"e1": "w2"})
    assert listed.cells["cell_id"].tolist() == ["w1", "w2", "e1"]
    assert listed.cells["area_m2"].tolist() == pytest.approx([100, 120, 180])
    for owner in ({"x": "e1"}, {("w2",): "w2"}, {("w1", "w2", "e1"): "e1"}, {("w2", "e1"): "w1"}):
        with pytest.raises(gp.InputError, match="is no agreement"):
            gp.partition.reconcile(drafts, area, owner=owner)  # type: ignore[arg-type]


def test_branches_that_number_alike_keep_their_cells_apart() -> None:
    west = gpd.GeoDataFrame(
        {"cell_id": ["01", "02"]}, geometry=[shapely.box(0, 0, 6, 5), shapely.box(0, 5, 6, 10)], crs=4546
    )
    east = gpd.GeoDataFrame(
        {"cell_id": ["01", "03"]}, geometry=[shapely.box(5, 0, 10, 5), shapely.box(5, 5, 10, 10)], crs=4546
    )
    area = gpd.GeoSeries([shapely.box(0, 0, 10, 10)], crs=4546)
    grid, conflicts = gp.partition.reconcile({"west": west, "east": east}, area, owner={"west": "east"})
    assert grid.cells["cell_id"].tolist() == ["west-01", "02", "east-01", "03"]
    assert set(conflicts["claimants"]) == {("east-01", "west-01"), ("02", "03")}
    assert set(conflicts["owner"]) == {"east-01", "03"}
    assert west["cell_id"].tolist() == ["01", "02"]
    with pytest.raises(gp.InputError, match=r"1 values of cell_id .*: 01\. .*give the drafts of each branch apart"):
        gp.partition.reconcile(pd.concat([west, east], ignore_index=True), area)
    with pytest.raises(gp.InputError, match=r"owner is 'best'; it must be one of nearest"):
        gp.partition.reconcile({"west": west, "east": east}, area, owner="best")  # type: ignore[arg-type]
