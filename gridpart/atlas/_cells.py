"""The cells of all banks shown, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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


def classed(grid: Grid, units: gpd.GeoDataFrame) -> Grid:
    """
    Return a grid with a class for every cell; service radii and sheets go by it.

    A class on record counts; else the class of most of the cell's area; else `WITHOUT_CLASS`.
    """
    cells = grid.cells
    zone = zone_column(cells)
    missing = zone.isna()
    if not missing.any():
        return grid
    zone[missing] = majority_zone(cells[missing], units)
    cells["zone_class"] = zone.fillna(WITHOUT_CLASS)
    return replace(grid, _cells=cells)


def cells_of(grids: Mapping[str, Grid], units: gpd.GeoDataFrame, *, scope: Scope) -> gpd.GeoDataFrame:
    """
    Join the cells of the banks.

    Returns
    -------
    cells
        ``bank_id``, ``cell_id``, ``outlet_id``, ``zone_class``, ``area_m2``, ``demand``, polygons; banks in order of
        their ids, cells in the order of their grid.
    """
    parts = [_cells_of_bank(bank_id, grid.cells) for bank_id, grid in grids.items()]
    cells = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=parts[0].crs)
    if scope.township_id is None:
        return cells
    township = units[units["township_id"] == scope.township_id]
    land = shapely.union_all(np.asarray(township.geometry.array, dtype=object))
    shapes: GeometryArray = np.asarray(cells.geometry.array, dtype=object)
    shared = shapely.area(shapely.intersection(shapes, land, grid_size=0.001))
    return cells[shared > _LEAST_SHARED_M2].reset_index(drop=True)


def _cells_of_bank(bank_id: str, cells: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "bank_id": bank_id,
            "cell_id": text_column(cells, "cell_id"),
            "outlet_id": text_column(cells, "outlet_id"),
            "parent_id": text_column(cells, "parent_id"),
            "zone_class": text_column(cells, "zone_class"),
            "area_m2": cells["area_m2"].astype(float),
            "demand": pd.to_numeric(cells["demand"]).astype(float),
        },
        geometry=cells.geometry,
        crs=cells.crs,
    )
