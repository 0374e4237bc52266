"""Roads: a connected planar network of streets, county roads, township roads and village roads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import scipy
import shapely

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.project.sample.noise import angle_at, crooked_lines
from gridpart.project.sample.outline import CRS, Land
from gridpart.project.sample.units import TOWN, Places

if TYPE_CHECKING:
    import networkx as nx

SPEED_KMH = {"county": 60.0, "township": 40.0, "village": 25.0}
"""Speed by road class in km/h."""

_CLASSES = ("village", "township", "county")
_N_HAMLETS = 620
_SHORE_M = 60.0
_STEP_M = 150.0
_WIDEST_ANGLE = np.radians(24)
_STREET_ANGLE = np.radians(2)
_JOINING = 0.55
"""What a metre of county road costs beside other roads when the next county road is laid."""

_CENTIMETRES = 2


@dataclass(frozen=True, eq=False)
class Network:
    """
    Nodes and roads.

    Attributes
    ----------
    nodes
        Coordinates in m, shape (n_nodes, 2); the settlements of the units come first.
    in_town
        Which nodes are street corners of the town, shape (n_nodes,).
    table
        ``road_id``, ``from_node``, ``to_node``, ``road_class``, ``length_m``, ``minutes``, ``oneway``, lines.
    """

    nodes: FloatArray
    in_town: BoolArray
    table: gpd.GeoDataFrame

    def graph(self) -> nx.Graph[str]:
        """Return the network as a graph: nodes with ``x``, ``y`` in m, edges with the columns of the table."""
        return graph_of(self.nodes, self.table)


def node_id(row: int) -> str:
    """Return the id of a node."""
    return f"N{row + 1:04d}"


def graph_of(nodes: FloatArray, table: gpd.GeoDataFrame) -> nx.Graph[str]:
    """
    Return a network as a graph.

    Parameters
    ----------
    nodes
        Coordinates in m, shape (n_nodes, 2).
    table
        The roads.

    Returns
    -------
    graph
        Nodes carry ``x`` and ``y`` in m; edges ``road_id``, ``road_class``, ``length_m``, ``minutes``, ``geometry``.
    """
    import networkx as nx

    graph: nx.Graph[str] = nx.Graph()
    for row, (x, y) in enumerate(nodes.tolist()):
        graph.add_node(node_id(row), x=x, y=y)
    kept = ["road_id", "road_class", "length_m", "minutes", "geometry"]
    ends = zip(table["from_node"], table["to_node"], strict=True)
    for (tail, head), attributes in zip(ends, table[kept].to_dict("records"), strict=True):
        graph.add_edge(tail, head, **attributes)
    return graph


def build_roads(land: Land, places: Places, *, rng: np.random.Generator) -> Network:
    """
    Draw the roads.

    Parameters
    ----------
    land, places
        From `outline.lay_out` and `units.settle`.
    rng
        Source of chance.

    Returns
    -------
    network
        Connected and planar; no road enters the lake; only roads to the exclave leave the county by far.
    """
    nodes, in_town = _nodes(land, places, rng)
    pairs, angle = _triangulation(nodes)
    length = np.hypot(*(nodes[pairs[:, 0]] - nodes[pairs[:, 1]]).T)
    lake = shapely.union_all(land.faces.polygons[land.in_lake]).buffer(_SHORE_M)
    lines = shapely.linestrings(nodes[pairs])
    dry = ~shapely.intersects(lines, lake)
    inside = shapely.covers(places.area.buffer(200), lines)
    street = in_town[pairs].all(axis=1)
    near = _is_gabriel(nodes, pairs)
    passable = dry & inside & near
    passable |= dry & _links(len(nodes), pairs, np.where(passable, 1e-3, length) + np.where(dry, 0, 1e9))
    road_class = _classify(places, pairs, length, passable)
    kept = passable & (street | (road_class > 0) | _is_relative_neighbour(nodes, pairs))
    kept |= passable & _links(len(nodes), pairs, np.where(kept, 1e-3, length) + np.where(passable, 0, 1e9))
    free = np.where(street, np.minimum(angle, _STREET_ANGLE), np.minimum(angle, _WIDEST_ANGLE))
    table = _road_table(nodes, pairs[kept], angle=free[kept], road_class=road_class[kept], rng=rng)
    wet = shapely.intersects(np.asarray(table.geometry.array), lake)
    table.loc[wet, "geometry"] = lines[kept][wet]
    return Network(nodes, in_town, _with_times(table))


def _nodes(land: Land, places: Places, rng: np.random.Generator) -> tuple[FloatArray, BoolArray]:
    """Return settlements, street corners of the town, and hamlets of the countryside."""
    corners = land.sites[land.in_town]
    rural = land.sites[land.in_county & ~land.in_town]
    hamlets = rural[np.sort(rng.choice(len(rural), _N_HAMLETS, replace=False))]
    everything = np.concatenate([places.settlements, corners.round(_CENTIMETRES), hamlets.round(_CENTIMETRES)])
    in_town = np.arange(len(everything)) < len(places.settlements) + len(corners)
    in_town[: len(places.settlements)] = places.township == TOWN
    _, first = np.unique(everything, axis=0, return_index=True)
    first.sort()
    return everything[first], in_town[first]


def _triangulation(nodes: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the edges of the Delaunay triangulation and half the smallest angle beside each."""
    corners = scipy.spatial.Delaunay(nodes - nodes.mean(axis=0)).simplices.astype(np.int64)
    tail, head, third = np.concatenate([np.roll(corners, -turn, axis=1) for turn in range(3)]).T
    a, b, c = nodes[tail], nodes[head], nodes[third]
    free = np.minimum(angle_at(a, b, c), angle_at(b, a, c))
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    codes, edge = np.unique(low * len(nodes) + high, return_inverse=True)
    angle = np.full(len(codes), np.pi)
    np.minimum.at(angle, edge, free / 2)
    return np.column_stack([codes // len(nodes), codes % len(nodes)]), angle


def _is_gabriel(nodes: FloatArray, pairs: IntArray) -> BoolArray:
    """Return which edges have no third node in the circle on them."""
    middle = nodes[pairs].mean(axis=1)
    radius = np.hypot(*(nodes[pairs[:, 0]] - nodes[pairs[:, 1]]).T) / 2
    nearest = scipy.spatial.cKDTree(nodes).query(middle)[0]
    gabriel: BoolArray = nearest >= radius * (1 - 1e-9)
    return gabriel


def _is_relative_neighbour(nodes: FloatArray, pairs: IntArray) -> BoolArray:
    """
    Return which edges have no third node nearer to both ends than these are to each other.

    References
    ----------
    .. [1] Toussaint, G. T. (1980). The relative neighbourhood graph of a finite planar set. Pattern Recognition 12(4).
    """
    ends = nodes[pairs]
    length = np.hypot(*(ends[:, 0] - ends[:, 1]).T)
    around = scipy.spatial.cKDTree(nodes).query_ball_point(ends.mean(axis=1), length * np.sqrt(0.75))
    row = np.repeat(np.arange(len(pairs)), [len(found) for found in around])
    third = np.concatenate([np.asarray(found, dtype=np.int64) for found in around])
    other = (third != pairs[row, 0]) & (third != pairs[row, 1])
    far = [np.hypot(*(nodes[third] - ends[row, side]).T) for side in (0, 1)]
    between = other & (np.maximum(far[0], far[1]) < length[row] * (1 - 1e-9))
    lonely: BoolArray = np.bincount(row[between], minlength=len(pairs)) == 0
    return lonely


def _links(n_nodes: int, pairs: IntArray, cost: FloatArray) -> BoolArray:
    """Return the edges of the cheapest tree that connects all nodes."""
    links = scipy.sparse.csr_array((cost, (pairs[:, 0], pairs[:, 1])), shape=(n_nodes, n_nodes))
    tree = scipy.sparse.csgraph.minimum_spanning_tree(links).tocoo()
    code = pairs[:, 0] * np.int64(n_nodes) + pairs[:, 1]
    chosen: BoolArray = np.isin(code, tree.row.astype(np.int64) * n_nodes + tree.col)
    return chosen


def _classify(places: Places, pairs: IntArray, length: FloatArray, passable: BoolArray) -> IntArray:
    """Return 2 for roads between seats, 1 for roads from a seat to its villages, 0 for the rest."""
    n_nodes = int(pairs.max()) + 1
    codes = pairs[:, 0] * np.int64(n_nodes) + pairs[:, 1]
    road_class = np.zeros(len(pairs), dtype=np.int64)
    cost = np.where(passable, length, np.inf)
    before, to_town = _paths(pairs, cost, places.seats, n_nodes)
    for number in range(len(places.seats)):
        mine = np.flatnonzero(places.township == number)
        road_class[_along(before[number], mine, codes, n_nodes)] = 1
    between = to_town[:, places.seats]
    for number in np.argsort(between[TOWN], kind="stable"):
        # roads join those that are there already, so that they meet instead of running side by side
        used = np.where(road_class == 2, _JOINING * cost, cost)
        before, _ = _paths(pairs, used, places.seats[[number]], n_nodes)
        nearest = np.argsort(between[number], kind="stable")[1:3]
        targets = places.seats[np.unique(np.append(nearest, TOWN))]
        road_class[_along(before[0], targets, codes, n_nodes)] = 2
    return road_class


def _paths(pairs: IntArray, cost: FloatArray, sources: IntArray, n_nodes: int) -> tuple[IntArray, FloatArray]:
    """Return the node before each node on the cheapest path from each source, and the costs."""
    usable = np.isfinite(cost)
    graph = scipy.sparse.csr_array((cost[usable], (pairs[usable, 0], pairs[usable, 1])), shape=(n_nodes, n_nodes))
    distance, before = scipy.sparse.csgraph.dijkstra(graph, directed=False, indices=sources, return_predecessors=True)
    return before.astype(np.int64), distance


def _along(before: IntArray, targets: IntArray, codes: IntArray, n_nodes: int) -> IntArray:
    """Return the edges on the shortest paths to the targets."""
    at = targets[before[targets] >= 0]
    found = []
    while len(at):
        previous = before[at]
        found.append(np.minimum(at, previous) * n_nodes + np.maximum(at, previous))
        at = np.unique(previous[before[previous] >= 0])
    if not found:
        return np.empty(0, dtype=np.int64)
    return np.searchsorted(codes, np.unique(np.concatenate(found)))


def _road_table(
    nodes: FloatArray, pairs: IntArray, *, angle: FloatArray, road_class: IntArray, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    start, end = nodes[pairs[:, 0]], nodes[pairs[:, 1]]
    points, line = crooked_lines(start, end, angle=angle, step_m=_STEP_M, rng=rng)
    columns = {
        "road_id": [f"R{number + 1:05d}" for number in range(len(pairs))],
        "from_node": [node_id(row) for row in pairs[:, 0].tolist()],
        "to_node": [node_id(row) for row in pairs[:, 1].tolist()],
        "road_class": np.array(_CLASSES, dtype=object)[road_class],
    }
    return gpd.GeoDataFrame(columns, geometry=shapely.linestrings(points.round(_CENTIMETRES), indices=line), crs=CRS)


def _with_times(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    length = table.geometry.length.round(1)
    speed = table["road_class"].map(SPEED_KMH)
    table["length_m"] = length
    table["minutes"] = (length / 1000 / speed * 60).round(4)
    table["oneway"] = False
    return table[["road_id", "from_node", "to_node", "road_class", "length_m", "minutes", "oneway", "geometry"]]
