"""Tiny counties, and functions of one county that processes elsewhere can import."""

from __future__ import annotations

import os
import signal
import time
import tracemalloc
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import gridpart as gp
from gridpart.project import Project

CRS = "EPSG:4547"
_SIDE_M = 2_000.0


def small_county(number: int, *, crs: str = CRS) -> Project:
    """Make a county of one square with three outlets of two banks, a little different for each number."""
    west = 400_000 + 10_000 * number
    area = gpd.GeoDataFrame(
        {"area_id": [f"{number:06d}"]}, geometry=[shapely.box(west, 0, west + _SIDE_M, _SIDE_M)], crs=crs
    )
    units = gpd.GeoDataFrame(
        {"unit_id": [f"{number:03d}1", f"{number:03d}2"], "population": [100, 300], "zone_class": ["urban", "rural"]},
        geometry=[shapely.box(west + x, 0, west + x + _SIDE_M / 2, _SIDE_M) for x in (0, _SIDE_M / 2)],
        crs=crs,
    )
    places = [(west + 300 + number, 400), (west + 1500, 700 + number), (west + 900, 1600)]
    outlets = gpd.GeoDataFrame(
        {"outlet_id": ["1", "2", "3"], "bank_id": ["A", "A", "B"], "name": ["东街", "西街", "<b>"]},
        geometry=[shapely.Point(place) for place in places],
        crs=crs,
    )
    return Project(f"County {number}", area, units=units, outlets=outlets)


def save_counties(folder: Path, count: int) -> Path:
    """Save so many counties as 000.gpkg, 001.gpkg, …"""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        small_county(number).save(folder / f"{number:03d}.gpkg")
    return folder


def grids(project: Project) -> dict[str, gp.Grid]:
    """Make the grids of a county."""
    project.partition(rule="nearest")
    return project.grids


def slow_grids(project: Project) -> dict[str, gp.Grid]:
    """Take a moment, so that a kill finds it under way."""
    time.sleep(0.15)
    return grids(project)


def slower_grids(project: Project) -> dict[str, gp.Grid]:
    """Take long enough for another run to be refused meanwhile."""
    time.sleep(0.5)
    return grids(project)


def outlets(project: Project) -> pd.DataFrame:
    """Return the outlets of a county, another function than `grids`."""
    return project.outlets


def grids_but_one(project: Project) -> dict[str, gp.Grid]:
    """Fail in one county."""
    if project.name == "County 1":
        message = "no grid here: <script>"
        raise KeyError(message)
    return grids(project)


def deadly_grids(project: Project) -> dict[str, gp.Grid]:
    """End the process of one county, as an out-of-memory killer does."""
    if project.name == "County 1":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.1)
    return grids(project)


def points(path: Path) -> dict[str, object]:
    """A table of 2,000 points and their number."""
    places = np.random.default_rng(int(path.stem)).random((2_000, 2))
    return {"points": gpd.GeoDataFrame(geometry=shapely.points(places), crs=4547), "n": len(places)}


def peaks(folder: Path) -> tuple[int, int]:
    """Peak memory of runs over 20 and over 120 counties, in bytes."""
    for number in range(120):
        (folder / f"{number}.txt").write_text(str(number), encoding="utf-8")
    paths = sorted(folder.glob("*.txt"))

    def peak_bytes(count: int) -> int:
        tracemalloc.reset_peak()
        begun = tracemalloc.get_traced_memory()[0]
        report = gp.map_counties(points, paths[:count], folder / f"out{count}")
        assert report.totals["n"] == 2_000 * count
        return tracemalloc.get_traced_memory()[1] - begun

    tracemalloc.start()
    peak_bytes(5)
    return peak_bytes(20), peak_bytes(120)
