"""Every record in exactly one cell: customers located, locations checked, records re-homed after a revision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.geo import require_same_crs
from gridpart.i18n import Joined, messages
from gridpart.partition.apportion import share_by_weight
from gridpart.partition.layers import require_columns
from gridpart.steps import task
from gridpart.tables import numbers_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridpart.partition import Grid

say = messages("ledger")

CHANGE_COLUMNS = ("at", "who", "role", "record_id", "column", "before", "after", "reason")
"""Columns of the log of changes, in order."""

REASONS = ("no_location", "outside_the_area", "unknown_unit")
"""Codes why a customer has no cell."""


@checked
@task("placing")
def locate(table: pd.DataFrame, grid: Grid, *, units: gpd.GeoDataFrame | None = None) -> pd.DataFrame:
    """
    Find the cell of each row: by its coordinates, else by its unit.

    Parameters
    ----------
    table
        Rows with ``x`` and ``y`` in m, or points in the CRS of the grid, or ``unit_id``, or several, or none of them.
    grid
        Whose cells.
    units
        ``unit_id`` and polygons. A unit that several cells share counts to the one at its representative point.

    Returns
    -------
    found
        ``cell_id`` or None, ``by`` ("coordinates", "unit" or None) and ``reason`` why there is no cell, one of
        `REASONS`; in the order and with the index of `table`.

    Raises
    ------
    CRSError
        If points are in another CRS.
    """
    cells = np.full(len(table), None, dtype=object)
    by, reason = cells.copy(), np.full(len(table), REASONS[0], dtype=object)
    points = _points(table, grid)
    placed: BoolArray = np.logical_and.reduce(np.isfinite(points), axis=1)
    if placed.any():
        shapes = gpd.GeoSeries(shapely.points(points[placed]), crs=grid.crs)
        cells[placed] = grid.locate(shapes).to_numpy(object)
        reason[placed] = REASONS[1]
        by[placed] = "coordinates"
    by_unit = {} if units is None else _cells_of_units(grid, units)
    ids = table["unit_id"].to_numpy(object) if "unit_id" in table.columns else np.full(len(table), None, dtype=object)
    for row in np.flatnonzero(pd.isna(cells) & ~pd.isna(ids)).tolist():
        cell_id = by_unit.get(str(ids[row]))
        if cell_id is not None:
            cells[row], by[row] = cell_id, "unit"
        elif not placed[row]:
            reason[row] = REASONS[2]
    lost = pd.isna(cells)
    by[lost], reason[~lost] = None, None
    return pd.DataFrame({"cell_id": cells, "by": by, "reason": reason}, index=table.index, dtype=object)


def _points(table: pd.DataFrame, grid: Grid) -> FloatArray:
    """Return coordinates in m, NaN where there are none, shape (n_rows, 2)."""
    require_columns(table, [], name="the table to place")
    if {"x", "y"} <= set(table.columns):
        return np.column_stack([numbers_of(table[name], name=name).to_numpy() for name in ("x", "y")])
    points: FloatArray = np.full((len(table), 2), np.nan)
    if isinstance(table, gpd.GeoDataFrame) and table.active_geometry_name is not None and len(table):
        require_same_crs(grid.cells, table, names=("grid", "the points to place"))
        shapes: GeometryArray = np.asarray(table.geometry.array, dtype=object)
        there = (shapely.get_type_id(shapes) == 0) & ~shapely.is_empty(shapes)
        points[there] = shapely.get_coordinates(shapes[there])
    return points


def _cells_of_units(grid: Grid, units: gpd.GeoDataFrame) -> dict[str, str]:
    points = gpd.GeoSeries(shapely.point_on_surface(np.asarray(units.geometry.array, dtype=object)), crs=units.crs)
    pairs = zip(units["unit_id"].astype(str), grid.locate(points), strict=True)
    return {unit_id: cell_id for unit_id, cell_id in pairs if cell_id is not None}


@checked
def assign_customers(
    customers: pd.DataFrame, grid: Grid, *, units: gpd.GeoDataFrame | None = None, at: str, who: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Give each customer of a bank a cell, or the reason why there is none.

    Parameters
    ----------
    customers
        ``customer_id``, and ``x`` and ``y`` in m, points or ``unit_id``; perhaps ``cell_id`` from before.
    grid
        Of the bank.
    units
        To place by unit those without coordinates.
    at, who
        When and by whom, for the log.

    Returns
    -------
    assigned
        The customers with ``cell_id`` and ``reason``: exactly one of the two is filled.
    changes
        One row per customer whose cell changed: `CHANGE_COLUMNS`, with the ``customer_id`` as ``record_id``.
    """
    require_columns(customers, ["customer_id"], name="customers")
    found = locate(customers, grid, units=units)
    assigned = customers.assign(cell_id=found["cell_id"], reason=found["reason"])
    before = customers["cell_id"] if "cell_id" in customers.columns else pd.Series(None, index=customers.index)
    keys = customers["customer_id"]
    why = found["by"].fillna(found["reason"])
    return assigned, _changes(keys, before, assigned["cell_id"], why, at=at, who=who)


