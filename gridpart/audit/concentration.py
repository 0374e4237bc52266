"""Concentration: how evenly banks share the access points of a unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridpart._typing import FloatArray
from gridpart.audit.access_points import counts_by_unit

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit


def herfindahl(counts: FloatArray) -> float:
    """
    Return the Herfindahl-Hirschman index of counts.

    Parameters
    ----------
    counts
        Of each bank, at least 0, shape (n_banks,).

    Returns
    -------
    index
        Sum of squared shares: 1 for one bank, 0.5 for two equal ones; NaN if there is nothing to share.

    References
    ----------
    .. [1] Hirschman, A. O. (1964). The paternity of an index. American Economic Review 54(5), 761-762.
    """
    total = counts.sum()
    return float(np.square(counts / total).sum()) if total > 0 else float("nan")


def concentration(audit: Audit) -> pd.DataFrame:
    """Return ``unit_id``, ``access_points``, ``bank_count``, ``hhi`` (NaN where there is none) of every unit."""
    counts = counts_by_unit(audit)
    table = audit.units.table[["unit_id"]].copy()
    if counts is None:
        return table.assign(access_points=0, bank_count=0, hhi=np.nan)
    groups = counts.groupby("unit_id")["count"]
    table["access_points"] = table["unit_id"].map(groups.sum()).fillna(0).astype(np.int64)
    table["bank_count"] = table["unit_id"].map(groups.size()).fillna(0).astype(np.int64)
    table["hhi"] = table["unit_id"].map(groups.agg(lambda values: herfindahl(values.to_numpy(dtype=np.float64))))
    return table
