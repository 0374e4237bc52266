"""The supervisor's extract: one row per bank and period, figures only; the rating is the supervisor's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from gridpart.arguments import checked
from gridpart.profiles import Profile, load
from gridpart.report.monthly import monthly_report
from gridpart.steps import counted, task

if TYPE_CHECKING:
    from gridpart.project import Project


@checked
@task("extract")
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
        also for banks without any figures (NaN); sorted. Figures of fewer customers than the profile's
        ``privacy.min_count`` are left out, and ``hidden`` names them. The same project gives the same table.
    """
    book = project.book()
    rules = project.profile if profile is None else load(profile) if isinstance(profile, str) else profile
    tables = []
    for period in counted("extract", sorted(set(periods))):
        banks = monthly_report(book, period, profile=rules).banks.set_index("bank_id")
        whole = banks.reindex(project.bank_ids).rename_axis("bank_id").reset_index()
        whole.insert(0, "period", period)
        tables.append(whole)
    return _without_few(pd.concat(tables, ignore_index=True), least=rules.privacy.min_count.count)


_OF_FEW = {
    "customers": ("customers", "profiles", "profile_share", "visited", "visited_share"),
    "loans": ("loans", "loan_yuan"),
}
"""Figures that tell of single customers where the count is small."""


def _without_few(table: pd.DataFrame, *, least: int) -> pd.DataFrame:
    """Leave out figures of few customers; no total of the banks is given from which they could be worked out."""
    result, hidden = table.copy(), pd.Series("", index=table.index)
    for count, names in _OF_FEW.items():
        few = (table[count] > 0) & (table[count] < least)
        for name in names:
            result[name] = result[name].astype("float64").mask(few)
        hidden = hidden.mask(few, hidden + " " + " ".join(names))
    return result.assign(hidden=hidden.str.strip())
