"""What every rule asks of the layers it is given: one metric CRS, valid shapes, text ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.arguments import checked
from gridpart.coverage import MAX_BOUNDARY_SHIFT_M, Coverage, why_invalid
from gridpart.errors import CoverageError, InputError
from gridpart.geo import require_metric, require_same_crs
from gridpart.i18n import Joined, Message, clauses, messages, sentences

say = messages("partition")

_GRID_M = 1e-6
"""Grid on which overlaps are measured, in m: on a floating one areas can be wrong."""

_NAMED = 8
"""How many rows a message names before it counts the rest."""


@checked
def area_of(service_area: gpd.GeoDataFrame | gpd.GeoSeries) -> shapely.Polygon | shapely.MultiPolygon:
    """
    Return the service area as one valid geometry.

    Parameters
    ----------
    service_area
        Polygons in a metric CRS. Several rows are joined along their shared borders; they must
        not overlap.

    Returns
    -------
    area
        In m; holes and parts are kept.

    Raises
    ------
    CRSError
        If the CRS is missing, in degrees or not in metres.
    InputError
        If a row is empty, invalid or no polygon, or rows overlap.
    """
    require_metric(service_area, name="service_area")
    shapes: GeometryArray = np.asarray(service_area.geometry.array, dtype=object)
    require_valid_polygons(shapes, [str(index) for index in service_area.index], name="service_area")
    if len(shapes) == 1:
        return shapely.force_2d(shapes[0])
    return _joined(shapely.force_2d(shapes), [str(index) for index in service_area.index])


def _joined(shapes: GeometryArray, ids: Sequence[str]) -> shapely.Polygon | shapely.MultiPolygon:
    """Join rows along shared borders."""
    try:
        joined = Coverage.from_polygons(shapes).boundary()
        place = "" if joined.is_valid else why_invalid(joined)
    except CoverageError as error:
        place = say("near ({place})", place=str(error).partition("(")[2].partition(")")[0])
    if not place:
        return joined
    if overlaps := told_overlaps(shapes, ids):
        raise InputError(
            say(
                "The rows of service_area overlap each other. {overlaps} Nothing was changed. `gridpart.clean` can "
                "repair them and lists what it changes.",
                overlaps=Joined(overlaps, sentences),
            )
        )
    raise InputError(
        say(
            "The rows of service_area meet without matching vertices, {place}. Nothing was changed. Join them to one "
            "row first: gpd.GeoSeries([service_area.union_all()], crs=service_area.crs).",
            place=place,
        )
    )


def area_frame(service_area: gpd.GeoDataFrame | gpd.GeoSeries, area: shapely.Geometry) -> gpd.GeoDataFrame:
    """Return the service area as a table of one row, with the id and name of the given one."""
    row: dict[str, list[object]] = {}
    if isinstance(service_area, gpd.GeoDataFrame):
        for column in ("area_id", "name"):
            if column in service_area.columns:
                row[column] = [service_area[column].iloc[0]]
    return gpd.GeoDataFrame(row, geometry=[area], crs=service_area.crs)


def told_narrows(area: shapely.Geometry) -> Message | None:
    """Return where borders of an area come too near to each other to be drawn along, and the remedy; or nothing."""
    clearance = float(shapely.minimum_clearance(area))
    if not clearance < 2 * MAX_BOUNDARY_SHIFT_M:
        return None
    x, y = shapely.get_coordinates(shapely.minimum_clearance_line(area))[0]
    return say(
        "Borders or corners of the service area come within {metres:.1e} m of each other, near ({x:.3f}, {y:.3f}), "
        "which is too near to draw anything between them. Round it to the millimetre first: "
        "service_area.set_geometry(service_area.set_precision(0.001)); of a GeoSeries: set_precision(0.001).",
        metres=clearance,
        x=x,
        y=y,
    )


def require_valid_polygons(shapes: GeometryArray, ids: Sequence[str], *, name: str) -> None:
    """Raise `InputError` naming every row of `shapes` that is no valid, non-empty polygon."""
    if len(shapes) == 0:
        raise InputError(say("{name} has no row; at least one polygon is needed.", name=name))
    polygonal = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    wrong = ~(polygonal & shapely.is_valid(shapes))
    if wrong.any():
        rows = [
            say("{id}: {value}", id=ids[row], value=_why_invalid(shapes[row])) for row in np.flatnonzero(wrong)[:_NAMED]
        ]
        raise InputError(
            say(
                "{n} of {of} rows of {name} are not valid polygons: {rows}. Nothing was changed. `gridpart.clean` "
                "can repair them and lists what it changes.",
                n=int(wrong.sum()),
                of=len(shapes),
                name=name,
                rows=Joined(rows, clauses),
            )
        )


def told_overlaps(shapes: GeometryArray, ids: Sequence[str]) -> list[Message]:
    """Return which polygons overlap and by how much, the largest first, as a sentence; none if none do."""
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, two = one[one < two], two[one < two]
    inner = shapely.relate_pattern(shapes[one], shapes[two], "T********")
    one, two = one[inner], two[inner]
    if len(one) == 0:
        return []
    area = shapely.area(shapely.intersection(shapes[one], shapes[two], grid_size=_GRID_M))
    largest = np.argsort(-area, kind="stable")[:_NAMED]
    told = [
        say("{one} and {two} by {area:,.6g} m²", one=ids[one[row]], two=ids[two[row]], area=area[row])
        for row in largest
    ]
    return [say("{n} pairs overlap: {told}.", n=len(one), told=Joined(told, clauses))]


def _why_invalid(shape: shapely.Geometry | None) -> str:
    if shape is None or shape.is_empty:
        return say("no geometry")
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        return say("a {geometry}", geometry=shape.geom_type)
    return why_invalid(shape)


def land_only(cells: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the rows that are land: virtual cells are lists of members, whatever is drawn for them."""
    if "kind" not in getattr(cells, "columns", ()):  # shapes alone are land
        return cells
    return cells[(cells["kind"] != "virtual").to_numpy(dtype=np.bool_)]


