"""Nesting: big cells hold small cells exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray, GeometryArray, IntArray
from gridpart.arguments import checked, require_choice
from gridpart.coverage import SNAP_M, Coverage, arrange
from gridpart.errors import InputError, NotReachedError
from gridpart.geo import require_same_crs
from gridpart.i18n import Joined, messages
from gridpart.partition._build import Faces, build_grid, reordered
from gridpart.partition._cells import anchor_frame
from gridpart.partition._demand_layer import GivenDemand, given_demand, spread
from gridpart.partition._lattice import (
    Lattice,
    cut_to_sectors,
    cut_to_squares,
    equal_angles,
    join_remnants,
    main_direction,
)
from gridpart.partition._subdivide import divide_among_officers, own_units
from gridpart.partition.layers import require_columns, text_ids
from gridpart.steps import counted, step, task

if TYPE_CHECKING:
    from gridpart.partition.grid import Grid

say = messages("partition")

NestRule = Literal["wellfield", "admin", "aggregate"]
Arrangement = Literal["square", "equal_demand"]

MOST_SQUARES = 1_000_000
"""Squares that one call draws: more are a slip of the unit, and would fill the memory."""

MIN_SHARE = 0.2
"""A small cell below this share of a full square joins a neighbour; assumed, no plan gives a number."""


@dataclass(frozen=True, eq=False)
class Pieces:
    """
    Small pieces of big cells: shape, big cell, and the name of the piece within it, shape (n_pieces,) each.

    Pieces of whole units know them: ``faces`` with the piece that each belongs to, ``piece``, shape (n_faces,).
    """

    shapes: GeometryArray
    big: IntArray
    names: list[str]
    columns: dict[str, GeometryArray]
    demand: GivenDemand | None = None
    told: dict[str, Any] = field(default_factory=dict)
    faces: Faces | None = None
    piece: IntArray | None = None


@checked
@task("nest", steps=("division", "noding", "proof"))
def nest(grid: Grid, rule: NestRule = "wellfield", **options: Any) -> Grid:
    """
    Divide every cell of a grid into small cells.

    Parameters
    ----------
    grid
        The big cells.
    rule
        "wellfield": squares about the outlet of each cell, or about a point inside where it has none; options
        ``cell_size`` (side in m; without it nine fields), ``rotation`` (degrees anticlockwise from east; without it the
        main direction of the area), ``min_cell_area`` (m²), ``arrangement``, ``units``, ``demand`` and ``weight`` as in
        `wellfield`.
        "admin": options ``units`` (those of the grid if not given) and ``by`` (default ``unit_id``): one small cell for
        each value of `by` in each big cell; ``demand`` and ``weight`` as in `wellfield`.
        "aggregate": connected small cells of whole units and of demand as even as found, what is missing is in the
        provenance; options ``officers`` (number of small cells by ``cell_id``, or one for all; nine if not
        given), ``units`` (those of the grid if not given), ``demand`` (column), ``tolerance`` (of the mean in a
        big cell; beyond it the call fails).

    Returns
    -------
    small
        Grid whose cells carry ``parent_id`` and ``level``, one deeper than `grid`. Nest again for a third level. Where
        `demand` is not given, small cells share that of their big cell by area, unit by unit where it has units: whole
        numbers stay whole and add up to it exactly.

    Raises
    ------
    InputError
        If the rule or an option is unknown or unusable.
    InfeasibleError
        If a big cell has fewer units than officers.
    NotReachedError
        If small cells miss the tolerance; it carries the grid and those cells.
    CertificateError
        If the small cells do not fill the big ones; that would be an error of gridpart.
    """
    builders: dict[str, Callable[..., Pieces]] = {"wellfield": _squares, "admin": _units, "aggregate": _officers}
    require_choice(rule, get_args(NestRule), name="rule")
    step("division")
    big_ids = grid.cells["cell_id"].tolist()
    # always in the same order, so that what is cut, rounded or tied does not depend on that of the big cells
    grid = reordered(grid, np.array(sorted(range(len(grid)), key=lambda row: big_ids[row]), dtype=np.int64))
    try:
        pieces = builders[rule](grid, **options)
    except TypeError as error:
        if "keyword argument" not in str(error):
            raise
        raise InputError(
            say(
                "rule {rule!r} does not take these options: {options}.",
                rule=rule,
                options=str(error).partition("() ")[2],
            )
        ) from error
    told = pieces.told if pieces.demand is None else pieces.told | pieces.demand.held.decisions
    small = _assemble(grid, pieces, rule).with_(**told)
    place = {name: row for row, name in enumerate(big_ids)}
    small = reordered(small, np.argsort([place[name] for name in small.cells["parent_id"]], kind="stable"))
    if options.get("tolerance") is not None:
        _require_even(small, options["tolerance"])
    return small


def _assemble(grid: Grid, pieces: Pieces, rule: str) -> Grid:
    """Node all pieces together once and build the grid of small cells."""
    step("noding")
    faces, labels = _faces(pieces)
    big_ids = grid.cells["cell_id"].to_numpy(dtype=object)
    parent = big_ids[pieces.big]
    level = int(grid.cells["level"].max()) + 1
    ids = [f"{big}-{name}" for big, name in zip(parent, pieces.names, strict=True)]
    owner = grid.cells["outlet_id"].to_numpy(dtype=object)[pieces.big]
    columns = {
        "cell_id": ids,
        "bank_id": grid.cells["bank_id"].to_numpy(dtype=object)[pieces.big],
        "outlet_id": owner,
        "parent_id": parent,
        "zone_class": grid.cells["zone_class"].to_numpy(dtype=object)[pieces.big],
        **pieces.columns,
    }
    table = pd.DataFrame(columns, dtype=object).assign(level=level)
    small = build_grid(
        faces,
        labels,
        cells=table,
        service_area=grid.service_area,
        bank_id=grid.bank_id,
        provenance={"rule": rule, "nested_in": grid.digest, "n_big_cells": len(grid)},
        outlets=anchor_frame([], [], [], crs=grid.crs),
    )
    return _with_outlets(small, grid)


def _faces(pieces: Pieces) -> tuple[Faces, IntArray]:
    """Return what small cells are made of, and the piece of each face: whole units as they are, other pieces noded."""
    if pieces.faces is not None and pieces.piece is not None:
        return pieces.faces, pieces.piece
    noded = arrange([pieces.shapes], tolerance=SNAP_M)
    piece = noded.labels[:, 0]
    order = np.argsort(piece, kind="stable")
    coverage, labels = Coverage.from_polygons(noded.coverage.polygons[order]), piece[order]
    demand = None if pieces.demand is None else pieces.demand.on(coverage, pieces.big[labels])
    return Faces(coverage, demand=demand), labels


def _with_outlets(small: Grid, big: Grid) -> Grid:
    """Anchor the outlets of the big grid in the small cells that hold them."""
    outlets = big.outlets
    if len(outlets) == 0:
        return small
    located = small.locate(outlets)
    anchors = anchor_frame(
        outlets["outlet_id"].tolist(),
        located.tolist(),
        outlets.geometry.array,
        crs=big.crs,
        zones=outlets["zone_class"].tolist(),
    )
    return small.with_(outlets=anchors)


@checked
def _squares(
    grid: Grid,
    *,
    cell_size: float | None = None,
    rotation: float | None = None,
    min_cell_area: float | None = None,
    arrangement: Arrangement = "square",
    units: gpd.GeoDataFrame | None = None,
    demand: str | gpd.GeoDataFrame | None = None,
    weight: str | None = None,
) -> Pieces:
    """Cut each big cell by its own lattice and join remnants."""
    require_choice(arrangement, get_args(Arrangement), name="arrangement")
    if rotation is not None and not np.isfinite(rotation):
        raise InputError(say("rotation must be a finite number of degrees; {value!r} was given.", value=rotation))
    if min_cell_area is not None and not 0 <= min_cell_area < np.inf:
        raise InputError(
            say("min_cell_area must be a number of m², zero or more; {value!r} was given.", value=min_cell_area)
        )
    if cell_size is not None and not 0 < cell_size < np.inf:
        raise InputError(
            say("cell_size must be a positive number of metres; {cell_size!r} was given.", cell_size=cell_size)
        )
    given = given_demand(grid, units=units, demand=demand, weight=weight)
    if arrangement == "equal_demand" and given is None:
        raise InputError(
            say(
                'arrangement="equal_demand" needs units with a column of demand, or a layer of points or polygons '
                "as demand, or big cells that know theirs."
            )
        )
    cells = grid.cells
    if cell_size is not None and cells["area_m2"].sum() / cell_size**2 > MOST_SQUARES:
        raise InputError(
            say(
                "cell_size of {cell_size:g} m would make {n:,.0f} squares; at most {most:,} are drawn. Nothing was "
                "drawn. Give a longer side, in m.",
                cell_size=cell_size,
                n=cells["area_m2"].sum() / cell_size**2,
                most=MOST_SQUARES,
            )
        )
    angle = main_direction(grid.service_area.geometry.iloc[0]) if rotation is None else np.radians(rotation)
    origins = _origins(grid)
    shapes, big, index, least = [], [], [], []
    for row, catchment in enumerate(counted("big_cells", cells.geometry)):
        side = np.sqrt(catchment.area / 9) if cell_size is None else cell_size
        lattice = Lattice(origins[row], float(angle), float(side), endless=cell_size is None)
        if arrangement == "equal_demand" and given is not None:
            mine = shapely.contains_xy(catchment, given.points[:, 0], given.points[:, 1])
            angles = equal_angles(given.points[mine], given.weights[mine], lattice)
            cut, names = cut_to_sectors(catchment, lattice, angles)
        else:
            cut, names = cut_to_squares(catchment, lattice)
        shapes.append(cut)
        index.append(names)
        big.append(np.full(len(cut), row))
        least.append(MIN_SHARE * side**2 if min_cell_area is None else min_cell_area)
    joined = _joined(np.concatenate(shapes), np.concatenate(big), np.concatenate(index), np.array(least), origins)
    joined.columns["block_id"] = cells["cell_id"].to_numpy(dtype=object)[joined.big]
    return replace(joined, demand=given)


def _origins(grid: Grid) -> FloatArray:
    """Return the outlet of each cell, or a point inside it, shape (n_cells, 2)."""
    cells, outlets = grid.cells, grid.outlets
    points: FloatArray = shapely.get_coordinates(
        shapely.point_on_surface(np.asarray(cells.geometry.array, dtype=object))
    )
    row_of_cell = {cell: row for row, cell in enumerate(cells["cell_id"])}
    places = shapely.get_coordinates(np.asarray(outlets.geometry.array, dtype=object))
    for place, cell in zip(places[::-1], outlets["cell_id"][::-1], strict=True):
        points[row_of_cell[cell]] = place
    return points


def _joined(shapes: GeometryArray, big: IntArray, index: IntArray, least: FloatArray, origins: FloatArray) -> Pieces:
    """Join remnants within each big cell and name what is left by column and row."""
    noded = arrange([shapes], tolerance=SNAP_M)
    piece = noded.labels[:, 0]
    holds_origin = shapely.intersects_xy(shapes, *origins[big].T) & (index == 0).all(axis=1)
    labels = join_remnants(noded.coverage, piece, big, least=least, fixed=holds_origin)
    kept, polygons = noded.coverage.dissolve(labels)
    names = [f"c{column}r{row}" for column, row in index[kept]]
    seen: dict[tuple[int, str], int] = {}
    for number, cell in enumerate(kept):
        key = (int(big[cell]), names[number])
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1:
            names[number] += f"p{seen[key]}"
    columns = {
        "col": index[kept, 0].astype(object),
        "row": index[kept, 1].astype(object),
        "is_centre": holds_origin[kept].astype(object),
    }
    return Pieces(polygons, big[kept], names, columns)


@checked
def _units(
    grid: Grid,
    *,
    units: gpd.GeoDataFrame | None = None,
    by: str = "unit_id",
    demand: str | gpd.GeoDataFrame | None = None,
    weight: str | None = None,
) -> Pieces:
    """Cut each big cell by the units, joined by a column."""
    given = given_demand(grid, units=units, demand=demand, weight=weight)
    if units is None:
        units = own_units(grid)
    require_same_crs(grid.cells, units, names=("grid", "units"))
    require_columns(units, [by], name="units")
    ids = text_ids(units, "unit_id", name="units")
    missing = units[by].isna()
    if missing.any():
        named = Joined(np.array(ids, dtype=object)[missing.to_numpy()][:8])
        raise InputError(say("{n} units have no {by}: {named}.", n=int(missing.sum()), by=by, named=named))
    group, values = pd.factorize(units[by].astype(str), sort=True)
    cells: GeometryArray = np.asarray(grid.cells.geometry.array, dtype=object)
    polygons: GeometryArray = shapely.force_2d(np.asarray(units.geometry.array, dtype=object))
    noded = arrange([cells, polygons], tolerance=SNAP_M)
    big, unit = noded.labels.T
    blank = (big >= 0) & (unit < 0)
    if blank.any():
        x, y = shapely.get_coordinates(shapely.point_on_surface(noded.coverage.polygons[blank][0]))[0]
        raise InputError(
            say(
                "The units leave {area_m2:,.1f} m² of the grid blank, near ({x:.1f}, {y:.1f}).",
                area_m2=noded.coverage.areas[blank].sum(),
                x=x,
                y=y,
            )
        )
    inside = big >= 0
    pairs, label = np.unique(np.column_stack([big[inside], group[unit[inside]]]), axis=0, return_inverse=True)
    labels = np.full(len(big), -1, dtype=np.int64)
    labels[inside] = label.ravel()
    _, shapes = noded.coverage.dissolve(labels)
    return Pieces(shapes, pairs[:, 0], [str(values[value]) for value in pairs[:, 1]], {}, given)


@checked
def _officers(
    grid: Grid,
    *,
    units: gpd.GeoDataFrame | None = None,
    demand: str | None = None,
    officers: Mapping[str, int] | pd.Series[int] | int | None = None,
    tolerance: float | None = None,
) -> Pieces:
    """Divide each big cell into whole units for its officers."""
    if tolerance is not None and not tolerance >= 0:
        raise InputError(say("tolerance is {tolerance}; a number of at least 0 is expected.", tolerance=tolerance))
    parts = divide_among_officers(grid, _origins(grid), units=units, demand=demand, officers=officers)
    pairs, label = np.unique(np.column_stack([parts.big, parts.part]), axis=0, return_inverse=True)
    label = label.ravel()
    _, shapes = parts.faces.coverage.dissolve(label)
    given = None
    if parts.faces.demand is not None:
        given = spread(parts.faces.coverage, parts.faces.demand, big=parts.big)
    ids = grid.cells["cell_id"].tolist()
    told = {"imbalance": dict(zip(ids, parts.imbalance.tolist(), strict=True))}
    return Pieces(shapes, pairs[:, 0], [str(part + 1) for part in pairs[:, 1]], {}, given, told, parts.faces, label)


def _require_even(small: Grid, tolerance: float) -> None:
    imbalance = small.provenance["imbalance"]
    beyond = {cell: value for cell, value in imbalance.items() if value > tolerance}
    if not beyond:
        return
    worst = sorted(beyond, key=lambda cell: (-beyond[cell], cell))
    named = Joined(say("{id} ({share:.1%})", id=cell, share=beyond[cell]) for cell in worst[:8])
    message = say(
        "The tolerance of {tolerance:.1%} was not reached in {n} of {of} big cells: {named}. `error.grid` holds the "
        "small cells found, `error.missing` those in these big cells.",
        tolerance=tolerance,
        n=len(beyond),
        of=len(imbalance),
        named=named,
    )
    missing = small.cells[small.cells["parent_id"].isin(list(beyond))]
    raise NotReachedError(message, grid=small, missing=missing)
