"""Faces of polygons that may overlap and leave gaps: noded together once, each face with the set of its owners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gridpart._typing import BoolArray, IntArray
from gridpart.coverage._noding import node_segments
from gridpart.coverage._rings import DirectedEdges
from gridpart.coverage._winding import OUTSIDE, faces_of_edges, walk_inwards
from gridpart.coverage.coverage import Coverage


@dataclass(frozen=True, eq=False)
class OwnedFaces:
    """
    The common refinement of polygons, with gaps as faces without owner.

    Attributes
    ----------
    coverage
        All bounded faces.
    face, owner
        Pairs: this owner covers this face; sorted by face, then owner, shape (n_pairs,).
    n_owners
        Number of owners.
    intact
        Which of the given edges kept both ends to the bit and were not split, shape (n_edges,).
    edge_owner
        Owner of each of the given edges, shape (n_edges,).
    """

    coverage: Coverage
    face: IntArray
    owner: IntArray
    n_owners: int
    intact: BoolArray
    edge_owner: IntArray

    @property
    def changed_owners(self) -> IntArray:
        """Owners of edges that were split or moved, sorted."""
        return np.unique(self.edge_owner[~self.intact])

    def covered_by(self, owner: int) -> BoolArray:
        """Return which faces one owner covers, shape (n_faces,)."""
        mask = np.zeros(len(self.coverage), dtype=np.bool_)
        mask[self.face[self.owner == owner]] = True
        return mask


class _Sets(NamedTuple):
    """Rows of (owner, winding number), grouped: the rows of group i are offset[i] to offset[i + 1]."""

    offset: IntArray
    owner: IntArray
    winding: IntArray

    def take(self, groups: IntArray) -> tuple[IntArray, IntArray]:
        """Return the rows of the groups, and for each row its place in `groups`."""
        count = self.offset[groups + 1] - self.offset[groups]
        place = np.repeat(np.arange(len(groups)), count)
        within = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
        return self.offset[groups][place] + within, place


def own_faces(edges: DirectedEdges, *, n_owners: int, tolerance: float) -> OwnedFaces:
    """
    Node the edges of all owners together and find who covers each face.

    Parameters
    ----------
    edges
        Directed edges, interior on the left; each owner's edges form closed rings. Points of
        earlier edges keep their coordinates, later ones move onto them.
    n_owners
        Number of owners.
    tolerance
        Snapping distance of the noding in metres.

    Returns
    -------
    faces
        An owner covers the faces around which its rings wind at least once. Owners are found by walking
        across edges, never by testing points, so they are exact for slivers too.

    Raises
    ------
    CoverageError
        If the linework does not settle, naming the place.
    """
    noded = node_segments(edges.start, edges.end, tolerance=tolerance)
    whole = (noded.vertices[noded.tail] == edges.start[noded.source]).all(axis=1)
    whole &= (noded.vertices[noded.head] == edges.end[noded.source]).all(axis=1)
    intact = np.bincount(noded.source[whole], minlength=len(edges)) > 0
    ends = noded.ends
    changes = _changes_across(noded.edge, edges.owner[noded.source], noded.tail < noded.head, len(ends), n_owners)
    # edges whose uses cancel for every owner (spikes, borders inside one owner) bound nothing
    matters = np.diff(changes.offset) > 0
    ends = ends[matters]
    changes = _Sets(np.append(changes.offset[:-1][matters], changes.offset[-1]), changes.owner, changes.winding)
    polygons, left, right = faces_of_edges(noded.vertices, ends)
    face, owner = _walk_owners(left, right, len(polygons), changes, n_owners)
    turned = left < 0
    ends = np.where(turned[:, None], ends[:, ::-1], ends)
    left, right = np.where(turned, right, left), np.where(turned, left, right)
    # an edge with the outside on both sides would dangle; rings are closed, so there is none
    inner = left != OUTSIDE
    coverage = Coverage(polygons, noded.vertices, ends[inner], left[inner], right[inner])
    return OwnedFaces(coverage, face, owner, n_owners, intact, edges.owner)


def _changes_across(edge: IntArray, owner: IntArray, forward: BoolArray, n_edges: int, n_owners: int) -> _Sets:
    """Return by how much each owner's winding number is larger on the left of each edge than on its right."""
    codes, inverse = np.unique(edge * np.int64(n_owners) + owner, return_inverse=True)
    net = np.bincount(inverse, np.where(forward, 1.0, -1.0), minlength=len(codes)).astype(np.int64)
    codes, net = codes[net != 0], net[net != 0]
    count = np.bincount(codes // n_owners, minlength=n_edges)
    return _Sets(np.concatenate([[0], np.cumsum(count)]), codes % n_owners, net)


def _walk_owners(
    left: IntArray, right: IntArray, n_faces: int, changes: _Sets, n_owners: int
) -> tuple[IntArray, IntArray]:
    """Return pairs of face and owner, walking from the outside, where nobody is."""
    reached = _Sets(np.zeros(2, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    place = np.zeros(n_faces + 1, dtype=np.int64)
    faces, owners = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for step in walk_inwards(left, right, n_faces):
        if len(step.child) == 0:
            continue
        inherited, heir = reached.take(place[step.parent])
        crossed, crosser = changes.take(step.edge)
        sign = np.where(step.child_is_left[crosser], 1, -1)
        child = np.concatenate([heir, crosser])
        owner = np.concatenate([reached.owner[inherited], changes.owner[crossed]])
        winding = np.concatenate([reached.winding[inherited], sign * changes.winding[crossed]])
        reached = _sum_up(child, owner, winding, len(step.child), n_owners)
        place[step.child] = np.arange(len(step.child))
        rows = reached.winding > 0
        faces.append(np.repeat(step.child, np.diff(reached.offset))[rows])
        owners.append(reached.owner[rows])
    face, owner = np.concatenate(faces), np.concatenate(owners)
    order = np.lexsort((owner, face))
    return face[order], owner[order]


def _sum_up(group: IntArray, owner: IntArray, winding: IntArray, n_groups: int, n_owners: int) -> _Sets:
    codes, inverse = np.unique(group * np.int64(n_owners) + owner, return_inverse=True)
    total = np.bincount(inverse, winding, minlength=len(codes)).astype(np.int64)
    codes, total = codes[total != 0], total[total != 0]
    count = np.bincount(codes // n_owners, minlength=n_groups)
    return _Sets(np.concatenate([[0], np.cumsum(count)]), codes % n_owners, total)
