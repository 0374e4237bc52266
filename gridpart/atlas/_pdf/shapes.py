"""Layers made ready to be drawn on many pages: what a window shows is found by trees, borders are stored once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from gridpart._typing import BoolArray, GeometryArray, IntArray
from gridpart.atlas._pdf.window import Window
from gridpart.coverage import shared_arcs
from gridpart.viewer import Layer

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

    def fills(self, window: Window) -> list[tuple[int, GeometryArray]]:
        """Return each class that a window shows, with its land there."""
        tree, class_of = self._fills
        seen = _cut(tree, window)
        classes = class_of[seen.features]
        return [(int(number), seen.shapes[classes == number]) for number in np.unique(classes)]

    def seen(self, window: Window) -> Seen:
        """Return what a window shows."""
        return _cut(self._tree, window)

    def borders(self, window: Window) -> GeometryArray:
        """Return the borders that a window shows, each once."""
        return _cut(self._borders, window).shapes


def _cut(tree: shapely.STRtree, window: Window) -> Seen:
    extent = window.extent(_CLIP_MARGIN_PT)
    found = np.sort(tree.query(shapely.box(*extent)))
    shapes: GeometryArray = np.asarray(tree.geometries, dtype=object)[found]
    box = shapely.bounds(shapes)
    is_cut = (box[:, 0] < extent[0]) | (box[:, 1] < extent[1]) | (box[:, 2] > extent[2]) | (box[:, 3] > extent[3])
    shapes[is_cut] = shapely.clip_by_rect(shapes[is_cut], *extent)
    there = ~shapely.is_empty(shapes)
    return Seen(found[there], shapes[there], is_cut[there])
