"""Online and offline channels: audited together, counted apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.partition.layers import require_columns

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit
    from gridpart.audit.units import AuditUnits

say = messages("audit")


def read_online(online: pd.DataFrame, units: AuditUnits) -> pd.DataFrame:
    """
    Return where banks serve online as ``unit_id``, ``bank_id``, each pair once, sorted.

    Raises
    ------
    InputError
        If a column or an id is missing, or a unit is not in the audit; rows and units are named.
    """
    require_columns(online, ["unit_id", "bank_id"], name="online")
    table = online[["unit_id", "bank_id"]]
    if (missing := table.isna().any(axis=1)).any():
        rows = Joined(str(index) for index in table.index[missing][:8])
        raise InputError(
            say(
                "{n} rows of online have no unit_id or no bank_id: rows {rows}. Nothing was counted.",
                n=int(missing.sum()),
                rows=rows,
            )
        )
    table = table.astype(str)
    unknown = sorted(set(table["unit_id"]) - set(units.table["unit_id"]))
    if unknown:
        raise InputError(
            say(
                "{n} units of online are not in the audit: {units}. Nothing was counted.",
                n=len(unknown),
                units=Joined(unknown[:8]),
            )
        )
    return table.drop_duplicates().sort_values(["unit_id", "bank_id"], ignore_index=True)


def channels(audit: Audit, online: pd.DataFrame | None) -> pd.DataFrame:
    """Return the table that `Audit.channels` documents."""
    given = audit.online if online is None else read_online(online, audit.units)
    if given is None:
        raise InputError(
            say("Channels are counted apart where online service is known; give `online` here or to audit_grids.")
        )
    units = audit.units.table[["unit_id", "zone_class"]].copy()
    digital = given.groupby("unit_id")["bank_id"].nunique()
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


@checked
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
    rows = [
        (name, *shares_of(table, served))
        for name, served in (("offline", offline), ("online", online), ("any", offline | online))
    ]
    return pd.DataFrame(rows, columns=["channel", "units_rate", "population_rate"])


def shares_of(table: pd.DataFrame, chosen: pd.Series[bool]) -> tuple[float, float]:
    """Return the share of units and of people that chosen rows of `Audit.channels` have; NaN where there are none."""
    people = table["population"].fillna(0.0)
    total = float(people.sum())
    units = float(chosen.mean()) if len(table) else float("nan")
    return units, float(people[chosen].sum()) / total if total > 0 else float("nan")
