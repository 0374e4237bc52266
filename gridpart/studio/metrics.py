"""Live figures of a session: what every cell carries, and the grid as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from gridpart._typing import FloatArray, IntArray
from gridpart.studio._state import State


@dataclass(frozen=True)
class CellFigures:
    """
    Figures of one cell.

    Attributes
    ----------
    cell_id
        The cell.
    demand
        Sum over its faces, None if unknown.
    area_m2, perimeter_m
        Of the cell.
    compactness
        Polsby-Popper: 1 for a disc, towards 0 for thin shapes.
    n_faces, n_pieces
        Faces, and connected pieces of them.
    distance_sum, weight_sum
        Sum of weight times distance in m from the faces to the cell's outlet, and of the weights: demand, or
        area where no demand is known. Zero without outlet.
    """

    cell_id: str
    demand: float | None
    area_m2: float
    perimeter_m: float
    compactness: float
    n_faces: int
    n_pieces: int
    distance_sum: float
    weight_sum: float

    @property
    def mean_distance_m(self) -> float | None:
        """Weighted mean distance in m to the cell's outlet, None without one."""
        return self.distance_sum / self.weight_sum if self.weight_sum > 0 else None

    def as_row(self) -> dict[str, Any]:
        """Return the figures as plain values, the mean distance among them."""
        row = asdict(self)
        del row["distance_sum"], row["weight_sum"]
        return {**row, "mean_distance_m": self.mean_distance_m}


@dataclass(frozen=True, eq=True)
class Finding:
    """
    Something about a cell that a planner should know.

    Attributes
    ----------
    rule
        ``in_pieces``, ``load_high``, ``load_low`` or ``outlet_elsewhere``.
    cell_id
        The cell.
    value
        Pieces, load relative to the mean, or number of outlets elsewhere.
    """

    rule: str
    cell_id: str
    value: float


