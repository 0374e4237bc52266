"""Metric coordinate systems: demanded, compared, chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import geopandas as gpd
import numpy as np
import pyproj

from gridpart.arguments import checked
from gridpart.errors import CRSError, InputError
from gridpart.geo.outline import is_in_china
from gridpart.geo.suspects import likely_crs
from gridpart.i18n import Joined, Message, messages

if TYPE_CHECKING:
    from gridpart._typing import BoolArray, FloatArray

say = messages("geo")

Layer = TypeVar("Layer", gpd.GeoDataFrame, gpd.GeoSeries)

_CGCS2000_CM_75E = 4534  # EPSG codes of the zones without prefix run 4534 (75° E) to 4554 (135° E)
_UTM_NORTH, _UTM_SOUTH = 32600, 32700
_POLAR_NORTH, _POLAR_SOUTH = 32661, 32761
_ROWS_NAMED = 10
_NEAR_AREA_M = 100_000.0
_MERCATOR = ("Popular Visualisation Pseudo Mercator", "Mercator (variant A)", "Mercator (variant B)")
_MOST_AREA_ERROR = 0.05


@checked
def crs_label(crs: pyproj.CRS | None) -> str:
    """Name a coordinate system for people: ``"EPSG:4547 (CGCS2000 / 3-degree Gauss-Kruger CM 114E)"``."""
    if crs is None:
        return "none"
    authority = crs.to_authority(min_confidence=70)
    return f"{':'.join(authority)} ({crs.name})" if authority else say("custom ({name})", name=crs.name)


@checked
def require_metric(layer: gpd.GeoDataFrame | gpd.GeoSeries, *, name: str = say("layer")) -> pyproj.CRS:
    """
    Demand a planar coordinate system whose unit is the metre.

    Parameters
    ----------
    layer
        Layer to check; it is not changed.
    name
        What to call the layer in messages.

    Returns
    -------
    crs
        The coordinate system of the layer. Custom systems count if planar and in metres.

    Raises
    ------
    CRSError
        If there is no CRS, or it is in degrees, or its unit is not the metre, or it is the Mercator projection of web
        maps so far from the equator that areas are wrong by more than 5 %.
    """
    crs = _crs_of(layer, name=name)
    label = crs_label(crs)
    offer = say("Nothing was changed. gp.to_metric(layer) picks a metric CRS for the place and says which.")
    if crs.is_geographic:
        raise CRSError(
            say(
                "{name} is in degrees ({label}); lengths and areas need metres. {offer}",
                name=name,
                label=label,
                offer=offer,
            )
        )
    if not (crs.is_projected or crs.is_engineering):
        raise CRSError(
            say(
                "{name} is not planar ({label}); lengths and areas need a projected CRS. {offer}",
                name=name,
                label=label,
                offer=offer,
            )
        )
    axis = crs.axis_info[0] if crs.axis_info else None
    if axis is None or axis.unit_conversion_factor != 1.0:
        unit = say("unknown")
        if axis is not None:
            unit = say("{unit} = {metres:.9g} m", unit=axis.unit_name, metres=axis.unit_conversion_factor)
        raise CRSError(
            say(
                "{name} must be in metres; its unit is {unit} ({label}). {offer}",
                name=name,
                unit=unit,
                label=label,
                offer=offer,
            )
        )
    _require_true_areas(layer, crs, name=name, offer=offer)
    return crs


def _require_true_areas(layer: gpd.GeoDataFrame | gpd.GeoSeries, crs: pyproj.CRS, *, name: str, offer: Message) -> None:
    """Refuse the Mercator projection of web maps where its metres are none: it says that its unit is the metre."""
    operation = crs.coordinate_operation
    if operation is None or operation.method_name not in _MERCATOR or len(layer) == 0:
        return
    low_x, low_y, high_x, high_y = layer.total_bounds
    middle = np.array([(low_x + high_x) / 2]), np.array([(low_y + high_y) / 2])
    if not np.isfinite(middle).all():
        return  # the row is named where coordinates are looked at
    lon, lat = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(*middle)
    times = float(np.ravel(pyproj.Proj(crs).get_factors(lon, lat).areal_scale)[0])
    if not abs(times - 1) <= _MOST_AREA_ERROR:
        raise CRSError(
            say(
                "{name} is in {label}, whose metres are none here: areas near ({x:.0f}, {y:.0f}) are {times:.2f} times "
                "the true ones. {offer}",
                name=name,
                label=crs_label(crs),
                x=middle[0][0],
                y=middle[1][0],
                times=times,
                offer=offer,
            )
        )


@checked
def require_same_crs(
    first: gpd.GeoDataFrame | gpd.GeoSeries,
    second: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    names: tuple[str, str] = (say("first layer"), say("second layer")),
) -> pyproj.CRS:
    """
    Demand that two layers share a coordinate system.

    Parameters
    ----------
    first, second
        Layers to compare; they are not changed.
    names
        What to call the two layers in messages.

    Returns
    -------
    crs
        The common coordinate system.

    Raises
    ------
    CRSError
        If one CRS is missing or they differ.
    """
    one, other = _crs_of(first, name=names[0]), _crs_of(second, name=names[1])
    if not one.equals(other, ignore_axis_order=True):
        raise CRSError(
            say(
                "{name} is in {crs}, but {other_name} is in {other}; they must be the same. Nothing was changed. "
                "Reproject one of them: {other_name}.to_crs({name}.crs).",
                name=names[0],
                crs=crs_label(one),
                other_name=names[1],
                other=crs_label(other),
            )
        )
    return one


@checked
def require_near(
    layer: gpd.GeoDataFrame,
    service_area: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    names: tuple[str, str] = (say("layer"), say("service area")),
) -> None:
    """
    Refuse a layer that lies nowhere near its service area: a sign of a wrong zone or swapped axes.

    Parameters
    ----------
    layer
        Layer to check, any CRS; it is not changed.
    service_area
        Where the layer should lie, any CRS.
    names
        What to call the two in messages.

    Raises
    ------
    CRSError
        If no row lies within 100 km of the bounds of the area; a CRS that would explain it is named.
    """
    crs, area_crs = _crs_of(layer, name=names[0]), _crs_of(service_area, name=names[1])
    if not np.isfinite(service_area.total_bounds).all():
        raise InputError(say("{name} has no polygon, so nothing can be near it. Give one row at least.", name=names[1]))
    area_bounds = pyproj.Transformer.from_crs(area_crs, 4326, always_xy=True).transform_bounds(
        *service_area.total_bounds
    )
    x, y = _centres(layer)
    lon, lat = pyproj.Transformer.from_crs(crs, 4326, always_xy=True).transform(x, y)
    distance = _distance_to_box_m(np.asarray(lon), np.asarray(lat), bounds=area_bounds)
    if not x.size or np.nanmin(distance, initial=np.inf) <= _NEAR_AREA_M:
        return
    away = float(np.nanmedian(np.where(np.isfinite(distance), distance, np.nan)) / 1000.0)
    guess = likely_crs(x, y, crs=crs, near=area_bounds)
    cause = say(" Read as {crs}, it would lie there.", crs=guess) if guess else ""
    raise CRSError(
        say(
            "{name} lies about {away:,.1f} km from {other_name} (CRS {crs}); no row is within 100 km.{cause} "
            "Nothing was changed. State the right CRS with crs=…",
            name=names[0],
            away=away,
            other_name=names[1],
            crs=crs_label(crs),
            cause=cause,
        )
    )


@checked
def to_metric(layer: Layer) -> Layer:
    """
    Reproject a layer to a metric coordinate system that fits its place.

    In mainland China this is the CGCS2000 3-degree Gauss-Kruger zone without zone prefix, elsewhere
    the WGS 84 UTM zone, by the median centre of the rows. A layer already in true metres is returned
    as it is. GCJ-02 and BD-09 coordinates must be converted before.

    Parameters
    ----------
    layer
        Table or series with a CRS; it is not changed.

    Returns
    -------
    layer
        A copy in metres; ``layer.attrs["crs_note"]`` says which CRS was chosen and how far it bends.

    Raises
    ------
    CRSError
        If the CRS is missing, or rows cannot be placed on the globe; they are named.
    """
    crs = _crs_of(layer, name=say("layer"))
    if _is_true_metric(crs):
        result = layer.copy()
        result.attrs["crs_note"] = f"already in metres: {crs_label(crs)}"
        return result
    x, y = _centres(layer)
    lon, lat = (np.asarray(axis) for axis in pyproj.Transformer.from_crs(crs, 4326, always_xy=True).transform(x, y))
    _require_on_globe(layer, lon=lon, lat=lat, crs=crs)
    target, note = local_metric_crs(lon, lat)
    result = layer.to_crs(target)
    bounds = result.bounds.to_numpy()
    present = ~(result.geometry.isna() | result.geometry.is_empty).to_numpy()
    what = say("cannot be placed in {crs}", crs=note)
    _refuse_rows(layer, present & ~np.isfinite(bounds).all(axis=1), crs=crs, what=what)
    result.attrs["crs_note"] = note
    return result


@checked
def local_metric_crs(lon: FloatArray, lat: FloatArray) -> tuple[pyproj.CRS, str]:
    """
    Choose the metric CRS for a set of places.

    Parameters
    ----------
    lon, lat
        WGS 84 degrees, ``n`` places; NaN is ignored.

    Returns
    -------
    crs, note
        The CRS, and a sentence naming it and the greatest stretch of lengths in it.
    """
    if not np.isfinite(lon).any():
        raise CRSError(
            say("no row has coordinates, so no metric CRS can be chosen for its place. Nothing was changed.")
        )
    middle, height = float(np.nanmedian(lon)), float(np.nanmedian(lat))
    if bool(is_in_china(middle, height)):
        meridian = int(np.clip(3 * round(middle / 3.0), 75, 135))
        crs = pyproj.CRS.from_epsg(_CGCS2000_CM_75E + (meridian - 75) // 3)
        scale = 1.0
    else:
        crs, meridian, scale = _utm(middle, height)
    stretch = _stretch(lon - meridian, lat, scale=scale) if crs.to_epsg() not in (_POLAR_NORTH, _POLAR_SOUTH) else 0.0
    return crs, f"{crs_label(crs)}, lengths true within {stretch:.3%}"


def _utm(lon: float, lat: float) -> tuple[pyproj.CRS, int, float]:
    if not -80.0 <= lat <= 84.0:
        return pyproj.CRS.from_epsg(_POLAR_NORTH if lat > 0 else _POLAR_SOUTH), 0, 0.994
    zone = int((lon + 180.0) // 6.0) % 60 + 1
    code = (_UTM_NORTH if lat >= 0 else _UTM_SOUTH) + zone
    return pyproj.CRS.from_epsg(code), 6 * zone - 183, 0.9996


def _stretch(dlon: FloatArray, lat: FloatArray, *, scale: float) -> float:
    """Greatest relative error of lengths in a transverse Mercator projection (series to second order)."""
    bend = 0.5 * (np.radians(dlon) * np.cos(np.radians(lat))) ** 2
    return float(np.nanmax(np.abs(scale * (1.0 + bend) - 1.0)))


def _is_true_metric(crs: pyproj.CRS) -> bool:
    """Planar and in metres, and not the web map's Mercator, whose metres grow with latitude."""
    planar = crs.is_projected or crs.is_engineering
    in_metres = bool(crs.axis_info) and crs.axis_info[0].unit_conversion_factor == 1.0
    method = crs.coordinate_operation.method_name if crs.coordinate_operation else ""
    return planar and in_metres and "Pseudo Mercator" not in method


