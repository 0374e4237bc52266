"""Travel time on road graphs: compressed once, then searched from all outlets together."""

from __future__ import annotations

import itertools
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gridpart._typing import FloatArray, IntArray
from gridpart.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx
    from scipy.sparse import csr_array

_NAMED = 5


@dataclass(frozen=True, eq=False)
class RoadNetwork:
    """
    A road graph as arrays.

    Attributes
    ----------
    nodes
        Names of the nodes, in the order of the graph, shape (n_nodes,).
    points
        Their places in m, shape (n_nodes, 2).
    towards
        Minutes of every road against its direction of travel: entry (i, j) is the time from j to i, so that a search
        from outlets finds how long people take to reach them; shape (n_nodes, n_nodes).
    """

    nodes: Sequence[Any]
    points: FloatArray
    towards: csr_array

    @staticmethod
    def from_graph(roads: nx.Graph[Any]) -> RoadNetwork:
        """
        Read a networkx graph.

        Parameters
        ----------
        roads
            Nodes carry ``x``, ``y`` in m, edges ``minutes``. Of parallel edges the fastest counts. A directed graph is
            travelled in its direction only.

        Raises
        ------
        InputError
            If there is no node, a node lacks coordinates, or an edge has no minutes of at least 0; they are named.
        """
        from scipy.sparse import csr_array

        nodes = list(roads.nodes)
        points = _points(roads, nodes)
        tail, head, minutes = _fastest_edges(roads, nodes)
        # reading the columns of the matrix as its rows turns every road round
        order = np.lexsort((tail, head))
        offsets = np.searchsorted(head[order], np.arange(len(nodes) + 1))
        matrix = csr_array((minutes[order], tail[order], offsets), shape=(len(nodes), len(nodes)))
        return RoadNetwork(nodes, points, matrix)

    def nearest_nodes(self, points: FloatArray) -> IntArray:
        """Return the node closest to each point, shape (n_points,)."""
        from scipy.spatial import cKDTree

        nearest: IntArray = cKDTree(self.points).query(points)[1].astype(np.int64)
        return nearest

    def minutes_to(self, targets: IntArray) -> FloatArray:
        """Return the time from every node to the nearest target, infinite where no way leads, shape (n_nodes,)."""
        from scipy.sparse.csgraph import dijkstra

        minutes: FloatArray = dijkstra(self.towards, directed=True, indices=np.unique(targets), min_only=True)
        return minutes

    def nearest_of(self, targets: IntArray) -> tuple[IntArray, FloatArray]:
        """
        Find the target that each node reaches first.

        Parameters
        ----------
        targets
            Node of each target, in order of precedence, shape (n_targets,).

        Returns
        -------
        target
            Row of the target, the first among equally near ones, -1 where none can be reached, shape (n_nodes,).
        minutes
            Time to it, infinite where none can be reached, shape (n_nodes,).
        """
        from scipy.sparse.csgraph import dijkstra

        n_targets = len(targets)
        rank_of_node = np.full(len(self.nodes) + 1, n_targets, dtype=np.int64)
        np.minimum.at(rank_of_node, targets, np.arange(n_targets))
        minutes, _, source = dijkstra(
            self.towards, directed=True, indices=np.unique(targets), min_only=True, return_predecessors=True
        )
        rank = rank_of_node[np.where(source < 0, len(self.nodes), source)]
        rank = self._with_ties(rank, minutes)
        return np.where(rank == n_targets, -1, rank), minutes

    def _with_ties(self, rank: IntArray, minutes: FloatArray) -> IntArray:
        """Give nodes that several targets reach in the same time to the first of them."""
        one = np.repeat(np.arange(len(self.nodes)), np.diff(self.towards.indptr))
        two = self.towards.indices
        # an edge is tight if the way over it is a fastest one; ranks spread along tight edges only
        tight = np.flatnonzero((minutes[one] + self.towards.data == minutes[two]) & np.isfinite(minutes[two]))
        one, two = one[tight], two[tight]
        while True:
            lower = rank[one] < rank[two]
            if not lower.any():
                return rank
            np.minimum.at(rank, two[lower], rank[one[lower]])


def _points(roads: nx.Graph[Any], nodes: list[Any]) -> FloatArray:
    values = [data for _, data in roads.nodes(data=True)]
    try:
        columns = [
            np.fromiter(map(operator.itemgetter(axis), values), dtype=np.float64, count=len(nodes))
            for axis in ("x", "y")
        ]
    except (KeyError, TypeError, ValueError) as error:
        bare = [node for node, data in roads.nodes(data=True) if not _are_numbers(data.get("x"), data.get("y"))]
        named = ", ".join(map(str, bare[:_NAMED]))
        message = f"{len(bare)} of {len(nodes)} road nodes have no x and y in the CRS of the service area: {named}."
        raise InputError(message) from error
    if not nodes:
        message = "The road graph has no node."
        raise InputError(message)
    return np.column_stack(columns)


def _are_numbers(*values: object) -> bool:
    return all(isinstance(value, (int, float, np.number)) for value in values)


def _fastest_edges(roads: nx.Graph[Any], nodes: list[Any]) -> tuple[IntArray, IntArray, FloatArray]:
    """
    Return tail, head and minutes of every road, both ways where the graph is undirected, shape (n_edges,).

    Of parallel roads only the fastest counts: a sparse matrix would add them. The dictionaries of networkx are walked
    by iterators written in C: reading them is what most of the time goes into.
    """
    number = dict(zip(nodes, itertools.count(), strict=False))
    neighbours = [beside for _, beside in roads.adjacency()]
    degree = np.fromiter(map(len, neighbours), dtype=np.int64, count=len(nodes))
    n_pairs = int(degree.sum())
    tail = np.repeat(np.arange(len(nodes)), degree)
    head = np.fromiter(
        map(number.__getitem__, itertools.chain.from_iterable(neighbours)), dtype=np.int64, count=n_pairs
    )
    values_of = operator.methodcaller("values")
    data = itertools.chain.from_iterable(map(values_of, neighbours))
    minutes = operator.itemgetter("minutes")
    try:
        if not roads.is_multigraph():
            return tail, head, _usable(np.fromiter(map(minutes, data), dtype=np.float64, count=n_pairs), roads)
        parallel = list(data)
        count = np.fromiter(map(len, parallel), dtype=np.int64, count=n_pairs)
        each = itertools.chain.from_iterable(map(values_of, parallel))
        values = _usable(np.fromiter(map(minutes, each), dtype=np.float64, count=int(count.sum())), roads)
    except (KeyError, TypeError) as error:
        raise _no_minutes(roads) from error
    if n_pairs == 0:
        return tail, head, values
    return tail, head, np.minimum.reduceat(values, np.cumsum(count) - count)


def _usable(minutes: FloatArray, roads: nx.Graph[Any]) -> FloatArray:
    if not (minutes >= 0).all():
        raise _no_minutes(roads)
    return minutes


def _no_minutes(roads: nx.Graph[Any]) -> InputError:
    wrong = [
        (one, two)
        for one, two, data in roads.edges(data=True)
        if not _are_numbers(data.get("minutes")) or not data["minutes"] >= 0
    ]
    named = ", ".join(f"{one}–{two}" for one, two in wrong[:_NAMED])
    message = (
        f"{len(wrong)} of {roads.number_of_edges()} roads have no minutes of at least 0: {named}. Nothing was changed."
    )
    return InputError(message)
