"""The part of each cell within the service radius, or the travel time, of its outlets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray, GeometryArray
from gridpart.coverage import tessellate
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.partition.layers import pick
from gridpart.partition.roads import RoadNetwork
from gridpart.steps import task

if TYPE_CHECKING:
    import networkx as nx

say = messages("partition")

_QUAD_SEGMENTS = 64
"""Segments in a quarter of the polygon that stands for a disc."""

_GRID_M = 1e-7
"""Precision in metres of the cut: GEOS' fixed-precision overlay is robust, its floating one is not."""


@task("reach")
def reached_parts(
    cells: gpd.GeoDataFrame, outlets: gpd.GeoDataFrame, radius_m: float | Mapping[str, float] | None
) -> gpd.GeoDataFrame:
    """
    Cut each cell to the discs around its outlets.

    Parameters
    ----------
    cells
        Cells of a grid.
    outlets
        Points with ``outlet_id``, ``cell_id`` and ``zone_class``, which may be None.
    radius_m
        Service radius in m, or one per zone class.

    Returns
    -------
    reached
        One row per cell, geometry empty where nothing is reached.
    """
    _require_outlets(outlets)
    place_row = {cell: row for row, cell in enumerate(cells["cell_id"])}
    stands_in = [place_row.get(cell, -1) for cell in outlets["cell_id"]]
    own = outlets["zone_class"].to_numpy(dtype=object)
    zone_class = np.where(pd.isna(own), pick(cells["zone_class"], np.array(stands_in, dtype=np.int64)), own)
    discs = _discs(np.asarray(outlets.geometry.array, dtype=object), _radii(zone_class, radius_m))
    owned: dict[object, list[int]] = {}
    for row, owner in enumerate(cells["outlet_id"]):
        owned.setdefault(owner, []).append(row)
    zones = np.full(len(cells), shapely.Polygon(), dtype=object)
    for outlet, home, disc in zip(outlets["outlet_id"], stands_in, discs, strict=True):
        # a cell is served by the outlet it belongs to, and by those that stand in it
        for number in sorted({home, *owned.get(outlet, ())} - {-1}):
            zones[number] = disc if zones[number].is_empty else shapely.union(zones[number], disc, grid_size=_GRID_M)
    return _cut_to(cells, zones)


@task("reach")
def reached_by_road(
    cells: gpd.GeoDataFrame,
    outlets: gpd.GeoDataFrame,
    area: shapely.Geometry,
    *,
    minutes: float | Mapping[str, float],
    roads: nx.Graph[Any] | RoadNetwork,
) -> gpd.GeoDataFrame:
    """
    Cut each cell to the land around road nodes from which an outlet of the grid is reached in time.

    Parameters
    ----------
    cells, outlets
        Of a grid.
    area
        Service area in m.
    minutes
        Longest time.
    roads
        Graph, see `RoadNetwork.from_graph`.

    Returns
    -------
    reached
        One row per cell, geometry empty where nothing is reached.
    """
    _require_outlets(outlets)
    if isinstance(minutes, Mapping) or not minutes > 0:
        raise InputError(say("minutes must be a positive number; {minutes!r} was given.", minutes=minutes))
    network = RoadNetwork.from_graph(roads)
    seats = shapely.get_coordinates(np.asarray(outlets.geometry.array, dtype=object))
    network.require_near(seats)
    stops = network.nearest_nodes(seats)
    in_time = network.minutes_to(stops) <= minutes
    places, first = np.unique(network.points, axis=0, return_index=True)
    coverage, place = tessellate(places, area)
    _, zone = coverage.dissolve(np.where(in_time[first[place]], 0, -1))
    return _cut_to(cells, np.full(len(cells), zone[0] if len(zone) else shapely.Polygon(), dtype=object))


def _require_outlets(outlets: gpd.GeoDataFrame) -> None:
    if len(outlets) == 0:
        raise InputError(
            say("This grid was made without outlets, so nothing has a reach. Make it by a rule that takes outlets.")
        )


def _cut_to(cells: gpd.GeoDataFrame, zones: GeometryArray) -> gpd.GeoDataFrame:
    """Return the part of each cell within its zone."""
    shapes: GeometryArray = np.asarray(cells.geometry.array, dtype=object)
    reached = shapes.copy()
    cut = ~shapely.covers(zones, shapes)
    reached[cut] = _polygonal(shapely.intersection(shapes[cut], zones[cut], grid_size=_GRID_M))
    table = cells[["cell_id", "bank_id", "outlet_id", "zone_class", "area_m2"]].copy()
    table["reached_m2"] = shapely.area(reached)
    table["reached_share"] = table["reached_m2"] / table["area_m2"]
    return gpd.GeoDataFrame(table, geometry=reached, crs=cells.crs)


def _radii(zone_class: GeometryArray, radius_m: float | Mapping[str, float] | None) -> FloatArray:
    """Return the service radius of each outlet in m, shape (n_outlets,)."""
    if radius_m is None:
        raise InputError(say("reach needs radius_m: the service radius in m, or one for each zone class."))
    if isinstance(radius_m, Mapping):
        unknown = sorted({str(name) for name in zone_class} - {str(name) for name in radius_m})
        if unknown:
            raise InputError(
                say(
                    "radius_m has no radius for zone class {unknown}; it has {radius_m}. Give one radius for all "
                    "outlets, or make the grid with units that have a zone_class.",
                    unknown=Joined(unknown),
                    radius_m=Joined(radius_m),
                )
            )
        radius = np.array([float(radius_m[name]) for name in zone_class])
    else:
        radius = np.full(len(zone_class), float(radius_m))
    if not (np.isfinite(radius) & (radius > 0)).all():
        raise InputError(
            say("A service radius must be a positive number of metres; {radius_m!r} was given.", radius_m=radius_m)
        )
    return radius


def _discs(points: GeometryArray, radius: FloatArray) -> GeometryArray:
    """Return regular polygons with the area of the discs, not their radius, so that shares are not biased."""
    n_corners = 4 * _QUAD_SEGMENTS
    fair = np.sqrt(2 * np.pi / (n_corners * np.sin(2 * np.pi / n_corners)))
    discs: GeometryArray = shapely.buffer(points, radius * fair, quad_segs=_QUAD_SEGMENTS)
    return discs


def _polygonal(shapes: GeometryArray) -> GeometryArray:
    """Drop points and lines where a disc only touches its cell."""
    mixed = shapely.get_type_id(shapes) == 7
    for row in np.flatnonzero(mixed):
        parts = shapely.get_parts(shapes[row])
        shapes[row] = shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])
    flat = (shapely.get_dimensions(shapes) < 2) & ~shapely.is_empty(shapes)
    shapes[flat] = shapely.Polygon()
    return shapes
