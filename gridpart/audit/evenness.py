"""Even progress: how far districts and banks lie apart, and who lags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit

say = messages("audit")


@dataclass(frozen=True, eq=False)
class Evenness:
    """
    How evenly something has progressed.

    Attributes
    ----------
    cv
        Coefficient of variation: standard deviation over mean, 0 if all are equal; NaN if the mean is 0.
    table
        ``name``, ``progress``, ``over_mean`` (share of the mean), ``laggard`` (below the mean), the lowest first.
    """

    cv: float
    table: pd.DataFrame

    @property
    def laggards(self) -> pd.DataFrame:
        """Those below the mean, the lowest first."""
        return self.table[self.table["laggard"]]


@checked
def evenness_of(progress: pd.Series) -> Evenness:
    """
    Judge the progress of districts or banks.

    Parameters
    ----------
    progress
        By name, at least 0.

    Raises
    ------
    InputError
        If a value is missing, negative or infinite; names are given.
    """
    values = pd.to_numeric(progress, errors="coerce").to_numpy(dtype=np.float64)
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        named = Joined(str(name) for name in progress.index[wrong][:8])
        raise InputError(say("progress of {named} is not a number of at least 0. Nothing was judged.", named=named))
    mean = float(values.mean()) if len(values) else float("nan")
    table = pd.DataFrame({"name": [str(name) for name in progress.index], "progress": values})
    table["over_mean"] = table["progress"] / mean if mean else np.nan
    # equal values differ from their mean by rounding
    table["laggard"] = table["progress"] < mean * (1 - 1e-12)
    cv = float(values.std() / mean) if mean else float("nan")
    return Evenness(cv, table.sort_values(["progress", "name"], ignore_index=True))


def evenness(audit: Audit, *, by: str, level: str) -> Evenness:
    """Return the evenness that `Audit.evenness` documents."""
    rates = audit.rates(by, level=level)
    return evenness_of(rates.set_index(level)["coverage_rate"].dropna())
