"""Faces of a planar edge table: walk the rings, split them where they touch themselves, nest holes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage._graph import connected_components
from gridpart.coverage._matching import order_within
from gridpart.errors import CoverageError
from gridpart.i18n import messages

say = messages("coverage")

_FEW = 40
"""Walks at a time, below which a step of all together is slower than one after the other."""


@dataclass(frozen=True)
class Rings:
    """
    Simple closed rings, interior on the left.

    Attributes
    ----------
    vertex
        Vertices of all rings one after the other, without the repeated last one, shape (n_ring_vertices,).
    offset
        Where each ring begins in `vertex`, with the total at the end, shape (n_rings + 1,).
    label
        Label on the left of each ring, shape (n_rings,).
    cycle
        Closed walk that each ring was cut from, shape (n_rings,).
    area
        Signed area in m²: positive for shells, negative for holes, shape (n_rings,).
    cycle_of_half_edge
        Closed walk that each half-edge is part of, shape (n_half_edges,).
    """

    vertex: IntArray
    offset: IntArray
    label: IntArray
    cycle: IntArray
    area: FloatArray
    cycle_of_half_edge: IntArray


def next_half_edges(vertices: FloatArray, tail: IntArray, head: IntArray, label: IntArray) -> IntArray:
    """
    Return the half-edge that follows each one around the region on its left.

    Parameters
    ----------
    vertices
        Coordinates in metres, shape (n_vertices, 2).
    tail, head
        Vertices of each half-edge, shape (n_half_edges,).
    label
        Region on the left, shape (n_half_edges,). Rings stay within one label.

    Returns
    -------
    following
        Index of the next half-edge, shape (n_half_edges,): the first one clockwise from the
        way back among those that leave the head with the same label.
    """
    n = len(tail)
    direction = vertices[head] - vertices[tail]
    angle = np.arctan2(direction[:, 1], direction[:, 0])
    back = 0.0 - direction  # not -direction: minus zero has another angle
    back_angle = np.arctan2(back[:, 1], back[:, 0])
    # arrivals (by the angle of the way back) and departures, sorted around each vertex within each label
    vertex = np.concatenate([head, tail])
    region = np.concatenate([label, label])
    around = np.concatenate([back_angle, angle])
    is_departure = np.repeat(np.array([0, 1], dtype=np.int8), n)
    # at equal angles the departure comes last, so that an arrival never turns straight back onto its own edge
    order = np.lexsort((is_departure, around, region, vertex))
    departing = is_departure[order] == 1
    position = np.arange(2 * n)
    last = np.maximum.accumulate(np.where(departing, position, -1))
    group_start = _group_starts(vertex[order], region[order])
    # clockwise = the previous departure in angular order, wrapping to the last one of the same vertex and label
    previous = np.where(last >= group_start, last, -1)
    group_last = _last_departure(departing, position, group_start)
    chosen = np.where(previous >= 0, previous, group_last)
    arrivals = ~departing
    following = np.empty(n, dtype=np.int64)
    following[order[arrivals]] = order[chosen[arrivals]] - n
    return following


def next_of_both_ways(vertices: FloatArray, tail: IntArray, head: IntArray) -> IntArray:
    """
    Return what `next_half_edges` does where every edge is there in both directions.

    Parameters
    ----------
    vertices
        Coordinates in metres, shape (n_vertices, 2).
    tail, head
        Vertices of each half-edge; the second half are those of the first, walked the other way, in the same order.

    Returns
    -------
    following
        Index of the next half-edge, shape (n_half_edges,): the departure clockwise from the way back.
    """
    n = len(tail)
    direction = vertices.take(head, axis=0) - vertices.take(tail, axis=0) + 0.0  # minus zero has another angle
    angle = np.arctan2(direction[:, 1], direction[:, 0])
    order = order_within(tail, angle)
    around, vertex = angle[order], tail[order]
    begins = np.ones(n, dtype=np.bool_)
    begins[1:] = vertex[1:] != vertex[:-1]
    if ((around[1:] == around[:-1]) & ~begins[1:]).any():
        # edges that leave a vertex in one direction: which comes first is for the general way to refuse
        return next_half_edges(vertices, tail, head, np.zeros(n, dtype=np.int64))
    clockwise = np.roll(order, 1)
    clockwise[begins] = order[np.roll(begins, -1)]  # the first wraps to the last of its vertex
    following = np.empty(n, dtype=np.int64)
    following[(order + n // 2) % max(n, 1)] = clockwise
    return following


def _group_starts(vertex: IntArray, region: IntArray) -> IntArray:
    is_start = np.ones(len(vertex), dtype=np.bool_)
    is_start[1:] = (vertex[1:] != vertex[:-1]) | (region[1:] != region[:-1])
    starts: IntArray = np.maximum.accumulate(np.where(is_start, np.arange(len(vertex)), 0))
    return starts


def _last_departure(departing: BoolArray, position: IntArray, group_start: IntArray) -> IntArray:
    """Return for every position the last departure of its group."""
    first = np.flatnonzero(group_start == position)
    per_group = np.maximum.reduceat(np.where(departing, position, -1), first)
    sizes = np.diff(np.append(first, len(position)))
    spread: IntArray = np.repeat(per_group, sizes)
    return spread


def trace_rings(
    vertices: FloatArray, tail: IntArray, head: IntArray, label: IntArray, *, both_ways: bool = False
) -> Rings:
    """
    Walk half-edges into simple rings.

    Parameters
    ----------
    vertices
        Coordinates in metres, shape (n_vertices, 2).
    tail, head
        Vertices of each half-edge, shape (n_half_edges,).
    label
        Region on the left of each half-edge, shape (n_half_edges,).
    both_ways
        Say so if the second half of the half-edges are the first, walked the other way.

    Returns
    -------
    rings
        Rings that visit no vertex twice, in the order of their first half-edge.

    Raises
    ------
    CoverageError
        If half-edges do not alternate around a vertex, naming the place: then faces overlap there.
    """
    successor = next_of_both_ways(vertices, tail, head) if both_ways else next_half_edges(vertices, tail, head, label)
    _require_one_each(successor, vertices, head)
    walk, offset, cycle_of_half_edge = _closed_walks(successor)
    cycle_label = label[walk[offset[:-1]]]
    if both_ways:
        vertex = tail[walk]
    _require_one_label(label[walk] == np.repeat(cycle_label, np.diff(offset)), vertices, vertex)
    vertex, offset, cycle = _split_at_repeats(vertex, offset)
    return Rings(vertex, offset, cycle_label[cycle], cycle, _signed_areas(vertices, vertex, offset), cycle_of_half_edge)


def _closed_walks(successor: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return half-edges walk by walk, where each walk begins with the total at the end, and each half-edge's walk."""
    n = len(successor)
    # the component of a half-edge is its first one, so walks are numbered by their first half-edge
    component = connected_components(n, np.arange(n), successor)
    begins = component == np.arange(n)
    first, cycle = np.flatnonzero(begins), (np.cumsum(begins) - 1)[component]
    size = np.bincount(cycle, minlength=len(first))
    offset = np.concatenate([[0], np.cumsum(size)])
    walk = np.empty(n, dtype=np.int64)
    # all walks step together, until so few are left that numpy would be slower than a loop
    place, edge, left = offset[:-1], first, size
    while len(edge) > _FEW:
        walk[place] = edge
        going = left > 1
        place, edge, left = place[going] + 1, successor[edge[going]], left[going] - 1
    following = successor.tolist() if len(edge) else []
    for begin, at, steps in zip(place.tolist(), edge.tolist(), left.tolist(), strict=True):
        sequence, here = [], at
        for _ in range(steps):
            sequence.append(here)
            here = following[here]
        walk[begin : begin + steps] = sequence
    return walk, offset, cycle


