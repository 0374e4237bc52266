"""Numbers, and yes or no, as people and spreadsheets write them."""

from __future__ import annotations

import decimal

import numpy as np
import pandas as pd
import pytest

import gridpart as gp
from gridpart.tables import flags_of, month_in, numbers_of


def test_numbers_are_read_however_they_are_written() -> None:
    written = pd.Series(["1,234.5", " ７ ", "−3", "1e3", 2, decimal.Decimal("0.5"), None, "", pd.NA], dtype=object)
    read = numbers_of(written, name="value")
    assert read.dtype == "float64"
    assert read.iloc[:6].tolist() == [1234.5, 7, -3, 1000, 2, 0.5]
    assert read.iloc[6:].isna().all()
    assert numbers_of(pd.Series([1, 2], index=["a", "b"]), name="value").to_dict() == {"a": 1.0, "b": 2.0}


@pytest.mark.parametrize("value", ["约500", "1,23", "12万", True, np.inf, "inf", [1], "¥5"])
def test_what_is_no_number_is_refused_with_its_row(value: object) -> None:
    column = pd.Series([1, value], index=["a", "b"], dtype=object)
    with pytest.raises(gp.InputError, match="value: 1 values are not a number: row b: "):
        numbers_of(column, name="value")


def test_flags_are_read_however_they_are_written_and_a_blank_is_neither() -> None:
    written = pd.Series([True, "是", "YES", 1, 1.0, "false", "否", 0, None, np.nan, " "], dtype=object)
    assert flags_of(written, name="in_scheme").tolist() == [True] * 5 + [False] * 3 + [None] * 3
    with pytest.raises(gp.InputError, match="in_scheme: 1 values are not yes or no: row 0: 'maybe'"):
        flags_of(pd.Series(["maybe"]), name="in_scheme")


@pytest.mark.parametrize(
    "value",
    [
        "2026-01", "2026/1", "2026年1月", "202601", 202601, 202601.0, "2026-01-31", pd.Timestamp("2026-01-31 23:00"),
        pd.Period("2026-01", "M"), "２０２６-０１",
    ],
)  # fmt: skip
def test_a_month_is_read_however_it_is_written(value: object) -> None:
    assert month_in(value) == "2026-01"


@pytest.mark.parametrize("value", ["2026", "2026-13", "2026Q1", pd.Period("2026Q1", "Q"), "", None, 13])
def test_what_is_no_month_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is no"):
        month_in(value)
