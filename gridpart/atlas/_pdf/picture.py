"""One printed map: an SVG picture without any text, and the labels that Typst sets over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gridpart._typing import GeometryArray, IntArray
from gridpart.atlas._pdf.labels import Box, Label, Placed, place_labels, places_beside
from gridpart.atlas._pdf.paths import (
    STEPS,
    hatch_definition,
    line_path,
    polygon_path,
    stroke_attributes,
    symbol_path,
    symbol_radius,
)
from gridpart.atlas._pdf.shapes import PrintLayer, Seen
from gridpart.atlas._pdf.window import Window
from gridpart.viewer import FeatureClass, Layer, Style
from gridpart.viewer.fonts import FontSet

NEEDED_PT2 = 1600.0
"""A cell larger than this on paper (2 cm²) always carries its label."""

_MOST_POINT_LABELS = 60
_DRAWN_ONE_BY_ONE = 400
_OBSTACLE_PT = 2.0
_SIZES = {"township": 8.5, "cell": 6.6, "point": 6.0, "unserved": 6.0, "unit": 5.4}
_BOLD = ("township", "cell")
_ORDER = {"needed": 0, "point": 1, "unserved": 1, "township": 2, "cell": 3, "unit": 4}


@dataclass(frozen=True)
class Picture:
    """
    A map as it will stand on paper.

    Attributes
    ----------
    svg
        Everything but text.
    labels
        Texts with their boxes.
    window
        What part of the county it shows.
    """

    svg: str
    labels: list[Placed]
    window: Window


def draw(
    layers: Sequence[PrintLayer],
    window: Window,
    *,
    fonts: FontSet,
    ground: str,
    targets: Mapping[str, Mapping[int, str]] | None = None,
    furniture: str = "",
    reserved: Sequence[Box] = (),
    subject: shapely.Geometry | None = None,
) -> Picture:
    """
    Draw a map.

    Parameters
    ----------
    layers
        In this order; what is not visible is left out by the caller.
    window
        What to show.
    fonts
        To measure labels.
    ground
        Colour behind everything.
    targets
        Pages that the labels of a layer lead to: by key of the layer and number of the feature.
    furniture
        SVG drawn below the labels and above the map, such as a grid.
    reserved
        Places where no label may stand.
    subject
        Land the map is about: everything else is veiled.
    """
    definitions: list[str] = []
    parts: list[str] = []
    labels: list[tuple[int, float, Label]] = []
    symbols: list[Box] = []
    for number, prepared in enumerate(layers):
        seen = prepared.seen(window)
        if len(seen.features) == 0:
            continue
        painters = {"area": _areas, "line": _lines, "point": _points}
        parts.append(painters[prepared.layer.kind](prepared, seen, window, (definitions, number, symbols)))
        labels += _labels(prepared, seen, window, (fonts, targets or {}))
    width, height = round(window.width * STEPS), round(window.height * STEPS)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{window.width}" '
        f'height="{window.height}"><defs>{"".join(definitions)}</defs>'
        f'<rect width="{width}" height="{height}" fill="{ground}"/>{"".join(parts)}'
        f"{_veil(subject, window)}{furniture}</svg>"
    )
    ordered = [label for _rank, _size, label in sorted(labels, key=lambda entry: entry[:2])]
    paper = (window.width, window.height)
    return Picture(svg, place_labels(ordered, symbols, reserved=reserved, paper=paper), window)


def _veil(subject: shapely.Geometry | None, window: Window) -> str:
    if subject is None:
        return ""
    width, height = round(window.width * STEPS), round(window.height * STEPS)
    inside = polygon_path(np.array([shapely.clip_by_rect(subject, *window.extent(40.0))], dtype=object), window)
    return (
        f'<path d="M0 0H{width}V{height}H0z{inside}" fill-rule="evenodd" fill="#fbf9f3" fill-opacity=".58"/>'
        f'<path d="{inside}" fill="none" stroke="#24282c" stroke-width="14" stroke-linejoin="round"/>'
    )


_Book = tuple[list[str], int, list[Box]]
"""Definitions of hatches so far, number of the layer, boxes of symbols so far."""


def _by_class(layer: Layer, seen: Seen) -> list[tuple[FeatureClass, GeometryArray, IntArray]]:
    class_of = layer.classes_of[seen.features]
    return [
        (entry, seen.shapes[class_of == number], seen.features[class_of == number])
        for number, entry in enumerate(layer.classes)
        if (class_of == number).any()
    ]


def _areas(prepared: PrintLayer, seen: Seen, window: Window, book: _Book) -> str:
    layer, parts = prepared.layer, []
    for number, path in prepared.fills(window):
        look = layer.classes[number].style
        if not (look.fill or look.hatch):
            continue
        if look.fill:
            parts.append(f'<path d="{path}" fill="{look.fill}"/>')
        if look.hatch:
            name = f"h{book[1]}-{number}"
            book[0].append(hatch_definition(look, name))
            parts.append(f'<path d="{path}" fill="url(#{name})"/>')
    if layer.outline is None:
        parts += [
            f'<path d="{polygon_path(shapes, window)}" fill="none" {stroke_attributes(entry.style)}/>'
            for entry, shapes, _features in _by_class(layer, seen)
            if entry.style.stroke
        ]
    if layer.outline is not None and layer.outline.stroke:
        parts.append(f'<path d="{prepared.borders(window)}" fill="none" {stroke_attributes(layer.outline)}/>')
    return "".join(parts)


def _lines(prepared: PrintLayer, seen: Seen, window: Window, _book: _Book) -> str:
    return "".join(
        f'<path d="{line_path(shapes, window)}" fill="none" {stroke_attributes(entry.style)}/>'
        for entry, shapes, _features in _by_class(prepared.layer, seen)
    )


def _points(prepared: PrintLayer, seen: Seen, window: Window, book: _Book) -> str:
    parts = []
    for entry, shapes, _features in _by_class(prepared.layer, seen):
        look = entry.style
        points = window.to_paper(shapely.get_coordinates(shapely.centroid(shapes)))
        paint = f'fill="{look.fill or "none"}" {stroke_attributes(look, least=0.4)}'
        groups = [points] if len(points) > _DRAWN_ONE_BY_ONE else [points[i : i + 1] for i in range(len(points))]
        parts += [f'<path d="{symbol_path(look, group)}" {paint}/>' for group in groups]
        radius = symbol_radius(look)
        if radius >= _OBSTACLE_PT:
            book[2].extend((x - radius, y - radius, x + radius, y + radius) for x, y in points.tolist())
    return "".join(parts)


def _labels(
    prepared: PrintLayer, seen: Seen, window: Window, means: tuple[FontSet, Mapping[str, Mapping[int, str]]]
) -> list[tuple[int, float, Label]]:
    """Return the labels of a layer with their rank: of needed cells the small ones first, they have least choice."""
    layer = prepared.layer
    if layer.labels is None:
        return []
    fonts, targets = means
    kind = _kind_of(layer)
    labels = [prepared.label(at, fonts, bold=kind in _BOLD) for at in seen.features.tolist()]
    texts = [text for text, _width in labels]
    rows = np.array([at for at, text in enumerate(texts) if text.strip()], dtype=np.int64)
    if layer.kind == "point":
        return _point_labels(layer, seen, window, (rows, texts, fonts))
    size = _SIZES[kind]
    widths = np.array([labels[at][1] * size for at in rows.tolist()])
    box = shapely.bounds(seen.shapes[rows]) if len(rows) else np.zeros((0, 4))
    fits = (box[:, 2] - box[:, 0]) * window.scale >= 0.6 * widths
    area = shapely.area(seen.shapes[rows]) * window.scale**2
    chosen = fits | ((kind == "cell") & (area > NEEDED_PT2))
    rows, widths, area = rows[chosen], widths[chosen], area[chosen]
    places, room = prepared.places(rows, window, levels=3 if kind == "unit" else 7)
    of_layer = targets.get(layer.key, {})
    found = []
    for at, row in enumerate(rows.tolist()):
        needed = kind == "cell" and area[at] > NEEDED_PT2
        if not needed and room[at] < widths[at] * (0.95 if kind == "unit" else 0.75):
            continue
        target = of_layer.get(int(seen.features[row]), "")
        label = Label(texts[row], float(widths[at]), size, places[at], kind, is_needed=needed, target=target)
        found.append((_ORDER["needed" if needed else kind], float(area[at]), label))
    return found


def _kind_of(layer: Layer) -> str:
    if layer.key == "townships":
        return "township"
    if layer.key == "unserved":
        return "unserved"
    return "cell" if layer.key.startswith("cells") else "unit"


def _point_labels(
    layer: Layer, seen: Seen, window: Window, texts: tuple[IntArray, Sequence[str], FontSet]
) -> list[tuple[int, float, Label]]:
    rows, words, fonts = texts
    if len(rows) > _MOST_POINT_LABELS:
        return []
    found = []
    size = _SIZES["point"]
    points = window.to_paper(shapely.get_coordinates(shapely.centroid(seen.shapes[rows])))
    for (x, y), row in zip(points.tolist(), rows.tolist(), strict=True):
        look: Style = layer.classes[int(layer.classes_of[seen.features[row]])].style
        width = fonts.width(words[row]) * size
        places = places_beside(x, y, radius=symbol_radius(look), width=width, size=size)
        found.append((_ORDER["point"], -look.size, Label(words[row], width, size, places, "point")))
    return found


def label_data(labels: Sequence[Placed]) -> list[dict[str, Any]]:
    """Return labels for the page template: corner, size, text, kind and target."""
    return [
        {
            "x": round(placed.box[0], 2),
            "y": round(placed.box[1], 2),
            "w": round(placed.box[2] - placed.box[0], 2),
            "h": round(placed.box[3] - placed.box[1], 2),
            "size": round(placed.size, 2),
            "text": placed.label.text,
            "kind": placed.label.kind,
            "to": placed.label.target,
        }
        for placed in labels
    ]
