"""Which polygons of a layer cover each face, where those of one layer may overlap each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gridpart._typing import BoolArray, IntArray
from gridpart.coverage._winding import Step

_NUMBERS_OF_32_BITS = 2**16
"""Of fewer polygons than this even the sum of all numbers fits into 32 bits."""

NOBODY = -1
"""Code of a face that no polygon of a layer covers."""


@dataclass(frozen=True, eq=False)
class Members:
    """
    The polygons of some layers that cover each face.

    Attributes
    ----------
    codes
        -1 where no polygon of the layer covers the face; the number of the polygon where one does; where several do,
        the number of polygons of the layer plus the place of their set in `sets`, shape (n_faces, n_layers).
    sizes
        Number of polygons of each layer, shape (n_layers,).
    sets
        By layer, the sets of several polygons that cover some face together, sorted.
    """

    codes: IntArray
    sizes: IntArray
    sets: tuple[tuple[tuple[int, ...], ...], ...]

    def of(self, code: int, layer: int) -> tuple[int, ...]:
        """Return the polygons of a layer that a code stands for."""
        size = int(self.sizes[layer])
        if code >= size:
            return self.sets[layer][code - size]
        return () if code < 0 else (code,)

    def counts(self) -> IntArray:
        """Return how many polygons of each layer cover each face, shape (n_faces, n_layers)."""
        counts = (self.codes >= 0).astype(np.int64)
        for layer, sets in enumerate(self.sets):
            rows = np.flatnonzero(self.codes[:, layer] >= self.sizes[layer])
            number = np.array([len(entry) for entry in sets], dtype=np.int64)
            counts[rows, layer] = number[self.codes[rows, layer] - self.sizes[layer]]
        return counts


@dataclass(frozen=True, eq=False)
class Crossings:
    """
    What changes when an edge is crossed from right to left.

    Attributes
    ----------
    edge, layer, polygon
        Sorted by edge, then by layer, shape (n_crossings,).
    net
        1 if the polygon lies left of the edge, -1 if right, shape (n_crossings,).
    """

    edge: IntArray
    layer: IntArray
    polygon: IntArray
    net: IntArray


def crossings_of(edge: IntArray, forward: BoolArray, layer: IntArray, polygon: IntArray) -> Crossings:
    """
    Return what changes at each edge; uses of an edge by one polygon in both directions cancel.

    Parameters
    ----------
    edge, forward, layer, polygon
        Edge of each piece, whether it runs along it, and whose it is, shape (n_pieces,).
    """
    span = int(polygon.max()) + 1 if len(polygon) else 1
    n_layers = int(layer.max()) + 1 if len(layer) else 1
    codes, inverse = np.unique((edge * n_layers + layer) * span + polygon, return_inverse=True)
    net = np.bincount(inverse, np.where(forward, 1.0, -1.0), minlength=len(codes)).astype(np.int64)
    codes, net = codes[net != 0], net[net != 0]
    rest = codes // span
    return Crossings(rest // n_layers, rest % n_layers, codes % span, net)


def walk_members(
    steps: Sequence[Step], crossings: Crossings, *, n_edges: int, n_faces: int, sizes: IntArray
) -> Members:
    """
    Find the polygons that cover each face by walking from the outside across edges.

    Parameters
    ----------
    steps
        Levels of the walk.
    crossings
        What changes at each edge.
    n_edges, n_faces
        Size of the arrangement.
    sizes
        Number of polygons of each layer, shape (n_layers,).

    Notes
    -----
    Carried along are the number of polygons and the sum of their numbers: where it is one polygon, the sum is its
    number. Only faces that several polygons of one layer cover are walked one by one, with their sets.
    """
    change = _changes(crossings, n_edges, sizes)
    carried = np.zeros((n_faces + 1, 2 * len(sizes)), dtype=change.dtype)
    for step in steps:
        sign = np.where(step.child_is_left, 1, -1)[:, None]
        carried[step.child] = carried[step.parent] + sign * change[step.edge]
    count, total = carried[:, 0::2], carried[:, 1::2]
    codes = np.where(count == 0, NOBODY, total.astype(np.int64))
    several = _sets_of_several(steps, crossings, count, codes)
    sets = []
    for layer, size in enumerate(sizes.tolist()):
        mine = {face: entry for (face, at), entry in several.items() if at == layer}
        names = sorted(set(mine.values()))
        place = {entry: size + number for number, entry in enumerate(names)}
        for face, entry in mine.items():
            codes[face, layer] = place[entry]
        sets.append(tuple(names))
    return Members(codes[:-1], sizes, tuple(sets))


def _changes(crossings: Crossings, n_edges: int, sizes: IntArray) -> IntArray:
    """Return by how much number and sum of numbers of each layer change across edges, shape (n_edges, 2 n_layers)."""
    fits = sizes.max(initial=0) < _NUMBERS_OF_32_BITS
    change = np.zeros((n_edges, 2 * len(sizes)), dtype=np.int32 if fits else np.int64)
    edge, layer = crossings.edge, crossings.layer
    if len(edge):
        first = np.flatnonzero(np.append(True, (edge[1:] != edge[:-1]) | (layer[1:] != layer[:-1])))
        change[edge[first], 2 * layer[first]] = np.add.reduceat(crossings.net, first)
        change[edge[first], 2 * layer[first] + 1] = np.add.reduceat(crossings.net * crossings.polygon, first)
    return change


def _sets_of_several(
    steps: Sequence[Step], crossings: Crossings, count: IntArray, codes: IntArray
) -> dict[tuple[int, int], tuple[int, ...]]:
    """Return the polygons of each face and layer that several cover."""
    crowded = count > 1
    if not crowded.any():
        return {}
    first = np.searchsorted(crossings.edge, np.arange(int(crossings.edge.max()) + 2))
    found: dict[tuple[int, int], tuple[int, ...]] = {}
    for step in steps:
        for row, layer in zip(*np.nonzero(crowded[step.child]), strict=True):
            parent, child, edge = int(step.parent[row]), int(step.child[row]), int(step.edge[row])
            before = found.get((parent, int(layer)))
            if before is None:
                before = () if count[parent, layer] == 0 else (int(codes[parent, layer]),)
            members = set(before)
            sign = 1 if step.child_is_left[row] else -1
            for at in range(int(first[edge]), int(first[edge + 1])):
                if crossings.layer[at] == layer:
                    polygon = int(crossings.polygon[at])
                    if sign * crossings.net[at] > 0:
                        members.add(polygon)
                    else:
                        members.discard(polygon)
            found[child, int(layer)] = tuple(sorted(members))
    return found
