"""Rule aggregate: whole units gathered to connected cells of equal demand, each around its outlet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray, GeometryArray, IntArray
from gridpart.arguments import checked, require_choice
from gridpart.errors import InfeasibleError, InputError, NotReachedError
from gridpart.i18n import Joined, Message, clauses, messages
from gridpart.partition._aggregate.ground import Ground, ground_of
from gridpart.partition._aggregate.officers import Staffed, officer_counts, solve_staffed
from gridpart.partition._aggregate.problem import Problem
from gridpart.partition._aggregate.proof import Bottleneck
from gridpart.partition._barriers import barrier_shapes
from gridpart.partition._build import Faces, bank_of, build_grid
from gridpart.partition._cells import anchor_frame
from gridpart.partition._cut import face_at
from gridpart.partition._demand_layer import column_of, measured_on
from gridpart.partition._sites import Outside, Sites, sites_of
from gridpart.partition._units import faces_of_units
from gridpart.partition.grid import Grid
from gridpart.steps import step, task

say = messages("partition")

SharedUnits = Literal["error", "merge"]

_ROUNDING = 1e-9
"""A cell that holds the tolerance exactly must not miss it by arithmetic."""

_NAMED = 8
"""How many ids a message names before it counts the rest."""


@checked
@task("aggregate", steps=("units", "bounds", "balance", "travel", "proof"))
def aggregate(  # noqa: PLR0913 - each policy is a choice of its own
    units: gpd.GeoDataFrame,
    outlets: gpd.GeoDataFrame,
    *,
    demand: str | gpd.GeoDataFrame = "households",
    weight: str | None = None,
    tolerance: float = 0.10,
    barriers: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    officers: Mapping[str, int] | pd.Series[int] | int | None = None,
    shared_units: SharedUnits = "error",
    service_area: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    outside: Outside = "error",
    snap_distance: float | None = None,
) -> Grid:
    """
    Gather whole units to connected cells of equal demand, one around each outlet, with little travel.

    The travel of the grid is compared with the optimum of the transport problem without contiguity, in which
    units may be cut; no grid within the tolerance travels less. The call ends in one of three ways: a grid;
    an `InfeasibleError` with the bottleneck that proves that there is none; a `NotReachedError` that holds the
    best grid found and the cells that miss the tolerance.

    Parameters
    ----------
    units
        ``unit_id``, polygons in a metric CRS that share borders exactly, and the column `demand`.
    outlets
        ``outlet_id``, ``bank_id``, points in the same CRS.
    demand
        Column of `units`, at least 0 everywhere; or a layer of points or polygons with weights, summed by unit.
    weight
        Column of the weights of a demand layer, as in `balanced`.
    tolerance
        Largest deviation of a cell's demand from the mean of all cells, relative to it.
    barriers
        Rivers, ridges: lines or polygons. No cell crosses one, except to land that has no outlet on its own side.
    officers
        How many officers an outlet has, by ``outlet_id``, 1 where not given; or one number for all. Every officer
        has a cell of the same demand, and ``outlet_id`` of the cell is the owner.
    shared_units
        What to do where a unit holds several outlets: raise, or let the lowest id own the cell of all
        (their officers together).
    service_area
        What the cells must cover exactly; if None, the union of the units.
    outside
        What to do with outlets outside the service area: raise, leave them out, or move those within
        `snap_distance` (m) to the nearest place inside.
    snap_distance
        Largest move, in m.

    Returns
    -------
    grid
        One cell per officer, in the order of `outlets`. ``provenance`` holds ``imbalance`` (largest relative
        deviation), ``travel`` and ``lower_bound`` (demand times m, straight lines), ``gap`` (travel over bound, less
        1), the same ``…_by_units`` along the unit graph, and every exclave, bridge and lifted barrier.

    Raises
    ------
    InfeasibleError
        If no grid can hold the tolerance (the bottleneck is named), or a unit holds several outlets.
    NotReachedError
        If no grid within the tolerance was found and none is ruled out.
    InputError
        If a column is missing, an id repeats, a demand is negative, or an option is unknown.
    CRSError
        If a CRS is missing, not metric, or they differ.
    CertificateError
        If the units do not partition the service area.

    Notes
    -----
    The same input gives the same grid. Exclaves (parts of the land without outlet) join the nearest land with one;
    their cells are the only ones in several parts, and are listed.
    """
    _require_options(tolerance, shared_units)
    step("units")
    faces = faces_of_units(units, demand=column_of(demand, units=units, weight=weight))
    boundary = faces.coverage.boundary()
    area = gpd.GeoSeries([boundary], crs=units.crs) if service_area is None else service_area
    told: dict[str, Any] = {}
    faces = measured_on(faces, demand, weight=weight, service_area=area, decisions=told)
    sites = sites_of(outlets, boundary, area, coincident="split", outside=outside, snap_distance=snap_distance)
    decisions = told | {key: value for key, value in sites.decisions.items() if key != "coincident_split"}
    counts = officer_counts(officers, sites.outlet_ids)
    anchors = _anchors(sites, faces, counts, shared_units=shared_units, decisions=decisions)
    closed = barrier_shapes(barriers, units, name="units")
    ground = ground_of(faces.coverage, anchors.homes, closed)
    decisions |= _ground_decisions(ground, faces)
    staffed = _solve(faces, sites, anchors, ground, tolerance=tolerance)
    grid = _grid(faces, sites, anchors, staffed, service_area=area, decisions=decisions, options={
        "demand": demand if isinstance(demand, str) else "layer", "tolerance": tolerance, "officers": staffed.n_cells,
        "policies": {
            "coincident": "merge", "outside": outside, "snap_distance": snap_distance, "shared_units": shared_units,
        },
    })  # fmt: skip
    grid = replace(grid, inputs={"barriers": closed} if len(closed) else {})
    if not staffed.solution.reached:
        _raise_not_reached(grid, tolerance)
    return grid


@dataclass(frozen=True, eq=False)
class _Anchors:
    """Outlets that own cells: their rows in the sites, their units, and how many cells each has."""

    rows: IntArray
    homes: IntArray
    counts: IntArray


def _require_options(tolerance: float, shared_units: str) -> None:
    require_choice(shared_units, get_args(SharedUnits), name="shared_units")
    if not 0 <= tolerance < np.inf:
        raise InputError(
            say("tolerance is {tolerance}; a finite number of at least 0 is expected.", tolerance=tolerance)
        )


def _anchors(
    sites: Sites, faces: Faces, counts: IntArray | None, *, shared_units: SharedUnits, decisions: dict[str, Any]
) -> _Anchors:
    """Find the unit of each outlet and merge or refuse outlets that share one."""
    home = face_at(faces.coverage, sites.points)
    off = np.flatnonzero(home < 0)
    if len(off):  # on the rim of the area, within the tolerance of a point there
        home[off] = shapely.STRtree(faces.coverage.polygons).nearest(shapely.points(sites.points[off]))
    groups: dict[int, list[int]] = {}
    for row in range(len(sites)):
        groups.setdefault(int(home[row]), []).append(row)
    shared = {unit: rows for unit, rows in sorted(groups.items()) if len(rows) > 1}
    if shared and shared_units == "error":
        _raise_shared(sites, faces, shared)
    if shared:
        decisions["outlets_merged"] = {
            sites.outlet_ids[rows[0]]: [sites.outlet_ids[row] for row in rows[1:]] for rows in shared.values()
        }
    kept = np.array(sorted(rows[0] for rows in groups.values()), dtype=np.int64)
    if counts is None:
        return _Anchors(kept, home[kept], np.ones(len(kept), dtype=np.int64))
    total = {rows[0]: int(counts[rows].sum()) for rows in groups.values()}
    return _Anchors(kept, home[kept], np.array([total[row] for row in kept.tolist()], dtype=np.int64))


def _raise_shared(sites: Sites, faces: Faces, shared: Mapping[int, list[int]]) -> None:
    ids = faces.unit_ids or ()
    told = [
        say("{name} holds {ids}", name=ids[unit], ids=Joined(sites.outlet_ids[row] for row in rows))
        for unit, rows in list(shared.items())[:_NAMED]
    ]
    raise InfeasibleError(
        say(
            "{n} units hold more than one outlet: {told}. A unit is never cut, so only one of them can own it. No "
            'grid was made. Choose shared_units="merge" (the lowest id owns the cell), or move or leave out outlets.',
            n=len(shared),
            told=Joined(told, clauses),
        )
    )


def _ground_decisions(ground: Ground, faces: Faces) -> dict[str, Any]:
    """Tell what was done about barriers and exclaves, with unit ids."""
    ids = faces.unit_ids or ()
    told: dict[str, Any] = {}
    if len(ground.barred):
        told["borders_barred"] = len(ground.barred)
    if len(ground.lifted):
        told["barriers_lifted"] = [[ids[one], ids[two]] for one, two in ground.lifted.tolist()]
    if ground.exclaves:
        told["exclaves"] = [
            {"units": [ids[unit] for unit in part.tolist()], "joined_from": ids[one], "to": ids[two]}
            for part, (one, two) in zip(ground.exclaves, ground.bridges.tolist(), strict=True)
        ]
    return told


def _solve(faces: Faces, sites: Sites, anchors: _Anchors, ground: Ground, *, tolerance: float) -> Staffed:
    """Solve, and where the tolerance was missed, look for the reason."""
    assert faces.demand is not None  # noqa: S101 - the column was named, so it was read
    if faces.demand.sum() <= 0:
        raise InputError(
            say(
                "The demand of all {n} units together must be positive; it is {total:g}.",
                n=len(faces.demand),
                total=faces.demand.sum(),
            )
        )
    problem = Problem(
        points=ground.points,
        demand=faces.demand,
        edges=ground.edges,
        outlets=sites.points[anchors.rows],
        homes=anchors.homes,
        tolerance=tolerance + _ROUNDING,
        shares=anchors.counts.astype(np.float64),
    )
    staffed = solve_staffed(problem, anchors.counts)
    if staffed.solution.obstacle is not None:
        _raise_infeasible(staffed.solution.obstacle, faces, [sites.outlet_ids[row] for row in anchors.rows], tolerance)
    return staffed


def _listed(names: list[str]) -> Message:
    named = Joined(names[:_NAMED])
    return say("{names} and {n} more", names=named, n=len(names) - _NAMED) if len(names) > _NAMED else named


def _raise_infeasible(found: Bottleneck, faces: Faces, outlet_ids: list[str], tolerance: float) -> None:
    ids = faces.unit_ids or ()
    units, gates = [ids[unit] for unit in found.units], [ids[unit] for unit in found.gates]
    outlets = [outlet_ids[row] for row in found.outlets]
    values = {
        "n": len(units),
        "units": _listed(units),
        "outlets": _listed(outlets),
        "needed": found.needed,
        "possible": found.possible,
        "through": say(" through {gates}", gates=_listed(gates)) if gates else "",
        "own": say("outlets {ids} among them", ids=_listed(outlets)) if outlets else say("no outlet among them"),
    }
    if found.kind == "too_large":
        why = say("units {units} alone hold up to {needed:,.1f}; a cell may hold {possible:,.1f}", **values)
    elif found.kind == "starved":
        why = say(
            "{n} units ({units}; {own}) hold {needed:,.1f}, but cells within the tolerance can take only "
            "{possible:,.1f} of it{through}",
            **values,
        )
    else:
        why = say(
            "outlets {outlets} need {needed:,.1f}, but the {n} units they can reach past the other outlets "
            "({units}){through} give only {possible:,.1f}",
            **values,
        )
    raise InfeasibleError(
        say(
            "No grid can hold the tolerance of {tolerance:.1%}: {why}. No grid was made. Widen the tolerance, move "
            "or add an outlet there, or lift a barrier.",
            tolerance=tolerance,
            why=why,
        )
    )


def _grid(
    faces: Faces,
    sites: Sites,
    anchors: _Anchors,
    staffed: Staffed,
    *,
    service_area: gpd.GeoDataFrame | gpd.GeoSeries,
    decisions: dict[str, Any],
    options: dict[str, Any],
) -> Grid:
    """Build and certify the grid with its figures."""
    solution, owner = staffed.solution, anchors.rows[staffed.owner]
    all_ids, several = sites.cell_ids, np.bincount(staffed.owner)[staffed.owner] > 1
    number = np.arange(len(owner)) - np.searchsorted(staffed.owner, staffed.owner) + 1
    cell_ids = [f"{all_ids[row]}-{number[c]}" if several[c] else all_ids[row] for c, row in enumerate(owner)]
    outlet_ids = [sites.outlet_ids[row] for row in owner]
    banks = [sites.bank_ids[row] for row in owner]
    cells = pd.DataFrame({"cell_id": cell_ids, "bank_id": banks, "outlet_id": outlet_ids}, dtype=object)
    place = np.argsort(sites.given)
    order, seats = np.argsort(place[owner], kind="stable"), np.argsort(place[anchors.rows])
    rows, homes = anchors.rows[seats], anchors.homes[seats]
    points: GeometryArray = shapely.points(sites.points[rows])
    return build_grid(
        faces,
        np.argsort(order)[solution.labels],
        cells=cells.iloc[order].reset_index(drop=True),
        service_area=service_area,
        bank_id=bank_of(banks),
        provenance={"rule": "aggregate", **options, **_figures(staffed), **decisions},
        outlets=anchor_frame(
            [sites.outlet_ids[row] for row in rows],
            [cell_ids[cell] for cell in solution.labels[homes]],
            points,
            crs=service_area.crs,
        ),
    )


def _figures(staffed: Staffed) -> dict[str, Any]:
    solution = staffed.solution
    return {
        "reached": solution.reached,
        "imbalance": solution.deviation,
        "travel": solution.travel,
        "lower_bound": solution.bound,
        "gap": _gap(solution.travel, solution.bound),
        "travel_by_units": solution.travel_by_units,
        "lower_bound_by_units": solution.bound_by_units,
        "gap_by_units": _gap(solution.travel_by_units, solution.bound_by_units),
        "starts": solution.starts,
        "rounds": solution.rounds,
    }


def _gap(travel: float, bound: float) -> float | None:
    return travel / bound - 1.0 if bound > 0 else None


def _raise_not_reached(grid: Grid, tolerance: float) -> None:
    cells = grid.cells
    mean = float(cells["demand"].mean())
    deviation: FloatArray = (cells["demand"].to_numpy() - mean) / mean
    missing = cells.assign(deviation=deviation).loc[
        np.abs(deviation) > tolerance + _ROUNDING, ["cell_id", "demand", "deviation"]
    ]
    missing = missing.sort_values("deviation", key=np.abs, ascending=False, kind="stable").reset_index(drop=True)
    told = Joined(
        say("{id} ({share:+.1%})", id=row.cell_id, share=row.deviation) for row in missing.head(_NAMED).itertuples()
    )
    raise NotReachedError(
        say(
            "The tolerance of {tolerance:.1%} was not reached: {n} of {of} cells miss it: {told}. That there is "
            "none is not proved. `error.grid` holds the most even grid found (connected, certified), "
            "`error.missing` the cells that miss. Widen the tolerance, or move or leave out an outlet there.",
            tolerance=tolerance,
            n=len(missing),
            of=len(cells),
            told=told,
        ),
        grid=grid,
        missing=missing,
    )
