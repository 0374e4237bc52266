"""A grid for every bank of a project, by one rule of `gridpart.partition`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np

from gridpart import partition
from gridpart.arguments import require_choice
from gridpart.errors import GridpartError, InputError
from gridpart.i18n import messages
from gridpart.partition import Grid
from gridpart.partition.layers import text_column
from gridpart.steps import counted, task

if TYPE_CHECKING:
    from gridpart.project.project import Project

say = messages("project")

_DEMANDS = ("population", "households")
"""Columns of the units that count as demand where none is named, in order."""


@task("bank_grids")
def grids_of(project: Project, outlets: gpd.GeoDataFrame, *, rule: str, options: Mapping[str, Any]) -> dict[str, Grid]:
    """
    Make a grid for every bank that has an outlet.

    Parameters
    ----------
    project
        Its layers are what the rule is given, unless `options` say otherwise.
    outlets
        Those that are open.
    rule
        One of `RULES`.
    options
        Passed on to the rule.

    Raises
    ------
    InputError
        If the rule is unknown, does not take an option, lacks a layer, there is no outlet, or one has no bank.
    """
    require_choice(rule, RULES, name="rule")
    if outlets.empty or "bank_id" not in outlets.columns:
        raise InputError(say("no outlet has a bank_id, so there is no bank to make a grid for."))
    banks = np.array(text_column(outlets, "bank_id", name="outlets"), dtype=object)
    grids = {}
    for bank_id in counted("bank_grids", sorted(set(banks.tolist()))):
        own = outlets[banks == bank_id]
        try:
            grids[bank_id] = RULES[rule](project, bank_id, own, dict(options))
        except GridpartError as error:
            error.reword(say("Bank {bank_id}: {error}", bank_id=bank_id, error=error))
            raise
        except TypeError as error:
            if "keyword argument" not in str(error):
                raise
            raise InputError(
                say("rule {rule!r} does not take these options: {error}.", rule=rule, error=error)
            ) from error
    return grids


def _nearest(project: Project, _bank_id: str, own: gpd.GeoDataFrame, options: dict[str, Any]) -> Grid:
    return partition.nearest(project.service_area, own, **{"units": _units_or_none(project), **options})


def _admin(project: Project, bank_id: str, own: gpd.GeoDataFrame, options: dict[str, Any]) -> Grid:
    options = {"service_area": project.service_area, "bank_id": bank_id, "outlets": own, **options}
    return partition.admin(_units(project, "admin"), **options)


def _aggregate(project: Project, _bank_id: str, own: gpd.GeoDataFrame, options: dict[str, Any]) -> Grid:
    options = {"service_area": project.service_area, "demand": _demand(project), **options}
    return partition.aggregate(_units(project, "aggregate"), own, **options)


def _balanced(project: Project, _bank_id: str, own: gpd.GeoDataFrame, options: dict[str, Any]) -> Grid:
    if project.units.empty and "demand" not in options:
        options = {"demand": "area", **options}
    options = {"units": _units_or_none(project), "demand": _demand(project), **options}
    return partition.balanced(project.service_area, own, **options)


def _travel_time(project: Project, _bank_id: str, own: gpd.GeoDataFrame, options: dict[str, Any]) -> Grid:
    if options.get("polygons", "units") == "units":
        options = {"units": _units_or_none(project), **options}
    roads = options.pop("roads", project.roads)
    return partition.travel_time(project.service_area, own, roads, **options)


def _wellfield(project: Project, _bank_id: str, own: gpd.GeoDataFrame, options: dict[str, Any]) -> Grid:
    named = options.get("demand", _demand(project))
    wanted = options.get("arrangement") == "equal_demand"
    # a demand layer takes the place of units, which squares cut
    if isinstance(named, str) and (wanted or (not project.units.empty and named in project.units.columns)):
        options = {"units": _units_or_none(project), "demand": named, **options}
    return partition.wellfield(project.service_area, own, **options)


def _nest(project: Project, bank_id: str, _own: gpd.GeoDataFrame, options: dict[str, Any]) -> Grid:
    if bank_id not in project.grids:
        raise InputError(say("there is no grid of big cells to nest in. Make one first, by another rule."))
    within: partition.NestRule = options.pop("within", "wellfield")
    if within in ("admin", "aggregate"):
        options = {"units": _units_or_none(project), **options}
    if within == "aggregate":
        options = {"demand": _demand(project), **options}
    return partition.nest(project.grids[bank_id], within, **options)


RULES: dict[str, Callable[[Project, str, gpd.GeoDataFrame, dict[str, Any]], Grid]] = {
    "nearest": _nearest,
    "admin": _admin,
    "aggregate": _aggregate,
    "balanced": _balanced,
    "travel_time": _travel_time,
    "wellfield": _wellfield,
    "nest": _nest,
}
"""Rules that a project can apply to all its banks."""


def _units(project: Project, rule: str) -> gpd.GeoDataFrame:
    if project.units.empty:
        raise InputError(say("rule {rule!r} joins units, but the project has none.", rule=rule))
    return project.units


def _units_or_none(project: Project) -> gpd.GeoDataFrame | None:
    return None if project.units.empty else project.units


def _demand(project: Project) -> str:
    """Return the column of the units that is shared out where none is named."""
    return next((name for name in _DEMANDS if name in project.units.columns), _DEMANDS[0])
