"""The day that a project stands for, where nobody names one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from gridpart.partition import Grid


def day_of_project(history: pd.DataFrame, grids: Iterable[Grid]) -> date:
    """Return the day of the last line of a history, or today; not before the day that a grid was drawn for."""
    moments = _moments(history)
    last = moments.iloc[-1].date() if len(moments) else datetime.now(tz=UTC).date()
    since = [date.fromisoformat(str(grid.provenance["as_of"])) for grid in grids if grid.provenance.get("as_of")]
    return max([last, *since])


def first_moment(history: pd.DataFrame) -> datetime | None:
    """Return when the first line of a history was written, in UTC; None without lines."""
    moments = _moments(history)
    return None if moments.empty else moments.min()


def _moments(history: pd.DataFrame) -> pd.Series:
    if "at" not in history.columns:
        return pd.Series(dtype="datetime64[ns, UTC]")
    return pd.to_datetime(history["at"], utc=True, errors="coerce").dropna()
