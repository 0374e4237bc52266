"""Demand in any of its forms as an even density on faces of the service area, or as weighted points in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray
from gridpart.coverage import SNAP_M, Coverage, arrange
from gridpart.errors import CoverageError, InputError
from gridpart.geo import require_same_crs
from gridpart.i18n import Joined, clauses, messages, sentences
from gridpart.partition.layers import point_coordinates, require_columns, require_valid_polygons, told_overlaps

say = messages("partition")

AREA = "area"
"""Demand that is the same everywhere."""

_WEIGHTS = ("weight", "demand", "population", "households")
"""Columns taken for the weight, the first that is present."""

_NAMED = 8


@dataclass(frozen=True, eq=False)
class Density:
    """
    Demand spread evenly over each of several faces.

    Attributes
    ----------
    coverage
        Faces within the service area.
    demand
        Of each face, shape (n_faces,).
    uniform
        Whether demand is the same everywhere.
    decisions
        What had to be decided, for the provenance.
    """

    coverage: Coverage
    demand: FloatArray
    uniform: bool = False
    decisions: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class PointDemand:
    """
    Weighted points.

    Attributes
    ----------
    points
        In m, no two alike, shape (n_points, 2).
    weights
        Positive, shape (n_points,).
    decisions
        What had to be decided, for the provenance.
    """

    points: FloatArray
    weights: FloatArray
    decisions: dict[str, Any] = field(default_factory=dict)


def demand_of(
    demand: str | gpd.GeoDataFrame,
    *,
    weight: str | None,
    units: gpd.GeoDataFrame | None,
    service_area: gpd.GeoDataFrame | gpd.GeoSeries,
    area: shapely.Geometry,
    outside: Literal["error", "ignore"] = "error",
) -> Density | PointDemand:
    """
    Read demand given as ``"area"``, as a column of `units`, or as a layer of polygons or points with a weight.

    A layer holds the demand alone: `units` then only say where borders may run. Units wholly `outside` the area are an
    error, or are left out and listed.

    Raises
    ------
    InputError
        If the layer, its column or its weights cannot be used, or demand lies outside the area; rows are named.
    """
    if not isinstance(demand, str):
        layer, column = demand, weight or _weight_column(demand)
    elif units is not None and (demand != AREA or AREA in units.columns):
        layer, column = units, demand
    elif demand == AREA:
        parts: GeometryArray = shapely.get_parts(area)
        return Density(Coverage.from_polygons(parts), shapely.area(parts), uniform=True)
    else:
        raise InputError(
            say(
                'demand is {demand!r}: without units it must be "{area}" or a layer with a weight column.',
                demand=demand,
                area=AREA,
            )
        )
    require_same_crs(service_area, layer, names=("service_area", "demand"))
    names = _names(layer)
    weights = _weights(layer, column, names)
    if len(layer) and (layer.geometry.geom_type == "Point").all():
        return _points_within(layer, weights, names, service_area, area)
    return _density_within(layer, weights, names, area, outside=outside)


def _weight_column(layer: gpd.GeoDataFrame) -> str:
    known = [name for name in _WEIGHTS if name in layer.columns]
    numeric = [str(name) for name in layer.columns if pd.api.types.is_numeric_dtype(layer[name].dtype)]
    if known or len(numeric) == 1:
        return known[0] if known else numeric[0]
    raise InputError(
        say(
            "The weight of demand is unclear: its columns are {columns}. Name the one to use, as in "
            'weight="households".',
            columns=Joined(map(str, layer.columns)),
        )
    )


def _names(layer: gpd.GeoDataFrame) -> list[str]:
    column = layer["unit_id"] if "unit_id" in layer.columns else layer.index
    return [str(value) for value in column]


def _weights(layer: gpd.GeoDataFrame, column: str, names: list[str]) -> FloatArray:
    require_columns(layer, [column], name="demand")
    weights: FloatArray = pd.to_numeric(layer[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~(np.isfinite(weights) & (weights >= 0))
    if wrong.any():
        at = np.flatnonzero(wrong)[:_NAMED]
        rows = (say("{id}: {value}", id=names[row], value=layer[column].iloc[row]) for row in at)
        raise InputError(
            say(
                "{n} rows have no usable {column} (a number of at least 0): {rows}.",
                n=int(wrong.sum()),
                column=column,
                rows=Joined(rows, clauses),
            )
        )
    if not weights.sum() > 0:
        raise InputError(say("The total of {column} is 0, so there is nothing to share out.", column=column))
    return weights


def _points_within(
    layer: gpd.GeoDataFrame,
    weights: FloatArray,
    names: list[str],
    service_area: gpd.GeoDataFrame | gpd.GeoSeries,
    area: shapely.Geometry,
) -> PointDemand:
    points = point_coordinates(layer, service_area, names, name="demand")
    shapely.prepare(area)
    used = weights > 0
    off = used.copy()
    off[used] = shapely.distance(area, shapely.points(points[used])) > SNAP_M
    _require_inside(off, weights, names)
    # points at one place count as one: nothing can part them
    distinct, number = np.unique(points[used], axis=0, return_inverse=True)
    order = np.lexsort((weights[used], number.ravel()))  # sums are rounded by the order they are taken in
    return PointDemand(distinct, np.bincount(number.ravel()[order], weights[used][order]).astype(np.float64))


def _density_within(
    layer: gpd.GeoDataFrame,
    weights: FloatArray,
    names: list[str],
    area: shapely.Geometry,
    *,
    outside: Literal["error", "ignore"],
) -> Density:
    shapes: GeometryArray = shapely.force_2d(np.asarray(layer.geometry.array, dtype=object))
    require_valid_polygons(shapes, names, name="demand")
    # sums are rounded by the order they are taken in: always the same one, whatever that of the rows
    order = np.lexsort(shapely.get_coordinates(shapely.point_on_surface(shapes)).T)
    shapes, weights, names = shapes[order], weights[order], [names[row] for row in order]
    try:
        both = arrange([np.asarray(shapely.get_parts(area), dtype=object), shapes], tolerance=SNAP_M)
    except CoverageError as error:
        raise InputError(
            say(
                "The polygons of demand overlap each other. {why}",
                why=Joined([*told_overlaps(shapes, names), error], sentences),
            )
        ) from error
    inside = (both.labels[:, 0] >= 0) & (both.labels[:, 1] >= 0)
    source = both.labels[inside, 1]
    coverage = Coverage.from_polygons(both.coverage.polygons[inside])
    within = np.bincount(source, coverage.areas, minlength=len(shapes))
    off = (within <= 0) & (weights > 0)
    decisions: dict[str, Any] = {}
    if outside == "ignore" and off.any() and not off.all():
        decisions["demand_outside_ignored"] = {names[row]: float(weights[row]) for row in np.flatnonzero(off)}
    else:
        _require_inside(off, weights, names)
    whole = shapely.area(shapes)
    partly = (within < whole * (1 - 1e-6)) & (weights > 0) & ~off
    moved = {names[row]: float(1 - within[row] / whole[row]) for row in np.flatnonzero(partly)}
    demand: FloatArray = weights[source] * coverage.areas / within[source]
    if moved:
        decisions["demand_moved_inside"] = moved
    return Density(coverage, demand, decisions=decisions)


def _require_inside(off: BoolArray, weights: FloatArray, names: list[str]) -> None:
    if not off.any():
        return
    shown = Joined(names[row] for row in np.flatnonzero(off)[:_NAMED])
    raise InputError(
        say(
            "{n} of {of} rows of demand lie outside the service area, with {weight:,.6g} of {total:,.6g} in all: "
            "{shown}. Nothing was changed. Leave them out, or correct their places.",
            n=int(off.sum()),
            of=len(off),
            weight=weights[off].sum(),
            total=weights.sum(),
            shown=shown,
        )
    )