def _require_one_each(successor: IntArray, vertices: FloatArray, head: IntArray) -> None:
    """Raise unless each half-edge follows exactly one other."""
    times = np.bincount(successor, minlength=len(successor))
    if times.max(initial=0) > 1:
        _raise_overlap(vertices[head[times[successor] > 1]])


def _require_one_label(same: BoolArray, vertices: FloatArray, vertex: IntArray) -> None:
    """Raise unless each walk keeps to one region."""
    if not same.all():
        _raise_overlap(vertices[vertex[~same]])


def _raise_overlap(places: FloatArray) -> None:
    x, y = places[0]
    raise CoverageError(
        say(
            "Polygons overlap at {n} ends of edges, the first at ({x:.3f}, {y:.3f}). Nothing was changed. "
            "`gridpart.certify` lists every overlap, `gridpart.clean` can repair them.",
            n=len(places),
            x=x,
            y=y,
        )
    )


def _split_at_repeats(vertex: IntArray, offset: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Split walks that visit a vertex twice into simple rings; return vertices, offsets and each ring's walk."""
    n_walks = len(offset) - 1
    ring = np.repeat(np.arange(n_walks), np.diff(offset))
    span = np.int64(vertex.max(initial=0) + 1)
    visits = np.sort(ring * span + vertex)
    touching = np.unique(visits[1:][visits[1:] == visits[:-1]] // span)
    if len(touching) == 0:
        return vertex, offset, np.arange(n_walks)
    pieces: list[list[int]] = []
    walks: list[int] = []
    for number in touching.tolist():
        for piece in _simple_rings(vertex[offset[number] : offset[number + 1]].tolist()):
            pieces.append(piece)
            walks.append(number)
    keep = np.ones(n_walks, dtype=np.bool_)
    keep[touching] = False
    sizes = np.concatenate([np.diff(offset)[keep], [len(piece) for piece in pieces]]).astype(np.int64)
    flat = np.array([v for piece in pieces for v in piece], dtype=np.int64)
    return (
        np.concatenate([vertex[keep[ring]], flat]),
        np.concatenate([[0], np.cumsum(sizes)]),
        np.concatenate([np.flatnonzero(keep), np.array(walks, dtype=np.int64)]),
    )


def _simple_rings(walk: list[int]) -> list[list[int]]:
    """Cut a closed walk at each vertex that it meets again; out-and-back spikes vanish."""
    rings: list[list[int]] = []
    path: list[int] = []
    place: dict[int, int] = {}
    for vertex in walk:
        if vertex in place:
            ring = path[place[vertex] :]
            for left in ring[1:]:
                del place[left]
            del path[place[vertex] + 1 :]
            if len(ring) > 2:
                rings.append(ring)
        else:
            place[vertex] = len(path)
            path.append(vertex)
    if len(path) > 2:
        rings.append(path)
    return rings


def _signed_areas(vertices: FloatArray, vertex: IntArray, offset: IntArray) -> FloatArray:
    if len(vertex) == 0:
        return np.zeros(0)
    sizes = np.diff(offset)
    here = vertices.take(vertex, axis=0) - vertices.take(np.repeat(vertex[offset[:-1]], sizes), axis=0)
    there = np.concatenate([here[1:], here[:1]])
    there[offset[1:] - 1] = here[offset[:-1]]
    cross = here[:, 0] * there[:, 1] - here[:, 1] * there[:, 0]
    areas: FloatArray = np.add.reduceat(cross, offset[:-1]) / 2
    return areas


def labelled_rings(rings: Rings) -> Rings:
    """Return the rings of regions with a label."""
    kept = rings.label >= 0
    size = np.diff(rings.offset)
    return replace(
        rings,
        vertex=rings.vertex[np.repeat(kept, size)],
        offset=np.append(0, np.cumsum(size[kept])),
        label=rings.label[kept],
        cycle=rings.cycle[kept],
        area=rings.area[kept],
    )


def _shapes(vertices: FloatArray, rings: Rings, which: IntArray) -> GeometryArray:
    """Return some rings as polygons without holes, shape (n_chosen,)."""
    size = np.diff(rings.offset)[which]
    begin = np.cumsum(size + 1) - (size + 1)
    within = np.arange(int(size.sum()) + len(size)) - np.repeat(begin, size + 1)
    within[begin + size] = 0  # the first vertex closes the ring
    corners = vertices.take(rings.vertex[np.repeat(rings.offset[which], size + 1) + within], axis=0)
    offsets = np.append(begin, len(corners)), np.arange(len(which) + 1)
    shapes: GeometryArray = shapely.from_ragged_array(shapely.GeometryType.POLYGON, corners, offsets)
    return shapes


def nest_rings(vertices: FloatArray, rings: Rings) -> tuple[GeometryArray, IntArray, IntArray]:
    """
    Put holes into the shells of their label.

    Parameters
    ----------
    vertices
        Coordinates in metres, shape (n_vertices, 2).
    rings
        Rings from `trace_rings`.

    Returns
    -------
    polygons
        One polygon per shell, in ring order, shape (n_shells,).
    label
        Label of each polygon, shape (n_shells,).
    shell_of_ring
        Polygon that each ring belongs to; -1 for a hole within no shell of its label, which
        bounds the region from outside, shape (n_rings,).
    """
    is_shell = rings.area > 0
    shells = np.flatnonzero(is_shell)
    holes = np.flatnonzero(~is_shell)
    shell_of_ring = np.full(len(rings.area), -1, dtype=np.int64)
    shell_of_ring[shells] = np.arange(len(shells))
    polygons = _shapes(vertices, rings, shells)
    if len(holes) and len(shells):
        shell_of_ring[holes] = _shell_of_holes(polygons, vertices, rings, shells, holes)
        polygons = _with_holes(polygons, vertices, rings, shell_of_ring, holes)
    return polygons, rings.label[shells], shell_of_ring


def _shell_of_holes(
    polygons: GeometryArray, vertices: FloatArray, rings: Rings, shells: IntArray, holes: IntArray
) -> IntArray:
    """
    Return the shell of each hole, or -1.

    Rings of one region that share a vertex are cut from the same walk: a hole cut from a walk with a shell is that
    shell's. Any other hole touches an edge of the right shell at one point at most, so of two vertices one lies
    strictly inside it; none lies inside a shell that fills the hole. No area has to be compared with the hole's.
    """
    shell_of_walk = np.full(int(rings.cycle.max()) + 1, -1, dtype=np.int64)
    shell_of_walk[rings.cycle[shells]] = np.arange(len(shells))
    owner = shell_of_walk[rings.cycle[holes]]
    loose = np.flatnonzero(owner < 0)
    first = rings.offset[holes[loose]]
    corners = shapely.points(vertices[rings.vertex[np.concatenate([first, first + 1])]])
    found, query = shapely.STRtree(corners).query(polygons, predicate="contains")
    query = query % max(len(loose), 1)
    fits = rings.label[shells[found]] == rings.label[holes[loose[query]]]
    query, found = query[fits], found[fits]
    order = np.lexsort((rings.area[shells[found]], query))
    query, found = query[order], found[order]
    smallest = np.ones(len(query), dtype=np.bool_)
    smallest[1:] = query[1:] != query[:-1]
    owner[loose[query[smallest]]] = found[smallest]
    return owner


def _with_holes(
    polygons: GeometryArray, vertices: FloatArray, rings: Rings, shell_of_ring: IntArray, holes: IntArray
) -> GeometryArray:
    placed = holes[shell_of_ring[holes] >= 0]
    if len(placed) == 0:
        return polygons
    by_shell = placed[np.argsort(shell_of_ring[placed], kind="stable")]
    lines = shapely.get_exterior_ring(_shapes(vertices, rings, by_shell))
    changed, first = np.unique(shell_of_ring[by_shell], return_index=True)
    result = polygons.copy()
    for shell, members in zip(changed.tolist(), np.split(lines, first[1:]), strict=True):
        result[shell] = shapely.Polygon(shapely.get_exterior_ring(polygons[shell]), list(members))
    return result
