"""Arcs: rings put together from arcs are the rings they came from, and every border is stored once."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely

from gridpart.coverage import Arcs, shared_arcs, tessellate


def rebuilt(arcs: Arcs, number: int) -> list[np.ndarray]:
    rings = []
    for ring in range(arcs.polygon_offsets[number], arcs.polygon_offsets[number + 1]):
        chain: list[np.ndarray] = []
        for use in arcs.ring_arcs[arcs.ring_offsets[ring] : arcs.ring_offsets[ring + 1]]:
            arc = use if use >= 0 else ~use
            points = arcs.points[arcs.offsets[arc] : arcs.offsets[arc + 1]]
            chain.append(points if use >= 0 else points[::-1])
        for one, two in zip(chain, chain[1:] + chain[:1], strict=True):
            assert (one[-1] == two[0]).all()
        rings.append(np.concatenate([points[:-1] for points in chain]))
    return rings


def assert_same_polygons(polygons: np.ndarray) -> Arcs:
    arcs = shared_arcs(polygons)
    for number, polygon in enumerate(polygons):
        expected = shapely.normalize(shapely.polygonize([shapely.unary_union(shapely.boundary(polygon))]))
        lines = [np.vstack([ring, ring[:1]]) for ring in rebuilt(arcs, number)]
        found = shapely.normalize(shapely.polygonize([shapely.unary_union(shapely.MultiLineString(lines))]))
        assert found.equals(expected)
    return arcs


def edges_of(points: np.ndarray, offsets: np.ndarray) -> list[tuple[bytes, bytes]]:
    found = []
    for start, end in itertools.pairwise(offsets):
        chain = [point.tobytes() for point in points[start:end]]
        found += [tuple(sorted(pair)) for pair in itertools.pairwise(chain)]
    return found


@pytest.mark.parametrize("seed", range(8))
def test_tessellations_with_holes_and_parts(seed: int) -> None:
    generator = np.random.default_rng(seed)
    hole = shapely.box(40, 40, 60, 60)
    area = shapely.MultiPolygon(
        [shapely.box(0, 0, 100, 100) - hole, shapely.box(120, 0, 140, 20), shapely.box(45, 45, 50, 50)]
    )
    coverage, owner = tessellate(generator.uniform(0, 100, (40, 2)), area)
    _, polygons = coverage.dissolve(owner)
    arcs = assert_same_polygons(polygons)
    edges = edges_of(arcs.points, arcs.offsets)
    assert len(edges) == len(set(edges))


def test_islands_enclaves_and_pinches() -> None:
    outer = shapely.box(0, 0, 10, 10)
    inner = shapely.Polygon([(3, 3), (7, 3), (7, 7), (3, 7)])
    turned = shapely.Polygon([(7, 7), (3, 7), (3, 3), (7, 3)])
    arcs = assert_same_polygons(np.array([outer - inner, turned], dtype=object))
    assert len(arcs.offsets) - 1 == 2
    pinched = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 1, 2, 2)], dtype=object)
    assert_same_polygons(pinched)


def test_polygons_that_share_no_vertex_stay_whole() -> None:
    polygons = np.array([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)], dtype=object)
    assert len(assert_same_polygons(polygons).offsets) - 1 == 2


@pytest.mark.parametrize("polygons", [[], [shapely.Polygon()], [shapely.Polygon(), shapely.box(0, 0, 1, 1)]])
def test_empty_polygons_have_no_arcs(polygons: list[shapely.Polygon]) -> None:
    shapes = np.array(polygons, dtype=object)
    arcs = shared_arcs(shapes)
    full = int((~shapely.is_empty(shapes)).sum())
    assert len(arcs.offsets) - 1 == full
    assert arcs.polygon_offsets.tolist()[-1] == full
