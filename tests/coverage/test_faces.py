"""Quick ways round the edges of a coverage follow the same path as the plain ones."""

from __future__ import annotations

import numpy as np
import pytest
from planar_layouts import random_county

from gridpart._typing import FloatArray, IntArray
from gridpart.coverage import _faces, arrange
from gridpart.coverage._faces import next_half_edges, next_of_both_ways, trace_rings
from gridpart.coverage._matching import order_within
from gridpart.errors import CoverageError


def _both_ways(seed: int) -> tuple[FloatArray, IntArray, IntArray]:
    rng = np.random.default_rng(seed)
    coverage = arrange([random_county(rng, n_points=40, n_cells=8).cells for _ in range(3)], tolerance=1e-7).coverage
    one, two = coverage.edges.T
    return coverage.vertices, np.concatenate([one, two]), np.concatenate([two, one])


@pytest.mark.parametrize("seed", range(10))
def test_where_edges_run_both_ways_the_next_one_is_the_same(seed: int) -> None:
    vertices, tail, head = _both_ways(seed)
    expected = next_half_edges(vertices, tail, head, np.zeros(len(tail), dtype=np.int64))
    assert np.array_equal(next_of_both_ways(vertices, tail, head), expected)


@pytest.mark.parametrize("few", [0, 3, 40, 10**9])
def test_walks_taken_together_are_those_taken_one_after_the_other(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_faces, "_FEW", few)
    successor = np.random.default_rng(few).permutation(500)
    walk, offset, cycle = _faces._closed_walks(successor)
    plain, seen = [], set()
    for first in range(len(successor)):
        edge, path = first, []
        while edge not in seen:
            seen.add(edge)
            path.append(edge)
            edge = int(successor[edge])
        plain += [path] if path else []
    assert [part.tolist() for part in np.split(walk, offset[1:-1])] == plain
    assert [cycle[path].tolist() for path in plain] == [[number] * len(path) for number, path in enumerate(plain)]


def test_edges_that_leave_a_vertex_in_one_direction_are_refused() -> None:
    vertices = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, 0.0]])
    one, two = np.array([0, 0, 1, 2]), np.array([1, 2, 3, 3])
    tail, head = np.concatenate([one, two]), np.concatenate([two, one])
    with pytest.raises(CoverageError, match="overlap at"):
        trace_rings(vertices, tail, head, np.zeros(8, dtype=np.int64), both_ways=True)


def test_no_edges_have_no_rings() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert len(trace_rings(np.zeros((2, 2)), none, none, none, both_ways=True).area) == 0


@pytest.mark.parametrize("seed", range(6))
def test_order_within_groups_is_that_of_a_sort_by_two_keys(seed: int) -> None:
    rng = np.random.default_rng(seed)
    group, value = rng.integers(0, 40, 600), rng.normal(0, 10.0**seed, 600)
    value[: 60 * seed] = rng.integers(0, 3, 60 * seed)  # equal values keep their order
    value[-2:] = 1.0, np.nextafter(1.0, 2.0)  # nearer than one key can tell
    group[-2:] = 7
    assert np.array_equal(order_within(group, value), np.lexsort((value, group)))
