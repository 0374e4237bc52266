"""Grids as tables: one layer of all cells, and what else each grid rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import GeometryArray
from gridpart.errors import InputError, ProjectError
from gridpart.i18n import messages
from gridpart.partition import Grid, area_of
from gridpart.project._values import to_text

say = messages("project")

GRID_TABLES = ("grids", "cells", "grid_areas", "grid_outlets", "grid_faces")
"""Tables that together hold the grids of a project."""

EARLIER_TABLES = tuple(f"earlier_{name}" for name in GRID_TABLES)
"""Tables that hold the grids there were before, in the same way; ``place`` counts those of a bank, the oldest is 1."""

EARLIER = ", earlier grid "
"""Between a bank and a place where messages name an earlier grid."""
PROJECT_AREA = "service area of the project"
"""Stands for the area of grids that were drawn on it."""
KEY = "grid_bank_id"
"""Column that says whose grid a row belongs to: the key in `Project.grids`."""
PLACE = "place"
"""Column that counts the earlier grids of a bank."""


def encode_grids(
    grids: Mapping[str, Grid], *, units: pd.DataFrame, service_area: gpd.GeoDataFrame
) -> dict[str, pd.DataFrame]:
    """
    Turn grids into the tables `GRID_TABLES`.

    Parameters
    ----------
    grids
        By bank.
    units
        Faces that are whole units are stored by ``unit_id`` alone: every bank's grid may consist of them.
    service_area
        Of the project: grids drawn on it refer to it. All grids must have its CRS.

    Raises
    ------
    ProjectError
        If something among them is no grid, has another CRS, or a provenance that cannot be stored; the bank is named.
    """
    crs = service_area.crs
    for bank_id, grid in grids.items():
        _require_grid(bank_id, grid, crs)
    area = area_or_none(service_area) if grids else None
    shapes = shapes_of_units(units)
    return {
        "grids": pd.DataFrame(
            [_facts(key, grid, area) for key, grid in grids.items()], columns=list(_FACTS), dtype=object
        ),
        "cells": _stack({key: grid.cells for key, grid in grids.items()}, crs),
        "grid_areas": _stack({key: grid.service_area for key, grid in grids.items()}, crs),
        "grid_outlets": _stack({key: grid.outlets for key, grid in grids.items()}, crs),
        "grid_faces": _stack({key: _faces(grid, shapes) for key, grid in grids.items() if _has_own_faces(grid)}, crs),
    }


def encode_earlier(
    earlier: Mapping[str, Sequence[Grid]], *, units: pd.DataFrame, service_area: gpd.GeoDataFrame
) -> dict[str, pd.DataFrame]:
    """
    Turn the earlier grids of a project into the tables `EARLIER_TABLES`.

    Raises
    ------
    ProjectError
        As `encode_grids`.
    """
    grids = {
        f"{bank_id}{EARLIER}{place}": grid for bank_id, past in earlier.items() for place, grid in enumerate(past, 1)
    }
    tables = encode_grids(grids, units=units, service_area=service_area)
    for table in tables.values():
        keys = [key.rpartition(EARLIER) for key in table[KEY]]
        table[KEY] = np.array([bank_id for bank_id, _, _ in keys], dtype=object)
        table.insert(1, PLACE, np.array([int(place) for _, _, place in keys], dtype=np.int64))
    return {f"earlier_{name}": table for name, table in tables.items()}


def _require_grid(bank_id: object, grid: object, crs: object) -> None:
    if not isinstance(grid, Grid) or not isinstance(bank_id, str):
        raise ProjectError(
            say(
                "Project.grids[{bank_id!r}] is a {kind}; it must map bank ids to Grid. Nothing was saved.",
                bank_id=bank_id,
                kind=type(grid).__name__,
            )
        )
    if grid.crs != crs:
        raise ProjectError(
            say("The grid of bank {bank_id} has another CRS than the service area. Nothing was saved.", bank_id=bank_id)
        )


_FACTS = (
    KEY,
    "bank_id",
    "rule",
    "version",
    "status",
    "n_cells",
    "digest",
    "unit_ids",
    "face_demand",
    "column_types",
    "drawn_area",
    "provenance",
)


def area_or_none(service_area: gpd.GeoDataFrame) -> shapely.Geometry | None:
    """Return the area of the project as one geometry, None if it cannot be one (then no grid is drawn on it)."""
    try:
        return area_of(service_area)
    except InputError:
        return None


def _drawn(grid: Grid, area: shapely.Geometry | None) -> str | None:
    """Return the area a grid was drawn on: a word if it is the project's, else hex of WKB."""
    if grid.drawn_area is None:
        return None
    drawn = shapely.to_wkb(grid.drawn_area, hex=True, byte_order=1)
    same = area is not None and drawn == shapely.to_wkb(area, hex=True, byte_order=1)
    return PROJECT_AREA if same else str(drawn)


