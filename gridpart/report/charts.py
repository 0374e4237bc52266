"""Small pictures for pages without script: lines over months, drawn as SVG by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from gridpart.arguments import checked
from gridpart.viewer.styles import page_colours

_WIDTH, _HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 150, 12, 28
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8a6d00")  # Okabe and Ito
_DASHES = ("", "6 3", "2 3", "8 3 2 3")


@checked
def line_chart(labels: Sequence[str], series: Mapping[str, Sequence[float]], *, title: str, unit: str = "%") -> str:
    """
    Draw lines over periods.

    Parameters
    ----------
    labels
        Of the periods, in order.
    series
        Values by name, one per period; NaN leaves a gap. Lines differ by colour, dash and the name at their end.
    title
        What a screen reader says.
    unit
        Behind the figures of the axis.

    Returns
    -------
    svg
        One element without script or reference; every text is escaped.
    """
    values = [value for line in series.values() for value in line if not math.isnan(value)]
    top = max([*values, 1e-9])
    step = _step(top)
    top = math.ceil(top / step) * step
    ink = page_colours("en")
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}" font-size="11"',
        f' fill="{ink["ink"]}">',
    ]
    for number in range(round(top / step) + 1):
        y = _y(number * step, top)
        parts.append(f'<line x1="{_LEFT}" y1="{y}" x2="{_WIDTH - _RIGHT}" y2="{y}" stroke="{ink["rule"]}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:g}" text-anchor="end">{number * step:g}{escape(unit)}</text>')
    for place, label in enumerate(labels):
        if place % max(1, math.ceil(len(labels) / 12)) == 0:
            x = _x(place, len(labels))
            parts.append(f'<text x="{x}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(label[-5:])}</text>')
    ends: list[float] = []
    for number, (name, line) in enumerate(series.items()):
        parts += _line(name, line, number=number, top=top, ends=ends)
    return "".join([*parts, "</svg>"])


def _step(top: float) -> float:
    """Return a round step that makes four lines or so."""
    power = 10.0 ** math.floor(math.log10(top / 4))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= top / 4)


def _x(place: int, n: int) -> float:
    return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * place / max(n - 1, 1), 1)


def _y(value: float, top: float) -> float:
    return round(_HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / top, 1)


def _line(name: str, line: Sequence[float], *, number: int, top: float, ends: list[float]) -> list[str]:
    known = [(_x(place, len(line)), _y(value, top)) for place, value in enumerate(line) if not math.isnan(value)]
    if not known:
        return []
    colour, dash = _COLOURS[number % len(_COLOURS)], _DASHES[number // 2 % len(_DASHES)]
    points = " ".join(f"{x},{y}" for x, y in known)
    at = known[-1][1] + 4
    while any(abs(at - other) < 13 for other in ends):  # names do not lie on each other
        at += 13
    ends.append(at)
    return [
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>',
        f'<text x="{_WIDTH - _RIGHT + 6}" y="{at:g}" fill="{colour}">{escape(name[:24])}</text>',
    ]
