"""Rule balanced: equal demand on any land, measured on the delivered cells, and what each policy reports."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

import gridpart as gp
from gridpart.coverage import Coverage, arrange, power_cells
from gridpart.errors import CoverageError
from gridpart.partition._transport_density import density_edges
from gridpart.partition._transport_masses import masses_of

CRS = "EPSG:4546"
HOLE = shapely.box(40, 8, 50, 18)
MAINLAND = shapely.Polygon([(0, 0), (60, 0), (60, 60), (36, 60), (36, 22), (24, 22), (24, 60), (0, 60)])
ISLAND = shapely.Polygon([(63, 10), (72, 12), (70, 25), (64, 24)])
COUNTY = shapely.transform(
    shapely.MultiPolygon([shapely.Polygon(MAINLAND.exterior, [HOLE.exterior.coords]), ISLAND]), lambda xy: xy * 1000
)
ISLANDS = shapely.MultiPolygon([shapely.box(i * 3000, 0, i * 3000 + 1000 + 250 * i, 2000) for i in range(5)])


def area_of(shape: shapely.Geometry) -> gpd.GeoSeries:
    return gpd.GeoSeries([shape], crs=CRS)


def points_inside(shape: shapely.Geometry, count: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    low, high = np.array(shape.bounds[:2]), np.array(shape.bounds[2:])
    points = np.empty((0, 2))
    while len(points) < count:
        candidates = generator.uniform(low, high, (4 * count, 2))
        points = np.concatenate([points, candidates[shapely.contains_xy(shape, candidates)]])
    return points[:count]


def outlets_at(points: np.ndarray | list[tuple[float, float]]) -> gpd.GeoDataFrame:
    ids = [f"{number:04d}" for number in range(len(points))]
    return gpd.GeoDataFrame({"outlet_id": ids, "bank_id": "A"}, geometry=shapely.points(points), crs=CRS)


def squares(shape: shapely.Geometry, count: int, seed: int, floor: float = 0.01) -> gpd.GeoDataFrame:
    """Units in squares over everything within the bounds, with demand around seven towns."""
    x = np.linspace(shape.bounds[0], shape.bounds[2], count + 1)
    y = np.linspace(shape.bounds[1], shape.bounds[3], count + 1)
    boxes = shapely.box(*(a.ravel() for a in (*np.meshgrid(x[:-1], y[:-1]), *np.meshgrid(x[1:], y[1:]))))
    boxes = boxes[shapely.area(shapely.intersection(boxes, shape)) > 0]
    towns = points_inside(shape, 7, seed + 1000)
    middle = shapely.get_coordinates(shapely.centroid(boxes))
    spread = (shape.bounds[2] - shape.bounds[0]) / 18
    density = np.exp(-((middle[:, None] - towns) ** 2).sum(axis=2) / (2 * spread**2)).sum(axis=1)
    ids = [f"U{number}" for number in range(len(boxes))]
    return gpd.GeoDataFrame({"unit_id": ids, "households": (density + floor) * 1000}, geometry=boxes, crs=CRS)


def measured(grid: gp.Grid, units: gpd.GeoDataFrame, shape: shapely.Geometry) -> np.ndarray:
    """Demand of each cell by one arrangement of cells, units and land: none of the solver's own sums."""
    cells = np.asarray(grid.cells.geometry.array, dtype=object)
    parts = np.asarray(shapely.get_parts(shape), dtype=object)
    both = arrange([parts, cells, np.asarray(units.geometry.array, dtype=object)], tolerance=1e-7)
    land, cell, unit = both.labels.T
    known = (land >= 0) & (unit >= 0)
    assert (cell[land >= 0] >= 0).all()
    areas = both.coverage.areas
    per_area = units["households"].to_numpy() / np.bincount(unit[known], areas[known], minlength=len(units))
    return np.bincount(cell[known], per_area[unit[known]] * areas[known], minlength=len(cells))


@pytest.mark.parametrize("count", [60, 300])
@pytest.mark.parametrize("seed", range(3))
def test_R11_continuous_demand_is_balanced_to_a_millionth(count: int, seed: int) -> None:
    units = squares(COUNTY, 40, seed)
    grid = gp.partition.balanced(
        area_of(COUNTY), outlets_at(points_inside(COUNTY, count, seed)), demand="households", units=units
    )
    assert grid.certificate.valid
    demand = measured(grid, units, COUNTY)
    assert np.abs(demand / demand.mean() - 1).max() <= 1e-6
    assert grid.cells["demand"].to_numpy() == pytest.approx(demand, rel=1e-7)
    assert grid.provenance["max_deviation"] <= 1e-6
    assert grid.provenance["beyond_tolerance"] == {}
    assert grid.cells["demand"].sum() == pytest.approx(units["households"].sum(), rel=1e-9)


