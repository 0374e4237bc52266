"""Land that changes hands: a closing outlet's goes to its neighbours, an opening one takes from cells it touches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from gridpart._typing import BoolArray, IntArray
from gridpart.errors import InfeasibleError
from gridpart.i18n import Joined, messages
from gridpart.partition._contiguity import pieces_of, settle
from gridpart.partition._cut import face_at
from gridpart.partition._revision.land import Land, Outlet, clusters_of

say = messages("partition")

Share = Callable[[Land, IntArray, Sequence[str]], tuple[Land, BoolArray]]
"""Hands some faces to some cells beside them, and tells which faces of the new land these are now."""

Carve = Callable[[Land, str], Land]
"""Gives an outlet that has no land yet its land."""


@dataclass(frozen=True)
class Diff:
    """Outlets that close and open, by id; one that moves is in both."""

    closed: Mapping[str, Outlet]
    opened: Mapping[str, Outlet]

    def __bool__(self) -> bool:
        """Tell whether anything changes."""
        return bool(self.closed or self.opened)


def transferred(land: Land, diff: Diff, *, share: Share, carve: Carve, joined: bool) -> Land:
    """
    Revise land by closing some outlets and then opening others.

    Parameters
    ----------
    land
        Before.
    diff
        What closes and opens.
    share, carve
        How the rule does it.
    joined
        Whether pieces that are cut off join a cell that they touch.

    Raises
    ------
    InfeasibleError
        If no outlet would be left, or an outlet finds no land.
    """
    gone = {outlet.cell_id for outlet in diff.closed.values()}
    gone |= {cell for cell, row in land.facts.items() if row["outlet_id"] in diff.closed}
    staying = {name: outlet for name, outlet in land.outlets.items() if name not in diff.closed}
    if not staying and diff.opened:
        # everything is new: the first outlet to open holds all the land, the others carve theirs from it
        first = min(diff.opened)
        cell_id = diff.opened[first].cell_id
        land = replace(
            land, cell=np.full(len(land.cell), cell_id, dtype=object), facts=with_fact(land, first, diff.opened[first])
        )
        land = replace(land, outlets={first: diff.opened[first]})
        diff = Diff({}, {name: outlet for name, outlet in diff.opened.items() if name != first})
        gone = set()
    elif not staying:
        raise InfeasibleError(say("No outlet is open at that date, so there is no cell to draw."))
    else:
        land = replace(land, outlets=staying)
    for cluster in clusters_of(land, gone):
        land = _given_away(land, cluster, gone, share=share, joined=joined)
    land = replace(land, facts={cell: row for cell, row in land.facts.items() if cell not in gone})
    for name in sorted(diff.opened):
        outlet = diff.opened[name]
        land = replace(land, facts=with_fact(land, name, outlet), outlets={**land.outlets, name: outlet})
        land = carve(land, name)
        if not (land.cell == outlet.cell_id).any():
            raise InfeasibleError(say("The cell of outlet {name} would have no land. Nothing was changed.", name=name))
    lost = sorted(set(land.facts) - set(land.cell.astype(str)))
    if lost:
        raise InfeasibleError(
            say(
                "{n} cells would keep no land beside the outlets that open: {lost}. Nothing was changed. Draw the "
                "whole grid again with its rule, or open the outlet elsewhere.",
                n=len(lost),
                lost=Joined(lost[:8]),
            )
        )
    return land


def with_fact(land: Land, name: str, outlet: Outlet) -> dict[str, Mapping[str, Any]]:
    """Return the facts of all cells with those of the cell of an outlet that opens."""
    pattern = next(iter(land.facts.values()))
    fact = dict.fromkeys(pattern) | {"level": pattern["level"], "kind": pattern["kind"]}
    fact |= {"bank_id": outlet.bank_id, "outlet_id": name, "zone_class": outlet.zone}
    return {**land.facts, outlet.cell_id: fact}


def _given_away(land: Land, cluster: Sequence[str], gone: set[str], *, share: Share, joined: bool) -> Land:
    """Hand the land of cells that close together to the cells around it."""
    rows = land.faces_of(cluster)
    heirs = [cell for cell in land.beside(cluster) if cell not in gone]
    if not heirs:  # alone on its island: the cell of the nearest outlet
        island = shapely.geometrycollections(land.coverage.polygons[rows])
        others = sorted(outlet.cell_id for outlet in land.outlets.values())
        gap = shapely.distance(island, shapely.points(land.seats(others)))
        heirs = [others[int(np.argmin(gap))]]
    if len(heirs) == 1:
        return land.relabelled(rows, heirs[0])
    shared, fresh = share(land, rows, heirs)
    return _joined(shared, fresh) if joined else shared


def _joined(land: Land, loose: BoolArray) -> Land:
    """Let pieces of loose faces that do not touch the rest of their cell join the neighbour with the longest border."""
    names, label = np.unique(land.cell.astype(str), return_inverse=True)
    settled, _ = settle(land.coverage, label.ravel().astype(np.int64), np.flatnonzero(~loose))
    return replace(land, cell=names.astype(object)[settled])


def grown_from(land: Land, name: str, wanted: BoolArray, *, joined: bool, start: int | None = None) -> Land:
    """
    Give an outlet that opens the faces it wants, as far as they hang together with the face it stands in.

    Parameters
    ----------
    land
        Before; final faces.
    name
        The outlet.
    wanted
        Faces that the rule gives to it, shape (n_faces,).
    joined
        Whether what it cuts off from other cells joins it too.
    start
        Face to start from; the one that the outlet stands in if None.
    """
    outlet = land.outlets[name]
    home = int(face_at(land.coverage, np.array([outlet.point]))[0]) if start is None else start
    if home < 0:
        home = int(shapely.STRtree(land.coverage.polygons).nearest(shapely.Point(outlet.point)))
    wanted = wanted.copy()
    wanted[home] = True
    piece = pieces_of(land.coverage, wanted.astype(np.int64))
    mine = wanted & (piece == piece[home])
    if not joined:
        return land.relabelled(np.flatnonzero(mine), outlet.cell_id)
    before = pieces_of(land.coverage, np.unique(land.cell.astype(str), return_inverse=True)[1].ravel())
    taken = land.relabelled(np.flatnonzero(mine), outlet.cell_id)
    return _without_scraps(taken, before, outlet.cell_id)


def _without_scraps(land: Land, before: IntArray, cell_id: str) -> Land:
    """Give to a cell what it cut off: of what was one piece, all but the part with the outlet or the largest."""
    names, label = np.unique(land.cell.astype(str), return_inverse=True)
    after = pieces_of(land.coverage, label.ravel())
    area = np.bincount(after, land.coverage.areas)
    cell, seats = land.cell.copy(), {outlet.cell_id: outlet.point for outlet in land.outlets.values()}
    touched = {str(name) for name in names} & {cell_id, *land.beside([cell_id])}
    for name in sorted(touched - {cell_id}):
        rows = np.flatnonzero(label.ravel() == int(np.searchsorted(names, name)))
        for old in np.unique(before[rows]):
            parts = np.unique(after[rows[before[rows] == old]])
            if len(parts) == 1:
                continue
            kept = _seat_part(land, rows, after, seats.get(name))
            if kept not in parts:
                kept = int(parts[np.argmax(area[parts])])
            cell[rows[(before[rows] == old) & (after[rows] != kept)]] = cell_id
    return replace(land, cell=cell)


def _seat_part(land: Land, rows: IntArray, piece: IntArray, seat: tuple[float, float] | None) -> int:
    """Return the piece that holds a cell's outlet or comes nearest to it, -1 where it has none."""
    if seat is None:
        return -1
    gap = shapely.distance(land.coverage.polygons[rows], shapely.Point(seat))
    return int(piece[rows[np.argmin(gap)]])