@checked
def check_location(table: pd.DataFrame, grid: Grid, *, units: gpd.GeoDataFrame | None = None) -> pd.DataFrame:
    """
    List the rows whose place is not in their cell.

    Parameters
    ----------
    table
        Records or customers of one bank: ``cell_id``, and ``x`` and ``y`` or ``unit_id``. Rows without a place cannot
        be checked and are not listed.
    grid
        Of the bank.
    units
        To check by unit the rows without coordinates.

    Returns
    -------
    misplaced
        The rows, with ``found_cell`` (None outside the area), in their order.
    """
    require_columns(table, ["cell_id"], name="the table to check")
    found = locate(table, grid, units=units)
    checked = found["by"].notna() | (found["reason"] == REASONS[1])
    differs = found["cell_id"].where(found["cell_id"].notna(), "") != table["cell_id"].where(
        table["cell_id"].notna(), ""
    )
    return table[checked & differs].assign(found_cell=found["cell_id"][checked & differs])


@checked
def rehome(
    table: pd.DataFrame,
    before: Grid,
    after: Grid,
    *,
    at: str,
    who: str,
    units: gpd.GeoDataFrame | None = None,
    key: str = "record_id",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Move the rows of a bank to the cells of a revised grid.

    A row goes where its coordinates are, else where its unit is. One without either stays in its cell, or, if that
    is gone, goes to the cell that took most of its land. Rows of cells that `before` does not have (other banks,
    virtual cells) stay as they are.

    Parameters
    ----------
    table
        Records or customers: ``cell_id``, perhaps ``x``, ``y``, ``unit_id``.
    before, after
        The grid the rows were filed by, and the one that replaces it: from `revise`, or edited in the studio.
    at, who
        When and by whom, for the log.
    units
        To place by unit the rows without coordinates.
    key
        Column that names a row in the log.

    Returns
    -------
    rehomed
        The table with new cells; every row of `before` has exactly one cell of `after`.
    changes
        One row per row that moved: `CHANGE_COLUMNS`.

    Raises
    ------
    InputError
        If a row finds no cell; none was moved.
    """
    mine = table["cell_id"].isin(before.cells["cell_id"])
    part = table[mine]
    found = locate(part, after, units=units)
    kept = part["cell_id"].where(part["cell_id"].isin(after.cells["cell_id"]))
    gone = set(part.loc[found["cell_id"].isna() & kept.isna(), "cell_id"])
    heirs = part["cell_id"].map(_heirs(before, after) if gone else {})
    cells = found["cell_id"].where(found["cell_id"].notna(), kept).where(lambda cell: cell.notna(), heirs)
    lost = part.loc[cells.isna(), key]
    if len(lost):
        raise InputError(
            say(
                "{n} rows find no cell in the new grid: {rows}. Nothing was moved.",
                n=len(lost),
                rows=Joined(map(str, lost[:8])),
            )
        )
    why = found["by"].where(found["by"].notna(), "land_of_the_cell")
    result = table["cell_id"].astype(object).copy()
    result[mine] = cells
    changes = _changes(part[key], part["cell_id"], cells, why, at=at, who=who)
    return table.assign(cell_id=result), changes


def _heirs(before: Grid, after: Grid) -> dict[str, str]:
    """Return for each cell the one that took most of its land."""
    moved = before.compare(after).dropna(subset=["cell_id_after"])
    return dict(moved.drop_duplicates("cell_id_before")[["cell_id_before", "cell_id_after"]].to_numpy().tolist())


def _changes(
    keys: pd.Series[Any],
    before: pd.Series[Any],
    after: pd.Series[Any],
    why: pd.Series[Any],
    *,
    at: str,
    who: str,
) -> pd.DataFrame:
    old, new = before.astype(object).where(before.notna(), None), after.astype(object).where(after.notna(), None)
    rows = np.flatnonzero((old.to_numpy() != new.to_numpy()).astype(bool))
    facts: Mapping[str, Any] = {
        "at": at,
        "who": who,
        "role": None,
        "record_id": keys.to_numpy(object)[rows],
        "column": "cell_id",
        "before": old.to_numpy(object)[rows],
        "after": new.to_numpy(object)[rows],
        "reason": why.to_numpy(object)[rows],
    }
    return pd.DataFrame(facts, columns=list(CHANGE_COLUMNS), index=range(len(rows)), dtype=object)


@checked
def import_population(
    population: gpd.GeoDataFrame, grid: Grid, *, column: str = "population"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Count people per cell from a population base: points each in one cell, polygons shared by area.

    Parameters
    ----------
    population
        Points or polygons in the CRS of the grid, with whole numbers of people.
    grid
        Cells to count in.
    column
        The numbers.

    Returns
    -------
    counts
        ``cell_id`` and ``population``, one row per cell. Whole numbers stay whole: shares go by largest remainder, so
        that counts and the people outside sum to the total exactly.
    outside
        Rows of `population` that lie outside all cells, with the people who do: listed, never dropped.

    Raises
    ------
    InputError
        If a number is missing or negative; rows are named.
    """
    require_columns(population, [column], name="population")
    people = pd.to_numeric(population[column], errors="coerce").to_numpy("float64")
    wrong = population.index[~(people >= 0)].tolist()
    if wrong:
        raise InputError(
            say(
                "population: {column!r} must be a number from 0; rows {rows}. Nothing counted.",
                column=column,
                rows=Joined(map(str, wrong[:8])),
            )
        )
    shapes = np.asarray(population.geometry.array, dtype=object)
    cells = grid.cells
    row, cell, weight = _pieces(shapes, np.asarray(cells.geometry.array, dtype=object), grid, population)
    shares = share_by_weight(people, row, weight)
    inside = cell >= 0
    counts = np.bincount(cell[inside], weights=shares[inside], minlength=len(cells))
    left = np.bincount(row[~inside], weights=shares[~inside], minlength=len(people))
    outside = pd.DataFrame(population.drop(columns=population.geometry.name))
    return (
        pd.DataFrame({"cell_id": cells["cell_id"].to_numpy(object), "population": counts}),
        outside[left > 0].assign(outside=left[left > 0]),
    )


def _pieces(
    shapes: Any,  # noqa: ANN401 - object array of geometries
    cells: Any,  # noqa: ANN401 - object array of geometries
    grid: Grid,
    population: gpd.GeoDataFrame,
) -> tuple[Any, Any, FloatArray]:
    """Return source row, cell (-1 outside) and weight of each piece."""
    if set(shapely.get_type_id(shapes).tolist()) <= {0}:
        ids = {cell_id: place for place, cell_id in enumerate(grid.cells["cell_id"])}
        located = np.array([ids.get(cell_id, -1) for cell_id in grid.locate(population)], dtype=np.int64)
        return np.arange(len(shapes)), located, np.ones(len(shapes))
    tree = shapely.STRtree(cells)
    row, cell = tree.query(shapes, predicate="intersects")
    area = shapely.area(shapely.intersection(shapes[row], cells[cell], grid_size=_GRID_M))
    rest = shapely.area(shapes) - np.bincount(row, weights=area, minlength=len(shapes))
    rest[rest < _GRID_M * np.maximum(shapely.length(shapes), 1.0)] = 0.0  # rounding along the outline is not land
    return (
        np.concatenate([row, np.arange(len(shapes))]),
        np.concatenate([cell, np.full(len(shapes), -1)]),
        np.concatenate([area, rest]),
    )


_GRID_M = 1e-3
"""Grid in m that shares of area are taken on: floating intersections can be wrong."""
