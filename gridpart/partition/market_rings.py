"""Market rings: which ring of the market a branch belongs to, and figures by ring."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.geo import require_metric
from gridpart.i18n import Joined, messages
from gridpart.partition.grid import Grid
from gridpart.partition.layers import point_coordinates, text_ids

say = messages("partition")

RINGS = ("urban_core", "middle_ring", "outer_ring", "rural")
"""Rings from the centre outwards; the outer ring is the urban-rural fringe."""


@checked
def rings(
    outlets: gpd.GeoDataFrame,
    *,
    column: str = "ring",
    centre: shapely.Point | None = None,
    limits_m: Sequence[float] | None = None,
    names: Sequence[str] = RINGS,
) -> pd.Series:
    """
    Give every branch its ring: from the branch table, or by its distance from a centre.

    Parameters
    ----------
    outlets
        ``outlet_id``, points in a metric CRS; the column of rings where no centre is given.
    column
        Column that holds the ring.
    centre, limits_m
        Middle of the city and the distances in m at which one ring ends and the next begins, ascending, one fewer than
        `names`. A branch at the very distance belongs to the inner ring. No plan gives these distances.
    names
        Rings from the centre outwards.

    Returns
    -------
    ring
        By ``outlet_id``, in the order of the outlets.

    Raises
    ------
    InputError
        If a branch has no ring or an unknown one, or centre and limits do not fit together.
    CRSError
        If the CRS is missing or not metric.
    """
    ids = text_ids(outlets, "outlet_id", name="outlets")
    if (centre is None) != (limits_m is None):
        raise InputError(say("centre and limits_m belong together; only one of them was given."))
    if centre is not None and limits_m is not None:
        require_metric(outlets, name="outlets")
        limits = np.asarray(limits_m, dtype=np.float64)
        if len(limits) != len(names) - 1 or not (np.diff(limits) > 0).all() or not (limits > 0).all():
            raise InputError(
                say(
                    "limits_m must be {n} ascending distances above 0 m for {rings} rings.",
                    n=len(names) - 1,
                    rings=len(names),
                )
            )
        points = point_coordinates(outlets, outlets, ids, name="outlets")
        distance = np.hypot(*(points - np.array([centre.x, centre.y])).T)
        found = np.array(names, dtype=object)[np.searchsorted(limits, distance, side="left")]
    else:
        if column not in outlets.columns:
            raise InputError(say("outlets needs the column {column}, or give a centre and limits_m.", column=column))
        found = outlets[column].to_numpy(dtype=object)
        wrong = [
            say("{id}: {value}", id=name, value=ring)
            for name, ring in zip(ids, found, strict=True)
            if ring not in names
        ]
        if wrong:
            raise InputError(
                say(
                    "{n} branches have no ring of {names}: {wrong}.",
                    n=len(wrong),
                    names=Joined(names),
                    wrong=Joined(wrong[:8]),
                )
            )
    return pd.Series(found, index=pd.Index(ids, name="outlet_id"), name="ring", dtype=object)


@checked
def ring_totals(grid: Grid, ring: pd.Series) -> pd.DataFrame:
    """
    Add up a grid by ring.

    Parameters
    ----------
    grid
        Cells with ``outlet_id``.
    ring
        Ring by ``outlet_id``, as `rings` returns it.

    Returns
    -------
    totals
        By ring, in order of first appearance in `RINGS`, others after them: ``n_outlets``, ``n_cells``, ``area_m2``,
        ``demand``. They add up to those of the grid.

    Raises
    ------
    InputError
        If the outlet of a cell has no ring; cells are named.
    """
    cells = grid.cells
    own = cells["outlet_id"].map(ring)
    if own.isna().any():
        named = Joined(cells["cell_id"][own.isna()][:8])
        raise InputError(
            say("{n} cells have an outlet without ring, or none: {named}.", n=int(own.isna().sum()), named=named)
        )
    groups = cells.assign(ring=own).groupby("ring", sort=False)
    totals = pd.DataFrame(
        {
            "n_outlets": groups["outlet_id"].nunique(),
            "n_cells": groups.size(),
            "area_m2": groups["area_m2"].sum(),
            "demand": groups["demand"].sum(min_count=1),
        }
    )
    order = [*RINGS, *sorted(set(totals.index) - set(RINGS))]
    return totals.loc[[name for name in order if name in totals.index]]
