"""Travel time on road graphs: compressed once, then searched from all outlets together."""

from __future__ import annotations

import contextlib
import itertools
import operator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray, GeometryArray, IntArray
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import networkx as nx
    from scipy.sparse import csr_array
    from scipy.spatial import cKDTree

    _Reader = Callable[[Iterable[Any]], Iterator[Any]]

say = messages("partition")

_NAMED = 5

_NEAR_M = 100_000.0
"""Roads further than this from all outlets are in another CRS."""

_BLOCK = 1024
"""Nodes whose dictionaries, together, lie near the processor while they are walked several times."""

_values_of = operator.methodcaller("values")
_second = operator.itemgetter(1)


@dataclass(frozen=True, eq=False)
class RoadNetwork:
    """
    A road graph as arrays.

    Attributes
    ----------
    nodes
        Names of the nodes, in the order of the graph, shape (n_nodes,).
    towards
        Minutes of every road against its direction of travel: entry (i, j) is the time from j to i, so that a search
        from outlets finds how long people take to reach them; shape (n_nodes, n_nodes).
    """

    nodes: Sequence[Any]
    towards: csr_array
    _places: Sequence[Mapping[str, Any]]

    @cached_property
    def points(self) -> FloatArray:
        """
        Places of the nodes in m, shape (n_nodes, 2); read from the graph when first needed.

        Raises
        ------
        InputError
            If a node lacks coordinates; it is named.
        """
        return _points(self.nodes, self._places)

    @staticmethod
    @checked
    def from_graph(roads: nx.Graph[Any] | RoadNetwork) -> RoadNetwork:
        """
        Read a networkx graph.

        Parameters
        ----------
        roads
            Nodes carry ``x``, ``y`` in m, edges ``minutes``. Of parallel edges the fastest counts. A directed graph is
            travelled in its direction only. A network that was read before is returned as it is.

        Raises
        ------
        InputError
            If there is no node, a node lacks coordinates, or an edge has no minutes of at least 0; they are named.
        """
        if isinstance(roads, RoadNetwork):
            return roads
        if not hasattr(roads, "adjacency"):
            raise InputError(
                say("roads must be a networkx graph or a RoadNetwork; a {given} was given.", given=type(roads).__name__)
            )
        nodes = list(roads.nodes)
        if not nodes:
            raise InputError(say("The road graph has no node."))
        return RoadNetwork(nodes, _minutes_towards(roads, nodes), list(map(_second, roads.nodes(data=True))))

    @checked
    def require_near(self, points: FloatArray) -> None:
        """
        Refuse a network that lies nowhere near the places that are to be reached: a sign of another CRS.

        Parameters
        ----------
        points
            In m, shape (n_points, 2).

        Raises
        ------
        InputError
            If no point has a node within 100 km.
        """
        distance = self._tree.query(points)[0]
        if len(points) and distance.min() > _NEAR_M:
            x, y = np.median(self.points, axis=0)
            raise InputError(
                say(
                    "The road nodes lie about {km:,.1f} km from the places to be reached, around ({x:,.6g}, "
                    "{y:,.6g}); they must be in the same CRS, in m. Nothing was changed.",
                    km=np.median(distance) / 1000,
                    x=x,
                    y=y,
                )
            )

    @checked
    def without(self, barriers: GeometryArray) -> RoadNetwork:
        """Return the network without the roads that meet a barrier, drawn as straight lines between their nodes."""
        from scipy.sparse import csr_array

        n_nodes = len(self.nodes)
        one = np.repeat(np.arange(n_nodes), np.diff(self.towards.indptr))
        two = self.towards.indices
        lines = shapely.linestrings(np.stack([self.points[one], self.points[two]], axis=1))
        kept = np.ones(len(lines), dtype=np.bool_)
        kept[shapely.STRtree(barriers).query(lines, predicate="intersects")[0]] = False
        offsets = np.searchsorted(one[kept], np.arange(n_nodes + 1))
        towards = csr_array((self.towards.data[kept], two[kept], offsets), shape=(n_nodes, n_nodes))
        return replace(self, towards=towards)

    @checked
    def nearest_nodes(self, points: FloatArray) -> IntArray:
        """
        Return the node closest to each point, shape (n_points,).

        Of equally near ones the westernmost counts, of these the southernmost, of these the first by name: whatever the
        order of the graph.
        """
        wanted = min(2, len(self.nodes))
        while True:
            distance, row = self._tree.query(points, k=np.arange(1, wanted + 1))
            tied = distance == distance[:, :1]
            if wanted == len(self.nodes) or not tied[:, -1].any():
                break
            wanted = min(4 * wanted, len(self.nodes))
        nearest: IntArray = row[:, 0].astype(np.int64)
        for point in np.flatnonzero(tied.sum(axis=1) > 1).tolist():
            near = row[point, tied[point]].tolist()
            nearest[point] = min(near, key=lambda node: (*self.points[node].tolist(), str(self.nodes[node])))
        return nearest

    @cached_property
    def _tree(self) -> cKDTree:
        from scipy.spatial import cKDTree

        # planted in a third of the time, and few points are sought in it
        return cKDTree(self.points, balanced_tree=False, compact_nodes=False)

    @checked
    def minutes_to(self, targets: IntArray) -> FloatArray:
        """Return the time from every node to the nearest target, infinite where no way leads, shape (n_nodes,)."""
        from scipy.sparse.csgraph import dijkstra

        minutes: FloatArray = dijkstra(self.towards, directed=True, indices=np.unique(targets), min_only=True)
        return minutes

    @checked
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
        degree = np.diff(self.towards.indptr)
        there = minutes[self.towards.indices]
        # an edge is tight if the way over it is a fastest one; ranks spread along tight edges only
        tight = np.flatnonzero((np.repeat(minutes, degree) + self.towards.data == there) & np.isfinite(there))
        one, two = np.repeat(np.arange(len(self.nodes)), degree)[tight], self.towards.indices[tight]
        while True:
            lower = rank[one] < rank[two]
            if not lower.any():
                return rank
            np.minimum.at(rank, two[lower], rank[one[lower]])


