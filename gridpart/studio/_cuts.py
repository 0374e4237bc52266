"""Cutting a cell in two through its faces; neighbours get the new vertices in the same step."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from gridpart._typing import FloatArray, IntArray
from gridpart.coverage import cut_along, insert_vertices, is_same_land_within_rim, prolonged
from gridpart.errors import CoverageError
from gridpart.partition.apportion import share_by_weight
from gridpart.studio._labels import require_cells
from gridpart.studio._state import State
from gridpart.studio.records import Change, FaceRecord
from gridpart.studio.refusals import Refusal, refuse

_HALVINGS = 60


@dataclass(frozen=True, eq=False)
class CutCell:
    """
    A cell after its faces were cut.

    Attributes
    ----------
    changes
        New shapes of faces, and the faces that are new.
    left, right
        Faces of the cell on each side of the line, new ones among them.
    shapes
        Shape of each of these faces.
    """

    changes: list[Change]
    left: list[int]
    right: list[int]
    shapes: dict[int, shapely.Geometry]


def cut_cell(state: State, cell_id: str, path: FloatArray) -> CutCell:
    """
    Cut the faces of a cell along a line, prolonged straight beyond its ends.

    Raises
    ------
    EditRefused
        If the line does not cross the cell, crosses itself, or a neighbour that gets new vertices is locked.
    """
    mine = state.members(cell_id)
    line = shapely.LineString(path)
    if not line.is_simple:
        raise Refusal(line, key="line_crosses_itself")
    span = float(np.hypot(*np.ptp(np.vstack([state.boxes[mine].reshape(-1, 2), path]), axis=0)))
    crossed = mine[shapely.crosses(shapely.LineString(prolonged(path, 2 * span + 1)), state.polygons[mine])]
    if len(crossed) == 0:
        raise refuse(state, "line_beside", mine[:1], cell=cell_id)
    try:
        cut = cut_along(state.polygons[crossed], path)
    except CoverageError as error:
        raise Refusal(line, key="unsettled", why=error) from error
    changes, side, shapes = _pieces(state, crossed, cut.polygons, cut.source, cut.is_left)
    neighbours = state.ground.neighbours(crossed)
    for row in neighbours.tolist():
        shape = insert_vertices(state.polygons[row], cut.insertions) if cut.insertions else state.polygons[row]
        if shapely.get_num_coordinates(shape) > shapely.get_num_coordinates(state.polygons[row]):
            require_cells(state, [state.names[state.labels[row]]])
            record = state.faces[row]
            changes.append(Change("face", row, record, replace(record, polygon=shape)))
            shapes[row] = shape
    star = np.concatenate([crossed, neighbours])
    whole = [shapes.get(row, state.polygons[row]) for row in star.tolist()]
    after = np.array([*whole, *(shapes[row] for row in side if row >= len(state)), None], dtype=object)[:-1]
    if not is_same_land_within_rim(state.polygons[star], after):
        raise Refusal(line, key="too_near")
    for row in np.setdiff1d(mine, crossed).tolist():
        side[row] = _is_left(shapes.get(row, state.polygons[row]), path, span)
    left = [row for row, is_left in side.items() if is_left]
    right = [row for row, is_left in side.items() if not is_left]
    if not left or not right:
        raise refuse(state, "one_side", mine[:1], cell=cell_id)
    new_order = [change for change in changes if change.before is not None]
    new_order += [change for change in changes if change.before is None]
    return CutCell(new_order, left, right, {**{row: state.polygons[row] for row in side if row < len(state)}, **shapes})


def _pieces(
    state: State, crossed: IntArray, polygons: np.ndarray, source: IntArray, is_left: np.ndarray
) -> tuple[list[Change], dict[int, bool], dict[int, shapely.Geometry]]:
    """Share what is known of cut faces among their pieces: the first keeps the number, others come at the end."""
    areas = shapely.area(polygons)
    records = [state.faces[row] for row in crossed.tolist()]
    people = _shared([record.demand for record in records], source, areas)
    changes, side, shapes = [], {}, {}
    number = len(state)
    seen: set[int] = set()
    for piece, origin in enumerate(source.tolist()):
        record = records[origin]
        fresh = FaceRecord(polygons[piece], record.unit_id, people[piece], record.zone_class)
        row = int(crossed[origin])
        if origin in seen:
            row, number = number, number + 1
        changes.append(Change("face", row, None if origin in seen else record, fresh))
        seen.add(origin)
        side[row], shapes[row] = bool(is_left[piece]), polygons[piece]
    return changes, side, shapes


def _shared(amounts: list[float | None], source: IntArray, areas: FloatArray) -> list[float | None]:
    known = np.array([np.nan if amount is None else amount for amount in amounts])
    shares = share_by_weight(np.nan_to_num(known), source, areas)
    return [None if np.isnan(known[row]) else float(share) for row, share in zip(source, shares, strict=True)]


def _is_left(shape: shapely.Geometry, path: FloatArray, span: float) -> bool:
    """Tell on which side of a prolonged path a face lies that it does not cross."""
    inside = shapely.get_coordinates(shapely.point_on_surface(shape))
    return bool(left_of(prolonged(path, 2 * span + 1), inside)[0])


def left_of(path: FloatArray, points: FloatArray) -> np.ndarray:
    """Return which points lie left of a path, by the side of the nearest of its segments."""
    a, b = path[:-1], path[1:]
    along = b - a
    away = points[:, None, :] - a[None]
    share = np.clip((away * along).sum(axis=2) / (along**2).sum(axis=1), 0.0, 1.0)
    gap = ((away - share[..., None] * along) ** 2).sum(axis=2)
    cross = along[None, :, 0] * away[..., 1] - along[None, :, 1] * away[..., 0]
    # at a bend two segments are equally near: the one that the point lies beside more squarely decides
    sine = np.abs(cross) / (np.hypot(*along.T)[None] * np.maximum(np.hypot(away[..., 0], away[..., 1]), 1e-300))
    order = np.lexsort((-sine, np.round(gap, 9)), axis=1)[:, 0]
    side: np.ndarray = cross[np.arange(len(points)), order] > 0
    return side


def halving_line(state: State, cell_id: str) -> FloatArray:
    """
    Return a straight line that leaves half of the demand of a cell on each side, shape (2, 2).

    The demand of a face is taken as spread evenly over it. The line is square to the longest axis of the cell.
    """
    mine = state.members(cell_id)
    polygons = state.polygons[mine]
    density = state.weights[mine] / np.maximum(state.areas[mine], 1e-12)
    points = shapely.get_coordinates(polygons)
    centre = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - centre, full_matrices=False)
    along, across = axes[0], np.array([-axes[0][1], axes[0][0]])
    place = (points - centre) @ along
    low, high = float(place.min()), float(place.max())
    reach = 2 * (high - low) + float(np.ptp((points - centre) @ across)) + 1.0

    def below(offset: float) -> float:
        base = centre + along * offset
        ends = [base - across * reach, base + across * reach]
        half = shapely.Polygon([*ends, ends[1] - along * reach, ends[0] - along * reach])
        return float((shapely.area(shapely.intersection(polygons, half)) * density).sum())

    total = float((state.areas[mine] * density).sum())
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if below(middle) < total / 2:
            low = middle
        else:
            high = middle
    base = centre + along * (low + high) / 2
    return np.array([base - across, base + across])
