"""Outlets that move, open and close on a free grid: the cells around are drawn again by rule nearest."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import shapely

from gridpart._typing import IntArray
from gridpart.coverage import Coverage, is_same_land_within_rim
from gridpart.errors import GridpartError
from gridpart.partition import Grid, nearest
from gridpart.studio._labels import require_cells
from gridpart.studio._state import State
from gridpart.studio.records import Change, FaceRecord, OutletRecord
from gridpart.studio.refusals import Refusal, land_of, named, refuse


def cells_redrawn(state: State, base: Grid, after: Mapping[str, OutletRecord]) -> list[Change]:
    """
    Draw the cells again that rule nearest changes when outlets change.

    Parameters
    ----------
    state
        State of a session of a free grid of rule nearest.
    base
        Where the session began.
    after
        The outlets as they will be, by id.

    Raises
    ------
    EditRefused
        If a cell concerned is locked, or was redrawn by hand, so that the rule would undo that; or the rule cannot
        draw the cells.
    """
    old, new = _drawn(state, base, state.outlets), _drawn(state, base, after)
    concerned = sorted(name for name in {*old, *new} if name not in old or name not in new or old[name] != new[name])
    if not concerned:
        return []
    present = [name for name in concerned if name in state.cells]
    require_cells(state, present)
    rows = np.sort(np.concatenate([state.members(name) for name in present]))
    edited = [name for name in present if name not in old or _land(state, state.members(name)) != old[name]]
    if edited:
        raise refuse(state, "by_hand", state.members(edited[0]), cells=named(edited))
    shapes = [(name, part) for name in concerned if name in new for part in shapely.get_parts(new[name])]
    pieces = np.array([*[part for _, part in shapes], None], dtype=object)[:-1]
    if not is_same_land_within_rim(state.polygons[rows], pieces):
        raise refuse(state, "no_fit", rows[:1])
    return _replaced(state, rows, shapes)


def _drawn(state: State, base: Grid, outlets: Mapping[str, OutletRecord]) -> dict[str, shapely.Geometry]:
    """Return the cells that rule nearest draws for outlets."""
    records = list(outlets.values())
    banks = {name: record.bank_id for name, record in state.cells.items()}
    table = gpd.GeoDataFrame(
        {
            "outlet_id": [item.outlet_id for item in records],
            "bank_id": [banks.get(item.cell_id, base.bank_id) for item in records],
        },
        geometry=[item.point for item in records],
        crs=base.crs,
    )
    area = base.service_area if base.drawn_area is None else gpd.GeoSeries([base.drawn_area], crs=base.crs)
    policies = base.provenance.get("policies", {})
    try:
        drawn = nearest(area, table, contiguous=bool(base.provenance.get("contiguous", True)), **policies)
    except GridpartError as error:
        raise Refusal(records[-1].point, key="rule_fails", why=error) from error
    cell_of = {item.outlet_id: item.cell_id for item in records}
    shapes: dict[str, list[shapely.Geometry]] = {}
    for name, shape in zip(drawn.cells["outlet_id"], drawn.cells.geometry, strict=True):
        shapes.setdefault(cell_of[name], []).append(shape)
    # a cell with several outlets is all their land together
    return {name: shapely.normalize(Coverage.from_polygons(parts).boundary()) for name, parts in shapes.items()}


def _land(state: State, faces: IntArray) -> shapely.Geometry:
    return shapely.normalize(land_of(state, faces))


def _replaced(state: State, rows: IntArray, shapes: list[tuple[str, shapely.Geometry]]) -> list[Change]:
    """Put new shapes into the rows of old ones: more come at the end, the last faces fill rows that are left over."""
    spare = [int(row) for row in rows]
    changes: list[Change] = []
    fresh: list[Change] = []
    names, end = state.names, len(state)
    for cell_id, shape in shapes:
        record = FaceRecord(shape)
        if spare:
            row = spare.pop(0)
            changes.append(Change("face", row, state.faces[row], record))
            if names[state.labels[row]] != cell_id:
                changes.append(Change("label", row, names[state.labels[row]], cell_id))
        else:
            fresh += [Change("face", end, None, record), Change("label", end, None, cell_id)]
            end += 1
    if not spare:
        return [*changes, *fresh]
    return [*changes, *_taken_away(state, spare, changes)]


def _taken_away(state: State, spare: list[int], changes: list[Change]) -> list[Change]:
    """Take faces away: faces are numbered without holes, so that the last ones move into their rows."""
    label = {row: state.names[number] for row, number in enumerate(state.labels.tolist())}
    label |= {int(item.key): item.after for item in changes if item.table == "label"}
    now = dict(enumerate(state.faces)) | {int(item.key): item.after for item in changes if item.table == "face"}
    ends = list(range(len(state) - len(spare), len(state)))
    holes = [row for row in spare if row not in ends]
    movers = [row for row in ends if row not in spare]
    more: list[Change] = []
    for hole, mover in zip(holes, movers, strict=True):
        more.append(Change("face", hole, state.faces[hole], now[mover]))
        if label[hole] != label[mover]:
            more.append(Change("label", hole, label[hole], label[mover]))
    for row in reversed(ends):
        more += [Change("label", row, label[row], None), Change("face", row, now[row], None)]
    return more
