"""Reconciling borders that neighbouring branches drafted separately: one grid, and a log of every conflict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.arguments import checked, require_choice
from gridpart.coverage import Arrangement, Coverage, arrange
from gridpart.errors import InputError
from gridpart.geo import require_same_crs
from gridpart.i18n import Joined, messages
from gridpart.partition._build import Faces, build_grid, reordered
from gridpart.partition._cells import anchors_of
from gridpart.partition.grid import Grid
from gridpart.partition.layers import area_of, require_columns, require_valid_polygons, text_ids
from gridpart.steps import step, task

say = messages("partition")

_SNAP_M = 1e-6
"""Drafts are noded on this snapping distance in m."""


@checked
@task("reconcile", steps=("noding", "owners", "conflicts", "proof"))
def reconcile(
    drafts: Mapping[str, gpd.GeoDataFrame | Grid] | Sequence[gpd.GeoDataFrame | Grid] | gpd.GeoDataFrame,
    service_area: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    owner: Literal["nearest"] | Mapping[tuple[str, str] | str, str] = "nearest",
    outlets: gpd.GeoDataFrame | None = None,
    bank_id: str = "reconciled",
) -> tuple[Grid, gpd.GeoDataFrame]:
    """
    Make one grid of drafts that overlap and leave gaps.

    Parameters
    ----------
    drafts
        The drafted cells: a table with ``cell_id``, or tables or grids by branch, or a list of them; a table without
        ``cell_id`` is one cell named by its branch. Ids that several branches use get the branch in front: "north-01".
    service_area
        What the grid must cover exactly, in a metric CRS.
    owner
        Who gets land that several drafts claim: "nearest", the claimant whose anchor is nearest to the middle of the
        land; or, for pairs of cells or of branches in any order, the one agreed on (``{"B": "A"}`` gives A what both
        claim). Pairs without agreement go to the nearest. Land that nobody claims goes to the cell with the longest
        shared border.
    outlets
        ``outlet_id`` and points; a cell's anchor is its ``outlet_id``'s outlet, else a point inside the draft.
    bank_id
        Bank of the grid.

    Returns
    -------
    grid
        One cell per draft, in order.
    conflicts
        One row per piece of land that was drafted twice or not at all: ``kind`` ("overlap", "gap", "outside"),
        ``claimants`` (tuple, sorted), ``owner`` (None outside the area), ``area_m2``, geometry; the largest first.

    Raises
    ------
    InputError
        If a draft is invalid or outside the area, or an agreement names a cell that is no party.
    CRSError
        If a CRS is missing, not metric or differs.
    """
    if isinstance(owner, str):
        require_choice(owner, ["nearest", "{('a', 'b'): 'a'}"], name="owner")
    table, branches = _table(drafts)
    require_same_crs(service_area, table, names=("service_area", "drafts"))
    ids = text_ids(table, "cell_id", name="drafts")
    # by id, so that ties and the last bits of vertices do not depend on the order of drafts
    order = np.array(sorted(range(len(ids)), key=lambda row: ids[row]), dtype=np.int64)
    table, ids, branches = table.iloc[order], [ids[row] for row in order], [branches[row] for row in order]
    shapes: GeometryArray = shapely.force_2d(np.asarray(table.geometry.array, dtype=object))
    require_valid_polygons(shapes, ids, name="drafts")
    area = area_of(service_area)
    step("noding")
    noded = arrange([shapely.get_parts(area)], tolerance=_SNAP_M, counted=[np.array([shape]) for shape in shapes])
    inside = noded.labels[:, 0] >= 0
    step("owners")
    agreed = {} if isinstance(owner, str) else _agreements(owner, ids, branches)
    labels = _owners(noded, inside, _anchors(table, shapes, outlets), agreed)
    kept = np.flatnonzero(inside)
    faces = Coverage.from_polygons(noded.coverage.polygons[kept])
    lost = np.setdiff1d(np.arange(len(ids)), labels[kept])
    if len(lost):
        named = Joined(ids[row] for row in lost[:8])
        raise InputError(
            say(
                "{n} drafts are left without land in the service area: {named}. No grid was made.",
                n=len(lost),
                named=named,
            )
        )
    columns = [name for name in ("cell_id", "bank_id", "outlet_id", "parent_id", "zone_class") if name in table.columns]
    step("conflicts")
    conflicts = _log(noded, labels, ids, table.crs)
    grid = build_grid(
        Faces(faces),
        labels[kept],
        cells=pd.DataFrame(table[columns]).reset_index(drop=True),
        service_area=service_area,
        bank_id=bank_id,
        provenance={"rule": "reconcile", "n_conflicts": len(conflicts), "owner": _told(owner)},
        outlets=anchors_of(table, outlets),
    )
    return reordered(grid, np.argsort(order)), conflicts


def _table(
    drafts: Mapping[str, gpd.GeoDataFrame | Grid] | Sequence[gpd.GeoDataFrame | Grid] | gpd.GeoDataFrame,
) -> tuple[gpd.GeoDataFrame, list[str | None]]:
    """Return all drafts as one table, and the branch of each row."""
    if isinstance(drafts, gpd.GeoDataFrame):
        _require_one_branch(drafts)
        return drafts.reset_index(drop=True), [None] * len(drafts)
    named = drafts if isinstance(drafts, Mapping) else {f"draft {n + 1}": draft for n, draft in enumerate(drafts)}
    if not named:
        raise InputError(say("drafts is empty; at least one draft is needed."))
    parts: list[gpd.GeoDataFrame] = []
    branches: list[str | None] = []
    for branch, draft in named.items():
        if not isinstance(draft, Grid):
            require_columns(draft, [], name=f"draft {branch!r}")
        part = draft.cells if isinstance(draft, Grid) else draft.copy()
        if "cell_id" not in part.columns:
            whole = shapely.union_all(np.asarray(part.geometry.array, dtype=object), grid_size=_SNAP_M)
            part = gpd.GeoDataFrame({"cell_id": [str(branch)]}, geometry=[whole], crs=part.crs)
        parts.append(part)
        branches += [str(branch)] * len(part)
    parts = _told_apart(parts, list(map(str, named)))
    first = parts[0]
    for part in parts[1:]:
        require_same_crs(first, part, names=(say("the first draft"), say("another draft")))
    table = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=first.crs)
    return table, branches


def _require_one_branch(drafts: gpd.GeoDataFrame) -> None:
    """Say what to do where rows of several branches stand in one table under the same ids."""
    require_columns(drafts, ["cell_id"], name="drafts")
    repeated = sorted(set(drafts["cell_id"][drafts["cell_id"].duplicated()].dropna().astype(str)))
    if repeated:
        raise InputError(
            say(
                "{n} values of cell_id in drafts occur more than once: {named}. No grid was made. Join the parts of a "
                "cell to one row; or, if several branches number alike, give the drafts of each branch apart: "
                "reconcile({{branch: table, …}}, …).",
                n=len(repeated),
                named=Joined(repeated[:8]),
            )
        )


def _told_apart(parts: list[gpd.GeoDataFrame], branches: Sequence[str]) -> list[gpd.GeoDataFrame]:
    """Put the branch before ids that several branches give: each numbers its own cells."""
    ids = [part["cell_id"].astype(str) for part in parts]
    homes = Counter(each for own in ids for each in set(own))
    shared = {each for each, count in homes.items() if count > 1}
    if not shared:
        return parts
    return [
        part.assign(cell_id=own.where(~own.isin(shared) | part["cell_id"].isna(), f"{branch}-" + own))
        for part, own, branch in zip(parts, ids, branches, strict=True)
    ]


def _anchors(table: gpd.GeoDataFrame, shapes: GeometryArray, outlets: gpd.GeoDataFrame | None) -> FloatArray:
    """Return the place that speaks for each draft, shape (n_drafts, 2)."""
    points: FloatArray = shapely.get_coordinates(shapely.point_on_surface(shapes))
    if outlets is not None and "outlet_id" in table.columns:
        require_same_crs(table, outlets, names=("drafts", "outlets"))
        place = dict(zip(outlets["outlet_id"].astype(str), outlets.geometry, strict=True))
        for row, outlet in enumerate(table["outlet_id"].astype(str)):
            if outlet in place:
                points[row] = shapely.get_coordinates(place[outlet])[0]
    return points


def _owners(
    noded: Arrangement, inside: BoolArray, anchors: FloatArray, agreed: Mapping[tuple[int, int] | None, int]
) -> IntArray:
    """Return the draft that gets each face, -1 outside the area, shape (n_faces,)."""
    claims = noded.counts > 0
    labels = np.full(len(claims), -1, dtype=np.int64)
    number = claims.sum(axis=1)
    single = inside & (number == 1)
    labels[single] = claims[single].argmax(axis=1)
    middles = shapely.get_coordinates(shapely.point_on_surface(noded.coverage.polygons))
    for face in np.flatnonzero(inside & (number > 1)):
        parties = np.flatnonzero(claims[face])
        pair = (int(parties[0]), int(parties[1])) if len(parties) == 2 else None
        if pair in agreed:
            labels[face] = agreed[pair]
        else:
            distance = np.hypot(*(anchors[parties] - middles[face]).T)
            labels[face] = parties[np.argmin(distance)]
    return _filled(noded.coverage, labels, inside)


def _agreements(
    owner: Mapping[tuple[str, str] | str, str], ids: Sequence[str], branches: Sequence[str | None]
) -> dict[tuple[int, int] | None, int]:
    """Return the row that wins, by pair of rows; names are those of cells, or else of branches."""
    rows: dict[str, list[int]] = {}
    for number, branch in enumerate(branches):
        if branch is not None:
            rows.setdefault(branch, []).append(number)
    rows |= {name: [number] for number, name in enumerate(ids)}
    agreed: dict[tuple[int, int] | None, int] = {}
    for pair, winner in owner.items():
        names = (pair, winner) if isinstance(pair, str) else tuple(pair)
        if len(set(names)) != 2 or winner not in names or any(name not in rows for name in names):
            raise InputError(
                say(
                    "owner: {winner!r} for {pair!r} is no agreement between two of the drafts {ids}.",
                    winner=winner,
                    pair=pair,
                    ids=Joined(ids[:8]),
                )
            )
        loser = names[0] if names[1] == winner else names[1]
        for won in rows[winner]:
            agreed |= {(min(won, lost), max(won, lost)): won for lost in rows[loser]}
    return agreed


def _filled(coverage: Coverage, labels: IntArray, inside: BoolArray) -> IntArray:
    """Give faces that nobody claims to the cell with the longest border, gap by gap from the outside in."""
    filled = labels.copy()
    one, two, border = coverage.adjacency()
    while True:
        open_faces = inside & (filled < 0)
        joins = (open_faces[one] & (filled[two] >= 0)) | (open_faces[two] & (filled[one] >= 0))
        if not joins.any():
            return filled
        face = np.where(open_faces[one], one, two)[joins]
        cell = filled[np.where(open_faces[one], two, one)[joins]]
        pairs, where = np.unique(np.column_stack([face, cell]), axis=0, return_inverse=True)
        shared = np.bincount(where.ravel(), weights=border[joins])
        order = np.lexsort((pairs[:, 1], -shared, pairs[:, 0]))
        first = np.unique(pairs[order, 0], return_index=True)[1]
        filled[pairs[order, 0][first]] = pairs[order, 1][first]


def _log(noded: Arrangement, labels: IntArray, ids: Sequence[str], crs: Any) -> gpd.GeoDataFrame:  # noqa: ANN401 - a CRS
    """List every piece of land with other than one claimant, faces of the same case joined."""
    claims, inside = noded.counts > 0, noded.labels[:, 0] >= 0
    number = claims.sum(axis=1)
    conflict = (inside & (number != 1)) | ~inside
    key = np.column_stack([inside, labels, claims])[conflict]
    cases, case = np.unique(key, axis=0, return_inverse=True)
    where = np.full(len(claims), -1, dtype=np.int64)
    where[conflict] = case.ravel()
    _, shapes = noded.coverage.dissolve(where)
    rows = [
        {
            "kind": "outside" if not row[0] else "gap" if not row[2:].any() else "overlap",
            "claimants": tuple(ids[draft] for draft in np.flatnonzero(row[2:]).tolist()),
            "owner": None if row[1] < 0 else ids[row[1]],
        }
        for row in cases
    ]
    table = pd.DataFrame(rows, columns=["kind", "claimants", "owner"]).assign(area_m2=shapely.area(shapes))
    found = gpd.GeoDataFrame(table, geometry=shapes, crs=crs)
    return found.sort_values(["area_m2", "kind"], ascending=[False, True], kind="stable", ignore_index=True)


def _told(owner: Literal["nearest"] | Mapping[tuple[str, str] | str, str]) -> object:
    if owner == "nearest":
        return owner
    return {pair if isinstance(pair, str) else " / ".join(sorted(pair)): winner for pair, winner in owner.items()}
