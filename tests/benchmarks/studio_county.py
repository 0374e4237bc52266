"""A county of many units for the studio: the cells of random points, cut to a box, gathered around outlets."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

import gridpart as gp
from gridpart.coverage import tessellate

CRS = "EPSG:4547"
SIDE_M = 60_000.0


def studio_grid(n_units: int, n_cells: int, *, seed: int = 0) -> gp.Grid:
    """
    Return a grid of units.

    Parameters
    ----------
    n_units, n_cells
        How many.
    seed
        Decides everything random.
    """
    rng = np.random.default_rng([seed, n_units])
    area = shapely.box(0, 0, SIDE_M, SIDE_M)
    coverage, owner = tessellate(rng.uniform(0, SIDE_M, (n_units, 2)), area)
    _, polygons = coverage.dissolve(owner)
    households = rng.integers(50, 150, n_units).astype(float)
    ids = [f"u{row:05d}" for row in range(n_units)]
    units = gpd.GeoDataFrame({"unit_id": ids, "households": households}, geometry=list(polygons), crs=CRS)
    chosen = np.sort(rng.choice(n_units, n_cells, replace=False))
    points = shapely.point_on_surface(polygons[chosen])
    names = [f"o{row:03d}" for row in range(n_cells)]
    outlets = gpd.GeoDataFrame({"outlet_id": names, "bank_id": "B"}, geometry=points, crs=CRS)
    service_area = gpd.GeoDataFrame(geometry=[area], crs=CRS)
    return gp.partition.nearest(service_area, outlets, units=units)
