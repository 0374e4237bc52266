"""Shapes as SVG paths, in tenths of a point."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely

from gridpart._typing import FloatArray, GeometryArray, IntArray
from gridpart.atlas._pdf.window import Window
from gridpart.viewer import Style

STEPS = 10
"""Steps to a point: a vertex is right to 0.02 mm on paper."""

_FINEST_PT = 0.2
"""Bends smaller than this (0.07 mm) are not drawn."""

_PX = 0.62
"""Points on paper for a pixel of a style: lines on paper are finer than on screen."""

_HATCHES = {
    "diagonal": (50, "M-5 55L55 -5M-30 30L30 -30M20 80L80 20"),
    "cross": (44, "M-4 48L48 -4M-4 -4L48 48"),
    "horizontal": (44, "M0 22H44"),
    "dots": (44, "M18 22a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z"),
}


def polygon_path(shapes: GeometryArray, window: Window) -> str:
    """Return polygons as one path to be filled by the nonzero rule; holes run against their shells."""
    parts = shapely.get_parts(shapes)
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    rings = shapely.get_rings(shapely.orient_polygons(parts))
    return _chains(shapely.simplify(rings, _FINEST_PT / window.scale, preserve_topology=False), window, close="z")


def line_path(shapes: GeometryArray, window: Window) -> str:
    """Return lines as one path to be stroked."""
    parts = shapely.get_parts(shapes)
    lines = parts[shapely.get_dimensions(parts) == 1]
    return _chains(shapely.simplify(lines, _FINEST_PT / window.scale, preserve_topology=False), window, close="")


def _chains(lines: GeometryArray, window: Window, *, close: str) -> str:
    if len(lines) == 0:
        return ""
    points, line = shapely.get_coordinates(lines, return_index=True)
    steps: IntArray = np.rint(window.to_paper(points) * STEPS).astype(np.int64)
    is_first = np.append(True, line[1:] != line[:-1])
    kept = is_first | np.append(True, (steps[1:] != steps[:-1]).any(axis=1))
    steps, line = steps[kept], line[kept]
    starts = np.append(np.flatnonzero(np.append(True, line[1:] != line[:-1])), len(line)).tolist()
    flat = list(map(str, steps.ravel().tolist()))
    return "".join(
        f"M{' '.join(flat[2 * start : 2 * end])}{close}" for start, end in pairwise(starts)
        if end - start > 1
    )  # fmt: skip


def stroke_attributes(style: Style, *, least: float = 0.0) -> str:
    """Return the attributes of a line: colour, width, dashes; nothing for no line."""
    if not style.stroke:
        return ""
    width = max(style.width * _PX, least) * STEPS
    dashes = f' stroke-dasharray="{" ".join(f"{part * _PX * STEPS:.0f}" for part in style.dash)}"' if style.dash else ""
    return f'stroke="{style.stroke}" stroke-width="{width:.1f}" stroke-linejoin="round"{dashes}'


def hatch_definition(style: Style, name: str) -> str:
    """Return the pattern of a hatch, to be referred to as ``url(#name)``."""
    side, path = _HATCHES[str(style.hatch)]
    colour = style.hatch_colour or "#000000"
    paint = f'fill="{colour}"' if style.hatch == "dots" else f'stroke="{colour}" stroke-width="5" fill="none"'
    return (
        f'<pattern id="{name}" patternUnits="userSpaceOnUse" width="{side}" height="{side}">'
        f'<path d="{path}" {paint}/></pattern>'
    )


def symbol_path(style: Style, points: FloatArray) -> str:
    """
    Return symbols of one style as one path.

    Parameters
    ----------
    style
        With symbol and size.
    points
        On paper in pt, shape (n, 2).
    """
    radius = style.size * _PX / 2 * STEPS
    shape = _SYMBOLS.get(style.symbol or "circle", _SYMBOLS["circle"])(radius)
    return "".join(f"M{x} {y}{shape}" for x, y in np.rint(points * STEPS).astype(np.int64).tolist())


def symbol_radius(style: Style) -> float:
    """Return half the width of a symbol, in pt."""
    return style.size * _PX / 2


def _round(radius: float) -> str:
    r = f"{radius:.0f}"
    return f"m-{r} 0a{r} {r} 0 1 0 {2 * round(radius)} 0a{r} {r} 0 1 0 -{2 * round(radius)} 0z"


def _square(radius: float) -> str:
    side = round(2 * radius)
    return f"m-{radius:.0f} -{radius:.0f}h{side}v{side}h-{side}z"


def _triangle(radius: float) -> str:
    return f"m0 {-1.15 * radius:.0f}l{1.05 * radius:.0f} {1.95 * radius:.0f}h{-2.1 * radius:.0f}z"


def _diamond(radius: float) -> str:
    d = round(1.2 * radius)
    return f"m0 -{d}l{d} {d}l-{d} {d}l-{d} -{d}z"


def _cross(radius: float) -> str:
    d = round(radius)
    return f"m-{d} -{d}l{2 * d} {2 * d}m-{2 * d} 0l{2 * d} -{2 * d}"


def _circle_cross(radius: float) -> str:
    d = round(radius)
    return f"{_round(radius)}h{2 * d}m-{d} -{d}v{2 * d}"


_SYMBOLS = {
    "square": _square,
    "open_square": _square,
    "triangle": _triangle,
    "open_triangle": _triangle,
    "dot": _round,
    "circle": _round,
    "circle_cross": _circle_cross,
    "diamond": _diamond,
    "cross": _cross,
}
