"""Which metric system is chosen where, and what is refused."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from gridpart.errors import CRSError
from gridpart.geo import crs_label, prefixed_zone_crs, require_metric, require_near, require_same_crs, to_metric


def place(lon: float, lat: float, *, crs: int = 4326) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"name": ["here"]}, geometry=[shapely.box(lon, lat, lon + 0.1, lat + 0.1)], crs=crs)


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (114.3, 30.6, 4547),
        (111.3, 30.7, 4546),
        (112.6, 30.5, 4547),
        (75.9, 39.4, 4534),
        (134.0, 48.0, 4554),
        (120.4, 23.4, 32651),
        (-75.6, 39.7, 32618),
        (174.8, -36.9, 32760),
        (0.0, 85.0, 32661),
        (0.0, -85.0, 32761),
        (179.95, 10.0, 32660),
    ],
)
def test_zone_by_place(lon: float, lat: float, code: int) -> None:
    layer = gpd.GeoDataFrame(geometry=[shapely.Point(lon, lat)], crs=4326)
    metric = to_metric(layer)
    assert metric.crs.to_epsg() == code
    assert f"EPSG:{code}" in metric.attrs["crs_note"]
    assert layer.crs.to_epsg() == 4326


def test_lengths_are_true_within_what_the_note_says() -> None:
    metric = to_metric(place(111.3, 30.7))
    stretch = float(metric.attrs["crs_note"].rsplit(" ", 1)[1].rstrip("%")) / 100
    west, south, east, north = 111.3, 30.7, 111.4, 30.8
    true = pyproj.Geod(ellps="WGS84").line_length([west, east, east], [south, south, north])
    corners = shapely.get_coordinates(gpd.GeoSeries(
        [shapely.LineString([(west, south), (east, south), (east, north)])], crs=4326
    ).to_crs(metric.crs).array)  # fmt: skip
    length = float(np.hypot(*np.diff(corners, axis=0).T).sum())
    assert abs(length / true - 1) < stretch + 5e-5
    assert stretch < 1e-3


def test_the_metres_of_web_maps_are_refused_where_they_are_none() -> None:
    town = gpd.GeoDataFrame(geometry=[shapely.box(114.3, 30.6, 114.4, 30.7)], crs=4326)
    with pytest.raises(
        CRSError, match=r"EPSG:3857 .* areas near \(12729384, 3587380\) are 1\.3[45] times the true ones"
    ):
        require_metric(town.to_crs(3857), name="service_area")
    require_metric(town.to_crs(32650), name="service_area")
    require_metric(place(114.3, 0.1).to_crs(3857), name="on the equator")


def test_layers_in_true_metres_stay_and_web_mercator_does_not() -> None:
    metric = place(114.3, 30.6).to_crs(4547)
    again = to_metric(metric)
    assert again.crs.to_epsg() == 4547
    assert again is not metric
    assert again.geometry.equals(metric.geometry)
    assert to_metric(place(114.3, 30.6).to_crs(3857)).crs.to_epsg() == 4547


def test_layers_in_feet_are_refused_and_converted(shared_data: Path) -> None:
    feet = gpd.read_parquet(shared_data / "denver_dirty" / "blocks.parquet").head(20)
    with pytest.raises(CRSError, match=r"layer must be in metres; its unit is US survey foot = 0\.3048006"):
        require_metric(feet)
    assert to_metric(feet).crs.to_epsg() == 32613


def test_bad_input_41_no_crs(shared_data: Path) -> None:
    layer = gpd.read_file(shared_data / "auckland_dirty" / "auckland.gpkg")
    for check in (require_metric, to_metric):
        with pytest.raises(CRSError, match=r"layer has no coordinate system; it is never guessed"):
            check(layer)


def test_bad_input_43_degrees(shared_data: Path) -> None:
    layer = gpd.read_file(shared_data / "tw_admin" / "tw.gpkg", layer="towns")
    with pytest.raises(CRSError, match=r"towns is in degrees \(EPSG:4326 .*gp\.to_metric\(layer\)"):
        require_metric(layer, name="towns")
    assert require_metric(to_metric(layer)).to_epsg() == 32651


def test_geocentric_systems_are_refused() -> None:
    layer = gpd.GeoSeries([shapely.Point(0, 0)], crs=4978)
    with pytest.raises(CRSError, match="is not planar"):
        require_metric(layer)


def test_bad_input_45_exchanged_coordinates_are_refused_by_row() -> None:
    layer = gpd.GeoDataFrame(geometry=gpd.points_from_xy([116.4, 39.9, 116.5], [39.9, 116.4, 39.8]), crs=4326)
    with pytest.raises(
        CRSError, match=r"1 of 3 rows lie outside the globe; longitude and latitude may be swapped.*index 1"
    ):
        to_metric(layer)


def test_bad_input_38_antimeridian() -> None:
    layer = gpd.GeoDataFrame(geometry=[shapely.box(-179, 0, 179, 1)], crs=4326)
    with pytest.raises(CRSError, match="cross the antimeridian"):
        to_metric(layer)


def test_layers_without_any_place_are_refused() -> None:
    with pytest.raises(CRSError, match="no row has coordinates"):
        to_metric(gpd.GeoDataFrame(geometry=[None], crs=4326))


def test_bad_input_44_different_systems() -> None:
    one, other = place(114.3, 30.6), place(114.3, 30.6).to_crs(4547)
    assert require_same_crs(one, one.copy()).to_epsg() == 4326
    with pytest.raises(
        CRSError, match=r"first layer is in EPSG:4326 .*second layer is in EPSG:4547.*Nothing was changed"
    ):
        require_same_crs(one, other)


def test_bad_input_48_wrong_zone_names_the_likely_one() -> None:
    area = place(117.0, 30.0)
    layer = area.to_crs(4548).set_crs(4547, allow_override=True)
    with pytest.raises(CRSError, match=r"lies about 28\d\.\d km from service area.*Read as EPSG:4548"):
        require_near(layer, area)
    require_near(area.to_crs(4548), area)


def test_bad_input_49_zone_number_in_eastings() -> None:
    assert prefixed_zone_crs(np.array([39_500_000.0, 39_612_345.0, np.nan])) == pyproj.CRS.from_epsg(4527)
    assert prefixed_zone_crs(np.array([20_500_000.0])) == pyproj.CRS.from_epsg(4498)
    for eastings in ([500_000.0], [39_500_000.0, 38_500_000.0], [np.nan], [99_500_000.0]):
        assert prefixed_zone_crs(np.array(eastings)) is None


def test_labels() -> None:
    assert crs_label(None) == "none"
    assert crs_label(pyproj.CRS.from_epsg(4547)) == "EPSG:4547 (CGCS2000 / 3-degree Gauss-Kruger CM 114E)"
    assert crs_label(pyproj.CRS.from_proj4("+proj=tmerc +lon_0=112.5 +ellps=GRS80 +units=m")).startswith("custom (")
