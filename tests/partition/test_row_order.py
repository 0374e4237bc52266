"""The order of rows, of outlets, units, demand, roads and drafts, changes no bit of a grid, ties included."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, cast

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

import gridpart as gp

CRS = 4546
SIDE, STEP_M = 7, 100.0


class Layers(NamedTuple):
    """Square villages, outlets on their corners, demand that no float holds exactly, roads along their sides."""

    area: gpd.GeoSeries
    outlets: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame
    drafts: gpd.GeoDataFrame
    roads: nx.Graph


def _layers(rng: np.random.Generator) -> Layers:
    width = SIDE * STEP_M
    squares = [
        shapely.box(x, y, x + STEP_M, y + STEP_M) for y in np.arange(SIDE) * STEP_M for x in np.arange(SIDE) * STEP_M
    ]
    units = gpd.GeoDataFrame(
        {
            "unit_id": rng.permutation([f"{number:03d}" for number in range(len(squares))]),
            "households": rng.choice([0.1, 0.7, 1.0, 2.0], len(squares)),
            "township_id": [f"T{number // (2 * SIDE)}" for number in range(len(squares))],
        },
        geometry=squares,
        crs=CRS,
    )
    corners = np.unique(rng.integers(0, SIDE + 1, (5, 2)), axis=0) * STEP_M
    outlets = gpd.GeoDataFrame(
        {"outlet_id": rng.permutation([f"{number:03d}" for number in range(len(corners))]), "bank_id": "A"},
        geometry=gpd.points_from_xy(*corners.T),
        crs=CRS,
    )
    places = rng.integers(0, SIDE + 1, (80, 2)) * STEP_M
    weights = {"weight": rng.choice([0.1, 0.7, 1.0, 2.0], len(places))}
    demand = gpd.GeoDataFrame(weights, geometry=gpd.points_from_xy(*places.T), crs=CRS)
    area = gpd.GeoSeries([shapely.box(0, 0, width, width)], crs=CRS)
    claims = outlets.buffer(90, cap_style="square").intersection(area.iloc[0])
    drafts = gpd.GeoDataFrame({"cell_id": outlets["outlet_id"]}, geometry=claims, crs=CRS)
    roads: nx.Graph = nx.grid_2d_graph(SIDE + 1, SIDE + 1)
    nx.set_node_attributes(roads, {node: {"x": node[0] * STEP_M, "y": node[1] * STEP_M} for node in roads})
    nx.set_edge_attributes(roads, 1.0, "minutes")
    return Layers(area, outlets, units, demand, drafts, roads)


def _shuffled(layers: Layers, rng: np.random.Generator) -> Layers:
    roads: nx.Graph = nx.Graph()
    nodes, edges = list(layers.roads.nodes(data=True)), list(layers.roads.edges(data=True))
    roads.add_nodes_from(nodes[row] for row in rng.permutation(len(nodes)))
    roads.add_edges_from((edges[row][1], edges[row][0], edges[row][2]) for row in rng.permutation(len(edges)))
    tables = [
        table.iloc[rng.permutation(len(table))].set_index(pd.Index(rng.permutation(len(table)) + 7))
        for table in (layers.outlets, layers.units, layers.demand, layers.drafts)
    ]
    return Layers(layers.area, *tables, roads)


def _big(layers: Layers) -> gp.Grid:
    return gp.partition.admin(layers.units, demand="households")


def _best(layers: Layers) -> gp.Grid:
    try:
        return gp.partition.aggregate(layers.units, layers.outlets, tolerance=0.3, shared_units="merge")
    except gp.NotReachedError as error:
        return cast(gp.Grid, error.grid)


def _revised(layers: Layers) -> gp.Grid:
    grid = gp.partition.nearest(layers.area, layers.outlets, units=layers.units)
    return gp.partition.revise(grid, layers.outlets[layers.outlets["outlet_id"] != "001"])[0]


P = gp.partition
RULES: dict[str, Callable[[Layers], gp.Grid]] = {
    "nearest": lambda of: P.nearest(of.area, of.outlets, demand=of.demand),
    "nearest by units": lambda of: P.nearest(of.area, of.outlets, units=of.units, demand=of.demand),
    "travel_time by units": lambda of: P.travel_time(of.area, of.outlets, of.roads, units=of.units),
    "travel_time by blocks": lambda of: P.travel_time(of.area, of.outlets, of.roads, polygons="blocks"),
    "balanced": lambda of: P.balanced(of.area, of.outlets, demand="households", units=of.units, contiguous=True),
    "aggregate": _best,
    "admin": _big,
    "wellfield": lambda of: P.wellfield(of.area, of.outlets, units=of.units, demand="households"),
    "wellfield of equal demand": lambda of: P.wellfield(
        of.area, of.outlets, arrangement="equal_demand", demand=of.demand
    ),
    "nest aggregate": lambda of: P.nest(_big(of), "aggregate", units=of.units, demand="households", officers=3),
    "nest wellfield": lambda of: P.nest(_big(of), "wellfield", units=of.units, demand="households"),
    "reconcile": lambda of: P.reconcile(of.drafts, of.area)[0],
    "revise": _revised,
}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("rule", RULES)
def test_the_order_of_rows_changes_nothing_in_cells_and_provenance(rule: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    layers = _layers(rng)
    one, two = RULES[rule](layers), RULES[rule](_shuffled(layers, rng))
    assert one.digest == two.digest
    cells = [grid.cells.sort_values("cell_id", ignore_index=True) for grid in (one, two)]
    assert cells[0].geometry.to_wkb().tolist() == cells[1].geometry.to_wkb().tolist()
    pd.testing.assert_frame_equal(pd.DataFrame(cells[0]), pd.DataFrame(cells[1]), check_exact=True)
    assert dict(one.provenance) == dict(two.provenance)


def test_cells_come_in_the_order_of_the_outlets_given() -> None:
    layers = _layers(np.random.default_rng(0))
    for rule in ("nearest", "nearest by units", "travel_time by units", "balanced", "aggregate"):
        grid = RULES[rule](layers)
        assert grid.cells["outlet_id"].is_unique
        order = [name for name in layers.outlets["outlet_id"] if name in set(grid.cells["outlet_id"])]
        assert grid.cells["outlet_id"].tolist() == order
        assert grid.outlets["outlet_id"].tolist() == order


def test_an_outlet_on_the_border_of_units_stands_in_the_one_with_the_lowest_id() -> None:
    boxes = [shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)]
    area = gpd.GeoSeries([shapely.box(0, 0, 20, 10)], crs=CRS)
    points = gpd.points_from_xy([10, 1, 19], [5, 5, 5])
    outlets = gpd.GeoDataFrame({"outlet_id": ["b", "c"], "bank_id": "A"}, geometry=points[[0, 2]], crs=CRS)
    for ids in (["1", "2"], ["2", "1"]):
        units = gpd.GeoDataFrame({"unit_id": ids}, geometry=boxes, crs=CRS)
        if ids[0] == "2":  # then the lowest is that of the other outlet, which shares it out
            outlets = outlets.set_geometry(points[[0, 1]], crs=CRS)
        grid = gp.partition.nearest(area, outlets, units=units, shared_units="error")
        assert grid.locate(units.representative_point()).tolist() == (
            ["A-b", "A-c"] if ids[0] == "1" else ["A-c", "A-b"]
        )
