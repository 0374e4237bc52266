"""Faults in columns of values and geometries, found alike in files being read and in tables in memory."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gridpart.coverage import why_invalid
from gridpart.tables import messages as m

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from gridpart._typing import BoolArray, GeometryArray
    from gridpart.tables.contracts import ColumnRule, Shape
    from gridpart.tables.messages import Problem

_SHAPES: Mapping[str, tuple[str, ...]] = {
    "point": ("Point",),
    "line": ("LineString",),
    "polygon": ("Polygon", "MultiPolygon"),
}
_CURVES = {"CircularString", "CompoundCurve", "CurvePolygon", "MultiCurve", "MultiSurface"}
_ROWS_NAMED = 10
_MOST_ANYWHERE = 1e9  # metres: far beyond any projection of the Earth, prefixed zones included


@dataclass(frozen=True)
class Finding:
    """One fault: place of the row (from 0), column, value, kind of fault and its facts."""

    place: int
    column: str
    value: object
    problem: Problem
    facts: Mapping[str, object] = field(default_factory=dict)


def is_blank(value: object) -> bool:
    """Tell whether a cell holds nothing: None, NaN, NaT, pandas' NA or only blanks."""
    if isinstance(value, str):
        return not value or value.isspace()
    if value is None:
        return True
    if isinstance(value, (float, np.floating)):
        return math.isnan(value)
    return value is pd.NA or value is pd.NaT


def blank_findings(values: Sequence[Any], *, column: str) -> Iterator[Finding]:
    """Find blanks in a column that must not have any."""
    return (Finding(place, column, value, m.BLANK) for place, value in enumerate(values) if is_blank(value))


def repeated_findings(values: Sequence[Any], *, column: str) -> Iterator[Finding]:
    """Find ids that stand in several rows; each row is named with the others."""
    places: dict[object, list[int]] = defaultdict(list)
    for place, value in enumerate(values):
        if not is_blank(value):
            places[value].append(place)
    for value, found in places.items():
        if len(found) > 1:
            facts = {"rows": listed(found)}
            yield from (Finding(place, column, value, m.SAME_ID, facts) for place in found)


def value_findings(values: Sequence[Any], rule: ColumnRule) -> Iterator[Finding]:
    """Find values a column's rule does not allow; blanks are always allowed here."""
    if rule.holds == "choice":
        facts = {"choices": ", ".join(rule.choices)}
        for place, value in enumerate(values):
            if not is_blank(value) and value not in rule.choices:
                yield Finding(place, rule.name, value, m.UNKNOWN_CODE, facts)
    if rule.holds in {"count", "number"}:
        for place, value in enumerate(values):
            problem = None if is_blank(value) else _number_problem(value, rule)
            if problem is not None:
                yield Finding(place, rule.name, value, problem, {"most": rule.most})


def _number_problem(value: object, rule: ColumnRule) -> Problem | None:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        return m.NOT_A_NUMBER
    if not math.isfinite(value) or value > rule.most:
        return m.TOO_LARGE
    if value < 0:
        return m.NEGATIVE
    return m.NOT_WHOLE if rule.holds == "count" and value != int(value) else None


def shape_findings(geometries: GeometryArray, shape: Shape) -> Iterator[Finding]:
    """Find geometries that are missing, of another kind, not finite, invalid or without area."""
    faulty = set()
    for finding in kind_findings(geometries, shape):
        faulty.add(finding.place)
        yield finding
    if shape == "polygon":
        usable = np.ones(len(geometries), dtype=np.bool_)
        usable[list(faulty)] = False
        yield from outline_findings(geometries, usable)


def kind_findings(geometries: GeometryArray, shape: Shape) -> Iterator[Finding]:
    """Find geometries that are missing, of another kind than the table's, or not finite."""
    present = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    yield from _all(~present, geometries, problem=m.NO_GEOMETRY)
    kinds = np.array([getattr(geometry, "geom_type", "") for geometry in geometries], dtype=object)
    fitting = present & np.isin(kinds.astype(str), _SHAPES[shape])
    for place in np.flatnonzero(present & ~fitting).tolist():
        found = str(kinds[place])
        facts = {"found": found, "expected": " or ".join(_SHAPES[shape])}
        yield Finding(place, "geometry", found, m.CURVED if found in _CURVES else m.WRONG_SHAPE, facts)
    finite = fitting & is_finite(geometries)
    for place in np.flatnonzero(fitting & ~finite).tolist():
        yield _not_finite(place, geometries[place])


def is_finite(geometries: GeometryArray) -> BoolArray:
    """Tell which geometries have finite coordinates only, shape (n,); empty ones count as finite."""
    coordinates, owners = shapely.get_coordinates(geometries, return_index=True)
    finite = np.ones(len(geometries), dtype=np.bool_)
    finite[owners[~(np.abs(coordinates) < _MOST_ANYWHERE).all(axis=1)]] = False
    return finite


def outline_findings(geometries: GeometryArray, usable: BoolArray) -> Iterator[Finding]:
    """Find invalid polygons and those without area, among the usable ones; shape (n,) both."""
    flat = np.zeros(len(geometries), dtype=np.bool_)
    for place in np.flatnonzero(usable)[shapely.area(geometries[usable]) == 0.0].tolist():
        # the two halves of a bow tie cancel out, so that its area says nothing before it is mended
        flat[place] = shapely.make_valid(geometries[place], method="structure", keep_collapsed=False).area == 0.0
    valid = np.ones(len(geometries), dtype=np.bool_)
    valid[usable] = shapely.is_valid(geometries[usable])
    for place in np.flatnonzero(~valid & ~flat).tolist():
        detail = why_invalid(geometries[place])
        yield Finding(place, "geometry", geometries[place].geom_type, m.INVALID, {"detail": detail})
    yield from _all(flat, geometries, problem=m.ZERO_AREA)


def _all(mask: BoolArray, geometries: GeometryArray, *, problem: Problem) -> Iterator[Finding]:
    for place in np.flatnonzero(mask).tolist():
        value = None if geometries[place] is None else geometries[place].geom_type
        yield Finding(place, "geometry", value, problem)


def _not_finite(place: int, geometry: BaseGeometry) -> Finding:
    """Name part and vertex, both counted from 1."""
    parts = [shapely.get_coordinates(part) for part in shapely.get_parts(geometry).tolist()]
    faults = [np.flatnonzero(~(np.abs(coordinates) < _MOST_ANYWHERE).all(axis=1)) for coordinates in parts]
    part = next(place for place, bad in enumerate(faults) if bad.size)
    vertex = int(faults[part][0])
    value = tuple(parts[part][vertex].tolist())
    return Finding(place, "geometry", value, m.NOT_FINITE, {"part": part + 1, "vertex": vertex + 1})


def listed(places: Sequence[int]) -> str:
    """Name rows for people, counted from 1: ``"3, 7, 12 …"``."""
    named = ", ".join(str(place + 1) for place in places[:_ROWS_NAMED])
    return named + (f" … ({len(places)} rows)" if len(places) > _ROWS_NAMED else "")
