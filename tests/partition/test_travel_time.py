"""Rule travel time: owners by road, ties, directions, parallel and missing roads, real streets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

import gridpart as gp
from gridpart.partition import RoadNetwork

CRS = "EPSG:4546"
AREA = gpd.GeoSeries([shapely.box(0, 0, 100, 100)], crs=CRS)


def outlets_at(points: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    ids = [f"{number}" for number in range(len(points))]
    return gpd.GeoDataFrame(
        {"outlet_id": ids, "bank_id": "A"}, geometry=[shapely.Point(point) for point in points], crs=CRS
    )


def lattice(side: int = 10, *, seed: int = 0, kind: type[nx.Graph] = nx.Graph) -> nx.Graph:
    generator = np.random.default_rng(seed)
    graph = kind(nx.grid_2d_graph(side, side))
    for node in graph.nodes:
        graph.nodes[node].update(x=10.0 * node[0] + 5, y=10.0 * node[1] + 5)
    for _, _, data in graph.edges(data=True):
        data["minutes"] = float(generator.integers(1, 9))
    return graph


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph])
@pytest.mark.parametrize("seed", range(4))
def test_owners_and_minutes_equal_a_search_from_every_target(kind: type[nx.Graph], seed: int) -> None:
    graph = lattice(seed=seed, kind=kind)
    if graph.is_multigraph():
        graph.add_edge((0, 0), (0, 1), minutes=0.5)
    if graph.is_directed():
        graph.remove_edges_from([edge for number, edge in enumerate(list(graph.edges())) if number % 7 == 0])
    network = RoadNetwork.from_graph(graph)
    targets = [(0, 0), (9, 9), (3, 7), (6, 2)]
    rows = np.array([network.nodes.index(target) for target in targets])
    owner, minutes = network.nearest_of(rows)
    way = graph.reverse() if graph.is_directed() else graph
    tables = [nx.single_source_dijkstra_path_length(way, target, weight="minutes") for target in targets]
    for row, node in enumerate(network.nodes):
        times = [table.get(node, np.inf) for table in tables]
        assert minutes[row] == min(times)
        assert owner[row] == (times.index(min(times)) if np.isfinite(min(times)) else -1)


def test_roads_of_no_minutes_carry_the_first_of_equals_through() -> None:
    graph = nx.path_graph(5)
    for node in graph.nodes:
        graph.nodes[node].update(x=float(node), y=0.0)
    nx.set_edge_attributes(graph, 0.0, "minutes")
    owner, minutes = RoadNetwork.from_graph(graph).nearest_of(np.array([4, 0]))
    assert owner.tolist() == [0] * 5
    assert minutes.tolist() == [0.0] * 5


@pytest.mark.parametrize("polygons", ["nodes", "blocks"])
def test_faces_go_to_the_outlet_reached_first(polygons: str) -> None:
    graph = lattice(seed=3)
    outlets = outlets_at([(5, 5), (95, 95), (35, 75)])
    grid = gp.partition.travel_time(AREA, outlets, graph, polygons=polygons)  # type: ignore[arg-type]
    assert grid.certificate.valid
    assert grid.cells["outlet_id"].tolist() == ["0", "1", "2"]
    assert grid.locate(outlets).tolist() == grid.cells["cell_id"].tolist()
    if polygons == "nodes":
        network = RoadNetwork.from_graph(graph)
        owner, _ = network.nearest_of(network.nearest_nodes(np.array([[5, 5], [95, 95], [35, 75]])))
        places = gpd.GeoSeries(shapely.points(network.points), crs=CRS)
        found = [int(cell.split("-")[1]) for cell in grid.locate(places)]
        assert np.mean(np.array(found) == owner) > 0.95  # a face cut off from its outlet may have moved


def test_units_follow_the_road_not_the_line_of_sight() -> None:
    boxes = [shapely.box(10 * n, 0, 10 * n + 10, 100) for n in range(10)]
    units = gpd.GeoDataFrame(
        {"unit_id": [f"U{n}" for n in range(10)], "population": range(10)}, geometry=boxes, crs=CRS
    )
    graph = nx.Graph()
    for n in range(10):
        graph.add_node(n, x=10.0 * n + 5, y=50.0)
        if n:
            graph.add_edge(n - 1, n, minutes=1.0 if n < 8 else 30.0)
    grid = gp.partition.travel_time(AREA, outlets_at([(5, 50), (95, 50)]), graph, units=units)
    # two slow roads before the eastern outlet: the western one is quicker up to unit 7
    assert grid.cells["demand"].tolist() == [sum(range(8)), 8 + 9]


def test_land_without_a_road_joins_a_neighbour_and_is_listed() -> None:
    graph = lattice()
    graph.remove_edges_from(list(graph.edges((4, 4))))
    grid = gp.partition.travel_time(AREA, outlets_at([(5, 5), (95, 95)]), graph)
    listed = grid.provenance["unreachable"]
    assert (listed["n_nodes"], listed["nodes"], listed["n_faces"]) == (1, ["(4, 4)"], 1)
    assert grid.cells["area_m2"].sum() == pytest.approx(10_000)


def test_two_outlets_at_one_node_share_its_face() -> None:
    outlets = outlets_at([(42, 45), (48, 45), (95, 95)])
    grid = gp.partition.travel_time(AREA, outlets, lattice())
    assert grid.locate(outlets).tolist() == ["A-0", "A-1", "A-2"]
    with pytest.raises(gp.InfeasibleError, match="0, 1"):
        gp.partition.travel_time(AREA, outlets, lattice(), shared_units="error")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda g: g.nodes[(0, 0)].pop("x"), r"1 of 100 road nodes have no x and y.*\(0, 0\)"),
        (lambda g: g.edges[(0, 0), (0, 1)].pop("minutes"), r"1 of 180 roads have no minutes.*\(0, 0\)–\(0, 1\)"),
        (lambda g: g.edges[(0, 0), (0, 1)].update(minutes=-1.0), "minutes of at least 0"),
        (lambda g: g.edges[(0, 0), (0, 1)].update(minutes=float("nan")), "minutes of at least 0"),
        (lambda g: g.clear(), "no node"),
    ],
)
def test_unusable_graphs_are_refused(change, text: str) -> None:  # noqa: ANN001
    graph = lattice()
    change(graph)
    with pytest.raises(gp.InputError, match=text):
        gp.partition.travel_time(AREA, outlets_at([(5, 5)]), graph)


def test_reach_by_road_is_the_land_of_the_nodes_in_time() -> None:
    graph = lattice()
    nx.set_edge_attributes(graph, 1.0, "minutes")
    grid = gp.partition.nearest(AREA, outlets_at([(5, 5), (95, 95)]))
    reached = grid.reach(minutes=3, roads=graph)
    assert grid.reach(3, graph).equals(reached)
    # nodes within three steps of a corner: 1 + 2 + 3 + 4 squares of 100 m² on each side
    assert reached["reached_m2"].tolist() == pytest.approx([1000, 1000])
    with pytest.raises(gp.InputError, match="either radius_m"):
        grid.reach(minutes=3)
    for wrong in ({"radius_m": 3}, {"minutes": 3, "radius_m": 3}, {}):
        with pytest.raises(gp.InputError, match="reach needs one limit"):
            grid.reach(roads=graph, **wrong)
    with pytest.raises(gp.InputError, match="reach needs one limit"):
        grid.reach(3, graph, minutes=3)
    with pytest.raises(gp.InputError, match="minutes must be a positive number"):
        grid.reach({"urban": 3}, graph)


def test_streets_of_wuhan_equal_networkx(shared_data: Path) -> None:
    graph = wuhan(shared_data)
    generator = np.random.default_rng(1)
    nodes = list(graph)
    targets = [nodes[row] for row in generator.choice(len(nodes), 60, replace=False)]
    network = RoadNetwork.from_graph(graph)
    number = {node: row for row, node in enumerate(network.nodes)}
    owner, minutes = network.nearest_of(np.array([number[target] for target in targets]))
    cells = nx.voronoi_cells(graph, targets, weight="minutes")
    for rank, target in enumerate(targets):
        assert {number[node] for node in cells[target]} == set(np.flatnonzero(owner == rank).tolist())
    distances = nx.multi_source_dijkstra_path_length(graph, targets, weight="minutes")
    assert all(distances[node] == minutes[row] for node, row in number.items())


def wuhan(shared_data: Path) -> nx.MultiGraph:
    speeds = {"motorway": 90, "trunk": 70, "primary": 60, "secondary": 50, "tertiary": 40}
    table = gpd.read_parquet(shared_data / "roads_wuhan" / "edges.parquet")
    graph = nx.MultiGraph()
    length = table.geometry.length / 1000
    for row, shape, km in zip(table.itertuples(), table.geometry, length, strict=True):
        for node, (x, y) in ((row.u, shape.coords[0]), (row.v, shape.coords[-1])):
            graph.add_node(node, x=x, y=y)
        graph.add_edge(row.u, row.v, minutes=km / speeds.get(row.highway, 25) * 60)
    return graph


def test_san_francisco_matrix_gives_every_tract_its_nearest_site(shared_data: Path) -> None:
    folder = shared_data / "sf_network"
    matrix = pd.read_csv(folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv", dtype={"name": str})
    graph = nx.DiGraph()
    for number, name in enumerate(sorted(matrix["name"].unique())):
        graph.add_node(("site", name), x=float(number), y=0.0)
    for number, tract in enumerate(sorted(matrix["DestinationName"].unique())):
        graph.add_node(("tract", tract), x=float(number), y=1.0)
    for row in matrix.itertuples():
        graph.add_edge(("tract", row.DestinationName), ("site", row.name), minutes=row.distance)
    network = RoadNetwork.from_graph(graph)
    sites = [row for row, node in enumerate(network.nodes) if node[0] == "site"]
    owner, _ = network.nearest_of(np.array(sites))
    best = matrix.loc[matrix.groupby("DestinationName")["distance"].idxmin()].set_index("DestinationName")["name"]
    right = sum(
        network.nodes[sites[owner[row]]][1] == best[node[1]]
        for row, node in enumerate(network.nodes)
        if node[0] == "tract"
    )
    assert right == len(best) == 205


def lines_of(rows: list[tuple[tuple[float, float], tuple[float, float]]], **columns: object) -> gpd.GeoDataFrame:
    table = {"road_id": [f"R{n}" for n in range(len(rows))], **columns}
    return gpd.GeoDataFrame(table, geometry=[shapely.LineString(row) for row in rows], crs=CRS)


def test_a_table_of_roads_becomes_a_graph() -> None:
    rows = [((0, 0), (60, 0)), ((60, 0), (60, 60)), ((60, 60), (0, 0))]
    graph = gp.partition.road_graph(
        lines_of(rows, road_class=["a", "b", None], minutes=[None, None, 7.0], oneway=[False, True, False]),
        speeds={"a": 3.6, "": 7.2},
    )
    assert isinstance(graph, nx.MultiDiGraph)
    minutes = {(one, two): data["minutes"] for one, two, data in graph.edges(data=True)}
    east, north, home = (60.0, 0.0), (60.0, 60.0), (0.0, 0.0)
    assert minutes == pytest.approx(
        {(home, east): 1.0, (east, home): 1.0, (east, north): 0.5, (north, home): 7.0, (home, north): 7.0}
    )
    named = gp.partition.road_graph(lines_of(rows, from_node=list("abc"), to_node=list("bca")), speeds=30)
    assert sorted(named.nodes) == ["a", "b", "c"]
    assert named.nodes["c"] == {"x": 60.0, "y": 60.0}
    with pytest.raises(gp.InputError, match="2 of 3 roads have neither minutes"):
        gp.partition.road_graph(lines_of(rows, minutes=[None, -1.0, 3.0]))
    parts = lines_of(rows).set_geometry([shapely.MultiLineString([row]) for row in rows], crs=CRS)
    with pytest.raises(gp.InputError, match="3 of 3 roads are no single lines: R0"):
        gp.partition.road_graph(parts, speeds=30)


def test_R12_no_road_over_a_barrier_is_used() -> None:
    graph = lattice()
    nx.set_edge_attributes(graph, 1.0, "minutes")
    outlets = outlets_at([(5, 5), (95, 95)])
    river = gpd.GeoSeries([shapely.LineString([(0, 70), (100, 70)])], crs=CRS)
    free = gp.partition.travel_time(AREA, outlets, graph)
    held = gp.partition.travel_time(AREA, outlets, graph, barriers=river)
    assert free.cells["area_m2"].tolist() == pytest.approx([5500, 4500])
    assert held.cells["area_m2"].tolist() == pytest.approx([7000, 3000])
    network = RoadNetwork.from_graph(graph)
    assert gp.partition.travel_time(AREA, outlets, network, barriers=river).digest == held.digest
    assert RoadNetwork.from_graph(network) is network
    with pytest.raises(gp.InputError, match="barriers are points"):
        gp.partition.travel_time(AREA, outlets, graph, barriers=outlets)


class OneHash(int):
    """A name whose hash says nothing."""

    __slots__ = ()

    def __hash__(self) -> int:
        return 7


NAMES = {
    "numbers": int,
    "strings": str,
    "one hash": OneHash,
    "large": lambda name: 2**70 + name,
    "pairs": lambda name: (name, "x"),
    "mixed": lambda name: [str(name), name, name + 0.5][name % 3],
    "mixed, equal as whole numbers": lambda name: [str(2), name, 2.5][name % 3],
}


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("kind", [nx.MultiGraph, nx.MultiDiGraph, nx.Graph, nx.DiGraph])
def test_parallel_roads_loops_and_their_keys(kind: type[nx.Graph], names: Callable[[int], object]) -> None:
    rows = [(1, 2, 5.0), (2, 3, 1.0), (3, 1, 9.0), (2, 2, 4.0), (1, 2, 2.0), (2, 1, 3.0)]
    graph = kind()
    for key, (one, two, minutes) in enumerate(rows):
        own = {"key": f"k{key}"} if graph.is_multigraph() else {}
        graph.add_edge(names(one), names(two), minutes=minutes, **own)
    nx.set_node_attributes(graph, 0.0, "x")
    nx.set_node_attributes(graph, 0.0, "y")
    network = RoadNetwork.from_graph(graph)
    _, minutes = network.nearest_of(np.array([network.nodes.index(names(1))]))
    way = graph.reverse() if graph.is_directed() else graph
    expected = nx.single_source_dijkstra_path_length(way, names(1), weight="minutes")
    assert minutes.tolist() == [expected[node] for node in network.nodes]


def test_roads_in_degrees_are_refused() -> None:
    area = gpd.GeoSeries([shapely.box(500_000, 3_400_000, 500_100, 3_400_100)], crs=CRS)
    outlets, graph = outlets_at([(500_010, 3_400_010), (500_090, 3_400_090)]), lattice()
    for number, node in enumerate(graph.nodes):
        graph.nodes[node].update(x=111.0 + number / 1e4, y=30.7)
    with pytest.raises(gp.InputError, match=r"about 3,4\d\d\.\d km from the places to be reached, around \(111"):
        gp.partition.travel_time(area, outlets, graph)
    with pytest.raises(gp.InputError, match="they must be in the same CRS"):
        gp.partition.nearest_outlet(area, outlets, roads=graph)
    with pytest.raises(gp.InputError, match="they must be in the same CRS"):
        gp.partition.nearest(area, outlets).reach(minutes=5, roads=graph)
    with pytest.raises(gp.InputError, match="roads must be a networkx graph or a RoadNetwork; None was given"):
        gp.partition.travel_time(area, outlets, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("polygons", ["nodes", "units"])
def test_the_order_of_the_graph_does_not_matter_where_nodes_are_equally_near(polygons: str) -> None:
    area = gpd.GeoSeries([shapely.box(0, 0, 6, 6)], crs=4547)
    boxes = [shapely.box(x, y, x + 1, y + 1) for x in range(6) for y in range(6)]
    units = gpd.GeoDataFrame({"unit_id": [f"u{n:02d}" for n in range(36)]}, geometry=boxes, crs=4547)
    # every outlet, and the middle of every unit, is equally near to four nodes
    places = [shapely.Point(1.5, 1.5), shapely.Point(4.5, 1.5), shapely.Point(1.5, 4.5)]
    outlets = gpd.GeoDataFrame({"outlet_id": ["1", "2", "3"], "bank_id": "A"}, geometry=places, crs=4547)
    roads = nx.grid_2d_graph(7, 7)
    minutes = {edge: 1.0 + 0.1 * sum(edge[0]) for edge in roads.edges}
    digests = set()
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(49)
        nodes = [list(roads.nodes)[row] for row in order]
        graph = nx.Graph()
        graph.add_nodes_from((f"n{x}-{y}", {"x": float(x), "y": float(y)}) for x, y in nodes)
        graph.add_edges_from((f"n{u}-{v}", f"n{x}-{y}", {"minutes": m}) for ((u, v), (x, y)), m in minutes.items())
        options = {"units": units} if polygons == "units" else {}
        digests.add(gp.partition.travel_time(area, outlets, graph, polygons=polygons, **options).digest)
    assert len(digests) == 1
