"""What can be put right in a geometry without a decision: heights, single parts, repeated vertices, crossings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridpart.coverage import why_invalid
from gridpart.tables import messages as m
from gridpart.tables import notes as n
from gridpart.tables.checks import kind_findings, outline_findings
from gridpart.tables.contracts import Shape

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from gridpart._typing import GeometryArray
    from gridpart.inputs._log import ReadLog

_SINGLES = {"MultiPoint": "point", "MultiLineString": "line"}


def flatten(geometry: GeometryArray, *, shape: Shape, log: ReadLog) -> GeometryArray:
    """Drop heights and measures, and unwrap collections of one part where a single part is expected."""
    raised = shapely.has_z(geometry) | shapely.has_m(geometry)
    flat = geometry.copy()
    if raised.any():
        flat[raised] = shapely.force_2d(geometry[raised])
        log.note(n.HEIGHTS_DROPPED, count=int(raised.sum()))
    for place, item in enumerate(flat.tolist()):
        found = getattr(item, "geom_type", "")
        if _SINGLES.get(found) == shape and shapely.get_num_geometries(item) == 1 and not item.is_empty:
            flat[place] = shapely.get_geometry(item, 0)
            log.repair(place, "geometry", before=found, after=flat[place].geom_type, problem=m.ONE_PART, found=found)
    return flat


def reject_unusable(geometry: GeometryArray, *, shape: Shape, log: ReadLog) -> None:
    """Reject what is missing, of another kind, or not finite; such rows have no place to be checked."""
    log.reject_all(item for item in kind_findings(geometry, shape) if item.place not in log.rejected)


def mend(geometry: GeometryArray, *, shape: Shape, log: ReadLog) -> GeometryArray:
    """
    Repair what is broken without doubt, and reject the rest with its reason.

    Parameters
    ----------
    geometry
        Geometries, shape (n_rows,); usable ones, except in rejected rows. They are not changed.
    shape
        What the table's contract asks for.

    Returns
    -------
    geometry
        Geometries of the same rows; only those of rejected rows may still break the contract.
    """
    mended = geometry.copy()
    if shape != "point":
        _drop_repeated(mended, log=log)
    if shape == "polygon":
        _mend_crossings(mended, log=log)
        log.reject_all(item for item in outline_findings(mended, log.live()) if item.place not in log.rejected)
    return mended


def _drop_repeated(geometry: GeometryArray, *, log: ReadLog) -> None:
    places = np.flatnonzero(log.live())
    cleaned = _without_repeated(geometry[places])
    fewer = shapely.get_num_coordinates(geometry[places]) - shapely.get_num_coordinates(cleaned)
    for place, count, item in zip(places.tolist(), fewer.tolist(), cleaned.tolist(), strict=True):
        if count > 0 and not item.is_empty:
            before, geometry[place] = shapely.get_num_coordinates(geometry[place]), item
            after = shapely.get_num_coordinates(item)
            told = {"before": f"{int(before)} vertices", "after": f"{int(after)} vertices"}
            log.repair(place, "geometry", **told, problem=m.REPEATED_VERTICES, count=count)


def _without_repeated(geometry: GeometryArray) -> GeometryArray:
    """GEOS gives up on the whole array where a ring is left with two points; such rows stay as they are."""
    try:
        return np.asarray(shapely.remove_repeated_points(geometry), dtype=object)
    except shapely.errors.GEOSException:
        if len(geometry) == 1:
            return geometry
    return np.concatenate([_without_repeated(geometry[[place]]) for place in range(len(geometry))])


def _mend_crossings(geometry: GeometryArray, *, log: ReadLog) -> None:
    """Outlines that cross themselves; even-odd areas are kept, and both areas are told."""
    places = np.flatnonzero(log.live())
    for place in places[~shapely.is_valid(geometry[places])].tolist():
        broken = geometry[place]
        made = shapely.make_valid(broken, method="structure", keep_collapsed=False)
        whole = _polygons_only(made)
        if whole is None:
            log.reject(place, "geometry", value=broken.geom_type, problem=m.ZERO_AREA)
            continue
        geometry[place] = whole
        areas = {"before": float(broken.area), "after": float(whole.area)}
        log.repair(
            place,
            "geometry",
            before=f"area {areas['before']:.6g}",
            after=f"area {areas['after']:.6g}",
            problem=m.CROSSING,
            detail=why_invalid(broken),
            area_before=areas["before"],
            area_after=areas["after"],
        )


def _polygons_only(made: BaseGeometry) -> BaseGeometry | None:
    """Keep the parts with an area; None if there are none."""
    parts = [part for part in shapely.get_parts(made).tolist() if part.geom_type == "Polygon" and part.area > 0.0]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
