"""Rule wellfield: nine squares about every outlet, the middle one holding it, after the old 井田 division."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import messages
from gridpart.partition._demand_layer import kept_layer, told_demand
from gridpart.partition._sites import Coincident, Outside
from gridpart.partition.rule_nearest import nearest
from gridpart.partition.rule_nest import Arrangement, nest
from gridpart.steps import step, task

if TYPE_CHECKING:
    import geopandas as gpd

    from gridpart.partition.grid import Grid

say = messages("partition")


@checked
@task("wellfield", steps=("catchments", "squares"))
def wellfield(  # noqa: PLR0913 - each policy is a choice of its own
    service_area: gpd.GeoDataFrame | gpd.GeoSeries,
    outlets: gpd.GeoDataFrame,
    *,
    units: gpd.GeoDataFrame | None = None,
    cell_size: float | None = None,
    block_size: float | None = None,
    demand: str | gpd.GeoDataFrame | None = None,
    weight: str | None = None,
    arrangement: Arrangement = "square",
    rotation: float | None = None,
    min_cell_area: float | None = None,
    coincident: Coincident = "error",
    outside: Outside = "error",
    snap_distance: float | None = None,
) -> Grid:
    """
    Lay a nine-square block about every outlet and cut it to the outlet's catchment.

    Parameters
    ----------
    service_area, outlets
        As in `nearest`, which makes the catchments.
    units
        Where demand lies: ``unit_id``, geometry and the column `demand`. Squares and fields cut them.
    cell_size
        Side of a square in m; the lattice then goes on beyond the first block. Without it every catchment has nine
        fields, the centre square a ninth of its area, the outer ones reaching its border.
    block_size
        Side of a block of nine in m, instead of `cell_size`.
    demand
        Column of the units, ``population`` where present if None; or a layer of points or polygons with weights,
        instead of units. Small cells carry their part of it; ``arrangement="equal_demand"`` cannot do without.
    weight
        Column of the weights of a demand layer, as in `balanced`.
    arrangement
        "square", or "equal_demand": the centre square and eight fields between rays, of demand as equal as the places
        of the units allow.
    rotation
        Direction of the rows in degrees anticlockwise from east; without it the main direction of the area.
    min_cell_area
        In m²; smaller remnants join the neighbour with the longest shared border. Without it a fifth of a square
        (assumed).
    coincident, outside, snap_distance
        As in `nearest`.

    Returns
    -------
    grid
        Small cells with ``parent_id`` (the catchment), ``block_id`` (the same), ``row``, ``col``, ``is_centre``.

    Raises
    ------
    InputError, CRSError, InfeasibleError
        As in `nearest`; also if sizes contradict each other or demand is missing.
    """
    if cell_size is not None and block_size is not None:
        raise InputError(say("Give cell_size or block_size, not both: a block is three cells wide."))
    side = cell_size if block_size is None else block_size / 3
    if units is not None and demand is not None and not isinstance(demand, str):
        raise InputError(
            say(
                "wellfield cuts units, so that with a demand layer they would say nothing. Leave units out, or name "
                "one of their columns as demand."
            )
        )
    step("catchments")
    catchments = nearest(service_area, outlets, coincident=coincident, outside=outside, snap_distance=snap_distance)
    options: dict[str, Any] = {"rotation": rotation, "min_cell_area": min_cell_area, "arrangement": arrangement}
    step("squares")
    small = nest(catchments, "wellfield", cell_size=side, units=units, demand=demand, weight=weight, **options)
    decisions = {name: value for name, value in catchments.provenance.items() if name not in {"rule", "by_units"}}
    catchment_options = {
        **options,
        "cell_size": side,
        "coincident": coincident,
        "outside": outside,
        "snap_distance": snap_distance,
        "demand": told_demand(demand) or ("population" if small.face_demand is not None else None),
    }
    small = small.with_(cell_size=side, arrangement=arrangement, catchments=catchment_options, **decisions)
    kept = {} if units is None else {"units": units.copy(), "demand": catchment_options["demand"], "weight": None}
    return replace(small, inputs={**kept, **kept_layer(demand, weight)})
