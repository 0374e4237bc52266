"""Counties made up from any outline: outlets, units and roads on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import scipy
import shapely

import gridpart as gp

CRS = "EPSG:4546"
N_OUTLETS, N_UNITS, N_NODES = 9, 150, 200


@dataclass(frozen=True)
class County:
    """Land with outlets, units and roads on it, all made up from its outline."""

    area: gpd.GeoSeries
    outlets: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    roads: nx.Graph


def points_inside(shape: shapely.Geometry, count: int, rng: np.random.Generator) -> np.ndarray:
    low_x, low_y, high_x, high_y = shape.bounds
    found = np.empty((0, 2))
    while len(found) < count:
        drawn = rng.uniform((low_x, low_y), (high_x, high_y), (4 * count, 2))
        found = np.vstack([found, drawn[shapely.contains_xy(shape, drawn[:, 0], drawn[:, 1])]])
    return found[:count]


def table(points: np.ndarray, *, prefix: str, crs: Any = CRS) -> gpd.GeoDataFrame:
    ids = [f"{prefix}{number:03d}" for number in range(len(points))]
    return gpd.GeoDataFrame({"outlet_id": ids, "bank_id": "银"}, geometry=gpd.points_from_xy(*points.T), crs=crs)


def county_of(shape: shapely.Geometry, seed: int = 0, *, crs: Any = CRS) -> County:
    rng = np.random.default_rng(seed)
    area = gpd.GeoSeries([shape], crs=crs)
    seeds = table(points_inside(shape, N_UNITS, rng), prefix="U", crs=crs)
    cells = gp.partition.nearest(area, seeds, contiguous=False).cells
    units = gpd.GeoDataFrame(
        {
            "unit_id": cells["outlet_id"],
            "households": rng.integers(1, 60, len(cells)),
            "township_id": [f"镇{number % 5}" for number in range(len(cells))],
        },
        geometry=cells.geometry.to_numpy(),
        crs=crs,
    )
    nodes = points_inside(shape, N_NODES, rng)
    roads = nx.Graph()
    for number, (x, y) in enumerate(nodes):
        roads.add_node(number, x=x, y=y)
    for corners in scipy.spatial.Delaunay(nodes).simplices:
        for one, two in ((0, 1), (1, 2), (2, 0)):
            length = float(np.hypot(*(nodes[corners[one]] - nodes[corners[two]])))
            roads.add_edge(int(corners[one]), int(corners[two]), minutes=length / 500)
    homes = np.sort(rng.choice(len(units), N_OUTLETS, replace=False))
    places = shapely.get_coordinates(units.geometry.iloc[homes].representative_point().to_numpy())
    return County(area, table(places, prefix="网点", crs=crs), units, roads)


ISLANDS = shapely.MultiPolygon(
    [
        shapely.box(0, 0, 40_000, 30_000).difference(shapely.Point(15_000, 15_000).buffer(4_000)),
        shapely.box(55_000, 5_000, 80_000, 28_000),
    ]
)