class Metrics(Mapping[str, Any]):
    """
    Figures of a whole grid by name, with those of its cells.

    Names: ``n_cells``, ``staff_need``, ``mean_demand``, ``max_over_mean_load`` (None without demand),
    ``mean_distance_m`` (None without outlets), ``mean_compactness``, ``n_in_pieces``.

    Parameters
    ----------
    figures
        By cell.
    findings
        Of all cells.
    n_physical
        Cells that need an officer.
    """

    def __init__(self, figures: Mapping[str, CellFigures], findings: Iterable[Finding], n_physical: int) -> None:
        self.by_cell = dict(figures)
        self.findings = tuple(findings)
        self._values = summary_of(figures.values(), n_physical)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a figure or None
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Metrics):
            return NotImplemented
        return self.by_cell == other.by_cell and self.findings == other.findings and self._values == other._values

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Show all figures."""
        shown = ", ".join(f"{name}={value:,.6g}" for name, value in self._values.items() if value is not None)
        return f"Metrics({shown}; {len(self.findings)} findings)"

    @property
    def cells(self) -> pd.DataFrame:
        """One row per cell: the figures of `CellFigures`, ``load`` relative to the mean and ``mean_distance_m``."""
        table = pd.DataFrame([figures.as_row() for figures in self.by_cell.values()])
        mean = self["mean_demand"]
        table["load"] = table["demand"].astype(float) / mean if mean else np.nan
        return table


def summary_of(figures: Iterable[CellFigures], n_physical: int) -> dict[str, Any]:
    """Return the figures of a whole grid from those of its cells; see `Metrics`."""
    figures = list(figures)
    demands = [item.demand for item in figures if item.demand is not None]
    known = len(demands) == len(figures) and sum(demands) > 0
    mean = sum(demands) / len(demands) if known else None
    weight = sum(item.weight_sum for item in figures)
    return {
        "n_cells": len(figures),
        "staff_need": n_physical,
        "mean_demand": mean,
        "max_over_mean_load": max(demands) / mean if mean else None,
        "mean_distance_m": sum(item.distance_sum for item in figures) / weight if weight > 0 else None,
        "mean_compactness": sum(item.compactness for item in figures) / len(figures),
        "n_in_pieces": sum(item.n_pieces > 1 for item in figures),
    }


def figures_of(state: State, cell_ids: Iterable[str]) -> dict[str, CellFigures]:
    """
    Measure cells; what is measured of a cell does not depend on which others are measured with it.

    Parameters
    ----------
    state
        State of a session.
    cell_ids
        Cells to measure.
    """
    wanted = [cell_id for cell_id in cell_ids if cell_id in state.cells]
    slot = np.full(len(state.names), -1, dtype=np.int64)
    slot[[state.number[cell_id] for cell_id in wanted]] = np.arange(len(wanted))
    group = slot[state.labels]
    faces = np.flatnonzero(group >= 0)
    mine, n = group[faces], len(wanted)

    def total(values: FloatArray) -> FloatArray:
        return np.bincount(mine, weights=values, minlength=n).astype(np.float64)

    demand, area = total(state.demand[faces]), total(state.areas[faces])
    length = total(state.ground.rim_m[faces]) + _borders(state, group, n)
    weights = state.weights[faces]
    reach = _distances(state, wanted, faces, mine)
    near = np.isfinite(reach)
    distance, weight = (
        total(np.where(near, weights * np.where(near, reach, 0.0), 0.0)),
        total(np.where(near, weights, 0.0)),
    )
    count, pieces = np.bincount(mine, minlength=n), _pieces(state, group, n)
    return {
        cell_id: CellFigures(
            cell_id,
            float(demand[row]) if state.has_demand else None,
            float(area[row]),
            float(length[row]),
            float(4 * np.pi * area[row] / length[row] ** 2),
            int(count[row]),
            int(pieces[row]),
            float(distance[row]),
            float(weight[row]),
        )
        for row, cell_id in enumerate(wanted)
    }


def _borders(state: State, group: IntArray, n: int) -> FloatArray:
    """Return the length of border that each cell shares with others, in m, shape (n,)."""
    ground = state.ground
    between = state.labels[ground.one] != state.labels[ground.two]
    one, two, border = group[ground.one[between]], group[ground.two[between]], ground.border_m[between]
    first = np.bincount(one[one >= 0], weights=border[one >= 0], minlength=n)
    second = np.bincount(two[two >= 0], weights=border[two >= 0], minlength=n)
    return (first + second).astype(np.float64)


def _distances(state: State, wanted: list[str], faces: IntArray, mine: IntArray) -> FloatArray:
    """Return the distance in m of each face to the outlet of its cell, NaN without one."""
    places = np.full((len(wanted), 2), np.nan)
    row_of = {cell_id: row for row, cell_id in enumerate(wanted)}
    for record in state.outlets.values():
        row = row_of.get(record.cell_id)
        if row is not None:
            places[row] = record.x, record.y
    away = state.middles[faces] - places[mine]
    distances: FloatArray = np.sqrt(away[:, 0] ** 2 + away[:, 1] ** 2)
    return distances


def _pieces(state: State, group: IntArray, n: int) -> IntArray:
    piece = state.ground.pieces(group)
    chosen = np.flatnonzero(piece >= 0)
    _, first = np.unique(piece[chosen], return_index=True)
    return np.bincount(group[chosen[first]], minlength=n)


def findings_of(state: State, figures: Mapping[str, CellFigures], *, tolerance: float) -> list[Finding]:
    """
    Return what a planner should know of the cells, in their order.

    Parameters
    ----------
    state
        State of a session.
    figures
        Of all cells.
    tolerance
        How far the load of a cell may be from the mean, relative to the mean.
    """
    demands = [item.demand or 0.0 for item in figures.values()]
    mean = sum(demands) / len(demands) if demands else 0.0
    strays: dict[str, int] = {}
    for outlet_id, record in state.outlets.items():
        face = state.home.get(outlet_id, -1)
        if face < 0 or state.names[state.labels[face]] != record.cell_id:
            strays[record.cell_id] = strays.get(record.cell_id, 0) + 1
    found = []
    for cell_id, item in figures.items():
        if item.n_pieces > 1:
            found.append(Finding("in_pieces", cell_id, float(item.n_pieces)))
        load = (item.demand or 0.0) / mean if mean > 0 else 1.0
        if abs(load - 1) > tolerance:
            found.append(Finding("load_high" if load > 1 else "load_low", cell_id, load))
        if cell_id in strays:
            found.append(Finding("outlet_elsewhere", cell_id, float(strays[cell_id])))
    return found
