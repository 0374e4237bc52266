"""Which cell lies in which grid of social governance, and how they correspond."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import GeometryArray, IntArray
from gridpart.arguments import checked
from gridpart.audit.pieces import TOLERANCE_M
from gridpart.coverage import arrange
from gridpart.geo import require_metric, require_same_crs
from gridpart.partition.layers import require_valid_polygons, text_ids
from gridpart.steps import task

MIN_SHARE = 0.001
"""Share of a cell below which a piece is drawing accuracy and no correspondence: assumed."""


@checked
@task("crosswalk")
def crosswalk(
    cells: gpd.GeoDataFrame,
    gov_grids: gpd.GeoDataFrame,
    *,
    id_column: str = "gov_grid_id",
    min_share: float = MIN_SHARE,
) -> pd.DataFrame:
    """
    Relate cells to the grids of social governance.

    Parameters
    ----------
    cells
        ``cell_id``, polygons that do not overlap, such as ``grid.cells``.
    gov_grids
        Polygons that do not overlap, in the same CRS, with their id in `id_column`.
    id_column
        Name of that column.
    min_share
        Pieces smaller than this share of both cell and grid count in the shares, but make no correspondence.

    Returns
    -------
    pairs
        ``cell_id``, ``gov_grid_id``, ``area_m2``, ``cell_share``, ``gov_share``, ``relation``: ``one_to_one``,
        ``split`` (a cell in several grids), ``merged`` (several cells in one grid), ``many_to_many``, ``trace`` (below
        `min_share`), ``unmatched`` (land of a cell in no grid, or a grid without any cell: the other id is None). The
        shares of each cell sum to 1.

    Raises
    ------
    InputError
        If ids are missing or repeat, or polygons of one layer are invalid or overlap.
    CRSError
        If a CRS is missing, in degrees or differs.
    """
    require_metric(cells, name="cells")
    require_same_crs(cells, gov_grids, names=("cells", "gov_grids"))
    ids = np.array([*text_ids(cells, "cell_id", name="cells"), None], dtype=object)
    gov = np.array([*text_ids(gov_grids, id_column, name="gov_grids"), None], dtype=object)
    layers = [_shapes(cells, ids, "cells"), _shapes(gov_grids, gov, "gov_grids")]
    noded = arrange(layers, tolerance=TOLERANCE_M)
    pairs, which = np.unique(noded.labels, axis=0, return_inverse=True)
    area = np.bincount(which.ravel(), weights=noded.coverage.areas, minlength=len(pairs))
    one, two = pairs[:, 0], pairs[:, 1]
    table = pd.DataFrame({"cell_id": ids[one], "gov_grid_id": gov[two], "area_m2": area})
    table["cell_share"] = _share(one, area)
    table["gov_share"] = _share(two, area)
    table["relation"] = _relations(one, two, table, min_share)
    # land of a grid outside all cells is told by the share of its cells, unless it has none
    lonely = (one < 0) & (table["gov_share"] < 1 - min_share).to_numpy()
    return table[~lonely].sort_values(["cell_id", "gov_grid_id"], na_position="last", ignore_index=True)


def _shapes(table: gpd.GeoDataFrame, ids: GeometryArray, name: str) -> GeometryArray:
    shapes: GeometryArray = shapely.force_2d(np.asarray(table.geometry.array, dtype=object))
    require_valid_polygons(shapes, ids[:-1].tolist(), name=name)
    return shapes


def _share(owner: IntArray, area: np.ndarray) -> np.ndarray:
    total = np.bincount(owner[owner >= 0], weights=area[owner >= 0], minlength=int(owner.max(initial=-1)) + 1)
    return np.where(owner >= 0, area / np.append(total, 1.0)[owner], np.nan)


def _relations(one: IntArray, two: IntArray, table: pd.DataFrame, min_share: float) -> GeometryArray:
    real = (one >= 0) & (two >= 0)
    strong = real & ((table["cell_share"] >= min_share) | (table["gov_share"] >= min_share)).to_numpy()
    grids_of = np.bincount(one[strong], minlength=int(one.max(initial=-1)) + 2)[one]
    cells_of = np.bincount(two[strong], minlength=int(two.max(initial=-1)) + 2)[two]
    return np.select(
        [~real, ~strong, (grids_of == 1) & (cells_of == 1), cells_of == 1, grids_of == 1],
        ["unmatched", "trace", "one_to_one", "split", "merged"],
        default="many_to_many",
    ).astype(object)
