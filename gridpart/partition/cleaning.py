"""Cleaning: the least change that makes an exact partition of given cells, and the list of those changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from gridpart._typing import GeometryArray, IntArray
from gridpart.arguments import checked
from gridpart.coverage.repair import MAX_COORDINATE_M, Change, Loss, repair
from gridpart.errors import CoverageError, InputError
from gridpart.geo import require_metric, require_same_crs
from gridpart.i18n import Joined, Message, clauses, messages, sentences
from gridpart.partition.layers import area_of, told_narrows
from gridpart.steps import task

say = messages("partition")

_NAMED = 8
"""How many rows a message names before it counts the rest."""

Holes: TypeAlias = str | gpd.GeoDataFrame | gpd.GeoSeries | Iterable[BaseGeometry | str]
"""Points or polygons that mark gaps, or ids of cells beside which all gaps stay."""


@checked
@task("clean")
def clean(
    cells: gpd.GeoDataFrame,
    service_area: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    *,
    max_gap_width: float,
    snap_distance: float = 0.0,
    keep_holes: Holes = (),
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """
    Repair cells that overlap, leave gaps or are invalid, with the least change.

    All linework is noded together once. Land that several cells claim goes to the one whose undisputed part has the
    longest border with it; a narrow gap goes to the neighbour with the longest shared border; the earlier row wins a
    tie. A cell that others bury keeps its land, and they get a hole. An invalid cell keeps what its rings wind
    around. Borders that do not match get each other's vertices. A cell that has no part in this comes back bit
    for bit. The outcome is proved before it is returned: cells and kept gaps together are an exact partition
    of the service area or, without one, of their own outline.

    Parameters
    ----------
    cells
        Polygons in a metric CRS, ``n_cells`` rows with ids in ``cell_id`` or else in the index. Not changed.
    service_area
        What the cells should cover, in the same CRS. What they cover outside it is removed. If None, the outline of the
        cells stays as it is, and a gap is what cells enclose: bays open to the outside are none.
    max_gap_width
        In m, as ``width_m`` in `certify`. Wider gaps stay and are listed as ``gap_kept``; wider pieces that losing land
        cuts off from their cell stay parts of it.
    snap_distance
        In m. Where borders do not match, vertices of different cells closer than this become one; those of the service
        area, then of earlier rows, stay where they are. Zero moves nothing.
    keep_holes
        Gaps that stay however narrow: points in them or polygons over them, or ids of cells beside them.

    Returns
    -------
    cells
        One row out per row in: same index, order and attributes (so recompute areas). Cells that changed are flat
        (without Z) and may have become multipolygons.
    changes
        One row per changed cell and place: ``row`` (position), ``cell_id``, ``kind``, ``area_m2``, ``width_m``,
        ``other_ids``, ``reason``, geometry. Kinds are ``made_valid``, ``snapped``, ``overlap_assigned`` (the row is the
        cell that lost land, the first of ``other_ids`` the one that keeps it), ``outside_removed``, ``sliver_moved``
        (a narrow remain that losing land cut off from its cell), ``gap_filled``, ``vertex_added`` and, without cell,
        ``gap_kept``. The ``area_m2`` of a cell's rows add up to its change in area.

    Raises
    ------
    CRSError
        If a CRS is missing, not in metres, or the two differ.
    InputError
        If cells have no polygon, no finite coordinates or no area, or if a cell would vanish or keep less than a tenth
        of its land, as duplicates and cells outside the area do; all are named, nothing is changed.
    CoverageError
        If the linework does not settle, naming the place.

    Examples
    --------
    >>> import geopandas as gpd, gridpart as gp, shapely
    >>> cells = gpd.GeoDataFrame(
    ...     {"cell_id": ["west", "east"]}, geometry=[shapely.box(0, 0, 9, 10), shapely.box(9.5, 0, 20, 10)], crs=4546
    ... )
    >>> area = gpd.GeoSeries([shapely.box(0, 0, 20, 10)], crs=4546)
    >>> cleaned, changes = gp.clean(cells, area, max_gap_width=1.0)
    >>> cleaned.area.tolist()
    [95.0, 105.0]
    >>> changes[["cell_id", "kind", "area_m2", "width_m"]].values.tolist()
    [['west', 'gap_filled', 5.0, 0.5]]
    """
    require_metric(cells, name="cells")
    _require_length(max_gap_width, name="max_gap_width")
    _require_length(snap_distance, name="snap_distance")
    ids = [str(value) for value in (cells["cell_id"] if "cell_id" in cells.columns else cells.index)]
    shapes: GeometryArray = np.array(cells.geometry.array, dtype=object)
    _require_polygons(shapes, ids)
    area = None
    if service_area is not None:
        require_same_crs(service_area, cells, names=("service_area", "cells"))
        area = area_of(service_area)
    places, beside = _marks(keep_holes, cells, ids)
    try:
        repaired = repair(
            shapes,
            area,
            max_gap_width=float(max_gap_width),
            snap_distance=float(snap_distance),
            keep_places=places,
            keep_beside=beside,
        )
    except CoverageError as error:
        narrows = None if area is None else told_narrows(area)
        if narrows is None:
            raise
        raise CoverageError(Joined([error, narrows], sentences)) from error
    if repaired.losses:
        _raise_losses(repaired.losses, ids)
    cleaned = cells.copy()
    cleaned[cells.geometry.name] = gpd.GeoSeries(repaired.polygons, index=cells.index, crs=cells.crs)
    return cleaned, _table(repaired.changes, ids, cells.crs)


def _require_length(value: float, *, name: str) -> None:
    if not (np.isfinite(value) and value >= 0):
        raise InputError(
            say("{name} must be a length in metres, zero or more; {value!r} was given.", name=name, value=value)
        )


def _require_polygons(shapes: GeometryArray, ids: Sequence[str]) -> None:
    """Raise `InputError` naming every row whose geometry cannot be repaired, because there is none."""
    if len(shapes) == 0:
        raise InputError(say("cells has no row; at least one polygon is needed."))
    faults = {row: fault for row, shape in enumerate(shapes) if (fault := _fault(shape)) is not None}
    if faults:
        named = [
            say("{id} (row {row}): {fault}", id=ids[row], row=row, fault=fault)
            for row, fault in list(faults.items())[:_NAMED]
        ]
        raise InputError(
            say(
                "{n} of {of} cells have no polygon to repair: {named}. Nothing was changed. Give them a "
                "polygon or leave these rows out.",
                n=len(faults),
                of=len(shapes),
                named=_with_rest(named, len(faults)),
            )
        )


def _fault(shape: BaseGeometry | None) -> Message | None:
    if shape is None:
        return say("no geometry")
    if shape.is_empty:
        return say("an empty {geometry}", geometry=shape.geom_type)
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        return say("a {geometry}", geometry=shape.geom_type)
    coordinates = shapely.get_coordinates(shape)
    finite = np.isfinite(coordinates).all(axis=1)
    if not finite.all():
        return say("vertex {vertex} has no finite coordinates", vertex=int(np.argmin(finite)))
    near = (np.abs(coordinates) <= MAX_COORDINATE_M).all(axis=1)
    return None if near.all() else say("vertex {vertex} lies off any map", vertex=int(np.argmin(near)))


def _with_rest(named: Sequence[Message], count: int) -> Message:
    rest = [say("and {n} more", n=count - _NAMED)] if count > _NAMED else []
    return Joined([*named, *rest], clauses)


def _marks(keep_holes: Holes, cells: gpd.GeoDataFrame, ids: Sequence[str]) -> tuple[GeometryArray, IntArray]:
    """Return marking geometries, and rows of cells beside which gaps stay."""
    if isinstance(keep_holes, gpd.GeoDataFrame | gpd.GeoSeries):
        require_same_crs(cells, keep_holes, names=("cells", "keep_holes"))
        keep_holes = keep_holes.geometry
    if isinstance(keep_holes, str | BaseGeometry):
        keep_holes = [keep_holes]
    entries = list(keep_holes)
    texts = [str(entry) for entry in entries if not isinstance(entry, BaseGeometry | None)]
    unknown = sorted(set(texts) - set(ids))
    shapes = [entry for entry in entries if isinstance(entry, BaseGeometry) and not entry.is_empty]
    lines = sorted({shape.geom_type for shape in shapes} - {"Point", "MultiPoint", "Polygon", "MultiPolygon"})
    if unknown or lines:
        wrong = Joined([*unknown[:_NAMED], *lines])
        raise InputError(
            say(
                "keep_holes takes points, polygons and ids of cells; it was given {wrong}, which is none of these.",
                wrong=wrong,
            )
        )
    places: GeometryArray = np.empty(len(shapes), dtype=object)
    places[:] = shapes
    named = set(texts)
    return shapely.get_parts(places), np.array([row for row, name in enumerate(ids) if name in named], dtype=np.int64)


def _raise_losses(losses: Sequence[Loss], ids: Sequence[str]) -> None:
    named = [_describe_loss(loss, ids) for loss in losses[:_NAMED]]
    raise InputError(
        say(
            "{n} cells would vanish or keep less than a tenth of their land: {named}. Nothing was changed. "
            "Decide which of them stay: remove or merge rows, or cut the larger cell first.",
            n=len(losses),
            named=_with_rest(named, len(losses)),
        )
    )


def _describe_loss(loss: Loss, ids: Sequence[str]) -> Message:
    name, *rivals = (say("{id} (row {row})", id=ids[row], row=row) for row in (loss.polygon, *loss.rivals[:_NAMED]))
    if loss.area == 0:
        return say("{name} has no area", name=name)
    why = say("covered by {rivals}", rivals=Joined(rivals)) if rivals else say("outside the service area")
    return say(
        "{name} is {why} and would keep {left:,.6g} of {area:,.6g} m²",
        name=name,
        why=why,
        left=loss.left,
        area=loss.area,
    )


def _table(changes: Sequence[Change], ids: Sequence[str], crs: Any) -> gpd.GeoDataFrame:  # noqa: ANN401 - pyproj's
    places: GeometryArray = np.empty(len(changes), dtype=object)
    places[:] = [change.geometry for change in changes]
    names = [None if change.polygon is None else ids[change.polygon] for change in changes]
    others = [tuple(ids[row] for row in change.others) for change in changes]
    return gpd.GeoDataFrame(
        {
            "row": pd.array([change.polygon for change in changes], dtype="Int64"),
            "cell_id": pd.Series(names, dtype=object),
            "kind": pd.Series([change.kind for change in changes], dtype=object),
            "area_m2": np.array([change.area for change in changes], dtype=np.float64),
            "width_m": np.array([change.width for change in changes], dtype=np.float64),
            "other_ids": pd.Series(others, dtype=object),
            "reason": pd.Series([change.reason for change in changes], dtype=object),
        },
        geometry=gpd.GeoSeries(places, crs=crs),
    )
