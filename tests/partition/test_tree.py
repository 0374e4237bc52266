"""Trees of cells: planted orphans, cycles, gaps and overlaps are found; nested grids are clean."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import gridpart as gp
from gridpart.coverage import Coverage

CRS = "EPSG:4547"


def cells_of(*rows: tuple[str, str | None, shapely.Polygon]) -> gpd.GeoDataFrame:
    ids, parents, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame({"cell_id": ids, "parent_id": parents}, geometry=list(shapes), crs=CRS)


BIG = cells_of(("B", None, shapely.box(0, 0, 20, 10)), ("C", None, shapely.box(20, 0, 30, 10)))
SMALL = cells_of(
    ("B1", "B", shapely.box(0, 0, 5, 10)),
    ("B2", "B", shapely.box(5, 0, 20, 10)),
    ("C1", "C", shapely.box(20, 0, 30, 10)),
)


def test_R18_a_clean_tree_has_no_problem() -> None:
    assert gp.partition.validate_tree(BIG, SMALL).empty
    assert gp.partition.validate_tree(gpd.GeoDataFrame(pd.concat([BIG, SMALL]), crs=CRS)).empty


@pytest.mark.parametrize(
    ("row", "column", "value", "problem", "area"),
    [
        (1, "parent_id", "X", {"orphan", "gap"}, 150.0),
        (1, "geometry", shapely.box(5, 0, 19, 10), {"gap"}, 10.0),
        (1, "geometry", shapely.box(4, 0, 20, 10), {"overlap"}, 10.0),
        (1, "geometry", shapely.box(5, 0, 21, 10), {"overlap"}, 10.0),
        (2, "parent_id", "B", {"overlap"}, 100.0),
        (2, "cell_id", "B1", {"repeated_id"}, np.nan),
    ],
)
def test_R18_planted_faults_are_found_with_their_size(
    row: int, column: str, value: object, problem: set[str], area: float
) -> None:
    small = SMALL.copy()
    values = small[column].to_numpy(dtype=object).copy()
    values[row] = value
    small[column] = gpd.GeoSeries(values, crs=CRS) if column == "geometry" else values
    found = gp.partition.validate_tree(BIG, small)
    assert set(found["problem"]) == problem
    if not np.isnan(area):
        assert found["area_m2"].tolist() == pytest.approx([area] * len(found))


def test_R18_a_cycle_is_found() -> None:
    cells = cells_of(
        ("a", "b", shapely.box(0, 0, 1, 1)), ("b", "a", shapely.box(0, 0, 1, 1)), ("c", "c", shapely.box(2, 0, 3, 1))
    )
    found = gp.partition.validate_tree(cells)
    assert found["problem"].tolist() == ["cycle"] * 3
    with pytest.raises(gp.InputError, match="at least one grid"):
        gp.partition.validate_tree()
    with pytest.raises(gp.InputError, match="needs the columns parent_id"):
        gp.partition.validate_tree(BIG.drop(columns="parent_id"))


@pytest.mark.parametrize("middle", ["admin", "aggregate"])
def test_R18_three_levels_on_the_sample_county(middle: str) -> None:
    project = gp.sample_project()
    big = gp.partition.admin(project.units, service_area=project.service_area)
    options = {"units": project.units} if middle == "admin" else {"officers": 4}
    villages = gp.partition.nest(big, middle, **options)
    fields = gp.partition.nest(villages, "wellfield")
    assert gp.partition.validate_tree(big, villages, fields).empty
    assert set(fields.cells["level"]) == {3}
    whole = big.cells.set_index("cell_id")["area_m2"]
    parent = villages.cells.set_index("cell_id")["parent_id"]
    sums = fields.cells.groupby(fields.cells["parent_id"].map(parent))["area_m2"].sum()
    assert sums[whole.index].tolist() == pytest.approx(whole.tolist(), rel=1e-9)


def test_R18_three_levels_in_taiwan(shared_data: Path) -> None:
    towns = gpd.read_file(shared_data / "tw_admin" / "tw.gpkg", layer="towns").to_crs(3826)
    towns = towns.rename(columns={"TOWNCODE": "cell_id"})
    area = gpd.GeoSeries([Coverage.from_polygons(np.asarray(towns.geometry.array)).boundary()], crs=towns.crs)
    big = gp.Grid.from_cells(towns, area, bank_id="A")
    small = gp.partition.nest(big, "wellfield")
    fields = gp.partition.nest(small, "wellfield")
    assert gp.partition.validate_tree(big, small, fields).empty
    assert set(fields.cells["level"]) == {3}


def test_R18_villages_of_taiwan_are_nested_in_their_towns(shared_data: Path) -> None:
    folder = shared_data / "tw_admin"
    villages = gpd.read_file(folder / "tw.gpkg", layer="villages").to_crs(3826)
    units = villages.assign(unit_id=villages["VILLCODE"], town=villages["TOWNCODE"])
    big = gp.partition.admin(units, by="town")
    small = gp.partition.nest(big, "admin", units=units)
    fields = gp.partition.nest(small, "wellfield")
    assert len(small) == len(villages)
    assert gp.partition.validate_tree(big, small, fields).empty
