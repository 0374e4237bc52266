"""From faces and a preference to cells: outlets' own faces, shared faces, loose pieces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray, GeometryArray, IntArray
from gridpart.coverage import Coverage
from gridpart.errors import InfeasibleError
from gridpart.i18n import Joined, clauses, messages
from gridpart.partition._build import Faces, bank_of, build_grid
from gridpart.partition._cells import anchor_frame
from gridpart.partition._contiguity import settle
from gridpart.partition._cut import around, cut_faces, face_at
from gridpart.partition._sites import Sites
from gridpart.partition.apportion import share_by_weight
from gridpart.partition.grid import Grid

say = messages("partition")

SharedUnits = Literal["cut", "error"]


def own_faces(
    sites: Sites, faces: Faces, labels: IntArray, *, shared_units: SharedUnits, decisions: dict[str, Any]
) -> tuple[Faces, IntArray]:
    """
    Give every outlet the face it stands in, and cut faces that hold several outlets between them.

    Parameters
    ----------
    sites
        Outlets that anchor cells.
    faces
        What there is to share out.
    labels
        Outlet of each face by the rule, shape (n_faces,).
    shared_units
        Whether a face that holds several outlets is cut, or an error.
    decisions
        Receives ``units_cut``.

    Returns
    -------
    faces, labels
        After cutting.

    Raises
    ------
    InfeasibleError
        If outlets share a face and `shared_units` is "error".
    """
    home = home_faces(sites, faces.coverage)
    labels = labels.copy()
    labels[home] = np.arange(len(sites))
    shared = np.flatnonzero(np.bincount(home, minlength=len(faces.coverage)) > 1)
    if len(shared) == 0:
        return faces, labels
    if shared_units == "error":
        _raise_shared(sites, faces, home, shared)
    members = {int(face): np.flatnonzero(home == face) for face in shared}
    cut = cut_faces(faces.coverage, {face: _spread(sites, rows) for face, rows in members.items()})
    won = [
        members[int(source)][site] if site >= 0 else labels[source]
        for source, site in zip(cut.source, cut.site, strict=True)
    ]
    ids = faces.unit_ids
    decisions["units_cut"] = {
        str(face) if ids is None else ids[face]: [sites.outlet_ids[row] for row in rows]
        for face, rows in members.items()
    }
    return _cut_attributes(faces, cut.coverage, cut.source), np.array(won, dtype=np.int64)


def home_faces(sites: Sites, coverage: Coverage) -> IntArray:
    """Return the unit that holds each outlet; on the rim of the area within the tolerance, the nearest one."""
    home = face_at(coverage, sites.points)
    off = np.flatnonzero(home < 0)
    if len(off):
        home[off] = shapely.STRtree(coverage.polygons).nearest(shapely.points(sites.points[off]))
    return home


def zones_of_outlets(sites: Sites, faces: Faces) -> list[str | None]:
    """Return the zone class of the unit that each outlet stands in."""
    if faces.zone_class is None:
        return [None] * len(sites)
    return [faces.zone_class[unit] for unit in home_faces(sites, faces.coverage)]


def _spread(sites: Sites, rows: IntArray) -> FloatArray:
    """Return the points of some outlets, coincident ones set apart in sectors."""
    points = sites.points[rows].copy()
    for number in np.unique(sites.place[rows]):
        together = sites.place[rows] == number
        if together.sum() > 1:
            others = points[~together]
            gap = np.hypot(*(others - points[together][0]).T).min() if len(others) else 1.0
            ring = around(np.zeros(2), int(together.sum())) * min(1.0, gap / 1000)
            points[together] = points[together][0] + ring
    return points


def _cut_attributes(faces: Faces, coverage: Coverage, source: IntArray) -> Faces:
    demand = None if faces.demand is None else share_by_weight(faces.demand, source, coverage.areas)
    zones = None if faces.zone_class is None else tuple(faces.zone_class[i] for i in source)
    ids = None if faces.unit_ids is None else tuple(faces.unit_ids[i] for i in source)
    return replace(faces, coverage=coverage, unit_ids=ids, demand=demand, zone_class=zones)


def joined_up(faces: Faces, labels: IntArray, sites: Sites, decisions: dict[str, Any]) -> IntArray:
    """Move pieces cut off from their outlet to the neighbour with the longest shared border, and list them."""
    anchors = _anchor_faces(faces, labels, sites)
    settled, unreachable = settle(faces.coverage, labels, anchors)
    moved = settled != labels
    areas = faces.coverage.areas
    if moved.any():
        ids = sites.cell_ids
        pairs = sorted(set(zip(labels[moved].tolist(), settled[moved].tolist(), strict=True)))
        decisions["pieces_moved"] = [
            {"from": ids[a], "to": ids[b], "area_m2": float(areas[(labels == a) & (settled == b)].sum())}
            for a, b in pairs
        ]
    if unreachable.any():
        decisions["parts_without_outlet_m2"] = {
            sites.cell_ids[row]: float(areas[unreachable & (settled == row)].sum())
            for row in np.unique(settled[unreachable])
        }
    return settled


def _anchor_faces(faces: Faces, labels: IntArray, sites: Sites) -> list[int]:
    """Return for each outlet the face of its own cell that holds it or comes nearest to it."""
    anchors = []
    shapes = shapely.points(sites.points)
    order = np.argsort(labels, kind="stable")
    start = np.searchsorted(labels[order], np.arange(len(sites) + 1))
    for row in range(len(sites)):
        mine = order[start[row] : start[row + 1]]
        if len(mine) == 0:
            raise InfeasibleError(
                say("The cell of outlet {outlet} would have no land. No grid was made.", outlet=sites.outlet_ids[row])
            )
        anchors.append(int(mine[np.argmin(shapely.distance(faces.coverage.polygons[mine], shapes[row]))]))
    return anchors


def grid_of_outlets(
    faces: Faces,
    labels: IntArray,
    sites: Sites,
    *,
    service_area: gpd.GeoDataFrame | gpd.GeoSeries,
    provenance: Mapping[str, Any],
    zones: Sequence[str | None] | None = None,
    inputs: Mapping[str, Any] | None = None,
) -> Grid:
    """
    Build the grid in which every outlet has one cell.

    Parameters
    ----------
    faces, labels
        Outlet of each face.
    sites
        Outlets; the cells come in the order in which these were given.
    service_area
        What the cells must cover exactly.
    provenance
        Rule, options and decisions.
    zones
        Zone class of the place of each outlet, where known.
    inputs
        What else the rule read, for a revision.
    """
    table = pd.DataFrame({"cell_id": sites.cell_ids, "bank_id": sites.bank_ids, "outlet_id": sites.outlet_ids})
    cells = table.astype(object).iloc[sites.given].reset_index(drop=True)
    points: GeometryArray = shapely.points(sites.points)[sites.given]
    return build_grid(
        faces,
        np.argsort(sites.given)[labels],
        cells=cells,
        service_area=service_area,
        bank_id=bank_of(sites.bank_ids),
        provenance=provenance,
        outlets=anchor_frame(
            cells["outlet_id"].tolist(),
            cells["cell_id"].tolist(),
            points,
            crs=service_area.crs,
            zones=None if zones is None else [zones[row] for row in sites.given],
        ),
        inputs=inputs,
    )


def _raise_shared(sites: Sites, faces: Faces, home: IntArray, shared: IntArray) -> None:
    names = [say("face {face}", face=face) if faces.unit_ids is None else faces.unit_ids[face] for face in shared[:8]]
    told = [
        say("{name} holds {ids}", name=name, ids=Joined(sites.outlet_ids[row] for row in np.flatnonzero(home == face)))
        for name, face in zip(names, shared, strict=False)
    ]
    raise InfeasibleError(
        say(
            '{n} units or faces hold more than one outlet: {told}. No grid was made. Choose shared_units="cut", or '
            "leave one outlet in each.",
            n=len(shared),
            told=Joined(told, clauses),
        )
    )
