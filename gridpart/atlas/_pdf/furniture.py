"""What stands on every printed map beside the map itself: grid, scale bar, north arrow, swatches of the legend."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gridpart.atlas._pdf.paths import STEPS, hatch_definition, stroke_attributes, symbol_path
from gridpart.atlas._pdf.window import Window
from gridpart.viewer import FeatureClass, Layer, Style

SWATCH_PT = (16.0, 10.0)
_BAR_PT = 110.0
_LINES_ACROSS = 6
_LEAST_GRID_PT = 60.0


def nice_length(most: float) -> float:
    """Return the largest of 1, 2, 5 times a power of ten that is not above a length."""
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= most * 1.000001)


def length_text(metres: float) -> str:
    """Return a length for people."""
    return f"{metres / 1000:,g} km" if metres >= 1000.0 else f"{metres:,g} m"


def scale_bar(window: Window) -> dict[str, Any]:
    """Return the scale bar: length on paper in pt, its ticks, and the scale as a ratio."""
    metres = nice_length(_BAR_PT / window.scale)
    ratio = 72.0 / 0.0254 / window.scale
    return {
        "width": round(metres * window.scale, 2),
        "half": length_text(metres / 2),
        "whole": length_text(metres),
        "ratio": f"1 : {float(f'{ratio:.3g}'):,.0f}",
    }


def grid(window: Window) -> tuple[str, list[dict[str, Any]]]:
    """
    Return the lines of the map grid as SVG and their coordinates beside the frame.

    The lines run along whole coordinates of the map's own CRS, in km.
    """
    step = nice_length(max(window.width / _LINES_ACROSS, _LEAST_GRID_PT) / window.scale)
    left, bottom, right, top = window.extent()
    digits = max(0, -math.floor(math.log10(step / 1000.0)))
    path, ticks = [], []
    for k in range(math.ceil(left / step), math.floor(right / step) + 1):
        x = (k * step - left) * window.scale
        path.append(f"M{x * STEPS:.0f} 0V{window.height * STEPS:.0f}")
        ticks.append({"side": "x", "at": round(x, 2), "text": f"{k * step / 1000.0:.{digits}f}"})
    for k in range(math.ceil(bottom / step), math.floor(top / step) + 1):
        y = window.height - (k * step - bottom) * window.scale
        path.append(f"M0 {y * STEPS:.0f}H{window.width * STEPS:.0f}")
        ticks.append({"side": "y", "at": round(y, 2), "text": f"{k * step / 1000.0:.{digits}f}"})
    return f'<path d="{"".join(path)}" stroke="#24282c" stroke-opacity=".16" stroke-width="2.5" fill="none"/>', ticks


def swatch(layer: Layer, entry: FeatureClass) -> str:
    """Return a legend entry's sample as SVG: the same symbol, line or area as on the map."""
    width, height = (side * STEPS for side in SWATCH_PT)
    look = entry.style
    body, definition = "", ""
    if layer.kind == "point":
        paint = f'fill="{look.fill or "none"}" {stroke_attributes(look, least=0.4)}'
        body = f'<path d="{symbol_path(look, np.array([[SWATCH_PT[0] / 2, SWATCH_PT[1] / 2]]))}" {paint}/>'
    elif layer.kind == "line":
        body = (
            f'<path d="M5 {height - 25:.0f}C{width / 3:.0f} 0 {2 * width / 3:.0f} {height:.0f} {width - 5:.0f} 25" '
            f'fill="none" {stroke_attributes(look)}/>'
        )
    else:
        rect = f'<rect x="5" y="5" width="{width - 10:.0f}" height="{height - 10:.0f}"'
        edge = look if look.stroke else (layer.outline or Style(stroke="#b9b2a3", width=0.8))
        body = f'{rect} fill="{look.fill or "none"}"/>'
        if look.hatch:
            definition = hatch_definition(look, "h")
            body += f'{rect} fill="url(#h)"/>'
        body += f'{rect} fill="none" {stroke_attributes(edge)}/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{SWATCH_PT[0]}" '
        f'height="{SWATCH_PT[1]}"><defs>{definition}</defs>{body}</svg>'
    )
