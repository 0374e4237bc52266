"""Labels on a printed map: where each may stand, and which stand there, none over another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely

from gridpart._typing import FloatArray, GeometryArray, IntArray
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
        What the page makes of it: ``township``, ``cell``, ``point``, ``unserved``, ``unit``.
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


@dataclass(frozen=True, eq=False)
class Runs:
    """
    Where polygons are cut by level lines: the stretches inside.

    Attributes
    ----------
    box
        Extent of each stretch in m, shape (n_runs, 4).
    at
        Level of its polygon that it lies on, counted over all polygons and ascending, shape (n_runs,).
    """

    box: FloatArray
    at: IntArray


def runs_in(shapes: GeometryArray, *, levels: int) -> Runs:
    """Return where level lines run inside of polygons; they depend on no window."""
    n, k = len(shapes), levels
    if n == 0:
        return Runs(np.zeros((0, 4)), np.zeros(0, dtype=np.int64))
    box = shapely.bounds(shapes)
    level = box[:, 1:2] + (box[:, 3:4] - box[:, 1:2]) * np.array(_LEVELS[:k])
    ends = np.empty((n, k, 2, 2))
    ends[:, :, 0, 0], ends[:, :, 1, 0] = box[:, 0:1] - 1.0, box[:, 2:3] + 1.0
    ends[:, :, :, 1] = level[:, :, None]
    runs = shapely.intersection(np.repeat(shapes, k), shapely.linestrings(ends.reshape(n * k, 2, 2)))
    parts, at = shapely.get_parts(runs, return_index=True)
    edge = shapely.bounds(parts)
    keep = np.isfinite(edge).all(axis=1)
    return Runs(edge[keep], at[keep])


def places_in(runs: Runs, window: Window, *, n: int, levels: int) -> tuple[list[Places], FloatArray]:
    """
    Find where labels may stand in polygons: in the middle of the widest place of each of several levels.

    Parameters
    ----------
    runs
        Of the polygons.
    window
        The frame.
    n
        How many polygons there are.
    levels
        How many levels were tried.

    Returns
    -------
    places, room
        For each polygon middles on paper in pt, the widest first; width of the widest in pt, shape (n,).
    """
    middle = window.to_paper((runs.box[:, :2] + runs.box[:, 2:]) / 2)
    length = (runs.box[:, 2] - runs.box[:, 0]) * window.scale
    order = np.lexsort((runs.at, -length * np.where(runs.at % levels == 0, 1.15, 1.0)))
    owner = runs.at // levels
    room = np.zeros(n)
    np.maximum.at(room, owner, length)
    places: list[Places] = [[] for _ in range(n)]
    for polygon, point in zip(owner[order].tolist(), middle[order].tolist(), strict=True):
        places[polygon].append((point[0], point[1]))
    return places, room


def places_beside(x: float, y: float, *, radius: float, width: float, size: float) -> list[tuple[float, float]]:
    """Return where the label of a symbol may stand: right, left, above, below, then at the corners."""
    across, up = radius + width / 2 + 1.5, radius + size / 2 + 1.0
    return [
        (x + across, y), (x - across, y), (x, y - up), (x, y + up),
        (x + across, y - up), (x + across, y + up), (x - across, y - up), (x - across, y + up),
    ]  # fmt: skip
