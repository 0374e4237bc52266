"""The coverage: a planar subdivision into faces, with every shared edge stored once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage._faces import labelled_rings, nest_rings, trace_rings
from gridpart.coverage._matching import group_edges, grouped, unique_points
from gridpart.coverage._rings import directed_edges, is_polygonal
from gridpart.coverage._straight import straightened
from gridpart.coverage._winding import OUTSIDE
from gridpart.errors import CoverageError
from gridpart.i18n import Joined, messages

say = messages("coverage")


@dataclass(frozen=True, eq=False)
class Coverage:
    """
    A planar subdivision into faces; every shared edge is stored once.

    Attributes
    ----------
    polygons
        The faces, edge-matched, shape (n_faces,).
    points
        Coordinates in metres of the ends of edges, possibly repeated, shape (n_points, 2).
    ends
        Point at the tail and at the head of each edge, shape (n_edges, 2).
    left_face, right_face
        Faces beside each edge, -1 for the outside, shape (n_edges,). The left one is never outside.
    """

    polygons: GeometryArray = field(repr=False)
    points: FloatArray = field(repr=False)
    ends: IntArray = field(repr=False)
    left_face: IntArray = field(repr=False)
    right_face: IntArray = field(repr=False)

    @staticmethod
    def from_polygons(polygons: GeometryArray | Sequence[object]) -> Coverage:
        """
        Read a coverage off polygons whose shared borders match vertex for vertex.

        Parameters
        ----------
        polygons
            Valid polygons or multipolygons, shape (n_faces,). They are kept as they are.

        Returns
        -------
        coverage
            Faces in the order of `polygons`.

        Raises
        ------
        CoverageError
            If an edge has two faces on one side, naming the place; then the polygons overlap.
        """
        faces = np.asarray(polygons, dtype=object)
        if not is_polygonal(faces).all():
            raise CoverageError(
                say("A coverage is made of polygons; row {row} is not one.", row=np.argmin(is_polygonal(faces)))
            )
        directed = directed_edges(faces)
        groups = group_edges(directed)
        first = groups.order[groups.first]
        lonely = groups.size == 1
        paired = (groups.size == 2) & (groups.net == 0)
        wrong = ~(lonely | paired)
        if wrong.any():
            _raise_overlap(directed.start[first[wrong]], directed.owner[groups.members(wrong)])
        second = groups.order[np.minimum(groups.first + 1, len(directed) - 1)]
        right = np.where(paired, directed.owner[second], OUTSIDE)
        ends = np.column_stack([directed.tail[first], directed.head[first]])
        return Coverage(faces, directed.points, ends, directed.owner[first], right)

    def __len__(self) -> int:
        """Return the number of faces."""
        return len(self.polygons)

    def __repr__(self) -> str:
        """Show the size."""
        return f"Coverage({len(self.polygons)} faces, {len(self.ends)} edges, {len(self.vertices)} vertices)"

    @cached_property
    def _numbered(self) -> tuple[FloatArray, IntArray]:
        """Distinct points and the number of each point among them: a sort that not every question needs."""
        return unique_points(self.points)

    @property
    def vertices(self) -> FloatArray:
        """Distinct coordinates in metres, in the order in which they first appear, shape (n_vertices, 2)."""
        return self._numbered[0]

    @cached_property
    def edges(self) -> IntArray:
        """Tail and head vertex of each edge, shape (n_edges, 2)."""
        return self._numbered[1][self.ends]

    @cached_property
    def edge_lengths(self) -> FloatArray:
        """Length of each edge in m, shape (n_edges,)."""
        difference = self.points[self.ends[:, 1]] - self.points[self.ends[:, 0]]
        lengths: FloatArray = np.sqrt(difference[:, 0] ** 2 + difference[:, 1] ** 2)
        return lengths

    @cached_property
    def areas(self) -> FloatArray:
        """Area of each face in m², shape (n_faces,)."""
        areas: FloatArray = shapely.area(self.polygons)
        return areas

    def _beside(self, labels: IntArray) -> tuple[IntArray, IntArray]:
        """Return the labels left and right of each edge; -1 stands for outside and for faces without label."""
        padded = np.append(labels, OUTSIDE)
        return padded[self.left_face], padded[self.right_face]

    def adjacency(self, labels: IntArray | None = None) -> tuple[IntArray, IntArray, FloatArray]:
        """
        Return which faces, or which labels, share a border and how long it is.

        Parameters
        ----------
        labels
            Label of each face, -1 for none, shape (n_faces,). If None, each face is its own label.

        Returns
        -------
        one, two
            Pairs with ``one < two``, sorted, each once, shape (n_pairs,).
        border_m
            Length of the shared border in m, shape (n_pairs,).
        """
        left, right = self._beside(np.arange(len(self)) if labels is None else labels)
        between = (left != right) & (left >= 0) & (right >= 0)
        low = np.minimum(left, right)[between]
        high = np.maximum(left, right)[between]
        span = int(high.max()) + 1 if len(high) else 1
        order = grouped(low * span + high)
        code = (low * span + high)[order]
        first = np.flatnonzero(np.append(True, code[1:] != code[:-1])) if len(code) else code
        border = np.add.reduceat(self.edge_lengths[between][order], first) if len(code) else np.zeros(0)
        return code[first] // span, code[first] % span, border

    def dissolve(
        self, labels: IntArray, *, loose: BoolArray | None = None, within: float = 0.0
    ) -> tuple[IntArray, GeometryArray]:
        """
        Merge faces with the same label.

        Parameters
        ----------
        labels
            Label of each face, -1 for none, shape (n_faces,).
        loose
            Vertices that are left out where a border passes straight through them, shape (n_vertices,); none if None.
        within
            Distance in metres by which the border may move there: at most a quarter of the tolerance of noding.

        Returns
        -------
        unique
            The labels that occur, sorted, shape (n_labels,).
        polygons
            One polygon or multipolygon per label, edge-matched with each other, shape (n_labels,).

        Raises
        ------
        CoverageError
            If faces overlap, naming the place.
        """
        left, right = self._beside(labels)
        border = np.flatnonzero(left != right)
        left, right, ends = left[border], right[border], self.edges[border]
        tail, head = np.concatenate([ends[:, 0], ends[:, 1]]), np.concatenate([ends[:, 1], ends[:, 0]])
        rings = trace_rings(self.vertices, tail, head, np.concatenate([left, right]), both_ways=True)
        if loose is not None:
            rings = straightened(self.vertices, rings, ends, loose=loose, within=within)
        polygons, label, _ = nest_rings(self.vertices, labelled_rings(rings))
        return collect_parts(polygons, label)

    def boundary(self) -> shapely.Polygon | shapely.MultiPolygon:
        """Return the union of all faces as one polygon or multipolygon, holes kept; empty without faces."""
        _, polygons = self.dissolve(np.zeros(len(self), dtype=np.int64))
        return polygons[0] if len(polygons) else shapely.Polygon()


def collect_parts(polygons: GeometryArray, label: IntArray) -> tuple[IntArray, GeometryArray]:
    """
    Gather polygons of one label into one geometry.

    Parameters
    ----------
    polygons
        Parts, shape (n_parts,).
    label
        Label of each part, shape (n_parts,).

    Returns
    -------
    unique
        The labels that occur, sorted, shape (n_labels,).
    geometries
        A polygon where a label has one part, a multipolygon where it has more, shape (n_labels,).
    """
    order = grouped(label)
    unique, first, count = np.unique(label[order], return_index=True, return_counts=True)
    geometries = polygons[order][first] if len(unique) else polygons[:0]
    several = np.flatnonzero(count > 1)
    if len(several):
        parts = polygons[order][np.repeat(count > 1, count)]
        geometries[several] = shapely.multipolygons(parts, indices=np.repeat(np.arange(len(several)), count[several]))
    return unique, geometries


def _raise_overlap(places: FloatArray, owners: IntArray) -> None:
    shown = Joined(say("({x:.3f}, {y:.3f})", x=x, y=y) for x, y in places[:3])
    faces = Joined(str(face) for face in np.unique(owners)[:6])
    raise CoverageError(
        say(
            "{n} edges have more than one polygon on a side, at {shown}; polygons {faces} overlap. Nothing was "
            "changed. `gridpart.certify` lists every overlap, `gridpart.clean` can repair them.",
            n=len(places),
            shown=shown,
            faces=faces,
        )
    )
