"""Equipment rules: service points per village, kinds per cell, status and grade over time."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart._typing import GeometryArray
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.geo import require_same_crs
from gridpart.i18n import Joined, messages
from gridpart.partition import Grid
from gridpart.partition.layers import pick, rows_at, text_ids
from gridpart.staffing._cells import Rules, rules_of
from gridpart.staffing._staff import column_of, require_columns, require_known, text_column, texts
from gridpart.staffing.checks import Check
from gridpart.tables import contract, day_of, is_closed
from gridpart.tables.messages import N_

say = messages("staffing")

EVENT_STATUS = ("planned", "active", "closed", "moved", "upgraded")
"""What can happen to a piece of equipment."""


def equipment_kinds() -> tuple[str, ...]:
    """Return the codes of every kind of equipment."""
    rule = contract("equipment").rule("kind")
    return () if rule is None else rule.choices


def active_equipment(equipment: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Return the pieces that are not closed.

    Raises
    ------
    InputError
        If a kind is none of `equipment_kinds`, or a status is not known; the pieces are named.
    """
    require_columns(equipment, ["equipment_id", "kind"], name="equipment")
    kinds = [(kind,) if kind is not None else ("",) for kind in texts(equipment["kind"])]
    require_known(kinds, equipment_kinds(), ids=equipment["equipment_id"].tolist(), what=say("kinds of equipment"))
    return equipment[~is_closed(equipment, name="equipment")]


@checked
def check_minimum(
    units: gpd.GeoDataFrame,
    equipment: gpd.GeoDataFrame,
    *,
    kind: str = "service_point",
    least: int | None = None,
    unit_kind: str | None = "village",
    profile: Rules = "default",
) -> Check:
    """
    Check that each village has enough active service points.

    Parameters
    ----------
    units
        ``unit_id``, ``kind`` (unless `unit_kind` is None), polygons.
    equipment
        ``equipment_id``, ``kind``, ``status``, points. Closed pieces do not count; a piece on a border counts once, for
        the lowest unit id.
    kind
        Kind of equipment.
    least
        How many each needs; if None, the profile says.
    unit_kind
        Only units of this kind; all if None.
    profile
        Its ``audit.min_service_points_per_village``.

    Returns
    -------
    check
        Findings: ``unit_id``, ``found``, ``missing``, by unit.

    Raises
    ------
    InputError
        If a kind is unknown or ids repeat.
    CRSError
        If the CRSs differ.
    """
    rules = rules_of(profile)
    needed = rules.audit.min_service_points_per_village.count if least is None else least
    require_known([(kind,)], equipment_kinds(), ids=["kind"], what=say("kinds of equipment"))
    require_same_crs(units, equipment, names=("units", "equipment"))
    ids = text_ids(units, "unit_id", name="units")
    order = np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)
    active = active_equipment(equipment)
    points: GeometryArray = np.asarray(active[active["kind"] == kind].geometry.array, dtype=object)
    found = rows_at(points, np.asarray(units.geometry.array, dtype=object)[order])
    counts = np.bincount(found[found >= 0], minlength=len(ids))
    asked = np.array([unit_kind is None or value == unit_kind for value in column_of(units, "kind")], dtype=np.bool_)
    short = np.flatnonzero(asked[order] & (counts < needed))
    findings = pd.DataFrame(
        {
            "unit_id": text_column(ids[row] for row in order[short]),
            "found": counts[short],
            "missing": needed - counts[short],
        }
    )
    values = {"least": needed, "kind": kind, "place": unit_kind or "unit"}
    return Check(N_("{least} or more active {kind} in each {place}"), findings, values=values)


@checked
def equipment_by_cell(equipment: gpd.GeoDataFrame, grid: Grid) -> pd.DataFrame:
    """
    Count active equipment by cell and kind.

    Parameters
    ----------
    equipment
        ``equipment_id``, ``kind``, ``status``, points in the CRS of the grid; any bank's.
    grid
        A piece on a border counts for the lowest cell id.

    Returns
    -------
    counts
        ``cell_id`` and one column per kind, in the order of the cells; a last row with ``cell_id`` None counts what
        stands outside all cells. The counts sum to the number of active pieces.

    Raises
    ------
    InputError
        If a kind is unknown.
    """
    active = active_equipment(equipment)
    where = [None if pd.isna(cell_id) else str(cell_id) for cell_id in grid.locate(active)]
    rows: list[str | None] = [*grid.cells["cell_id"].astype(str), None]
    row_of = {cell_id: row for row, cell_id in enumerate(rows)}
    column_index = {kind: column for column, kind in enumerate(equipment_kinds())}
    counts = np.zeros((len(rows), len(column_index)), dtype=np.int64)
    for cell_id, kind in zip(where, texts(active["kind"]), strict=True):
        counts[row_of[cell_id], column_index[str(kind)]] += 1
    return pd.DataFrame({"cell_id": text_column(rows)} | {kind: counts[:, at] for kind, at in column_index.items()})


@checked
def equipment_at(events: pd.DataFrame, *, as_of: dt.date | str) -> pd.DataFrame:
    """
    Return status and grade of equipment on a day, from what happened to it.

    Parameters
    ----------
    events
        ``equipment_id``, ``date``, ``status`` (one of `EVENT_STATUS`); ``grade`` where it changed. Of events of one day
        the later row counts.
    as_of
        Day wanted, included.

    Returns
    -------
    states
        ``equipment_id``, ``status`` ("active" after "moved" and "upgraded"), ``grade`` (the last one given), ``since``
        (date of the last event), by id; what has no event by then is left out.

    Raises
    ------
    InputError
        If a status is unknown or a date cannot be read or is missing; pieces are named.
    """
    require_columns(events, ["equipment_id", "date", "status"], name="events")
    ids = texts(events["equipment_id"])
    require_known(
        [(str(status),) for status in texts(events["status"])], EVENT_STATUS, ids=ids, what=say("status codes")
    )
    dates = [day_of(value, name="date") for value in events["date"]]
    undated = [str(name) for name, date in zip(ids, dates, strict=True) if date is None]
    if undated:
        raise InputError(say("{n} events have no date: {ids}.", n=len(undated), ids=Joined(undated[:8])))
    when = day_of(as_of, name="as_of") or dt.date.max
    grades = column_of(events, "grade")
    states: dict[str, tuple[str, str | None, str]] = {}
    for row in sorted(range(len(ids)), key=lambda row: str(dates[row])):
        date = dates[row]
        if date is None or date > when:
            continue
        status = str(events["status"].iloc[row])
        before = states.get(str(ids[row]), ("", None, ""))[1]
        shown = "active" if status in ("moved", "upgraded") else status
        states[str(ids[row])] = (shown, grades[row] or before, date.isoformat())
    names = ("status", "grade", "since")
    columns = {name: text_column(states[key][at] for key in sorted(states)) for at, name in enumerate(names)}
    return pd.DataFrame({"equipment_id": text_column(sorted(states)), **columns})


@checked
def units_of_points(points: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> pd.Series[str]:
    """Return the ``unit_id`` at each point, the lowest on a border, None outside all, with the index of the points."""
    require_same_crs(units, points, names=("units", "points"))
    ids = text_ids(units, "unit_id", name="units")
    order = np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)
    found = rows_at(
        np.asarray(points.geometry.array, dtype=object), np.asarray(units.geometry.array, dtype=object)[order]
    )
    return text_column(pick(np.array(ids, dtype=object)[order], found)).set_axis(points.index)
