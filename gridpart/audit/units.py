"""Units as the audit needs them: ids, names, zone classes, people."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray, GeometryArray
from gridpart.errors import InputError
from gridpart.geo import require_same_crs

_TEXTS = ("name", "name_en", "kind", "township_id", "township", "zone_class")


@dataclass(frozen=True, eq=False)
class AuditUnits:
    """
    Units of the county, one row each.

    Attributes
    ----------
    table
        ``unit_id``, ``name``, ``name_en``, ``kind``, ``township_id``, ``township``, ``zone_class`` (None where unknown),
        sorted by ``unit_id``.
    polygons
        In m, shape (n_units,).
    population
        People, NaN where unknown, shape (n_units,).
    """

    table: pd.DataFrame
    polygons: GeometryArray
    population: FloatArray

    def __len__(self) -> int:
        """Return the number of units."""
        return len(self.table)

    @property
    def has_population(self) -> bool:
        """Whether the number of people is known of any unit."""
        return bool(np.isfinite(self.population).any())


def units_of(
    units: gpd.GeoDataFrame | None, service_area: gpd.GeoDataFrame | gpd.GeoSeries
) -> AuditUnits:
    """
    Read units for an audit.

    Raises
    ------
    InputError
        If ids are missing or repeat, a polygon is invalid, or a population is negative; units are named.
    CRSError
        If the CRS differs from that of the service area.
    """
    if units is None:
        empty = pd.DataFrame({name: np.empty(0, dtype=object) for name in ("unit_id", *_TEXTS)})
        return AuditUnits(empty, np.empty(0, dtype=object), np.zeros(0))
    require_same_crs(service_area, units, names=("service_area", "units"))
    ids = _unit_ids(units)
    order = np.array(sorted(range(len(ids)), key=lambda row: ids[row]), dtype=np.int64)
    shapes: GeometryArray = shapely.force_2d(np.asarray(units.geometry.array, dtype=object))[order]
    table = {"unit_id": np.array(ids, dtype=object)[order]}
    for name in _TEXTS:
        values = units[name].to_numpy(dtype=object)[order] if name in units.columns else np.full(len(ids), None)
        table[name] = np.where(pd.isna(values), None, values)
    _require_valid(shapes, table["unit_id"])
    return AuditUnits(pd.DataFrame(table), shapes, _population(units, ids)[order])


def _unit_ids(units: gpd.GeoDataFrame) -> list[str]:
    if "unit_id" not in units.columns:
        message = f"units needs the column unit_id; it has {', '.join(map(str, units.columns))}."
        raise InputError(message)
    ids = units["unit_id"].astype(str).tolist()
    repeated = sorted({unit for unit, n in pd.Series(ids).value_counts().items() if n > 1})
    if repeated:
        message = f"{len(repeated)} unit ids occur more than once: {', '.join(map(str, repeated[:8]))}."
        raise InputError(message)
    return ids


def _require_valid(shapes: GeometryArray, ids: GeometryArray) -> None:
    wrong = ~(np.isin(shapely.get_type_id(shapes), (3, 6)) & shapely.is_valid(shapes) & ~shapely.is_empty(shapes))
    if wrong.any():
        message = (
            f"{int(wrong.sum())} units are not valid polygons: {', '.join(ids[wrong][:8])}. Nothing was changed. "
            "`gridpart.clean` can repair them and lists what it changes."
        )
        raise InputError(message)


def _population(units: gpd.GeoDataFrame, ids: list[str]) -> FloatArray:
    if "population" not in units.columns:
        return np.full(len(ids), np.nan)
    people = pd.to_numeric(units["population"], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = people < 0
    if wrong.any():
        named = ", ".join(f"{ids[row]}: {people[row]:g}" for row in np.flatnonzero(wrong)[:8])
        message = f"{int(wrong.sum())} units have a negative population: {named}."
        raise InputError(message)
    return people
