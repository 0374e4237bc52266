"""Several grids of one county side by side: what each costs, and which are not beaten in everything."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import BoolArray, FloatArray
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.geo import require_same_crs
from gridpart.i18n import messages
from gridpart.partition._units import faces_of_units
from gridpart.partition.figures import mean_compactness, weighted_quantile
from gridpart.partition.grid import Grid
from gridpart.steps import counted, task

say = messages("partition")

SMALLER_IS_BETTER = ("staff_need", "mean_distance_m", "p95_distance_m", "max_over_mean_load")
LARGER_IS_BETTER = ("mean_compactness",)


@checked
@task("scenarios")
def scenarios(grids: Mapping[str, Grid], *, units: gpd.GeoDataFrame, demand: str | None = None) -> pd.DataFrame:
    """
    Compare grids made by several rules for the same outlets.

    Parameters
    ----------
    grids
        By name of the scenario, such as the rule.
    units
        Where the demand is: the same yardstick for all grids, whatever they were made of.
    demand
        Column of the units; ``population`` if None.

    Returns
    -------
    table
        One row per scenario: ``scenario``, ``n_cells``, ``staff_need``, ``mean_distance_m`` and ``p95_distance_m`` from
        units to the outlet of their cell weighted by demand, ``max_over_mean_load``, ``mean_compactness``
        (Polsby-Popper), ``pareto``: True if no other is at least as good in everything and better in something.
        Those come first, then by mean distance. NaN where a grid has no outlets.

    Raises
    ------
    InputError
        If there is no grid, or units cannot be used.
    CRSError
        If a CRS differs.
    """
    if not grids:
        raise InputError(say("grids is empty; give at least one scenario."))
    faces = faces_of_units(units, demand=demand)
    weights = np.ones(len(units)) if faces.demand is None else faces.demand
    places = gpd.GeoSeries(shapely.point_on_surface(faces.coverage.polygons), crs=units.crs)
    rows = []
    for name, grid in counted("scenarios", list(grids.items())):
        require_same_crs(units, grid.cells, names=("units", say("scenario {name}", name=name)))
        rows.append({"scenario": str(name), **_figures(grid, places, weights)})
    table = pd.DataFrame(rows)
    table["pareto"] = _not_dominated(table)
    order = ["pareto", "mean_distance_m", "scenario"]
    return table.sort_values(order, ascending=[False, True, True], kind="stable", ignore_index=True)


def _figures(grid: Grid, places: gpd.GeoSeries, weights: FloatArray) -> dict[str, float]:
    cells = grid.cells
    located = grid.locate(places)
    row_of = {cell: row for row, cell in enumerate(cells["cell_id"])}
    row = located.map(row_of).to_numpy(dtype=np.float64)
    inside = np.isfinite(row)
    load = np.bincount(row[inside].astype(np.int64), weights=weights[inside], minlength=len(cells))
    distance = _distances(grid, places, located)
    known = np.isfinite(distance) & (weights > 0)
    figures = {
        "n_cells": len(cells),
        "staff_need": int((cells["kind"] == "physical").sum()),
        "mean_distance_m": float(np.average(distance[known], weights=weights[known])) if known.any() else np.nan,
        "p95_distance_m": weighted_quantile(distance[known], weights[known], 0.95) if known.any() else np.nan,
        "max_over_mean_load": float(load.max() / load.mean()) if load.sum() > 0 else np.nan,
    }
    figures["mean_compactness"] = mean_compactness(np.asarray(cells.geometry.array, dtype=object))
    return figures


def _distances(grid: Grid, places: gpd.GeoSeries, located: pd.Series) -> FloatArray:
    """Return the distance in m from each place to the outlet that its cell belongs to, NaN where there is none."""
    outlets = grid.outlets
    point = dict(zip(outlets["outlet_id"], outlets.geometry, strict=True))
    owner = dict(zip(grid.cells["cell_id"], grid.cells["outlet_id"], strict=True))
    ends = np.array([point.get(owner.get(cell)) for cell in located], dtype=object)
    distance: FloatArray = shapely.distance(np.asarray(places.array, dtype=object), ends)
    return distance


def _not_dominated(table: pd.DataFrame) -> BoolArray:
    """Return which rows no other row beats; a figure that is unknown counts as the worst."""
    costs = np.column_stack(
        [table[name].fillna(np.inf) for name in SMALLER_IS_BETTER]
        + [-table[name].fillna(-np.inf) for name in LARGER_IS_BETTER]
    ).astype(np.float64)
    beaten = [
        any(
            (costs[other] <= costs[row]).all() and (costs[other] < costs[row]).any()
            for other in range(len(costs))
            if other != row
        )
        for row in range(len(costs))
    ]
    return ~np.array(beaten, dtype=np.bool_)