def _crs_of(layer: gpd.GeoDataFrame | gpd.GeoSeries, *, name: str) -> pyproj.CRS:
    is_layer = isinstance(layer, gpd.GeoSeries) or (
        isinstance(layer, gpd.GeoDataFrame) and layer.active_geometry_name is not None
    )
    if not is_layer:
        given = say("a {kind}", kind=type(layer).__name__)
        if isinstance(layer, gpd.GeoDataFrame):
            given = say("one without geometry")
        raise InputError(
            say(
                "{name} must be a GeoDataFrame or GeoSeries; {given} was given. Nothing was changed. Shapes alone: "
                "gpd.GeoSeries(shapes, crs=…).",
                name=name,
                given=given,
            )
        )
    if layer.crs is None:
        raise CRSError(
            say(
                "{name} has no coordinate system; it is never guessed. Nothing was changed. State it: "
                'layer.set_crs("EPSG:…"), or crs=… when reading.',
                name=name,
            )
        )
    crs: pyproj.CRS = layer.crs
    return crs


def _centres(layer: gpd.GeoDataFrame | gpd.GeoSeries) -> tuple[FloatArray, FloatArray]:
    bounds = layer.bounds.to_numpy(dtype=np.float64)
    return (bounds[:, 0] + bounds[:, 2]) / 2.0, (bounds[:, 1] + bounds[:, 3]) / 2.0


