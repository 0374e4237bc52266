"""
Which edges run along the same pair of points, and what is left when opposite ones cancel.

Edges are grouped by a 64-bit hash of their end points' bits. The hash only finds the groups:
every group is compared bit for bit afterwards, so a collision can cost time, never correctness.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.coverage._rings import DirectedEdges

_MIX_X = np.uint64(0x9E3779B97F4A7C15)
_MIX_Y = np.uint64(0xC2B2AE3D27D4EB4F)
_MIX_Z = np.uint64(0xFF51AFD7ED558CCD)
_SHIFT = np.uint64(32)


@dataclass(frozen=True)
class EdgeGroups:
    """
    Directed edges grouped by the undirected edge they run along.

    Attributes
    ----------
    order
        Edge indices sorted so that each group is contiguous, shape (n_edges,).
    first
        Position in `order` where each group begins, shape (n_groups,).
    size
        Number of edges in each group, shape (n_groups,).
    sign
        +1 or -1: direction of each edge of `order` along its group, shape (n_edges,).
    """

    order: IntArray
    first: IntArray
    size: IntArray
    sign: NDArray[np.int8]

    @property
    def net(self) -> IntArray:
        """Sum of the directions in each group; zero where all edges cancel, shape (n_groups,)."""
        if len(self.first) == 0:
            return np.zeros(0, dtype=np.int64)
        return np.add.reduceat(self.sign, self.first, dtype=np.int64)

    def members(self, groups: BoolArray) -> IntArray:
        """Return the indices of all edges in the selected groups."""
        return self.order[np.repeat(groups, self.size)]


def hash_points(points: FloatArray) -> NDArray[np.uint64]:
    """Return a 64-bit hash of each point's bits, shape (n_points,)."""
    bits = np.ascontiguousarray(points).view(np.uint64)
    with np.errstate(over="ignore"):
        mixed = bits[:, 0] * _MIX_X
        mixed ^= mixed >> _SHIFT
        mixed += bits[:, 1] * _MIX_Y
        mixed ^= mixed >> _SHIFT
        mixed *= _MIX_Z
        mixed ^= mixed >> _SHIFT
    return mixed


def unique_points(points: FloatArray) -> tuple[FloatArray, IntArray]:
    """
    Number the distinct points, in the order in which they first appear.

    Parameters
    ----------
    points
        Coordinates in metres, shape (n_points, 2).

    Returns
    -------
    vertices
        Distinct points, shape (n_vertices, 2).
    index
        Vertex of each point, shape (n_points,).
    """
    keys = hash_points(points)
    order = np.argsort(keys)
    ordered, sorted_keys = points[order], keys[order]
    is_new = np.ones(len(order), dtype=np.bool_)
    np.not_equal(sorted_keys[1:], sorted_keys[:-1], out=is_new[1:])
    differs = (ordered[1:, 0] != ordered[:-1, 0]) | (ordered[1:, 1] != ordered[:-1, 1])
    if (differs & ~is_new[1:]).any():  # a collision: sort by the coordinates themselves
        order = np.lexsort((points[:, 1], points[:, 0]))
        is_new[1:] = (points[order[1:]] != points[order[:-1]]).any(axis=1)
    first = np.flatnonzero(is_new)
    # sorting does not keep the order of equal points: the first to appear is the lowest number
    representative = np.minimum.reduceat(order, first) if len(first) else order
    by_appearance = np.argsort(representative)
    rank = np.empty(len(first), dtype=np.int64)
    rank[by_appearance] = np.arange(len(first))
    index = np.empty(len(points), dtype=np.int64)
    index[order] = np.repeat(rank, np.diff(np.append(first, len(order))))
    return points[representative[by_appearance]], index


def distinct(values: IntArray) -> IntArray:
    """Return the distinct values, sorted: what `numpy.unique` does, which looks them up in a table since numpy 2.3."""
    ordered = np.sort(values)
    is_new = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_new[1:])
    return ordered[is_new]


def grouped(codes: IntArray) -> IntArray:
    """Return ``np.argsort(codes, kind="stable")`` of numbers from 0; a plain sort takes a fifth of a stable one."""
    n = np.int64(len(codes))
    if len(codes) == 0 or int(codes.max()) >= np.iinfo(np.int64).max // n:
        return np.argsort(codes, kind="stable")
    return np.argsort(codes * n + np.arange(n))


def order_within(group: IntArray, value: FloatArray) -> IntArray:
    """
    Return ``np.lexsort((value, group))``, by one plain sort where that decides.

    Parameters
    ----------
    group
        Number of each row's group, at least 0, shape (n_rows,).
    value
        By which the rows of a group are sorted, shape (n_rows,).
    """
    low = float(value.min(initial=0.0))
    span = 2 * (float(value.max(initial=0.0)) - low) or 1.0
    order = np.argsort(group + (value - low) / span)
    groups, values = group[order], value[order]
    before = (groups[:-1] < groups[1:]) | ((groups[:-1] == groups[1:]) & (values[:-1] < values[1:]))
    return order if before.all() else np.lexsort((value, group))


def group_edges(edges: DirectedEdges) -> EdgeGroups:
    """
    Group edges that run along the same pair of points, in either direction.

    Parameters
    ----------
    edges
        Directed edges of positive length.

    Returns
    -------
    groups
        Groups in an order that depends only on the coordinates.
    """
    keys = hash_points(edges.points)
    tail_key, head_key = keys[edges.tail], keys[edges.head]
    groups = _groups_by_key(tail_key + head_key, tail_key < head_key)
    if _has_collision(edges, groups):
        vertices, index = unique_points(edges.points)
        tail, head = index[edges.tail], index[edges.head]
        pair = np.minimum(tail, head) * np.int64(len(vertices)) + np.maximum(tail, head)
        groups = _groups_by_key(pair.view(np.uint64), tail < head)
    return groups


def _groups_by_key(key: NDArray[np.uint64], forward: BoolArray) -> EdgeGroups:
    order = np.argsort(key)
    ordered = key[order]
    is_first = np.ones(len(order), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    first = np.flatnonzero(is_first)
    size = np.diff(np.append(first, len(order)))
    sign = np.where(forward[order], np.int8(1), np.int8(-1))
    return EdgeGroups(order, first, size, sign)


def _has_collision(edges: DirectedEdges, groups: EdgeGroups) -> bool:
    """Return whether any group holds two edges that are not on the same pair of points."""
    follower = np.ones(len(groups.order), dtype=np.bool_)
    follower[groups.first] = False
    here = np.flatnonzero(follower)
    one, two = groups.order[here], groups.order[here - 1]
    same_way = groups.sign[here] == groups.sign[here - 1]
    tail, head = edges.tail[two], edges.head[two]
    if same_way.any():
        tail, head = np.where(same_way, head, tail), np.where(same_way, tail, head)
    x, y = edges.points[:, 0], edges.points[:, 1]
    return any(
        bool((axis[mine] != axis[its]).any())
        for axis in (x, y)
        for mine, its in ((edges.tail[one], head), (edges.head[one], tail))
    )
