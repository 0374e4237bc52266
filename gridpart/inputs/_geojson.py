"""GeoJSON, read as plain JSON: numbers stay exact, text stays text, and no link in the file is followed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyproj

from gridpart.errors import CRSError, InputError
from gridpart.i18n import messages
from gridpart.inputs._encoding import decode
from gridpart.inputs._geometries import from_geojson
from gridpart.inputs._log import ReadLog
from gridpart.inputs._raw import RawLayer, object_array, scalar

say = messages("inputs")

_GEOMETRIES = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}


def read_geojson(file: Path, *, name: str, encoding: str | None = None) -> RawLayer:
    """
    Read the features of a GeoJSON file.

    Raises
    ------
    InputError
        If the text is not JSON (line and column are named), or holds no features.
    CRSError
        If its ``crs`` member names no known coordinate system.
    """
    decoded = decode(file.read_bytes(), name=name, encoding=encoding)
    content = _parsed(decoded.text, name=name)
    features = _features(content, name=name)
    log = ReadLog(len(features))
    geometry = object_array(
        from_geojson(feature.get("geometry"), place=place, log=log) for place, feature in enumerate(features)
    )
    keys = object_array(feature.get("id") for feature in features)
    return RawLayer(
        log,
        _columns(features),
        geometry=geometry,
        crs=_crs(content, name=name),
        keys=keys if any(key is not None for key in keys) else None,
        encoding=decoded.label,
    )


def _parsed(text: str, *, name: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except RecursionError as error:
        raise InputError(
            say("{name} is nested too deeply for GeoJSON. Nothing was read. Export it again.", name=name)
        ) from error
    except ValueError as error:
        raise InputError(
            say(
                "{name} is not JSON, or was cut off: {error}. Nothing was read. Export it again.",
                name=name,
                error=error,
            )
        ) from error
    if isinstance(content, dict):
        return content
    raise InputError(
        say(
            "{name} holds a JSON {given}; GeoJSON is an object. Nothing was read.",
            name=name,
            given=type(content).__name__,
        )
    )


def _features(content: dict[str, Any], *, name: str) -> list[dict[str, Any]]:
    kind = content.get("type")
    if kind in _GEOMETRIES:
        return [{"geometry": content}]
    found = content.get("features") if kind == "FeatureCollection" else [content] if kind == "Feature" else None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise InputError(
            say(
                "{name} has type {kind!r}; a FeatureCollection or Feature is expected. Nothing was read.",
                name=name,
                kind=kind,
            )
        )
    return found


def _columns(features: list[dict[str, Any]]) -> dict[str, Any]:
    properties = [feature.get("properties") or {} for feature in features]
    names = dict.fromkeys(name for row in properties for name in row)
    return {name: object_array(scalar(row.get(name)) for row in properties) for name in names}


def _crs(content: dict[str, Any], *, name: str) -> pyproj.CRS:
    """Longitude and latitude on WGS 84, unless an old-style ``crs`` member names something else."""
    member = content.get("crs")
    if member is None:
        return pyproj.CRS.from_epsg(4326)
    properties = member.get("properties") if isinstance(member, dict) and member.get("type") == "name" else None
    named = properties.get("name") if isinstance(properties, dict) else None
    try:
        if isinstance(named, str):
            return pyproj.CRS.from_epsg(4326) if named.upper().endswith("CRS84") else pyproj.CRS.from_user_input(named)
    except pyproj.exceptions.CRSError as error:
        raise CRSError(
            say("{name} names the unknown CRS {named!r}. Nothing was read. State it with crs=…", name=name, named=named)
        ) from error
    raise CRSError(
        say(
            "{name} describes its CRS by {member!r}; only names are read, links never. State it with crs=…",
            name=name,
            member=member,
        )
    )
