"""Layers made ready to be drawn on many pages: what a window shows is found by trees, borders are stored once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.atlas._pdf.labels import Places, Runs, places_in, runs_in
from gridpart.atlas._pdf.paths import line_path, polygon_path
from gridpart.atlas._pdf.text import shortened
from gridpart.atlas._pdf.window import Window
from gridpart.coverage import shared_arcs
from gridpart.viewer import Layer
from gridpart.viewer.fonts import FontSet

_T = TypeVar("_T")

_LONGEST = 22
"""Letters of a label."""

_CLIP_MARGIN_PT = 4.0
"""Shapes are cut off this far outside the frame, so that the cut itself is not seen."""


@dataclass(frozen=True, eq=False)
class Seen:
    """
    What a window shows of a layer.

    Attributes
    ----------
    features
        Numbers of the features, shape (n,).
    shapes
        Cut off outside the window, shape (n,).
    is_cut
        Whether a shape goes on outside, shape (n,).
    """

    features: IntArray
    shapes: GeometryArray
    is_cut: BoolArray


@dataclass(frozen=True, eq=False)
class PrintLayer:
    """
    A layer of a document, ready for many pages.

    Attributes
    ----------
    layer
        The layer.
    """

    layer: Layer

    @cached_property
    def shapes(self) -> GeometryArray:
        """Shapes that can be drawn; those without a place are empty."""
        shapes: GeometryArray = np.asarray(self.layer.geometries, dtype=object).copy()
        points, shape = shapely.get_coordinates(shapes, return_index=True)
        bad = shapely.is_missing(shapes)
        bad[shape[~np.isfinite(points).all(axis=1)]] = True
        shapes[bad] = shapely.GeometryCollection()
        return shapes

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.shapes)

    @cached_property
    def _borders(self) -> shapely.STRtree:
        """Borders of an area layer, each once."""
        arcs = shared_arcs(shapely.orient_polygons(self.shapes))
        arc = np.repeat(np.arange(len(arcs.offsets) - 1), np.diff(arcs.offsets))
        return shapely.STRtree(shapely.linestrings(arcs.points, indices=arc) if len(arc) else np.zeros(0, dtype=object))

    @cached_property
    def _fills(self) -> tuple[shapely.STRtree, IntArray]:
        """
        Land of each class of an area layer, and the class of each piece.

        Polygons that fit together vertex for vertex are joined: their inner borders would only swell the file.
        """
        pieces, class_of = [], []
        for number in range(len(self.layer.classes)):
            mine = self.shapes[self.layer.classes_of == number]
            fits = len(mine) > 1 and bool(shapely.coverage_is_valid(mine))
            parts = shapely.get_parts(shapely.coverage_union_all(mine)) if fits else mine
            pieces.append(parts)
            class_of.append(np.full(len(parts), number, dtype=np.int64))
        return shapely.STRtree(np.concatenate(pieces)), np.concatenate(class_of)

    @cached_property
    def _last(self) -> dict[str, tuple[object, Any]]:
        return {}

    def _once(self, name: str, key: object, make: Callable[[], _T]) -> _T:
        """Make a thing, or take it from last time: pages of one township show the same ground in every theme."""
        if name not in self._last or self._last[name][0] != key:
            self._last[name] = (key, make())
        value: _T = self._last[name][1]
        return value

    def seen(self, window: Window) -> Seen:
        """Return what a window shows."""
        return self._once("seen", window, lambda: _cut(self._tree, window))

    def fills(self, window: Window) -> list[tuple[int, str]]:
        """Return each class that a window shows, with the path of its land there."""
        return self._once("fills", window, lambda: self._fill_paths(window))

    def _fill_paths(self, window: Window) -> list[tuple[int, str]]:
        tree, class_of = self._fills
        seen = _cut(tree, window)
        classes = class_of[seen.features]
        return [(int(n), polygon_path(seen.shapes[classes == n], window)) for n in np.unique(classes)]

    def borders(self, window: Window) -> str:
        """Return the path of the borders that a window shows, each once."""
        return self._once("borders", window, lambda: line_path(_cut(self._borders, window).shapes, window))

    def places(self, rows: IntArray, window: Window, *, levels: int) -> tuple[list[Places], FloatArray]:
        """Return where the labels of some of the shapes seen may stand: `places_in`."""
        key = (window, rows.tobytes(), levels)
        return self._once(
            "places",
            key,
            lambda: places_in(self._runs(rows, window, levels=levels), window, n=len(rows), levels=levels),
        )

    @cached_property
    def _known_labels(self) -> dict[tuple[int, bool], tuple[str, float]]:
        return {}

    def label(self, feature: int, fonts: FontSet, *, bold: bool) -> tuple[str, float]:
        """Return the label of a feature as it is printed, and its width in em: the same on every page."""
        known = self._known_labels
        if (feature, bold) not in known:
            labels = self.layer.labels or ()
            text = shortened(str(labels[feature] or ""), _LONGEST)
            known[feature, bold] = (text, fonts.width(text, bold=bold))
        return known[feature, bold]

    @cached_property
    def _known_runs(self) -> dict[tuple[int, int], FloatArray]:
        return {}

    def _runs(self, rows: IntArray, window: Window, *, levels: int) -> Runs:
        """
        Return the level lines of some of the shapes seen.

        Those of a shape that no window cuts are the same on every page: they are worked out once. The key of each level
        is its number of all levels of the shape.
        """
        seen = self.seen(window)
        whole = ~seen.is_cut[rows]
        features = seen.features[rows]
        wanted = (features[whole, None] * levels + np.arange(levels)).ravel()
        known = self._known_runs
        new = [feature for feature in features[whole].tolist() if (feature * levels, levels) not in known]
        if new:
            found = runs_in(self.shapes[new], levels=levels)
            ends = np.searchsorted(found.at, np.arange(len(new) * levels + 1)).tolist()
            keys = (np.array(new)[:, None] * levels + np.arange(levels)).ravel().tolist()
            for key, begin, end in zip(keys, ends[:-1], ends[1:], strict=True):
                known[key, levels] = found.box[begin:end]
        cut = runs_in(seen.shapes[rows[~whole]], levels=levels)
        boxes = [known[key, levels] for key in wanted.tolist()]
        mine = (np.flatnonzero(whole)[:, None] * levels + np.arange(levels)).ravel()
        others = np.flatnonzero(~whole)[cut.at // levels] * levels + cut.at % levels
        box = np.concatenate([*boxes, cut.box])
        at = np.concatenate([np.repeat(mine, [len(one) for one in boxes]), others]).astype(np.int64)
        order = np.argsort(at, kind="stable")
        return Runs(box[order], at[order])


def _cut(tree: shapely.STRtree, window: Window) -> Seen:
    extent = window.extent(_CLIP_MARGIN_PT)
    found = np.sort(tree.query(shapely.box(*extent)))
    shapes: GeometryArray = np.asarray(tree.geometries, dtype=object)[found]
    box = shapely.bounds(shapes)
    is_cut = (box[:, 0] < extent[0]) | (box[:, 1] < extent[1]) | (box[:, 2] > extent[2]) | (box[:, 3] > extent[3])
    shapes[is_cut] = shapely.clip_by_rect(shapes[is_cut], *extent)
    there = ~shapely.is_empty(shapes)
    return Seen(found[there], shapes[there], is_cut[there])
