"""What a cell mostly holds, what to offer there, and which services it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.geo import require_same_crs
from gridpart.i18n import Joined, messages
from gridpart.partition import Grid
from gridpart.partition.layers import rows_at, text_ids
from gridpart.staffing._cells import Cells, Rules, cell_table, rules_of
from gridpart.staffing._staff import codes_of, column_of, require_columns, require_known, text_column
from gridpart.tables import is_closed

say = messages("staffing")

MIXED = "mixed"
"""Type of a cell in which no type has more than any other."""


@checked
def product_bundles(cells: pd.DataFrame, *, profile: Rules = "default") -> pd.DataFrame:
    """
    Return what to offer in each cell, by its grid type.

    Parameters
    ----------
    cells
        ``cell_id``, ``grid_type`` (blank or "mixed" where no single type holds).
    profile
        Its ``grid_types``.

    Returns
    -------
    bundles
        ``cell_id``, ``grid_type``, ``entry_products``, ``main_products`` (codes with semicolons, None without),
        ``status``: "set", "not_set" (no plan says what to offer), "mixed" or "untyped", in the order of the cells.

    Raises
    ------
    InputError
        If a type is unknown; cells are named, nothing is guessed.
    """
    types = {item.code: item for item in rules_of(profile).grid_types}
    ids, given = text_ids(cells, "cell_id", name="cells"), column_of(cells, "grid_type")
    require_columns(cells, ["grid_type"], name="cells")
    require_known([codes_of(value) for value in given], (*types, MIXED), ids=ids, what=say("grid types"))
    rows: list[tuple[str | None, ...]] = []
    for cell_id, code in zip(ids, given, strict=True):
        kind = types.get(str(code))
        if kind is None:
            rows.append((cell_id, code, None, None, MIXED if code == MIXED else "untyped"))
        else:
            entry, main = (";".join(codes or ()) or None for codes in (kind.entry_products, kind.main_products))
            rows.append((cell_id, code, entry, main, "set" if kind.is_set else "not_set"))
    names = ("cell_id", "grid_type", "entry_products", "main_products", "status")
    return pd.DataFrame({name: text_column(row[at] for row in rows) for at, name in enumerate(names)})


@checked
def zone_types(
    grid: Grid,
    places: gpd.GeoDataFrame,
    *,
    column: str = "type",
    weight: str | None = None,
    manual: Mapping[str, str] | None = None,
    profile: Rules = "default",
) -> pd.DataFrame:
    """
    Find the type of each cell from what stands in it.

    Parameters
    ----------
    grid
        The cells.
    places
        Points (each counts once, or by `weight`) or polygons of land use (each counts by its area in the cell), in the
        CRS of the grid, with the type of each in `column`.
    column, weight
        Names of columns of `places`.
    manual
        Type by cell id, where somebody knows better.
    profile
        Its ``grid_types`` are the types there are.

    Returns
    -------
    types
        ``cell_id``, ``grid_type`` (the one with the most; "mixed" on a tie; None without any place), ``share`` of that
        type (0 to 1), ``flag`` ("mixed", "empty", "manual" or None), in the order of the cells.

    Raises
    ------
    InputError
        If a type is unknown, or a manual cell is not there.
    CRSError
        If the CRSs differ.
    """
    known = [item.code for item in rules_of(profile).grid_types]
    require_columns(places, [column], name="places")
    given = column_of(places, column)
    labels = [str(index) for index in places.index]
    require_known([(str(value),) for value in given], known, ids=labels, what=say("grid types"))
    chosen = dict(manual or {})
    require_known([(value,) for value in chosen.values()], known, ids=list(chosen), what=say("grid types"))
    ids = cell_table(grid)["cell_id"].tolist()
    strange = sorted(set(chosen) - set(ids))
    if strange:
        raise InputError(
            say("manual names {n} cells that are not there: {cells}.", n=len(strange), cells=Joined(strange[:8]))
        )
    totals = _amounts(grid, places, [known.index(str(value)) for value in given], weight=weight, n_types=len(known))
    rows = [_type_of(cell_id, totals[row], known, chosen) for row, cell_id in enumerate(ids)]
    names = ("cell_id", "grid_type", "share", "flag")
    table = pd.DataFrame({name: pd.Series([row[at] for row in rows], dtype=object) for at, name in enumerate(names)})
    table["share"] = table["share"].astype(float)
    return table


def _amounts(grid: Grid, places: gpd.GeoDataFrame, types: list[int], *, weight: str | None, n_types: int) -> FloatArray:
    """How much of each type lies in each cell, shape (n_cells, n_types)."""
    require_same_crs(grid.service_area, places, names=("grid", "places"))
    cells = np.asarray(grid.cells.geometry.array, dtype=object)
    shapes = np.asarray(places.geometry.array, dtype=object)
    kinds = np.array(types, dtype=np.int64)
    amounts = np.ones(len(shapes)) if weight is None else places[weight].to_numpy(dtype=np.float64)
    totals = np.zeros((len(cells), n_types))
    is_point = shapely.get_type_id(shapes) == 0
    at = rows_at(shapes[is_point], cells)
    np.add.at(totals, (at[at >= 0], kinds[is_point][at >= 0]), amounts[is_point][at >= 0])
    land = np.flatnonzero(~is_point)
    place, cell = shapely.STRtree(cells).query(shapes[land], predicate="intersects")
    # a majority needs no exact area: a snapped overlay is safe on any input
    common = shapely.area(shapely.intersection(shapes[land][place], cells[cell], grid_size=0.001))
    np.add.at(totals, (cell, kinds[land][place]), common)
    return totals


def _type_of(
    cell_id: str, amounts: FloatArray, known: list[str], manual: Mapping[str, str]
) -> tuple[str, str | None, object, str | None]:
    total = float(amounts.sum())
    if cell_id in manual:
        share = amounts[known.index(manual[cell_id])] / total if total else None
        return cell_id, manual[cell_id], share, "manual"
    if total == 0:
        return cell_id, None, None, "empty"
    most = float(amounts.max())
    leaders = np.flatnonzero(amounts >= most * (1.0 - 1e-9))
    if len(leaders) > 1:
        return cell_id, MIXED, most / total, MIXED
    return cell_id, known[int(leaders[0])], most / total, None


@dataclass(frozen=True, eq=False, repr=False)
class ServiceMatrix:
    """
    Services had in each cell.

    Attributes
    ----------
    table
        ``cell_id``, one column per service (true or false), ``missing`` (codes with semicolons), by cell.
    full_share
        Share of cells with every service, 0 to 1; NaN without cells.
    """

    table: pd.DataFrame
    full_share: float

    def __repr__(self) -> str:
        """Show the share of cells with every service."""
        return f"<ServiceMatrix: {len(self.table)} cells, {self.full_share:.1%} with every service>"

    def _repr_html_(self) -> str:
        return f"<p>{self.full_share:.1%}</p>" + str(self.table.to_html(index=False, escape=True, max_rows=40))


@checked
def service_matrix(cells: Cells, points: pd.DataFrame, *, profile: Rules = "default") -> ServiceMatrix:
    """
    Say which services of the catalogue each cell has.

    Parameters
    ----------
    cells
        A grid, or a table with ``cell_id``.
    points
        Access points: ``cell_id`` (rows without one are in no cell), and ``services`` (codes with semicolons) or
        ``kind``, whose services the profile's ``service_levels`` name; ``status`` "closed" does not count.
    profile
        Its ``services`` and ``service_levels``.

    Returns
    -------
    matrix
        Table and share of cells with every service.

    Raises
    ------
    InputError
        If a service is unknown, or points have neither services nor kind.
    """
    rules = rules_of(profile)
    codes = [item.code for item in rules.services]
    require_columns(points, ["cell_id"], name="points")
    by_kind: dict[str | None, set[str]] = {}
    for level in rules.service_levels:
        for kind in level.offered_by:
            by_kind.setdefault(kind, set()).update(level.services)
    if "services" in points.columns:
        offered = [codes_of(value) for value in points["services"]]
    else:
        require_columns(points, ["kind"], name="points")
        offered = [tuple(sorted(by_kind.get(kind, ()))) for kind in column_of(points, "kind")]
    require_known(
        offered, codes, ids=[say("row {row}", row=row) for row in range(1, len(points) + 1)], what=say("services")
    )
    had: dict[str, set[str]] = {cell_id: set() for cell_id in cell_table(cells)["cell_id"]}
    closed = is_closed(points, name="points").tolist()
    for cell_id, is_gone, own in zip(column_of(points, "cell_id"), closed, offered, strict=True):
        if cell_id in had and not is_gone:
            had[cell_id].update(own)
    table = pd.DataFrame(
        {"cell_id": text_column(had)} | {code: [code in own for own in had.values()] for code in codes}
    )
    table["missing"] = text_column(";".join(code for code in codes if code not in own) for own in had.values())
    full = float(np.mean([set(codes) <= own for own in had.values()])) if had else float("nan")
    return ServiceMatrix(table, full)
