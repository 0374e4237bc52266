"""Rule aggregate within the cells concerned: they are solved again as a county of their own, all others stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import shapely

from gridpart._typing import GeometryArray
from gridpart.coverage import Coverage
from gridpart.errors import InfeasibleError
from gridpart.i18n import Joined, messages
from gridpart.partition._aggregate.ground import ground_of
from gridpart.partition._aggregate.officers import solve_staffed
from gridpart.partition._aggregate.problem import Problem
from gridpart.partition._cut import face_at
from gridpart.partition._revision.land import Land
from gridpart.partition._revision.transfer import Diff, with_fact

say = messages("partition")

_ROUNDING = 1e-9


def solved_again(land: Land, diff: Diff, *, tolerance: float, barriers: GeometryArray) -> Land:
    """
    Solve the cells of outlets that close or open, and those beside them, again.

    Parameters
    ----------
    land
        Whole units.
    diff
        What closes and opens.
    tolerance
        Deviation from the mean of the cells concerned that is aimed at; the most even cells found are taken.
    barriers
        As in `aggregate`.

    Raises
    ------
    InfeasibleError
        If no outlet is left, two stand in one unit, or there are fewer units than cells.
    """
    staying = {name: outlet for name, outlet in land.outlets.items() if name not in diff.closed}
    outlets = {**staying, **diff.opened}
    if not outlets:
        raise InfeasibleError(say("No outlet is open at that date, so there is no cell to draw."))
    homes = _homes(land, Diff({}, outlets))
    zones = _zones(land, diff, homes, staying)
    for zone in zones:
        land = _solved(land, zone, homes, outlets, diff, tolerance=tolerance, barriers=barriers)
    kept = {cell: row for cell, row in land.facts.items() if row["outlet_id"] in outlets}
    return replace(land, outlets=outlets, facts=kept)


def _homes(land: Land, diff: Diff) -> dict[str, int]:
    """Return the unit of each outlet; two in one are refused."""
    names = sorted(diff.opened)
    places = np.array([diff.opened[name].point for name in names])
    face = face_at(land.coverage, places)
    off = np.flatnonzero(face < 0)
    if len(off):
        face[off] = shapely.STRtree(land.coverage.polygons).nearest(shapely.points(places[off]))
    units, count = np.unique(face, return_counts=True)
    for unit in units[count > 1].tolist():
        both = Joined(name for name, row in zip(names, face.tolist(), strict=True) if row == unit)
        told = unit if land.unit_ids is None else land.unit_ids[unit]
        raise InfeasibleError(
            say(
                "Outlets {both} would stand in one unit, {told}, which is never cut. Nothing was changed.",
                both=both,
                told=told,
            )
        )
    return dict(zip(names, face.tolist(), strict=True))


def _zones(land: Land, diff: Diff, homes: Mapping[str, int], staying: Iterable[str]) -> list[set[str]]:
    """Return the cells to solve again together: those concerned and beside them, joined where they share any."""
    concerned = [{cell for cell, row in land.facts.items() if row["outlet_id"] == name} for name in diff.closed]
    concerned += [{str(land.cell[homes[name]])} for name in diff.opened]
    zones: list[set[str]] = []
    for cells in concerned:
        zone = _whole_outlets(land, cells | set(land.beside(cells)))
        for other in [one for one in zones if one & zone]:
            zone |= other
            zones.remove(other)
        zones.append(zone)
    opening = {str(land.cell[homes[name]]) for name in diff.opened}
    alone = [zone for zone in zones if not zone & opening and not _owners(land, zone) & set(staying)]
    for zone in alone:
        zone.update(_nearest_cells(land, zone, set(staying)))
    return sorted(zones, key=min)


def _owners(land: Land, cells: Iterable[str]) -> set[str]:
    return {land.facts[cell]["outlet_id"] for cell in cells}


def _whole_outlets(land: Land, cells: set[str]) -> set[str]:
    owners = _owners(land, cells)
    return {cell for cell, row in land.facts.items() if row["outlet_id"] in owners}


def _nearest_cells(land: Land, zone: set[str], staying: set[str]) -> set[str]:
    """Return the cells of the outlet nearest to an island whose outlets all close."""
    island = shapely.geometrycollections(land.coverage.polygons[land.faces_of(zone)])
    names = sorted(staying)
    gap = shapely.distance(island, shapely.points(np.array([land.outlets[name].point for name in names])))
    return _whole_outlets(land, {land.outlets[names[int(np.argmin(gap))]].cell_id})


def _solved(
    land: Land,
    zone: set[str],
    homes: Mapping[str, int],
    outlets: Mapping[str, object],
    diff: Diff,
    *,
    tolerance: float,
    barriers: GeometryArray,
) -> Land:
    rows = land.faces_of(zone)
    inside = set(rows.tolist())
    names = [name for name in sorted(outlets) if homes[name] in inside]
    cells = [_cells_of(land, name, diff) for name in names]
    counts = np.array([len(one) for one in cells], dtype=np.int64)
    if counts.sum() > len(rows):
        raise InfeasibleError(
            say(
                "Outlets {names} have {cells} cells but {n} units. Nothing was changed.",
                names=Joined(names[:8]),
                cells=counts.sum(),
                n=len(rows),
            )
        )
    assert land.demand is not None  # noqa: S101 - the rule sums a column
    demand = land.demand[rows]
    coverage = Coverage.from_polygons(land.coverage.polygons[rows])
    home = np.searchsorted(rows, [homes[name] for name in names])
    ground = ground_of(coverage, home, barriers)
    places = np.array([(diff.opened.get(name) or land.outlets[name]).point for name in names])
    problem = Problem(
        points=ground.points,
        demand=demand if demand.sum() > 0 else coverage.areas,
        edges=ground.edges,
        outlets=places,
        homes=home,
        tolerance=tolerance + _ROUNDING,
        shares=counts.astype(np.float64),
    )
    labels = solve_staffed(problem, counts).solution.labels
    ids = np.array([cell for one in cells for cell in one], dtype=object)
    for name in names:
        if name in diff.opened:
            land = replace(land, facts=with_fact(land, name, diff.opened[name]))
    return land.relabelled(rows, ids[labels])


def _cells_of(land: Land, name: str, diff: Diff) -> list[str]:
    """Return the cells of an outlet, the one it stands in first as the solver has it."""
    if name in diff.opened:
        return [diff.opened[name].cell_id]
    return [cell for cell, row in land.facts.items() if row["outlet_id"] == name]
