"""Officers to cells: as many cells as can be, at the least total cost, nobody and nothing twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.arguments import checked
from gridpart.errors import InfeasibleError, InputError
from gridpart.geo import require_metric, require_same_crs
from gridpart.i18n import Joined, messages
from gridpart.partition import Grid
from gridpart.partition.layers import text_ids
from gridpart.staffing._matching import match
from gridpart.staffing._staff import codes_of, column_of, require_columns, text_column
from gridpart.steps import step, task
from gridpart.tables import required_day

say = messages("staffing")

_NAMED = 8
_HTML_ROWS = 20


@dataclass(frozen=True, eq=False, repr=False)
class Assignment:
    """
    Who answers for which cell.

    Attributes
    ----------
    table
        ``cell_id``, ``officer_id``, ``cost`` (m unless costs were given), ``duties`` (codes), by cell and officer.
    vacancies
        Cells without as many officers as they need, one entry per place missing, sorted.
    unassigned
        Officers left over, sorted.
    total_cost
        Sum of the costs; no other assignment of as many cells costs less.
    """

    table: pd.DataFrame
    vacancies: tuple[str, ...]
    unassigned: tuple[str, ...]
    total_cost: float

    @checked
    def register(self, *, valid_from: dt.date | str, duties: str | Sequence[str] | None = None) -> pd.DataFrame:
        """
        Return the register of fixed cells, persons and duties.

        Parameters
        ----------
        valid_from
            First day of the assignment.
        duties
            Codes for officers who have none of their own.

        Returns
        -------
        register
            ``cell_id``, ``officer_id``, ``duties``, ``valid_from``; see `check_register`.

        Raises
        ------
        InputError
            If `valid_from` is no day.
        """
        spare = ";".join(codes_of(duties))
        register = self.table[["cell_id", "officer_id", "duties"]].copy()
        register["duties"] = text_column(own or spare or None for own in register["duties"])
        first = required_day(valid_from, name="valid_from").isoformat()
        register["valid_from"] = text_column([first] * len(register))
        return register

    def __repr__(self) -> str:
        """Show the counts and the cost."""
        return (
            f"<Assignment: {len(self.table):,} assigned, {len(self.vacancies):,} places vacant, "
            f"{len(self.unassigned):,} officers left over, cost {self.total_cost:,.1f}>"
        )

    def _repr_html_(self) -> str:
        vacant = ", ".join(self.vacancies[:_NAMED]) + (" …" if len(self.vacancies) > _NAMED else "")
        head = pd.DataFrame(
            {
                "assigned": [len(self.table)],
                "vacant": [f"{len(self.vacancies)} {vacant}".strip()],
                "left over": [len(self.unassigned)],
                "cost": [f"{self.total_cost:,.1f}"],
            }
        )
        shown = self.table.to_html(index=False, escape=True, max_rows=_HTML_ROWS)
        return str(head.to_html(index=False, escape=True)) + str(shown)


@checked
@task("assign", steps=("costs", "matching"))
def assign(
    officers: pd.DataFrame,
    cells: Grid | pd.DataFrame,
    *,
    cost: pd.DataFrame | FloatArray | None = None,
    outlets: gpd.GeoDataFrame | None = None,
    officers_per_cell: int = 1,
    cells_per_officer: int = 1,
    require_all: bool = False,
) -> Assignment:
    """
    Assign officers to cells: first as many cells as can be, then at the least total cost.

    With one officer per cell and one cell per officer (the strict mode, as given) nobody and nothing is used twice.
    Where officers and cells both have a bank, nobody works for another bank.

    Parameters
    ----------
    officers
        ``staff_id`` or ``officer_id``; for distances also points, or ``outlet_id`` together with `outlets`. Rows whose
        ``role`` is not "officer" are left out. ``duties`` are handed on.
    cells
        ``cell_id`` and geometry; ``bank_id`` if there are several banks.
    cost
        Cost of each pair, shape (n_officers, n_cells) in the order of the rows, or a table by officer and cell id;
        infinite where a pair is not allowed. If None, the distance in m from the officer's point or outlet to the
        point inside the cell that stands for it.
    outlets
        ``outlet_id``, points.
    officers_per_cell, cells_per_officer
        More than one of one of them, where the rules allow it.
    require_all
        Raise if a place stays vacant, instead of listing it.

    Returns
    -------
    assignment
        Pairs, vacancies, officers left over. The order of the rows given changes nothing.

    Raises
    ------
    InputError
        If ids are missing or repeat, a cost is missing, or distances cannot be had; rows are named.
    InfeasibleError
        If `require_all` and a place stays vacant; the cells are named.
    CRSError
        If a CRS is missing, in degrees or differs.
    """
    step("costs")
    table = cells.cells if isinstance(cells, Grid) else cells
    people = _officers(officers)
    officer_ids, cell_ids = text_ids(people, "officer_id", name="officers"), text_ids(table, "cell_id", name="cells")
    _require_counts(officers_per_cell, cells_per_officer)
    prices = _distances(people, table, outlets) if cost is None else _given(cost, officer_ids, cell_ids)
    same = _same_bank(people, table)
    if not same.all():
        prices = np.where(same, prices, np.inf)
    by_officer, by_cell = (
        np.argsort(np.array(officer_ids), kind="stable"),
        np.argsort(np.array(cell_ids), kind="stable"),
    )
    places = _Places(np.repeat(by_officer, cells_per_officer), np.repeat(by_cell, officers_per_cell))
    step("matching")
    rows, columns = match(prices[np.ix_(places.officer, places.cell)])
    result = _result(places, rows, columns, prices=prices, people=people, ids=(officer_ids, cell_ids))
    if require_all and result.vacancies:
        named = Joined(result.vacancies[:_NAMED])
        raise InfeasibleError(
            say(
                "{n} places stay vacant with {officers} officers for {cells} cells: {named}. Nothing was assigned. "
                "Add officers, allow more pairs, or pass require_all=False.",
                n=len(result.vacancies),
                officers=len(officer_ids),
                cells=len(cell_ids),
                named=named,
            )
        )
    return result


@dataclass(frozen=True)
class _Places:
    """Rows of the matrix, an officer as often as they may have cells, and columns, a cell as often as it has places."""

    officer: IntArray
    cell: IntArray


def _officers(officers: pd.DataFrame) -> Any:  # noqa: ANN401 - a table with or without geometry
    kept = officers[officers["role"] == "officer"] if "role" in officers.columns else officers
    if "officer_id" in kept.columns:
        return kept
    require_columns(kept, ["staff_id"], name="officers")
    return kept.rename(columns={"staff_id": "officer_id"})


def _require_counts(officers_per_cell: int, cells_per_officer: int) -> None:
    if min(officers_per_cell, cells_per_officer) < 1 or (officers_per_cell > 1 and cells_per_officer > 1):
        raise InputError(
            say(
                "officers_per_cell is {officers_per_cell} and cells_per_officer {cells_per_officer}; both are at "
                "least 1 and one of them is 1. Nothing was assigned.",
                officers_per_cell=officers_per_cell,
                cells_per_officer=cells_per_officer,
            )
        )


def _given(cost: pd.DataFrame | FloatArray, officer_ids: Sequence[str], cell_ids: Sequence[str]) -> FloatArray:
    if isinstance(cost, pd.DataFrame):
        named = cost.set_axis(cost.index.astype(str)).set_axis(cost.columns.astype(str), axis=1)
        lost = [item for item in officer_ids if item not in named.index]
        lost += [item for item in cell_ids if item not in named.columns]
        if lost:
            raise InputError(
                say("cost names no row or column for {n} ids: {ids}.", n=len(lost), ids=Joined(lost[:_NAMED]))
            )
        chosen = named.loc[list(officer_ids), list(cell_ids)]
        cost = chosen.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)  # what is no cost is missing
    prices = np.asarray(cost, dtype=np.float64)
    if prices.shape != (len(officer_ids), len(cell_ids)):
        raise InputError(
            say(
                "cost must have the shape ({rows}, {columns}); it has {shape}.",
                rows=len(officer_ids),
                columns=len(cell_ids),
                shape=prices.shape,
            )
        )
    wrong = np.argwhere(np.isnan(prices) | np.isneginf(prices))
    if len(wrong):
        pairs = Joined(
            say("{officer} and {cell}", officer=officer_ids[row], cell=cell_ids[column])
            for row, column in wrong[:_NAMED]
        )
        raise InputError(
            say("{n} costs are missing: {pairs}. Say infinity where a pair is not allowed.", n=len(wrong), pairs=pairs)
        )
    return prices


def _distances(people: Any, cells: Any, outlets: gpd.GeoDataFrame | None) -> FloatArray:  # noqa: ANN401 - see above
    if not isinstance(cells, gpd.GeoDataFrame):
        raise InputError(say("cells have no geometry to measure distances to. Give them one, or pass cost."))
    require_metric(cells, name="cells")
    homes = _homes(people, cells, outlets)
    inside = shapely.get_coordinates(shapely.point_on_surface(np.asarray(cells.geometry.array, dtype=object)))
    if len(inside) != len(cells):
        raise InputError(say("A cell has no geometry to measure distances to; nothing was assigned."))
    away: FloatArray = np.hypot(homes[:, None, 0] - inside[None, :, 0], homes[:, None, 1] - inside[None, :, 1])
    return away


def _homes(people: Any, cells: gpd.GeoDataFrame, outlets: gpd.GeoDataFrame | None) -> FloatArray:  # noqa: ANN401
    """Coordinates of each officer in m: their own point, else that of their outlet."""
    if isinstance(people, gpd.GeoDataFrame):
        require_same_crs(cells, people, names=("cells", "officers"))
        points = np.asarray(people.geometry.array, dtype=object)
    elif outlets is not None:
        require_columns(outlets, ["outlet_id"], name="outlets")
        require_same_crs(cells, outlets, names=("cells", "outlets"))
        at = dict(zip(outlets["outlet_id"].astype(str), outlets.geometry, strict=True))
        points = np.array([at.get(str(outlet_id)) for outlet_id in column_of(people, "outlet_id")], dtype=object)
    else:
        raise InputError(
            say("officers have no points to measure distances from. Give them some, or pass outlets, or cost.")
        )
    homeless = (shapely.get_type_id(points) != 0) | shapely.is_empty(points)
    if homeless.any():
        named = Joined(people["officer_id"].astype(str).to_numpy()[homeless][:_NAMED])
        raise InputError(
            say(
                "{n} officers have no point, and no outlet with one: {named}. Nothing was assigned.",
                n=int(homeless.sum()),
                named=named,
            )
        )
    coordinates: FloatArray = shapely.get_coordinates(points).reshape(-1, 2)
    return coordinates


def _same_bank(people: pd.DataFrame, cells: pd.DataFrame) -> BoolArray:
    """Which pairs are of one bank, shape (n_officers, n_cells); an unknown bank fits all."""
    banks = pd.factorize(text_column([*column_of(people, "bank_id"), *column_of(cells, "bank_id")]))[0]
    here, there = banks[: len(people), None], banks[None, len(people) :]  # -1 where unknown
    same: BoolArray = (here == there) | (here < 0) | (there < 0)
    return same


def _result(
    places: _Places,
    rows: IntArray,
    columns: IntArray,
    *,
    prices: FloatArray,
    people: pd.DataFrame,
    ids: tuple[list[str], list[str]],
) -> Assignment:
    officer, cell = places.officer[rows], places.cell[columns]
    duties = [";".join(codes_of(value)) or None for value in column_of(people, "duties")]
    table = pd.DataFrame(
        {
            "cell_id": text_column(ids[1][row] for row in cell),
            "officer_id": text_column(ids[0][row] for row in officer),
            "cost": prices[officer, cell],
            "duties": text_column(duties[row] for row in officer),
        }
    )
    vacant = np.ones(len(places.cell), dtype=np.bool_)
    vacant[columns] = False
    idle = np.setdiff1d(places.officer, officer)
    return Assignment(
        table=table.sort_values(["cell_id", "officer_id"], ignore_index=True),
        vacancies=tuple(sorted(ids[1][row] for row in places.cell[vacant])),
        unassigned=tuple(sorted(ids[0][row] for row in idle)),
        total_cost=float(prices[officer, cell].sum()),
    )
