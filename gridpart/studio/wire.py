"""What goes over the line to the map: shared borders once each, labels as numbers, changes as small as they are."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridpart._typing import FloatArray, GeometryArray, IntArray
from gridpart.viewer import AreaLayer, FeatureClass, style
from gridpart.viewer.payload import Frame, layer_payload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridpart.studio.delta import Delta
    from gridpart.studio.session import Session

Numbers = np.dtype("<i4")
"""Whole numbers as the script of the map reads them: little-endian, 32 bits."""

_SHAPES = ("points", "arcs", "uses", "rings", "features", "anchors", "room")


def packed(values: Sequence[int] | IntArray) -> bytes:
    """Return whole numbers as bytes for the map."""
    return np.asarray(values, dtype=Numbers).tobytes()


@dataclass(frozen=True)
class UnitTable:
    """
    What the card of a face says, beside its cell.

    Attributes
    ----------
    fields
        Titles; the first is that of the name, the third that of the cell.
    rows
        Texts of each face, shape (n_faces, n_fields).
    names
        Drawn where there is room, shape (n_faces,).
    """

    fields: tuple[str, ...]
    rows: list[list[str]]
    names: list[str]


class Wire:
    """
    The faces of a session as the map has them, with numbers for cells.

    Parameters
    ----------
    session
        Whose faces.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.numbers: dict[str, int] = {}
        self.names: list[str] = []
        for cell_id in session.cell_ids:
            self.numbered(cell_id)
        self.take_shapes()

    def take_shapes(self) -> None:
        """Read faces and labels anew, after faces came, went or got other corners."""
        self.faces: GeometryArray = self._session.faces
        low_x, low_y, high_x, high_y = shapely.total_bounds(self.faces)
        if not hasattr(self, "frame"):  # kept for good: what the hand did is told in its numbers
            self.frame = Frame.around((low_x, low_y, high_x, high_y))
        self.labels: IntArray = np.array([self.numbered(str(name)) for name in self._session.labels], dtype=np.int64)
        self.unit_of: IntArray = _unit_numbers(self._session.unit_ids)
        self.unit_size: IntArray = np.bincount(self.unit_of)
        self._shape: dict[str, Any] | None = None

    def numbered(self, cell_id: str) -> int:
        """Return the number of a cell; numbers are never given twice."""
        if cell_id not in self.numbers:
            self.numbers[cell_id] = len(self.names)
            self.names.append(cell_id)
        return self.numbers[cell_id]

    @property
    def checksum(self) -> int:
        """CRC-32 of the labels as the map keeps them."""
        return zlib.crc32(packed(self.labels))

    def apply(self, delta: Delta) -> tuple[dict[str, Any], list[bytes]]:
        """
        Follow a change, and return it for the map.

        Returns
        -------
        message
            ``moves``: rows ``[x, y, to_x, to_y]`` of vertices in map numbers; ``rebase``: whether the faces must be
            sent anew instead.
        buffers
            Faces whose label changed, and their new labels.
        """
        labels = delta.labels
        moves = _moves(delta, self.frame)
        if moves is None:
            self.take_shapes()
            return {"rebase": True, "moves": []}, [b"", b""]
        faces = np.fromiter(labels, dtype=np.int64, count=len(labels))
        numbers = np.array([self.numbered(name) for name in labels.values()], dtype=np.int64)
        self.labels[faces] = numbers
        if moves:
            self.faces = self._session.faces
            self._shape = None
        return {"rebase": False, "moves": moves}, [packed(faces), packed(numbers)]

    def base(self, units: UnitTable, *, title: str) -> tuple[dict[str, Any], list[bytes]]:
        """
        Return all faces for a map that knows nothing yet.

        Returns
        -------
        layer
            The layer of the faces, without its shape.
        buffers
            Shape, labels, unit of each face.
        """
        known = self._shape is not None
        layer = AreaLayer(
            "faces",
            title,
            np.full(len(self.faces), shapely.Polygon(), dtype=object) if known else self.faces,
            (FeatureClass(title, style("single")),),
            labels=units.names,
            fields=units.fields,
            cards=units.rows,
            searchable=True,
            in_legend=False,
        )
        told = layer_payload(layer, self.frame)
        shape = told.pop("shape")
        if self._shape is None:
            self._shape = shape
        buffers = [packed(self._shape[name]) for name in _SHAPES]
        return {**told, "classOf": []}, [*buffers, packed(self.labels), packed(self.unit_of)]

    @property
    def home(self) -> list[int]:
        """Extent of the faces in map numbers: left, top, right, bottom; y points down."""
        low, high = self.frame.to_map(shapely.total_bounds(self.faces).reshape(2, 2)).tolist()
        return [low[0], -high[1], high[0], -low[1]]

    def place_of(self, shape: shapely.Geometry | None) -> dict[str, list[list[list[int]]] | list[list[int]]]:
        """Return where an edit was refused, in map numbers: ``areas`` and ``lines`` as rings and chains, ``points``."""
        found: dict[str, Any] = {"areas": [], "lines": [], "points": []}
        for part in shapely.get_parts(np.array([] if shape is None else [shape], dtype=object)):
            if part.geom_type == "Polygon":
                found["areas"].append([self._chain(ring) for ring in shapely.get_rings(part)])
            elif part.geom_type in ("LineString", "LinearRing"):
                found["lines"].append(self._chain(part))
            else:
                found["points"] += self._chain(part)
        return found

    def _chain(self, shape: shapely.Geometry) -> list[list[int]]:
        points = self.frame.to_map(shapely.get_coordinates(shape)) * [1, -1]
        chain: list[list[int]] = points.tolist()
        return chain

    def ground(self, places: Sequence[Sequence[float]]) -> FloatArray:
        """Return places of the map, y down, in m, shape (n, 2)."""
        return self.frame.to_ground(np.asarray(places, dtype=np.float64) * [1, -1])

    def vertex_at(self, place: Sequence[float]) -> FloatArray:
        """Return the vertex of a face that the map shows at a place, in m, shape (2,); that place if there is none."""
        wanted: FloatArray = self.ground([place])[0]
        near = shapely.box(*(wanted - 2 * self.frame.step), *(wanted + 2 * self.frame.step))
        vertices = shapely.get_coordinates(self.faces[shapely.intersects(self.faces, near)])
        if len(vertices) == 0:
            return wanted
        nearest = int(np.argmin(((vertices - wanted) ** 2).sum(axis=1)))
        vertex: FloatArray = vertices[nearest]
        return vertex


