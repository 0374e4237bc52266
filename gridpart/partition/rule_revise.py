"""Revising a grid when outlets open, close or move: only the neighbourhood concerned changes."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import GeometryArray
from gridpart.errors import InputError
from gridpart.geo import require_same_crs
from gridpart.partition._sites import COINCIDENT_M
from gridpart.partition.grid import SEVERAL_BANKS, Grid
from gridpart.partition.layers import require_columns, text_ids
from gridpart.partition.rule_nearest import nearest

CHANGE_COLUMNS = (
    "cell_id",
    "outlet_id",
    "change",
    "area_before_m2",
    "area_after_m2",
    "demand_before",
    "demand_after",
)
"""Columns of the change table, in order."""


def revise(
    grid: Grid,
    outlets: gpd.GeoDataFrame,
    *,
    as_of: str | date | pd.Timestamp | None = None,
    units: gpd.GeoDataFrame | None = None,
) -> tuple[Grid, pd.DataFrame]:
    """
    Draw a grid again for the outlets of a date.

    Borders of rule nearest depend on the outlets beside them only, and are computed so that the same neighbours give
    the same bytes. So a cell whose neighbours stay keeps its id and its geometry bit for bit. Where `contiguous` had
    given a piece of an outlet's land to a third cell, that cell counts as its neighbour.

    Parameters
    ----------
    grid
        Made by rule nearest, free or by units.
    outlets
        All outlets, past and future: ``outlet_id``, ``bank_id``, points; ``valid_from`` and ``valid_to`` where known.
        Rows of other banks are left out.
    as_of
        Date. An outlet is open from ``valid_from`` to the day before ``valid_to``. None takes all rows as open.

    units
        Units as drawn, for a grid by units. None puts them together from the grid's faces; a unit that was cut between
        outlets then keeps the vertices of the cut.

    Returns
    -------
    revised
        The next version, as a draft. Its provenance tells the land and demand that change cells.
    changes
        One row per cell that opened, closed, moved or was reshaped: ``cell_id``, ``outlet_id``, ``change``,
        ``area_before_m2``, ``area_after_m2``, ``demand_before``, ``demand_after``; sorted by ``cell_id``. Empty if
        nothing changed.

    Raises
    ------
    InputError
        If the grid was made by another rule, or outlets cannot be used; ids are named.
    InfeasibleError
        If no outlet is open at the date.
    """
    if grid.provenance.get("rule") != "nearest":
        message = f"revise knows grids of rule nearest; this one was made by rule {grid.provenance.get('rule')}."
        raise InputError(message)
    require_same_crs(grid.cells, outlets, names=("grid", "outlets"))
    active = _active(outlets, grid, as_of)
    area = gpd.GeoSeries([grid.drawn_area if grid.drawn_area is not None else grid.service_area.geometry.iloc[0]])
    drawn = nearest(
        area.set_crs(grid.crs),
        active,
        units=_units(grid) if units is None else units,
        contiguous=bool(grid.provenance["contiguous"]),
        **grid.provenance.get("policies", {}),
    )
    changes = _changes(grid, drawn)
    moved = grid.compare(drawn)
    revised = drawn.with_(
        version=grid.version + 1,
        status="draft",
        revised_from=grid.digest,
        as_of=None if as_of is None else _days(pd.Series([as_of]), "as_of").iloc[0].date().isoformat(),
        area_moved_m2=float(moved["area_m2"].sum()),
        demand_moved=_demand_moved(grid, drawn),
    )
    return revised, changes


def _active(outlets: gpd.GeoDataFrame, grid: Grid, as_of: str | date | pd.Timestamp | None) -> gpd.GeoDataFrame:
    require_columns(outlets, ["outlet_id", "bank_id"], name="outlets")
    text_ids(outlets, "outlet_id", name="outlets")
    mine = outlets
    if grid.bank_id != SEVERAL_BANKS:
        mine = outlets[outlets["bank_id"].astype(str) == grid.bank_id]
    if as_of is None:
        return mine
    day = _days(pd.Series([as_of]), "as_of").iloc[0]
    is_open = np.ones(len(mine), dtype=np.bool_)
    if "valid_from" in mine.columns:
        start = _days(mine["valid_from"], "valid_from of outlets")
        is_open &= (start.isna() | (start <= day)).to_numpy()
    if "valid_to" in mine.columns:
        end = _days(mine["valid_to"], "valid_to of outlets")
        is_open &= (end.isna() | (end > day)).to_numpy()
    return mine[is_open]


def _days(values: pd.Series, name: str) -> pd.Series:
    """Return dates without hour and time zone; blanks stay blank."""
    dates = [pd.NaT if pd.isna(value) or value == "" else _day(value, name) for value in values.tolist()]
    return pd.Series(dates, index=values.index, dtype="datetime64[ns]")


def _day(value: Any, name: str) -> pd.Timestamp:  # noqa: ANN401 - whatever stands for a date
    plain = re.sub(r"[年月/]", "-", value).rstrip("日 ") if isinstance(value, str) else value
    try:
        day = pd.Timestamp(plain)
    except (ValueError, TypeError) as error:
        message = f"{name}: {value!r} is no date; write it as 2026-07-01. Nothing was changed."
        raise InputError(message) from error
    return day.tz_localize(None).normalize()


def _units(grid: Grid) -> gpd.GeoDataFrame | None:
    """Return the units that a grid was made of, put together again where they were cut."""
    if grid.face_ids is None:
        return None
    ids = np.array(grid.face_ids, dtype=object)
    names, first, unit = np.unique(ids.astype(str), return_index=True, return_inverse=True)
    _, shapes = grid.coverage.dissolve(unit.ravel())
    table: dict[str, Any] = {"unit_id": names}
    if grid.face_demand is not None:
        table["population"] = np.bincount(unit.ravel(), weights=grid.face_demand, minlength=len(names))
    if grid.face_zone is not None:
        table["zone_class"] = np.array(grid.face_zone, dtype=object)[first]
    # in the order of the faces, so that nothing depends on the names
    order = np.argsort(first)
    frame = gpd.GeoDataFrame(table, geometry=shapes, crs=grid.crs)
    return frame.iloc[order].reset_index(drop=True)


def _changes(before: Grid, after: Grid) -> pd.DataFrame:
    old, new = before.cells.set_index("cell_id"), after.cells.set_index("cell_id")
    places = [
        dict(zip(grid.outlets["cell_id"], shapely.get_coordinates(_shapes(grid.outlets)).tolist(), strict=True))
        for grid in (before, after)
    ]
    rows = []
    for cell_id in sorted(set(old.index) | set(new.index)):
        change = _change(cell_id, old, new, places)
        if change is not None:
            one = old.loc[cell_id] if cell_id in old.index else None
            two = new.loc[cell_id] if cell_id in new.index else None
            known = two if one is None else one
            rows.append(
                (
                    cell_id,
                    None if known is None else known["outlet_id"],
                    change,
                    *(0.0 if cell is None else float(cell["area_m2"]) for cell in (one, two)),
                    *(0.0 if cell is None else float(cell["demand"]) for cell in (one, two)),
                )
            )
    return pd.DataFrame(rows, columns=list(CHANGE_COLUMNS))


def _change(
    cell_id: str, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, places: list[dict[str, list[float]]]
) -> str | None:
    if cell_id not in new.index:
        return "closed"
    if cell_id not in old.index:
        return "opened"
    here, there = places[0].get(cell_id), places[1].get(cell_id)
    if here is not None and there is not None and np.hypot(here[0] - there[0], here[1] - there[1]) > COINCIDENT_M:
        return "moved"
    if old.geometry[cell_id].wkb != new.geometry[cell_id].wkb:
        return "reshaped"
    return None


def _shapes(table: gpd.GeoDataFrame) -> GeometryArray:
    shapes: GeometryArray = np.asarray(table.geometry.array, dtype=object)
    return shapes


def _demand_moved(before: Grid, after: Grid) -> float | None:
    """Return the demand of units that change cells, None where there are no units."""
    if before.face_ids is None or before.face_demand is None:
        return None
    centres = gpd.GeoSeries(shapely.point_on_surface(before.coverage.polygons), crs=before.crs)
    differs = before.locate(centres).to_numpy() != after.locate(centres).to_numpy()
    return float(before.face_demand[differs].sum())
