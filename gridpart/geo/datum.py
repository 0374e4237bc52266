"""
Conversions between WGS 84 and the two shifted datums of Chinese web maps.

GCJ-02 (AMap, Tencent, Google in China) moves WGS 84 by 100 to 700 m with a smooth pseudo-random
field; BD-09 (Baidu) moves GCJ-02 once more by about 900 m. The closed formulas are the public
re-implementation [1]_; against published pairs they agree within 1 m. Inverses are found by
fixed-point iteration, so that a conversion there and back returns within a millimetre.

CGCS2000 and WGS 84 differ by centimetres to decimetres and are treated as the same place.

References
----------
.. [1] Public formulas for the "Mars coordinate system", in use since 2013 in the open libraries
   eviltransform and gcoord; checked here against the city table of gcoord.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.geo.outline import is_in_china
from gridpart.i18n import Joined, Message, messages

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from gridpart._typing import BoolArray, FloatArray

say = messages("geo")

Outside: TypeAlias = Literal["error", "unchanged"]
_Shift: TypeAlias = Callable[["FloatArray", "FloatArray"], tuple["FloatArray", "FloatArray"]]

_SEMI_MAJOR_M = 6378245.0  # Krasovsky 1940, which the shift field is written on
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BD_PI = np.pi * 3000.0 / 180.0
_CONVERGED_DEGREES = 1e-11  # a micrometre
_MAX_ITERATIONS = 30
_METRES_PER_DEGREE = 111_319.49
_ROWS_NAMED = 10
_MIDDLE_LON, _MIDDLE_LAT = 104.0, 36.0
_NEAR_LON, _NEAR_LAT = 33.0, 21.0  # a box that holds the outline with room to spare


@checked
def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike, *, outside: Outside = "error") -> tuple[FloatArray, FloatArray]:
    """
    Shift WGS 84 (or CGCS2000) to GCJ-02.

    Parameters
    ----------
    lon, lat
        Degrees, arrays of one shape. NaN stays NaN.
    outside
        What to do with points outside mainland China, where GCJ-02 is not defined: raise, or
        return them unchanged (as the map services do).

    Returns
    -------
    lon, lat
        GCJ-02 degrees, float64 arrays of the same shape.

    Raises
    ------
    InputError
        If shapes differ, or points lie outside mainland China and `outside` is "error"; the
        positions are named.
    """
    return _convert(lon, lat, shift=_add_gcj, outside=outside, what=say("WGS 84 to GCJ-02"))


@checked
def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike, *, outside: Outside = "error") -> tuple[FloatArray, FloatArray]:
    """Shift GCJ-02 back to WGS 84; parameters, result and errors as `wgs84_to_gcj02`."""
    return _convert_back(lon, lat, shift=_add_gcj, outside=outside, what=say("GCJ-02 to WGS 84"))


@checked
def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike, *, outside: Outside = "error") -> tuple[FloatArray, FloatArray]:
    """Shift GCJ-02 to BD-09; parameters, result and errors as `wgs84_to_gcj02`."""
    return _convert(lon, lat, shift=_add_bd, outside=outside, what=say("GCJ-02 to BD-09"))


@checked
def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike, *, outside: Outside = "error") -> tuple[FloatArray, FloatArray]:
    """Shift BD-09 back to GCJ-02; parameters, result and errors as `wgs84_to_gcj02`."""
    return _convert_back(lon, lat, shift=_add_bd, outside=outside, what=say("BD-09 to GCJ-02"))


@checked
def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike, *, outside: Outside = "error") -> tuple[FloatArray, FloatArray]:
    """Shift BD-09 back to WGS 84; parameters, result and errors as `wgs84_to_gcj02`."""
    gcj = bd09_to_gcj02(lon, lat, outside=outside)
    # a point at the very edge of the outline may have moved across it: it was checked above
    return gcj02_to_wgs84(*gcj, outside="unchanged")


@checked
def likely_datum(
    lon: ArrayLike, lat: ArrayLike, *, reference_lon: ArrayLike, reference_lat: ArrayLike
) -> tuple[str, dict[str, float]]:
    """
    Guess which datum points are in, from known WGS 84 positions of the same places.

    Parameters
    ----------
    lon, lat
        Degrees as read, ``n`` points in mainland China.
    reference_lon, reference_lat
        WGS 84 degrees of the same ``n`` places, say from surveyed addresses.

    Returns
    -------
    datum, offsets
        The datum with the smallest offset, and the median offset in m under each assumption
        ("wgs84", "gcj02", "bd09").
    """
    x, y = _as_degrees(lon, lat)
    ref_x, ref_y = _as_degrees(reference_lon, reference_lat)
    readings = {
        "wgs84": (x, y),
        "gcj02": gcj02_to_wgs84(x, y, outside="unchanged"),
        "bd09": bd09_to_wgs84(x, y, outside="unchanged"),
    }
    offsets = {
        name: float(np.nanmedian(_offset_m(px, py, ref_x=ref_x, ref_y=ref_y))) for name, (px, py) in readings.items()
    }
    return min(offsets, key=lambda name: offsets[name]), offsets


def _offset_m(x: FloatArray, y: FloatArray, *, ref_x: FloatArray, ref_y: FloatArray) -> FloatArray:
    east = (x - ref_x) * np.cos(np.radians(ref_y))
    metres: FloatArray = np.hypot(east, y - ref_y) * _METRES_PER_DEGREE
    return metres


def _as_degrees(lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    x, y = _numbers(lon, "lon"), _numbers(lat, "lat")
    if x.shape != y.shape:
        raise InputError(
            say(
                "lon and lat need one shape; {lon} and {lat} were given. Nothing was converted.",
                lon=x.shape,
                lat=y.shape,
            )
        )
    return x, y


def _convert(
    lon: ArrayLike, lat: ArrayLike, *, shift: _Shift, outside: Outside, what: Message
) -> tuple[FloatArray, FloatArray]:
    x, y = _as_degrees(lon, lat)
    inside = is_in_china(x, y)
    _require_inside(x, y, inside=inside, outside=outside, what=what)
    new_x, new_y = np.array(x), np.array(y)
    new_x[inside], new_y[inside] = shift(x[inside], y[inside])
    return new_x, new_y


def _convert_back(
    lon: ArrayLike, lat: ArrayLike, *, shift: _Shift, outside: Outside, what: Message
) -> tuple[FloatArray, FloatArray]:
    """A point was shifted if the place it came from is inside, not if the place it came to is."""
    x, y = _as_degrees(lon, lat)
    near = np.asarray((np.abs(x - _MIDDLE_LON) < _NEAR_LON) & (np.abs(y - _MIDDLE_LAT) < _NEAR_LAT))
    from_x, from_y = np.array(x), np.array(y)
    from_x[near], from_y[near] = _inverse(x[near], y[near], forward=shift)
    inside = near & is_in_china(from_x, from_y)
    _require_inside(x, y, inside=inside, outside=outside, what=what)
    return np.where(inside, from_x, x), np.where(inside, from_y, y)


def _require_inside(x: FloatArray, y: FloatArray, *, inside: BoolArray, outside: Outside, what: Message) -> None:
    stray = np.isfinite(x) & np.isfinite(y) & ~inside
    if outside == "error" and stray.any():
        raise _outside(x, y, places=np.flatnonzero(stray), what=what)


def _outside(x: FloatArray, y: FloatArray, *, places: np.ndarray, what: Message) -> InputError:
    named = Joined(
        say("row {row} ({lon:.6f}, {lat:.6f})", row=i, lon=x.flat[i], lat=y.flat[i])
        for i in places[:_ROWS_NAMED].tolist()
    )
    return InputError(
        say(
            "{what}: {n} of {of} points lie outside mainland China, where these datums are not defined: {named}{more} "
            "(rows counted from 0; longitude, latitude). Nothing was converted. Check for swapped longitude and "
            'latitude, or pass outside="unchanged" to keep such points as they are.',
            what=what,
            n=places.size,
            of=x.size,
            named=named,
            more=say(" and {n} more", n=places.size - _ROWS_NAMED) if places.size > _ROWS_NAMED else "",
        )
    )


def _add_gcj(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    x, y = lon - 105.0, lat - 35.0
    common = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    root = np.sqrt(np.abs(x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    latitude = np.radians(lat)
    magic = 1.0 - _ECCENTRICITY_SQUARED * np.sin(latitude) ** 2
    meridian_radius = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / magic**1.5
    parallel_radius = _SEMI_MAJOR_M / np.sqrt(magic) * np.cos(latitude)
    return lon + np.degrees(east / parallel_radius), lat + np.degrees(north / meridian_radius)


def _add_bd(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_PI)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_PI)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _inverse(lon: FloatArray, lat: FloatArray, *, forward: _Shift) -> tuple[FloatArray, FloatArray]:
    """Invert a shift whose derivative is far below 1: subtract what is still missing, repeat."""
    x, y = lon, lat
    for _ in range(_MAX_ITERATIONS):
        there_x, there_y = forward(x, y)
        miss_x, miss_y = there_x - lon, there_y - lat
        x, y = x - miss_x, y - miss_y
        if not x.size or max(np.abs(miss_x).max(), np.abs(miss_y).max()) < _CONVERGED_DEGREES:
            break
    return x, y


def _numbers(given: ArrayLike, name: str) -> FloatArray:
    try:
        return np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            say(
                "{name} must be one or more numbers in degrees; a {kind} was given, which holds others ({detail}). "
                "Nothing was converted.",
                name=name,
                kind=type(given).__name__,
                detail=str(error),
            )
        ) from error
