"""Layers noded together once: areas as GEOS has them on a fine grid, and labels found without testing points."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from planar_layouts import random_county

from gridpart.coverage import Coverage, arrange, prove_partition
from gridpart.errors import CoverageError

GRID_M = 1e-7
"""GEOS overlays are judged on this grid: its floating overlay has returned wrong areas on valid input."""


def _layer(*shapes: shapely.Geometry) -> np.ndarray:
    return np.array(shapes, dtype=object)


def _areas(layers: list[np.ndarray], *, tolerance: float = 1e-6) -> dict[tuple[int, ...], float]:
    found = arrange(layers, tolerance=tolerance)
    areas: dict[tuple[int, ...], float] = {}
    for labels, area in zip(found.labels.tolist(), found.coverage.areas.tolist(), strict=True):
        areas[tuple(labels)] = areas.get(tuple(labels), 0.0) + area
    return areas


def test_two_overlapping_squares_have_three_faces() -> None:
    areas = _areas([_layer(shapely.box(0, 0, 2, 2)), _layer(shapely.box(1, 1, 3, 3))])
    assert areas == {(0, -1): 3.0, (0, 0): 1.0, (-1, 0): 3.0}


def test_equal_layers_have_the_same_faces() -> None:
    squares = _layer(shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1))
    assert _areas([squares, squares[::-1]]) == {(0, 1): 1.0, (1, 0): 1.0}


def test_a_polygon_deep_inside_another_is_found_without_shared_edges() -> None:
    areas = _areas([_layer(shapely.box(0, 0, 9, 9)), _layer(shapely.box(3, 3, 6, 6)), _layer(shapely.box(4, 4, 5, 5))])
    assert areas == {(0, -1, -1): 72.0, (0, 0, -1): 8.0, (0, 0, 0): 1.0}


def test_holes_stay_uncovered() -> None:
    ring = shapely.box(0, 0, 9, 9).difference(shapely.box(3, 3, 6, 6))
    assert _areas([_layer(ring), _layer(shapely.box(4, 4, 5, 5))]) == {(0, -1): 72.0, (-1, 0): 1.0}


def test_counted_polygons_may_overlap() -> None:
    counted = _layer(shapely.box(0, 0, 2, 1), shapely.box(1, 0, 3, 1), shapely.box(1, 0, 2, 1))
    found = arrange([_layer(shapely.box(0, 0, 4, 1))], tolerance=1e-6, counted=[counted])
    by_count = np.bincount(found.counts[:, 0], found.coverage.areas)
    assert by_count.tolist() == [1.0, 2.0, 0.0, 1.0]


def test_a_sliver_wider_than_the_tolerance_is_kept_and_a_thinner_one_is_closed() -> None:
    left, right = shapely.box(0, 0, 1, 1), shapely.box(1.01, 0, 2, 1)
    area = _layer(shapely.box(0, 0, 2, 1))
    assert _areas([area, _layer(left, right)], tolerance=0.001)[0, -1] == pytest.approx(0.01)
    assert (0, -1) not in _areas([area, _layer(left, right)], tolerance=0.05)


@pytest.mark.parametrize(
    "layer",
    [
        _layer(shapely.box(0, 0, 2, 2), shapely.box(0, 0, 2, 2)),
        _layer(shapely.box(0, 0, 2, 2), shapely.box(0, 0, 1, 2)),
        _layer(shapely.box(0, 0, 9, 9), shapely.box(2, 2, 3, 3)),
        _layer(shapely.box(0, 0, 1, 2), shapely.box(1, 0, 2, 2), shapely.box(0, 0, 2, 2)),
        _layer(shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)),
    ],
    ids=["equal", "half", "nested", "covered twice", "crossing"],
)
def test_overlaps_within_a_layer_are_refused(layer: np.ndarray) -> None:
    with pytest.raises(CoverageError, match=r"Polygons .* overlap"):
        arrange([layer], tolerance=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_areas_are_those_of_the_overlay_on_a_fine_grid(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, two = (random_county(rng, n_points=25, n_cells=6).cells for _ in range(2))
    areas = _areas([one, two], tolerance=GRID_M)
    for a in range(len(one)):
        for b in range(len(two)):
            expected = shapely.intersection(one[a], two[b], grid_size=GRID_M).area
            assert areas.get((a, b), 0.0) == pytest.approx(expected, abs=1e-2)
    for labels, layer in ((0, one), (1, two)):
        for number in range(len(layer)):
            mine = sum(area for key, area in areas.items() if key[labels] == number)
            assert mine == pytest.approx(layer[number].area, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-7, 1))
def test_the_result_is_a_coverage_at_any_tolerance(seed: int, exponent: float) -> None:
    rng = np.random.default_rng(seed)
    layers = [random_county(rng, n_points=25, n_cells=5).cells for _ in range(3)]
    points, index = np.unique(shapely.get_coordinates(layers[0]), axis=0, return_inverse=True)
    shaken = points + rng.normal(0, 10**exponent, points.shape)  # borders drawn twice, nearly alike
    again = shapely.set_coordinates(layers[0].copy(), shaken[index])
    with contextlib.suppress(CoverageError):  # shaken so much that its own cells overlap
        if Coverage.from_polygons(again).boundary().is_valid and shapely.is_valid(again).all():
            layers.append(again)
    try:
        found = arrange(layers, tolerance=10**exponent)
    except CoverageError:  # merged vertices turned a border over: with tolerances far above any in use, never unsaid
        assert exponent > -1
        return
    assert shapely.is_valid(found.coverage.polygons).all()
    reread = Coverage.from_polygons(found.coverage.polygons)
    assert prove_partition(found.coverage.polygons, reread.boundary()).holds
    for column, layer in enumerate(layers):
        labels = found.labels[:, column]
        mine = np.bincount(labels[labels >= 0], found.coverage.areas[labels >= 0], minlength=len(layer))
        reach = shapely.length(layer) * 10**exponent * 2 + 1e-3
        assert (np.abs(mine - shapely.area(layer)) <= reach).all()


def test_the_order_of_polygons_in_a_layer_changes_labels_only() -> None:
    rng = np.random.default_rng(1)
    one, two = (random_county(rng, n_points=30).cells for _ in range(2))
    turned = rng.permutation(len(two))
    first = arrange([one, two], tolerance=1e-7)
    second = arrange([one, two[turned]], tolerance=1e-7)
    renamed = np.where(second.labels[:, 1] < 0, -1, turned[second.labels[:, 1]])
    expected = sorted(zip(shapely.area(first.coverage.polygons).round(3), *first.labels.T.tolist(), strict=True))
    given_ = sorted(zip(shapely.area(second.coverage.polygons).round(3), second.labels[:, 0], renamed, strict=True))
    assert [tuple(map(float, row)) for row in given_] == [tuple(map(float, row)) for row in expected]


def test_faces_left_and_right_of_edges_agree_with_the_polygons() -> None:
    rng = np.random.default_rng(5)
    coverage = arrange([random_county(rng, n_points=30).cells for _ in range(2)], tolerance=1e-7).coverage
    reread = Coverage.from_polygons(coverage.polygons)
    one, two, border_m = coverage.adjacency()
    again = reread.adjacency()
    assert one.tolist() == again[0].tolist()
    assert two.tolist() == again[1].tolist()
    np.testing.assert_allclose(border_m, again[2])
