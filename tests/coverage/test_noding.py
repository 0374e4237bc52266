"""Noded linework meets only at shared vertices, moves by no more than promised, and settles."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridpart.coverage import _noding
from gridpart.coverage._matching import group_edges, unique_points
from gridpart.coverage._noding import NodedSegments, merge_close_points, node_segments
from gridpart.coverage._rings import DirectedEdges, directed_edges


def _noded(*lines: str, tolerance: float = 1e-6) -> NodedSegments:
    points = np.array([shapely.get_coordinates(shapely.from_wkt(line)) for line in lines])
    return node_segments(points[:, 0], points[:, 1], tolerance=tolerance)


def _pieces(noded: NodedSegments, source: int) -> list[list[float]]:
    mine = noded.source == source
    return [[*noded.vertices[a], *noded.vertices[b]] for a, b in zip(noded.tail[mine], noded.head[mine], strict=True)]


def _faults(noded: NodedSegments) -> str | None:
    """Return how pieces meet elsewhere than at vertices, judged by GEOS' exact predicates."""
    pairs = np.unique(np.sort(np.column_stack([noded.tail, noded.head]), axis=1), axis=0)
    lines = shapely.linestrings(noded.vertices[pairs])
    tree = shapely.STRtree(lines)
    for predicate in ("crosses", "overlaps"):
        one, two = tree.query(lines, predicate=predicate)
        if len(one):
            return f"{lines[one[0]]} {predicate} {lines[two[0]]}"
    vertex = np.unique(pairs)
    point, line = tree.query(shapely.points(noded.vertices[vertex]), predicate="intersects")
    loose = ~(pairs[line] == vertex[point][:, None]).any(axis=1)
    return f"vertex {noded.vertices[vertex[point[loose][0]]]} lies on {lines[line[loose][0]]}" if loose.any() else None


def test_two_segments_that_cross_share_the_crossing() -> None:
    noded = _noded("LINESTRING (0 0, 2 2)", "LINESTRING (0 2, 2 0)")
    assert _pieces(noded, 0) == [[0, 0, 1, 1], [1, 1, 2, 2]]
    assert _pieces(noded, 1) == [[0, 2, 1, 1], [1, 1, 2, 0]]


def test_pieces_keep_the_direction_of_their_segment() -> None:
    noded = _noded("LINESTRING (4 0, 0 0)", "LINESTRING (1 0, 1 5)", "LINESTRING (3 0, 3 5)")
    assert _pieces(noded, 0) == [[4, 0, 3, 0], [3, 0, 1, 0], [1, 0, 0, 0]]


def test_segments_on_top_of_each_other_become_the_same_pieces() -> None:
    noded = _noded("LINESTRING (0 0, 3 0)", "LINESTRING (1 0, 4 0)")
    assert _pieces(noded, 0) == [[0, 0, 1, 0], [1, 0, 3, 0]]
    assert _pieces(noded, 1) == [[1, 0, 3, 0], [3, 0, 4, 0]]


def test_a_vertex_beside_a_segment_is_inserted_and_keeps_its_place() -> None:
    noded = _noded("LINESTRING (0 0, 4 0)", "LINESTRING (2 0.05, 2 3)", tolerance=0.1)
    assert _pieces(noded, 0) == [[0, 0, 2, 0.05], [2, 0.05, 4, 0]]


def test_earlier_points_stay_to_the_bit_and_later_ones_move_onto_them() -> None:
    noded = _noded("LINESTRING (0 0, 1 0)", "LINESTRING (1.04 0, 2 0)", tolerance=0.1)
    assert _pieces(noded, 1) == [[1, 0, 2, 0]]


def test_segments_shorter_than_the_tolerance_vanish() -> None:
    noded = _noded("LINESTRING (0 0, 0.05 0)", "LINESTRING (1 0, 2 0)", tolerance=0.1)
    assert noded.source.tolist() == [1]


