"""Small counties of square villages, with outlets and claims drawn at random."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

CRS = "EPSG:4546"
SIDE_M = 1000.0


def square_county(seed: int, *, columns: int, rows: int) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return a service area and its villages of one square kilometre, the western half urban."""
    generator = np.random.default_rng(seed)
    boxes = [
        shapely.box(x * SIDE_M, y * SIDE_M, (x + 1) * SIDE_M, (y + 1) * SIDE_M)
        for y in range(rows)
        for x in range(columns)
    ]
    number = len(boxes)
    units = gpd.GeoDataFrame(
        {
            "unit_id": [f"U{n:03d}" for n in range(number)],
            "name": [f"village {n}" for n in range(number)],
            "kind": ["community" if n % columns < columns // 2 else "village" for n in range(number)],
            "township_id": [f"T{n // columns}" for n in range(number)],
            "township": [f"township {n // columns}" for n in range(number)],
            "zone_class": ["urban" if n % columns < columns // 2 else "rural" for n in range(number)],
            "population": generator.integers(50, 2000, number),
        },
        geometry=boxes,
        crs=CRS,
    )
    area = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, columns * SIDE_M, rows * SIDE_M)], crs=CRS)
    return area, units


def outlets_of(seed: int, *, banks: tuple[str, ...], each: int, width_m: float, height_m: float) -> gpd.GeoDataFrame:
    """Return outlets of every bank anywhere in the county."""
    generator = np.random.default_rng(seed + 1000)
    number = len(banks) * each
    return gpd.GeoDataFrame(
        {
            "outlet_id": [f"O{n:03d}" for n in range(number)],
            "bank_id": [banks[n % len(banks)] for n in range(number)],
        },
        geometry=shapely.points(generator.uniform(0, [width_m, height_m], (number, 2))),
        crs=CRS,
    )


def discs(outlets: gpd.GeoDataFrame, radius_m: float) -> dict[str, gpd.GeoDataFrame]:
    """Return claims by bank: discs around its outlets, overlapping each other and the border of the county."""
    claims = {}
    for bank, mine in outlets.groupby("bank_id"):
        claims[str(bank)] = gpd.GeoDataFrame(
            {"cell_id": mine["outlet_id"].to_numpy()},
            geometry=shapely.buffer(mine.geometry.array, radius_m, quad_segs=6),
            crs=outlets.crs,
        )
    return claims
