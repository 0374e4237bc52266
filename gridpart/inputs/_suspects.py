"""Coordinates that cannot be where they say: exchanged, in another unit or zone, placeholders."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridpart.errors import CRSError
from gridpart.geo import crs_label, prefixed_zone_crs
from gridpart.i18n import messages
from gridpart.tables import messages as m
from gridpart.tables import notes as n
from gridpart.tables.checks import Finding

if TYPE_CHECKING:
    import pyproj

    from gridpart._typing import BoolArray, FloatArray, GeometryArray
    from gridpart.inputs._log import ReadLog

say = messages("inputs")

_MOST_LON, _MOST_LAT = 180.0, 90.0
_FAR_DEGREES, _NEAR_DEGREES = 10.0, 3.0
_FEW_ROWS = 3
_MANY_ROWS = 20
_GROUPS_NAMED = 10
_LEAST_ACROSS_M = 1e-3
_PREFIXED_FROM_M = 1e7  # more than any projection spans
_METRES_PER_DEGREE = 111_319.49


def check_places(geometry: GeometryArray, crs: pyproj.CRS, *, name: str, log: ReadLog) -> None:
    """
    Reject rows that lie off the globe, look exchanged, or hold placeholders; refuse layers that do so as a whole.

    Raises
    ------
    CRSError
        If all rows are off the globe, or eastings carry a zone number the CRS does not have.
    """
    if crs.is_geographic:
        _check_degrees(geometry, crs, name=name, log=log)
    else:
        _check_prefix(geometry, crs, name=name)
    bounds = shapely.bounds(geometry)
    nowhere = (bounds == 0.0).all(axis=1)
    log.reject_all(Finding(place, "geometry", (0.0, 0.0), m.ZERO_ZERO) for place in _places(nowhere, log))
    _note_repeated_points(geometry, is_geographic=crs.is_geographic, log=log)


def _places(mask: BoolArray, log: ReadLog) -> list[int]:
    return [place for place in np.flatnonzero(mask).tolist() if place not in log.rejected]


def _check_degrees(geometry: GeometryArray, crs: pyproj.CRS, *, name: str, log: ReadLog) -> None:
    bounds = shapely.bounds(geometry)
    known = np.isfinite(bounds).all(axis=1)
    off = known & (
        (np.abs(bounds[:, [0, 2]]) > _MOST_LON).any(axis=1) | (np.abs(bounds[:, [1, 3]]) > _MOST_LAT).any(axis=1)
    )
    exchanged = off & (np.abs(bounds[:, [0, 2]]) <= _MOST_LAT).all(axis=1)
    exchanged &= (np.abs(bounds[:, [1, 3]]) <= _MOST_LON).all(axis=1)
    if off.any() and (off | ~known).all():
        _refuse_layer(
            bounds[off],
            crs,
            looks_exchanged=bool(exchanged[off].all()),
            name=name,
            where=log.where(np.flatnonzero(off)),
        )
    exchanged |= known & ~off & _would_fit_exchanged(bounds)
    for place in _places(off | exchanged, log):
        value = tuple(bounds[place, :2].tolist())
        problem = m.SWAPPED if exchanged[place] else m.OFF_GLOBE
        log.reject(place, "geometry", value=value, problem=problem)
    wide = known & (bounds[:, 2] - bounds[:, 0] > _MOST_LON)
    for place in _places(wide, log):
        log.reject(place, "geometry", value=tuple(bounds[place].tolist()), problem=m.ANTIMERIDIAN)


def _refuse_layer(bounds: FloatArray, crs: pyproj.CRS, *, looks_exchanged: bool, name: str, where: str) -> None:
    if looks_exchanged:
        raise CRSError(
            say(
                "{name} looks like latitude, longitude: rows {where}. The CRS is {crs}, x is longitude. Nothing was "
                'read. Exchange the columns, for example columns={{"lon": "lat", "lat": "lon"}}.',
                name=name,
                where=where,
                crs=crs_label(crs),
            )
        )
    raise CRSError(
        say(
            "{name} declares degrees ({crs}), but its coordinates go up to {most:,.1f}: rows {where}. Nothing was "
            "read. State the CRS they are in with crs=…",
            name=name,
            crs=crs_label(crs),
            most=float(np.nanmax(np.abs(bounds))),
            where=where,
        )
    )


def _would_fit_exchanged(bounds: FloatArray) -> BoolArray:
    """Far from the other rows as it stands, among them when exchanged; for points and small shapes."""
    x, y = (bounds[:, 0] + bounds[:, 2]) / 2.0, (bounds[:, 1] + bounds[:, 3]) / 2.0
    if np.isfinite(x).sum() < _FEW_ROWS:
        return np.zeros(len(bounds), dtype=np.bool_)
    middle_x, middle_y = np.nanmedian(x), np.nanmedian(y)
    away = np.hypot(x - middle_x, y - middle_y)
    exchanged = np.hypot(y - middle_x, x - middle_y)
    near = np.maximum(_NEAR_DEGREES, np.nanmedian(away))
    fits: BoolArray = (away > _FAR_DEGREES) & (exchanged < near)
    # where few rows lie together, nobody can say which of them are right
    return fits if fits.sum() < (away < near).sum() else np.zeros(len(bounds), dtype=np.bool_)


def _check_prefix(geometry: GeometryArray, crs: pyproj.CRS, *, name: str) -> None:
    """Eastings such as 39 500 000 carry the number of their zone; most CRSs do not."""
    bounds = shapely.bounds(geometry)
    likely = prefixed_zone_crs(bounds[:, 0])
    if likely is None or _has_prefix(crs):
        return
    most = float(np.nanmax(bounds[:, 2]))
    raise CRSError(
        say(
            "{name}: eastings up to {most:,.0f} m carry the number of a zone, but {crs} has none. Nothing was read. "
            'The CRS is likely {likely}: state crs="EPSG:{epsg}".',
            name=name,
            most=most,
            crs=crs_label(crs),
            likely=crs_label(likely),
            epsg=likely.to_epsg(),
        )
    )


def _has_prefix(crs: pyproj.CRS) -> bool:
    operation = crs.coordinate_operation
    eastings = [float(p.value) for p in operation.params if p.name == "False easting"] if operation else []
    return any(easting >= _PREFIXED_FROM_M for easting in eastings)


def _note_repeated_points(geometry: GeometryArray, *, is_geographic: bool, log: ReadLog) -> None:
    """A place that many rows share, or whole degrees that several do, are placeholders more often than places."""
    kinds = shapely.get_type_id(geometry)
    places = [place for place in np.flatnonzero(kinds == 0).tolist() if place not in log.rejected]
    if not places:
        return
    xy = shapely.get_coordinates(geometry[places])
    counts = Counter(map(tuple, xy.tolist()))
    for (x, y), count in counts.most_common():
        is_round = is_geographic and x.is_integer() and y.is_integer()
        if count >= _MANY_ROWS or (is_round and count >= _FEW_ROWS):
            same = [place for place, point in zip(places, xy.tolist(), strict=True) if point == [x, y]]
            log.note(n.SAME_PLACE, x=f"{x:.9g}", y=f"{y:.9g}", count=count, rows=log.where(same))


def note_repeated_shapes(geometry: GeometryArray, *, crs: pyproj.CRS, log: ReadLog) -> None:
    """Name polygons or lines that stand in the layer twice, and those too small to be meant."""
    alive = np.flatnonzero(log.live() & (shapely.get_type_id(geometry) > 0)).tolist()
    same: dict[bytes, list[int]] = defaultdict(list)
    for place, key in zip(alive, shapely.to_wkb(shapely.normalize(geometry[alive])).tolist(), strict=True):
        same[key].append(place)
    groups = [log.where(places) for places in same.values() if len(places) > 1]
    if groups:
        more = f" … ({len(groups)} groups)" if len(groups) > _GROUPS_NAMED else ""
        log.note(n.SAME_SHAPE, rows="; ".join(groups[:_GROUPS_NAMED]) + more)
    bounds = shapely.bounds(geometry[alive])
    limit = _LEAST_ACROSS_M / (_METRES_PER_DEGREE if crs.is_geographic else 1.0)
    across = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    tiny = [place for place, width in zip(alive, across.tolist(), strict=True) if width < limit]
    if tiny:
        log.note(n.TINY, count=len(tiny), limit=f"{_LEAST_ACROSS_M * 1000:g} mm", rows=log.where(tiny))
