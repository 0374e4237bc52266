"""The outlet nearest to each place equals a search of all, ties to the lowest id, by road as well."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

import gridpart as gp

CRS = "EPSG:4547"


def points(xy: np.ndarray, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(*xy.T), crs=CRS)


def test_R5_nearest_outlets_equal_a_search_of_all() -> None:
    generator = np.random.default_rng(5)
    # whole numbers make many ties
    stops, places = generator.integers(0, 30, (40, 2)).astype(float), generator.integers(0, 30, (1000, 2)).astype(float)
    stops = np.unique(stops, axis=0)
    ids = [f"{n:03d}" for n in generator.permutation(len(stops))]
    outlets = points(stops, outlet_id=ids, bank_id="A")
    table = gp.partition.nearest_outlet(points(places).set_index(np.arange(1000) + 7), outlets)
    for row, place in enumerate(places):
        gap = np.hypot(*(stops - place).T)
        assert table["outlet_id"].iloc[row] == min(ids[stop] for stop in np.flatnonzero(gap == gap.min()))
        assert table["distance_m"].iloc[row] == gap.min()
    assert table.index[0] == 7
    again = gp.partition.nearest_outlet(points(places), outlets.sample(frac=1, random_state=0))
    assert again["outlet_id"].tolist() == table["outlet_id"].tolist()


def test_R5_by_road_and_where_no_road_leads() -> None:
    graph = nx.path_graph(6)
    graph.remove_edge(4, 5)
    nx.set_edge_attributes(graph, 2.0, "minutes")
    for node in graph.nodes:
        graph.nodes[node].update(x=10.0 * node, y=0.0)
    outlets = points(np.array([[0.0, 0.0], [40.0, 0.0]]), outlet_id=["b", "a"], bank_id="A")
    places = points(np.column_stack([10.0 * np.arange(6), np.full(6, 3.0)]))
    table = gp.partition.nearest_outlet(places, outlets, roads=graph)
    assert table["outlet_id"].tolist() == ["b", "b", "a", "a", "a", None]
    assert table["minutes"].tolist() == [0, 2, 4, 2, 0, np.inf]


def test_what_cannot_be_looked_up_is_named() -> None:
    outlets = points(np.zeros((1, 2)), outlet_id=["a"], bank_id="A")
    with pytest.raises(gp.InputError, match="1 places have no geometry: rows 1"):
        gp.partition.nearest_outlet(gpd.GeoSeries([shapely.Point(1, 1), None], crs=CRS), outlets)
    with pytest.raises(gp.InputError, match="outlets has no row"):
        gp.partition.nearest_outlet(points(np.zeros((1, 2))), outlets.iloc[:0])
    with pytest.raises(gp.CRSError):
        gp.partition.nearest_outlet(points(np.zeros((1, 2))).to_crs(4326), outlets)
