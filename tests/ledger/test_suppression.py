"""Small counts stay hidden from whoever knows all totals: attacked with linear programming."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from gridpart.ledger import suppress

LEAST = 10


def ranges(shown: np.ndarray, cell: tuple[int, int]) -> tuple[float, float]:
    """What an attacker can prove about a hidden count: its least and largest value, given all sums."""
    rows, columns = shown.shape
    index = np.arange(rows * columns).reshape(rows, columns)
    equations, sides = [], []
    for row in range(rows):
        equations.append(np.bincount(index[row, :-1], minlength=index.size) - np.eye(index.size)[index[row, -1]])
        sides.append(0.0)
    for column in range(columns):
        equations.append(np.bincount(index[:-1, column], minlength=index.size) - np.eye(index.size)[index[-1, column]])
        sides.append(0.0)
    bounds = [(0, None) if np.isnan(value) else (value, value) for value in shown.ravel()]
    goal = np.eye(index.size)[index[cell]]
    least = linprog(goal, A_eq=np.array(equations), b_eq=sides, bounds=bounds)
    most = linprog(-goal, A_eq=np.array(equations), b_eq=sides, bounds=bounds)
    assert least.status == 0
    return least.fun, np.inf if most.status == 3 else -most.fun


def check(counts: np.ndarray) -> np.ndarray:
    shown = suppress(pd.DataFrame(counts), least=LEAST).to_numpy()
    full = np.pad(counts, ((0, 1), (0, 1)))
    full[:-1, -1] = counts.sum(axis=1)
    full[-1] = full[:-1].sum(axis=0)
    known = ~np.isnan(shown)
    assert (shown[known] == full[known]).all()
    assert (shown[known] >= LEAST).all()
    for cell in map(tuple, np.argwhere(~known).tolist()):
        low, high = ranges(shown, cell)
        assert high - low > 0.99, (counts, shown, cell, low, high)
    for line in [*shown[:-1], *shown[:, :-1].T]:
        hidden = np.isnan(line[:-1])
        if hidden.any() and not np.isnan(line[-1]):
            assert line[-1] - line[:-1][~hidden].sum() >= LEAST
    return shown


def test_R123_random_tables_withstand_the_attack() -> None:
    rng = np.random.default_rng(0)
    for _ in range(40):
        shape = (int(rng.integers(1, 6)), int(rng.integers(1, 6)))
        check(rng.poisson(rng.choice([3.0, 12.0, 40.0], shape)))


@pytest.mark.full
def test_R123_many_random_tables_withstand_the_attack() -> None:
    rng = np.random.default_rng(1)
    for _ in range(1500):
        shape = (int(rng.integers(1, 8)), int(rng.integers(1, 8)))
        check(rng.poisson(rng.choice([0.3, 3.0, 12.0, 40.0], shape)))


def test_R123_a_single_small_count_takes_others_with_it() -> None:
    shown = check(np.array([[50, 3, 40], [30, 20, 60], [25, 35, 45]]))
    assert np.isnan(shown).sum() >= 4


def test_a_table_without_small_counts_is_shown_whole_and_a_small_table_not_at_all() -> None:
    assert not np.isnan(check(np.array([[10, 20], [30, 40]]))).any()
    assert np.isnan(check(np.array([[1, 2], [0, 3]]))).all()
    one = check(np.array([[4, 100, 60]]))
    assert np.isnan(one[0, [0, 2]]).all()
    assert one[0, 1] == 100
