"""The proof finds every planted fault, names its cells and its place, and passes every clean county."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import shapely
from planar_faults import FAULTS, Planted
from planar_layouts import County, random_county, random_squares

from gridpart.coverage import Defect, Proof, prove_partition

QUICK, FULL = 100, 1_000


def _explain_miss(proof: Proof, planted: Planted) -> str | None:
    """Return why the proof does not count as having found the fault, or None if it does."""
    right = [defect for defect in proof.defects if defect.kind in planted.kinds]
    if not right:
        return f"expected one of {planted.kinds}, given {[defect.kind for defect in proof.defects]}"
    named = {row for defect in right for row in defect.polygons}
    if not set(planted.named) <= named:
        return f"expected cells {planted.named} to be named, given {sorted(named)}"
    if planted.place is not None and not any(defect.geometry.intersects(planted.place) for defect in right):
        return f"nothing was reported at {planted.place.wkt}"
    if planted.area is not None:
        total = sum(defect.area for defect in right)
        if abs(total - planted.area) > 1e-6 * planted.area + 1e-4:
            return f"expected {planted.area} m² in all, given {total} m²"
    return None


def _check_faults(fault: Callable[[np.random.Generator, County], Planted], n: int) -> None:
    missed = {}
    for seed in range(n):
        rng = np.random.default_rng([seed, FAULTS.index(fault)])
        county = random_county(rng, n_points=int(rng.integers(30, 90)))
        planted = fault(rng, county)
        reason = _explain_miss(prove_partition(planted.cells, county.area), planted)
        if reason is not None:
            missed[seed] = reason
    assert not missed


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_every_planted_fault_is_found_with_cells_and_place(fault: Callable[..., Planted]) -> None:
    _check_faults(fault, QUICK // len(FAULTS) + 1)


@pytest.mark.full
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_thousand_planted_faults_of_each_kind_are_found(fault: Callable[..., Planted]) -> None:
    _check_faults(fault, FULL)


def _check_clean(n: int) -> None:
    for seed in range(n):
        rng = np.random.default_rng([seed, 99])
        county = random_county(rng, n_points=int(rng.integers(30, 90)))
        assert county.area.geom_type == "MultiPolygon"
        proof = prove_partition(county.cells[rng.permutation(len(county.cells))], county.area)
        assert proof.defects == (), f"county {seed}"
        assert proof.boundary_shift_m == 0.0
        assert proof.n_polygons == len(county.cells)


def test_clean_counties_with_holes_and_parts_pass() -> None:
    _check_clean(QUICK)


@pytest.mark.full
def test_a_thousand_clean_counties_pass() -> None:
    _check_clean(FULL)


def test_the_counties_are_as_hard_as_they_claim() -> None:
    counties = [random_county(np.random.default_rng(seed)) for seed in range(20)]
    assert any(shapely.get_num_interior_rings(shapely.get_parts(county.area)).any() for county in counties)
    assert all((shapely.get_type_id(county.cells) == 6).any() for county in counties)
    enclosing = [shapely.get_parts(np.delete(county.cells, county.enclosed)) for county in counties]
    assert all(shapely.get_num_interior_rings(parts).any() for parts in enclosing)


@pytest.mark.parametrize("off", [1e-10, 1e-7, 9e-7])
def test_cells_may_lie_off_the_border_by_a_micrometre_which_is_reported(off: float) -> None:
    area = shapely.box(0, 0, 200, 100)
    left = shapely.Polygon([(0, 0), (100, -off), (100, 100 + off), (0, 100)])
    right = shapely.Polygon([(100, -off), (200, 0), (200, 100), (100, 100 + off)])
    proof = prove_partition(np.array([left, right], dtype=object), area)
    assert proof.defects == ()
    assert proof.boundary_shift_m == pytest.approx(off, rel=0.01, abs=1e-12)


@pytest.mark.parametrize(("off", "kind"), [(1.1e-6, "overlap"), (-1.1e-6, "gap"), (-1e-3, "gap"), (1e-3, "overlap")])
def test_more_than_a_micrometre_off_the_border_is_a_gap_or_an_overlap(off: float, kind: str) -> None:
    area = shapely.box(0, 0, 200, 100)
    left = shapely.Polygon([(0, 0), (100, -off), (100, 100), (0, 100)])
    right = shapely.Polygon([(100, -off), (200, 0), (200, 100), (100, 100)])
    proof = prove_partition(np.array([left, right], dtype=object), area)
    assert {defect.kind for defect in proof.defects} == {kind}
    assert sum(defect.area for defect in proof.defects) == pytest.approx(100 * abs(off), rel=1e-3)


def test_extra_vertices_on_the_border_of_the_area_are_legal_on_either_side() -> None:
    area = shapely.Polygon([(0, 0), (30, 0), (60, 0), (60, 40), (0, 40)])
    halves = [shapely.box(0, 0, 20, 40), shapely.Polygon([(20, 0), (60, 0), (60, 17), (60, 40), (20, 40)])]
    proof = prove_partition(np.array(halves, dtype=object), area)
    assert proof.defects == ()
    assert proof.boundary_shift_m == 0.0


def test_a_gap_thinner_than_the_border_tolerance_between_cells_is_still_found() -> None:
    area = shapely.box(0, 0, 200, 100)
    cells = np.array([shapely.box(0, 0, 100, 100), shapely.box(100 + 5e-7, 0, 200, 100)], dtype=object)
    (gap,) = prove_partition(cells, area).defects
    assert gap.kind == "gap"
    assert gap.polygons == (0, 1)
    assert gap.width == pytest.approx(5e-7, rel=1e-3)


def test_two_cell_corners_near_one_corner_of_the_area_do_not_hide_a_gap() -> None:
    # the area has a vertex at (100, 0), and the cells' corners lie 0.4 µm left and right of it
    area = shapely.Polygon([(0, 0), (100, 0), (200, 0), (200, 100), (100, 100), (0, 100)])
    cells = np.array([shapely.box(0, 0, 100 - 4e-7, 100), shapely.box(100 + 4e-7, 0, 200, 100)], dtype=object)
    kinds = [defect.kind for defect in prove_partition(cells, area).defects]
    assert set(kinds) == {"gap"}


@pytest.mark.parametrize("seed", range(25))
def test_many_faults_at_once_add_up(seed: int) -> None:
    rng = np.random.default_rng(seed)
    county = random_county(rng, n_points=40)
    cells = county.cells
    for _ in range(6):  # each fault is planted into what the ones before it left
        fault = FAULTS[rng.integers(5)]
        cells = fault(rng, County(cells, county.area, 0)).cells
    cells = cells[shapely.is_valid(cells)]
    proof = prove_partition(cells, county.area)
    union = shapely.union_all(cells, grid_size=1e-6)
    missing = shapely.difference(county.area, union, grid_size=1e-6).area
    assert sum(gap.area for gap in proof.of_kind("gap")) == pytest.approx(missing, rel=1e-6, abs=1e-2)
    overlaps = proof.of_kind("overlap")
    surplus = sum(each.area * _times_too_often(each.geometry, cells, county) for each in overlaps)
    expected = shapely.area(cells).sum() - county.area.area + missing
    assert surplus == pytest.approx(expected, rel=1e-6, abs=1e-2)


def _times_too_often(place: shapely.Geometry, cells: np.ndarray, county: County) -> int:
    point = place.representative_point()
    return int(shapely.intersects(cells, point).sum()) - int(county.area.intersects(point))


def test_coordinates_with_a_zone_prefix_are_no_harder() -> None:
    east = np.array([38_000_000.0, 0.0])
    for seed in range(30):
        rng = np.random.default_rng(seed)
        county = random_county(rng)
        cells = shapely.transform(county.cells, lambda points: points + east)
        area = shapely.transform(county.area, lambda points: points + east)
        assert prove_partition(cells, area).holds
        planted = FAULTS[seed % 5](rng, County(cells, area, county.enclosed))
        assert _explain_miss(prove_partition(planted.cells, area), planted) is None


@pytest.mark.parametrize("seed", range(60))
def test_defects_of_random_squares_are_those_that_counting_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    squares, land, labels = random_squares(rng)
    layers = [land & (labels == number) for number in range(5)]
    for row, column in rng.integers(0, land.shape, (4, 2)):
        layers[rng.integers(5)][row, column] ^= True
    layers.append(layers[0].copy())
    layers = [layer for layer in layers if layer.any()]
    polygons = np.array([shapely.coverage_union_all(squares[layer]) for layer in layers], dtype=object)
    proof = prove_partition(polygons, shapely.coverage_union_all(squares[land]))
    found = {kind: _squares_by_polygons(squares, proof.of_kind(kind)) for kind in ("gap", "overlap")}
    count = np.sum(layers, axis=0)
    assert {at for at, _ in found["gap"]} == set(zip(*np.nonzero(land & (count == 0)), strict=True))
    wrong = zip(*np.nonzero(count > land), strict=True)
    expected = {(at, tuple(number for number, layer in enumerate(layers) if layer[at])) for at in wrong}
    assert set(found["overlap"]) == expected
    assert len(proof.defects) == len(proof.of_kind("gap")) + len(proof.of_kind("overlap"))
    for kind, at in (("gap", land & (count == 0)), ("overlap", count > land)):
        area = sum(defect.area for defect in proof.of_kind(kind))
        assert area == pytest.approx(shapely.area(squares[at]).sum(), rel=1e-6, abs=1e-4)


def _squares_by_polygons(squares: np.ndarray, defects: list[Defect]) -> list[tuple[tuple[int, int], tuple[int, ...]]]:
    """Return which squares lie in defects, each with the polygons named there; one in two defects is there twice."""
    middles = shapely.centroid(squares)
    return [
        ((int(row), int(column)), defect.polygons)
        for defect in defects
        for row, column in zip(*np.nonzero(shapely.contains(defect.geometry, middles)), strict=True)
    ]
