"""Sharing whole numbers without losing anyone."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridpart.partition.apportion import share_by_weight


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 10**7), st.lists(st.floats(0, 1e9), min_size=1, max_size=9)), min_size=1, max_size=9
    )
)
def test_whole_numbers_stay_whole_and_sums_exact(groups: list[tuple[int, list[float]]]) -> None:
    amounts = np.array([amount for amount, _ in groups], dtype=float)
    source = np.repeat(np.arange(len(groups)), [len(weights) for _, weights in groups])
    weights = np.array([weight for _, row in groups for weight in row])
    shares = share_by_weight(amounts, source, weights)
    assert (shares == np.floor(shares)).all()
    assert (shares >= 0).all()
    assert np.bincount(source, weights=shares).tolist() == amounts.tolist()
    for row in range(len(groups)):
        total = weights[source == row].sum()
        if total > 0:
            exact = amounts[row] * (weights[source == row] / total)
            assert np.abs(shares[source == row] - exact).max() <= 1 + 1e-6


def test_unknown_amounts_stay_unknown() -> None:
    shares = share_by_weight(np.array([np.nan, 3.0]), np.array([0, 0, 1, 1]), np.ones(4))
    assert np.isnan(shares[:2]).all()
    assert shares[2:].tolist() == [2.0, 1.0]
