"""From stored geometries (WKB, WKT, GeoJSON) to shapely ones, row by row."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridpart.inputs._raw import object_array
from gridpart.tables import messages as m
from gridpart.tables.report import shorten

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from gridpart._typing import GeometryArray
    from gridpart.inputs._log import ReadLog

Parser = Callable[..., Any]
"""``shapely.from_wkb`` or ``shapely.from_wkt``."""

_RING_MINIMUM = 3


def parse_geometries(values: Sequence[Any], parser: Parser, *, log: ReadLog, column: str = "geometry") -> GeometryArray:
    """
    Parse WKB or WKT; an unclosed ring is closed and reported, anything else unreadable is rejected.

    Parameters
    ----------
    values
        Stored geometries, None where there is none, ``n_rows`` of them.
    parser
        `shapely.from_wkb` or `shapely.from_wkt`.
    """
    stored = object_array(values)
    try:
        with np.errstate(invalid="ignore"):  # coordinates that are no numbers are reported later, by row
            geometries: GeometryArray = np.asarray(parser(stored, on_invalid="ignore"), dtype=object)
    except NotImplementedError:  # a curve stops the whole array; the rows are looked at one by one below
        geometries = object_array([None] * len(values))
    for place, value in enumerate(values):
        if value is not None and geometries[place] is None and place not in log.rejected:
            geometries[place] = _parsed_alone(value, parser, place=place, log=log, column=column)
    return geometries


def _parsed_alone(value: bytes | str, parser: Parser, *, place: int, log: ReadLog, column: str) -> BaseGeometry | None:
    try:
        geometry: BaseGeometry = parser(value)
    except NotImplementedError:
        log.reject(place, column, value=shorten(value), problem=m.CURVED, found="curve")
        return None
    except (shapely.errors.GEOSException, shapely.errors.ShapelyError, TypeError, ValueError) as error:
        detail = str(error).strip().splitlines()[0]
    else:
        return geometry
    fixed: BaseGeometry | None = parser(value, on_invalid="fix") if "closed" in detail else None
    if fixed is None:
        log.reject(place, column, value=shorten(value), problem=m.BAD_GEOMETRY, detail=shorten(detail))
        return None
    log.repair(place, "geometry", before="unclosed ring", after=fixed.geom_type, problem=m.UNCLOSED)
    return fixed


def from_geojson(value: object, *, place: int, log: ReadLog) -> BaseGeometry | None:
    """Make a geometry of a GeoJSON geometry object; a fault rejects the row."""
    if value is None:
        return None
    try:
        closed = _close_rings(value, place=place, log=log) if isinstance(value, dict) else value
        geometry: BaseGeometry = shapely.from_geojson(json.dumps(closed, allow_nan=False))
    except (shapely.errors.GEOSException, TypeError, ValueError, KeyError, IndexError) as error:
        if _reject_not_finite(value, place=place, log=log):
            return None
        log.reject(place, "geometry", value=shorten(value), problem=m.BAD_GEOMETRY, detail=shorten(str(error)))
        return None
    return geometry


def _reject_not_finite(value: object, *, place: int, log: ReadLog) -> bool:
    """JSON has no NaN, but files do; name the first vertex that has one."""
    if not isinstance(value, dict):
        return False
    vertices = list(_vertices(value.get("coordinates")))
    for number, vertex in enumerate(vertices, start=1):
        if not np.isfinite(np.array(vertex, dtype=np.float64)).all():
            log.reject(place, "geometry", value=tuple(vertex), problem=m.NOT_FINITE, part=1, vertex=number)
            return True
    return False


def _vertices(coordinates: object) -> Any:  # noqa: ANN401 - a generator over nested lists
    if not isinstance(coordinates, list):
        return
    if coordinates and all(isinstance(item, (int, float)) for item in coordinates):
        yield coordinates
        return
    for item in coordinates:
        yield from _vertices(item)


def _close_rings(geometry: dict[str, Any], *, place: int, log: ReadLog) -> dict[str, Any]:
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in {"Polygon", "MultiPolygon"} or not isinstance(coordinates, list):
        return geometry
    polygons = [coordinates] if kind == "Polygon" else coordinates
    rings = [ring for polygon in polygons for ring in polygon]
    opened = [ring for ring in rings if len(ring) >= _RING_MINIMUM and ring[0] != ring[-1]]
    for ring in opened:
        ring.append(ring[0])
    if opened:
        log.repair(place, "geometry", before="unclosed ring", after=geometry["type"], problem=m.UNCLOSED)
    return geometry
