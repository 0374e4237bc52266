"""Sorts that stand in for those of numpy give the same."""

from __future__ import annotations

import numpy as np
import pytest

from gridpart.coverage._matching import distinct, grouped


@pytest.mark.parametrize("largest", [0, 3, 50, np.iinfo(np.int64).max - 1])
@pytest.mark.parametrize("n", [0, 1, 500])
def test_rows_of_a_group_stay_in_order(largest: int, n: int) -> None:
    codes = np.random.default_rng(n).integers(0, largest, n, endpoint=True)
    assert grouped(codes).tolist() == np.argsort(codes, kind="stable").tolist()
    assert distinct(codes).tolist() == np.unique(codes).tolist()
