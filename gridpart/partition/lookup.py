"""The outlet nearest to each place, in a straight line or by road."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray, GeometryArray, IntArray
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.geo import require_metric, require_same_crs
from gridpart.i18n import Joined, messages
from gridpart.partition.layers import pick, point_coordinates, text_ids
from gridpart.partition.roads import RoadNetwork

if TYPE_CHECKING:
    import networkx as nx

say = messages("partition")

_BLOCK = 4_000_000
"""Distances held in memory at a time."""


@checked
def nearest_outlet(
    places: gpd.GeoDataFrame | gpd.GeoSeries,
    outlets: gpd.GeoDataFrame,
    *,
    roads: nx.Graph[Any] | RoadNetwork | None = None,
) -> pd.DataFrame:
    """
    Find the outlet nearest to each place; of equally near ones the lowest id.

    Parameters
    ----------
    places
        Points, or units, which count by a point inside; in a metric CRS.
    outlets
        ``outlet_id`` and points, same CRS.
    roads
        Graph as in `travel_time`; then near is what is reached first by road from the nearest node.

    Returns
    -------
    table
        With the index of `places`: ``outlet_id``, and ``distance_m`` or ``minutes``. A place that no road leads from
        has no outlet (None) and infinite minutes.

    Raises
    ------
    InputError
        If there is no outlet, an id repeats, a place has no geometry or the graph cannot be used.
    CRSError
        If a CRS is missing, not metric or differs.
    """
    require_metric(places, name="places")
    require_same_crs(places, outlets, names=("places", "outlets"))
    ids = text_ids(outlets, "outlet_id", name="outlets")
    if not ids:
        raise InputError(say("outlets has no row; at least one is needed."))
    order = np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)
    names = [ids[row] for row in order]
    stops = point_coordinates(outlets, places, ids, name="outlets")[order]
    shapes: GeometryArray = np.asarray(places.geometry.array, dtype=object)
    bare = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if bare.any():
        raise InputError(
            say(
                "{n} places have no geometry: rows {rows}.",
                n=int(bare.sum()),
                rows=Joined(map(str, places.index[bare][:8])),
            )
        )
    points = shapely.get_coordinates(shapely.point_on_surface(shapes))
    if roads is None:
        row, distance = _straight(points, stops)
        return _table(places, pick(names, row), distance_m=distance)
    network = RoadNetwork.from_graph(roads)
    network.require_near(stops)
    owner, minutes = network.nearest_of(network.nearest_nodes(stops))
    node = network.nearest_nodes(points)
    return _table(places, pick(names, owner[node]), minutes=minutes[node])


def _table(places: gpd.GeoDataFrame | gpd.GeoSeries, outlet_ids: GeometryArray, **figures: FloatArray) -> pd.DataFrame:
    # None stays None only in a column of objects
    table = pd.DataFrame({"outlet_id": pd.Series(outlet_ids, dtype=object), **figures})
    return table.set_index(places.index)


def _straight(points: FloatArray, stops: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the first of the nearest stops and the distance to it, compared exactly as computed."""
    row = np.empty(len(points), dtype=np.int64)
    distance = np.empty(len(points))
    step = max(1, _BLOCK // len(stops))
    for start in range(0, len(points), step):
        part = slice(start, start + step)
        gap = np.hypot(points[part, None, 0] - stops[:, 0], points[part, None, 1] - stops[:, 1])
        row[part] = gap.argmin(axis=1)
        distance[part] = gap.min(axis=1)
    return row, distance
