"""The columns of a grid's cells and of the outlets that anchor them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray, GeometryArray
from gridpart.errors import InputError
from gridpart.geo import require_metric, require_same_crs
from gridpart.i18n import Joined, clauses, messages
from gridpart.partition.layers import require_columns

say = messages("partition")

CELL_COLUMNS = (
    "cell_id",
    "bank_id",
    "outlet_id",
    "parent_id",
    "level",
    "kind",
    "zone_class",
    "demand",
    "area_m2",
    "geometry",
)
"""Columns of `Grid.cells`, in order."""


_NAMED = 8

LATTICE_COLUMNS = ("block_id", "row", "col", "is_centre")
"""Further columns of cells of a well-field lattice, before the geometry."""


def complete_cells(table: gpd.GeoDataFrame, *, bank_id: str) -> gpd.GeoDataFrame:
    """
    Return cells with exactly the columns of a grid.

    Parameters
    ----------
    table
        Cells with ``cell_id`` and geometry; other columns are taken where present.
    bank_id
        For cells without one.

    Returns
    -------
    cells
        Columns `CELL_COLUMNS`, and those of a lattice where given; areas recomputed, in m².
    """
    require_metric(table, name="cells")
    n = len(table)
    defaults: dict[str, object] = {
        "bank_id": np.full(n, bank_id, dtype=object),
        "outlet_id": np.full(n, None, dtype=object),
        "parent_id": np.full(n, None, dtype=object),
        "level": np.ones(n, dtype=np.int64),
        "kind": np.full(n, "physical", dtype=object),
        "zone_class": np.full(n, None, dtype=object),
        "demand": np.full(n, np.nan),
    }
    columns: dict[str, Any] = {"cell_id": table["cell_id"].astype(object).to_numpy()}
    for name, default in defaults.items():
        columns[name] = table[name].to_numpy() if name in table.columns else np.asarray(default)
    for name in ("bank_id", "outlet_id", "parent_id", "kind", "zone_class"):
        values = np.asarray(columns[name], dtype=object)
        columns[name] = np.where(pd.isna(values), np.array(None), values)
    columns["level"] = _numbers(columns["level"], "level", table["cell_id"]).astype(np.int64)
    columns["demand"] = _numbers(columns["demand"], "demand", table["cell_id"], blank=True)
    shapes: GeometryArray = np.asarray(table.geometry.array, dtype=object)
    columns["area_m2"] = shapely.area(shapes)
    further = [name for name in LATTICE_COLUMNS if name in table.columns]
    columns |= {name: table[name].to_numpy() for name in further}
    complete = gpd.GeoDataFrame(columns, geometry=shapes, crs=table.crs)
    return complete[[*CELL_COLUMNS[:-1], *further, "geometry"]]


def _numbers(values: GeometryArray, name: str, ids: pd.Series, *, blank: bool = False) -> FloatArray:
    """Return a column as numbers, NaN for blanks where they are allowed; cells with anything else are named."""
    column = pd.Series(values)
    numbers: FloatArray = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~np.isfinite(numbers) & ~(blank & column.isna().to_numpy())
    if wrong.any():
        rows = np.flatnonzero(wrong)[:_NAMED]
        told = (say("{id}: {value!r}", id=ids.iloc[row], value=values[row]) for row in rows)
        raise InputError(
            say(
                "{n} cells have no usable {name} (a finite number): {told}. Nothing was changed.",
                n=int(wrong.sum()),
                name=name,
                told=Joined(told, clauses),
            )
        )
    return numbers


def anchors_of(cells: gpd.GeoDataFrame, outlets: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Return the outlets that cells refer to, with the cell of each."""
    if outlets is None:
        return anchor_frame([], [], [], crs=cells.crs)
    require_same_crs(cells, outlets, names=("cells", "outlets"))
    require_columns(outlets, ["outlet_id"], name="outlets")
    cell_of = {str(o): c for c, o in zip(cells["cell_id"], cells.get("outlet_id", []), strict=False) if o is not None}
    ids = outlets["outlet_id"].astype(str)
    used = ids.isin(list(cell_of))
    zones = outlets["zone_class"][used].tolist() if "zone_class" in outlets.columns else None
    points = outlets.geometry[used].array
    return anchor_frame(ids[used].tolist(), [cell_of[i] for i in ids[used]], points, crs=cells.crs, zones=zones)


def anchor_frame(
    outlet_ids: Sequence[str],
    cell_ids: Sequence[str],
    points: Any,  # noqa: ANN401 - any array of points
    *,
    crs: Any,  # noqa: ANN401 - pyproj.CRS or None in geopandas' own types
    zones: Sequence[str | None] | None = None,
) -> gpd.GeoDataFrame:
    """Return the table of outlets that anchor cells, with the zone class of the place, None if unknown."""
    columns = {
        "outlet_id": np.array(outlet_ids, dtype=object),
        "cell_id": np.array(cell_ids, dtype=object),
        "zone_class": np.array([None] * len(outlet_ids) if zones is None else list(zones), dtype=object),
    }
    return gpd.GeoDataFrame(columns, geometry=np.asarray(points, dtype=object), crs=crs)
