"""Rule travel time: every place belongs to the outlet that people reach first by road."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import shapely

from gridpart._typing import FloatArray, GeometryArray, IntArray
from gridpart.arguments import checked, require_choice
from gridpart.coverage import Coverage, tessellate
from gridpart.errors import CoverageError, InfeasibleError, InputError
from gridpart.i18n import messages
from gridpart.partition._assign import SharedUnits, grid_of_outlets, joined_up, own_faces, zones_of_outlets
from gridpart.partition._barriers import barrier_shapes
from gridpart.partition._build import Faces
from gridpart.partition._demand_layer import column_of, measured_on, told_demand
from gridpart.partition._sites import Coincident, Outside, Sites, sites_of
from gridpart.partition._units import faces_of_units
from gridpart.partition.layers import area_of
from gridpart.partition.roads import RoadNetwork
from gridpart.steps import step, task

if TYPE_CHECKING:
    import geopandas as gpd
    import networkx as nx

    from gridpart.partition.grid import Grid

say = messages("partition")

Polygons = Literal["units", "nodes", "blocks"]

_LISTED = 1000
"""Unreachable nodes that the provenance lists; it counts them all."""


@checked
@task("travel_time", steps=("roads", "cells", "times", "pieces", "proof"))
def travel_time(  # noqa: PLR0913 - each policy is a choice of its own
    service_area: gpd.GeoDataFrame | gpd.GeoSeries,
    outlets: gpd.GeoDataFrame,
    roads: nx.Graph[Any] | RoadNetwork,
    *,
    units: gpd.GeoDataFrame | None = None,
    polygons: Polygons | None = None,
    barriers: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    coincident: Coincident = "error",
    outside: Outside = "error",
    snap_distance: float | None = None,
    shared_units: SharedUnits = "cut",
    demand: str | gpd.GeoDataFrame | None = None,
    weight: str | None = None,
) -> Grid:
    """
    Give every place to the outlet that people reach first by road.

    Parameters
    ----------
    service_area
        Polygons in a metric CRS.
    outlets
        ``outlet_id``, ``bank_id``, points in the same CRS. An outlet stands at its nearest road node.
    roads
        networkx graph; nodes carry ``x``, ``y`` in the same CRS, edges ``minutes``. On a directed graph time counts
        from the place to the outlet. Many calls on one graph are quicker with `RoadNetwork.from_graph` of it.
    units
        For ``polygons="units"``: must partition the service area.
    polygons
        What is shared out whole: "units" by the node nearest to their representative point; the Voronoi faces of the
        road "nodes"; or the street "blocks" between roads. None takes units where given, else nodes.
    barriers
        Lines or polygons, same CRS: no road that meets one is used.
    coincident, outside, snap_distance, shared_units
        As in `nearest`; `shared_units` goes for any face that holds several outlets.
    demand, weight
        As in `nearest`: a column of the units, or a layer of points or polygons whatever is shared out.

    Returns
    -------
    grid
        One cell per outlet. Faces that no road leads from are listed in ``grid.provenance`` and join a neighbour, as do
        pieces that are cut off from their outlet.

    Raises
    ------
    InputError
        If a layer or the graph cannot be used; ids, nodes or edges are named.
    CRSError
        If a CRS is missing, in degrees or differs.
    InfeasibleError
        If no outlet is left, or outlets share a face and `shared_units` is "error".
    CertificateError
        If units do not partition the service area.

    References
    ----------
    .. [1] Erwig, M. (2000). The graph Voronoi diagram with applications. Networks 36(3), 156-163.
    """
    kind = ("nodes" if units is None else "units") if polygons is None else polygons
    _require_choice(kind, units is not None)
    column = column_of(demand, units=units, weight=weight)
    area = area_of(service_area)
    sites = sites_of(outlets, area, service_area, coincident=coincident, outside=outside, snap_distance=snap_distance)
    step("roads")
    network = RoadNetwork.from_graph(roads)
    network.require_near(sites.points)
    closed = barrier_shapes(barriers, service_area, name="service_area")
    network = network.without(closed) if len(closed) else network
    decisions: dict[str, Any] = dict(sites.decisions)
    step("cells")
    faces, node = _faces(kind, area, network, units, column)
    step("times")
    owner, minutes = _owners(sites, network)
    reached = owner[node] >= 0
    if not reached.all():
        decisions["unreachable"] = _unreachable(network, owner, faces, reached)
    labels = np.where(reached, owner[node], _nearest_label(sites, faces))
    step("pieces")
    zones = zones_of_outlets(sites, faces)
    faces, labels = own_faces(sites, faces, labels, shared_units=shared_units, decisions=decisions)
    labels = joined_up(faces, labels, sites, decisions)
    faces = measured_on(faces, demand, weight=weight, service_area=service_area, decisions=decisions)
    finite = minutes[np.isfinite(minutes)]
    return grid_of_outlets(
        faces,
        labels,
        sites,
        service_area=service_area,
        provenance={
            "rule": "travel_time",
            "polygons": kind,
            "demand": told_demand(demand),
            "policies": {
                "coincident": coincident,
                "outside": outside,
                "snap_distance": snap_distance,
                "shared_units": shared_units,
            },
            "longest_minutes": float(finite.max()),
            **decisions,
        },
        zones=zones,
        inputs={"roads": network},
    )


def _require_choice(kind: str, has_units: bool) -> None:  # noqa: FBT001 - a yes or no
    require_choice(kind, get_args(Polygons), name="polygons")
    if (kind == "units") != has_units:
        if has_units:
            raise InputError(say("polygons={kind!r} does not take units; leave them out.", kind=kind))
        raise InputError(say("polygons={kind!r} needs units.", kind=kind))


def _owners(sites: Sites, network: RoadNetwork) -> tuple[IntArray, FloatArray]:
    """Return the outlet that each node reaches first, the lowest id among equals, -1 for none, and the minutes."""
    return network.nearest_of(network.nearest_nodes(sites.points))


def _faces(
    kind: Polygons, area: shapely.Geometry, network: RoadNetwork, units: gpd.GeoDataFrame | None, demand: str | None
) -> tuple[Faces, IntArray]:
    """Return the faces to share out and the road node that speaks for each."""
    if kind == "nodes":
        return _node_faces(area, network)
    faces = faces_of_units(units, demand=demand) if units is not None else Faces(_blocks(area, network))
    centres = shapely.get_coordinates(shapely.point_on_surface(faces.coverage.polygons))
    return faces, network.nearest_nodes(centres)


def _node_faces(area: shapely.Geometry, network: RoadNetwork) -> tuple[Faces, IntArray]:
    """Return the Voronoi faces of the places of the nodes; of nodes at one place the first speaks."""
    places, first = np.unique(network.points, axis=0, return_index=True)
    try:
        coverage, place = tessellate(places, area)
    except CoverageError as error:
        raise InfeasibleError(
            say("The Voronoi faces of the road nodes could not be made. {error}", error=error)
        ) from error
    return Faces(coverage), first[place]


def _blocks(area: shapely.Geometry, network: RoadNetwork) -> Coverage:
    """Return the faces between roads and the border of the area, noded once."""
    tail = np.repeat(np.arange(len(network.nodes)), np.diff(network.towards.indptr))
    ends = np.stack([network.points[tail], network.points[network.towards.indices]], axis=1)
    ends = np.unique(ends[(ends[:, 0] != ends[:, 1]).any(axis=1)], axis=0)  # sorted: blocks come in one order
    streets: GeometryArray = shapely.linestrings(ends)
    rings = shapely.get_rings(shapely.get_parts(area))
    lines = shapely.node(shapely.multilinestrings(np.concatenate([rings, streets])))
    blocks: GeometryArray = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    shapely.prepare(area)
    return Coverage.from_polygons(blocks[shapely.contains(area, shapely.point_on_surface(blocks))])


def _unreachable(network: RoadNetwork, owner: IntArray, faces: Faces, reached: np.ndarray) -> dict[str, Any]:
    nodes = np.flatnonzero(owner < 0)
    units = [] if faces.unit_ids is None else [faces.unit_ids[row] for row in np.flatnonzero(~reached)]
    return {
        "n_nodes": len(nodes),
        "nodes": [str(network.nodes[row]) for row in nodes[:_LISTED]],
        "n_faces": int((~reached).sum()),
        "unit_ids": units[:_LISTED],
        "area_m2": float(faces.coverage.areas[~reached].sum()),
    }


def _nearest_label(sites: Sites, faces: Faces) -> IntArray:
    """Return the outlet nearest in a straight line to each face, for faces that no road leads from."""
    from scipy.spatial import cKDTree

    centres = shapely.get_coordinates(shapely.point_on_surface(faces.coverage.polygons))
    nearest: IntArray = cKDTree(sites.points).query(centres)[1].astype(np.int64)
    return nearest
