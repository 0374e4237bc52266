"""Officers and managers, by number only: names and contact data never enter an atlas."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from gridpart.atlas._places import text_column
from gridpart.tables import no_more, not_yet

if TYPE_CHECKING:
    from gridpart.atlas.scope import Scope

_KEPT = ("staff_id", "role", "employment_type", "bank_id", "outlet_id", "cell_id", "manager_id", "duties")
"""Columns of the staff register that an atlas may show; every other stays out, whatever it is called."""


def people_of(
    staff: pd.DataFrame, cells: gpd.GeoDataFrame, *, scope: Scope, day: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Split the staff into officers and managers and give each officer a cell.

    Returns
    -------
    officers, managers
        Columns that may be shown, ``zone_class`` (of the cell) and ``omitted``: why an officer is not on the map
        ("not_in_office_yet", "left", "no_cell", "unknown_cell"), empty for one who is. In a scope, officers of its
        cells and managers of those.
    """
    table = pd.DataFrame({name: text_column(staff, name) for name in _KEPT}).reset_index(drop=True)
    table["omitted"] = ""
    table.loc[not_yet(staff, day, name="staff"), "omitted"] = "not_in_office_yet"
    table.loc[no_more(staff, day, name="staff"), "omitted"] = "left"
    if scope.bank_id is not None:
        table = table[table["bank_id"] == scope.bank_id].reset_index(drop=True)
    officers = table[table["role"] == "officer"].reset_index(drop=True)
    managers = table[table["role"] == "manager"].reset_index(drop=True)
    officers["bank_id"] = officers["bank_id"].where(officers["bank_id"].notna(), _bank_of_cell(officers, cells))
    zone = {(row.bank_id, row.cell_id): row.zone_class for row in cells.itertuples()}
    keys = zip(officers["bank_id"], officers["cell_id"], strict=True)
    officers["zone_class"] = pd.Series([zone.get(key) for key in keys], index=officers.index, dtype=object)
    in_office = officers["omitted"] == ""
    officers.loc[in_office & officers["zone_class"].isna(), "omitted"] = "unknown_cell"
    officers.loc[in_office & officers["cell_id"].isna(), "omitted"] = "no_cell"
    if scope.township_id is not None:
        officers = officers[officers["omitted"] == ""].reset_index(drop=True)
        managers = managers[managers["staff_id"].isin(officers["manager_id"])].reset_index(drop=True)
    return officers, managers


def _bank_of_cell(officers: pd.DataFrame, cells: gpd.GeoDataFrame) -> pd.Series:
    """Bank of the cell that has the officer's cell id, where only one bank has such a cell."""
    once = cells[~cells["cell_id"].duplicated(keep=False)].set_index("cell_id")["bank_id"]
    return officers["cell_id"].map(once)
