"""Administrative cells: whole units, one crosswalk, an outlet for each cell."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import gridpart as gp

CRS = "EPSG:4547"


@pytest.fixture
def units() -> gpd.GeoDataFrame:
    shapes = [shapely.box(10 * n, 0, 10 * n + 10, 10) for n in range(6)]
    return gpd.GeoDataFrame(
        {"unit_id": list("abcdef"), "population": 5, "township_id": ["东", "东", "中", "中", "西", "西"]},
        geometry=shapes,
        crs=CRS,
    )


def outlets_at(x: list[float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"outlet_id": [str(n) for n in range(len(x))], "bank_id": "A"}, geometry=gpd.points_from_xy(x, 5), crs=CRS
    )


def test_R9_every_unit_lies_in_one_cell_and_the_crosswalk_has_no_blank() -> None:
    project = gp.sample_project()
    grid = gp.partition.admin(project.units, service_area=project.service_area)
    both = gpd.overlay(project.units[["unit_id", "geometry"]], grid.cells[["cell_id", "geometry"]], keep_geom_type=True)
    share = both.area / both["unit_id"].map(project.units.set_index("unit_id").area)
    most = both.assign(share=share).sort_values("share").groupby("unit_id").last()
    assert (most["share"] >= 0.999).all()
    crosswalk = dict(zip(grid.face_ids or (), grid.cells["cell_id"].to_numpy()[grid.labels], strict=True))
    assert crosswalk == dict(zip(project.units["unit_id"], project.units["township_id"], strict=True))
    assert not pd.isna(list(crosswalk.values())).any()


def test_every_cell_has_an_outlet_and_those_without_their_own_are_listed(units: gpd.GeoDataFrame) -> None:
    grid = gp.partition.admin(units, outlets=outlets_at([2.0, 11.0, 41.0, 99.0]))
    assert dict(zip(grid.cells["cell_id"], grid.cells["outlet_id"], strict=True)) == {"东": "1", "中": "2", "西": "2"}
    assert grid.provenance["cells_without_outlet"] == {"中": "2"}
    assert grid.provenance["outlets_outside"] == ["3"]
    assert grid.outlets.set_index("outlet_id")["cell_id"].to_dict() == {"0": "东", "1": "东", "2": "西"}
    score = grid.score()
    assert score["mean_distance_m"] == pytest.approx((6 + 4 + 16 + 6 + 4 + 14) / 6)
    # an outlet serves the cell it stands in and every cell that belongs to it
    reached = grid.reach(30.0).set_index("cell_id")["reached_share"]
    assert reached.to_dict() == pytest.approx({"东": 1.0, "中": 1.0, "西": 1.0})
    near = grid.reach(5.0).set_index("cell_id")["reached_m2"]
    assert near.to_dict() == pytest.approx({"东": 134.34, "中": 29.34, "西": 49.2}, abs=0.05)


def test_an_outlet_elsewhere_owns_a_cell_and_none_at_all_is_refused(units: gpd.GeoDataFrame) -> None:
    grid = gp.partition.admin(units, outlets=outlets_at([70.0]))
    assert set(grid.cells["outlet_id"]) == {"0"}
    assert grid.outlets["cell_id"].tolist() == [None]
    assert grid.reach(15.0).set_index("cell_id")["reached_m2"].tolist() == pytest.approx([0, 0, 47.2], abs=0.1)
    with pytest.raises(gp.InfeasibleError, match="no outlet to own the 3 cells"):
        gp.partition.admin(units, outlets=outlets_at([]))
