"""How well a grid serves: load, distance, compactness, staff need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridpart._typing import GeometryArray
from gridpart.partition.figures import mean_compactness, weighted_quantile

if TYPE_CHECKING:
    from gridpart.partition.grid import Grid


def score(grid: Grid) -> dict[str, float | int | None]:
    """Return the figures that `Grid.score` documents."""
    cells = grid.cells
    shapes: GeometryArray = np.asarray(cells.geometry.array, dtype=object)
    demand = cells["demand"].to_numpy()
    known = bool(np.isfinite(demand).all() and demand.sum() > 0)
    mean_distance, p95_distance = _distances(grid)
    return {
        "n_cells": len(cells),
        "staff_need": int((cells["kind"] == "physical").sum()),
        "mean_demand": float(demand.mean()) if known else None,
        "max_over_mean_load": float(demand.max() / demand.mean()) if known else None,
        "mean_distance_m": mean_distance,
        "p95_distance_m": p95_distance,
        "mean_compactness": mean_compactness(shapes),
        "n_multipart": int((shapely.get_num_geometries(shapes) > 1).sum()),
    }


def _distances(grid: Grid) -> tuple[float | None, float | None]:
    """Return the weighted mean and 95th percentile of the distance from faces to the outlet of their cell."""
    outlets = grid.outlets
    if len(outlets) == 0:
        return None, None
    owner = grid.cells["outlet_id"].to_numpy(dtype=object)
    place = dict(zip(outlets["outlet_id"], outlets.geometry.array, strict=True))
    points = np.array([place.get(owner[label]) for label in grid.labels], dtype=object)
    distance = shapely.distance(shapely.point_on_surface(grid.coverage.polygons), points)
    weight = grid.coverage.areas if grid.face_demand is None else grid.face_demand
    known = np.isfinite(distance) & (weight > 0)
    if not known.any():
        return None, None
    distance, weight = distance[known], weight[known]
    return float(np.average(distance, weights=weight)), weighted_quantile(distance, weight, 0.95)
