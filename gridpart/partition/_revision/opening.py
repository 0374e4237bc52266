"""Which outlets are open at a date, and which of them close and open compared with a grid."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart.errors import InputError
from gridpart.partition._cut import face_at
from gridpart.partition._revision.land import Land, Outlet
from gridpart.partition._revision.transfer import Diff
from gridpart.partition._sites import COINCIDENT_M, Sites
from gridpart.partition.grid import SEVERAL_BANKS, Grid
from gridpart.partition.layers import require_columns, text_ids

_NO_BANK = {SEVERAL_BANKS, "admin", "reconciled"}
"""Names that stand for no bank of the outlets."""


def active_outlets(outlets: gpd.GeoDataFrame, grid: Grid, as_of: str | date | pd.Timestamp | None) -> gpd.GeoDataFrame:
    """Return the outlets of the bank of a grid that are open at a date."""
    require_columns(outlets, ["outlet_id", "bank_id"], name="outlets")
    text_ids(outlets, "outlet_id", name="outlets")
    mine = outlets
    if grid.bank_id not in _NO_BANK:
        mine = outlets[outlets["bank_id"].astype(str) == grid.bank_id]
    if as_of is None:
        return mine
    day = days_of(pd.Series([as_of]), "as_of").iloc[0]
    is_open = np.ones(len(mine), dtype=np.bool_)
    if "valid_from" in mine.columns:
        start = days_of(mine["valid_from"], "valid_from of outlets")
        is_open &= (start.isna() | (start <= day)).to_numpy()
    if "valid_to" in mine.columns:
        end = days_of(mine["valid_to"], "valid_to of outlets")
        is_open &= (end.isna() | (end > day)).to_numpy()
    return mine[is_open]


def days_of(values: pd.Series, name: str) -> pd.Series:
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


def diff_of(land: Land, sites: Sites, provenance: Mapping[str, Any]) -> Diff:
    """Compare the outlets of a grid with those open now; of those that share a unit by policy the lowest id counts."""
    now = {
        name: Outlet((float(x), float(y)), cell, bank)
        for name, cell, bank, (x, y) in zip(
            sites.outlet_ids, sites.cell_ids, sites.bank_ids, sites.points.tolist(), strict=True
        )
    }
    if provenance.get("policies", {}).get("shared_units") == "merge":
        now = _one_per_unit(land, now)
    taken = {cell: row["outlet_id"] for cell, row in land.facts.items()}
    clash = sorted(outlet.cell_id for name, outlet in now.items() if taken.get(outlet.cell_id, name) != name)
    if clash:
        message = f"{len(clash)} cells of other outlets have the ids of new ones: {', '.join(clash[:8])}."
        raise InputError(message)
    moved = {
        name
        for name, outlet in now.items()
        if name in land.outlets and np.hypot(*np.subtract(outlet.point, land.outlets[name].point)) > COINCIDENT_M
    }
    closed = {name: outlet for name, outlet in land.outlets.items() if name not in now or name in moved}
    opened = {name: outlet for name, outlet in now.items() if name not in land.outlets or name in moved}
    # an outlet that moves keeps the id of its cell, whatever it is called
    opened = {
        name: Outlet(outlet.point, closed[name].cell_id, outlet.bank_id) if name in closed else outlet
        for name, outlet in opened.items()
    }
    return Diff(closed, opened)


def _one_per_unit(land: Land, outlets: Mapping[str, Outlet]) -> dict[str, Outlet]:
    """Return the outlet with the lowest id in each unit, as rule aggregate merges them."""
    names = sorted(outlets)
    if not names:
        return {}
    home = face_at(land.coverage, np.array([outlets[name].point for name in names]))
    first = {face: name for face, name in zip(home[::-1].tolist(), names[::-1], strict=True) if face >= 0}
    kept = {*first.values(), *(name for name, face in zip(names, home.tolist(), strict=True) if face < 0)}
    return {name: outlet for name, outlet in outlets.items() if name in kept}
