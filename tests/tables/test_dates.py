"""Days as people, spreadsheets and databases write them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import gridpart as gp
from gridpart.tables import day_of, days_of


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-05", " 2026/1/5 ", "2026.01.05", "2026年1月5日", "20260105", "\uff12026-01-05",
        "2026-01-05T23:00:00+08:00",
        20260105, 20260105.0, np.int64(20260105), dt.date(2026, 1, 5), np.datetime64("2026-01-05T23"),
        pd.Timestamp("2026-01-05 23:00", tz="Asia/Shanghai"),
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(value: object) -> None:
    assert day_of(value, name="valid_from") == dt.date(2026, 1, 5)


@pytest.mark.parametrize("value", [None, "", float("nan"), pd.NaT, pd.NA, np.datetime64("NaT")])
def test_a_blank_is_no_day(value: object) -> None:
    assert day_of(value, name="valid_from") is None


@pytest.mark.parametrize("value", ["soon", "2026-02-30", 45292, 1.5, True, "2026", "0000-00-00", [2026]])
def test_what_is_no_day_is_refused(value: object) -> None:
    with pytest.raises(gp.InputError, match=r"valid_from is .*; it must be a date such as"):
        day_of(value, name="valid_from")


def test_a_column_keeps_its_index_and_days_for_ever() -> None:
    column = pd.Series(["9999-12-31", None, 20260105], index=["a", "b", "b"], dtype=object)
    days = days_of(column, name="valid_to")
    assert days.index.tolist() == ["a", "b", "b"]
    assert days.astype(object).tolist()[0] == dt.datetime(9999, 12, 31)  # noqa: DTZ001 - a day has no zone
    assert days.isna().tolist() == [False, True, False]
    with pytest.raises(gp.InputError, match="valid_to, row c, is 'spring'"):
        days_of(pd.Series(["spring"], index=["c"]), name="valid_to")
