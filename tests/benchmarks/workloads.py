"""
Seeded counties for the districting benchmarks: unit points, demand, borders and outlets as arrays.

The county is concave with a deep bay, so that straight lines between units cross water. Units are the
Voronoi cells of random points cut to the land; two units are neighbours where they share a border on land.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi

if TYPE_CHECKING:
    from gridpart._typing import FloatArray, IntArray

Family = Literal["even", "clustered"]
Layout = Literal["uniform", "by_demand", "towns"]

COUNTY_SIZE_M = 60_000.0
MIN_BORDER_M = 0.5
TOWN_COUNT = 7
FAR_M = 1e7


@dataclass(frozen=True)
class Workload:
    """
    One county: units as points with demand, land borders between units, and outlets in distinct units.

    Parameters
    ----------
    name
        Family, size and seed, for tables.
    county
        The land.
    points
        Unit points, shape (n_units, 2), m.
    demand
        Households per unit, shape (n_units,).
    edges
        Neighbouring units, shape (n_edges, 2), each pair once.
    border_m
        Length of the shared border on land, shape (n_edges,), m.
    outlets
        Outlet points, shape (n_outlets, 2), m.
    homes
        The unit each outlet stands in, shape (n_outlets,), all different.
    """

    name: str
    county: shapely.Polygon
    points: FloatArray
    demand: FloatArray
    edges: IntArray
    border_m: FloatArray
    outlets: FloatArray
    homes: IntArray


def county_with_bay(size_m: float = COUNTY_SIZE_M) -> shapely.Polygon:
    """Return an irregular county that a bay cuts to half its depth."""
    rim = [(0.0, 0.0), (0.4, 0.0), (0.47, 0.5), (0.53, 0.5), (0.6, 0.0), (1.0, 0.0), (1.0, 0.9), (0.7, 1.0), (0.3, 0.95), (0.0, 0.8)]  # fmt: skip  # noqa: E501
    return shapely.Polygon(np.asarray(rim) * size_m)


def build(
    n_units: int,
    n_outlets: int,
    *,
    seed: int,
    family: Family = "even",
    layout: Layout | None = None,
) -> Workload:
    """
    Make one county.

    Parameters
    ----------
    n_units, n_outlets
        How many units and outlets.
    seed
        Decides everything random.
    family
        Demand about the same everywhere, or gathered in towns.
    layout
        Outlets in units drawn evenly, in proportion to demand, or around the towns; by default evenly for
        the even family and by demand for the clustered one.
    """
    rng = np.random.default_rng([seed, n_units, n_outlets, family == "clustered"])
    county = county_with_bay()
    points = _points_in(county, n_units, rng=rng)
    towns = _points_in(county, TOWN_COUNT, rng=rng)
    edges, border_m = _land_borders(points, county)
    pull = _town_pull(points, towns, rng=rng)
    noise = rng.uniform(0.5, 1.5, n_units)
    demand = np.round(100.0 * noise * (0.15 + 3.0 * pull if family == "clustered" else 1.0))
    chance = {"uniform": np.ones(n_units), "by_demand": demand, "towns": pull**2 + 1e-9}
    layout = layout or ("uniform" if family == "even" else "by_demand")
    weights = chance[layout] / chance[layout].sum()
    homes = np.sort(rng.choice(n_units, n_outlets, replace=False, p=weights)).astype(np.int64)
    return Workload(
        name=f"{family}/{layout} {n_units}/{n_outlets} #{seed}",
        county=county,
        points=points,
        demand=demand,
        edges=edges,
        border_m=border_m,
        outlets=points[homes].copy(),
        homes=homes,
    )


def _points_in(county: shapely.Polygon, count: int, *, rng: np.random.Generator) -> FloatArray:
    low_x, low_y, high_x, high_y = county.bounds
    found = np.empty((0, 2))
    while len(found) < count:
        drawn = rng.uniform((low_x, low_y), (high_x, high_y), (2 * count, 2))
        found = np.vstack([found, drawn[shapely.contains_xy(county, drawn[:, 0], drawn[:, 1])]])
    return found[:count]


def _town_pull(points: FloatArray, towns: FloatArray, *, rng: np.random.Generator) -> FloatArray:
    """Return how strongly towns raise demand at each point, 0 far away."""
    spread = rng.uniform(0.02, 0.08, len(towns)) * COUNTY_SIZE_M
    gap = np.linalg.norm(points[:, None, :] - towns[None, :, :], axis=2)
    return np.exp(-0.5 * (gap / spread) ** 2).sum(axis=1)


def _land_borders(points: FloatArray, county: shapely.Polygon) -> tuple[IntArray, FloatArray]:
    """Return neighbouring pairs and the length of their border on land."""
    centre = points.mean(axis=0)
    turn = np.arange(8) * (np.pi / 4.0)
    helpers = centre + FAR_M * np.column_stack([np.cos(turn), np.sin(turn)])
    diagram = Voronoi(np.vstack([points, helpers]))
    pairs = np.asarray(diagram.ridge_points, dtype=np.int64)
    ends = np.asarray(diagram.ridge_vertices, dtype=np.int64)
    inside = (pairs < len(points)).all(axis=1) & (ends >= 0).all(axis=1)
    pairs, ends = np.sort(pairs[inside], axis=1), ends[inside]
    shapely.prepare(county)
    lines = shapely.linestrings(diagram.vertices[ends])
    length = shapely.length(lines)
    cut = ~shapely.contains_properly(county, lines)
    length[cut] = shapely.length(shapely.intersection(lines[cut], county))
    keep = length > MIN_BORDER_M
    pairs, length = pairs[keep], length[keep]
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return _joined(pairs[order], length[order], points)


def _joined(pairs: IntArray, length: FloatArray, points: FloatArray) -> tuple[IntArray, FloatArray]:
    """Bridge any unit that the rim of the county cuts off, so that the unit graph is connected."""
    while True:
        ones = np.ones(len(pairs))
        graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points)))
        count, part = connected_components(graph, directed=False)
        if count == 1:
            return pairs, length
        sizes = np.bincount(part)
        lost = np.flatnonzero(part == int(np.argmin(sizes)))
        rest = np.flatnonzero(part != int(np.argmin(sizes)))
        gap = np.linalg.norm(points[lost][:, None] - points[rest][None], axis=2)
        i, j = np.unravel_index(int(np.argmin(gap)), gap.shape)
        bridge = np.sort([[lost[i], rest[j]]], axis=1)
        pairs, length = np.vstack([pairs, bridge]), np.append(length, MIN_BORDER_M)
