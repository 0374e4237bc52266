"""A road graph as two tables, nodes and roads, and back: same kind of graph, same ids, same attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart.errors import ProjectError
from gridpart.i18n import Joined, messages
from gridpart.project._manifest import RoadsDefinition
from gridpart.project._values import from_text, to_text

if TYPE_CHECKING:
    import networkx as nx

say = messages("project")

_NODE_COLUMNS = ("node_id", "absent", "geometry")
_EDGE_COLUMNS = ("from_node", "to_node", "key", "absent", "geometry")
_CLASHING = "attribute "
"""Put before the name of an attribute that is called like one of the columns above."""

_EXACT_WHOLE = 2**53


def encode_roads(graph: nx.Graph[Any], *, crs: object) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, RoadsDefinition]:
    """
    Turn a graph into a layer of nodes, a layer of roads and what those do not say.

    Parameters
    ----------
    graph
        Directed or not, with parallel edges or not. Nodes are text, whole numbers or tuples; ``x`` and ``y``
        place them.
    crs
        Coordinate system of ``x`` and ``y``.

    Raises
    ------
    ProjectError
        If an attribute is not named by text, or an id or attribute of the graph cannot be written.
    """
    kind = _id_kind(list(graph.nodes))
    ids = {node: _id_text(node, kind) for node in graph.nodes}
    attributes = [graph.nodes[node] for node in graph.nodes]
    places = [_place(each) for each in attributes]
    nodes = _table({"node_id": list(ids.values())}, attributes, reserved=_NODE_COLUMNS, shapes=places, crs=crs)
    place_of = dict(zip(graph.nodes, places, strict=True))
    edges = _edges(graph)
    structure: dict[str, list[Any]] = {
        "from_node": [ids[edge[0]] for edge in edges],
        "to_node": [ids[edge[1]] for edge in edges],
    }
    if graph.is_multigraph():
        structure["key"] = [edge[2] for edge in edges]
    lines = [_line(edge[-1], place_of[edge[0]], place_of[edge[1]]) for edge in edges]
    roads = _table(structure, [edge[-1] for edge in edges], reserved=_EDGE_COLUMNS, shapes=lines, crs=crs)
    try:
        own = to_text(dict(graph.graph))
    except TypeError as error:
        raise ProjectError(
            say(
                "The graph of roads has an attribute of its own that cannot be stored: {error}. Nothing was saved.",
                error=error,
            )
        ) from error
    return (
        nodes,
        roads,
        RoadsDefinition(directed=graph.is_directed(), multiple=graph.is_multigraph(), node_ids=kind, attributes=own),
    )


def _edges(graph: nx.Graph[Any]) -> list[tuple[Any, ...]]:
    """Return start, end, key (of a parallel edge) and attributes of each edge."""
    import networkx as nx

    if isinstance(graph, nx.MultiGraph):
        return list(graph.edges(keys=True, data=True))
    return list(graph.edges(data=True))


def _id_kind(nodes: Sequence[Any]) -> Any:  # noqa: ANN401 - one of three words
    if all(isinstance(node, str) for node in nodes):
        return "text"
    return (
        "whole" if all(isinstance(node, (int, np.integer)) and not isinstance(node, bool) for node in nodes) else "json"
    )


def _id_text(node: object, kind: str) -> str:
    try:
        return to_text(node) if kind == "json" else str(node)
    except TypeError as error:
        raise ProjectError(
            say(
                "Node {node!r} of the roads cannot be stored: it is {error}. Use text, whole numbers or tuples. "
                "Nothing was saved.",
                node=node,
                error=error,
            )
        ) from error


def _place(attributes: Mapping[str, Any]) -> shapely.Point | None:
    x, y = attributes.get("x"), attributes.get("y")
    if not isinstance(x, (int, float, np.number)) or not isinstance(y, (int, float, np.number)):
        return None
    place = np.array([x, y], dtype=np.float64)
    return shapely.Point(place) if np.isfinite(place).all() else None


def _line(
    attributes: Mapping[str, Any], start: shapely.Point | None, end: shapely.Point | None
) -> shapely.Geometry | None:
    """Return the course of a road, or the straight line that stands for it on a map."""
    course = attributes.get("geometry")
    if isinstance(course, shapely.Geometry):
        return course
    return None if start is None or end is None else shapely.LineString([start, end])


def _table(
    structure: dict[str, list[Any]],
    attributes: Sequence[Mapping[Any, Any]],
    *,
    reserved: Sequence[str],
    shapes: Sequence[shapely.Geometry | None],
    crs: object,
) -> gpd.GeoDataFrame:
    """Return one row per element; ``absent`` lists the attributes that an element lacks, where one lacks any."""
    names = list(dict.fromkeys(name for each in attributes for name in each))
    odd = [name for name in names if not isinstance(name, str)]
    if odd:
        raise ProjectError(
            say(
                "Attributes of roads must be named by text; these are not: {names!r}. Nothing was saved.", names=odd[:5]
            )
        )
    in_shapes = "from_node" in structure and all(
        isinstance(each.get("geometry", shapely.Point()), shapely.Geometry) for each in attributes
    )
    columns = {key: _objects(values) for key, values in structure.items()}
    for name in names:
        if name == "geometry" and in_shapes:
            continue
        label = _CLASHING + name if name in reserved or name.startswith(_CLASHING) else name
        columns[label] = _objects(_as_floats([each.get(name) for each in attributes]))
    absent = [[name for name in names if name not in each] for each in attributes]
    if "geometry" not in names or not in_shapes:
        absent = [[*missing, "geometry"] if in_shapes else missing for missing in absent]
    if any(absent):
        columns["absent"] = _objects([missing or None for missing in absent])
    geometry = np.array([*shapes, None], dtype=object)[:-1]
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=crs)


def _objects(values: Sequence[Any]) -> pd.Series[Any]:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return pd.Series(column, dtype=object)


def _as_floats(values: list[Any]) -> list[Any]:
    """Return a mixture of whole numbers and floats as floats, which are equal and make one kind of column."""
    kinds = {type(value) for value in values if value is not None}
    if kinds != {int, float} or any(isinstance(value, int) and abs(value) > _EXACT_WHOLE for value in values):
        return values
    return [None if value is None else float(value) for value in values]


def decode_roads(nodes: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, definition: RoadsDefinition) -> nx.Graph[Any]:
    """
    Restore the graph.

    Raises
    ------
    ProjectError
        If a road leads to a node that is not there.
    """
    import networkx as nx

    graph = _graph(directed=definition.directed, multiple=definition.multiple)
    graph.graph.update(from_text(definition.attributes))
    ids = {text: _id(text, definition.node_ids) for text in nodes["node_id"]}
    for text, attributes in zip(
        nodes["node_id"], _attributes(nodes, reserved=_NODE_COLUMNS, own_shape=False), strict=True
    ):
        graph.add_node(ids[text], **attributes)
    lost = [text for text in pd.concat([roads["from_node"], roads["to_node"]]) if text not in ids]
    if lost:
        raise ProjectError(
            say(
                "{n} ends of roads lead to nodes that are not there: {nodes}.",
                n=len(lost),
                nodes=Joined(map(str, lost[:5])),
            )
        )
    rows = _attributes(roads, reserved=_EDGE_COLUMNS, own_shape=True)
    keys = roads["key"] if definition.multiple else [None] * len(roads)
    for start, end, key, attributes in zip(roads["from_node"], roads["to_node"], keys, rows, strict=True):
        if isinstance(graph, nx.MultiGraph):
            graph.add_edge(ids[start], ids[end], key)
            graph[ids[start]][ids[end]][key].update(attributes)
        else:
            graph.add_edge(ids[start], ids[end])
            graph[ids[start]][ids[end]].update(attributes)
    return graph


def no_roads() -> nx.Graph[Any]:
    """Return a graph without roads."""
    return _graph(directed=False, multiple=False)


def _graph(*, directed: bool, multiple: bool) -> nx.Graph[Any]:
    import networkx as nx  # takes a tenth of a second, which few projects need

    if directed:
        return nx.MultiDiGraph() if multiple else nx.DiGraph()
    return nx.MultiGraph() if multiple else nx.Graph()


def _id(text: str, kind: str) -> Any:  # noqa: ANN401 - whatever ids the graph has
    if kind == "json":
        return from_text(text)
    return int(text) if kind == "whole" else text


def _attributes(table: gpd.GeoDataFrame, *, reserved: Sequence[str], own_shape: bool) -> list[dict[str, Any]]:
    names = {label: label.removeprefix(_CLASHING) for label in table.columns if label not in reserved}
    columns = {name: table[label].tolist() for label, name in names.items()}
    if own_shape and "geometry" not in columns:
        columns["geometry"] = table.geometry.tolist()
    absent = table["absent"].tolist() if "absent" in table.columns else [None] * len(table)
    return [
        {name: values[row] for name, values in columns.items() if name not in (missing or ())}
        for row, missing in enumerate(absent)
    ]
