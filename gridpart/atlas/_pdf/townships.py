"""Townships of a county: their land, their neighbours, and which features of a layer belong to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from gridpart._typing import GeometryArray, IntArray
from gridpart.atlas._places import rows_at
from gridpart.viewer import Layer

_LEAST_SHARED_M2 = 1.0
"""A cell that meets a township in less than this merely touches it."""


@dataclass(frozen=True, eq=False)
class Townships:
    """
    Land and names of the townships.

    Attributes
    ----------
    names
        In the language of the atlas, shape (n,).
    shapes
        Land of each, shape (n,).
    """

    names: Sequence[str]
    shapes: GeometryArray

    @cached_property
    def neighbours(self) -> list[list[int]]:
        """Townships that share a border line with each, those with the longest border first."""
        tree = shapely.STRtree(self.shapes)
        one, other = tree.query(self.shapes, predicate="intersects")
        keep = one != other
        one, other = one[keep], other[keep]
        rims = shapely.boundary(self.shapes)
        border = shapely.length(shapely.intersection(rims[one], rims[other]))
        found: list[list[int]] = [[] for _ in self.names]
        for row in np.lexsort((other, -border)).tolist():
            if border[row] > 0.0:
                found[int(one[row])].append(int(other[row]))
        return found

    def features(self, layer: Layer) -> list[IntArray]:
        """Return the features of a layer in each township: points that lie in it, areas that reach into it."""
        shapes: GeometryArray = np.asarray(layer.geometries, dtype=object)
        if layer.kind == "point" or layer.key == "units":
            points = shapely.point_on_surface(shapes) if layer.key == "units" else shapes
            owner = rows_at(points, self.shapes)
            return [np.flatnonzero(owner == at) for at in range(len(self.names))]
        feature, township = shapely.STRtree(self.shapes).query(shapes, predicate="intersects")
        shared = shapely.area(shapely.intersection(shapes[feature], self.shapes[township], grid_size=0.001))
        real = shared > _LEAST_SHARED_M2
        return [np.sort(feature[real & (township == at)]) for at in range(len(self.names))]


def townships_of(layers: Sequence[Layer]) -> Townships | None:
    """Return the townships that a sheet shows, or None where it shows none."""
    found = next((layer for layer in layers if layer.key == "townships"), None)
    return None if found is None else Townships(list(found.labels or ()), np.asarray(found.geometries, dtype=object))