def test_every_place_lies_in_the_cell_of_least_power() -> None:
    sites = points_inside(COUNTY, 80, 5)
    grid = gp.partition.balanced(area_of(COUNTY), outlets_at(sites), demand="area")
    prices = np.array(list(grid.provenance["prices"].values()))
    places = points_inside(COUNTY, 2000, 6)
    power = ((places[:, None] - sites) ** 2).sum(axis=2) - prices
    found = grid.locate(gpd.GeoSeries(shapely.points(places), crs=CRS))
    assert [int(cell.split("-")[1]) for cell in found] == power.argmin(axis=1).tolist()


def test_areas_are_equal_on_islands_that_no_cell_fits() -> None:
    for count, seed in ((7, 0), (23, 1), (101, 2)):
        grid = gp.partition.balanced(area_of(ISLANDS), outlets_at(points_inside(ISLANDS, count, seed)), demand="area")
        areas = grid.cells["area_m2"].to_numpy()
        assert np.abs(areas / areas.mean() - 1).max() <= 1e-6


def test_all_outlets_on_one_island_still_share_everything() -> None:
    first = shapely.get_parts(ISLANDS)[0]
    grid = gp.partition.balanced(area_of(ISLANDS), outlets_at(points_inside(first, 30, 0)), demand="area")
    assert grid.provenance["max_deviation"] <= 1e-6
    assert grid.provenance["outlets_away"]


def test_equal_islands_with_equal_outlets_have_no_border_between_them() -> None:
    shape = shapely.MultiPolygon([shapely.box(0, 0, 1000, 1000), shapely.box(5000, 0, 6000, 1000)])
    half = points_inside(shapely.box(0, 0, 1000, 1000), 10, 3)
    grid = gp.partition.balanced(
        area_of(shape), outlets_at(np.concatenate([half, half + np.array([5000, 0])])), demand="area"
    )
    assert grid.provenance["max_deviation"] <= 1e-6


@pytest.mark.parametrize("size", [3, 6, 10])
def test_symmetric_outlets_on_symmetric_units(size: int) -> None:
    shape = shapely.box(0, 0, 1000, 1000)
    middle = (np.arange(size) + 0.5) * 1000 / size
    sites = np.column_stack([a.ravel() for a in np.meshgrid(middle, middle)])
    units = squares(shape, size, 0)
    even = gp.partition.balanced(area_of(shape), outlets_at(sites), demand="area")
    assert even.cells["area_m2"].to_numpy() == pytest.approx(np.full(size**2, 1e6 / size**2), rel=1e-6)
    grid = gp.partition.balanced(area_of(shape), outlets_at(sites), demand="households", units=units)
    assert grid.provenance["max_deviation"] <= 1e-6


def test_empty_land_is_shared_out_too() -> None:
    units = squares(COUNTY, 30, 2, floor=0.0)
    units.loc[units["households"] < 50, "households"] = 0.0
    grid = gp.partition.balanced(
        area_of(COUNTY), outlets_at(points_inside(COUNTY, 90, 2)), demand="households", units=units
    )
    assert grid.certificate.valid
    assert grid.provenance["max_deviation"] <= 1e-6


def test_a_layer_of_polygons_gives_what_units_give() -> None:
    units = squares(COUNTY, 20, 4)
    outlets = outlets_at(points_inside(COUNTY, 25, 4))
    by_units = gp.partition.balanced(area_of(COUNTY), outlets, demand="households", units=units)
    by_layer = gp.partition.balanced(area_of(COUNTY), outlets, demand=units.rename(columns={"households": "weight"}))
    named = gp.partition.balanced(area_of(COUNTY), outlets, demand=units, weight="households")
    assert by_units.certificate.digest == by_layer.certificate.digest == named.certificate.digest
    assert by_units.provenance["demand_moved_inside"]


def test_points_are_shared_as_equally_as_they_allow() -> None:
    generator = np.random.default_rng(0)
    places = points_inside(COUNTY, 4000, 9)
    demand = gpd.GeoDataFrame({"weight": generator.integers(1, 20, 4000)}, geometry=shapely.points(places), crs=CRS)
    grid = gp.partition.balanced(area_of(COUNTY), outlets_at(points_inside(COUNTY, 40, 9)), demand=demand)
    assert grid.certificate.valid
    cell = grid.locate(demand.geometry)
    counted = demand["weight"].groupby(cell.to_numpy()).sum().reindex(grid.cells["cell_id"]).to_numpy()
    assert grid.cells["demand"].tolist() == counted.tolist()
    assert grid.cells["demand"].sum() == demand["weight"].sum()
    heaviest = 19 / grid.provenance["mean_demand"]
    assert grid.provenance["max_deviation"] <= heaviest
    assert grid.provenance["residual"] == pytest.approx(grid.provenance["max_deviation"], abs=1e-9)


