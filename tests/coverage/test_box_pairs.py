"""Boxes that meet: strips and tree tell the same pairs as looking at all of them."""

from __future__ import annotations

import numpy as np
import pytest

from gridpart._typing import BoolArray, FloatArray
from gridpart.coverage import _box_pairs
from gridpart.coverage._box_pairs import meeting_boxes


def _random_boxes(seed: int) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Boxes of which some are points, some lie on a lattice, some on a line, and some reach across all others."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(0, 120))
    low = rng.uniform(0, 1000, (n, 2)) + [0, 3_400_000][seed % 2]
    size = rng.exponential(30, (n, 2)) * (rng.uniform(size=(n, 1)) < 0.8)
    size += (rng.uniform(size=(n, 1)) < 0.05) * rng.uniform(0, 900, (n, 2))
    if seed % 3 == 0:
        low, size = np.round(low / 50) * 50, np.round(size / 50) * 50
    if seed % 5 == 0:
        low[:, seed % 2], size[:, seed % 2] = 7.0, 0.0
    return low, low + size, rng.uniform(size=n) < [0.0, 0.2, 1.0][seed % 3]


@pytest.mark.parametrize("crowded", [-1, 40], ids=["tree", "strips"])
@pytest.mark.parametrize("seed", range(60))
def test_pairs_are_those_that_looking_at_all_boxes_finds(
    seed: int, crowded: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_box_pairs, "_CROWDED", crowded)
    monkeypatch.setattr(_box_pairs, "_BLOCK", 1 + seed % 7)
    low, high, asked = _random_boxes(seed)
    meet = (low[:, None] <= high[None]).all(axis=2) & (low[None] <= high[:, None]).all(axis=2)
    meet &= asked[:, None] | asked[None]
    expected = np.argwhere(np.triu(meet, 1))
    one, two = meeting_boxes(low, high, asked=asked)
    order = np.lexsort((two, one))
    assert np.array_equal(np.column_stack([one, two])[order], expected)


def test_one_crowded_place_is_left_to_the_tree() -> None:
    low = np.zeros((100, 2))
    assert _box_pairs._Strips(low, low + 1).looks > _box_pairs._CROWDED * len(low)
    assert len(meeting_boxes(low, low + 1, asked=np.ones(100, dtype=np.bool_))[0]) == 4950
