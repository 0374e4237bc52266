"""Commands that move shared borders: one change of an edge for both sides, proved on the faces around it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import shapely

from gridpart._typing import FloatArray, IntArray
from gridpart.coverage import first_crossing, insert_vertices, is_same_land, move_vertices, on_rim
from gridpart.studio._labels import require_cells
from gridpart.studio._state import State
from gridpart.studio.records import Change
from gridpart.studio.refusals import Refusal, named

_BESIDE_M = 1e-6
"""A face this near to the middle of an edge, in m, lies beside it."""


def require_place(xy: Iterable[float]) -> FloatArray:
    """Return a place as an array, or refuse what is no place."""
    given = list(xy)
    try:
        place = np.array(given, dtype=np.float64) + 0.0  # no minus zero: equal points have equal bits
    except (TypeError, ValueError) as error:
        raise Refusal(key="no_place", given=[str(part) for part in given[:2]]) from error
    if place.shape != (2,) or not np.isfinite(place).all():
        raise Refusal(key="no_place", given=place.ravel().tolist())
    return place


def nearest_vertex(state: State, xy: FloatArray, *, within_m: float) -> FloatArray:
    """Return the vertex of the coverage nearest to a place, refusing if none is near enough."""
    faces = state.faces_near(xy, within_m)
    points = shapely.get_coordinates(state.polygons[faces]) + 0.0
    away = np.hypot(*(points - xy).T) if len(points) else np.zeros(0)
    if len(points) == 0 or away.min() > within_m:
        raise Refusal(shapely.Point(xy), key="no_vertex", distance=f"{within_m:g}")
    # of equally near ones the lowest coordinates, so that the order of faces does not matter
    x, y = min(map(tuple, points[away == away.min()].tolist()))
    return np.array([x, y])


def star_of(state: State, vertices: FloatArray) -> IntArray:
    """Return the faces that have any of some vertices, sorted."""
    found: set[int] = set()
    for vertex in vertices:
        near = state.faces_near(vertex, 0.0)
        points, face = shapely.get_coordinates(state.polygons[near], return_index=True)
        found.update(near[np.unique(face[(points == vertex).all(axis=1)])].tolist())
    return np.array(sorted(found), dtype=np.int64)


def vertices_moved(state: State, start: FloatArray, end: FloatArray) -> list[Change]:
    """
    Move vertices of the coverage.

    Parameters
    ----------
    state
        State of a session.
    start, end
        Vertices, bit for bit, and where they go, in m, shape (n_moves, 2).

    Raises
    ------
    EditRefused
        If a cell concerned is locked, a vertex lies on the border of the service area, or a border would cross or
        touch another.
    """
    star = star_of(state, start)
    require_cells(state, _cells(state, star))
    before = state.polygons[star]
    rim = on_rim(before, start)
    if rim.any():
        raise Refusal(shapely.Point(start[rim][0]), key="rim")
    after = move_vertices(before, start, end)
    _require_same_land(state, star, after, end)
    _keep_outlets_in(state, star, after)
    return [_reshaped(state, row, shape) for row, shape in zip(star.tolist(), after, strict=True)]


def _require_same_land(state: State, star: IntArray, after: np.ndarray, moved: FloatArray) -> None:
    # touching tears nothing, but leaves a vertex that hangs on an edge: neighbours would not match
    crossing = first_crossing(after, moved)
    if crossing is None and is_same_land(state.polygons[star], after):
        taken = _on_a_vertex(after, moved)
        if taken is None:
            return
        raise Refusal(taken, key="vertex_taken")
    if crossing is None:  # everything moved beyond the outline of the star at once
        outline = shapely.linestrings(_outline(state, star))
        place = shapely.Point(moved[0])
        edge = outline[int(np.argmin(shapely.distance(outline, place)))]
    else:
        edge, place = crossing.edge, crossing.place
    (ax, ay), (bx, by) = shapely.get_coordinates(edge)
    ends = f"{ax:,.1f}, {ay:,.1f} – {bx:,.1f}, {by:,.1f}"
    cells = _beside(state, edge)
    raise Refusal(place, key="crosses_between" if len(cells) > 1 else "crosses_within", edge=ends, cells=named(cells))


def _keep_outlets_in(state: State, star: IntArray, after: np.ndarray) -> None:
    """Refuse to move a border over an outlet."""
    inside = set(star.tolist())
    for name, face in state.home.items():
        record = state.outlets[name]
        if face not in inside or state.names[state.labels[face]] != record.cell_id:
            continue
        mine = after[state.labels[star] == state.number[record.cell_id]]
        if not shapely.intersects(mine, record.point).any():
            raise Refusal(record.point, key="over_outlet", outlet=name, cell=record.cell_id)


def _on_a_vertex(after: np.ndarray, moved: FloatArray) -> shapely.Point | None:
    """Return the place at which a ring has a vertex twice in a row, None if there is none."""
    points, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(after)), return_index=True)
    twice = (points[1:] == points[:-1]).all(axis=1) & (ring[1:] == ring[:-1])
    places = points[1:][twice]
    hit = [place for place in places if (moved == place).all(axis=1).any()]
    return shapely.Point(hit[0]) if hit else None


def _outline(state: State, star: IntArray) -> FloatArray:
    rings = shapely.get_rings(shapely.get_parts(state.polygons[star]))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    rows = np.flatnonzero(ring[1:] == ring[:-1])
    pairs: FloatArray = np.stack([points[rows], points[rows + 1]], axis=1)
    return pairs


def _beside(state: State, edge: shapely.LineString) -> list[str]:
    """Return the cells that an edge lies between."""
    middle = shapely.get_coordinates(edge).mean(axis=0)
    near = state.faces_near(middle, _BESIDE_M)
    beside = near[shapely.dwithin(state.polygons[near], shapely.Point(middle), _BESIDE_M)]
    return _cells(state, beside)


def _cells(state: State, faces: IntArray) -> list[str]:
    return sorted({state.names[label] for label in state.labels[faces].tolist()})


def _reshaped(state: State, row: int, shape: shapely.Geometry) -> Change:
    record = state.faces[row]
    return Change("face", row, record, replace(record, polygon=shape))


def edge_bent(state: State, xy: FloatArray, to_xy: FloatArray, *, within_m: float) -> list[Change]:
    """
    Put a new vertex on the edge nearest to a place and move it, in both faces at once.

    Raises
    ------
    EditRefused
        As `vertices_moved`, or if there is no edge near.
    """
    tail, head = nearest_edge(state, xy, within_m=within_m)
    beside = np.intersect1d(star_of(state, tail[None]), star_of(state, head[None]))
    inner = {(tuple(tail.tolist()), tuple(head.tolist())): [tuple(to_xy.tolist())]}
    shapes = [insert_vertices(state.polygons[row], inner) for row in beside.tolist()]
    grew = [
        number
        for number, (row, shape) in enumerate(zip(beside.tolist(), shapes, strict=True))
        if shapely.get_num_coordinates(shape) > shapely.get_num_coordinates(state.polygons[row])
    ]
    star = beside[grew]
    require_cells(state, _cells(state, star))
    if len(star) < 2:
        raise Refusal(shapely.Point(xy), key="rim")
    after = np.array([*[shapes[number] for number in grew], None], dtype=object)[:-1]
    _require_same_land(state, star, after, to_xy[None])
    _keep_outlets_in(state, star, after)
    return [_reshaped(state, row, shape) for row, shape in zip(star.tolist(), after, strict=True)]


def nearest_edge(state: State, xy: FloatArray, *, within_m: float) -> FloatArray:
    """Return the ends of the edge nearest to a place, shape (2, 2), refusing if none is near enough."""
    near = state.faces_near(xy, within_m)
    place = shapely.Point(xy)
    if len(near):
        pairs = _outline(state, near)
        pairs = pairs[(pairs[:, 0] != pairs[:, 1]).any(axis=1)] + 0.0
        away = shapely.distance(shapely.linestrings(pairs), place)
        if away.min() <= within_m:
            ends = [sorted(map(tuple, pair)) for pair in pairs[away == away.min()].tolist()]
            return np.array(min(ends))
    raise Refusal(place, key="no_border", distance=f"{within_m:g}")


def stretch_at(state: State, xy: FloatArray, *, within_m: float) -> FloatArray:
    """
    Return the inner vertices of the stretch of border between two cells that passes a place.

    A stretch runs between the points where the border meets a third cell or the outside, which stay.

    Raises
    ------
    EditRefused
        If no border between two cells is near, or the stretch is one straight edge.
    """
    tail, head = (tuple(end) for end in nearest_edge(state, xy, within_m=within_m).tolist())
    beside = np.intersect1d(star_of(state, np.array([tail])), star_of(state, np.array([head])))
    pair = _pair_of_edge(state, beside, (tail, head))
    if pair is None:
        raise Refusal(shapely.Point(xy), key="one_cell")
    links = _border_links(state, pair)
    inner: list[tuple[float, float]] = []
    for here, there in ((tail, head), (head, tail)):
        before, now = there, here
        while len(links[now]) == 2 and now not in inner and not _meets_others(state, now, pair):
            inner.append(now)
            before, now = now, next(place for place in links[now] if place != before)
    if not inner:
        raise Refusal(shapely.Point(xy), key="straight")
    return np.array(inner)


def _edges_of(state: State, face: int) -> set[tuple[tuple[float, float], tuple[float, float]]]:
    pairs = _outline(state, np.array([face])) + 0.0
    found = set()
    for one, two in pairs.tolist():
        a, b = tuple(one), tuple(two)
        found.add((a, b) if a < b else (b, a))
    return found


def _pair_of_edge(
    state: State, faces: IntArray, edge: tuple[tuple[float, ...], tuple[float, ...]]
) -> tuple[int, int] | None:
    key = tuple(sorted(edge))
    labels = sorted({int(state.labels[face]) for face in faces.tolist() if key in _edges_of(state, face)})
    return (labels[0], labels[1]) if len(labels) == 2 else None


def _border_links(state: State, pair: tuple[int, int]) -> dict[tuple[float, float], list[tuple[float, float]]]:
    """Return the neighbours of each vertex along the border between two cells."""
    ground = state.ground
    one, two = state.labels[ground.one], state.labels[ground.two]
    along = ((one == pair[0]) & (two == pair[1])) | ((one == pair[1]) & (two == pair[0]))
    sides: list[set[tuple[tuple[float, float], tuple[float, float]]]] = [set(), set()]
    for face in np.unique(np.concatenate([ground.one[along], ground.two[along]])).tolist():
        sides[int(state.labels[face] == pair[1])] |= _edges_of(state, face)
    links: dict[tuple[float, float], list[tuple[float, float]]] = {}
    for a, b in sorted(sides[0] & sides[1]):
        links.setdefault(a, []).append(b)
        links.setdefault(b, []).append(a)
    return links


def _meets_others(state: State, vertex: tuple[float, float], pair: tuple[int, int]) -> bool:
    star = star_of(state, np.array([vertex]))
    if not np.isin(state.labels[star], pair).all():
        return True
    return bool(on_rim(state.polygons[star], np.array([vertex])).any())