def test_points_heavier_than_a_share_are_reported_not_hidden() -> None:
    places = points_inside(COUNTY, 200, 1)
    weights = np.ones(200)
    weights[7] = 100
    demand = gpd.GeoDataFrame({"weight": weights}, geometry=shapely.points(places), crs=CRS)
    grid = gp.partition.balanced(area_of(COUNTY), outlets_at(points_inside(COUNTY, 10, 1)), demand=demand)
    assert grid.provenance["max_deviation"] == pytest.approx(grid.cells["demand"].max() / 29.9 - 1)
    assert grid.cells["demand"].max() >= 100
    assert grid.provenance["beyond_tolerance"]


def test_contiguous_cells_join_their_loose_pieces_and_say_what_balance_is_left() -> None:
    outlets = outlets_at(points_inside(COUNTY, 60, 3))
    loose = gp.partition.balanced(area_of(COUNTY), outlets, demand="area")
    assert (loose.cells.geometry.geom_type == "MultiPolygon").any()
    grid = gp.partition.balanced(area_of(COUNTY), outlets, demand="area", contiguous=True)
    assert (grid.cells.geometry.geom_type == "MultiPolygon").sum() < (
        loose.cells.geometry.geom_type == "MultiPolygon"
    ).sum()
    areas = grid.cells["area_m2"].to_numpy()
    assert grid.provenance["residual"] <= 1e-8
    assert grid.provenance["max_deviation"] == pytest.approx(np.abs(areas / areas.mean() - 1).max())


def test_same_input_same_bytes() -> None:
    units, outlets = squares(COUNTY, 20, 1), outlets_at(points_inside(COUNTY, 50, 1))
    runs = [gp.partition.balanced(area_of(COUNTY), outlets, demand="households", units=units) for _ in range(2)]
    assert runs[0].certificate.digest == runs[1].certificate.digest
    assert runs[0].provenance == runs[1].provenance


def test_one_outlet_takes_everything() -> None:
    grid = gp.partition.balanced(area_of(COUNTY), outlets_at([(10_000, 10_000)]), demand="area")
    assert len(grid.cells) == 1
    assert grid.provenance["max_deviation"] == 0


def test_outlets_that_stand_close_and_far_from_demand() -> None:
    close = np.array([10_000.0, 10_000.0]) + points_inside(shapely.box(-5, -5, 5, 5), 20, 0)
    grid = gp.partition.balanced(area_of(COUNTY), outlets_at(close), demand="area")
    assert grid.provenance["max_deviation"] <= 1e-6


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"demand": "households"}, "without units it must be"),
        ({"demand": "area", "tolerance": 0.0}, "tolerance is 0.0"),
        ({"demand": "area", "coincident": "split"}, "not for balanced cells"),
        ({"demand": "absent", "units": squares(COUNTY, 5, 0)}, "needs the columns absent"),
        ({"demand": "area", "units": squares(COUNTY, 5, 0), "whole_units": False}, "units would say nothing"),
        ({"demand": "area", "whole_units": True}, "whole_units=True needs units"),
        ({"demand": squares(COUNTY, 5, 0).assign(households=-1.0)}, "25|rows have no usable households"),
        ({"demand": squares(COUNTY, 5, 0).assign(households=0.0)}, "total of households is 0"),
    ],
)
def test_unusable_demand_is_named(options: dict, told: str) -> None:
    with pytest.raises(gp.InputError, match=told):
        gp.partition.balanced(area_of(COUNTY), outlets_at(points_inside(COUNTY, 4, 0)), **options)


def test_demand_outside_the_area_is_named() -> None:
    places = gpd.GeoDataFrame({"weight": [1.0, 2.0]}, geometry=shapely.points([(5e3, 5e3), (30e3, 50e3)]), crs=CRS)
    with pytest.raises(gp.InputError, match="1 of 2 rows of demand lie outside"):
        gp.partition.balanced(area_of(COUNTY), outlets_at([(1e3, 1e3)]), demand=places)


def test_fewer_points_than_outlets_is_infeasible() -> None:
    places = gpd.GeoDataFrame({"weight": [1.0, 2.0]}, geometry=shapely.points([(5e3, 5e3), (10e3, 50e3)]), crs=CRS)
    with pytest.raises(gp.InfeasibleError, match="3 outlets but only 2 places"):
        gp.partition.balanced(area_of(COUNTY), outlets_at([(1e3, 1e3), (2e3, 2e3), (3e3, 3e3)]), demand=places)


def test_a_site_whose_price_leaves_it_no_cell_is_named() -> None:
    sites = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [1.0, 1.0]])
    with pytest.raises(CoverageError, match=r"1 of 4 sites \(numbers 1\)"):
        power_cells(sites, np.array([0.0, -9.0, 0.0, 0.0]), middle=np.ones(2), reach=4.0, tolerance=1e-7)


