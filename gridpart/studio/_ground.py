"""Which faces touch, how long their borders are, and which of them hang together."""

from __future__ import annotations

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage import Coverage


class Ground:
    """
    Neighbours of faces, kept up to date when a few of them change.

    Attributes
    ----------
    one, two
        Faces that share a border, each pair once, sorted, shape (n_pairs,).
    border_m
        Length of the border in m, shape (n_pairs,).
    rim_m
        Length of the border of each face with the outside in m, shape (n_faces,).
    """

    def __init__(self, coverage: Coverage) -> None:
        self.one, self.two, self.border_m = coverage.adjacency()
        self.rim_m = _rims(coverage)

    def neighbours(self, faces: IntArray) -> IntArray:
        """Return the faces that touch any of `faces`, these left out, sorted."""
        inside = np.zeros(len(self.rim_m), dtype=np.bool_)
        inside[faces] = True
        one, two = inside[self.one], inside[self.two]
        return np.unique(np.concatenate([self.two[one & ~two], self.one[two & ~one]]))

    def update(self, polygons: GeometryArray, changed: IntArray) -> None:
        """
        Measure again around faces that changed, came or went.

        Parameters
        ----------
        polygons
            All faces as they are now, shape (n_faces,).
        changed
            Faces to measure; those that are no more are past the end of `polygons`.
        """
        n_faces = len(polygons)
        old = changed[changed < len(self.rim_m)]
        ring = self.neighbours(old)
        present = changed[changed < n_faces]
        star = np.unique(np.concatenate([ring[ring < n_faces], present]))
        moved = np.zeros(max(n_faces, len(self.rim_m)), dtype=np.bool_)
        moved[changed] = True
        coverage = Coverage.from_polygons(polygons[star])
        one, two, border = coverage.adjacency()
        one, two = star[one], star[two]
        fresh, kept = moved[one] | moved[two], ~(moved[self.one] | moved[self.two])
        one, two = np.concatenate([self.one[kept], one[fresh]]), np.concatenate([self.two[kept], two[fresh]])
        border = np.concatenate([self.border_m[kept], border[fresh]])
        order = np.lexsort((two, one))
        self.one, self.two, self.border_m = one[order], two[order], border[order]
        rims = np.zeros(n_faces)
        shared = min(n_faces, len(self.rim_m))
        rims[:shared] = self.rim_m[:shared]
        rims[present] = _rims(coverage)[np.searchsorted(star, present)]
        self.rim_m = rims

    def pieces(self, group: IntArray) -> IntArray:
        """
        Number the connected pieces of faces of one group.

        Parameters
        ----------
        group
            Group of each face, -1 for faces left out, shape (n_faces,).

        Returns
        -------
        piece
            Number of the piece of each face from 0, -1 for faces left out, shape (n_faces,).
        """
        import scipy.sparse

        chosen = np.flatnonzero(group >= 0)
        place = np.full(len(group), -1, dtype=np.int64)
        place[chosen] = np.arange(len(chosen))
        same = (group[self.one] == group[self.two]) & (group[self.one] >= 0)
        links = (np.ones(int(same.sum()), dtype=np.int8), (place[self.one[same]], place[self.two[same]]))
        graph = scipy.sparse.coo_matrix(links, shape=(len(chosen), len(chosen)))
        _, component = scipy.sparse.csgraph.connected_components(graph, directed=False)
        piece = np.full(len(group), -1, dtype=np.int64)
        piece[chosen] = component
        return piece


def _rims(coverage: Coverage) -> FloatArray:
    outer: BoolArray = coverage.right_face < 0
    rims: FloatArray = np.bincount(
        coverage.left_face[outer], weights=coverage.edge_lengths[outer], minlength=len(coverage)
    ).astype(np.float64)
    return rims


def middle_of(polygons: GeometryArray) -> FloatArray:
    """Return a point inside each polygon, in m, shape (n_polygons, 2)."""
    coordinates: FloatArray = shapely.get_coordinates(shapely.point_on_surface(polygons))
    return coordinates
