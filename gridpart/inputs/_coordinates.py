"""Points from coordinate columns, and geometries from text columns."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridpart.inputs._geometries import parse_geometries
from gridpart.inputs._raw import object_array
from gridpart.tables import messages as m
from gridpart.tables.checks import is_blank

if TYPE_CHECKING:
    from gridpart._typing import FloatArray, GeometryArray
    from gridpart.inputs._log import ReadLog
    from gridpart.inputs._raw import RawLayer, Values

_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_SEXAGESIMAL = re.compile(
    r"(?P<before>[NSEW东西南北東])?[经纬經緯]?(?P<sign>[+-])?"
    r"(?P<degrees>\d+(?:\.\d+)?)(?:[°º度d](?:(?P<minutes>\d+(?:\.\d+)?)['′’分m](?:(?P<seconds>\d+(?:\.\d+)?)[\"″”秒s])?)?)?"
    r"(?P<after>[NSEW东西南北東])?",
    re.IGNORECASE,
)
_NEGATIVE = set("SW南西")
_SIXTY = 60.0


def points(layer: RawLayer, *, x: str, y: str) -> GeometryArray:
    """Make points of two columns; a row without, or with unreadable, coordinates is rejected."""
    blank = [is_blank(one) and is_blank(two) for one, two in zip(layer.columns[x], layer.columns[y], strict=True)]
    for place in np.flatnonzero(blank).tolist():
        layer.log.reject(place, f"{x}, {y}", value=None, problem=m.NO_COORDINATES)
    first = _numbers(layer.columns[x], column=x, log=layer.log)
    second = _numbers(layer.columns[y], column=y, log=layer.log)
    made = object_array([None] * layer.n_rows)
    usable = np.isfinite(first) & np.isfinite(second)
    made[usable] = shapely.points(first[usable], second[usable])
    return made


def from_text(layer: RawLayer, *, column: str) -> GeometryArray:
    """Make geometries of a column of well-known text (WKT)."""
    values = [str(value).strip() if not is_blank(value) else None for value in layer.columns[column].tolist()]
    return parse_geometries(values, shapely.from_wkt, log=layer.log, column=column)


def is_text_geometry(values: Values) -> bool:
    """Tell whether a column holds WKT, by its first filled cell."""
    first = next((str(value).strip() for value in values.tolist() if not is_blank(value)), "")
    return re.match(r"(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\b|GEOMETRYCOLLECTION\b", first, re.IGNORECASE) is not None


def _numbers(values: Values, *, column: str, log: ReadLog) -> FloatArray:
    result = np.full(len(values), np.nan)
    for place, value in enumerate(values.tolist()):
        if is_blank(value):
            if place not in log.rejected:
                log.reject(place, column, value=value, problem=m.NO_COORDINATES)
            continue
        number = parse_coordinate(value)
        if number is None:
            log.reject(place, column, value=value, problem=m.NOT_A_COORDINATE)
            continue
        result[place] = number
        if isinstance(value, str) and not _PLAIN.fullmatch(value.strip()):
            log.repair(place, column, before=value, after=number, problem=m.COORDINATE_READ)
    return result


def parse_coordinate(value: Any) -> float | None:  # noqa: ANN401 - a cell
    """
    Read a coordinate: a number, decimal text, full-width digits, or degrees, minutes and seconds.

    Returns
    -------
    number
        Degrees or metres as written; None if the cell is no coordinate.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _believable(float(value))
    text = unicodedata.normalize("NFKC", str(value)).replace("−", "-").replace("′′", "″").replace("''", "″")
    text = re.sub(r"\s+", "", text)
    if _PLAIN.fullmatch(text):
        return _believable(float(text))
    found = _SEXAGESIMAL.fullmatch(text)
    if found is None:
        return None
    minutes, seconds = float(found["minutes"] or 0.0), float(found["seconds"] or 0.0)
    if minutes >= _SIXTY or seconds >= _SIXTY:
        return None
    degrees = float(found["degrees"]) + minutes / _SIXTY + seconds / _SIXTY**2
    letters = {str(found[name]).upper() for name in ("before", "after") if found[name]}
    return -degrees if found["sign"] == "-" or letters & _NEGATIVE else degrees


def _believable(number: float) -> float | None:
    """No coordinate of a place on Earth is beyond 1e9 m, or not finite."""
    return number if abs(number) < 1e9 else None