@pytest.mark.parametrize("seed", range(10))
def test_masses_and_their_change_match_what_cells_hold(seed: int) -> None:
    """Against cells that are drawn and measured, and against differences between two prices."""
    generator = np.random.default_rng(seed)
    sites = generator.uniform(-0.9, 0.9, (30, 2))
    prices = generator.uniform(0, 0.001, 30)
    boxes = shapely.box(*generator.uniform(-0.9, 0.3, (2, 4)), *generator.uniform(0.4, 0.9, (2, 4)))[:1]
    coverage = Coverage.from_polygons(boxes)
    edges = density_edges(coverage, np.ones(1), middle=np.zeros(2), radius=1.0, n_cells=30)
    found = masses_of(sites, prices, edges)
    cells = power_cells(sites, prices, middle=np.zeros(2), reach=1.0, tolerance=1e-12)
    polygons = [
        shapely.Polygon(cells.vertices[cells.corner[a:b]])
        for a, b in zip(cells.offset[:-1], cells.offset[1:], strict=True)
    ]
    expected = shapely.area(shapely.intersection(polygons, boxes[0])) * 30 / boxes[0].area
    assert found.mass[:, 0] == pytest.approx(expected, abs=1e-8)
    step = np.zeros(30)
    step[3] = 1e-6
    change = (masses_of(sites, prices + step, edges).mass - masses_of(sites, prices - step, edges).mass)[:, 0] / 2e-6
    stiffness = np.zeros(30)
    for one, two, amount in zip(found.one, found.two, found.stiffness[:, 0], strict=True):
        if 3 in (one, two):
            stiffness[two if one == 3 else one] -= amount
            stiffness[3] += amount
    assert change == pytest.approx(stiffness, abs=2e-3 * max(1.0, np.abs(stiffness).max()))


def test_the_sample_county_keeps_its_balance_through_a_save(tmp_path: Path) -> None:
    project = gp.sample_project()
    bank = min(project.grids)
    outlets = project.outlets[project.outlets["bank_id"] == bank]
    grid = gp.partition.balanced(
        project.service_area, outlets, demand="population", units=project.units, coincident="merge", outside="ignore"
    )
    assert grid.certificate.valid
    assert grid.provenance["max_deviation"] <= 1e-6
    assert grid.cells["demand"].sum() == pytest.approx(project.units["population"].sum(), rel=1e-9)
    project.grids[bank] = grid
    project.save(tmp_path / "county.gpkg")
    again = gp.open_project(tmp_path / "county.gpkg").grids[bank]
    assert again.certify().valid
    assert again.cells["demand"].to_numpy() == pytest.approx(grid.cells["demand"].to_numpy(), rel=1e-9)


@pytest.mark.parametrize("layer", ["yichang", "qianjiang_and_neighbours", "wuhan"])
def test_real_counties_with_holes_and_exclaves(layer: str, shared_data: Path) -> None:
    counties = gpd.read_file(shared_data / "cn_admin" / "counties_gcj02.gpkg", layer=layer).to_crs(CRS)
    for row in range(0, len(counties), 3):
        shape = counties.geometry.iloc[row]
        outlets = outlets_at(points_inside(shape, 25, row))
        grid = gp.partition.balanced(area_of(shape), outlets, demand="area")
        assert grid.certificate.valid
        assert grid.provenance["max_deviation"] <= 1e-6


def test_R11_the_largest_load_is_never_above_that_of_the_nearest_outlets() -> None:
    project = gp.sample_project()
    for _, own in project.outlets.groupby("bank_id"):
        start = gp.partition.nearest(project.service_area, own, units=project.units)
        even = gp.partition.balanced(project.service_area, own, demand="population", units=project.units)
        assert even.score()["max_over_mean_load"] <= min(start.score()["max_over_mean_load"], 1.25)


@pytest.mark.parametrize("given", ["units", "whole units", "points", "area"])
def test_the_order_of_rows_does_not_matter(given: str) -> None:
    land = shapely.box(*COUNTY.bounds)
    outlets, units = outlets_at(points_inside(land, 12, 5)), squares(land, 12, 5)
    seen = set()
    for seed in range(3):
        rows = units.sample(frac=1, random_state=seed)
        options = {
            "units": {"demand": "households", "units": rows},
            "whole units": {"demand": "households", "units": rows, "whole_units": True},
            "points": {"demand": rows.set_geometry(rows.representative_point())},
            "area": {"demand": "area"},
        }[given]
        grid = gp.partition.balanced(area_of(land), outlets.sample(frac=1, random_state=seed), **options)
        seen.add((grid.digest, tuple(sorted(grid.provenance["prices"].items()))))
    assert len(seen) == 1