def _moves(delta: Delta, frame: Frame) -> list[list[int]] | None:
    """Return vertices that moved, in map numbers; None if more than vertices changed."""
    found: set[tuple[int, int, int, int]] = set()
    for change in delta.changes:
        if change.table != "face":
            continue
        if change.before is None or change.after is None:
            return None
        before, after = change.before.polygon, change.after.polygon
        one, two = shapely.get_coordinates(before), shapely.get_coordinates(after)
        if one.shape != two.shape or _ring_sizes(before) != _ring_sizes(after):
            return None
        moved = (one != two).any(axis=1)
        rows = np.hstack([frame.to_map(one[moved]) * [1, -1], frame.to_map(two[moved]) * [1, -1]])
        found.update(map(tuple, rows.tolist()))
    return [list(row) for row in sorted(found)]


def _ring_sizes(polygon: shapely.Geometry) -> list[int]:
    rings = shapely.get_rings(shapely.get_parts(polygon))
    sizes: list[int] = shapely.get_num_coordinates(rings).tolist()
    return sizes


def _unit_numbers(unit_ids: Sequence[str | None]) -> IntArray:
    """Number units; a face without unit is one of its own."""
    numbers: dict[str | int, int] = {}
    keys = [row if unit is None else unit for row, unit in enumerate(unit_ids)]
    numbered: IntArray = np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)
    return numbered
