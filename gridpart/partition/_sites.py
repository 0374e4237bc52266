"""Which outlets anchor cells: those outside and those at one place are treated by stated policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import geopandas as gpd
import numpy as np
import scipy
import shapely

from gridpart._typing import FloatArray, IntArray
from gridpart.arguments import require_choice
from gridpart.coverage import connected_components
from gridpart.errors import InfeasibleError, InputError
from gridpart.i18n import Joined, clauses, messages
from gridpart.partition.layers import list_places, point_coordinates, require_columns, text_column, text_ids

say = messages("partition")

Coincident = Literal["error", "merge", "split"]
Outside = Literal["error", "ignore", "snap"]

COINCIDENT_M = 1e-6
"""Outlets at most this far apart, in m, stand at one place: no cell between them could be drawn."""


@dataclass(frozen=True, eq=False)
class Sites:
    """
    The outlets that anchor cells.

    Attributes
    ----------
    outlet_ids, bank_ids
        Sorted by outlet id, so that nothing depends on the order of rows, shape (n_outlets,).
    points
        Places in m, shape (n_outlets, 2).
    place
        Number of each outlet's place; coincident outlets share it, shape (n_outlets,).
    given
        The outlets in the order in which they were given, shape (n_outlets,).
    decisions
        What the policies did, for the provenance.
    """

    outlet_ids: tuple[str, ...]
    bank_ids: tuple[str, ...]
    points: FloatArray
    place: IntArray
    given: IntArray
    decisions: dict[str, Any]

    def __len__(self) -> int:
        """Return the number of outlets."""
        return len(self.outlet_ids)

    @property
    def cell_ids(self) -> list[str]:
        """Ids of the outlets' cells; they outlive the closing and opening of other outlets."""
        return [
            outlet if outlet.startswith(bank) else f"{bank}-{outlet}"
            for outlet, bank in zip(self.outlet_ids, self.bank_ids, strict=True)
        ]


def sites_of(
    outlets: gpd.GeoDataFrame,
    area: shapely.Geometry,
    service_area: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    coincident: Coincident,
    outside: Outside,
    snap_distance: float | None,
) -> Sites:
    """
    Choose the outlets that anchor cells.

    Raises
    ------
    InputError
        If ids repeat, a policy is unknown, outlets lie outside or at one place and the policy is "error".
    InfeasibleError
        If no outlet is left.
    """
    require_choice(coincident, get_args(Coincident), name="coincident")
    require_choice(outside, get_args(Outside), name="outside")
    if snap_distance is not None and not snap_distance >= 0:
        raise InputError(
            say("snap_distance must be a length in metres, zero or more; {metres!r} was given.", metres=snap_distance)
        )
    require_columns(outlets, ["outlet_id", "bank_id"], name="outlets")
    ids = text_ids(outlets, "outlet_id", name="outlets")
    banks = text_column(outlets, "bank_id", name="outlets")
    points = point_coordinates(outlets, service_area, ids, name="outlets")
    kept, points, decisions = _inside(points, ids, area, outside=outside, snap_distance=snap_distance)
    if len(kept) == 0:
        none = say("None of the {n} outlets lies in the service area", n=len(ids)) if ids else say("outlets has no row")
        raise InfeasibleError(say("{none}, so there is no cell to draw.", none=none))
    row = np.array(sorted(kept.tolist(), key=lambda row: ids[row]), dtype=np.int64)
    ids, banks, points = [ids[i] for i in row], [banks[i] for i in row], points[row]
    place = _places(points)
    kept = _one_per_place(ids, points, place, coincident=coincident, decisions=decisions)
    return Sites(
        outlet_ids=tuple(ids[i] for i in kept),
        bank_ids=tuple(banks[i] for i in kept),
        points=points[kept],
        place=np.unique(place[kept], return_inverse=True)[1].ravel(),
        given=np.argsort(row[kept]),
        decisions=decisions,
    )


def _inside(
    points: FloatArray, ids: Sequence[str], area: shapely.Geometry, *, outside: Outside, snap_distance: float | None
) -> tuple[IntArray, FloatArray, dict[str, Any]]:
    """Return the rows kept, the points with those outside moved, and what was done."""
    shapes = shapely.points(points)
    shapely.prepare(area)
    distance = shapely.distance(area, shapes)
    away = distance > COINCIDENT_M
    everyone = np.arange(len(points))
    if not away.any():
        return everyone, points, {}
    told = list_places(ids, away, points, distance)
    if outside == "error":
        raise InputError(
            say(
                "{n} of {of} outlets lie outside the service area: {told}. Nothing was changed. Correct them, or "
                'choose outside="ignore", or outside="snap" with snap_distance in m.',
                n=int(away.sum()),
                of=len(ids),
                told=told,
            )
        )
    listed = {ids[row]: float(distance[row]) for row in np.flatnonzero(away).tolist()}
    if outside == "ignore":
        return everyone[~away], points, {"outside_ignored": listed}
    if snap_distance is None or not (distance <= snap_distance).all():
        limit = say("no snap_distance was given")
        if snap_distance is not None:
            limit = say("snap_distance is {metres:g} m", metres=snap_distance)
        raise InputError(
            say(
                'outside="snap": {limit}, but outlets lie outside the service area: {told}. Nothing was changed.',
                limit=limit,
                told=told,
            )
        )
    moved = points.copy()
    nearest = shapely.get_point(shapely.shortest_line(area, shapes[away]), 0)
    moved[away] = shapely.get_coordinates(nearest)
    return everyone, moved, {"outside_snapped": listed}


def _places(points: FloatArray) -> IntArray:
    pairs = scipy.spatial.cKDTree(points).query_pairs(COINCIDENT_M, output_type="ndarray")
    return connected_components(len(points), pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64))


def _one_per_place(
    ids: Sequence[str], points: FloatArray, place: IntArray, *, coincident: Coincident, decisions: dict[str, Any]
) -> IntArray:
    """Return the rows kept: all of them, or the lowest id at each place."""
    crowded = np.flatnonzero(np.bincount(place) > 1)
    groups = [np.flatnonzero(place == number).tolist() for number in crowded]
    if not groups:
        return np.arange(len(ids))
    if coincident == "error":
        told = [
            say(
                "{ids} at ({x:.3f}, {y:.3f})",
                ids=Joined(ids[row] for row in group),
                x=points[group[0], 0],
                y=points[group[0], 1],
            )
            for group in groups[:8]
        ]
        raise InputError(
            say(
                "{n} places hold more than one outlet (at most {metres:g} m apart): {told}. Nothing was changed. "
                'Correct them, or choose coincident="merge" (lowest id owns the cell) or "split" (equal sectors).',
                n=len(groups),
                metres=COINCIDENT_M,
                told=Joined(told, clauses),
            )
        )
    listed = {ids[group[0]]: [ids[row] for row in group[1:]] for group in groups}
    if coincident == "split":
        decisions["coincident_split"] = listed
        return np.arange(len(ids))
    decisions["coincident_merged"] = listed
    dropped = {row for group in groups for row in group[1:]}
    return np.array([row for row in range(len(ids)) if row not in dropped], dtype=np.int64)