def _require_on_globe(
    layer: gpd.GeoDataFrame | gpd.GeoSeries, *, lon: FloatArray, lat: FloatArray, crs: pyproj.CRS
) -> None:
    given = np.isfinite(layer.bounds.to_numpy(dtype=np.float64)).all(axis=1)
    wrong = given & ~((np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0))
    hint = say("lie outside the globe; longitude and latitude may be swapped")
    _refuse_rows(layer, wrong, crs=crs, what=hint)
    if crs.is_geographic:
        bounds = layer.bounds.to_numpy(dtype=np.float64)
        _refuse_rows(layer, bounds[:, 2] - bounds[:, 0] > 180.0, crs=crs, what=say("cross the antimeridian"))


def _refuse_rows(layer: gpd.GeoDataFrame | gpd.GeoSeries, wrong: BoolArray, *, crs: pyproj.CRS, what: Message) -> None:
    places = np.flatnonzero(wrong)
    if not places.size:
        return
    named = Joined(str(layer.index[i]) for i in places[:_ROWS_NAMED].tolist())
    more = say(" and {n} more", n=places.size - _ROWS_NAMED) if places.size > _ROWS_NAMED else ""
    raise CRSError(
        say(
            "{n} of {of} rows {what} (CRS {crs}): index {named}{more}. Nothing was changed.",
            n=places.size,
            of=len(layer),
            what=what,
            crs=crs_label(crs),
            named=named,
            more=more,
        )
    )


def _distance_to_box_m(lon: FloatArray, lat: FloatArray, *, bounds: tuple[float, float, float, float]) -> FloatArray:
    west, south, east, north = bounds
    dx = np.maximum(np.maximum(west - lon, lon - east), 0.0) * np.cos(np.radians((south + north) / 2.0))
    dy = np.maximum(np.maximum(south - lat, lat - north), 0.0)
    metres: FloatArray = np.hypot(dx, dy) * 111_319.49
    return metres
