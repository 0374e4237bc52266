"""Faces of an edge table and walks across its edges from the outside inwards."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage._faces import nest_rings, trace_rings
from gridpart.coverage._matching import grouped

OUTSIDE = -1
"""Face number of everything outside a coverage."""


class Step(NamedTuple):
    """One level of a walk: from parent to child faces across edges."""

    parent: IntArray
    child: IntArray
    edge: IntArray
    child_is_left: BoolArray


def faces_of_edges(vertices: FloatArray, ends: IntArray) -> tuple[GeometryArray, IntArray, IntArray]:
    """
    Return the faces that noded edges bound.

    Parameters
    ----------
    vertices
        Coordinates in metres, shape (n_vertices, 2).
    ends
        Tail and head of edges that meet only at vertices and do not dangle, shape (n_edges, 2).

    Returns
    -------
    polygons
        Bounded faces, shape (n_faces,).
    left, right
        Face on each side of each edge, -1 for the outside, shape (n_edges,).
    """
    n_edges = len(ends)
    tail = np.concatenate([ends[:, 0], ends[:, 1]])
    head = np.concatenate([ends[:, 1], ends[:, 0]])
    rings = trace_rings(vertices, tail, head, np.zeros(2 * n_edges, dtype=np.int64), both_ways=True)
    polygons, _, shell_of_ring = nest_rings(vertices, rings)
    n_cycles = int(rings.cycle_of_half_edge.max()) + 1 if n_edges else 0
    face_of_cycle = np.full(n_cycles, OUTSIDE, dtype=np.int64)
    face_of_cycle[rings.cycle] = shell_of_ring
    face = face_of_cycle[rings.cycle_of_half_edge]
    return polygons, face[:n_edges], face[n_edges:]


def walk_inwards(left: IntArray, right: IntArray, n_faces: int) -> list[Step]:
    """
    Reach every face from the outside, breadth first.

    Parameters
    ----------
    left, right
        Face on each side of each edge, -1 for the outside, shape (n_edges,).
    n_faces
        Number of faces.

    Returns
    -------
    steps
        Levels of the walk. Parent ``n_faces`` is the outside.
    """
    n_edges = len(left)
    one = np.concatenate([left, right])
    two = np.concatenate([right, left])
    one, two = np.where(one < 0, n_faces, one), np.where(two < 0, n_faces, two)
    order = grouped(one)
    offset = np.concatenate([[0], np.cumsum(np.bincount(one, minlength=n_faces + 1))])
    reached = np.zeros(n_faces + 1, dtype=np.bool_)
    reached[n_faces] = True
    frontier = np.array([n_faces])
    steps = []
    while len(frontier):
        count = offset[frontier + 1] - offset[frontier]
        within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
        half = order[np.repeat(offset[frontier], count) + within]
        half = half[~reached[two[half]]]
        child, first = np.unique(two[half], return_index=True)
        half = half[first]
        reached[child] = True
        # the second half of the half-edges looks from right to left: there the child is the left face
        steps.append(Step(one[half], child, half % max(n_edges, 1), half >= n_edges))
        frontier = child
    return steps
