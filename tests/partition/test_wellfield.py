"""Rule wellfield and nesting: nine squares, exact children, any depth."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

import gridpart as gp
from gridpart.coverage import Coverage
from gridpart.partition._lattice import Lattice, equal_angles, main_direction

CRS = "EPSG:4547"


def outlets_at(points: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    ids = [f"{number}" for number in range(len(points))]
    return gpd.GeoDataFrame(
        {"outlet_id": ids, "bank_id": "A"}, geometry=[shapely.Point(point) for point in points], crs=CRS
    )


@pytest.fixture(scope="module")
def sample() -> gp.Project:
    return gp.sample_project()


def outlets_of(project: gp.Project, bank: str = "LZRCB") -> gpd.GeoDataFrame:
    return project.outlets[project.outlets["bank_id"] == bank]


@pytest.mark.parametrize("options", [{}, {"cell_size": 30.0}, {"block_size": 90.0}])
@pytest.mark.parametrize("turn", [0.0, 20.0])
def test_R2_an_unclipped_block_has_nine_equal_cells_and_one_centre(options: dict[str, float], turn: float) -> None:
    square = shapely.affinity.rotate(shapely.box(0, 0, 90, 90), turn, origin=(45, 45))
    grid = gp.partition.wellfield(gpd.GeoSeries([square], crs=CRS), outlets_at([(45, 45)]), **options)
    cells = grid.cells
    assert len(cells) == 9
    assert cells["area_m2"].to_numpy() == pytest.approx([900.0] * 9, rel=1e-9)
    centre = cells[cells["is_centre"].astype(bool)]
    assert len(centre) == 1
    assert centre.geometry.iloc[0].contains(shapely.Point(45, 45))
    assert sorted(zip(cells["col"], cells["row"], strict=True)) == [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]


def test_the_lattice_turns_to_the_main_direction_of_the_area() -> None:
    for turn in (-40.0, -10.0, 0.0, 30.0):
        area = shapely.affinity.rotate(shapely.box(0, 0, 200, 50), turn)
        assert np.degrees(main_direction(area)) == pytest.approx(turn, abs=1e-6)


@pytest.mark.parametrize("bank", ["LZRCB", "JYB"])
@pytest.mark.parametrize(
    "options", [{}, {"cell_size": 900.0}, {"cell_size": 3000.0, "min_cell_area": 3e6}, {"min_cell_area": 2e7}]
)
def test_R2_every_small_cell_of_the_sample_county_is_large_enough(
    sample: gp.Project, bank: str, options: dict[str, float]
) -> None:
    outlets = outlets_of(sample, bank)
    grid = gp.partition.wellfield(sample.service_area, outlets, **options)
    assert grid.certificate.valid
    cells = grid.cells
    assert cells["is_centre"].astype(bool).sum() == len(outlets)
    anchored = dict(zip(grid.outlets["outlet_id"], grid.outlets["cell_id"], strict=True))
    centres = cells[cells["is_centre"].astype(bool)]
    assert anchored == dict(zip(centres["outlet_id"], centres["cell_id"], strict=True))
    catchments = gp.partition.nearest(sample.service_area, outlets).cells.set_index("cell_id")
    whole = catchments["area_m2"][cells["parent_id"]].to_numpy()
    square = options["cell_size"] ** 2 if "cell_size" in options else whole / 9
    least = options.get("min_cell_area", 0.2 * square)
    too_small = cells["area_m2"].to_numpy() < least - 1e-6
    assert (whole[too_small] <= np.broadcast_to(least, whole.shape)[too_small]).all()
    # only a remnant on an island of its own makes a cell of two parts
    in_parts = cells.loc[cells.geometry.count_geometries() > 1, "parent_id"]
    assert (catchments.geometry[in_parts].count_geometries() > 1).all()


def test_a_small_remnant_on_an_island_joins_the_nearest_cell_of_its_catchment() -> None:
    land = shapely.MultiPolygon([shapely.box(0, 0, 90, 90), shapely.box(100, 40, 103, 43)])
    grid = gp.partition.wellfield(gpd.GeoSeries([land], crs=CRS), outlets_at([(45, 45)]), rotation=0.0)
    assert len(grid) == 9
    east = grid.cells[grid.cells["cell_id"] == grid.locate(gpd.GeoSeries([shapely.Point(101, 41)], crs=CRS))[0]]
    assert (east["col"].iloc[0], east["row"].iloc[0]) == (1, 0)
    assert shapely.get_num_geometries(east.geometry.iloc[0]) == 2


def test_children_fill_their_parent_exactly_to_the_third_level(sample: gp.Project) -> None:
    big = sample.grids["YLSB"]
    villages = gp.partition.nest(big, "admin", units=sample.units)
    fields = gp.partition.nest(villages, "wellfield")
    for parent, child, level in ((big, villages, 2), (villages, fields, 3)):
        assert set(child.cells["level"]) == {level}
        assert set(child.cells["parent_id"]) == set(parent.cells["cell_id"])
        for cell_id, cells in child.cells.groupby("parent_id"):
            whole = parent.cells[parent.cells["cell_id"] == cell_id]
            own = gpd.GeoSeries(Coverage.from_polygons(np.asarray(cells.geometry.array)).boundary(), crs=big.crs)
            assert gp.certify(cells, own).valid
            assert cells["area_m2"].sum() == pytest.approx(whole["area_m2"].iloc[0], rel=1e-9)


def test_three_levels_in_townships_of_taiwan(shared_data: Path) -> None:
    towns = gpd.read_file(shared_data / "tw_admin" / "tw.gpkg", layer="towns").to_crs(3826)
    towns = towns.rename(columns={"TOWNCODE": "cell_id"})
    area = gpd.GeoSeries([Coverage.from_polygons(np.asarray(towns.geometry.array)).boundary()], crs=towns.crs)
    big = gp.Grid.from_cells(towns, area, bank_id="A")
    small = gp.partition.nest(big, "wellfield")
    fields = gp.partition.nest(small, "wellfield")
    assert set(fields.cells["level"]) == {3}
    for parent, child in ((big, small), (small, fields)):
        whole = parent.cells.set_index("cell_id")["area_m2"]
        parts = child.cells.groupby("parent_id")["area_m2"].sum()
        assert parts[whole.index].to_numpy() == pytest.approx(whole.to_numpy(), rel=1e-9)


def test_equal_demand_fields_are_nearly_equal() -> None:
    generator = np.random.default_rng(0)
    points = generator.normal(0, 300, (4000, 2))
    lattice = Lattice(np.zeros(2), 0.3, 100.0, endless=True)
    angles = equal_angles(points, np.ones(len(points)), lattice)
    outside = np.abs(lattice.local(points)).max(axis=1) > 50
    local = lattice.local(points)[outside]
    sector = np.searchsorted(angles, np.arctan2(local[:, 1], local[:, 0])) % 8
    counts = np.bincount(sector, minlength=8)
    assert counts.max() - counts.min() <= 2


def test_equal_demand_keeps_nine_cells_on_a_round_area() -> None:
    area = shapely.Point(0, 0).buffer(1000)
    boxes = [shapely.box(x, y, x + 50, y + 50) for x in range(-1000, 1000, 50) for y in range(-1000, 1000, 50)]
    units = gpd.GeoDataFrame({"unit_id": [str(n) for n in range(len(boxes))], "population": 1}, geometry=boxes, crs=CRS)
    grid = gp.partition.wellfield(
        gpd.GeoSeries([area], crs=CRS), outlets_at([(0, 0)]), units=units, arrangement="equal_demand"
    )
    assert len(grid) == 9
    located = grid.locate(gpd.GeoSeries(units.geometry.centroid, crs=CRS))
    counts = located.value_counts()
    centre = grid.cells.loc[grid.cells["is_centre"].astype(bool), "cell_id"].iloc[0]
    outer = counts.drop(centre)
    assert outer.max() / outer.min() < 1.1


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"cell_size": 10.0, "block_size": 30.0}, "not both"),
        ({"cell_size": -1.0}, "positive"),
        ({"arrangement": "round"}, "round"),
        ({"arrangement": "equal_demand"}, "needs units"),
    ],
)
def test_contradicting_options_are_refused(options: dict[str, object], text: str) -> None:
    with pytest.raises(gp.InputError, match=text):
        gp.partition.wellfield(gpd.GeoSeries([shapely.box(0, 0, 90, 90)], crs=CRS), outlets_at([(45, 45)]), **options)


def test_unknown_rules_and_blank_units_are_refused(sample: gp.Project) -> None:
    grid = sample.grids["YLSB"]
    with pytest.raises(gp.InputError, match="circles"):
        gp.partition.nest(grid, "circles")  # type: ignore[arg-type]
    with pytest.raises(gp.InputError, match="does not take"):
        gp.partition.nest(grid, "wellfield", colour="red")
    with pytest.raises(gp.InputError, match="blank"):
        gp.partition.nest(grid, "admin", units=sample.units.iloc[5:])
