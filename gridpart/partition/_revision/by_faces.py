"""Whole faces that change hands: units, faces of road nodes, street blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.errors import InfeasibleError
from gridpart.i18n import Joined, messages
from gridpart.partition._cut import cut_faces, face_at
from gridpart.partition._revision.land import Land
from gridpart.partition._revision.transfer import Carve, Share, grown_from
from gridpart.partition.apportion import share_by_weight
from gridpart.partition.nearness import nearest_place
from gridpart.partition.roads import RoadNetwork

say = messages("partition")

Chooser = Callable[[FloatArray, Sequence[str], FloatArray], IntArray]
"""Which seat (ids and places) each point belongs to by the rule, shape (n_points,)."""


def nearest_seat(points: FloatArray, ids: Sequence[str], seats: FloatArray) -> IntArray:
    """Choose by straight distance, ties to the lowest id."""
    return nearest_place(ids, seats, points)[0]


def first_by_road(network: RoadNetwork) -> Chooser:
    """Return a chooser by road, and by straight distance where no road leads."""

    def choose(points: FloatArray, ids: Sequence[str], seats: FloatArray) -> IntArray:
        order = np.array(sorted(range(len(ids)), key=lambda row: ids[row]), dtype=np.int64)
        rank, _ = network.nearest_of(network.nearest_nodes(seats)[order])
        found = rank[network.nearest_nodes(points)]
        return np.where(found >= 0, order[found], nearest_seat(points, ids, seats))

    return choose


def sharing(choose: Chooser) -> Share:
    """Return a way to hand whole faces to the cells beside them."""

    def share(land: Land, rows: IntArray, heirs: Sequence[str]) -> tuple[Land, BoolArray]:
        won = choose(_middles(land, rows), heirs, land.seats(heirs))
        fresh = np.zeros(len(land.cell), dtype=np.bool_)
        fresh[rows] = True
        return land.relabelled(rows, np.array(heirs, dtype=object)[won]), fresh

    return share


def carving(choose: Chooser, *, shared_units: str) -> Carve:
    """Return a way to give an outlet the whole faces that the rule would give to it."""

    def carve(land: Land, name: str) -> Land:
        land = _own_home(land, name, shared_units=shared_units)
        ids = sorted(land.outlets)
        cells = [land.outlets[other].cell_id for other in ids]
        everywhere = np.arange(len(land.cell))
        owner = choose(_middles(land, everywhere), ids, land.seats(cells))
        return grown_from(land, name, _unsettled(land, name) & (owner == ids.index(name)), joined=True)

    return carve


def _middles(land: Land, rows: IntArray) -> FloatArray:
    points: FloatArray = shapely.get_coordinates(shapely.point_on_surface(land.coverage.polygons[rows]))
    return points


def _homes(land: Land) -> dict[int, list[str]]:
    """Return the outlets in each face that holds any."""
    names = sorted(land.outlets)
    homes: dict[int, list[str]] = {}
    places = np.array([land.outlets[name].point for name in names])
    for name, face in zip(names, face_at(land.coverage, places).tolist(), strict=True):
        if face >= 0:
            homes.setdefault(face, []).append(name)
    return homes


def _unsettled(land: Land, name: str) -> BoolArray:
    """Tell which faces hold no other outlet: an outlet's own face stays with it."""
    free = np.ones(len(land.cell), dtype=np.bool_)
    for face, names in _homes(land).items():
        free[face] = names == [name]
    return free


def _own_home(land: Land, name: str, *, shared_units: str) -> Land:
    """Cut the face an outlet stands in if others stand there too, or refuse."""
    face, together = next((item for item in _homes(land).items() if name in item[1]), (-1, [name]))
    if len(together) == 1:
        return land
    told = say("face {face}", face=face) if land.unit_ids is None else str(land.unit_ids[face])
    if shared_units == "error":
        raise InfeasibleError(
            say(
                "Outlet {name} opens in {told}, which holds {together} already. Nothing was changed.",
                name=name,
                told=told,
                together=Joined(together),
            )
        )
    places = np.array([land.outlets[other].point for other in together])
    gap = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) + np.where(np.eye(len(places)), np.inf, 0)
    if gap.min() <= 1e-6:
        raise InfeasibleError(
            say(
                "Outlet {name} opens at the place of another of {together}. Nothing was changed.",
                name=name,
                together=Joined(together),
            )
        )
    cut = cut_faces(land.coverage, {face: places})
    cells = np.array([land.outlets[other].cell_id for other in together], dtype=object)
    cell = land.cell[cut.source]
    cell[cut.site >= 0] = cells[cut.site[cut.site >= 0]]
    return replace(
        land,
        coverage=cut.coverage,
        cell=cell,
        unit_ids=None if land.unit_ids is None else land.unit_ids[cut.source],
        demand=None if land.demand is None else share_by_weight(land.demand, cut.source, cut.coverage.areas),
        zone=None if land.zone is None else land.zone[cut.source],
    )
