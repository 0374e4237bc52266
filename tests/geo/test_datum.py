"""GCJ-02 and BD-09 against a published table, there and back, and where they are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import pytest
from numpy.typing import NDArray

from gridpart.errors import InputError
from gridpart.geo import (
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    is_in_china,
    likely_datum,
    wgs84_to_gcj02,
)

Degrees = tuple[NDArray[np.float64], NDArray[np.float64]]
GEOD = pyproj.Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def pairs(shared_data: Path) -> pd.DataFrame:
    return pd.read_csv(shared_data / "cn_coord_pairs" / "pairs.csv")


def columns(pairs: pd.DataFrame, name: str) -> Degrees:
    return pairs[f"{name}_x"].to_numpy(), pairs[f"{name}_y"].to_numpy()


def away_m(one: Degrees, other: Degrees) -> NDArray[np.float64]:
    return np.asarray(GEOD.inv(*one, *other)[2])


@pytest.mark.parametrize(
    ("convert", "source", "target", "most_m"),
    [
        (wgs84_to_gcj02, "WGS84", "GCJ02", 1.0),
        (gcj02_to_bd09, "GCJ02", "BD09", 0.05),
        (bd09_to_gcj02, "BD09", "GCJ02", 0.2),
        (gcj02_to_wgs84, "GCJ02", "WGS84", 5.0),
        (bd09_to_wgs84, "BD09", "WGS84", 5.0),
    ],
)
def test_conversions_agree_with_the_published_table(
    pairs: pd.DataFrame, convert: object, source: str, target: str, most_m: float
) -> None:
    assert callable(convert)
    made = convert(*columns(pairs, source))
    assert away_m(made, columns(pairs, target)).max() < most_m


@pytest.mark.parametrize(("there", "back"), [(wgs84_to_gcj02, gcj02_to_wgs84), (gcj02_to_bd09, bd09_to_gcj02)])
def test_there_and_back_within_a_millimetre(there: object, back: object) -> None:
    assert callable(there)
    assert callable(back)
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(75, 134, 20_000), rng.uniform(19, 53, 20_000)
    inside = is_in_china(lon, lat)
    start = (lon[inside], lat[inside])
    moved = there(*start)
    assert away_m(start, moved).min() > 20.0
    assert away_m(start, back(*moved)).max() < 1e-3


def test_bad_input_47_size_of_the_offset(pairs: pd.DataFrame) -> None:
    wgs84 = columns(pairs, "WGS84")
    offset = away_m(wgs84, wgs84_to_gcj02(*wgs84))
    assert 50 < offset.min() < 300
    assert 500 < offset.max() < 800


@pytest.mark.parametrize(
    ("lon", "lat", "place"),
    [(121.56, 25.03, "Taipei"), (-75.6, 39.7, "Delaware"), (139.7, 35.7, "Tokyo"), (39.9, 116.4, "exchanged")],
)
def test_points_outside_china_are_refused_by_position(lon: float, lat: float, place: str) -> None:
    with pytest.raises(InputError, match=r"1 of 2 points lie outside mainland China.*row 1 .*Nothing was converted"):
        wgs84_to_gcj02([116.4, lon], [39.9, lat])
    assert not is_in_china(lon, lat), place
    kept = wgs84_to_gcj02([116.4, lon], [39.9, lat], outside="unchanged")
    assert (kept[0][1], kept[1][1]) == (lon, lat)


def test_shapes_are_kept_and_must_agree() -> None:
    lon, lat = wgs84_to_gcj02(np.full((2, 3), 114.3), np.full((2, 3), 30.6))
    assert lon.shape == lat.shape == (2, 3)
    assert wgs84_to_gcj02([], [])[0].shape == (0,)
    with pytest.raises(InputError, match="one shape"):
        wgs84_to_gcj02([114.3], [30.6, 30.7])


def test_missing_places_stay_missing() -> None:
    lon, lat = gcj02_to_wgs84([114.3, np.nan], [30.6, np.nan])
    assert np.isnan(lon[1])
    assert np.isnan(lat[1])
    assert np.isfinite(lon[0])


@pytest.mark.parametrize(("name", "column"), [("wgs84", "WGS84"), ("gcj02", "GCJ02"), ("bd09", "BD09")])
def test_bad_input_47_suspicion_by_reference_places(pairs: pd.DataFrame, name: str, column: str) -> None:
    lon, lat = columns(pairs, column)
    reference_lon, reference_lat = columns(pairs, "WGS84")
    guess, offsets = likely_datum(lon, lat, reference_lon=reference_lon, reference_lat=reference_lat)
    assert guess == name
    assert offsets[name] < 5.0
    assert min(offset for other, offset in offsets.items() if other != name) > 100.0


def test_cities_of_the_table_are_in_china(pairs: pd.DataFrame) -> None:
    assert is_in_china(*columns(pairs, "WGS84")).all()
