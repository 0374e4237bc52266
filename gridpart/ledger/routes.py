"""Outreach from a branch: whom to visit by distance band, and a walk through every street of a cell."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
from shapely.geometry import Point

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.profiles import Profile, load

say = messages("ledger")


@checked
def visit_list(
    addresses: gpd.GeoDataFrame,
    branch: Point,
    *,
    bands_m: Sequence[float] | None = None,
    profile: str | Profile = "default",
) -> gpd.GeoDataFrame:
    """
    Sort the addresses of a cell by distance band from its branch.

    Parameters
    ----------
    addresses
        Points in m.
    branch
        Where outreach starts, same CRS.
    bands_m
        Outer limits of the bands in m, ascending; those of the profile if None. An address at a limit is inside.
    profile
        Gives the bands.

    Returns
    -------
    visits
        Every address once, with ``distance_m`` and ``band`` ("0-500 m", …, "beyond 2000 m"); nearest first.

    Raises
    ------
    InputError
        If the limits do not ascend from above 0, or an address has no place.
    """
    rules = load(profile) if isinstance(profile, str) else profile
    limits = [item.value for item in rules.follow_up.outreach_bands_m] if bands_m is None else list(bands_m)
    if not limits or limits != sorted(set(limits)) or limits[0] <= 0:
        raise InputError(say("bands must ascend from above 0 m; {given} was given.", given=limits))
    distance = addresses.geometry.distance(branch).to_numpy("float64")
    lost = addresses.index[~np.isfinite(distance)].tolist()
    if lost:
        raise InputError(
            say(
                "{n} addresses have no place: rows {rows}. No list was made.",
                n=len(lost),
                rows=Joined(map(str, lost[:8])),
            )
        )
    names = [f"{low:g}-{high:g} m" for low, high in zip([0, *limits], limits, strict=False)] + [
        f"beyond {limits[-1]:g} m"
    ]
    band = np.array(names, dtype=object)[np.searchsorted(limits, distance, side="left")]
    table = addresses.assign(distance_m=distance, band=band)
    return table.iloc[np.argsort(distance, kind="stable")]


@dataclass(frozen=True)
class SweepRoute:
    """
    A closed walk through every street of a connected part of a street graph.

    Attributes
    ----------
    nodes
        In order; the first is the last.
    length_m, streets_m
        Length of the walk, and of all streets; the difference is walked twice.
    """

    nodes: tuple[Any, ...]
    length_m: float
    streets_m: float


@checked
def sweep_route(streets: nx.Graph[Any], *, start: object = None) -> list[SweepRoute]:
    """
    Walk every street at least once with as little as possible walked twice: route inspection [1]_.

    Nodes where an odd number of streets meet are paired so that the shortest ways between them are shortest together.

    Parameters
    ----------
    streets
        Undirected graph, edges with ``length_m``.
    start
        Node to start at; None takes the first. Parts that cannot be reached from there start at their first node.

    Returns
    -------
    routes
        One per connected part that has a street, the part of `start` first.

    Raises
    ------
    InputError
        If the graph is directed, a street has no length, or `start` is not in it.

    References
    ----------
    .. [1] Edmonds, J. and Johnson, E. L. (1973). Matching, Euler tours and the Chinese postman. Mathematical
       Programming 5.
    """
    lengths: list[tuple[Any, Any, Any]] = list(streets.edges(data="length_m"))
    wrong = [(one, two) for one, two, length in lengths if length is None or not length >= 0]
    if streets.is_directed() or wrong or (start is not None and start not in streets):
        what = (
            say("streets without length: {streets}", streets=wrong[:3])
            if wrong
            else say("an undirected graph that has the start is needed")
        )
        raise InputError(say("no route was made: {what}.", what=what))
    parts = [part for part in nx.connected_components(streets) if streets.subgraph(part).number_of_edges()]
    order = {node: place for place, node in enumerate(streets)}
    parts.sort(key=lambda part: (start not in part, min(order[node] for node in part)))
    return [_route(streets.subgraph(part), order, start) for part in parts]


def _route(part: nx.Graph[Any], order: dict[Any, int], start: object) -> SweepRoute:
    walk: nx.MultiGraph[Any] = nx.MultiGraph(part)
    odd = sorted((node for node, degree in part.degree() if degree % 2), key=order.__getitem__)
    ways: dict[Any, Any] = {node: nx.single_source_dijkstra(part, node, weight="length_m") for node in odd}
    pairs: nx.Graph[Any] = nx.Graph()
    for place, one in enumerate(odd):
        pairs.add_weighted_edges_from((one, two, ways[one][0][two]) for two in odd[place + 1 :])
    for one, two in nx.min_weight_matching(pairs):
        way = ways[one][1][two]
        for here, there in itertools.pairwise(way):
            walk.add_edge(here, there, length_m=_shortest(part, here, there))
    first = start if start in part else min(part, key=order.__getitem__)
    circuit = list(nx.eulerian_circuit(walk, source=first))
    return SweepRoute(
        nodes=(*(one for one, _ in circuit), first),
        length_m=float(walk.size(weight="length_m")),
        streets_m=float(part.size(weight="length_m")),
    )


def _shortest(part: nx.Graph[Any], one: object, two: object) -> float:
    data = part[one][two]
    return float(min(edge["length_m"] for edge in data.values()) if part.is_multigraph() else data["length_m"])
