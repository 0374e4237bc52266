"""Vertices that noding made are left out where a border passes straight, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from planar_layouts import random_county

from gridpart.coverage import arrange, prove_partition

TOLERANCE_M = 1e-6


def _joined(layers: list[np.ndarray]) -> shapely.Geometry:
    found = arrange(layers, tolerance=TOLERANCE_M)
    labels = np.zeros(len(found.coverage), dtype=np.int64)
    (joined,) = found.coverage.dissolve(labels, loose=found.is_crossing, within=TOLERANCE_M / 4)[1]
    return joined


def test_a_border_that_others_cross_has_its_own_corners_only() -> None:
    squares = np.array([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)], dtype=object)
    strips = np.array([shapely.Polygon([(-1, y), (21, y + 1), (21, y + 2), (-1, y + 1)]) for y in (1, 4)], dtype=object)
    found = arrange([squares, strips], tolerance=TOLERANCE_M)
    assert found.is_crossing.sum() == 12
    labels = found.labels[:, 0]
    _, plain = found.coverage.dissolve(labels)
    _, straight = found.coverage.dissolve(labels, loose=found.is_crossing, within=TOLERANCE_M / 4)
    assert shapely.get_num_coordinates(plain).tolist() == [13, 13]
    assert shapely.get_num_coordinates(straight).tolist() == [5, 5]
    assert shapely.equals(straight, squares).all()


def test_a_corner_that_two_polygons_make_together_stays() -> None:
    crossed = [np.array([shapely.box(*box)], dtype=object) for box in ((0, 1, 3, 2), (1, 0, 2, 3))]
    cross = _joined(crossed)
    assert cross.equals(shapely.union_all(crossed))
    assert shapely.get_num_coordinates(cross) == 13


def test_a_ring_of_crossings_alone_keeps_its_corners() -> None:
    bar = shapely.box(-9, -3, 9, -1)
    bars = [np.array([shapely.transform(bar, lambda xy, third=third: xy @ _turn(third))]) for third in range(3)]
    joined = _joined(bars)
    (triangle,) = joined.interiors
    assert len(triangle.coords) == 4
    assert joined.area == pytest.approx(shapely.union_all(bars).area, rel=1e-9)


def _turn(third: int) -> np.ndarray:
    angle = third * 2 * np.pi / 3
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_polygons_cut_by_others_come_back_as_they_were(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counties = [random_county(rng, n_points=40, n_cells=8) for _ in range(3)]
    found = arrange([county.cells for county in counties], tolerance=TOLERANCE_M)
    names, cells = found.coverage.dissolve(found.labels[:, 0], loose=found.is_crossing, within=TOLERANCE_M / 4)
    given_cells = counties[0].cells[names]
    assert shapely.area(cells) == pytest.approx(shapely.area(given_cells), abs=1e-6)
    assert (shapely.get_num_coordinates(cells) == shapely.get_num_coordinates(given_cells)).all()
    proof = prove_partition(cells, counties[0].area)
    assert proof.holds, proof
