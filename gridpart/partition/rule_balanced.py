"""Rule balanced: cells of equal demand, as near to their outlets as equal cells can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gridpart._typing import FloatArray, IntArray
from gridpart.arguments import checked
from gridpart.coverage import SNAP_M, Coverage, cut_to_area, power_cells
from gridpart.errors import CoverageError, InfeasibleError, InputError, NotReachedError
from gridpart.i18n import Joined, messages
from gridpart.partition._aggregate.ground import points_within
from gridpart.partition._assign import grid_of_outlets, joined_up
from gridpart.partition._build import Faces
from gridpart.partition._cut import face_at
from gridpart.partition._demand_layer import demand_within, kept_layer
from gridpart.partition._sites import Coincident, Outside, Sites, sites_of
from gridpart.partition._transport import Transport, balance_prices
from gridpart.partition._transport_demand import Density, PointDemand, demand_of
from gridpart.partition._transport_density import density_edges
from gridpart.partition._transport_points import balance_points, nearest_cells
from gridpart.partition._transport_start import equal_places, first_prices, sample_demand
from gridpart.partition._units import faces_of_units
from gridpart.partition.grid import Grid
from gridpart.partition.layers import area_of
from gridpart.steps import step, task

say = messages("partition")

_RESIDUAL = 1e-9
"""Deviation from the mean at which continuous demand counts as balanced."""


@checked
@task("balanced", steps=("demand", "prices", "proof"))
def balanced(  # noqa: PLR0913 - each policy is a choice of its own
    service_area: gpd.GeoDataFrame | gpd.GeoSeries,
    outlets: gpd.GeoDataFrame,
    *,
    demand: str | gpd.GeoDataFrame,
    tolerance: float = 0.05,
    units: gpd.GeoDataFrame | None = None,
    weight: str | None = None,
    whole_units: bool | None = None,
    contiguous: bool = False,
    coincident: Coincident = "error",
    outside: Outside = "error",
    snap_distance: float | None = None,
) -> Grid:
    """
    Give every outlet a cell with the same demand, with the least squared distance to travel.

    Each outlet gets a price, and a place belongs to the outlet with the least squared distance minus price. The prices
    at which all cells hold equal demand are found by semi-discrete optimal transport [1]_. Borders are straight and may
    cut units, or follow units with `whole_units` (`aggregate` keeps such cells connected and within the tolerance, or
    says why not). An outlet in a crowded place may stand outside its own cell: such outlets
    are listed under ``outlets_away`` in ``grid.provenance``. 1,000 outlets take about a second, 2,500 six; time and
    memory for the first prices grow with the cube and the square of their number.

    Parameters
    ----------
    service_area
        Polygons in a metric CRS; holes, islands and bays are fine.
    outlets
        ``outlet_id``, ``bank_id``, points in the same CRS.
    demand
        What is shared out: "area"; a column of `units`, spread evenly over each unit; a layer of polygons that do not
        overlap, or of points, with a column of weights. Weights are at least 0. What a polygon holds outside the area
        is moved to its part inside. With a layer, `units` only say where borders may run.
    tolerance
        Deviation from the mean, as a share of it, that is accepted. Continuous demand is balanced to 1e-6 or
        better wherever the method converges; points can be as far off as the heaviest of them.
    units
        ``unit_id`` and polygons, with the column that `demand` names if it names one.
    weight
        Column of the weights of a demand layer; if None, ``weight``, ``demand``, ``population``, ``households`` or the
        only column with numbers.
    whole_units
        Whether units go whole to one cell, each with all its demand, by a point inside; they must then partition the
        service area. If None, they do where `demand` is not a column of theirs, for then they are given for nothing
        else. Cells are as equal as whole units allow; those beyond the tolerance are in the provenance.
    contiguous
        Whether a piece that is cut off from its outlet's cell (by a bay, an exclave) joins the neighbour with the
        longest shared border. That costs balance; what is left of it is in the provenance.
    coincident
        Outlets at most 1e-6 m apart: "error", or "merge" to one cell of the lowest id.
    outside
        Outlets outside the area: "error"; "ignore"; "snap" to the border within `snap_distance` m.
    snap_distance
        In m, for ``outside="snap"``.

    Returns
    -------
    grid
        One cell per outlet in the order given. ``grid.provenance`` holds the ``prices`` in m² by outlet, ``steps`` and
        ``evaluations``, the ``residual`` of the method, the ``max_deviation`` of the delivered cells (measured on them,
        as a share of ``mean_demand``), the cells ``beyond_tolerance``, and ``outlets_away``.

    Raises
    ------
    InputError
        If a layer cannot be used, demand lies outside the area, or a policy is "error" and the case occurs.
    CRSError
        If a CRS is missing, in degrees or differs.
    InfeasibleError
        If no outlet is left, outlets stand too close together to tell their cells apart, or whole units leave a cell
        without any; outlets are named.
    NotReachedError
        If continuous demand stays beyond the tolerance; it carries the best grid.

    References
    ----------
    .. [1] Kitagawa, J., Mérigot, Q. and Thibert, B. (2019). Convergence of a Newton algorithm for semi-discrete optimal
       transport. Journal of the European Mathematical Society 21, 2603-2651.

    Examples
    --------
    >>> import geopandas as gpd, gridpart as gp, shapely
    >>> area = gpd.GeoSeries([shapely.box(0, 0, 200, 100)], crs=4546)
    >>> outlets = gpd.GeoDataFrame(
    ...     {"outlet_id": ["a", "b"], "bank_id": "A"}, geometry=gpd.points_from_xy([10, 30], [50, 50]), crs=4546
    ... )
    >>> grid = gp.partition.balanced(area, outlets, demand="area")
    >>> grid.cells[["cell_id", "demand"]].round(3).values.tolist(), grid.provenance["outlets_away"]
    ([['A-a', 10000.0], ['A-b', 10000.0]], ['b'])
    """
    _require_options(tolerance, coincident)
    area = area_of(service_area)
    sites = sites_of(outlets, area, service_area, coincident=coincident, outside=outside, snap_distance=snap_distance)
    step("demand")
    held = demand_of(demand, weight=weight, units=units, service_area=service_area, area=area)
    step("prices")
    whole = _whole(demand, units, whole_units)
    # sums are rounded by the order they are taken in: always the same one, so that bytes do not depend on that of rows
    order = np.lexsort(sites.points.T)
    seats = sites.points[order]
    if units is not None and whole:
        faces = _whole_faces(held, units, demand)
        transport, labels = _share_units(faces, seats, area, names=[sites.outlet_ids[row] for row in order])
    else:
        transport, coverage, labels = _draw(held, seats, area)
        faces = Faces(coverage, demand=demand_within(held, coverage, whole=False))
    labels, prices = order[labels], transport.prices[np.argsort(order)]
    decisions: dict[str, Any] = {**sites.decisions, **held.decisions}
    if contiguous:
        labels = joined_up(faces, labels, sites, decisions)
    provenance = {
        "rule": "balanced",
        "demand": demand if isinstance(demand, str) else "layer",
        "tolerance": tolerance,
        "contiguous": contiguous,
        "whole_units": whole,
        "policies": {"coincident": coincident, "outside": outside, "snap_distance": snap_distance},
        **decisions,
        **_balance_figures(faces, labels, sites, tolerance),
        "prices": dict(zip(sites.outlet_ids, prices.tolist(), strict=True)),
        "steps": transport.steps,
        "evaluations": transport.evaluations,
        "residual": transport.residual,
        "outlets_away": _outlets_away(sites, faces.coverage, labels),
    }
    inputs = kept_layer(demand, weight)
    if isinstance(demand, str) and units is not None and not whole:
        inputs = kept_layer(units, demand)
    grid = grid_of_outlets(faces, labels, sites, service_area=service_area, provenance=provenance, inputs=inputs)
    if isinstance(held, Density) and not whole and transport.residual > tolerance:
        _raise_not_reached(grid, provenance)
    return grid


def _whole(demand: str | gpd.GeoDataFrame, units: gpd.GeoDataFrame | None, whole_units: bool | None) -> bool:  # noqa: FBT001 - an option passed on
    """Tell whether borders follow units, and refuse units that would say nothing."""
    by_column = units is not None and isinstance(demand, str) and demand in units.columns
    whole = (units is not None and not by_column) if whole_units is None else whole_units
    if whole and units is None:
        raise InputError(say("whole_units=True needs units: none were given, so there is nothing to keep whole."))
    if units is not None and not whole and not by_column:
        raise InputError(
            say(
                "units would say nothing: whole_units is False and demand is not one of their columns. Leave units "
                "out, or whole_units, so that borders follow them."
            )
        )
    return whole


def _whole_faces(held: Density | PointDemand, units: gpd.GeoDataFrame, demand: str | gpd.GeoDataFrame) -> Faces:
    """Return units with what each holds."""
    if isinstance(demand, str) and demand in units.columns:
        return faces_of_units(units, demand=demand)
    faces = faces_of_units(units)
    return replace(faces, demand=demand_within(held, faces.coverage, whole=True))


def _share_units(
    faces: Faces, seats: FloatArray, area: shapely.Geometry, *, names: Sequence[str]
) -> tuple[Transport, IntArray]:
    """Return the solution for units that stand whole at a point inside, prices in m², and the outlet of each unit."""
    assert faces.demand is not None  # noqa: S101 - whole units were given theirs
    points = points_within(faces.coverage.polygons)
    used = faces.demand > 0
    places, number = np.unique(points[used], axis=0, return_inverse=True)
    held = PointDemand(places, np.bincount(number.ravel(), faces.demand[used]).astype(np.float64))
    frame = _Frame.around(area, seats)
    try:
        found = _solve(held, seats, frame)
    except CoverageError as error:
        raise InfeasibleError(
            say("Balanced cells could not be drawn between these outlets. {error}", error=error)
        ) from error
    local = frame.local(seats)
    labels = nearest_cells(local, frame.local(points), found.prices, 1)[:, 0]
    bare = np.setdiff1d(np.arange(len(seats)), labels)
    if len(bare):
        named = Joined(names[row] for row in bare[:8])
        raise InfeasibleError(
            say(
                "{n} outlets would have no whole unit: {named}. No grid was made. Let borders cut units "
                "(whole_units=False), or choose `aggregate`, which gives every outlet its own unit.",
                n=len(bare),
                named=named,
            )
        )
    return replace(found, prices=found.prices * frame.radius**2), labels


def _draw(
    held: Density | PointDemand, seats: FloatArray, area: shapely.Geometry
) -> tuple[Transport, Coverage, IntArray]:
    """Return the solution with prices in m², the faces of the cells and the outlet of each."""
    frame = _Frame.around(area, seats)
    try:
        found = _solve(held, seats, frame)
        transport = replace(found, prices=found.prices * frame.radius**2)
        # reach is to the corners of the frame
        reach = float(np.hypot(frame.radius, frame.radius))
        cells = power_cells(seats, transport.prices, middle=frame.middle, reach=reach, tolerance=SNAP_M)
        coverage, labels = cut_to_area(cells, area)
    except CoverageError as error:
        raise InfeasibleError(
            say("Balanced cells could not be drawn between these outlets. {error}", error=error)
        ) from error
    return transport, coverage, labels


@dataclass(frozen=True)
class _Frame:
    """Origin and unit of length of the solver: all that matters lies in the square of half side 1."""

    middle: FloatArray
    radius: float

    @classmethod
    def around(cls, area: shapely.Geometry, points: FloatArray) -> _Frame:
        bounds = np.array(shapely.bounds(area)).reshape(2, 2)
        middle = bounds.mean(axis=0)
        radius = max(np.abs(bounds - middle).max(), np.abs(points - middle).max())
        return cls(middle, float(radius))

    def local(self, points: FloatArray) -> FloatArray:
        return (points - self.middle) / self.radius


def _require_options(tolerance: float, coincident: str) -> None:
    if not tolerance > 0:
        raise InputError(
            say("tolerance is {tolerance!r}; it must be above 0, as a share of the mean demand.", tolerance=tolerance)
        )
    if coincident == "split":
        raise InputError(say('coincident="split" is not for balanced cells: choose "error" or "merge".'))


def _solve(held: Density | PointDemand, seats: FloatArray, frame: _Frame) -> Transport:
    """Find the prices of the outlets, from a matching with equal shares of the demand."""
    n = len(seats)
    local = frame.local(seats)
    if n == 1:
        return Transport(np.zeros(1), np.ones(1), 0, 0)
    if isinstance(held, PointDemand):
        if len(held.points) < n:
            raise InfeasibleError(
                say(
                    "There are {n} outlets but only {places} places with demand. No grid was made.",
                    n=n,
                    places=len(held.points),
                )
            )
        return balance_points(local, frame.local(held.points), held.weights)
    edges = density_edges(held.coverage, held.demand, middle=frame.middle, radius=frame.radius, n_cells=n)
    points, weights = sample_demand(held.coverage, held.demand, n_cells=n)
    places = equal_places(frame.local(points), weights, n_cells=n)
    return balance_prices(local, edges, first_prices(local, places), residual=_RESIDUAL)


def _outlets_away(sites: Sites, coverage: Coverage, labels: IntArray) -> list[str]:
    """Return the outlets that stand outside their own cell, or on its border by the lower cell."""
    home = face_at(coverage, sites.points)
    return [sites.outlet_ids[row] for row, face in enumerate(home) if face < 0 or labels[face] != row]


def _balance_figures(faces: Faces, labels: IntArray, sites: Sites, tolerance: float) -> dict[str, Any]:
    """Return mean demand, the largest deviation from it and the cells beyond the tolerance."""
    demand = np.bincount(labels, weights=faces.demand, minlength=len(sites))
    mean = float(demand.mean())
    deviation = demand / mean - 1
    beyond = np.flatnonzero(np.abs(deviation) > tolerance)
    return {
        "mean_demand": mean,
        "max_deviation": float(np.abs(deviation).max()),
        "beyond_tolerance": {sites.cell_ids[row]: float(deviation[row]) for row in beyond},
    }


def _raise_not_reached(grid: Grid, provenance: dict[str, Any]) -> None:
    cells = grid.cells[["cell_id", "demand"]].copy()
    cells["deviation"] = cells["demand"] / provenance["mean_demand"] - 1
    missing = cells[cells["cell_id"].isin(provenance["beyond_tolerance"])]
    raise NotReachedError(
        say(
            "Balance was not reached: after {steps} steps {n} of {of} cells are beyond the tolerance of "
            "{tolerance:g}, the worst by {deviation:.3g}. The best grid is in `error.grid`, the cells that miss in "
            "`error.missing`.",
            steps=provenance["steps"],
            n=len(missing),
            of=len(cells),
            tolerance=provenance["tolerance"],
            deviation=provenance["max_deviation"],
        ),
        grid=grid,
        missing=missing,
    )
