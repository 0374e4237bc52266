"""The data of a page: shared arcs as whole numbers, texts as text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridpart._typing import FloatArray, GeometryArray, IntArray
from gridpart.coverage import shared_arcs

if TYPE_CHECKING:
    from gridpart.viewer.document import Layer, MapDocument, Table

_SURROGATE = re.compile("[\ud800-\udfff]")

_STEPS = 1 << 20
"""Steps across the longer side of the map: 5 cm on a county of 50 km, far below a pixel."""


@dataclass(frozen=True, eq=False)
class Frame:
    """
    From metres to the whole numbers of a map.

    Attributes
    ----------
    origin
        Place of (0, 0) in m, shape (2,).
    step
        Metres to a unit.
    """

    origin: FloatArray
    step: float

    @staticmethod
    def around(bounds: tuple[float, float, float, float]) -> Frame:
        """Return the frame of a map that shows an extent in m: min x, min y, max x, max y."""
        low_x, low_y, high_x, high_y = bounds
        return Frame(np.array([low_x, low_y]), max(high_x - low_x, high_y - low_y, 1e-6) / _STEPS)

    def to_map(self, points: FloatArray) -> IntArray:
        """Return points in m as whole numbers, shape (n, 2); y still points up."""
        return _quantised(points, self.origin, self.step)

    def to_ground(self, points: FloatArray) -> FloatArray:
        """Return places of the map, y up, in m, shape (n, 2)."""
        ground: FloatArray = np.asarray(points, dtype=np.float64) * self.step + self.origin
        return ground


def payload_of(document: MapDocument, *, words: dict[str, str]) -> dict[str, Any]:
    """
    Return everything the script of a page needs, ready for JSON.

    Parameters
    ----------
    document
        The page.
    words
        Texts of the controls by key.
    """
    frame = Frame.around(document.bounds)
    home = frame.to_map(np.array(document.focus or document.bounds).reshape(2, 2))
    return {
        "lang": document.lang,
        "words": words,
        "metresPerUnit": frame.step,
        "home": [int(home[0, 0]), -int(home[1, 1]), int(home[1, 0]), -int(home[0, 1])],
        "north": document.north,
        "layers": [layer_payload(layer, frame) for layer in document.layers],
        "tables": [_table(table) for table in document.tables],
        "filterBy": document.filter_by,
    }


def to_script_json(payload: dict[str, Any]) -> str:
    """Return JSON that is safe inside a script element: no character of it can end the element."""
    text = writable(json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def writable(text: str) -> str:
    """Return text with halves of surrogate pairs, which no file can hold, replaced by the replacement character."""
    return _SURROGATE.sub("\ufffd", text)


def layer_payload(layer: Layer, frame: Frame) -> dict[str, Any]:
    """Return what the script needs of one layer, ready for JSON."""
    shapes = _drawable(np.asarray(layer.geometries, dtype=object))
    painters = {"area": _areas, "line": _lines, "point": _points}
    return {
        "key": layer.key,
        "title": layer.title,
        "kind": layer.kind,
        "visible": layer.visible,
        "searchable": layer.searchable,
        "inLegend": layer.in_legend,
        "counted": layer.counted,
        "classes": [
            {"title": entry.title, "style": entry.style.to_json(), "count": int(count)}
            for entry, count in zip(layer.classes, layer.counts, strict=True)
        ],
        "classOf": layer.classes_of.tolist(),
        "labels": None if layer.labels is None else _texts(layer.labels),
        "fields": list(layer.fields),
        "cards": None if layer.cards is None else [_texts(card) for card in layer.cards],
        "outline": None if layer.outline is None else layer.outline.to_json(),
        "shape": painters[layer.kind](shapes, frame.origin, frame.step),
    }


def _texts(values: Sequence[object]) -> list[str]:
    """Return values as text; nothing, and not-a-number, as the empty text."""
    return ["" if value is None or value != value else str(value) for value in values]  # noqa: PLR0124 - finds NaN


def _drawable(shapes: GeometryArray) -> GeometryArray:
    """Return shapes with those that have no place, or a coordinate that is no number, made empty."""
    coordinates, shape = shapely.get_coordinates(shapes, return_index=True)
    bad = shapely.is_missing(shapes)
    bad[shape[~np.isfinite(coordinates).all(axis=1)]] = True
    return np.where(bad, shapely.GeometryCollection(), shapes)


def _quantised(points: FloatArray, origin: FloatArray, step: float) -> IntArray:
    return np.rint((points - origin) / step).astype(np.int64)


def _deltas(points: IntArray, offsets: IntArray) -> list[int]:
    """Return chains as first point and steps from point to point, flat."""
    steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    starts = offsets[:-1][np.diff(offsets) > 0]
    steps[starts] = points[starts]
    return [int(value) for value in steps.ravel()]


def _areas(shapes: GeometryArray, origin: FloatArray, step: float) -> dict[str, Any]:
    # holes run against their shells, so that the script can fill without asking which ring is which
    drawn = shapely.orient_polygons(shapes)
    arcs = shared_arcs(drawn)
    points = _quantised(arcs.points, origin, step)
    anchors, room = _label_places(drawn)
    return {
        "points": _deltas(points, arcs.offsets),
        "arcs": np.diff(arcs.offsets).tolist(),
        "uses": arcs.ring_arcs.tolist(),
        "rings": np.diff(arcs.ring_offsets).tolist(),
        "features": np.diff(arcs.polygon_offsets).tolist(),
        "anchors": _quantised(anchors, origin, step).ravel().tolist(),
        "room": np.rint(room / step).astype(np.int64).tolist(),
    }


def _label_places(shapes: GeometryArray) -> tuple[FloatArray, FloatArray]:
    """
    Return where labels of polygons stand, and how wide they may be.

    Returns
    -------
    anchors
        Middle of the longest run of the level line through the largest part's centroid, in m, shape (n, 2); zeros for
        empty polygons.
    room
        Length of that run, in m, shape (n,).
    """
    anchors, room = np.zeros((len(shapes), 2)), np.zeros(len(shapes))
    parts, feature = shapely.get_parts(shapes, return_index=True)
    full = shapely.area(parts) > 0
    parts, feature = parts[full], feature[full]
    largest = _longest_of_each(shapely.area(parts), feature)
    if len(largest) == 0:
        return anchors, room
    polygons, there = parts[largest], feature[largest]
    low_x, _, high_x, _ = shapely.bounds(polygons).T
    level = shapely.get_y(shapely.centroid(polygons))
    ends = np.stack([np.stack([low_x - 1.0, level], axis=1), np.stack([high_x + 1.0, level], axis=1)], axis=1)
    runs, polygon = shapely.get_parts(shapely.intersection(polygons, shapely.linestrings(ends)), return_index=True)
    chosen = _longest_of_each(shapely.length(runs), polygon)
    anchors[there] = shapely.get_coordinates(shapely.point_on_surface(polygons))
    box = shapely.bounds(runs[chosen])
    anchors[there[polygon[chosen]]] = (box[:, :2] + box[:, 2:]) / 2
    room[there[polygon[chosen]]] = shapely.length(runs[chosen])
    return anchors, room


def _longest_of_each(size: FloatArray, owner: IntArray) -> IntArray:
    """Return the place of the largest member of each owner, in order of owners."""
    order = np.lexsort((size, owner))
    last = np.flatnonzero(np.append(owner[order][1:] != owner[order][:-1], True)) if len(order) else order
    chosen: IntArray = order[last]
    return chosen


def _lines(shapes: GeometryArray, origin: FloatArray, step: float) -> dict[str, Any]:
    parts, feature = shapely.get_parts(shapes, return_index=True)
    coordinates, part = shapely.get_coordinates(parts, return_index=True)
    offsets = np.searchsorted(part, np.arange(len(parts) + 1))
    return {
        "points": _deltas(_quantised(coordinates, origin, step), offsets),
        "arcs": np.diff(offsets).tolist(),
        "features": np.bincount(feature, minlength=len(shapes)).tolist(),
    }


def _points(shapes: GeometryArray, origin: FloatArray, step: float) -> dict[str, Any]:
    there = ~shapely.is_empty(shapes)
    points = np.zeros((len(shapes), 2))
    points[there] = shapely.get_coordinates(shapely.centroid(shapes[there]))
    quantised = np.where(there[:, None], _quantised(points, origin, step), 0)
    return {"points": quantised.ravel().tolist(), "there": there.astype(int).tolist()}


def _table(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "columns": [{"title": column.title, "numeric": column.numeric} for column in table.columns],
        "rows": [_texts(row) for row in table.rows],
        "layer": table.layer,
        "features": None if table.features is None else [int(feature) for feature in table.features],
    }
