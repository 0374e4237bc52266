"""Grid officers and grid managers; numbers instead of names, because personal data stays out of samples."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

N_STAFF = 200
_HEADED = ("main_branch", "branch")
_FULL_DUTIES = "publicity;filing;service;management"
_PART_DUTIES = "publicity;information"


def cell_id_of(bank_id: str, outlet_id: str) -> str:
    """Return the id that rule nearest gives to the cell of an outlet."""
    return f"{bank_id}-{outlet_id}"


def staff_table(outlets: gpd.GeoDataFrame, units: gpd.GeoDataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
    """
    Staff every cell.

    Parameters
    ----------
    outlets, units
        The county so far.
    rng
        Source of chance.

    Returns
    -------
    staff
        200 rows: managers (heads of main branches and branches), one full-time officer per cell, and part-time
        officers of rural cells. ``manager_id`` leads from an officer to the nearest manager of the bank, and from
        there to the head of the main branch; ``source_org`` names where a part-time officer comes from.
    """
    headed = outlets[outlets["kind"].isin(_HEADED)]
    heads = _managers(headed)
    officers = _full_time(outlets, headed, heads)
    part = _part_time(outlets, units, officers, n_rows=N_STAFF - len(heads) - len(officers), rng=rng)
    return pd.concat([heads, officers, part], ignore_index=True)


def _managers(headed: gpd.GeoDataFrame) -> pd.DataFrame:
    ids = [f"M{number + 1:03d}" for number in range(len(headed))]
    kinds = zip(headed["bank_id"], headed["kind"], ids, strict=True)
    main = {bank: staff_id for bank, kind, staff_id in kinds if kind == "main_branch"}
    above = [main[bank] for bank in headed["bank_id"]]
    columns = {
        "staff_id": ids,
        "name": [f"网格管理员 {number + 1:03d}" for number in range(len(ids))],
        "role": "manager",
        "employment_type": "full_time",
        "bank_id": headed["bank_id"].to_numpy(object),
        "outlet_id": headed["outlet_id"].to_numpy(object),
        "cell_id": None,
        "manager_id": [None if chief == own else chief for chief, own in zip(above, ids, strict=True)],
        "duties": "supervision;risk_monitoring;coordination",
        "source_org": None,
    }
    return pd.DataFrame(columns).astype(object)


def _full_time(outlets: gpd.GeoDataFrame, headed: gpd.GeoDataFrame, heads: pd.DataFrame) -> pd.DataFrame:
    manager = dict(zip(headed["outlet_id"], heads["staff_id"], strict=True))
    above = []
    for bank_id, point in zip(outlets["bank_id"], outlets.geometry, strict=True):
        own = headed[headed["bank_id"] == bank_id]
        above.append(manager[own["outlet_id"].iloc[int(own.distance(point).to_numpy().argmin())]])
    pairs = zip(outlets["bank_id"], outlets["outlet_id"], strict=True)
    columns = {
        "staff_id": [f"F{number + 1:03d}" for number in range(len(outlets))],
        "name": [f"网格员 {number + 1:04d}" for number in range(len(outlets))],
        "role": "officer",
        "employment_type": "full_time",
        "bank_id": outlets["bank_id"].to_numpy(object),
        "outlet_id": outlets["outlet_id"].to_numpy(object),
        "cell_id": [cell_id_of(bank_id, outlet_id) for bank_id, outlet_id in pairs],
        "manager_id": above,
        "duties": _FULL_DUTIES,
        "source_org": None,
    }
    return pd.DataFrame(columns).astype(object)


def _part_time(
    outlets: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    officers: pd.DataFrame,
    *,
    n_rows: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Village cadres in the cells of rural outlets, in turn over the outlets."""
    names = units.set_index("unit_id")
    rural = np.flatnonzero(names.loc[outlets["unit_id"], "zone_class"] == "rural")
    host = np.sort(np.resize(rng.permutation(rural), n_rows))
    village = names.loc[outlets["unit_id"].iloc[host], "name"]
    columns = {
        "staff_id": [f"P{number + 1:03d}" for number in range(n_rows)],
        "name": [f"兼职网格员 {number + 1:04d}" for number in range(n_rows)],
        "role": "officer",
        "employment_type": "part_time",
        "bank_id": outlets["bank_id"].to_numpy(object)[host],
        "outlet_id": outlets["outlet_id"].to_numpy(object)[host],
        "cell_id": officers["cell_id"].to_numpy(object)[host],
        "manager_id": officers["manager_id"].to_numpy(object)[host],
        "duties": _PART_DUTIES,
        "source_org": [f"{name}村民委员会".replace("村村", "村") for name in village],
    }
    return pd.DataFrame(columns).astype(object)
