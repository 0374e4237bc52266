"""A grid for every bank of a project, by one rule of `gridpart.partition`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd

from gridpart import partition
from gridpart.errors import GridpartError, InputError
from gridpart.partition import Grid

_RULES = ("nearest", "admin")
"""Rules that a project can apply to all its banks."""


def grids_of(
    service_area: gpd.GeoDataFrame,
    outlets: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    *,
    rule: str,
    options: Mapping[str, Any],
) -> dict[str, Grid]:
    """
    Make a grid for every bank that has an outlet.

    Raises
    ------
    InputError
        If the rule is unknown or there is no outlet.
    """
    if rule not in _RULES:
        message = f"unknown rule {rule!r}; a project knows: {', '.join(_RULES)}."
        raise InputError(message)
    bank_ids = sorted(outlets["bank_id"].dropna().astype(str).unique()) if "bank_id" in outlets.columns else []
    if not bank_ids:
        message = "no outlet has a bank_id, so there is no bank to make a grid for."
        raise InputError(message)
    grids = {}
    for bank_id in bank_ids:
        try:
            if rule == "admin":
                grids[bank_id] = partition.admin(units, bank_id=bank_id, **{"service_area": service_area, **options})
            else:
                own = outlets[outlets["bank_id"].astype(str) == bank_id]
                chosen = {"units": None if units.empty else units, **options}
                grids[bank_id] = partition.nearest(service_area, own, **chosen)
        except GridpartError as error:
            error.args = (f"Bank {bank_id}: {error.args[0]}", *error.args[1:])
            raise
    return grids
