"""The data of a page: shared arcs as whole numbers, texts as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridpart._typing import FloatArray, GeometryArray, IntArray
from gridpart.coverage import shared_arcs

if TYPE_CHECKING:
    from gridpart.viewer.document import Layer, MapDocument, Table

_STEPS = 1 << 20
"""Steps across the longer side of the map: 5 cm on a county of 50 km, far below a pixel."""


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
    low_x, low_y, high_x, high_y = document.bounds
    step = max(high_x - low_x, high_y - low_y, 1e-6) / _STEPS
    origin = np.array([low_x, low_y])
    return {
        "lang": document.lang,
        "words": words,
        "step": step,
        "size": [round((high_x - low_x) / step), round((high_y - low_y) / step)],
        "north": document.north,
        "layers": [_layer(layer, origin, step) for layer in document.layers],
        "tables": [_table(table) for table in document.tables],
    }


def to_script_json(payload: dict[str, Any]) -> str:
    """Return JSON that is safe inside a script element: no character of it can end the element."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _layer(layer: Layer, origin: FloatArray, step: float) -> dict[str, Any]:
    shapes = np.asarray(layer.geometries, dtype=object)
    painters = {"area": _areas, "line": _lines, "point": _points}
    return {
        "key": layer.key,
        "title": layer.title,
        "kind": layer.kind,
        "visible": layer.visible,
        "searchable": layer.searchable,
        "inLegend": layer.in_legend,
        "classes": [
            {"title": entry.title, "style": entry.style.to_json(), "count": int(count)}
            for entry, count in zip(layer.classes, layer.counts, strict=True)
        ],
        "classOf": layer.classes_of.tolist(),
        "labels": None if layer.labels is None else list(layer.labels),
        "fields": list(layer.fields),
        "cards": None if layer.cards is None else [list(card) for card in layer.cards],
        "outline": None if layer.outline is None else layer.outline.to_json(),
        "shape": painters[layer.kind](shapes, origin, step),
    }


def _quantised(points: FloatArray, origin: FloatArray, step: float) -> IntArray:
    return np.rint((points - origin) / step).astype(np.int64)


def _deltas(points: IntArray, offsets: IntArray) -> list[int]:
    """Return chains as first point and steps from point to point, flat."""
    steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    starts = offsets[:-1][np.diff(offsets) > 0]
    steps[starts] = points[starts]
    return [int(value) for value in steps.ravel()]


def _areas(shapes: GeometryArray, origin: FloatArray, step: float) -> dict[str, Any]:
    drawn = np.where(shapely.is_missing(shapes), shapely.Polygon(), shapes)
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
    """Return a point well inside each polygon and how wide it is about there, in m; zeros for empty ones."""
    anchors, room = np.zeros((len(shapes), 2)), np.zeros(len(shapes))
    there = np.flatnonzero(~shapely.is_empty(shapes))
    if len(there):
        largest = np.array([max(shapely.get_parts(shape), key=shapely.area) for shape in shapes[there]], dtype=object)
        centre = shapely.centroid(largest)
        outside = ~shapely.contains(largest, centre)
        centre[outside] = shapely.point_on_surface(largest[outside])
        anchors[there] = shapely.get_coordinates(centre)
        room[there] = np.sqrt(shapely.area(largest))
    return anchors, room


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
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    points = np.zeros((len(shapes), 2))
    points[there] = shapely.get_coordinates(shapely.centroid(shapes[there]))
    quantised = np.where(there[:, None], _quantised(points, origin, step), 0)
    return {"points": quantised.ravel().tolist(), "there": there.astype(int).tolist()}


def _table(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "columns": [{"title": column.title, "numeric": column.numeric} for column in table.columns],
        "rows": [list(row) for row in table.rows],
        "layer": table.layer,
        "features": None if table.features is None else [int(feature) for feature in table.features],
    }
