"""What changed between two versions of a plan: land, households, officers, with what was said about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray, GeometryArray
from gridpart.coverage import arrange
from gridpart.partition import Grid
from gridpart.partition.layers import pick

_SNAP_M = 1e-6
"""Snapping distance in metres, as for `Grid.compare`."""


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """
    What changed between two versions of a plan.

    Attributes
    ----------
    land
        The difference map: one row per pair of cells, ``cell_id_before``, ``cell_id_after``, ``area_m2``,
        ``households`` (None if unknown), geometry; largest first.
    units
        Units that change cells, whole or in part: ``unit_id``, ``cell_id_before``, ``cell_id_after``, ``area_m2``,
        ``households``. Of a unit in part, households by its share of area.
    officers
        Officers whose work changes: ``staff_id``, ``cell_id_before``, ``cell_id_after``, ``households_before`` and
        ``households_after`` (None if unknown).
    comments
        What was said: ``at, who, text, cell_id, place, version``.
    """

    land: gpd.GeoDataFrame
    units: pd.DataFrame
    officers: pd.DataFrame
    comments: pd.DataFrame
    _versions: tuple[int, int] = field(repr=False)

    @property
    def changed_area_m2(self) -> float:
        """Area that changes cells, in m²."""
        return float(self.land["area_m2"].sum())

    @property
    def changed_households(self) -> float | None:
        """Households that change cells, None if unknown."""
        known = self.units["households"]
        return float(known.astype(float).sum()) if len(known) and known.notna().all() else 0.0 if known.empty else None

    def __repr__(self) -> str:
        """Show what changed, in figures."""
        homes = self.changed_households
        told = "unknown" if homes is None else f"{homes:,.0f}"
        return (
            f"<Comparison of version {self._versions[0]} with version {self._versions[1]}: "
            f"{self.changed_area_m2 / 1e6:,.2f} km², {told} households, {len(self.officers)} officers>"
        )


def compare_versions(
    before: Grid,
    after: Grid,
    *,
    households: Mapping[str, float],
    officers: tuple[Mapping[str, str], Mapping[str, str]],
    comments: Sequence[Mapping[str, Any]],
) -> Comparison:
    """
    Compare two versions of a plan.

    Parameters
    ----------
    before, after
        Grids on the same service area.
    households
        Of each unit where known.
    officers
        Cell of each officer before and after, by staff id.
    comments
        What was said about the later one.

    Raises
    ------
    CRSError
        If the CRSs differ.
    """
    land = before.compare(after)
    pieces = _pieces(before, after, households)
    units = pieces[pieces["cell_id_before"] != pieces["cell_id_after"]].reset_index(drop=True)
    known = _sums(units, ["cell_id_before", "cell_id_after"])
    pairs = zip(land["cell_id_before"], land["cell_id_after"], strict=True)
    land.insert(3, "households", np.array([known.get(pair) for pair in pairs], dtype=object))
    said = ["at", "who", "text", "cell_id", "place", "version"]
    return Comparison(
        land,
        units,
        _officers(pieces, *officers),
        pd.DataFrame([dict(note) for note in comments], columns=said),
        (before.version, after.version),
    )


def _sums(pieces: pd.DataFrame, by: str | list[str]) -> dict[Any, float | None]:
    """Return the households of each group of pieces, None where those of some are unknown."""
    if pieces.empty:
        return {}
    return {key: _total(values) for key, values in pieces.groupby(by, dropna=False)["households"]}


def _total(values: pd.Series) -> float | None:
    return float(values.astype(float).sum()) if values.notna().all() else None


def _pieces(before: Grid, after: Grid, households: Mapping[str, float]) -> pd.DataFrame:
    """Return each unit, or part of one, with its cell in both grids, its area and its households."""
    columns = ["unit_id", "cell_id_before", "cell_id_after", "area_m2", "households"]
    if after.face_ids is None:
        return pd.DataFrame({name: np.empty(0, dtype=object) for name in columns})
    units, cells, areas = _overlaid(before, after)
    whole = pd.Series(areas).groupby(units).sum()
    old, new = pick(before.cells["cell_id"], cells[:, 0]), pick(after.cells["cell_id"], cells[:, 1])
    table = pd.DataFrame({"unit_id": units, "cell_id_before": old, "cell_id_after": new, "area_m2": areas})
    table = table.groupby(columns[:3]).sum().reset_index()
    shares = zip(table["unit_id"], table["area_m2"], strict=True)
    homes = [households[unit] * area / float(whole[unit]) if unit in households else None for unit, area in shares]
    table["households"] = np.array([*homes, None], dtype=object)[:-1]
    return table


def _overlaid(before: Grid, after: Grid) -> tuple[GeometryArray, np.ndarray, FloatArray]:
    """Return unit, cells and area of each piece of land; without noding where both grids have the same faces."""
    ids = np.array(after.face_ids, dtype=object)
    same = len(before.coverage) == len(after.coverage) and bool(
        (shapely.to_wkb(before.coverage.polygons) == shapely.to_wkb(after.coverage.polygons)).all()
    )
    if same:
        return ids, np.column_stack([before.labels, after.labels]), after.coverage.areas
    old: GeometryArray = np.asarray(before.cells.geometry.array, dtype=object)
    common = arrange([old, after.coverage.polygons], tolerance=_SNAP_M)
    face = common.labels[:, 1]
    inside = (face >= 0) & (common.labels[:, 0] >= 0)
    face = face[inside]
    cells = np.column_stack([common.labels[inside, 0], after.labels[face]])
    return ids[face], cells, common.coverage.areas[inside]


def _officers(pieces: pd.DataFrame, before: Mapping[str, str], after: Mapping[str, str]) -> pd.DataFrame:
    """Return officers who change cells, or whose cell has other households than before."""
    columns = ("staff_id", "cell_id_before", "cell_id_after", "households_before", "households_after")
    homes_before, homes_after = (_sums(pieces, name) for name in columns[1:3])
    changed = pieces[pieces["cell_id_before"] != pieces["cell_id_after"]]
    touched = {*changed["cell_id_before"], *changed["cell_id_after"]}
    rows = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old != new or old in touched:
            rows.append((name, old, new, homes_before.get(old), homes_after.get(new)))
    return pd.DataFrame(rows, columns=list(columns))
