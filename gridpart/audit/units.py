"""Units as the audit needs them: ids, names, zone classes, people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray, GeometryArray, IntArray
from gridpart.errors import InputError
from gridpart.geo import require_same_crs
from gridpart.i18n import Joined, messages
from gridpart.partition.layers import pick, require_valid_polygons, rows_at, text_ids

say = messages("audit")

_TEXTS = ("name", "name_en", "kind", "township_id", "township", "zone_class")


@dataclass(frozen=True, eq=False)
class AuditUnits:
    """
    Units of the county, one row each.

    Attributes
    ----------
    table
        ``unit_id``, ``name``, ``name_en``, ``kind``, ``township_id``, ``township``, ``zone_class`` (None where
        unknown), sorted by ``unit_id``.
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

    def rows(self) -> dict[object, dict[str, Any]]:
        """Return each unit's row by its id."""
        return {row["unit_id"]: {str(k): v for k, v in row.items()} for row in self.table.to_dict("records")}

    def text_at(self, column: str, rows: IntArray) -> GeometryArray:
        """Return a column at some rows, None where the row is -1 or past the end."""
        return pick(self.table[column], rows)

    def rows_at(self, points: GeometryArray) -> IntArray:
        """Return the unit at each point, the lowest id on a border, -1 outside all, shape (n_points,)."""
        return rows_at(points, self.polygons)

    @property
    def has_population(self) -> bool:
        """Whether the number of people is known of any unit."""
        return bool(np.isfinite(self.population).any())


def units_of(units: gpd.GeoDataFrame | None, service_area: gpd.GeoDataFrame | gpd.GeoSeries) -> AuditUnits:
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
        empty = frame_of_texts({name: np.empty(0, dtype=object) for name in ("unit_id", *_TEXTS)})
        return AuditUnits(empty, np.empty(0, dtype=object), np.zeros(0))
    require_same_crs(service_area, units, names=("service_area", "units"))
    ids = text_ids(units, "unit_id", name="units")
    shapes: GeometryArray = shapely.force_2d(np.asarray(units.geometry.array, dtype=object))
    require_valid_polygons(shapes, ids, name="units")
    order = np.array(sorted(range(len(ids)), key=lambda row: ids[row]), dtype=np.int64)
    table: dict[str, GeometryArray] = {"unit_id": np.array(ids, dtype=object)[order]}
    for name in _TEXTS:
        values = units[name] if name in units.columns else np.full(len(ids), None)
        table[name] = np.array([None if pd.isna(value) else str(value) for value in values], dtype=object)[order]
    return AuditUnits(frame_of_texts(table), shapes[order], _population(units, ids)[order])


def frame_of_texts(columns: Mapping[str, GeometryArray]) -> pd.DataFrame:
    """Return a table whose texts stay texts and None stays None: pandas would make it NaN."""
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})


def _population(units: gpd.GeoDataFrame, ids: list[str]) -> FloatArray:
    if "population" not in units.columns:
        return np.full(len(ids), np.nan)
    people: FloatArray = pd.to_numeric(units["population"], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    # a blank is not known, which is not the same as what cannot be read
    wrong = ~(np.isfinite(people) & (people >= 0)) & units["population"].notna().to_numpy(dtype=np.bool_)
    if wrong.any():
        named = Joined(f"{ids[row]}: {units['population'].iloc[row]}" for row in np.flatnonzero(wrong)[:8])
        raise InputError(
            say(
                "{n} units have no usable population (a number of at least 0, or blank): {named}. Nothing was changed.",
                n=int(wrong.sum()),
                named=named,
            )
        )
    return people
