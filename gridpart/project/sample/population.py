"""People and households of each unit."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gridpart.project.sample.names import COUNTY, COUNTY_CODE, UnitNames
from gridpart.project.sample.outline import CRS
from gridpart.project.sample.units import TOWN, Places, share_out

URBAN_POPULATION = 158_400
RURAL_POPULATION = 341_600
"""Together 500,000 people, whatever the seed."""


def service_area_table(places: Places) -> gpd.GeoDataFrame:
    """
    Return the service area as a table of one row.

    Parameters
    ----------
    places
        From `units.settle`.

    Returns
    -------
    service_area
        ``area_id``, ``name``, ``name_en``, one multipolygon with a hole (the lake).
    """
    columns = {"area_id": [COUNTY_CODE], "name": [COUNTY.chinese], "name_en": [COUNTY.english]}
    return gpd.GeoDataFrame(columns, geometry=[places.area], crs=CRS)


def units_table(places: Places, names: UnitNames, *, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """
    Return the units as a table.

    Parameters
    ----------
    places, names
        Geometry and names of the units.
    rng
        Source of chance.

    Returns
    -------
    units
        One row per unit in the order of their codes; populations sum to 500,000.
    """
    number = places.township
    in_town = number == TOWN
    population = _population(places, rng)
    per_household = np.where(in_town, rng.uniform(2.45, 2.85, len(number)), rng.uniform(2.85, 3.6, len(number)))
    columns = {
        "unit_id": names.unit_ids,
        "name": [name.chinese for name in names.units],
        "name_en": [name.english for name in names.units],
        "kind": np.where(in_town, "community", "village").astype(object),
        "township_id": [names.township_ids[n] for n in number],
        "township": [names.townships[n].chinese for n in number],
        "township_en": [names.townships[n].english for n in number],
        "zone_class": np.where(in_town, "urban", "rural").astype(object),
        "population": population,
        "households": np.round(population / per_household).astype(np.int64),
    }
    return gpd.GeoDataFrame(columns, geometry=list(places.polygons), crs=CRS)


def _population(places: Places, rng: np.random.Generator) -> np.ndarray:
    """Share the people: dense in the core, denser near the town and at the seats, thin at the rim."""
    in_town = places.township == TOWN
    centre = places.settlements[places.seats[TOWN]]
    distance = np.hypot(*(places.settlements - centre).T)
    area = shapely.area(places.polygons)
    chance = rng.lognormal(0.0, 0.28, len(area))
    urban = area**0.75 * np.exp(-distance / 2_400) * chance
    rural = area**0.55 * (1 + 1.4 * np.exp(-distance / 9_000)) * chance
    rural[places.seats] *= 2.6
    rural[places.in_exclave] *= 0.6
    population = np.zeros(len(area), dtype=np.int64)
    population[in_town] = share_out(URBAN_POPULATION, urban[in_town])
    population[~in_town] = share_out(RURAL_POPULATION, rural[~in_town])
    return population
