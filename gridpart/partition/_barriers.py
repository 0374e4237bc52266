"""Barriers: rivers and ridges that cells or roads do not cross."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gridpart._typing import GeometryArray
from gridpart.errors import InputError
from gridpart.geo import require_same_crs
from gridpart.i18n import Joined, messages

say = messages("partition")


def barrier_shapes(
    barriers: gpd.GeoDataFrame | gpd.GeoSeries | None, layer: gpd.GeoDataFrame | gpd.GeoSeries, *, name: str
) -> GeometryArray:
    """
    Return the shapes of a layer of barriers, none if there is no layer.

    Raises
    ------
    CRSError
        If its CRS is not that of `layer`.
    InputError
        If a barrier is a point; rows are named.
    """
    if barriers is None or len(barriers) == 0:
        return np.empty(0, dtype=object)
    require_same_crs(layer, barriers, names=(name, "barriers"))
    shapes: GeometryArray = np.asarray(barriers.geometry.array, dtype=object)
    wrong = shapely.get_dimensions(shapes) == 0
    if wrong.any():
        rows = Joined(str(index) for index in barriers.index[wrong][:8])
        raise InputError(
            say("{n} barriers are points, rows {rows}; lines or polygons are expected.", n=int(wrong.sum()), rows=rows)
        )
    present: GeometryArray = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    return present
