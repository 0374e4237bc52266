"""Urban cells rest on outlets, rural ones on outlets or service points."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

import gridpart as gp

CRS = "EPSG:4547"
AREA = gpd.GeoSeries([shapely.box(0, 0, 40, 10)], crs=CRS)
UNITS = gpd.GeoDataFrame(
    {"unit_id": list("abcd"), "zone_class": ["urban", "urban", "rural", "rural"]},
    geometry=[shapely.box(10 * n, 0, 10 * n + 10, 10) for n in range(4)],
    crs=CRS,
)


def outlets() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"outlet_id": ["1", "2"], "bank_id": "A"}, geometry=gpd.points_from_xy([3, 23], [5, 5]), crs=CRS
    )


def equipment() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "equipment_id": ["S1", "S2", "S3", "M1"],
            "bank_id": "A",
            "kind": ["service_point", "service_point", "service_point", "atm"],
            "status": ["active", "active", "closed", "active"],
        },
        geometry=gpd.points_from_xy([17, 37, 35, 38], [5, 5, 5, 5]),
        crs=CRS,
    )


def test_R63_a_rural_cell_may_rest_on_a_service_point_and_an_urban_one_may_not() -> None:
    table = gp.partition.anchors(outlets(), equipment(), UNITS)
    assert table[["outlet_id", "anchor_kind", "zone_class"]].to_numpy().tolist() == [
        ["1", "outlet", "urban"],
        ["2", "outlet", "rural"],
        ["S2", "service_point", "rural"],
    ]
    grid = gp.partition.nearest(AREA, table, units=UNITS)
    assert grid.cells["outlet_id"].tolist() == ["1", "2", "S2"]
    assert gp.partition.anchor_violations(grid, table).empty
    anywhere = gp.partition.anchors(
        outlets(), equipment(), UNITS, allowed={"urban": ["service_point"], "rural": ["service_point"]}
    )
    free = gp.partition.nearest(AREA, anywhere, units=UNITS)
    found = gp.partition.anchor_violations(free, anywhere)
    assert found[["cell_id", "anchor_kind", "zone_class"]].to_numpy().tolist() == [["A-S1", "service_point", "urban"]]
    assert found["reason"].tolist() == ["cells of class urban may be anchored on outlet"]


def test_what_is_not_known_is_listed_and_repeats_are_refused() -> None:
    grid = gp.partition.nearest(AREA, outlets())
    told = gp.partition.anchor_violations(grid, outlets())
    assert told["reason"].tolist() == ["the zone class is not known"] * 2
    cells = gp.partition.admin(UNITS.assign(by=["1", "1", "2", "2"]), by="by")
    assert gp.partition.anchor_violations(cells, outlets())["reason"].tolist() == ["the cell has no anchor"] * 2
    with pytest.raises(gp.InputError, match="occur more than once: 2"):
        gp.partition.anchors(outlets(), equipment().assign(equipment_id=["S1", "2", "S3", "M1"]), UNITS)
    with pytest.raises(gp.InputError, match="needs the column zone_class"):
        gp.partition.anchors(outlets(), equipment(), UNITS.drop(columns="zone_class"))
