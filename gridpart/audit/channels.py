"""Online and offline channels: audited together, counted apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridpart.errors import InputError
from gridpart.partition.layers import require_columns

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit


def channels(audit: Audit, online: pd.DataFrame) -> pd.DataFrame:
    """Return the table that `Audit.channels` documents."""
    require_columns(online, ["unit_id", "bank_id"], name="online")
    units = audit.units.table[["unit_id", "zone_class"]].copy()
    named = online["unit_id"].astype(str)
    unknown = sorted(set(named) - set(units["unit_id"]))
    if unknown:
        message = f"{len(unknown)} units of online are not in the audit: {', '.join(unknown[:8])}. Nothing was counted."
        raise InputError(message)
    digital = online.assign(unit_id=named).groupby("unit_id")["bank_id"].nunique()
    points = audit.points
    offline = pd.Series(dtype=np.int64)
    if points is not None:
        offline = points.dropna(subset=["unit_id"]).groupby("unit_id")["bank_id"].nunique()
    units["offline_banks"] = units["unit_id"].map(offline).fillna(0).astype(np.int64)
    units["online_banks"] = units["unit_id"].map(digital).fillna(0).astype(np.int64)
    has_offline, has_online = units["offline_banks"] > 0, units["online_banks"] > 0
    units["flag"] = np.select(
        [has_offline & has_online, has_offline, has_online], ["both", "offline_only", "physical_blank"], default="blank"
    ).astype(object)
    units["population"] = audit.units.population
    return units


def channel_rates(table: pd.DataFrame) -> pd.DataFrame:
    """
    Return the served share of units and people by channel class.

    Parameters
    ----------
    table
        As `Audit.channels` gives it.

    Returns
    -------
    rates
        ``channel`` (``offline``, ``online``, ``any``), ``units_rate``, ``population_rate``, 0 to 1.
    """
    offline, online = table["offline_banks"] > 0, table["online_banks"] > 0
    people = table["population"].fillna(0.0)
    total = float(people.sum())
    rows = [
        {
            "channel": name,
            "units_rate": float(served.mean()) if len(table) else float("nan"),
            "population_rate": float(people[served].sum()) / total if total > 0 else float("nan"),
        }
        for name, served in (("offline", offline), ("online", online), ("any", offline | online))
    ]
    return pd.DataFrame(rows)
