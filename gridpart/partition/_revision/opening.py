"""Which outlets are open at a date, and which of them close and open compared with a grid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart.errors import InfeasibleError, InputError
from gridpart.i18n import Joined, messages
from gridpart.partition._cut import face_at
from gridpart.partition._revision.land import Land, Outlet
from gridpart.partition._revision.transfer import Diff
from gridpart.partition._sites import COINCIDENT_M, Sites
from gridpart.partition.grid import SEVERAL_BANKS, Grid
from gridpart.partition.layers import require_columns, text_column, text_ids
from gridpart.tables import required_day, valid_on

if TYPE_CHECKING:
    from gridpart._typing import BoolArray

say = messages("partition")

_NO_BANK = {SEVERAL_BANKS, "admin", "reconciled"}
"""Names that stand for no bank of the outlets."""


def active_outlets(outlets: gpd.GeoDataFrame, grid: Grid, as_of: str | date | pd.Timestamp | None) -> gpd.GeoDataFrame:
    """Return the outlets of the bank of a grid that are open at a date; at least one must be."""
    require_columns(outlets, ["outlet_id", "bank_id"], name="outlets")
    text_ids(outlets, "outlet_id", name="outlets")
    banks = np.array(text_column(outlets, "bank_id", name="outlets"), dtype=object)
    mine = outlets if grid.bank_id in _NO_BANK else outlets[banks == grid.bank_id]
    now = mine if as_of is None else mine[_is_open(mine, as_of)]
    if len(now) == 0:
        when = "" if as_of is None else say(" on {date}", date=as_of)
        raise InfeasibleError(
            say(
                "No outlet is open{when}: of {n} rows {mine} are of bank {bank_id}, whose grid is to be revised. "
                "Nothing was changed.",
                when=when,
                n=len(outlets),
                mine=len(mine),
                bank_id=grid.bank_id,
            )
        )
    return now


def _is_open(outlets: gpd.GeoDataFrame, as_of: str | date | pd.Timestamp) -> BoolArray:
    return valid_on(outlets, required_day(as_of, name="as_of"), name="outlets")


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
        raise InputError(
            say("{n} cells of other outlets have the ids of new ones: {clash}.", n=len(clash), clash=Joined(clash[:8]))
        )
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