def test_points_in_a_row_do_not_run_together() -> None:
    row = np.column_stack([np.arange(100) * 0.06, np.zeros(100)])
    merged, index = merge_close_points(row, tolerance=0.1)
    assert np.hypot(*(merged[index] - row).T).max() <= 0.1
    assert np.diff(merged[:, 0]).min() > 0.1
    assert merged[0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("spread", [1e-9, 0.3, 3.0])
def test_crowds_are_merged_as_pairs_are(spread: float, monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.random.default_rng(0).normal(0, spread, (300, 2))
    crowded = merge_close_points(points, tolerance=0.5)
    monkeypatch.setattr("gridpart.coverage._noding._CROWDED", 10_000)
    in_pairs = merge_close_points(points, tolerance=0.5)
    assert crowded[0].tolist() == in_pairs[0].tolist()
    assert crowded[1].tolist() == in_pairs[1].tolist()


def test_a_small_triangle_just_above_the_tolerance_settles() -> None:
    # each corner is nearer than the tolerance to the opposite side, though corners are farther apart
    corners = np.array([[0.0, 0.0], [1.05, 0.0], [0.525, 0.95]])
    noded = node_segments(corners, np.roll(corners, -1, axis=0), tolerance=1.0)
    assert len(noded.source) == 3


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["random", "lattice", "shaken", "flat"]), st.floats(-9, 0.0))
def test_random_linework_is_noded_completely(seed: int, kind: str, exponent: float) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 50))
    ends = {
        "random": lambda: rng.random((2, n, 2)) * 100,
        "lattice": lambda: rng.integers(0, 8, (2, n, 2)) * 10.0,
        "shaken": lambda: rng.integers(0, 8, (2, n, 2)) * 10.0 + rng.normal(0, 10**exponent, (2, n, 2)),
        "flat": lambda: rng.random((2, n, 2)) * [100, 1e-3],
    }[kind]() + rng.choice([0.0, 400_000.0])
    tolerance = 10**exponent
    noded = node_segments(ends[0], ends[1], tolerance=tolerance)
    assert _faults(noded) is None
    for source in np.unique(noded.source).tolist():
        tails, heads = noded.tail[noded.source == source], noded.head[noded.source == source]
        balance = np.bincount(tails, minlength=len(noded.vertices)) - np.bincount(heads, minlength=len(noded.vertices))
        if not balance.any():
            continue  # both ends were merged into one point
        # the pieces lead from the segment's start to its end
        for value, end in ((1, ends[0][source]), (-1, ends[1][source])):
            (vertex,) = np.flatnonzero(balance == value)
            assert np.hypot(*(noded.vertices[vertex] - end)) <= tolerance * (1 + 1e-6)


def test_noding_twice_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    ends = rng.random((2, 40, 2)) * 100
    once = node_segments(ends[0], ends[1], tolerance=1e-3)
    twice = node_segments(once.vertices[once.tail], once.vertices[once.head], tolerance=1e-3)
    assert len(twice.source) == len(once.source)
    np.testing.assert_array_equal(twice.vertices[twice.tail], once.vertices[once.tail])


def test_points_are_numbered_in_the_order_they_appear() -> None:
    points, index = unique_points(np.array([[5.0, 1], [2, 2], [5, 1], [0, 9]]))
    assert points.tolist() == [[5, 1], [2, 2], [0, 9]]
    assert index.tolist() == [0, 1, 0, 2]


def test_a_hash_collision_costs_time_but_not_correctness(monkeypatch: pytest.MonkeyPatch) -> None:
    edges = directed_edges(shapely.box(np.arange(5), 0, np.arange(1, 6), 1))
    expected = sorted(_group_contents(edges))
    monkeypatch.setattr("gridpart.coverage._matching.hash_points", lambda points: (points[:, 0] > 2).astype(np.uint64))
    assert sorted(_group_contents(edges)) == expected
    assert unique_points(edges.points)[0].shape == (12, 2)


def _group_contents(edges: DirectedEdges) -> list[tuple[int, list[list[float]]]]:
    groups = group_edges(edges)
    members = np.split(groups.order, groups.first[1:])
    return [
        (abs(int(net)), sorted(np.sort(np.concatenate([edges.start[rows], edges.end[rows]]), axis=0).tolist()))
        for net, rows in zip(groups.net, members, strict=True)
    ]


@pytest.mark.parametrize("off", [1e-3, -1e-3, 5e-9, -5e-9])
def test_thin_rings_run_with_their_interior_on_the_left(off: float) -> None:
    # the area of the thinnest of these is far below the rounding error of the sums that make it
    ring = shapely.Polygon([(4e6, 4e6), (4.1e6, 4.1e6 - 1e4), (4.05e6, 4.05e6 - 5e3 + off)])
    for shape in (ring, shapely.reverse(ring)):
        edges = directed_edges(np.array([shape], dtype=object))
        start, end = ([[Fraction(value) for value in point] for point in ends] for ends in (edges.start, edges.end))
        doubled = sum(a[0] * b[1] - a[1] * b[0] for a, b in zip(start, end, strict=True))
        assert doubled > 0


@pytest.mark.parametrize("seed", range(8))
def test_points_without_neighbours_need_no_tree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    # columns of equal x, rows of equal y, close pairs and chains
    points = np.concatenate([rng.integers(0, 30, (200, 2)) * 10.0, rng.uniform(0, 300, (200, 2))])
    points = np.unique(np.concatenate([points, points[::7] + rng.uniform(-1.5, 1.5, points[::7].shape)]), axis=0)
    points = rng.permutation(points)
    plain = _noding._leaders_by_tree(points - points.min(axis=0), 1.0)
    assert (plain != np.arange(len(points))).sum() > 10
    assert np.array_equal(_noding._leaders(points, 1.0), plain)