def _facts(key: str, grid: Grid, area: shapely.Geometry | None) -> tuple[object, ...]:
    try:
        provenance = to_text(dict(grid.provenance))
    except TypeError as error:
        raise ProjectError(
            say(
                "The provenance of the grid of bank {bank} cannot be stored: it holds {error}. Nothing was saved.",
                bank=key,
                error=error,
            )
        ) from error
    rule = str(grid.provenance.get("rule", ""))
    types = to_text({"grid_areas": _types(grid.service_area), "grid_outlets": _types(grid.outlets)})
    known = (grid.face_ids is not None, grid.face_demand is not None)
    return (
        key,
        grid.bank_id,
        rule,
        grid.version,
        grid.status,
        len(grid),
        grid.digest,
        *known,
        types,
        _drawn(grid, area),
        provenance,
    )


def _types(table: gpd.GeoDataFrame) -> dict[str, str]:
    """Return the type of each column: grids made by different rules differ in it, and share a table in the file."""
    return {name: str(dtype) for name, dtype in table.dtypes.items()}


def _has_own_faces(grid: Grid) -> bool:
    """Tell whether the faces say more than the cells do."""
    if grid.face_ids is not None or grid.face_demand is not None or len(grid.coverage) != len(grid):
        return True
    if (grid.labels != np.arange(len(grid))).any():
        return True
    cells: GeometryArray = np.asarray(grid.cells.geometry.array, dtype=object)
    return bool((shapely.to_wkb(cells) != shapely.to_wkb(grid.coverage.polygons)).any())


def shapes_of_units(units: pd.DataFrame) -> dict[str, shapely.Geometry]:
    if not isinstance(units, gpd.GeoDataFrame) or "unit_id" not in units.columns:
        return {}
    return dict(zip(units["unit_id"].astype(str).tolist(), np.asarray(units.geometry.array), strict=True))


def _faces(grid: Grid, units: Mapping[str, shapely.Geometry]) -> gpd.GeoDataFrame:
    n_faces = len(grid.coverage)
    ids = np.array([None] * n_faces if grid.face_ids is None else list(grid.face_ids), dtype=object)
    demand = np.full(n_faces, np.nan) if grid.face_demand is None else grid.face_demand
    cell_ids = grid.cells["cell_id"].to_numpy(dtype=object)[grid.labels]
    shapes = grid.coverage.polygons.copy()
    whole = np.array([units.get(unit_id) for unit_id in ids] + [None], dtype=object)[:-1]
    # mostly the very shapes of the units: only the others are compared
    other = np.flatnonzero([mine is not its for mine, its in zip(shapes, whole, strict=True)])
    differs = other[shapely.to_wkb(shapes[other]) != shapely.to_wkb(whole[other])]
    own = shapes[differs]
    shapes[:] = None
    shapes[differs] = own
    zones = np.array([None] * n_faces if grid.face_zone is None else list(grid.face_zone), dtype=object)
    columns = {"cell_id": cell_ids, "unit_id": ids, "demand": demand, "zone_class": zones}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=grid.crs)


def _stack(parts: Mapping[str, gpd.GeoDataFrame], crs: object) -> gpd.GeoDataFrame:
    """Return layers below one another, with the key of each in the first column."""
    names = list(dict.fromkeys(name for part in parts.values() for name in part.columns if name != "geometry"))
    columns: dict[str, Any] = {
        KEY: np.array([key for key, part in parts.items() for _ in range(len(part))], dtype=object)
    }
    for name in names:
        first = next(part[name] for part in parts.values() if name in part.columns)
        pieces = [
            part[name] if name in part.columns else first.iloc[:0].reindex(range(len(part))) for part in parts.values()
        ]
        alike = len({piece.dtype for piece in pieces}) == 1
        columns[name] = pd.concat(pieces if alike else [piece.astype(object) for piece in pieces], ignore_index=True)
    shapes = np.concatenate([np.empty(0, dtype=object), *(np.asarray(part.geometry.array) for part in parts.values())])
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)
