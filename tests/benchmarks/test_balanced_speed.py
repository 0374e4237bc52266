"""
Balanced cells for 1,000 outlets: certified, a millionth of the mean at most, two seconds of processor time.

The county is concave with a hole and an island, demand clusters around seven towns, and outlets stand anywhere or in
the towns. The case of pysdot is its own: sites in a unit box with even demand.

    OMP_NUM_THREADS=1 GRIDPART_FULL=1 pytest tests/benchmarks/test_balanced_speed.py -m benchmark -s
"""

from __future__ import annotations

import time

import geopandas as gpd
import numpy as np
import pytest
import shapely

import gridpart as gp

CRS = "EPSG:4546"
OUTLETS = 1000
MOST_SECONDS = 2.0
MOST_DEVIATION = 1e-6

COUNTY = shapely.transform(
    shapely.MultiPolygon(
        [
            shapely.Polygon(
                [(0, 0), (60, 0), (60, 60), (36, 60), (36, 22), (24, 22), (24, 60), (0, 60)],
                [[(40, 8), (50, 8), (50, 18), (40, 18)]],
            ),
            shapely.Polygon([(63, 10), (72, 12), (70, 25), (64, 24)]),
        ]
    ),
    lambda xy: xy * 1000,
)


def inside(points: np.ndarray) -> np.ndarray:
    return points[shapely.contains_xy(COUNTY, points)]


def workload(layout: str, seed: int) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Units in squares of 1.2 by 1 km and outlets; densities differ a hundredfold."""
    generator = np.random.default_rng(seed)
    x, y = np.linspace(0, 72_000, 61), np.linspace(0, 60_000, 61)
    boxes = shapely.box(*(a.ravel() for a in (*np.meshgrid(x[:-1], y[:-1]), *np.meshgrid(x[1:], y[1:]))))
    boxes = boxes[shapely.area(shapely.intersection(boxes, COUNTY)) > 0]
    towns = inside(generator.uniform(0, (72_000, 60_000), (100, 2)))[:7]
    middle = shapely.get_coordinates(shapely.centroid(boxes))
    people = 100 * np.exp(-((middle[:, None] - towns) ** 2).sum(axis=2) / (2 * 4000**2)).sum(axis=1) + 1
    places = generator.uniform(0, (72_000, 60_000), (6 * OUTLETS, 2))
    if layout == "towns":
        places = towns[generator.integers(0, len(towns), 6 * OUTLETS)] + generator.normal(0, 4000, (6 * OUTLETS, 2))
    places = inside(places)[:OUTLETS]
    units = gpd.GeoDataFrame(
        {"unit_id": [f"U{n}" for n in range(len(boxes))], "households": people}, geometry=boxes, crs=CRS
    )
    outlets = gpd.GeoDataFrame(
        {"outlet_id": [f"{n:04d}" for n in range(OUTLETS)], "bank_id": "A"}, geometry=shapely.points(places), crs=CRS
    )
    return units, outlets


@pytest.mark.benchmark
@pytest.mark.full
@pytest.mark.parametrize("layout", ["anywhere", "towns"])
def test_a_thousand_outlets_are_balanced_in_two_seconds(layout: str) -> None:
    area = gpd.GeoSeries([COUNTY], crs=CRS)
    seconds = []
    for seed in range(5):
        units, outlets = workload(layout, seed)
        start = time.process_time()
        grid = gp.partition.balanced(area, outlets, demand="households", units=units)
        seconds.append(time.process_time() - start)
        assert grid.certificate.valid
        assert grid.provenance["max_deviation"] <= MOST_DEVIATION
        figures = {name: grid.provenance[name] for name in ("max_deviation", "steps", "evaluations")}
        print(f"\noutlets {layout}, seed {seed}: {seconds[-1]:.2f} s, {figures}", end="")
    print()
    assert np.median(seconds) <= MOST_SECONDS


@pytest.mark.benchmark
@pytest.mark.full
def test_ratio_to_pysdot_on_its_box() -> None:
    pysdot = pytest.importorskip("pysdot", reason="pysdot is needed to compare with it; it builds from source only")
    places = np.random.default_rng(0).uniform(0, 1, (OUTLETS, 2))
    start = time.process_time()
    plan = pysdot.OptimalTransport(places)
    plan.adjust_weights()
    theirs = time.process_time() - start
    outlets = gpd.GeoDataFrame(
        {"outlet_id": [f"{n:04d}" for n in range(OUTLETS)], "bank_id": "A"},
        geometry=shapely.points(places * 10_000),
        crs=CRS,
    )
    start = time.process_time()
    grid = gp.partition.balanced(gpd.GeoSeries([shapely.box(0, 0, 10_000, 10_000)], crs=CRS), outlets, demand="area")
    mine = time.process_time() - start
    assert grid.provenance["max_deviation"] <= MOST_DEVIATION
    print(f"\nbox, {OUTLETS} outlets: {mine:.2f} s with certificate, pysdot {theirs:.2f} s, ratio {theirs / mine:.2f}")
