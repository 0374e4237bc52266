"""From a table of roads to the graph that rules of travel time need."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray, GeometryArray
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.geo import require_metric
from gridpart.i18n import Joined, Message, messages
from gridpart.steps import step, task

if TYPE_CHECKING:
    import networkx as nx

say = messages("partition")

_NAMED = 8
"""How many roads a message names before it counts the rest."""


@checked
@task("road_graph", steps=("lines", "road_nodes", "road_edges"))
def road_graph(roads: gpd.GeoDataFrame, *, speeds: Mapping[str, float] | float | None = None) -> nx.Graph[Any]:
    """
    Make the graph of a table of roads, such as `gridpart.read_roads` returns.

    Parameters
    ----------
    roads
        Lines in a metric CRS. Taken where present: ``from_node`` and ``to_node`` (otherwise roads meet where their ends
        have the same coordinates), ``minutes``, ``length_m`` (otherwise the length of the line), ``road_class``,
        ``oneway`` (from the first point of the line to the last), ``road_id``.
    speeds
        In km/h, one for all or by ``road_class`` (``""`` for all others): gives the minutes of roads without.

    Returns
    -------
    graph
        ``networkx.MultiGraph``, a ``MultiDiGraph`` if any road is one-way; nodes carry ``x``, ``y`` in m, edges
        ``minutes`` and, where known, ``road_id``.

    Raises
    ------
    InputError
        If a row is no line, or has no minutes and no speed; roads are named.
    CRSError
        If the CRS is missing or not metric.
    """
    import networkx as nx

    step("lines")
    require_metric(roads, name="roads")
    shapes: GeometryArray = np.asarray(roads.geometry.array, dtype=object)
    ids = roads["road_id"].astype(str).tolist() if "road_id" in roads.columns else [str(row) for row in roads.index]
    _require(shapely.get_type_id(shapes) == 1, ids, say("are no single lines"))
    minutes = _minutes(roads, shapes, speeds)
    _require(
        np.isfinite(minutes) & (minutes >= 0), ids, say("have neither minutes of at least 0 nor a speed above 0 km/h")
    )
    oneway = roads["oneway"].fillna(value=False).astype(bool).to_numpy() if "oneway" in roads.columns else None
    ends = [shapely.get_coordinates(shapely.get_point(shapes, place)) for place in (0, -1)]
    names = [_names(roads, column, xy) for column, xy in zip(("from_node", "to_node"), ends, strict=True)]
    graph: nx.Graph[Any] = nx.MultiGraph() if oneway is None or not oneway.any() else nx.MultiDiGraph()
    step("road_nodes")
    for nodes, points in zip(names, ends, strict=True):
        graph.add_nodes_from((node, {"x": x, "y": y}) for node, (x, y) in zip(nodes, points.tolist(), strict=True))
    step("road_edges")
    data = [{"minutes": time, "road_id": road} for time, road in zip(minutes.tolist(), ids, strict=True)]
    graph.add_edges_from(zip(names[0], names[1], data, strict=True))
    if graph.is_directed() and oneway is not None:
        back = np.flatnonzero(~oneway).tolist()
        graph.add_edges_from((names[1][row], names[0][row], dict(data[row])) for row in back)
    return graph


def _minutes(roads: gpd.GeoDataFrame, shapes: GeometryArray, speeds: Mapping[str, float] | float | None) -> FloatArray:
    """Return the time on each road, NaN where neither it nor a speed is known, shape (n_roads,)."""
    minutes, length = (_numbers(roads, column) for column in ("minutes", "length_m"))
    if speeds is None:
        return minutes
    if isinstance(speeds, Mapping):
        classes = roads["road_class"] if "road_class" in roads.columns else pd.Series("", index=roads.index)
        kmh = classes.map(dict(speeds)).astype(float).fillna(speeds.get("", np.nan)).to_numpy()
    else:
        kmh = np.full(len(roads), float(speeds))
    kmh = np.where(kmh > 0, kmh, np.nan)
    metres = np.where(np.isfinite(length), length, shapely.length(shapes))
    taken: FloatArray = np.where(np.isfinite(minutes), minutes, metres / 1000 / kmh * 60)
    return taken


def _numbers(roads: gpd.GeoDataFrame, column: str) -> FloatArray:
    if column not in roads.columns:
        return np.full(len(roads), np.nan)
    values: FloatArray = pd.to_numeric(roads[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return values


def _names(roads: gpd.GeoDataFrame, column: str, ends: FloatArray) -> list[Hashable]:
    """Return the node at one end of each road: its name, or its place where the table has none."""
    places: list[Hashable] = [(x, y) for x, y in ends.tolist()]
    if column not in roads.columns:
        return places
    return [place if pd.isna(name) else str(name) for name, place in zip(roads[column], places, strict=True)]


def _require(good: Any, ids: list[str], what: Message) -> None:  # noqa: ANN401 - a boolean array
    if not good.all():
        wrong = np.flatnonzero(~good)
        named = Joined(ids[row] for row in wrong[:_NAMED])
        raise InputError(
            say(
                "{n} of {of} roads {what}: {named}. No graph was made.",
                n=len(wrong),
                of=len(ids),
                what=what,
                named=named,
            )
        )