def require_columns(table: object, columns: Sequence[str], *, name: str) -> None:
    """Raise `InputError` if `table` is no table or lacks one of `columns`."""
    if not isinstance(table, pd.DataFrame):
        needed = say(" with {columns}", columns=Joined(columns)) if columns else ""
        raise InputError(
            say(
                "{name} must be a table{needed}; a {given} was given.",
                name=name,
                needed=needed,
                given=type(table).__name__,
            )
        )
    missing = [column for column in columns if column not in table.columns]
    if missing:
        present = Joined(map(str, table.columns))
        raise InputError(
            say(
                "{name} needs the columns {missing}; it has {present}.",
                name=name,
                missing=Joined(missing),
                present=present,
            )
        )


def text_column(table: pd.DataFrame, column: str, *, name: str) -> list[str]:
    """
    Return a column that must be filled everywhere as text.

    Raises
    ------
    InputError
        If the column is not there, or a value is missing or blank; rows are named.
    """
    require_columns(table, [column], name=name)
    texts = [str(value) for value in table[column].astype(str).tolist()]
    missing = table[column].isna().to_numpy(dtype=np.bool_)
    blank = missing | np.array([not text.strip() for text in texts], dtype=np.bool_)
    if blank.any():
        rows = Joined(str(index) for index in table.index[blank][:_NAMED])
        raise InputError(
            say(
                "{n} rows of {name} have no {column}: rows {rows}. Nothing was changed.",
                n=int(blank.sum()),
                name=name,
                column=column,
                rows=rows,
            )
        )
    return texts


def text_ids(table: pd.DataFrame, column: str, *, name: str) -> list[str]:
    """
    Return the ids of a table as text, checked for blanks and repeats.

    Raises
    ------
    InputError
        If an id is missing or occurs twice; all are named.
    """
    ids = text_column(table, column, name=name)
    if len(set(ids)) < len(ids):
        repeated = sorted(text for text, times in Counter(ids).items() if times > 1)
        raise InputError(
            say(
                "{n} values of {column} in {name} occur more than once: {repeated}.",
                n=len(repeated),
                column=column,
                name=name,
                repeated=Joined(repeated[:_NAMED]),
            )
        )
    return ids


