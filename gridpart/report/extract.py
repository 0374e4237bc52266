"""The supervisor's extract: one row per bank and period, figures only; the rating is the supervisor's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from gridpart.profiles import Profile
from gridpart.report.monthly import monthly_report

if TYPE_CHECKING:
    from gridpart.project import Project


def supervisory_extract(
    project: Project, periods: Sequence[str], *, profile: str | Profile | None = None
) -> pd.DataFrame:
    """
    Return the figures of every bank in every period.

    Parameters
    ----------
    project
        With grids and ledgers.
    periods
        Months; repeated ones count once.
    profile
        Plan whose periods decide what is late; the project's own if None.

    Returns
    -------
    extract
        ``period``, ``bank_id`` and the figures of `gridpart.report.figures.ORDER`: exactly one row per bank and period,
        also for banks without any figures (NaN); sorted. The same project gives the same table.
    """
    book, rules = project.book(), profile or project.profile
    tables = []
    for period in sorted(set(periods)):
        banks = monthly_report(book, period, profile=rules).banks.set_index("bank_id")
        whole = banks.reindex(project.bank_ids).rename_axis("bank_id").reset_index()
        whole.insert(0, "period", period)
        tables.append(whole)
    return pd.concat(tables, ignore_index=True)
