"""Labels on a printed map: where each may stand, and which stand there, none over another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely

from gridpart._typing import FloatArray, GeometryArray
from gridpart.atlas._pdf.window import Window

Box = tuple[float, float, float, float]
"""Left, top, right, bottom on paper, in pt."""

Places = list[tuple[float, float]]
"""Middles of boxes on paper in order of preference, in pt."""

_SQUARE_PT = 40.0
_GAP_PT = 0.6
_LEVELS = (0.5, 0.36, 0.64, 0.22, 0.78, 0.1, 0.9)


@dataclass(frozen=True)
class Label:
    """
    A label that may be drawn.

    Attributes
    ----------
    text
        What it says.
    width, size
        Of the text, in pt.
    places
        Middles in order of preference, on paper in pt.
    kind
        What the page makes of it: ``township``, ``cell``, ``point``, ``unit``.
    is_needed
        Whether it may cover a symbol and be set smaller rather than be left out.
    target
        Page that it leads to, or nothing.
    """

    text: str
    width: float
    size: float
    places: Sequence[tuple[float, float]]
    kind: str
    is_needed: bool = False
    target: str = ""


@dataclass(frozen=True)
class Placed:
    """A label in its place."""

    label: Label
    box: Box
    size: float


@dataclass(eq=False)
class Paper:
    """Boxes taken on a page, asked by squares."""

    width: float
    height: float
    _squares: dict[tuple[int, int], list[Box]] = field(default_factory=dict)

    def take(self, box: Box) -> None:
        """Mark a box as taken."""
        for square in _squares_of(box):
            self._squares.setdefault(square, []).append(box)

    def is_free(self, box: Box) -> bool:
        """Whether a box lies in the frame and touches nothing taken."""
        if box[0] < 1 or box[1] < 1 or box[2] > self.width - 1 or box[3] > self.height - 1:
            return False
        return not any(
            box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
            for square in _squares_of(box)
            for other in self._squares.get(square, ())
        )


def _squares_of(box: Box) -> Iterator[tuple[int, int]]:
    for i in range(int(box[0] // _SQUARE_PT), int(box[2] // _SQUARE_PT) + 1):
        for j in range(int(box[1] // _SQUARE_PT), int(box[3] // _SQUARE_PT) + 1):
            yield i, j


def place_labels(
    labels: Sequence[Label], symbols: Sequence[Box], *, reserved: Sequence[Box], paper: tuple[float, float]
) -> list[Placed]:
    """
    Give labels their places, those first that come first.

    Parameters
    ----------
    labels
        In order of importance.
    symbols
        What should not be covered; a label that is needed may.
    reserved
        What no label may cover.
    paper
        Width and height of the frame, in pt.

    Returns
    -------
    placed
        No box overlaps another.
    """
    texts, everything = Paper(*paper), Paper(*paper)
    for box in (*reserved, *symbols):
        everything.take(box)
    for box in reserved:
        texts.take(box)
    placed = []
    for label in labels:
        found = _first_free(label, everything, 1.0)
        if found is None and label.is_needed:
            tries = ((texts, 1.0), (everything, 0.8), (texts, 0.8), (texts, 0.62))
            found = next((one for paper, share in tries if (one := _first_free(label, paper, share))), None)
        if found is not None:
            placed.append(found)
            texts.take(found.box)
            everything.take(found.box)
    return placed


def _first_free(label: Label, paper: Paper, share: float) -> Placed | None:
    half, size = label.width * share / 2 + _GAP_PT, label.size * share
    for x, y in label.places:
        box = (x - half, y - size / 2 - _GAP_PT / 2, x + half, y + size / 2 + _GAP_PT / 2)
        if paper.is_free(box):
            return Placed(label, box, size)
    return None


def places_in(shapes: GeometryArray, window: Window, *, levels: int = len(_LEVELS)) -> tuple[list[Places], FloatArray]:
    """
    Find where labels may stand in polygons: in the middle of the widest place of each of several levels.

    Parameters
    ----------
    shapes
        Polygons, shape (n,).
    window
        The frame.
    levels
        How many levels to try.

    Returns
    -------
    places, room
        For each polygon middles on paper in pt, the widest first; width of the widest in pt, shape (n,).
    """
    n, k = len(shapes), levels
    if n == 0:
        return [], np.zeros(0)
    box = shapely.bounds(shapes)
    level = box[:, 1:2] + (box[:, 3:4] - box[:, 1:2]) * np.array(_LEVELS[:k])
    ends = np.empty((n, k, 2, 2))
    ends[:, :, 0, 0], ends[:, :, 1, 0] = box[:, 0:1] - 1.0, box[:, 2:3] + 1.0
    ends[:, :, :, 1] = level[:, :, None]
    runs = shapely.intersection(np.repeat(shapes, k), shapely.linestrings(ends.reshape(n * k, 2, 2)))
    parts, at = shapely.get_parts(runs, return_index=True)
    edge = shapely.bounds(parts)
    keep = np.isfinite(edge).all(axis=1)
    edge, at = edge[keep], at[keep]
    middle = window.to_paper((edge[:, :2] + edge[:, 2:]) / 2)
    length = (edge[:, 2] - edge[:, 0]) * window.scale
    order = np.lexsort((at, -length * np.where(at % k == 0, 1.15, 1.0)))
    places: list[Places] = [[] for _ in range(n)]
    room = np.zeros(n)
    for row in order.tolist():
        owner = int(at[row]) // k
        room[owner] = max(room[owner], length[row])
        places[owner].append((float(middle[row, 0]), float(middle[row, 1])))
    return places, room


def places_beside(x: float, y: float, *, radius: float, width: float, size: float) -> list[tuple[float, float]]:
    """Return where the label of a symbol may stand: right, left, above, below, then at the corners."""
    across, up = radius + width / 2 + 1.5, radius + size / 2 + 1.0
    return [
        (x + across, y), (x - across, y), (x, y - up), (x, y + up),
        (x + across, y - up), (x + across, y + up), (x - across, y - up), (x - across, y + up),
    ]  # fmt: skip