def cells_by_bank(cells: gpd.GeoDataFrame, *, name: str) -> dict[str, gpd.GeoDataFrame]:
    """
    Part cells by the column ``bank_id``, sorted; all are those of `name` where it is not there or blank throughout.

    Raises
    ------
    InputError
        If a cell has no bank among others that have one; rows are named.
    """
    if "bank_id" not in cells.columns or cells["bank_id"].isna().all():
        return {name: cells}
    # a row of no bank among others is a fault of the file: nobody's cells are left out unsaid
    banks = np.array(text_column(cells, "bank_id", name=say("the cells of {name}", name=name)), dtype=object)
    return {bank: cells[banks == bank].reset_index(drop=True) for bank in sorted(set(banks.tolist()))}


def point_coordinates(
    table: gpd.GeoDataFrame, area: gpd.GeoDataFrame | gpd.GeoSeries, ids: Sequence[str], *, name: str
) -> FloatArray:
    """
    Return the coordinates of a point layer in the CRS of the service area.

    Returns
    -------
    points
        In metres, shape (n_rows, 2).

    Raises
    ------
    CRSError
        If the CRSs differ.
    InputError
        If a row has no point or no finite coordinate; all are named.
    """
    require_same_crs(area, table, names=("service_area", name))
    shapes: GeometryArray = np.asarray(table.geometry.array, dtype=object)
    is_point = (shapely.get_type_id(shapes) == 0) & ~shapely.is_empty(shapes)
    points = np.full((len(shapes), 2), np.nan)
    points[is_point] = shapely.get_coordinates(shapes[is_point])
    wrong = ~np.isfinite(points).all(axis=1)
    if wrong.any():
        named = Joined(
            say("{id} (a {geometry})", id=ids[row], geometry=shapes[row].geom_type)
            if shapes[row] is not None and not is_point[row] and not shapes[row].is_empty
            else ids[row]
            for row in np.flatnonzero(wrong)[:_NAMED]
        )
        raise InputError(
            say(
                "{n} rows of {name} have no point with finite coordinates: {named}. Nothing was changed. "
                "{name}.explode() makes points of multipoints.",
                n=int(wrong.sum()),
                name=name,
                named=named,
            )
        )
    return points


def rows_at(points: GeometryArray, polygons: GeometryArray) -> IntArray:
    """Return the row of the polygon at each point, the first on a border, -1 outside all, shape (n_points,)."""
    row, polygon = shapely.STRtree(polygons).query(points, predicate="intersects")
    found = np.full(len(points), len(polygons), dtype=np.int64)
    np.minimum.at(found, row, polygon)
    return np.where(found == len(polygons), -1, found)


def pick(values: Iterable[object], rows: IntArray) -> GeometryArray:
    """Return the value at each row, None at row -1 or past the end, shape (n_rows,)."""
    listed = [*values, None]
    padded = np.empty(len(listed), dtype=object)
    padded[:] = listed
    found: GeometryArray = padded[rows]
    return found


def _metres(distance: float) -> str:
    return f"{distance:,.1f}" if distance >= 1 else f"{distance:.3g}"


def list_places(ids: Sequence[str], rows: BoolArray, points: FloatArray, distances: FloatArray) -> Message:
    """Return up to eight of the chosen rows as ``id (x, y), distance m``."""
    chosen = np.flatnonzero(rows)
    parts = [
        say(
            "{id} at ({x:.1f}, {y:.1f}), {metres} m off",
            id=ids[row],
            x=points[row, 0],
            y=points[row, 1],
            metres=_metres(distances[row]),
        )
        for row in chosen[:_NAMED]
    ]
    if len(chosen) > _NAMED:
        parts.append(say("and {n} more", n=len(chosen) - _NAMED))
    return Joined(parts, clauses)
