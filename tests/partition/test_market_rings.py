"""Market rings: from the branch table or by distance, totals that are those of the bank."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pytest
import shapely

import gridpart as gp

CRS = "EPSG:4547"


@pytest.fixture
def outlets() -> gpd.GeoDataFrame:
    x = [0, 1000, 3000, 5000, 9000, 20000]
    ring = ["urban_core", "urban_core", "middle_ring", "middle_ring", "outer_ring", "rural"]
    return gpd.GeoDataFrame(
        {"outlet_id": [f"支行{n}" for n in range(6)], "bank_id": "A", "ring": ring},
        geometry=gpd.points_from_xy(x, [0] * 6),
        crs=CRS,
    )


def test_R25_both_methods_give_the_same_rings_and_totals_are_those_of_the_bank(outlets: gpd.GeoDataFrame) -> None:
    named = gp.partition.rings(outlets)
    # a branch at the very limit belongs to the inner ring
    banded = gp.partition.rings(outlets, centre=shapely.Point(0, 0), limits_m=[1000, 5000, 10000])
    assert named.to_dict() == banded.to_dict()
    area = gpd.GeoSeries([shapely.box(-2000, -3000, 22000, 3000)], crs=CRS)
    boxes = [shapely.box(x, -3000, x + 2000, 3000) for x in range(-2000, 22000, 2000)]
    units = gpd.GeoDataFrame({"unit_id": [str(n) for n in range(12)], "population": range(12)}, geometry=boxes, crs=CRS)
    grid = gp.partition.nearest(area, outlets, units=units)
    totals = gp.partition.ring_totals(grid, named)
    assert totals.index.tolist() == ["urban_core", "middle_ring", "outer_ring", "rural"]
    assert totals["n_outlets"].tolist() == [2, 2, 1, 1]
    assert totals["n_cells"].sum() == len(grid)
    assert totals["demand"].sum() == units["population"].sum()
    assert totals["area_m2"].sum() == pytest.approx(area.area.sum())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"centre": shapely.Point(0, 0)}, "belong together"),
        ({"centre": shapely.Point(0, 0), "limits_m": [1, 2]}, "3 ascending distances above 0 m for 4 rings"),
        ({"centre": shapely.Point(0, 0), "limits_m": [3, 2, 5]}, "ascending"),
        ({"column": "circle"}, "needs the column circle"),
        ({"names": ["urban_core", "middle_ring", "rural"]}, "1 branches have no ring .*支行4: outer_ring"),
    ],
)
def test_rings_that_do_not_fit_are_refused(outlets: gpd.GeoDataFrame, change: dict[str, Any], message: str) -> None:
    with pytest.raises(gp.InputError, match=message):
        gp.partition.rings(outlets, **change)


def test_cells_whose_outlet_has_no_ring_are_named(outlets: gpd.GeoDataFrame) -> None:
    area = gpd.GeoSeries([shapely.box(-2000, -3000, 22000, 3000)], crs=CRS)
    grid = gp.partition.nearest(area, outlets)
    with pytest.raises(gp.InputError, match="1 cells have an outlet without ring, or none: A-支行5"):
        gp.partition.ring_totals(grid, gp.partition.rings(outlets.iloc[:5]))
