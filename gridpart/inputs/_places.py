"""Where the rows are: the coordinate system of a layer, and its datum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, get_args

import numpy as np
import pyproj
import shapely

from gridpart._typing import Datum
from gridpart.errors import CRSError, InputError
from gridpart.geo import bd09_to_wgs84, crs_label, gcj02_to_wgs84, is_in_china
from gridpart.i18n import Joined, messages
from gridpart.inputs._vocabulary import plain
from gridpart.tables import messages as m
from gridpart.tables import notes as n
from gridpart.tables.checks import is_blank

if TYPE_CHECKING:
    from gridpart._typing import BoolArray, FloatArray, GeometryArray
    from gridpart.inputs._log import ReadLog
    from gridpart.inputs._raw import Values

say = messages("inputs")

_WGS84, _CGCS2000 = 4326, 4490
_DATUM_NAMES = {"gcj02": "GCJ-02", "bd09": "BD-09", "wgs84": "WGS 84", "cgcs2000": "CGCS2000"}
SHIFTED = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}
_METRES_PER_DEGREE = 111_319.49


class MissingCRSError(CRSError):
    """A file declares no coordinate system, and none was stated."""


def require_datum(datum: str) -> None:
    """Refuse unknown datums."""
    if datum not in get_args(Datum):
        raise InputError(
            say("unknown datum {datum!r}; expected one of {choices}.", datum=datum, choices=Joined(get_args(Datum)))
        )


def stated_crs(crs: object) -> pyproj.CRS | None:
    """
    Read the CRS the caller stated.

    Raises
    ------
    CRSError
        If it is unknown.
    """
    if crs is None:
        return None
    try:
        return pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise CRSError(
            say(
                "crs={crs!r} is not a known coordinate system ({error}). Nothing was read. State it as EPSG:…",
                crs=crs,
                error=error,
            )
        ) from error


def settle_crs(
    declared: pyproj.CRS | None,
    stated: pyproj.CRS | None,
    *,
    degrees_in: str | None,
    datum: str,
    geometry: GeometryArray,
    name: str,
    log: ReadLog,
) -> pyproj.CRS:
    """
    Decide the coordinate system of a layer: stated, declared, or implied by longitude and latitude.

    Parameters
    ----------
    declared, stated
        CRS of the file and of the caller.
    degrees_in
        Names of the columns with longitude and latitude, if the points were made of such.
    datum
        Datum stated by the caller; a datum other than "declared" implies degrees.
    geometry
        Geometries of the layer, shape (n_rows,).
    name
        What to call the file in messages.

    Raises
    ------
    CRSError
        If no CRS is known, or the stated one cannot be that of the coordinates.
    """
    if stated is not None:
        _require_degrees(stated, degrees_in=degrees_in, name=name)
        if declared is not None and not declared.equals(stated, ignore_axis_order=True):
            log.note(n.CRS_STATED, declared=crs_label(declared), stated=crs_label(stated))
        return stated
    if declared is not None:
        return declared
    implied = pyproj.CRS.from_epsg(_CGCS2000 if datum == "cgcs2000" else _WGS84)
    if degrees_in is not None:
        if datum == "declared":
            log.note(n.CRS_ASSUMED, columns=degrees_in, crs=crs_label(implied))
        return implied
    if datum != "declared" and _fits_globe(geometry).all():
        return implied
    bounds = Joined(f"{value:,.6g}" for value in shapely.total_bounds(geometry).tolist())
    raise MissingCRSError(
        say(
            "{name} has no coordinate system; it is never guessed. Its bounds are {bounds}. Nothing was read. State "
            'it, for example crs="EPSG:4547", or crs="EPSG:4326" for longitude and latitude.',
            name=name,
            bounds=bounds,
        )
    )


def _require_degrees(stated: pyproj.CRS, *, degrees_in: str | None, name: str) -> None:
    if degrees_in is not None and not stated.is_geographic:
        raise CRSError(
            say(
                "{name}: columns {degrees_in} hold longitude and latitude, but {crs} is not in degrees. Nothing was "
                "read. Leave crs out and reproject afterwards with to_crs or gp.to_metric.",
                name=name,
                degrees_in=degrees_in,
                crs=crs_label(stated),
            )
        )


def _fits_globe(geometry: GeometryArray) -> BoolArray:
    bounds = np.abs(shapely.bounds(geometry))
    fits: BoolArray = ~((bounds[:, [0, 2]] > 180.0).any(axis=1) | (bounds[:, [1, 3]] > 90.0).any(axis=1))
    return fits


def shift_datum(
    geometry: GeometryArray, crs: pyproj.CRS, *, datum: str, name: str, log: ReadLog
) -> tuple[GeometryArray, pyproj.CRS]:
    """
    Bring GCJ-02 or BD-09 coordinates to WGS 84; rows outside mainland China are rejected.

    Returns
    -------
    geometry, crs
        Geometries in longitude and latitude on WGS 84, and that CRS; both unchanged for other datums.

    Raises
    ------
    CRSError
        If the coordinates are in a local system that does not say where on Earth it lies.
    """
    if datum not in SHIFTED:
        return geometry, crs
    geometry = _in_degrees(geometry, crs, datum=datum, name=name)
    coordinates, owners = shapely.get_coordinates(geometry, return_index=True)
    convert = SHIFTED[datum]
    moved = _moved(geometry, lambda xy: np.column_stack(convert(xy[:, 0], xy[:, 1], outside="unchanged")))
    after = shapely.get_coordinates(moved)
    inside = (coordinates != after).any(axis=1)  # there is no place without a shift
    stray, first = np.unique(owners[~inside], return_index=True)
    for place, value in zip(stray.tolist(), coordinates[~inside][first].tolist(), strict=True):
        if place not in log.rejected:
            log.reject(place, "geometry", value=tuple(value), problem=m.OUTSIDE_CHINA, datum=_DATUM_NAMES[datum])
    target = pyproj.CRS.from_epsg(_WGS84)
    if inside.any():
        distance = _distance_m(coordinates[inside], after[inside])
        facts = {"datum": _DATUM_NAMES[datum], "crs": crs_label(target)}
        log.note(n.DATUM_CONVERTED, **facts, least=float(distance.min()), most=float(distance.max()))
    return moved, target


def _in_degrees(geometry: GeometryArray, crs: pyproj.CRS, *, datum: str, name: str) -> GeometryArray:
    if crs.is_geographic:
        return geometry
    if crs.geodetic_crs is None:
        raise CRSError(
            say(
                "{name}: datum={datum!r} was stated, but {crs} does not say where on Earth it lies. Nothing was "
                "read. State the CRS of the coordinates with crs=…",
                name=name,
                datum=datum,
                crs=crs_label(crs),
            )
        )
    unproject = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    return _moved(geometry, lambda xy: np.column_stack(unproject.transform(xy[:, 0], xy[:, 1])))


def _moved(geometry: GeometryArray, move: Callable[[FloatArray], FloatArray]) -> GeometryArray:
    moved: GeometryArray = shapely.transform(geometry, move)
    return moved


def _distance_m(before: FloatArray, after: FloatArray) -> FloatArray:
    east = (after[:, 0] - before[:, 0]) * np.cos(np.radians(before[:, 1]))
    metres: FloatArray = np.hypot(east, after[:, 1] - before[:, 1]) * _METRES_PER_DEGREE
    return metres


def note_datum(
    geometry: GeometryArray, crs: pyproj.CRS, *, datum: str, column: str | None, values: Values | None, log: ReadLog
) -> None:
    """Say so where a shifted datum is likely but was not stated."""
    if datum != "declared":
        return
    if column is not None and values is not None:
        said = Counter(str(value) for value in values.tolist() if not is_blank(value))
        shifted = [text for text in said if plain(text) in SHIFTED]
        if shifted:
            named = ", ".join(f'"{text}" ({count})' for text, count in said.most_common(5))
            log.note(n.DATUM_COLUMN, column=column, values=named, datum=plain(shifted[0]))
            return
    bounds = shapely.bounds(geometry)
    placed = np.isfinite(bounds).all(axis=1)
    if crs.is_geographic and placed.any():
        middle = np.median(bounds[placed], axis=0)
        if bool(is_in_china(middle[0], middle[1])):
            log.note(n.DATUM_UNDECLARED)
