"""
A whole project to and from PostGIS, against geopandas writing and reading the layer of units alone.

The quick form checks that ours is not far slower on a small county. The full form has 20,000 units and 6,000 cells.
"""

from __future__ import annotations

import time
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pytest
import shapely
from postgis_server import Database, Server
from project.small_county import assert_same_project
from sqlalchemy import create_engine
from stopwatch import compare, processor_seconds
from studio_county import SIDE_M, studio_grid

import gridpart as gp

pytestmark = pytest.mark.benchmark

N_BANKS = 12


@lru_cache(maxsize=1)
def county(n_units: int, n_cells: int) -> gp.Project:
    """Return a county whose units are gathered by twelve banks."""
    rng = np.random.default_rng(0)
    drawn = studio_grid(n_units, 4)
    ids = list(drawn.face_ids or ())
    numbers = {"households": rng.integers(50, 150, n_units), "population": rng.uniform(100, 900, n_units)}
    columns = {"unit_id": ids, "name": [f"村{number}" for number in range(n_units)], "zone_class": "rural", **numbers}
    units = gpd.GeoDataFrame(columns, geometry=list(drawn.coverage.polygons), crs=drawn.crs)
    banks = [f"B{number % N_BANKS:02d}" for number in range(n_cells)]
    names = {"outlet_id": [f"o{number:05d}" for number in range(n_cells)], "bank_id": banks, "name": "支行"}
    points = shapely.points(rng.uniform(100, SIDE_M - 100, (n_cells, 2)))
    outlets = gpd.GeoDataFrame(names, geometry=points, crs=drawn.crs)
    project = gp.Project("county", drawn.service_area[["geometry"]], units=units, outlets=outlets)
    project.partition()
    return project


def against_geopandas(database: Database, project: gp.Project) -> tuple[float, float]:
    """Compare saving and opening the units in a project of their own; return both ratios."""
    units = gp.Project("units", project.service_area, units=project.units)
    options = f"postgresql+psycopg://postgres@/{database.name}?host={database.server.folder}"
    engine = create_engine(options)
    saved = compare(
        "save of the units",
        lambda: units.save(database.url(county=f"units {time.time_ns()}")),
        lambda: project.units.to_postgis("peer", engine, if_exists="replace"),
        other_repeats=3,
    )
    units.save(database.url(county="units"), overwrite_changes=True)
    opened = compare(
        "opening of the units",
        lambda: gp.open_project(database.url(county="units")),
        lambda: gpd.read_postgis("SELECT * FROM peer", engine, geom_col="geometry"),
        other_repeats=3,
    )
    engine.dispose()
    return saved.ratio, opened.ratio


def test_the_units_of_a_small_county(postgis_server: Server) -> None:
    saved, opened = against_geopandas(postgis_server.new_database(), county(2_000, 60))
    assert saved > 0.25
    assert opened > 0.05


@pytest.mark.full
def test_a_county_of_20000_units_and_6000_cells(postgis_server: Server) -> None:
    database, project = postgis_server.new_database(), county(20_000, 6_000)
    assert sum(map(len, project.grids.values())) == 6_000
    first = processor_seconds(lambda: project.save(database.url()))
    opening = processor_seconds(lambda: gp.open_project(database.url()))
    opened = gp.open_project(database.url())
    assert_same_project(project, opened)
    opened.outlets.loc[5, "name"] = "x"
    again = processor_seconds(lambda: opened.save(database.url()))
    print(f"\n  20,000 units, 6,000 cells: first save {first:.1f} s, opening {opening:.1f} s, next save {again:.1f} s")
    assert max(first, opening, again) < 20
    saved, read = against_geopandas(database, project)
    assert saved > 0.25
    assert read > 0.05
