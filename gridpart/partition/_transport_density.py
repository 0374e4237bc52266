"""Demand spread over land: the edges at which its density changes, ready to be met by the borders of power cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gridpart._typing import FloatArray, IntArray
from gridpart.coverage import Coverage

_FRAME = 1.05
"""Half side of the square of even background, as a share of the radius."""


@dataclass(frozen=True, eq=False)
class DensityEdges:
    """
    Where the density of demand changes, about the origin and in units of the radius.

    Attributes
    ----------
    vertices
        Shape (n_vertices, 2).
    tail, head
        Vertices of each edge, shape (n_edges,).
    left, right
        Class of equal density beside each edge, shape (n_edges,).
    density
        Demand and even background of each class, each per unit of area, shape (n_classes, 2). The total of either is
        the number of outlets.
    tree
        Of the edges.
    """

    vertices: FloatArray
    tail: IntArray
    head: IntArray
    left: IntArray
    right: IntArray
    density: FloatArray
    tree: shapely.STRtree

    def __len__(self) -> int:
        """Return the number of edges."""
        return len(self.tail)


def density_edges(
    coverage: Coverage, demand: FloatArray, *, middle: FloatArray, radius: float, n_cells: int
) -> DensityEdges:
    """
    Read the edges of changing density off faces with demand.

    Parameters
    ----------
    coverage
        Faces that do not overlap.
    demand
        Of each face, spread evenly over it, shape (n_faces,).
    middle, radius
        Origin and unit of length, in m.
    n_cells
        Both totals are scaled to this, so that every cell's share is 1.
    """
    per_area = demand / (coverage.areas / radius**2) * (n_cells / demand.sum())
    levels, level = np.unique(per_area, return_inverse=True)
    background = n_cells / (2 * _FRAME) ** 2
    empty, void = len(levels), len(levels) + 1
    density = np.column_stack([np.append(levels, [0, 0]), np.append(np.full(len(levels) + 1, background), 0)])
    level = np.append(level.ravel(), empty)
    left, right = level[coverage.left_face], level[coverage.right_face]
    changes = left != right
    used, ends = np.unique(coverage.edges[changes], return_inverse=True)
    ends = ends.reshape(-1, 2)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * _FRAME
    vertices = np.concatenate([(coverage.vertices[used] - middle) / radius, corners])
    frame = len(used) + np.arange(4)
    tail = np.concatenate([ends[:, 0], frame])
    head = np.concatenate([ends[:, 1], np.roll(frame, -1)])
    return DensityEdges(
        vertices=vertices,
        tail=tail,
        head=head,
        left=np.concatenate([left[changes], np.full(4, empty)]),
        right=np.concatenate([right[changes], np.full(4, void)]),
        density=density,
        tree=shapely.STRtree(shapely.linestrings(np.stack([vertices[tail], vertices[head]], axis=1))),
    )
