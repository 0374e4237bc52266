"""Points by cell: totals that add up, and cells without any."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

import gridpart as gp

CRS = "EPSG:4547"
AREA = gpd.GeoSeries([shapely.box(0, 0, 100, 100)], crs=CRS)


def test_R14_counts_add_up_and_planted_empty_cells_are_listed() -> None:
    outlets = gpd.GeoDataFrame(
        {"outlet_id": [f"{n:02d}" for n in range(25)], "bank_id": "A"},
        geometry=[shapely.Point(20 * x + 10, 20 * y + 10) for x in range(5) for y in range(5)],
        crs=CRS,
    )
    grid = gp.partition.nearest(AREA, outlets)
    generator = np.random.default_rng(3)
    places = gpd.GeoDataFrame(
        {"segment": generator.choice(["resident", "merchant", None], 3000)},
        geometry=gpd.points_from_xy(*generator.uniform(-2, 102, (2, 3000))),
        crs=CRS,
    )
    planted = {"A-03", "A-17"}
    places = places[~grid.locate(places).isin(planted)]
    counts = gp.partition.count_points(grid, places, by="segment")
    assert counts["total"].sum() == len(places)
    assert set(counts.index[counts["is_empty"]]) == planted
    assert counts.index.tolist() == [*grid.cells["cell_id"], "outside"]
    kinds = counts[["merchant", "resident", "unknown"]]
    assert (kinds.sum(axis=1) == counts["total"]).all()
    assert kinds["unknown"].sum() == places["segment"].isna().sum()
    assert gp.partition.count_points(grid, places)["total"].tolist() == counts["total"].tolist()
    with pytest.raises(gp.InputError, match="needs the column trade"):
        gp.partition.count_points(grid, places, by="trade")
