"""Demand that comes as a layer of its own, measured on whatever faces a rule shares out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gridpart._typing import FloatArray, IntArray
from gridpart.coverage import SNAP_M, Coverage, arrange
from gridpart.errors import InputError
from gridpart.i18n import messages
from gridpart.partition._build import Faces
from gridpart.partition._cut import face_at
from gridpart.partition._transport_demand import Density, PointDemand, demand_of
from gridpart.partition._units import DEFAULT_DEMAND
from gridpart.partition.apportion import share_by_weight
from gridpart.partition.grid import Grid
from gridpart.partition.layers import area_of

say = messages("partition")

_ROUNDING = 1e-12
"""A number this near to a whole one, relative to it, was whole before it was shared out over one face."""


def column_of(
    demand: str | gpd.GeoDataFrame | None, *, units: gpd.GeoDataFrame | None, weight: str | None = None
) -> str | None:
    """
    Return the column of the units that demand names, None where it is a layer or not given.

    Raises
    ------
    InputError
        If a column is named and there are no units, or `weight` is given without a layer.
    """
    if isinstance(demand, str) and units is None:
        raise InputError(
            say(
                "demand is {demand!r}, a column of units, but no units were given. Give units=, or as demand a "
                "layer of points or polygons with a column of weights.",
                demand=demand,
            )
        )
    if weight is not None and not isinstance(demand, gpd.GeoDataFrame):
        raise InputError(
            say("weight is {weight!r}, but it names a column of a demand layer and demand is none.", weight=weight)
        )
    return demand if isinstance(demand, str) else None


def told_demand(demand: str | gpd.GeoDataFrame | None) -> str | None:
    """Return how a provenance tells where demand came from: a column, "layer", or None."""
    return demand if demand is None or isinstance(demand, str) else "layer"


def kept_layer(demand: str | gpd.GeoDataFrame | None, weight: str | None) -> dict[str, Any]:
    """Return a copy of a demand layer with its weight, for a revision; nothing where demand is no layer."""
    return {} if demand is None or isinstance(demand, str) else {"demand": demand.copy(), "weight": weight}


def measured_on(
    faces: Faces,
    demand: str | gpd.GeoDataFrame | None,
    *,
    weight: str | None,
    service_area: gpd.GeoDataFrame | gpd.GeoSeries,
    decisions: dict[str, Any],
) -> Faces:
    """
    Return faces with the demand that a layer holds on them; as they are where demand is no layer.

    Parameters
    ----------
    faces
        Final faces: points count where they stand, polygons by the share of their area.
    demand, weight
        As in `balanced`.
    service_area
        On which demand must lie.
    decisions
        Receives what had to be decided.

    Raises
    ------
    InputError
        As in `balanced`.
    """
    if demand is None or isinstance(demand, str):
        return faces
    held = demand_of(demand, weight=weight, units=None, service_area=service_area, area=area_of(service_area))
    decisions |= held.decisions
    return replace(faces, demand=demand_within(held, faces.coverage, whole=True))


def demand_within(
    held: Density | PointDemand,
    coverage: Coverage,
    *,
    whole: bool,
    parents: tuple[IntArray, IntArray] | None = None,
) -> FloatArray:
    """
    Measure demand on faces.

    Parameters
    ----------
    held
        Demand within the faces.
    coverage
        The faces.
    whole
        Whether whole numbers stay whole where a polygon lies in several faces (by largest remainder).
    parents
        Big cell of each face and of each polygon of `held`: nothing passes from one to another. None to let it.

    Returns
    -------
    demand
        Shape (n_faces,); adds up to the total.
    """
    if isinstance(held, PointDemand):
        weights: FloatArray = np.bincount(_places(held.points, coverage), held.weights, minlength=len(coverage)).astype(
            np.float64
        )
        return weights
    if held.uniform:
        return coverage.areas
    both = arrange([coverage.polygons, held.coverage.polygons], tolerance=SNAP_M)
    face, source = both.labels.T
    known = (face >= 0) & (source >= 0)
    if parents is not None:
        known &= parents[0][face] == parents[1][source]
    areas = both.coverage.areas[known]
    if whole:
        nearest = np.rint(held.demand)
        amounts = np.where(np.abs(held.demand - nearest) <= _ROUNDING * nearest, nearest, held.demand)
        amount = share_by_weight(amounts, source[known], areas)
    else:
        amount = (held.demand / held.coverage.areas)[source[known]] * areas
    demand: FloatArray = np.bincount(face[known], amount, minlength=len(coverage)).astype(np.float64)
    return demand


def _places(points: FloatArray, coverage: Coverage) -> IntArray:
    """Return the face of each point, the lowest on a border, the nearest on the rim."""
    face = face_at(coverage, points)
    off = np.flatnonzero(face < 0)
    if len(off):
        face[off] = shapely.STRtree(coverage.polygons).nearest(shapely.points(points[off]))
    return face


@dataclass(frozen=True, eq=False)
class GivenDemand:
    """
    Demand for small cells.

    Attributes
    ----------
    held
        Where it lies.
    big
        Big cell of each polygon of `held` where demand is that of the big cells, shape (n_polygons,), else None.
    points, weights
        Places that stand for it, in m, shape (n_points, 2), and what each holds, shape (n_points,).
    """

    held: Density | PointDemand
    big: IntArray | None
    points: FloatArray
    weights: FloatArray

    def on(self, coverage: Coverage, big: IntArray) -> FloatArray:
        """Measure the demand on faces of small cells with the big cell of each, shape (n_faces,)."""
        return demand_within(self.held, coverage, whole=True, parents=None if self.big is None else (big, self.big))


def spread(coverage: Coverage, demand: FloatArray, *, big: IntArray | None = None) -> GivenDemand:
    """Return demand that lies evenly on faces."""
    points = shapely.get_coordinates(shapely.point_on_surface(coverage.polygons))
    return GivenDemand(Density(coverage, demand), big, points, demand)


def given_demand(
    grid: Grid, *, units: gpd.GeoDataFrame | None, demand: str | gpd.GeoDataFrame | None, weight: str | None
) -> GivenDemand | None:
    """
    Choose the demand of small cells: a layer, the column of units that is named, that of the big cells, population.

    Raises
    ------
    InputError
        As in `balanced`.
    """
    column = column_of(demand, units=units, weight=weight)
    if demand is None:
        own = _own_demand(grid)
        if own is not None or units is None or DEFAULT_DEMAND not in units.columns:
            return own
        column = DEFAULT_DEMAND
    held = demand_of(
        column or demand, weight=weight, units=units, service_area=grid.service_area,
        area=grid.service_area.geometry.iloc[0], outside="ignore",
    )  # fmt: skip
    if isinstance(held, PointDemand):
        return GivenDemand(held, None, held.points, held.weights)
    return replace(spread(held.coverage, held.demand), held=held)


def _own_demand(grid: Grid) -> GivenDemand | None:
    """Return what is known of the demand of a grid, by face or else evenly over each cell."""
    if grid.face_demand is not None:
        return spread(grid.coverage, grid.face_demand, big=grid.labels)
    cells = grid.cells
    demand = cells["demand"].to_numpy(dtype=np.float64)
    if not np.isfinite(demand).all():
        return None
    return spread(Coverage.from_polygons(np.asarray(cells.geometry.array)), demand, big=np.arange(len(cells)))