def _points(nodes: Sequence[Any], places: Sequence[Mapping[str, Any]]) -> FloatArray:
    try:
        pairs = itertools.chain.from_iterable(map(operator.itemgetter("x", "y"), places))
        points = np.fromiter(pairs, dtype=np.float64, count=2 * len(nodes)).reshape(-1, 2)
    except (KeyError, TypeError, ValueError) as error:
        wrong = [not _are_numbers(data.get("x"), data.get("y")) for data in places]
        raise _no_places(nodes, np.flatnonzero(wrong)) from error
    if not np.isfinite(points).all():
        raise _no_places(nodes, np.flatnonzero(~np.isfinite(points).all(axis=1)))
    return points


def _no_places(nodes: Sequence[Any], rows: IntArray) -> InputError:
    named = Joined(str(nodes[row]) for row in rows[:_NAMED])
    return InputError(
        say(
            "{n} of {of} road nodes have no x and y in the CRS of the service area: {named}.",
            n=len(rows),
            of=len(nodes),
            named=named,
        )
    )


def _are_numbers(*values: object) -> bool:
    return all(isinstance(value, (int, float, np.number)) for value in values)


def _minutes_towards(roads: nx.Graph[Any], nodes: list[Any]) -> csr_array:
    """
    Return the minutes of every road from its row's node, against its direction, shape (n_nodes, n_nodes).

    Of parallel roads only the fastest counts: a sparse matrix would add them. Reading the dictionaries of networkx is
    what most of the time goes into, so they are walked by iterators written in C, block by block, so that what one
    walk brought near the processor is still there for the next, and an undirected road is read once.
    """
    from scipy.sparse import coo_array

    reader, numbers = _numbering(nodes)
    own = numbers.to_numpy()
    neighbours = list(map(_second, roads.adjacency()))
    try:
        read = [
            _block(roads, neighbours[first : first + _BLOCK], own[first : first + _BLOCK], reader)
            for first in range(0, len(nodes), _BLOCK)
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise _no_minutes(roads) from error
    degree, named, minutes = (np.concatenate(part) for part in zip(*read, strict=True))
    if not (minutes >= 0).all():
        raise _no_minutes(roads)
    tail = np.repeat(np.arange(len(nodes), dtype=np.int32), degree)
    head = numbers.get_indexer(pd.Index(named)).astype(np.int32)
    if not roads.is_directed():
        tail, head, minutes = np.append(tail, head), np.append(head, tail), np.append(minutes, minutes)
    # the columns of the matrix become its rows: every road is turned round
    towards = coo_array((minutes, (head, tail)), shape=(len(nodes), len(nodes)))
    # nothing to be added up: only a road back to its own node is entered twice, and nobody is sooner there by it
    towards.has_canonical_format = True
    return towards.tocsr()


def _numbering(nodes: list[Any]) -> tuple[_Reader, pd.Index[Any]]:
    """
    Return a reader of nodes as whole numbers that differ from node to node, and the number of each node.

    Names that are whole numbers stand for themselves. Others are told apart by their hash, which equal names share and
    strings keep ready: looking up every name would cost more than all else. Where two hashes agree, rows are looked up.
    """
    readers: list[_Reader] = [partial(map, hash)]
    if isinstance(nodes[0], int):
        readers.insert(0, iter)
    for reader in readers:
        # names of several kinds are no numbers, or become the same number, or do not and are told apart as they are
        with contextlib.suppress(OverflowError, TypeError, ValueError):
            numbers: pd.Index[Any] = pd.Index(np.fromiter(reader(nodes), dtype=np.int64, count=len(nodes)))
            if numbers.is_unique:
                return reader, numbers
    row = dict(zip(nodes, itertools.count(), strict=False))
    return partial(map, row.__getitem__), pd.RangeIndex(len(nodes))


def _block(
    roads: nx.Graph[Any], neighbours: list[Any], own: IntArray, reader: _Reader
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return for some nodes how many roads are read at each, and where these lead and in how many minutes."""
    degree = np.fromiter(map(len, neighbours), dtype=np.int64, count=len(neighbours))
    node = np.repeat(np.arange(len(own)), degree)
    head = np.fromiter(reader(itertools.chain.from_iterable(neighbours)), dtype=np.int64, count=len(node))
    once = own[node] <= head if not roads.is_directed() else np.ones(len(head), dtype=np.bool_)
    degree = np.bincount(node[once], minlength=len(own))
    # views of part of a graph hold their neighbours in mappings of their own
    values = dict.values if type(neighbours[0]) is dict else _values_of
    read_here = itertools.compress(neighbours, (degree > 0).tobytes())
    data = itertools.compress(itertools.chain.from_iterable(map(values, read_here)), once[degree[node] > 0].tobytes())
    head = head[once]
    return degree, head, _fastest(list(data)) if roads.is_multigraph() else _minutes(data, len(head))


def _minutes(data: Iterable[Any], count: int) -> FloatArray:
    return np.fromiter(map(operator.itemgetter("minutes"), data), dtype=np.float64, count=count)


def _fastest(parallel: list[Any]) -> FloatArray:
    """Return the minutes of the fastest of each group of parallel roads, shape (n_groups,)."""
    count = np.fromiter(map(len, parallel), dtype=np.int64, count=len(parallel))
    try:  # networkx numbers parallel roads from 0 unless told otherwise
        one = list(map(operator.itemgetter(0), parallel))
    except KeyError:
        one = [next(iter(group.values())) for group in parallel]
    minutes = _minutes(one, len(parallel))
    for row in np.flatnonzero(count > 1).tolist():
        # a value that is not a number wins here, so that it is not overlooked
        minutes[row] = np.min([road["minutes"] for road in parallel[row].values()])
    return minutes


def _no_minutes(roads: nx.Graph[Any]) -> InputError:
    wrong = [
        (one, two)
        for one, two, data in roads.edges(data=True)
        if not _are_numbers(data.get("minutes")) or not data["minutes"] >= 0
    ]
    named = Joined(f"{one}–{two}" for one, two in wrong[:_NAMED])
    return InputError(
        say(
            "{n} of {of} roads have no minutes of at least 0: {named}. Nothing was changed.",
            n=len(wrong),
            of=roads.number_of_edges(),
            named=named,
        )
    )
