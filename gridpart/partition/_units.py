"""Basic spatial units as faces: each once, whole, with its demand and zone class."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray, GeometryArray
from gridpart.coverage import Coverage
from gridpart.errors import CoverageError, InputError
from gridpart.geo import require_metric
from gridpart.i18n import Joined, messages, sentences
from gridpart.partition._build import Faces
from gridpart.partition.layers import require_columns, require_valid_polygons, text_ids, told_overlaps

say = messages("partition")

DEFAULT_DEMAND = "population"


def faces_of_units(units: gpd.GeoDataFrame, *, demand: str | None = None) -> Faces:
    """
    Take units as the faces of a grid, sorted by their ids: nothing then depends on the order of rows.

    Parameters
    ----------
    units
        ``unit_id``, geometry; ``zone_class`` and the demand column where present.
    demand
        Column of the demand; if None, ``population`` where present.

    Raises
    ------
    InputError
        If ids repeat, a geometry is not valid, units overlap, or demand is missing or negative somewhere.
    CRSError
        If the CRS is not metric.
    """
    require_metric(units, name="units")
    ids = text_ids(units, "unit_id", name="units")
    shapes: GeometryArray = shapely.force_2d(np.asarray(units.geometry.array, dtype=object))
    require_valid_polygons(shapes, ids, name="units")
    demand_of_rows = _demand(units, ids, demand)
    order = np.array(sorted(range(len(ids)), key=lambda row: ids[row]), dtype=np.int64)
    ids, shapes = [ids[row] for row in order], shapes[order]
    try:
        coverage = Coverage.from_polygons(shapes)
        coverage.boundary()  # units that overlap without sharing edges are found when their outline is traced
    except CoverageError as error:
        raise InputError(
            say(
                "The units are not edge-matched. {why}",
                why=Joined([*told_overlaps(shapes, ids), error], sentences),
            )
        ) from error
    zones = None
    if "zone_class" in units.columns:
        zones = tuple(None if pd.isna(zone) else str(zone) for zone in units["zone_class"].iloc[order])
    return Faces(coverage, tuple(ids), None if demand_of_rows is None else demand_of_rows[order], zones)


def _demand(units: gpd.GeoDataFrame, ids: list[str], column: str | None) -> FloatArray | None:
    if column is None and DEFAULT_DEMAND not in units.columns:
        return None
    name = DEFAULT_DEMAND if column is None else column
    require_columns(units, [name], name="units")
    values: FloatArray = pd.to_numeric(units[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        at = np.flatnonzero(wrong)[:8]
        rows = Joined(say("{id}: {value}", id=ids[row], value=units[name].iloc[row]) for row in at)
        raise InputError(
            say(
                "{n} units have no usable {name} (a number of at least 0): {rows}. Nothing was changed.",
                n=int(wrong.sum()),
                name=name,
                rows=rows,
            )
        )
    return values
