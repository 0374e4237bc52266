"""Outreach: every address once, every street covered."""

from __future__ import annotations

import itertools

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from gridpart.errors import InputError
from gridpart.ledger import sweep_route, visit_list


def grid_streets(n: int, *, seed: int) -> nx.Graph:
    rng = np.random.default_rng(seed)
    streets = nx.grid_2d_graph(n, n)
    for one, two in list(streets.edges):
        streets[one][two]["length_m"] = float(rng.integers(20, 300))
        if rng.random() < 0.15:
            streets.remove_edge(one, two)
    return streets


@pytest.mark.parametrize("seed", range(8))
def test_R97_each_street_is_covered_and_the_walk_is_no_shorter_than_all_streets(seed: int) -> None:
    streets = grid_streets(5, seed=seed)
    routes = sweep_route(streets)
    walked = {frozenset(pair) for route in routes for pair in itertools.pairwise(route.nodes)}
    assert walked == {frozenset(edge) for edge in streets.edges}
    for route in routes:
        assert route.nodes[0] == route.nodes[-1]
        assert route.length_m >= route.streets_m
        steps = sum(streets[one][two]["length_m"] for one, two in itertools.pairwise(route.nodes))
        assert steps == pytest.approx(route.length_m)
    assert sum(route.streets_m for route in routes) == pytest.approx(streets.size(weight="length_m"))


def test_R97_little_is_walked_twice() -> None:
    square = nx.cycle_graph(4)
    nx.set_edge_attributes(square, 100.0, "length_m")
    assert sweep_route(square, start=2)[0].length_m == 400
    assert sweep_route(square, start=2)[0].nodes[0] == 2
    square.add_edge(0, 2, length_m=50.0)
    route = sweep_route(square)[0]
    assert (route.length_m, route.streets_m) == (500, 450)  # the diagonal twice, not two sides
    with pytest.raises(InputError, match="streets without length"):
        sweep_route(nx.path_graph(3))
    with pytest.raises(InputError, match="an undirected graph"):
        sweep_route(nx.DiGraph())


def test_R97_every_address_stands_once_in_its_band() -> None:
    rng = np.random.default_rng(0)
    places = rng.uniform(-3000, 3000, (400, 2))
    places[:3] = [[500, 0], [500.01, 0], [0, 0]]
    addresses = gpd.GeoDataFrame({"address_id": range(400)}, geometry=shapely.points(places), crs="EPSG:4547")
    visits = visit_list(addresses, shapely.Point(0, 0))
    assert sorted(visits["address_id"]) == list(range(400))
    assert visits["distance_m"].is_monotonic_increasing
    band = visits.set_index("address_id")["band"]
    assert (band[0], band[1], band[2]) == ("0-500 m", "500-1000 m", "0-500 m")
    assert (visits.loc[visits["band"].str.startswith("beyond"), "distance_m"] > 2000).all()
    with pytest.raises(InputError, match="bands must ascend"):
        visit_list(addresses, shapely.Point(0, 0), bands_m=[500, 300])
    with pytest.raises(InputError, match="1 addresses have no place: rows 0"):
        visit_list(addresses.head(1).set_geometry([None], crs="EPSG:4547"), shapely.Point(0, 0))
