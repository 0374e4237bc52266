"""A county claimed by many banks whose cells are incomplete and overlap those of the others."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

CRS = "EPSG:4546"
ORIGIN = np.array([500_000.0, 3_400_000.0])


def claims_of_many_banks(
    *, n_banks: int, n_cells: int, size_m: float = 60_000.0, seed: int = 1
) -> tuple[gpd.GeoSeries, dict[str, gpd.GeoDataFrame]]:
    """
    Make a county and the cells of its banks.

    Parameters
    ----------
    n_banks, n_cells
        How many banks, and how many cells all of them together have. The first bank covers three fifths of the
        county, the last one a seventh: the rest of their Voronoi cells is left out.
    size_m
        Width of the county, m.
    seed
        Decides everything random.
    """
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    radius = size_m / 2 * (1 + 0.15 * np.sin(3 * angle) + rng.normal(0, 0.02, len(angle)))
    area = shapely.Polygon(ORIGIN + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))
    shapely.prepare(area)
    share = np.full(n_banks, n_cells // n_banks)
    share[: n_cells % n_banks] += 1
    covered = np.linspace(0.6, 0.15, n_banks)
    grids = {}
    for bank, kept in enumerate(share.tolist()):
        wanted = round(kept / covered[bank])
        points = ORIGIN + rng.uniform(-0.62 * size_m, 0.62 * size_m, (6 * wanted, 2))
        points = points[shapely.contains_xy(area, points[:, 0], points[:, 1])][:wanted]
        cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=area))
        cells = shapely.intersection(cells, area)
        cells = cells[shapely.get_type_id(cells) == 3]
        chosen = np.sort(rng.permutation(len(cells))[:kept])
        grids[f"bank {bank:02d}"] = gpd.GeoDataFrame(
            {"cell_id": [f"{bank:02d}-{number:04d}" for number in range(len(chosen))]},
            geometry=cells[chosen],
            crs=CRS,
        )
    return gpd.GeoSeries([area], crs=CRS), grids
