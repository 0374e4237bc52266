"""Revising a grid when outlets open, close or move: only the neighbourhood concerned changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.geo import require_same_crs
from gridpart.i18n import messages
from gridpart.partition._owners import owned_by_outlets
from gridpart.partition._revision.changes import CHANGE_COLUMNS, changes_between, demand_moved, is_local
from gridpart.partition._revision.land import land_of
from gridpart.partition._revision.methods import Given, missing, passed_on, shares_faces, step_back
from gridpart.partition._revision.opening import active_outlets, diff_of
from gridpart.partition._revision.records import record_of
from gridpart.partition._sites import sites_of
from gridpart.partition.grid import Grid
from gridpart.partition.rule_nearest import nearest
from gridpart.partition.rule_wellfield import wellfield
from gridpart.steps import step, task
from gridpart.tables import day_of

if TYPE_CHECKING:
    import networkx as nx

    from gridpart.partition.roads import RoadNetwork

say = messages("partition")

__all__ = ["CHANGE_COLUMNS", "revise"]


@checked
@task("revise", steps=("changes", "neighbourhood", "comparing"))
def revise(
    grid: Grid,
    outlets: gpd.GeoDataFrame,
    *,
    as_of: str | date | pd.Timestamp | None = None,
    units: gpd.GeoDataFrame | None = None,
    demand: str | gpd.GeoDataFrame | None = None,
    weight: str | None = None,
    roads: nx.Graph[Any] | RoadNetwork | None = None,
    barriers: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
) -> tuple[Grid, pd.DataFrame]:
    """
    Draw a grid again for the outlets of a date; only the neighbourhood of what changes is touched.

    The neighbourhood of an outlet is its cell and the cells that share a border with it: before, if it closes; after,
    if it opens; both, if it moves; the nearest outlet's, if it closes alone on an island. All other cells keep id and
    geometry bit for bit. How the land is shared within the neighbourhood depends on the rule:

    - nearest: as the rule would draw the whole grid, where that stays within the neighbourhood. It always does unless
      pieces cut off by a bay or an exclave had gone to third cells; these then keep them. With ``contiguous=False`` it
      is always the whole rule, and cells that gain or lose land across water count as neighbours.
    - travel_time: a closing outlet's faces go to the neighbour reached first; an opening one takes what is nearer.
    - aggregate: the cells concerned are solved again as a county of their own (of an outlet with several cells, all);
      where an outlet opens, these are the cell it opens in and those beside that.
    - balanced: a closing outlet's land is cut so that its neighbours come even; an opening one gets a convex piece that
      holds as much as the cells around it on average.
    - admin: cells stay; their owners change.
    - wellfield: drawn again. Small cells of the catchments concerned change; those that touch them may get vertices.
    - reconciled, given, or redrawn by hand: by straight distance.

    Where outlets return to where they were before an earlier revision, that is taken back: the same bytes.

    Parameters
    ----------
    grid
        Made by any rule but `nest`, whose big cells are revised and nested again.
    outlets
        All outlets, past and future: ``outlet_id``, ``bank_id``, points; ``valid_from`` and ``valid_to`` where known.
        Rows of other banks are left out.
    as_of
        Date. An outlet is open from ``valid_from`` to the day before ``valid_to``. None takes all rows as open.
    units
        Units as drawn, for a grid of rule nearest by units. None puts them together from the grid's faces; a unit that
        was cut between outlets then keeps the vertices of the cut. For balanced and wellfield: those with `demand`.
    demand, weight, roads, barriers
        What the rule read, as in its call. A grid remembers them until it is saved; one from a file needs them again.

    Returns
    -------
    revised
        The next version, as a draft. Its provenance tells the land and demand that change cells, and for balanced and
        aggregate how even cells still are (``max_deviation`` or ``imbalance``, ``beyond_tolerance``).
    changes
        One row per cell that opened, closed, moved, was reshaped or has another owner: ``cell_id``, ``outlet_id``,
        ``change``, ``area_before_m2``, ``area_after_m2``, ``demand_before``, ``demand_after``; sorted by ``cell_id``.
        Empty if nothing changed.

    Raises
    ------
    InputError
        If the grid cannot be revised or what its rule read is missing, or outlets cannot be used; ids are named.
    InfeasibleError
        If no outlet is open at the date, or one would have no land.
    """
    step("changes")
    rule = str(grid.provenance.get("rule"))
    _require_revisable(grid, rule)
    require_same_crs(grid.cells, outlets, names=("grid", "outlets"))
    active = active_outlets(outlets, grid, as_of)
    day = day_of(as_of, name="as_of")
    given = Given.of(grid, units=units, demand=demand, weight=weight, roads=roads, barriers=barriers)
    step("neighbourhood")
    if rule == "admin" and "nested_in" not in grid.provenance:
        plain = {name: value for name, value in grid.provenance.items() if name not in _OWNERS}
        drawn = owned_by_outlets(replace(grid, provenance=plain), active)
    elif rule == "wellfield":
        drawn = _wellfield_again(grid, active, given)
    else:
        drawn = _neighbourhood(grid, active, given, units=units)
    step("comparing")
    revised = drawn.with_(
        version=grid.version + 1,
        status="draft",
        revised_from=grid.digest,
        as_of=None if day is None else day.isoformat(),
        area_moved_m2=float(grid.compare(drawn)["area_m2"].sum()),
        demand_moved=demand_moved(grid, drawn),
    )
    return revised, changes_between(grid, revised)


_OWNERS = ("cells_without_outlet", "outlets_outside")
"""What a provenance says of owners."""


def _require_revisable(grid: Grid, rule: str) -> None:
    """Refuse grids that no change of outlets concerns, or whose big cells are to be revised."""
    nested = "nested_in" in grid.provenance and "catchments" not in grid.provenance
    if nested or (rule == "wellfield" and "catchments" not in grid.provenance):
        raise InputError(
            say(
                "This grid of rule {rule} is nested in big cells. Revise the grid of the big cells, then nest "
                "again. Nothing was changed.",
                rule=rule,
            )
        )
    if len(grid.outlets) == 0:
        raise InputError(
            say(
                "This grid of rule {rule} knows no outlets that could close or move. Make it with outlets= (admin, "
                "reconcile, Grid.from_cells take them). Nothing was changed.",
                rule=rule,
            )
        )


def _neighbourhood(grid: Grid, active: gpd.GeoDataFrame, given: Given, *, units: gpd.GeoDataFrame | None) -> Grid:
    """Draw the neighbourhood again: by the whole rule where that is as near, else by passing land on."""
    area = gpd.GeoSeries([grid.drawn_area or grid.service_area.geometry.iloc[0]], crs=grid.crs)
    policies = {**_POLICIES, **grid.provenance.get("policies", {})}
    shared_units = str(policies.pop("shared_units", "cut"))
    sites = sites_of(active, area.iloc[0], area, **policies)
    land = land_of(grid)
    diff = diff_of(land, sites, grid.provenance)
    records = list(grid.provenance.get("revisions", ()))
    step = step_back(grid, land, diff, records)
    if step.left and grid.provenance["rule"] == "nearest" and "redrawn_from" not in grid.provenance:
        if grid.provenance.get("demand") == "layer" and grid.face_ids is None and given.demand is None:
            raise missing(str(grid.provenance["rule"]), say("demand"))
        drawn = nearest(
            area,
            active,
            units=_units(grid, units),
            contiguous=bool(grid.provenance["contiguous"]),
            shared_units="error" if shared_units == "error" else "cut",
            **given.layer(units_known=grid.face_ids is not None),
            **policies,
        )
        closed, opened = ([outlet.cell_id for outlet in side.values()] for side in (diff.closed, diff.opened))
        if not grid.provenance["contiguous"] or is_local(grid, drawn, closed, opened):
            records.append(record_of(land, land_of(drawn), diff, {}, by_faces=shares_faces(grid)))
            return replace(drawn.with_(demand=grid.provenance.get("demand"), revisions=records), inputs=grid.inputs)
    return passed_on(grid, step, sites, given=given, shared_units=shared_units)


_POLICIES: Mapping[str, Any] = {"coincident": "error", "outside": "error", "snap_distance": None}


def _units(grid: Grid, units: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame | None:
    """Return the units that a grid was made of, as given or put together where they were cut, with their demand."""
    if grid.face_ids is None:
        return None
    ids = np.array(grid.face_ids, dtype=object)
    names, first, unit = np.unique(ids.astype(str), return_index=True, return_inverse=True)
    demand = None
    if grid.face_demand is not None:
        demand = np.bincount(unit.ravel(), weights=grid.face_demand, minlength=len(names))
    if units is not None:
        if demand is None or set(units["unit_id"].astype(str)) != set(names.tolist()):
            return units
        known = dict(zip(names.tolist(), demand.tolist(), strict=True))
        return units.assign(population=[known[name] for name in units["unit_id"].astype(str)])
    _, shapes = grid.coverage.dissolve(unit.ravel())
    table: dict[str, Any] = {"unit_id": names}
    if demand is not None:
        table["population"] = demand
    if grid.face_zone is not None:
        table["zone_class"] = np.array(grid.face_zone, dtype=object)[first]
    # in the order of the faces, so that nothing depends on the names
    order = np.argsort(first)
    frame = gpd.GeoDataFrame(table, geometry=shapes, crs=grid.crs)
    return frame.iloc[order].reset_index(drop=True)


def _wellfield_again(grid: Grid, active: gpd.GeoDataFrame, given: Given) -> Grid:
    """Lay the squares again: catchments that stay have the same ones."""
    area = gpd.GeoSeries([grid.drawn_area or grid.service_area.geometry.iloc[0]], crs=grid.crs)
    options = dict(grid.provenance["catchments"])
    if options.pop("demand") is not None and given.demand is None:
        raise InputError(
            say(
                "The demand that this grid of rule wellfield was drawn with is not kept in a file. Give it again: "
                "units= and demand= as in its call. Nothing was changed."
            )
        )
    drawn = wellfield(area, active, units=given.units, demand=given.demand, weight=given.weight, **options)
    return replace(drawn, drawn_area=grid.drawn_area)
