"""Need against stock: what each cell lacks or has too much of, by the ratios of the profile."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.partition import Grid
from gridpart.partition.layers import text_ids
from gridpart.staffing._cells import Rules, cell_table, rules_of
from gridpart.staffing._staff import column_of, people, require_columns, text_column, texts
from gridpart.staffing.equipment import equipment_by_cell
from gridpart.tables import numbers_of

say = messages("staffing")


@checked
def stock_of(
    grid: Grid, *, equipment: gpd.GeoDataFrame | None = None, staff: pd.DataFrame | None = None
) -> pd.DataFrame:
    """
    Count what each cell of a bank has: officers and active equipment.

    Parameters
    ----------
    grid
        Cells of one bank.
    equipment
        ``equipment_id``, ``bank_id``, ``kind``, ``status``, points; only those of the grid's bank count.
    staff
        ``staff_id``, ``role``, ``cell_id``.

    Returns
    -------
    stock
        ``cell_id``, ``resource`` ("officer" or a kind of equipment), ``count``; what stands outside all cells has the
        ``cell_id`` None.
    """
    tables = []
    if staff is not None:
        officers = people(staff, "officer")
        pairs = pd.DataFrame({"cell_id": column_of(officers, "cell_id"), "staff_id": texts(officers["staff_id"])})
        found = pairs.dropna().drop_duplicates().groupby("cell_id").size()
        own = cell_table(grid)[["cell_id"]]
        tables.append(own.assign(resource="officer", count=own["cell_id"].map(found).fillna(0).astype("int64")))
    if equipment is not None:
        own_bank = [bank in (None, grid.bank_id) for bank in column_of(equipment, "bank_id")]
        counts = equipment_by_cell(equipment[np.array(own_bank, dtype=np.bool_)], grid)
        tables.append(counts.melt(id_vars="cell_id", var_name="resource", value_name="count"))
    empty = pd.DataFrame(
        {"cell_id": text_column([]), "resource": text_column([]), "count": np.zeros(0, dtype=np.int64)}
    )
    return pd.concat(tables, ignore_index=True) if tables else empty


@checked
def resource_gap(cells: pd.DataFrame, stock: pd.DataFrame, *, profile: Rules = "default") -> pd.DataFrame:
    """
    Compare what each cell needs with what it has.

    Parameters
    ----------
    cells
        ``cell_id``, ``zone_class``, and the columns that the profile's ratios count (``population``, ``households``).
    stock
        ``cell_id``, ``resource``, ``count``; see `stock_of`. A cell without a row has none.
    profile
        Its ``resources``: so many people for each piece; the need is rounded up.

    Returns
    -------
    gap
        ``cell_id``, ``resource``, ``need``, ``stock``, ``deficit``, ``surplus``, ``assumed`` (whether no plan gives the
        ratio), by resource in the order of the profile and cell in the order of the cells. Deficits minus surpluses
        are need minus stock.

    Raises
    ------
    InputError
        If a column is missing, a figure is blank or negative, or stock names a cell that is not there.
    """
    rules = rules_of(profile)
    ids, zones = text_ids(cells, "cell_id", name="cells"), column_of(cells, "zone_class")
    require_columns(cells, sorted({need.per for need in rules.resources}), name="cells")
    require_columns(stock, ["cell_id", "resource", "count"], name="stock")
    placed = stock.assign(count=numbers_of(stock["count"], name="stock: count"))[stock["cell_id"].notna()]
    strange = sorted(set(placed["cell_id"].astype(str)) - set(ids))
    if strange:
        raise InputError(
            say("stock names {n} cells that are not there: {cells}.", n=len(strange), cells=Joined(strange[:8]))
        )
    held = placed.groupby([placed["cell_id"].astype(str), placed["resource"].astype(str)])["count"].sum().to_dict()
    tables = []
    for need in rules.resources:
        amounts = pd.to_numeric(cells[need.per], errors="coerce").to_numpy(dtype=np.float64)
        blank = [cell_id for cell_id, lacks in zip(ids, ~(amounts >= 0), strict=True) if lacks]
        if blank:
            raise InputError(
                say(
                    "{n} cells have no usable {column}: {cells}. Nothing was compared.",
                    n=len(blank),
                    column=need.per,
                    cells=Joined(blank[:8]),
                )
            )
        asked = np.array([need.zone_class in (None, zone) for zone in zones], dtype=np.bool_)
        wanted = np.where(asked, np.ceil(amounts / need.ratio.value - 1e-9), 0.0).astype(np.int64)
        has = np.array([int(held.get((cell_id, need.resource), 0)) for cell_id in ids], dtype=np.int64)
        tables.append(
            pd.DataFrame(
                {
                    "cell_id": text_column(ids),
                    "resource": need.resource,
                    "need": wanted,
                    "stock": has,
                    "deficit": np.maximum(wanted - has, 0),
                    "surplus": np.maximum(has - wanted, 0),
                    "assumed": need.ratio.assumed,
                }
            )
        )
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
