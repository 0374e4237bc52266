"""A coverage is read off polygons without changing them; dissolving and neighbours are arithmetic on its edges."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from planar_layouts import ORIGIN, random_county

from gridpart.coverage import Coverage, prove_partition
from gridpart.errors import CoverageError

SEEDS = st.integers(0, 2**32 - 1)


def _coverage(*wkt: str) -> Coverage:
    return Coverage.from_polygons(shapely.from_wkt(list(wkt)))


def _dissolved(coverage: Coverage, *labels: int) -> list[str]:
    _, polygons = coverage.dissolve(np.array(labels))
    return [shapely.normalize(polygon).wkt for polygon in polygons]


def _normal(wkt: str) -> str:
    return shapely.normalize(shapely.from_wkt(wkt)).wkt


LEFT = "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"
RIGHT = "POLYGON ((1 0, 2 0, 2 1, 1 1, 1 0))"
RING = "POLYGON ((0 0, 3 0, 3 3, 0 3, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1))"
ENCLAVE = "POLYGON ((1 1, 2 1, 2 2, 1 2, 1 1))"


def test_shared_edges_are_stored_once() -> None:
    coverage = _coverage(LEFT, RIGHT)
    assert len(coverage.edges) == 7
    assert len(coverage.vertices) == 6
    between = (coverage.left_face >= 0) & (coverage.right_face >= 0)
    assert between.sum() == 1
    assert {int(coverage.left_face[between][0]), int(coverage.right_face[between][0])} == {0, 1}
    assert coverage.edge_lengths.sum() == 7.0


def test_ring_direction_and_start_do_not_matter() -> None:
    clockwise = _coverage(LEFT, "POLYGON ((2 1, 2 0, 1 0, 1 1, 2 1))")
    assert clockwise.adjacency()[2].tolist() == [1.0]


def test_repeated_points_and_empty_parts_make_no_edges() -> None:
    coverage = _coverage("MULTIPOLYGON (((0 0, 1 0, 1 0, 1 1, 0 1, 0 0)), EMPTY)", "POLYGON EMPTY", RIGHT)
    assert len(coverage.edges) == 7
    assert coverage.adjacency()[0].tolist() == [0]
    assert coverage.adjacency()[1].tolist() == [2]


def test_minus_zero_is_zero() -> None:
    assert _coverage("POLYGON ((-0.0 0, 0 1, -1 1, -1 0, -0.0 0))", LEFT).adjacency()[2].tolist() == [1.0]


def test_heights_are_dropped() -> None:
    assert _coverage("POLYGON Z ((0 0 5, 1 0 5, 1 1 5, 0 1 5, 0 0 5))", RIGHT).adjacency()[2].tolist() == [1.0]


def test_no_polygons_make_an_empty_coverage() -> None:
    coverage = Coverage.from_polygons([])
    assert len(coverage) == 0
    assert len(coverage.adjacency()[0]) == 0
    assert len(coverage.dissolve(np.zeros(0, dtype=np.int64))[0]) == 0
    assert coverage.boundary().is_empty


@pytest.mark.parametrize("other", [LEFT, "POLYGON ((0 0, 1 0, 1 2, 0 2, 0 0))"])
def test_polygons_on_the_same_side_of_an_edge_are_refused_with_the_place(other: str) -> None:
    with pytest.raises(
        CoverageError, match=r"edges have more than one polygon on a side, at \(.*polygons 0, 1 overlap"
    ):
        _coverage(LEFT, other)


def test_what_is_no_polygon_is_refused_by_row() -> None:
    with pytest.raises(CoverageError, match="row 1 is not one"):
        _coverage(LEFT, "LINESTRING (0 0, 1 1)")


def test_dissolving_fills_an_enclave_only_if_it_has_the_label() -> None:
    coverage = _coverage(RING, ENCLAVE)
    assert _dissolved(coverage, 7, 7) == [_normal("POLYGON ((0 0, 3 0, 3 3, 0 3, 0 0))")]
    assert _dissolved(coverage, 7, 8) == [_normal(RING), _normal(ENCLAVE)]
    assert _dissolved(coverage, 7, -1) == [_normal(RING)]


def test_dissolving_keeps_parts_that_meet_at_a_point_apart() -> None:
    squares = [f"POLYGON (({x} {y}, {x + 1} {y}, {x + 1} {y + 1}, {x} {y + 1}, {x} {y}))" for x, y in ((0, 0), (1, 1))]
    corner = "POLYGON ((1 0, 2 0, 2 1, 1 1, 1 0))"
    coverage = _coverage(*squares, corner)
    pinched = coverage.dissolve(np.array([0, 0, -1]))[1][0]
    assert pinched.geom_type == "MultiPolygon"
    assert pinched.is_valid
    whole = coverage.dissolve(np.array([0, 0, 0]))[1][0]
    assert whole.geom_type == "Polygon"


def test_a_hole_that_touches_the_shell_at_a_point_stays_a_hole() -> None:
    touching = "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (0 0, 1 2, 2 1, 0 0))"
    coverage = _coverage(touching, "POLYGON ((0 0, 2 1, 1 2, 0 0))")
    (first, second) = _dissolved(coverage, 0, 1)
    assert first == _normal(touching)
    assert second == _normal("POLYGON ((0 0, 2 1, 1 2, 0 0))")


def test_holes_that_meet_in_a_ring_cut_the_land_in_two() -> None:
    # four triangles round the middle touch each other at their corners: inside is apart from outside
    inner = shapely.box(4, 4, 6, 6)
    teeth = [
        shapely.Polygon([(4, 4), (6, 4), (5, 3)]),
        shapely.Polygon([(6, 4), (6, 6), (7, 5)]),
        shapely.Polygon([(6, 6), (4, 6), (5, 7)]),
        shapely.Polygon([(4, 6), (4, 4), (3, 5)]),
    ]
    outside = shapely.box(0, 0, 10, 10).difference(shapely.union_all([inner, *teeth]))
    coverage = Coverage.from_polygons([outside, inner, *teeth])
    land = coverage.dissolve(np.array([0, 0, 1, 1, 1, 1]))[1][0]
    assert land.geom_type == "MultiPolygon"
    assert land.is_valid
    assert sorted(part.area for part in land.geoms) == [4.0, 92.0]


def test_a_thin_island_stays_a_hole_of_the_land_round_it() -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        east = np.linspace(0, 80_000, 30)
        north = np.cumsum(rng.normal(0, 2_000, 30))
        width = 10.0 ** rng.uniform(-4, 0)
        ring = np.concatenate([np.column_stack([east, north + width]), np.column_stack([east, north])[::-1]])
        strip = shapely.Polygon(ring + ORIGIN)
        land = shapely.Polygon(strip.buffer(9e5, quad_segs=2).exterior, [strip.exterior])
        coverage = Coverage.from_polygons([land, strip])
        _, (one, two) = coverage.dissolve(np.array([0, 1]))
        assert shapely.get_num_interior_rings(one) == 1
        assert shapely.equals_exact(shapely.normalize(two), shapely.normalize(strip))


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_dissolving_equals_the_union_of_the_polygons(seed: int) -> None:
    rng = np.random.default_rng(seed)
    county = random_county(rng, n_points=50)
    coverage = Coverage.from_polygons(county.cells)
    labels = rng.integers(-1, 5, len(county.cells))
    unique, merged = coverage.dissolve(labels)
    assert unique.tolist() == sorted(set(labels.tolist()) - {-1})
    for label, polygon in zip(unique, merged, strict=True):
        union = shapely.coverage_union_all(county.cells[labels == label])
        assert polygon.is_valid
        assert polygon.area == pytest.approx(union.area, rel=1e-12)
        assert polygon.length == pytest.approx(union.length, rel=1e-12)
        assert shapely.get_num_geometries(polygon) == shapely.get_num_geometries(union)
        assert _n_holes(polygon) == _n_holes(union)
    kept = shapely.coverage_union_all(county.cells[labels >= 0]) if (labels >= 0).any() else shapely.Polygon()
    assert prove_partition(merged, kept).holds
    assert Coverage.from_polygons(merged).boundary().area == pytest.approx(kept.area, rel=1e-12)


def _n_holes(polygon: shapely.Geometry) -> int:
    return int(shapely.get_num_interior_rings(shapely.get_parts(polygon)).sum())


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_neighbours_and_border_lengths_are_those_of_shapely(seed: int) -> None:
    rng = np.random.default_rng(seed)
    county = random_county(rng, n_points=40)
    one, two, border_m = Coverage.from_polygons(county.cells).adjacency()
    found = {(a, b): length for a, b, length in zip(one.tolist(), two.tolist(), border_m.tolist(), strict=True)}
    assert list(found) == sorted(found)
    for a in range(len(county.cells)):
        for b in range(a + 1, len(county.cells)):
            shared = county.cells[a].boundary.intersection(county.cells[b].boundary).length
            assert found.get((a, b), 0.0) == pytest.approx(shared, rel=1e-9, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_adjacency_by_label_is_adjacency_of_the_dissolved(seed: int) -> None:
    rng = np.random.default_rng(seed)
    county = random_county(rng, n_points=50)
    coverage = Coverage.from_polygons(county.cells)
    labels = rng.integers(0, 5, len(county.cells))
    labels[:5] = np.arange(5)
    one, two, border_m = coverage.adjacency(labels)
    _, merged = coverage.dissolve(labels)
    again = Coverage.from_polygons(merged).adjacency()
    assert one.tolist() == again[0].tolist()
    assert two.tolist() == again[1].tolist()
    np.testing.assert_allclose(border_m, again[2], rtol=1e-12)


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_the_boundary_is_the_area_and_every_inner_edge_has_two_faces(seed: int) -> None:
    county = random_county(np.random.default_rng(seed), n_points=40)
    coverage = Coverage.from_polygons(county.cells)
    assert coverage.areas.sum() == pytest.approx(county.area.area, rel=1e-12)
    assert shapely.equals(coverage.boundary(), county.area)
    lengths = 2 * coverage.edge_lengths.sum() - coverage.edge_lengths[coverage.right_face < 0].sum()
    assert lengths == pytest.approx(shapely.length(county.cells).sum(), rel=1e-12)
    assert (coverage.left_face >= 0).all()


@pytest.mark.parametrize(
    ("layer", "n_holes"),
    [("yichang", 2), ("wuhan", 1), ("qianjiang_and_neighbours", None)],
    ids=str,
)
def test_real_counties_join_with_their_exclaves_open(shared_data: Path, layer: str, n_holes: int | None) -> None:
    counties = gpd.read_file(shared_data / "cn_admin" / "counties_gcj02.gpkg", layer=layer)
    shapes = np.asarray(counties.geometry.array)
    coverage = Coverage.from_polygons(shapes)
    whole = coverage.boundary()
    assert whole.is_valid
    assert whole.area == pytest.approx(shapely.area(shapes).sum(), rel=1e-12)
    assert n_holes is None or _n_holes(whole) == n_holes
    union = shapely.coverage_union_all(shapes)
    assert (_n_holes(whole), whole.length) == (_n_holes(union), pytest.approx(union.length))
    assert prove_partition(shapes, whole).holds


def test_dissolving_polygons_that_overlap_is_refused_with_the_place() -> None:
    coverage = _coverage("POLYGON ((0 0, 4 0, 0 4, 0 0))", "POLYGON ((0 0, 3 1, 3 3, 0 0))")
    with pytest.raises(CoverageError, match=r"overlap at \d+ ends of edges, the first at \(\d"):
        coverage.dissolve(np.array([0, 1]))
