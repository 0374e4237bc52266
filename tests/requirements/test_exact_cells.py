"""Rows R1, R3 and R7: exact, edge-matched cells about their outlets, tested with other means than the certificate."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

import gridpart as gp

CRS = "EPSG:4547"
EPSILON = 1e-9
AREAS = {
    "convex": shapely.Polygon([(0, 0), (9_000, 1_000), (10_000, 8_000), (4_000, 11_000), (-1_000, 6_000)]),
    "holed": shapely.Polygon(
        shapely.box(0, 0, 10_000, 10_000).exterior.coords,
        [
            shapely.Point(4_000, 5_000).buffer(1_500).exterior.coords,
            shapely.box(7_000, 7_000, 8_000, 9_000).exterior.coords,
        ],
    ),
    "multipart": shapely.MultiPolygon([shapely.box(0, 0, 6_000, 6_000), shapely.box(8_000, 1_000, 12_000, 4_000)]),
}


def layer(shape: shapely.Geometry) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"area_id": ["s"]}, geometry=[shape], crs=CRS)


def outlets_in(shape: shapely.Geometry, count: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    low_x, low_y, high_x, high_y = shape.bounds
    points: list[shapely.Point] = []
    while len(points) < count:
        point = shapely.Point(rng.uniform(low_x, high_x), rng.uniform(low_y, high_y))
        if shape.contains(point):
            points.append(point)
    columns = {"outlet_id": [f"o{number:03d}" for number in range(count)], "bank_id": "B"}
    return gpd.GeoDataFrame(columns, geometry=points, crs=CRS)


@pytest.mark.parametrize("kind", AREAS)
@pytest.mark.parametrize("contiguous", [True, False], ids=["contiguous", "free"])
def test_R1_cells_are_an_exact_partition_for_a_hundred_seeds(kind: str, contiguous: object) -> None:
    shape = AREAS[kind]
    area = layer(shape)
    for seed in range(100):
        rng = np.random.default_rng([seed, len(kind)])
        grid = gp.partition.nearest(area, outlets_in(shape, int(rng.integers(1, 15)), rng), contiguous=bool(contiguous))
        cells = np.asarray(grid.cells.geometry.array, dtype=object)
        # twice the signed area of rings, summed exactly rounded: what overlaps or is left out shows
        assert abs(float(np.sum(shapely.area(cells))) - shape.area) <= EPSILON * shape.area
        first, second = shapely.STRtree(cells).query(cells, predicate="overlaps")
        assert len(first) == len(second) == 0
        probes = shapely.points(rng.uniform(shape.bounds[:2], shape.bounds[2:], (200, 2)))
        covered = np.bincount(shapely.STRtree(cells).query(probes, predicate="within")[0], minlength=200)
        assert (covered == shapely.contains_properly(shape, probes)).all()
        assert gp.certify(grid.cells, area).valid


def test_R7_large_cells_beside_small_ones_match_edge_by_edge() -> None:
    area = layer(shapely.box(0, 0, 3_000, 2_000))
    rows = [("big", shapely.box(0, 0, 2_000, 2_000))]
    rows += [
        (f"s{x}{y}", shapely.box(2_000 + 500 * x, 500 * y, 2_500 + 500 * x, 500 * y + 500))
        for x in (0, 1)
        for y in range(4)
    ]
    units = gpd.GeoDataFrame(
        {"unit_id": [name for name, _ in rows], "zone_class": "urban"}, geometry=[shape for _, shape in rows], crs=CRS
    )
    assert not shapely.coverage_is_valid(
        units.geometry.to_numpy()
    )  # corners of small squares hang on the large one's edge
    cells, changes = gp.clean(units.rename(columns={"unit_id": "cell_id"}), area, max_gap_width=0.0)
    assert shapely.coverage_is_valid(cells.geometry.to_numpy())
    assert len(changes)
    grid = gp.Grid.from_cells(cells, area, bank_id="B")
    graph = grid.adjacency()
    assert nx.is_connected(graph)
    assert set(graph["big"]) == {"s00", "s01", "s02", "s03"}
    assert {round(graph["big"][name]["border_m"], 6) for name in graph["big"]} == {500.0}


@pytest.mark.parametrize("kind", AREAS)
def test_R7_the_graph_of_neighbours_is_symmetric_and_connected_per_part(kind: str) -> None:
    shape = AREAS[kind]
    grid = gp.partition.nearest(layer(shape), outlets_in(shape, 40, np.random.default_rng(5)))
    assert shapely.coverage_is_valid(grid.cells.geometry.to_numpy())
    graph = grid.adjacency()
    assert not graph.is_directed()
    assert nx.number_connected_components(graph) == shapely.get_num_geometries(shape)


@pytest.mark.parametrize("kind", AREAS)
@pytest.mark.parametrize("seed", range(5))
def test_R3_every_outlet_lies_in_its_own_catchment(kind: str, seed: int) -> None:
    shape = AREAS[kind]
    outlets = outlets_in(shape, 60, np.random.default_rng([seed, 3]))
    twice = outlets.assign(outlet_id=[f"z{name}" for name in outlets["outlet_id"]]).head(4)
    every = gpd.GeoDataFrame(pd.concat([outlets, twice], ignore_index=True), geometry="geometry", crs=CRS)
    grid = gp.partition.nearest(layer(shape), every, coincident="merge", contiguous=False)
    assert len(grid) == len({point.wkb for point in every.geometry}) == 60
    own = grid.cells.set_index("outlet_id").geometry.loc[outlets["outlet_id"]]
    assert shapely.covers(own.to_numpy(), outlets.geometry.to_numpy()).all()
    assert grid.certify().valid
