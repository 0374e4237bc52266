"""Travel time by road from units to the nearest access point."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import scipy

from gridpart._typing import FloatArray
from gridpart.errors import InputError


def minutes_to_nearest(roads: nx.Graph[Any], places: FloatArray, points: FloatArray) -> FloatArray:
    """
    Return the travel time from places to the nearest of some points.

    Parameters
    ----------
    roads
        Nodes carry ``x``, ``y`` in m, edges ``minutes``. A directed graph is travelled in its direction.
    places, points
        In m, shape (n_places, 2) and (n_points, 2); each starts at its nearest node.

    Returns
    -------
    minutes
        Infinite where no point can be reached, shape (n_places,).

    Raises
    ------
    InputError
        If nodes lack coordinates or edges lack minutes; the first ones are named.
    """
    nodes, xy = _nodes(roads)
    number = {node: row for row, node in enumerate(nodes)}
    tree = scipy.spatial.cKDTree(xy)
    sources = np.unique(tree.query(points)[1])
    matrix = _matrix(roads, number)
    # from all points at once, against the direction of travel
    minutes = scipy.sparse.csgraph.dijkstra(matrix.T.tocsr(), directed=True, indices=sources, min_only=True)
    found: FloatArray = minutes[tree.query(places)[1]]
    return found


def _nodes(roads: nx.Graph[Any]) -> tuple[list[object], FloatArray]:
    nodes = list(roads.nodes)
    bare = [node for node, data in roads.nodes(data=True) if "x" not in data or "y" not in data]
    if bare or not nodes:
        message = f"{len(bare)} of {len(nodes)} road nodes have no x and y: {', '.join(map(str, bare[:5]))}."
        raise InputError(message)
    return nodes, np.array([[roads.nodes[node]["x"], roads.nodes[node]["y"]] for node in nodes], dtype=np.float64)


def _matrix(roads: nx.Graph[Any], number: dict[object, int]) -> scipy.sparse.csr_matrix:
    """Return minutes between nodes; of parallel edges the fastest counts (a sparse matrix would add them)."""
    fastest: dict[tuple[int, int], float] = {}
    for one, two, data in roads.edges(data=True):
        minutes = data.get("minutes")
        if minutes is None or not minutes >= 0:
            message = f"The road from {one} to {two} has no usable minutes: {minutes}."
            raise InputError(message)
        pairs = (
            [(number[one], number[two])]
            if roads.is_directed()
            else [(number[one], number[two]), (number[two], number[one])]
        )
        for pair in pairs:
            # an edge of zero minutes would vanish from a sparse matrix
            fastest[pair] = min(fastest.get(pair, np.inf), max(float(minutes), 1e-12))
    rows = np.array([pair[0] for pair in fastest], dtype=np.int64)
    columns = np.array([pair[1] for pair in fastest], dtype=np.int64)
    return scipy.sparse.csr_matrix(
        (np.array(list(fastest.values())), (rows, columns)), shape=(len(number), len(number))
    )
