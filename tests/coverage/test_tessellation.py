"""Voronoi faces cut to an area: no overlap, no gap, no lost site, whatever the symmetry of the layout."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from planar_layouts import ORIGIN, area_round, random_county, symmetric_sites

from gridpart.coverage import collect_parts, prove_partition, tessellate
from gridpart.errors import CoverageError

QUICK, FULL = 500, 20_000


def _fault(sites: np.ndarray, area: shapely.Geometry) -> str | None:
    """Return what is wrong with a tessellation, or None."""
    coverage, owner = tessellate(sites, area)
    proof = prove_partition(coverage.polygons, area)
    if not proof.holds:
        return str([(defect.kind, defect.polygons, defect.area, defect.width) for defect in proof.defects[:3]])
    unique, cells = collect_parts(coverage.polygons, owner)
    if unique.tolist() != list(range(len(sites))):
        return f"sites {sorted(set(range(len(sites))) - set(unique.tolist()))} are lost"
    outside = ~shapely.covers(cells, shapely.points(sites))
    if outside.any():
        return f"sites {np.flatnonzero(outside)} are not in their cells"
    return _far_vertex(sites, coverage.polygons, owner)


def _far_vertex(sites: np.ndarray, faces: np.ndarray, owner: np.ndarray) -> str | None:
    """Return whether a vertex of a face is nearer to a foreign site, which no Voronoi cell allows."""
    points, face = shapely.get_coordinates(faces, return_index=True)
    own = np.hypot(*(points - sites[owner[face]]).T)
    nearest = np.hypot(*(points[:, None, :] - sites[None, :, :]).transpose(2, 0, 1)).min(axis=1)
    off = float((own - nearest).max())
    return f"a corner is {off} m nearer to a foreign site" if off > 1e-5 else None


def _check_symmetric(n: int) -> None:
    faults = {}
    for seed in range(n):
        rng = np.random.default_rng(seed)
        sites = symmetric_sites(rng)
        if len(sites) > 1 and _closest_m(sites) <= 1e-6:
            continue  # coincident in the sense of the contract
        fault = _fault(sites, area_round(rng, sites))
        if fault is not None:
            faults[seed] = fault
    assert not faults


def _closest_m(sites: np.ndarray) -> float:
    distances = np.hypot(*(sites[:, None, :] - sites[None, :, :]).transpose(2, 0, 1))
    return float(distances[~np.eye(len(sites), dtype=bool)].min())


def test_symmetric_layouts_are_exact_partitions() -> None:
    _check_symmetric(QUICK)


@pytest.mark.full
def test_twenty_thousand_symmetric_layouts_are_exact_partitions() -> None:
    _check_symmetric(FULL)


def test_the_layouts_that_the_voronoi_of_geos_gets_wrong() -> None:
    sites = np.array([(6.6584, 53.583), (6.6576, 53.5836), (6.657, 53.5848), (6.6572, 53.5842)])
    sites = (sites - sites[0]) * 1e5 + ORIGIN
    assert _fault(sites, shapely.box(*sites.min(axis=0), *sites.max(axis=0)).buffer(300)) is None


@pytest.mark.parametrize("n", [2, 3, 8, 200])
def test_sites_on_one_line_are_exact(n: int) -> None:
    for direction in ((1.0, 0.0), (0.0, 1.0), (0.6, 0.8), (1.0, 1 / 3)):
        sites = ORIGIN + np.arange(n)[:, None] * 130.0 * np.array(direction)
        assert _fault(sites, shapely.box(*sites.min(axis=0), *sites.max(axis=0)).buffer(100)) is None


def test_many_sites_on_one_circle() -> None:
    angle = np.arange(800) * 2 * np.pi / 800
    sites = ORIGIN + np.column_stack([np.cos(angle), np.sin(angle)]) * 20_000
    coverage, owner = tessellate(sites, shapely.Point(ORIGIN).buffer(30_000))
    assert prove_partition(coverage.polygons, shapely.Point(ORIGIN).buffer(30_000)).holds
    assert owner.tolist() == list(range(800))


def test_one_site_has_the_whole_area_part_by_part() -> None:
    area = random_county(np.random.default_rng(0)).area
    coverage, owner = tessellate(ORIGIN[None, :], area)
    assert len(coverage) == len(area.geoms)
    assert set(owner.tolist()) == {0}
    assert prove_partition(coverage.polygons, area).holds


def test_no_site_is_an_error() -> None:
    with pytest.raises(CoverageError, match="No point is left"):
        tessellate(np.zeros((0, 2)), shapely.box(0, 0, 1, 1))


@pytest.mark.parametrize("apart", [1e-6, 1e-5, 1e-3])
def test_sites_a_micrometre_apart_are_exact(apart: float) -> None:
    sites = np.array([[0, 0], [apart, 0], [100, 100], [0, 200]])
    assert _fault(sites, shapely.box(-500, -500, 500, 500)) is None


def test_sites_at_one_place_are_refused_with_their_distance() -> None:
    sites = ORIGIN + np.array([[0, 0], [0, 0], [100, 100], [0, 200]])
    with pytest.raises(CoverageError, match=r"failed its proof for .* the nearest other site is .* m away"):
        tessellate(sites, shapely.box(*ORIGIN - 500, *ORIGIN + 500))


def test_sites_millimetres_apart_in_a_wide_area_are_exact() -> None:
    rng = np.random.default_rng(4)
    pairs = rng.uniform(-400_000, 400_000, (30, 2))
    sites = ORIGIN + np.concatenate([pairs, pairs + rng.normal(0, 1e-3, pairs.shape)])
    assert _fault(sites, shapely.box(*ORIGIN - 4e5, *ORIGIN + 4e5)) is None


@pytest.mark.parametrize("seed", range(12))
def test_random_sites_in_counties_with_holes_and_parts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    area = random_county(rng, n_points=40).area
    west, south, east, north = area.bounds
    points = np.column_stack([rng.uniform(west, east, 400), rng.uniform(south, north, 400)])
    sites = points[shapely.contains_xy(area, points[:, 0], points[:, 1])][: int(rng.integers(1, 150))]
    assert _fault(sites, area) is None


def test_clustered_sites_in_a_large_area() -> None:
    rng = np.random.default_rng(8)
    sites = np.concatenate([ORIGIN + rng.normal(0, 10.0**power, (40, 2)) for power in (-1, 0, 2, 4)])
    assert _fault(sites, shapely.Point(ORIGIN).buffer(90_000)) is None


def test_a_site_outside_the_area_may_have_no_face() -> None:
    coverage, owner = tessellate(np.array([[5.0, 5.0], [500.0, 5.0]]), shapely.box(0, 0, 10, 10))
    assert owner.tolist() == [0]
    assert coverage.areas.tolist() == [100.0]


def test_the_result_does_not_depend_on_the_run() -> None:
    rng = np.random.default_rng(2)
    area = random_county(rng).area
    sites = np.array(
        [point.coords[0] for point in random_county(rng).cells for point in [point.representative_point()]]
    )
    first, second = tessellate(sites, area), tessellate(sites, area)
    assert shapely.to_wkb(first[0].polygons).tolist() == shapely.to_wkb(second[0].polygons).tolist()


def test_qianjiang_keeps_its_five_exclaves_uncovered(shared_data: Path) -> None:
    counties = gpd.read_file(shared_data / "cn_admin" / "counties_gcj02.gpkg", layer="qianjiang_and_neighbours")
    area = counties.set_crs(4490, allow_override=True).to_crs(4546).set_index("name").geometry["潜江市"]
    assert shapely.get_num_interior_rings(shapely.get_parts(area)).sum() == 5
    rng = np.random.default_rng(429005)
    west, south, east, north = area.bounds
    points = np.column_stack([rng.uniform(west, east, 400), rng.uniform(south, north, 400)])
    sites = points[shapely.contains_xy(area, points[:, 0], points[:, 1])][:40]
    coverage, owner = tessellate(sites, area)
    assert prove_partition(coverage.polygons, area).holds
    _, cells = collect_parts(coverage.polygons, owner)
    assert len(cells) == 40
    assert shapely.contains_xy(cells, sites[:, 0], sites[:, 1]).all()
    covered = coverage.boundary()
    assert shapely.get_num_interior_rings(shapely.get_parts(covered)).sum() == 5
    assert shapely.symmetric_difference(covered, area, grid_size=1e-7).area < 1.0
    for hole in shapely.get_parts(area)[0].interiors:
        assert not covered.intersects(shapely.Polygon(hole).representative_point())


def test_a_site_that_goes_moves_no_corner_of_cells_that_keep_their_land() -> None:
    # where two cells meet in the bay, their border may end at the cell of a site that neither touches on land
    bay = shapely.Polygon([(3e4, 2e4), (7e4, 2e4), (6e4, 1e5 + 1), (4e4, 1e5 + 1)])
    land = shapely.box(0, 0, 1e5, 1e5).difference(bay)
    generator, kept = np.random.default_rng(2), 0
    for _ in range(40):
        points = generator.uniform(0, 1e5, (30, 2))
        points = points[shapely.contains_xy(land, *points.T)]
        before, after = (
            {cell: shape.normalize() for cell, shape in zip(*coverage.dissolve(owner), strict=True)}
            for coverage, owner in (tessellate(points, land), tessellate(points[:-1], land))
        )
        same = [cell for cell, shape in after.items() if abs(shape.area - before[cell].area) < 1e-3]
        kept += len(same)
        assert [cell for cell in same if before[cell].wkb != after[cell].wkb] == []
    assert kept > 500
