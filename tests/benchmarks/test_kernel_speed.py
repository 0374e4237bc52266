"""
The kernel against the tools people use today, in the same run.

The quick form checks that both ways agree and that ours is not slower. The full form (`make bench`) has the sizes and
the ratios that docs/benchmarks.md promises.
"""

from __future__ import annotations

from functools import lru_cache

import geopandas as gpd
import numpy as np
import pytest
import shapely
from libpysal.graph import Graph
from planar_layouts import ORIGIN
from stopwatch import compare

import gridpart as gp
from gridpart.coverage import Coverage, tessellate

CRS = 4546
RADIUS_M = 40_000.0
pytestmark = pytest.mark.benchmark


@lru_cache(maxsize=1)
def _county(n_vertices: int) -> shapely.Polygon:
    """Return a county with a rugged border, like a coast or a watershed, of about `n_vertices` vertices."""
    rng = np.random.default_rng(2024)
    angle = np.arange(8) * np.pi / 4
    border = np.column_stack([np.cos(angle), np.sin(angle)]) * RADIUS_M
    while len(border) < n_vertices:
        step = np.roll(border, -1, axis=0) - border
        sideways = np.column_stack([-step[:, 1], step[:, 0]]) * rng.normal(0, 0.1, (len(border), 1))
        border = np.stack([border, border + step / 2 + sideways], axis=1).reshape(-1, 2)
    parts = shapely.get_parts(shapely.make_valid(shapely.Polygon(border + ORIGIN)))
    largest: shapely.Polygon = max(parts, key=shapely.area)
    return largest


def _outlets(area: shapely.Polygon, n: int) -> np.ndarray:
    rng = np.random.default_rng(7)
    west, south, east, north = area.bounds
    shapely.prepare(area)
    points = np.column_stack([rng.uniform(west, east, 4 * n), rng.uniform(south, north, 4 * n)])
    return points[shapely.contains_xy(area, points[:, 0], points[:, 1])][:n]


@lru_cache(maxsize=1)
def _cells(n: int) -> tuple[gpd.GeoDataFrame, gpd.GeoSeries]:
    """Return about `n` certified cells and their area."""
    area = _county(2_048)
    coverage, _ = tessellate(_outlets(area, n), area)
    ids = [f"cell {number}" for number in range(len(coverage))]
    return gpd.GeoDataFrame({"cell_id": ids}, geometry=coverage.polygons, crs=CRS), gpd.GeoSeries([area], crs=CRS)


def _check_certificate(n: int, *, floors: tuple[float, float]) -> None:
    cells, area = _cells(n)
    shapes = np.asarray(cells.geometry.array)
    assert gp.certify(cells, area).valid

    def with_union() -> bool:
        return bool(shapely.coverage_is_valid(shapes)) and shapely.union_all(shapes).area > 0

    def with_coverage_union() -> bool:
        return bool(shapely.coverage_is_valid(shapes)) and shapely.coverage_union_all(shapes).area > 0

    for name, other, floor in (
        ("coverage_is_valid + union_all", with_union, floors[0]),
        ("coverage_is_valid + coverage_union_all", with_coverage_union, floors[1]),
    ):
        title = f"certificate of {len(cells):,} cells, against {name}"
        result = compare(title, lambda: gp.certify(cells, area), other, repeats=5, other_repeats=3)
        assert result.ratio >= floor, str(result)


def test_certificate() -> None:
    _check_certificate(3_000, floors=(1.0, 0.5))


@pytest.mark.full
def test_certificate_of_a_hundred_thousand_cells() -> None:
    _check_certificate(100_000, floors=(10.0, 2.5))


def _check_tessellation(n: int, *, n_vertices: int, floor: float) -> None:
    area = _county(n_vertices)
    outlets = _outlets(area, n)
    diagram = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(outlets), extend_to=area))
    cells = gpd.GeoDataFrame(geometry=diagram, crs=CRS)
    frame = gpd.GeoDataFrame(geometry=[area], crs=CRS)
    title = (
        f"{n:,} outlets cut to a border of {shapely.get_num_coordinates(area):,} vertices, against geopandas.overlay"
    )
    # the other way gets its Voronoi diagram for nothing
    result = compare(title, lambda: tessellate(outlets, area), lambda: gpd.overlay(cells, frame), repeats=5)
    assert tessellate(outlets, area)[0].areas.sum() == pytest.approx(area.area, rel=1e-9)
    assert result.ratio >= floor, str(result)


def test_tessellation() -> None:
    _check_tessellation(400, n_vertices=4_096, floor=1.0)


@pytest.mark.full
@pytest.mark.parametrize(("n_vertices", "floor"), [(2_048, 3.0), (16_384, 15.0), (32_768, 15.0)])
def test_tessellation_of_ten_thousand_outlets(n_vertices: int, floor: float) -> None:
    _check_tessellation(10_000, n_vertices=n_vertices, floor=floor)


def _check_adjacency(n: int, *, floor: float) -> None:
    cells, _ = _cells(n)
    shapes = np.asarray(cells.geometry.array)
    title = f"neighbours of {len(cells):,} polygons, against libpysal with strict=True"
    graphs = []
    result = compare(
        title,
        lambda: Coverage.from_polygons(shapes).adjacency(),
        lambda: graphs.append(Graph.build_contiguity(cells.geometry, rook=True, strict=True)),
        repeats=5,
    )
    one, two, _ = Coverage.from_polygons(shapes).adjacency()
    expected = graphs[0].adjacency.reset_index().query("focal < neighbor")[["focal", "neighbor"]].to_numpy()
    assert np.array_equal(np.column_stack([one, two]), expected[np.lexsort(expected.T[::-1])])
    assert result.ratio >= floor, str(result)


def test_adjacency() -> None:
    _check_adjacency(3_000, floor=2.0)


@pytest.mark.full
def test_adjacency_of_two_hundred_thousand_polygons() -> None:
    _check_adjacency(200_000, floor=12.0)
