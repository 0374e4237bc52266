"""The cells of all banks shown, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import GeometryArray
from gridpart.atlas._places import WITHOUT_CLASS, majority_zone, text_column, zone_column

if TYPE_CHECKING:
    from gridpart.atlas.scope import Scope
    from gridpart.partition import Grid

_LEAST_SHARED_M2 = 1.0
"""A cell that meets a township in less than this merely touches it."""


def cells_of(grids: Mapping[str, Grid], units: gpd.GeoDataFrame, *, scope: Scope) -> gpd.GeoDataFrame:
    """
    Join the cells of the banks, each with a class.

    A class on record counts; else the class of most of the cell's area; else `WITHOUT_CLASS`.

    Returns
    -------
    cells
        ``bank_id``, ``cell_id``, ``outlet_id``, ``zone_class``, ``is_class_known``, ``area_m2``, ``demand``, polygons;
        banks in order of their ids, cells in the order of their grid.
    """
    parts = [_cells_of_bank(bank_id, grids[bank_id], units) for bank_id in sorted(grids)]
    cells = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=parts[0].crs)
    if scope.township_id is None:
        return cells
    township = units[units["township_id"] == scope.township_id]
    land = shapely.union_all(np.asarray(township.geometry.array, dtype=object))
    shapes: GeometryArray = np.asarray(cells.geometry.array, dtype=object)
    shared = shapely.area(shapely.intersection(shapes, land, grid_size=0.001))
    return cells[shared > _LEAST_SHARED_M2].reset_index(drop=True)


def _cells_of_bank(bank_id: str, grid: Grid, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    cells = grid.cells.reset_index(drop=True)
    table = gpd.GeoDataFrame(
        {
            "bank_id": bank_id,
            "cell_id": text_column(cells, "cell_id"),
            "outlet_id": text_column(cells, "outlet_id"),
            "area_m2": cells["area_m2"].astype(float),
            "demand": pd.to_numeric(cells["demand"]).astype(float),
        },
        geometry=cells.geometry,
        crs=cells.crs,
    )
    zone = zone_column(cells)
    missing = zone.isna()
    if missing.any():
        zone[missing] = majority_zone(table[missing], units)
    table["is_class_known"] = zone.notna()
    table["zone_class"] = zone.where(zone.notna(), WITHOUT_CLASS)
    return table
