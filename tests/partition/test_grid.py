"""The grid: what it promises whoever made it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

import gridpart as gp

CRS = "EPSG:4546"


def halves() -> tuple[gpd.GeoSeries, gpd.GeoDataFrame]:
    area = gpd.GeoSeries([shapely.box(0, 0, 20, 10)], crs=CRS)
    cells = gpd.GeoDataFrame(
        {"cell_id": ["w", "e"], "outlet_id": ["1", "2"], "zone_class": ["urban", "rural"]},
        geometry=[shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)],
        crs=CRS,
    )
    return area, cells


def test_from_cells_keeps_geometries_and_order_and_completes_columns() -> None:
    area, cells = halves()
    grid = gp.Grid.from_cells(cells, area, bank_id="B")
    assert list(grid.cells.columns) == [
        "cell_id", "bank_id", "outlet_id", "parent_id", "level", "kind", "zone_class", "demand", "area_m2", "geometry",
    ]  # fmt: skip
    assert grid.cells["cell_id"].tolist() == ["w", "e"]
    assert grid.cells.geometry.to_wkb().tolist() == cells.geometry.to_wkb().tolist()
    assert grid.certify().digest == grid.digest


def test_from_cells_refuses_a_gap_with_its_place_and_size() -> None:
    area, cells = halves()
    cells.loc[1, "geometry"] = shapely.box(11, 0, 20, 10)
    with pytest.raises(gp.CertificateError, match="1 gaps") as caught:
        gp.Grid.from_cells(cells, area, bank_id="B")
    gap = caught.value.certificate.gaps.iloc[0]
    assert (gap["area_m2"], gap["width_m"]) == (10.0, 1.0)
    assert gap.geometry.equals(shapely.box(10, 0, 11, 10))


def test_a_grid_cannot_be_changed_through_its_tables() -> None:
    area, cells = halves()
    grid = gp.Grid.from_cells(cells, area, bank_id="B")
    mine, area_copy = grid.cells, grid.service_area
    mine.loc[0, "cell_id"] = "changed"
    area_copy.loc[0, "geometry"] = shapely.box(0, 0, 1, 1)
    assert grid.cells["cell_id"].tolist() == ["w", "e"]
    assert grid.certify().valid


def test_adjacency_gives_border_lengths() -> None:
    area, cells = halves()
    graph = gp.Grid.from_cells(cells, area, bank_id="B").adjacency()
    assert dict(graph.edges) == {("w", "e"): {"border_m": 10.0}}


def test_R8_locate_keeps_order_and_index_and_borders_go_to_the_lowest_id() -> None:
    area, cells = halves()
    grid = gp.Grid.from_cells(cells, area, bank_id="B")
    points = gpd.GeoSeries(
        [shapely.Point(15, 5), shapely.Point(10, 5), shapely.Point(99, 5), None, shapely.Point(1, 1)],
        index=[7, 3, 5, 1, 2],
        crs=CRS,
    )
    found = grid.locate(points)
    assert found.index.tolist() == [7, 3, 5, 1, 2]
    assert found.tolist() == ["e", "e", None, None, "w"]


def test_R4_reach_is_the_disc_and_changes_no_cell() -> None:
    area = gpd.GeoSeries([shapely.box(-50, -50, 50, 50)], crs=CRS)
    outlets = gpd.GeoDataFrame(
        {"outlet_id": ["1", "2"], "bank_id": "B"}, geometry=gpd.points_from_xy([-25, 25], [0, 0]), crs=CRS
    )
    grid = gp.partition.nearest(area, outlets)
    before = grid.digest
    reached = grid.reach(20)
    assert reached["reached_share"].tolist() == pytest.approx([np.pi * 400 / 5000] * 2, rel=5e-3)
    cut = grid.reach(40)  # the discs cross the border between the cells and the rim of the area
    joined = shapely.union_all(shapely.buffer(outlets.geometry.array, 40, quad_segs=512)).intersection(area.iloc[0])
    assert cut["reached_m2"].sum() == pytest.approx(joined.area, rel=5e-3)
    assert not cut.geometry.iloc[0].overlaps(cut.geometry.iloc[1])
    assert grid.certify().digest == before
    assert grid.cells["area_m2"].sum() == 10_000


def test_reach_by_zone_class_and_its_refusals() -> None:
    area, cells = halves()
    outlets = gpd.GeoDataFrame({"outlet_id": ["1", "2"]}, geometry=gpd.points_from_xy([5, 15], [5, 5]), crs=CRS)
    grid = gp.Grid.from_cells(cells, area, bank_id="B", outlets=outlets)
    reached = grid.reach({"urban": 1, "rural": 2})
    assert reached["reached_m2"].tolist() == pytest.approx([np.pi, 4 * np.pi], rel=1e-3)
    with pytest.raises(gp.InputError, match="rural"):
        grid.reach({"urban": 1})
    with pytest.raises(gp.InputError, match="positive"):
        grid.reach(-3)
    with pytest.raises(gp.InputError, match="without outlets"):
        gp.Grid.from_cells(cells, area, bank_id="B").reach(3)


def test_compare_lists_the_land_that_changed_cells() -> None:
    area, cells = halves()
    moved = cells.copy()
    moved.geometry = [shapely.box(0, 0, 12, 10), shapely.box(12, 0, 20, 10)]
    one, two = (gp.Grid.from_cells(table, area, bank_id="B") for table in (cells, moved))
    changed = one.compare(two)
    assert changed[["cell_id_before", "cell_id_after", "area_m2"]].to_numpy().tolist() == [["e", "w", 20.0]]
    assert len(one.compare(one)) == 0


def test_score_of_a_known_grid() -> None:
    area, cells = halves()
    cells["demand"] = [30.0, 10.0]
    score = gp.Grid.from_cells(cells, area, bank_id="B").score()
    assert score["n_cells"] == score["staff_need"] == 2
    assert score["max_over_mean_load"] == 1.5
    assert score["mean_compactness"] == pytest.approx(np.pi / 4)


def test_admin_joins_units_and_refuses_a_unit_without_code() -> None:
    boxes = [shapely.box(x, 0, x + 1, 1) for x in range(4)]
    units = gpd.GeoDataFrame(
        {"unit_id": list("abcd"), "township_id": ["T2", "T1", "T1", "T2"], "population": [1, 2, 3, 4]},
        geometry=boxes,
        crs=CRS,
    )
    grid = gp.partition.admin(units)
    assert grid.cells[["cell_id", "demand", "area_m2"]].to_numpy().tolist() == [["T1", 5.0, 2.0], ["T2", 5.0, 2.0]]
    assert set(grid.cells.geometry.geom_type) == {"Polygon", "MultiPolygon"}
    units.loc[2, "township_id"] = None
    with pytest.raises(gp.InputError, match="c"):
        gp.partition.admin(units)


def test_cell_ids_outlive_the_closing_of_other_outlets() -> None:
    area, _ = halves()
    outlets = gpd.GeoDataFrame(
        {"outlet_id": ["1", "2", "B-3"], "bank_id": "B"}, geometry=gpd.points_from_xy([2, 8, 15], [5, 5, 5]), crs=CRS
    )
    assert gp.partition.nearest(area, outlets).cells["cell_id"].tolist() == ["B-1", "B-2", "B-3"]
    assert gp.partition.nearest(area, outlets.iloc[1:]).cells["cell_id"].tolist() == ["B-2", "B-3"]


def test_R8_ten_thousand_points_lie_in_exactly_one_cell_each() -> None:
    project = gp.sample_project()
    area = project.service_area.geometry.iloc[0]
    low_x, low_y, high_x, high_y = area.bounds
    drawn = np.random.default_rng(8).uniform((low_x, low_y), (high_x, high_y), (30_000, 2))
    inside = shapely.contains_xy(area, *drawn.T)
    points = gpd.GeoSeries(gpd.points_from_xy(*drawn.T), crs=project.crs)
    assert inside.sum() >= 10_000
    for grid in (project.grids["LZRCB"], gp.partition.nearest(project.service_area, project.outlets.iloc[:20])):
        located = grid.locate(points)
        assert located[~inside].isna().all()
        shapes = np.asarray(grid.cells.geometry.array)
        point, cell = shapely.STRtree(shapes).query(np.asarray(points[inside]), predicate="intersects")
        assert (np.bincount(point, minlength=inside.sum()) == 1).all()
        assert located[inside].tolist() == grid.cells["cell_id"].to_numpy()[cell[np.argsort(point)]].tolist()


def test_columns_that_are_no_numbers_are_refused_with_their_cells() -> None:
    area, cells = halves()
    with pytest.raises(gp.InputError, match=r"1 cells have no usable level .*: e: 'top'"):
        gp.Grid.from_cells(cells.assign(level=[1, "top"]), area, bank_id="B")
    with pytest.raises(gp.InputError, match=r"1 cells have no usable demand .*: w: 'many'"):
        gp.Grid.from_cells(cells.assign(demand=["many", None]), area, bank_id="B")
    assert gp.Grid.from_cells(cells.assign(demand=["12", None]), area, bank_id="B").cells["demand"].iloc[0] == 12.0
