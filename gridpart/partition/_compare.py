"""What land changes cells between two grids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from gridpart.coverage import arrange
from gridpart.geo import require_same_crs
from gridpart.partition.layers import pick

if TYPE_CHECKING:
    from gridpart.partition.grid import Grid

_SNAP_M = 1e-6
"""Snapping distance in metres."""


def compare(before: Grid, after: Grid) -> gpd.GeoDataFrame:
    """Return the table that `Grid.compare` documents."""
    # by id, so that the last bits of areas do not depend on the order of cells
    one, two = (grid.cells.sort_values("cell_id", ignore_index=True) for grid in (before, after))
    require_same_crs(one, two, names=("grid", "other"))
    layers = [np.asarray(cells.geometry.array, dtype=object) for cells in (one, two)]
    common = arrange(layers, tolerance=_SNAP_M)
    old, new = pick(one["cell_id"], common.labels[:, 0]), pick(two["cell_id"], common.labels[:, 1])
    differs = old != new
    pairs, where = np.unique(common.labels[differs], axis=0, return_inverse=True)
    labels = np.full(len(old), -1, dtype=np.int64)
    labels[differs] = where.ravel()
    _, shapes = common.coverage.dissolve(labels)
    table = gpd.GeoDataFrame(
        {
            "cell_id_before": pick(one["cell_id"], pairs[:, 0]),
            "cell_id_after": pick(two["cell_id"], pairs[:, 1]),
            "area_m2": shapely.area(shapes),
        },
        geometry=shapes,
        crs=before.crs,
    )
    return table.sort_values("area_m2", ascending=False, kind="stable", ignore_index=True)
