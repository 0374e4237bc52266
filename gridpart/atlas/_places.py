"""Where points and cells belong: unit, cell and class of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridpart._typing import GeometryArray, ZoneClass

CLASSES: tuple[ZoneClass, ...] = get_args(ZoneClass)
"""Urban first."""

WITHOUT_CLASS: ZoneClass = "rural"
"""Where cells and units go whose class nobody knows; the sheet says how many."""


def text_column(table: pd.DataFrame, name: str) -> pd.Series:
    """Return a column as text, None where nothing is known or the table has no such column."""
    if name not in table.columns:
        return pd.Series([None] * len(table), index=table.index, dtype=object)
    return pd.Series([_text(value) for value in table[name]], index=table.index, dtype=object)


def _text(value: object) -> str | None:
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    return str(value) or None


def zone_column(table: pd.DataFrame) -> pd.Series:
    """Return the zone class on record, None where it is missing or no known class."""
    zone = text_column(table, "zone_class")
    return zone.where(zone.isin(CLASSES), None)


def has_place(layer: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Tell which rows have a point that can be drawn, shape (n_rows,)."""
    shapes: GeometryArray = np.asarray(layer.geometry.array, dtype=object)
    finite = np.zeros(len(shapes), dtype=np.bool_)
    finite[:] = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    finite[finite] = np.isfinite(shapely.bounds(shapes[finite])).all(axis=1)
    return finite


def rows_at(points: GeometryArray, polygons: GeometryArray) -> NDArray[np.int64]:
    """Return the first polygon that each point lies in or on, shape (n_points,); -1 where there is none."""
    found = np.full(len(points), -1, dtype=np.int64)
    if len(polygons) == 0:
        return found
    point, polygon = shapely.STRtree(polygons).query(points, predicate="intersects")
    order = np.lexsort((-polygon, point))
    found[point[order]] = polygon[order]
    return found


def take(values: Sequence[Any] | pd.Series, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    """Pick a value for each row number, None for -1."""
    padded = np.array([*values, None], dtype=object)
    return padded[rows]


def majority_zone(cells: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> pd.Series:
    """
    Return the class that most of each cell's area has, by the units in it.

    Parameters
    ----------
    cells
        Polygons.
    units
        Polygons with ``zone_class``, None allowed.

    Returns
    -------
    zone_class
        Index of `cells`; None where no unit with a class meets the cell. The areas only choose between two words, they
        appear on no sheet.
    """
    zone = zone_column(units)
    classed = units[zone.notna()]
    if not len(cells) or not len(classed):
        return pd.Series([None] * len(cells), index=cells.index, dtype=object)
    shapes: GeometryArray = np.asarray(cells.geometry.array, dtype=object)
    others: GeometryArray = np.asarray(classed.geometry.array, dtype=object)
    cell, unit = shapely.STRtree(others).query(shapes, predicate="intersects")
    area = shapely.area(shapely.intersection(shapes[cell], others[unit], grid_size=0.001))
    is_urban = (zone[zone.notna()] == "urban").to_numpy()[unit]
    urban = np.bincount(cell[is_urban], weights=area[is_urban], minlength=len(cells))
    rural = np.bincount(cell[~is_urban], weights=area[~is_urban], minlength=len(cells))
    chosen = np.select([urban > rural, rural > 0.0], ["urban", "rural"], default="")
    return pd.Series([word or None for word in chosen.tolist()], index=cells.index, dtype=object)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows by column name, geometry apart, with None for whatever is missing."""
    columns = {name: table[name].tolist() for name in table.columns if name != "geometry"}
    return [
        {name: _none_if_missing(value) for name, value in zip(columns, values, strict=True)}
        for values in zip(*columns.values(), strict=True)
    ]


def _none_if_missing(value: Any) -> Any:  # noqa: ANN401 - any value a column may hold
    missing = value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value))
    return None if missing else value


def shapes_of(layer: gpd.GeoDataFrame) -> GeometryArray:
    """Return the geometries of a table, shape (n_rows,)."""
    shapes: GeometryArray = np.asarray(layer.geometry.array, dtype=object)
    return shapes
