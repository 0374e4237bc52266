"""Geometry and coordinate system of a layer: found, placed, checked, mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.inputs import _coordinates as coordinates
from gridpart.inputs._mending import flatten, mend, reject_unusable
from gridpart.inputs._places import note_datum, settle_crs, shift_datum
from gridpart.inputs._suspects import check_places, note_repeated_shapes
from gridpart.tables.report import visible

if TYPE_CHECKING:
    import pyproj

    from gridpart._typing import GeometryArray
    from gridpart.inputs._headers import Naming
    from gridpart.inputs._raw import RawLayer
    from gridpart.tables.contracts import Shape

say = messages("inputs")


def locate(
    layer: RawLayer, naming: Naming, *, shape: Shape, name: str, datum: str, stated: pyproj.CRS | None
) -> tuple[GeometryArray, pyproj.CRS]:
    """
    Say where every row of a layer is.

    Returns
    -------
    geometry, crs
        Geometries, shape (n_rows,), sound except in rejected rows, and their CRS.

    Raises
    ------
    InputError
        If the layer has neither a geometry nor coordinate columns.
    CRSError
        If the CRS is unknown, or cannot be that of the coordinates.
    """
    log = layer.log
    found, degrees_in = _found(layer, naming, name=name)
    flat = flatten(found, shape=shape, log=log)
    reject_unusable(flat, shape=shape, log=log)
    usable = _usable(flat, layer)
    settled = settle_crs(layer.crs, stated, degrees_in=degrees_in, datum=datum, geometry=usable, name=name, log=log)
    check_places(usable, settled, name=name, log=log)
    said = naming.places.get("datum")
    values = None if said is None else layer.columns[said]
    note_datum(usable, settled, datum=datum, column=said, values=values, log=log)
    shifted, settled = shift_datum(_usable(flat, layer), settled, datum=datum, name=name, log=log)
    mended = mend(shifted, shape=shape, log=log)
    if shape != "point":
        note_repeated_shapes(mended, crs=settled, log=log)
    return mended, settled


def _usable(geometry: GeometryArray, layer: RawLayer) -> GeometryArray:
    usable = geometry.copy()
    usable[~layer.log.live()] = None
    return usable


def _found(layer: RawLayer, naming: Naming, *, name: str) -> tuple[GeometryArray, str | None]:
    """Geometries, and the names of the columns they were made of if those hold degrees."""
    if layer.geometry is not None:
        return layer.geometry, None
    places = naming.places
    if "wkt" in places:
        return coordinates.from_text(layer, column=places["wkt"]), None
    for x, y in (("lon", "lat"), ("x", "y")):
        if x in places and y in places:
            made = coordinates.points(layer, x=places[x], y=places[y])
            return made, f"{places[x]}, {places[y]}" if x == "lon" else None
    raise InputError(
        say(
            "{name} has no geometry, and no columns were recognised as coordinates; it has: {columns}. Nothing was "
            'read. State them: columns={{"lon": "…", "lat": "…"}}, or {{"x": "…", "y": "…"}} in metres with crs=…, '
            'or {{"wkt": "…"}}.',
            name=name,
            columns=Joined(repr(visible(title)) for title in layer.columns) or say("none"),
        )
    )
