"""Repair of polygons: small cases as WKT, damaged counties, and the accounts of what changed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from planar_faults import FAULTS
from planar_layouts import random_county

from gridpart.coverage import Coverage, prove_partition
from gridpart.coverage._repair_scope import concerned
from gridpart.coverage.repair import Repair, repair

SQUARES = ("POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))", "POLYGON ((10 0, 20 0, 20 10, 10 10, 10 0))")
BOWTIE = "POLYGON ((0 0, 10 10, 10 0, 0 10, 0 0))"


def shapes(*texts: str) -> np.ndarray:
    return np.array([shapely.from_wkt(text) for text in texts], dtype=object)


def kinds(outcome: Repair) -> list[str]:
    return [change.kind for change in outcome.changes]


def assert_accounts(before: np.ndarray, outcome: Repair, *, tolerance: float = 1e-4) -> None:
    """Areas gained and lost add up, and whoever has no row is the same to the bit."""
    sums = np.zeros(len(before))
    for change in outcome.changes:
        if change.polygon is not None:
            sums[change.polygon] += change.area
    difference = shapely.area(outcome.polygons) - shapely.area(before)
    np.testing.assert_allclose(sums, difference, atol=tolerance)
    silent = set(range(len(before))) - {change.polygon for change in outcome.changes}
    for row in silent:
        assert outcome.polygons[row].wkb == before[row].wkb


def assert_partition(outcome: Repair, area: shapely.Geometry | None = None) -> None:
    kept = [change.geometry for change in outcome.changes if change.kind == "gap_kept"]
    everything = np.array([*outcome.polygons, *kept], dtype=object)
    target = Coverage.from_polygons(everything).boundary() if area is None else area
    assert prove_partition(everything, target).holds


def test_a_partition_comes_back_untouched() -> None:
    given = shapes(*SQUARES)
    outcome = repair(given, max_gap_width=5)
    assert outcome.changes == ()
    assert all(one is two for one, two in zip(given, outcome.polygons, strict=True))


def test_overlap_goes_to_the_owner_with_the_longest_border() -> None:
    # the overlap (9 to 10) borders the undisputed part of the second on two sides, of the first on one
    given = shapes(SQUARES[0], "POLYGON ((9 0, 20 0, 20 20, 9 20, 9 0))")
    outcome = repair(given, max_gap_width=0)
    assert shapely.area(outcome.polygons).tolist() == [90.0, 220.0]
    lost = outcome.changes[0]
    assert (lost.kind, lost.polygon, lost.others, lost.area, lost.width) == ("overlap_assigned", 0, (1,), -10.0, 1.0)
    assert lost.geometry.equals(shapely.box(9, 0, 10, 10))


def test_the_first_row_wins_a_tie() -> None:
    given = shapes(SQUARES[0], "POLYGON ((9 0, 20 0, 20 10, 9 10, 9 0))")
    assert shapely.area(repair(given, max_gap_width=0).polygons).tolist() == [100.0, 100.0]
    assert shapely.area(repair(given[::-1].copy(), max_gap_width=0).polygons).tolist() == [110.0, 90.0]


def test_overlap_of_three_is_settled_from_the_outside_inwards() -> None:
    given = np.array([shapely.box(0, 0, 10, 10), shapely.box(6, 0, 20, 10), shapely.box(3, 4, 17, 6)], dtype=object)
    outcome = repair(given, max_gap_width=0)
    assert_partition(outcome)
    assert_accounts(given, outcome)
    assert shapely.area(outcome.polygons).sum() == pytest.approx(200.0)


def test_gap_goes_to_the_neighbour_with_the_longest_border() -> None:
    ring = shapely.box(0, 0, 30, 30).difference(shapely.box(10, 10, 20, 12))
    lower, upper = ring.intersection(shapely.box(0, 0, 30, 11)), ring.intersection(shapely.box(0, 11, 30, 30))
    given = np.array([upper, lower.union(shapely.box(0, 11, 10, 12)), shapely.box(0, 30, 30, 40)], dtype=object)
    given[0] = upper.difference(shapely.box(0, 11, 10, 12))
    outcome = repair(given, max_gap_width=2.0)
    filled = [change for change in outcome.changes if change.kind == "gap_filled"]
    assert [(change.polygon, change.others, change.area, change.width) for change in filled] == [(1, (0,), 20.0, 2.0)]
    assert_partition(outcome)
    assert_accounts(given, outcome)


@pytest.mark.parametrize(("max_gap_width", "kind"), [(1.999, "gap_kept"), (2.0, "gap_filled")])
def test_gaps_are_filled_up_to_the_width_named(max_gap_width: float, kind: str) -> None:
    given = np.array([shapely.box(0, 0, 30, 30).difference(shapely.box(10, 10, 20, 12))], dtype=object)
    outcome = repair(given, max_gap_width=max_gap_width)
    assert kinds(outcome) == [kind]
    assert outcome.changes[0].area == 20.0


def test_a_bay_is_no_gap_without_an_area_and_one_with() -> None:
    given = np.array([shapely.box(0, 0, 10, 10), shapely.box(10.5, 0, 20, 10)], dtype=object)
    assert repair(given, max_gap_width=1).changes == ()
    outcome = repair(given, shapely.box(0, 0, 20, 10), max_gap_width=1)
    assert kinds(outcome) == ["gap_filled"]
    assert prove_partition(outcome.polygons, shapely.box(0, 0, 20, 10)).holds


def test_marked_gaps_stay() -> None:
    hole = shapely.box(10, 10, 20, 12)
    given = np.array([shapely.box(0, 0, 30, 30).difference(hole), shapely.box(30, 0, 40, 30)], dtype=object)
    marks = {
        "point": {"keep_places": np.array([shapely.Point(15, 11)], dtype=object)},
        "smaller": {"keep_places": np.array([hole.buffer(-0.4)], dtype=object)},
        "larger": {"keep_places": np.array([hole.buffer(0.4)], dtype=object)},
        "neighbour": {"keep_beside": np.array([0])},
    }
    for name, arguments in marks.items():
        assert kinds(repair(given, max_gap_width=50, **arguments)) == ["gap_kept"], name
    elsewhere = {"keep_places": np.array([hole.buffer(0.4).exterior.buffer(0.1)], dtype=object)}
    assert kinds(repair(given, max_gap_width=50, **elsewhere)) == ["gap_filled"]
    assert kinds(repair(given, max_gap_width=50, keep_beside=np.array([1]))) == ["gap_filled"]


def test_holes_of_the_area_are_no_gaps() -> None:
    area = shapely.box(0, 0, 30, 30).difference(shapely.box(10, 10, 11, 11))
    given = np.array([shapely.box(0, 0, 15, 30), shapely.box(15, 0, 30, 30)], dtype=object)
    outcome = repair(given, area, max_gap_width=5)
    assert kinds(outcome) == ["outside_removed"]
    assert prove_partition(outcome.polygons, area).holds


def test_bowtie_keeps_both_lobes() -> None:
    given = shapes(BOWTIE, "POLYGON ((10 0, 20 0, 20 10, 10 10, 10 0))")
    outcome = repair(given, max_gap_width=0)
    assert kinds(outcome)[0] == "made_valid"
    assert outcome.polygons[0].area == 50.0
    assert "Self-intersection[5 5]" in outcome.changes[0].reason
    assert_accounts(given, outcome)


def test_a_place_wound_twice_belongs_to_the_cell_once_and_is_listed() -> None:
    loop = "POLYGON ((0 0, 10 0, 10 10, 4 10, 4 4, 6 4, 6 12, 0 12, 0 0))"
    given = shapes(loop)
    outcome = repair(given, max_gap_width=0)
    assert outcome.polygons[0].is_valid
    twice = [change for change in outcome.changes if "twice" in change.reason]
    assert [(change.kind, change.area) for change in twice] == [("made_valid", -12.0)]
    assert twice[0].geometry.equals(shapely.box(4, 4, 6, 10))
    assert_accounts(given, outcome)


def test_t_junction_gets_the_missing_vertex_and_nothing_else_changes() -> None:
    given = shapes(
        "POLYGON ((0 0, 20 0, 20 10, 0 10, 0 0))",
        "POLYGON ((0 10, 7 10, 7 20, 0 20, 0 10))",
        "POLYGON ((7 10, 20 10, 20 20, 7 20, 7 10))",
    )
    outcome = repair(given, max_gap_width=0)
    assert [(change.kind, change.polygon) for change in outcome.changes] == [("vertex_added", 0)]
    assert outcome.changes[0].geometry.equals(shapely.MultiPoint([(7, 10)]))
    assert_partition(outcome)
    assert_accounts(given, outcome)


def test_nested_cells_keep_their_land() -> None:
    given = np.array(
        [shapely.box(0, 0, 30, 30), shapely.box(5, 5, 20, 20), shapely.box(8, 8, 12, 12)],
        dtype=object,
    )
    outcome = repair(given, max_gap_width=0)
    assert shapely.area(outcome.polygons).tolist() == [675.0, 209.0, 16.0]
    assert_partition(outcome)
    assert_accounts(given, outcome)


@pytest.mark.parametrize(("max_gap_width", "areas"), [(0.2, [340.0, 2591.0]), (0.05, [341.0, 2590.0])])
def test_a_sliver_that_an_overlap_cuts_off_goes_to_the_neighbour(max_gap_width: float, areas: list[float]) -> None:
    given = np.array([shapely.box(0, 0, 60, 10), shapely.box(34, -50, 59.9, 50)], dtype=object)
    outcome = repair(given, max_gap_width=max_gap_width)
    assert shapely.area(outcome.polygons).tolist() == pytest.approx(areas)
    moved = [(change.polygon, change.others) for change in outcome.changes if change.kind == "sliver_moved"]
    assert moved == ([(0, (1,)), (1, (0,))] if max_gap_width > 0.1 else [])
    assert_partition(outcome)
    assert_accounts(given, outcome)


def test_parts_that_were_apart_before_stay() -> None:
    islet = shapely.box(59.95, 0, 60, 10)
    given = np.array([shapely.MultiPolygon([shapely.box(0, 0, 40, 10), islet]), shapely.box(34, -50, 59.95, 50)])
    outcome = repair(given, max_gap_width=5)
    assert outcome.polygons[0].area == pytest.approx(340.5)
    assert "sliver_moved" not in kinds(outcome)


def test_duplicates_are_refused_by_name() -> None:
    given = shapes(SQUARES[0], SQUARES[1], SQUARES[1])
    outcome = repair(given, max_gap_width=0)
    (loss,) = outcome.losses
    assert {loss.polygon, *loss.rivals} == {1, 2}
    assert (loss.area, loss.left) == (100.0, 0.0)
    assert outcome.changes == ()


def test_a_duplicate_shifted_by_a_centimetre_is_refused_too() -> None:
    given = np.array([shapely.box(0, 0, 100, 100), shapely.box(0.01, 0.01, 100.01, 100.01)], dtype=object)
    assert [loss.polygon for loss in repair(given, max_gap_width=0).losses] in ([0], [1])


def test_snapping_joins_vertices_of_different_polygons_only() -> None:
    given = shapes(
        "POLYGON ((0 0, 10 0, 10 5, 10 5.2, 10 10, 0 10, 0 0))",
        "POLYGON ((10.2 0.1, 20 0, 20 10, 10.1 9.9, 10.2 0.1))",
    )
    outcome = repair(given, max_gap_width=0, snap_distance=0.3)
    assert {change.polygon for change in outcome.changes if change.kind == "snapped"} == {1}
    assert shapely.equals_exact(outcome.polygons[0], given[0])
    assert_partition(outcome)
    assert_accounts(given, outcome)


def test_cells_snap_to_the_area_and_not_the_other_way() -> None:
    area = shapely.box(0, 0, 20, 10)
    given = shapes("POLYGON ((0.1 0.1, 10 0, 10 10, 0 9.9, 0.1 0.1))", SQUARES[1])
    outcome = repair(given, area, max_gap_width=0, snap_distance=0.3)
    assert prove_partition(outcome.polygons, area).holds
    assert kinds(outcome) == ["snapped"]


@pytest.mark.parametrize("seed", range(24))
def test_damaged_grids(seed: int) -> None:
    check_damaged_grid(seed)


@pytest.mark.full
def test_a_thousand_damaged_grids() -> None:
    for seed in range(24, 1_024):
        check_damaged_grid(seed)


def check_damaged_grid(seed: int) -> None:
    """A damaged grid is mended, accounted for, and stays as it is when mended again."""
    rng = np.random.default_rng(seed)
    given, area = damaged_grid(rng)
    area = area if seed % 2 else None
    options = {"max_gap_width": float(rng.choice([0, 1, 60])), "snap_distance": float(rng.choice([0, 0.1]))}
    outcome = repair(given, area, **options)
    if outcome.losses:
        assert all(loss.left < loss.area / 10 for loss in outcome.losses)
        return
    assert len(outcome.polygons) == len(given)
    assert_partition(outcome, area)
    assert_accounts(given, outcome, tolerance=1e-3)
    again = repair(outcome.polygons, area, **options)
    assert set(kinds(again)) <= {"gap_kept"}
    assert all(one is two for one, two in zip(outcome.polygons, again.polygons, strict=True))


def damaged_grid(rng: np.random.Generator) -> tuple[np.ndarray, shapely.Geometry]:
    """Return an uneven grid of quadrilaterals with shifted, rounded, twisted or missing cells, and its area."""
    side = int(rng.integers(3, 9))
    across, up = np.meshgrid(np.linspace(0, 100, side + 1), np.linspace(0, 100, side + 1))
    nodes = np.stack([across, up], axis=-1) + rng.uniform(-2, 2, (side + 1, side + 1, 2)) + [4e5, 3e6]
    corners = np.stack([nodes[:-1, :-1], nodes[:-1, 1:], nodes[1:, 1:], nodes[1:, :-1]], axis=2).reshape(-1, 4, 2)
    area = Coverage.from_polygons(shapely.polygons(corners)).boundary()
    amount = 10.0 ** rng.uniform(-5, 0.5)
    chosen = rng.random(len(corners)) < 0.3
    corners[chosen] += rng.uniform(-amount, amount, (int(chosen.sum()), 1, 2))
    twisted = rng.random(len(corners)) < 0.1
    corners[twisted] = corners[twisted][:, [0, 2, 1, 3]]
    cells = shapely.polygons(corners)
    return (cells if rng.random() < 0.5 else cells[1:]), area


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_every_planted_fault_is_mended_or_refused(fault) -> None:  # noqa: ANN001 - a function of tests
    for seed in range(3):
        rng = np.random.default_rng(seed)
        county = random_county(rng)
        planted = fault(rng, county).cells
        if not np.isfinite(shapely.get_coordinates(planted)).all() or any(map(shapely.is_missing, planted)):
            continue  # no polygon to repair: `clean` refuses these before
        outcome = repair(planted, county.area, max_gap_width=0.5)
        if outcome.losses:
            continue
        assert_partition(outcome, county.area)
        assert_accounts(planted, outcome, tolerance=1e-3)


def test_only_what_is_concerned_is_looked_at() -> None:
    across, up = np.meshgrid(np.arange(20) * 10.0, np.arange(20) * 10.0)
    cells = shapely.box(across.ravel(), up.ravel(), across.ravel() + 10, up.ravel() + 10)
    area = Coverage.from_polygons(cells).boundary()
    assert not concerned(cells, area, tolerance=1e-7).any()
    cells[210] = shapely.box(100, 100, 110, 110.5)
    looked_at = concerned(cells, area, tolerance=1e-7)
    assert looked_at[210]
    assert looked_at.sum() <= 12
    # a long edge concerns what it touches, not what its box holds
    assert concerned(cells[:210], shapely.box(0, 0, 200, 100), tolerance=1e-7).sum() < 100
    # stacked grids: the inner edges cancel, and still all polygons are wrong
    stacked = np.concatenate([shapely.box(across.ravel(), up.ravel(), across.ravel() + 10, up.ravel() + 10)] * 2)
    assert concerned(stacked, None, tolerance=1e-7).all()


def cases(shared_data: Path) -> list[tuple[str, list[shapely.Geometry]]]:
    folder = shared_data / "adversarial_geometry"
    validity = pd.read_csv(folder / "validity_cases.csv").itertuples()
    coverage = pd.read_csv(folder / "coverage_cases.csv").itertuples()
    files = sorted((folder / "mapshaper").glob("*.json"))
    return [
        *((f"{row.source} {row.case}", [shapely.from_wkt(row.wkt)]) for row in validity),
        *((row.test, [shapely.from_wkt(text) for text in json.loads(row.wkt_in_order)]) for row in coverage),
        *((path.stem, features_of(json.loads(path.read_text()))) for path in files),
    ]


def features_of(content: dict) -> list[shapely.Geometry]:
    if content["type"] == "FeatureCollection":
        return [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in content["features"]]
    if content["type"] == "GeometryCollection":
        return [shapely.from_geojson(json.dumps(part)) for part in content["geometries"]]
    return [shapely.from_geojson(json.dumps(content.get("geometry", content)))]


def test_adversarial_cases_end_repaired_or_refused(shared_data: Path) -> None:
    """No crash, no hang, no silent loss: each case ends as a proved partition with right accounts, or as a loss."""
    repaired = 0
    for name, parts in cases(shared_data):
        usable = [part for part in parts if part is not None and part.geom_type in ("Polygon", "MultiPolygon")]
        given = np.array([*usable, None], dtype=object)[:-1]
        given = given[~shapely.is_empty(given)] if len(given) else given
        if len(given) == 0 or not np.isfinite(shapely.get_coordinates(given)).all():
            continue
        outcome = repair(given, max_gap_width=0)
        if outcome.losses:
            assert outcome.changes == (), name
            continue
        assert_partition(outcome)
        scale = float(np.abs(shapely.get_coordinates(given)).max())
        assert_accounts(given, outcome, tolerance=1e-6 * max(1.0, scale))
        repaired += 1
    assert repaired > 200
