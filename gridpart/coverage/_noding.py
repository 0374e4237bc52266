"""
Noding: split straight segments until they meet only at shared vertices.

A snapping noder in the sense of JTS: vertices closer than the tolerance are one vertex, a vertex closer than
0.7 of it to a segment is inserted into the segment, two segments that cross are both split at the crossing point. It
is repeated until nothing changes, so what it returns is checked, not hoped for. Points given first
keep their coordinates to the bit; later points move onto them.

References
----------
.. [1] Hobby, J. D. (1999). Practical segment intersection with finite precision output.
   Computational Geometry 13(4), 199-214.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.coverage._box_pairs import meeting_boxes
from gridpart.coverage._matching import distinct, order_within, unique_points
from gridpart.errors import CoverageError
from gridpart.i18n import messages

say = messages("coverage")

MAX_PASSES = 40
"""Noding rounds after which linework is refused; real linework needs two to five."""

_SETTLED_PASSES, _MAX_GROWTH = 8, 4
"""Once this many rounds are done, linework that still grows by this factor would grow without end."""

_CROWDED = 30
"""Close neighbours per point, on average, from which on pairs are no longer listed."""

_INSERTION = 0.7
"""
Share of the tolerance within which a vertex is inserted into a segment.

Vertices stay a whole tolerance apart, so below the square root of one half both new pieces are shorter than the
segment they replace. With equal distances the three sides of a small triangle would split each other for ever.
"""


_ROUNDING = 1e-12
"""Share of a product of lengths that is far above its rounding."""


@dataclass(frozen=True)
class NodedSegments:
    """
    Pieces of segments that meet only at shared vertices.

    Attributes
    ----------
    vertices
        Coordinates in metres, shape (n_vertices, 2).
    tail, head
        Vertices of each piece, in the direction of its source segment, shape (n_pieces,).
    source
        Segment that each piece is part of, shape (n_pieces,).
    n_given
        So many vertices come first that are ends of segments; the others were made where segments cross.
    ends
        Lower and higher vertex of each pair of vertices that pieces run between, sorted, shape (n_edges, 2).
    edge
        Pair of each piece, shape (n_pieces,).
    """

    vertices: FloatArray
    tail: IntArray
    head: IntArray
    source: IntArray
    n_given: int
    ends: IntArray
    edge: IntArray

    @property
    def net(self) -> IntArray:
        """How many more pieces run along each pair of `ends` than against it, shape (n_edges,)."""
        way = np.where(self.tail < self.head, 1.0, -1.0)
        return np.bincount(self.edge, way, minlength=len(self.ends)).astype(np.int64)


class _Pieces(NamedTuple):
    """Pieces between two rounds: ends, source segment, and whether they still have to be checked."""

    tail: IntArray
    head: IntArray
    source: IntArray
    fresh: BoolArray


def node_segments(start: FloatArray, end: FloatArray, *, tolerance: float) -> NodedSegments:
    """
    Split segments until they meet only at shared vertices.

    Parameters
    ----------
    start, end
        Coordinates in metres, shape (n_segments, 2). Vertices of earlier segments take precedence.
    tolerance
        Snapping distance in metres.

    Returns
    -------
    noded
        The pieces; segments shorter than the tolerance vanish.

    Raises
    ------
    CoverageError
        If the linework does not settle, naming the place.
    """
    points = np.empty((2 * len(start), 2))
    points[0::2], points[1::2] = start, end
    vertices, index = unique_points(points)
    vertices, merged = merge_close_points(vertices, tolerance=tolerance)
    n_given, index = len(vertices), merged[index]
    tail, head, source = index[0::2], index[1::2], np.arange(len(start))
    keep = tail != head
    tail, head, source = tail[keep], head[keep], source[keep]
    fresh = np.ones(len(tail), dtype=np.bool_)
    for number in range(MAX_PASSES):
        edge_tail, edge_head, piece_edge, edge_fresh = _undirected(tail, head, fresh)
        before = vertices
        vertices, splits, remap = _find_splits(vertices, edge_tail, edge_head, edge_fresh, tolerance)
        if len(splits) == 0:
            ends = np.column_stack([edge_tail, edge_head])
            return NodedSegments(before, tail, head, source, n_given, ends, piece_edge)
        moved = (vertices[remap] != before).any(axis=1)
        fresh = moved[tail] | moved[head]
        pieces = _Pieces(remap[tail], remap[head], source, fresh)
        tail, head, source, fresh = _split(vertices, pieces, piece_edge, splits)
        if number == _SETTLED_PASSES:
            limit = _MAX_GROWTH * len(tail)
        if number > _SETTLED_PASSES and len(tail) > limit:
            break
    place = vertices[splits[0, 1]]
    raise CoverageError(
        say(
            "The linework did not settle within {rounds} noding rounds at a snapping distance of {tolerance} m, "
            "near ({x:.3f}, {y:.3f}). Nothing was changed. Use a larger snapping distance.",
            rounds=number + 1,
            tolerance=tolerance,
            x=place[0],
            y=place[1],
        )
    )


def merge_close_points(points: FloatArray, *, tolerance: float) -> tuple[FloatArray, IntArray]:
    """
    Merge points closer than the tolerance into the first of them.

    No point moves farther than the tolerance, however many lie in a row: a point joins an earlier one that stays,
    never one that itself moved. The points that stay are more than the tolerance apart.

    Parameters
    ----------
    points
        Distinct points in metres, shape (n_points, 2); earlier ones take precedence.
    tolerance
        Distance in metres.

    Returns
    -------
    merged
        The points that stay, shape (n_merged, 2), in their order.
    index
        Merged point of each given one, shape (n_points,).
    """
    leader = _leaders(points, tolerance)
    stays = leader == np.arange(len(points))
    rank = np.cumsum(stays) - 1
    return points[stays], rank[leader]


def _leaders(points: FloatArray, tolerance: float) -> IntArray:
    """Return for each point the first staying point at most `tolerance` from it, or itself, shape (n_points,)."""
    leader = np.arange(len(points))
    if tolerance <= 0 or len(points) < 2:
        return leader
    # near the origin, so that distances are rounded less than the tolerance
    local = points - points.min(axis=0)
    rows = _with_neighbours(local, tolerance)
    leader[rows] = rows[_leaders_by_tree(local[rows], tolerance)]
    return leader


def _with_neighbours(local: FloatArray, tolerance: float) -> IntArray:
    """Return all points that have another one at most `tolerance` away, and few others: two sorts, no tree."""
    reach = tolerance * (1 + 1e-9)  # the tree rounds its squares
    order = np.argsort(local[:, 0])
    near = np.diff(local[order, 0]) <= reach
    kept = _beside(near)
    rows, run = order[kept], np.cumsum(np.append(True, ~near))[kept]
    if len(rows) == 0:
        return rows
    order = np.lexsort((local[rows, 1], run))
    near = (run[order[1:]] == run[order[:-1]]) & (np.diff(local[rows[order], 1]) <= reach)
    return np.sort(rows[order[_beside(near)]])


def _beside(near: BoolArray) -> BoolArray:
    """Return which entries of a row have a neighbour before or after them that is near."""
    beside: BoolArray = np.append(near, False) | np.append(False, near)
    return beside


def _leaders_by_tree(local: FloatArray, tolerance: float) -> IntArray:
    """Return the same, whatever the points are like."""
    leader = np.arange(len(local))
    if len(local) < 2:
        return leader
    tree = scipy.spatial.cKDTree(local, balanced_tree=False, compact_nodes=False)
    if tree.count_neighbors(tree, tolerance) > _CROWDED * len(local):
        return _leaders_of_crowds(tree, local, tolerance)
    pairs = tree.query_pairs(tolerance, output_type="ndarray").astype(np.int64)
    for first, second in pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))].tolist():
        if leader[first] == first and leader[second] == second:
            leader[second] = first
    return leader


def _leaders_of_crowds(tree: scipy.spatial.cKDTree, local: FloatArray, tolerance: float) -> IntArray:
    """Return the same without a list of pairs, which for thousands of points at one place would not fit anywhere."""
    leader = np.full(len(local), -1, dtype=np.int64)
    for number in range(len(local)):
        if leader[number] < 0:
            near = np.array(tree.query_ball_point(local[number], tolerance), dtype=np.int64)
            leader[near[leader[near] < 0]] = number
    return leader


def _undirected(tail: IntArray, head: IntArray, fresh: BoolArray) -> tuple[IntArray, IntArray, IntArray, BoolArray]:
    """Return the distinct undirected edges, the edge of each piece, and which edges are still unchecked."""
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    span = int(high.max()) + 1 if len(high) else 1
    codes, piece_edge = np.unique(low * span + high, return_inverse=True)
    is_fresh = np.zeros(len(codes), dtype=np.bool_)
    is_fresh[piece_edge[fresh]] = True
    return codes // span, codes % span, piece_edge, is_fresh


def _find_splits(
    vertices: FloatArray, tail: IntArray, head: IntArray, fresh: BoolArray, tolerance: float
) -> tuple[FloatArray, IntArray, IntArray]:
    """Return vertices (crossings added), rows of (edge, vertex) to split at, and the new number of each vertex."""
    one, two = _candidate_pairs(vertices, tail, head, fresh, tolerance)
    pairs = _Pairs(vertices, (tail[one], head[one]), (tail[two], head[two]))
    turned = _Pairs(vertices, pairs.other, pairs.edge)
    at_vertex = np.zeros(len(one), dtype=np.bool_)
    rows = []
    for seen, edge in ((pairs, one), (turned, two)):
        hit, vertex = seen.touching(vertices, tolerance * _INSERTION)
        at_vertex[hit] = True
        rows.append(np.column_stack([edge[hit], vertex]))
    crossing = np.flatnonzero(pairs.parted & turned.parted & ~at_vertex)
    # where crossings merge the first one stays: which that is must not depend on how pairs were found
    crossing = crossing[np.argsort(one[crossing] * np.int64(len(tail)) + two[crossing])]
    points = meeting_points(*(vertices.take(end[crossing], axis=0) for end in (*pairs.edge, *pairs.other)))
    new = np.arange(len(vertices), len(vertices) + len(points))
    rows += [np.column_stack([one[crossing], new]), np.column_stack([two[crossing], new])]
    found = np.concatenate(rows)
    remap = np.arange(len(vertices))
    if len(points):
        n_before = len(vertices)
        vertices, remap = merge_close_points(np.concatenate([vertices, points]), tolerance=tolerance)
        found[:, 1] = remap[found[:, 1]]
        remap = remap[:n_before]
    at_end = (found[:, 1] == remap[tail[found[:, 0]]]) | (found[:, 1] == remap[head[found[:, 0]]])
    codes = distinct(found[~at_end] @ np.array([len(vertices), 1]))
    return vertices, np.column_stack(np.divmod(codes, max(len(vertices), 1))), remap


def _candidate_pairs(
    vertices: FloatArray, tail: IntArray, head: IntArray, fresh: BoolArray, tolerance: float
) -> tuple[IntArray, IntArray]:
    """
    Return pairs of edges that may meet elsewhere than at an end they share; at least one of them is unchecked.

    Their boxes, widened by the tolerance, meet. Most such pairs are neighbours, which a look at their angle rules out.
    """
    a, b = vertices.take(tail, axis=0), vertices.take(head, axis=0)
    one, two = meeting_boxes(np.minimum(a, b) - tolerance, np.maximum(a, b) + tolerance, asked=fresh)
    alike = (tail[one] == tail[two]) | (head[one] == head[two])
    against = (tail[one] == head[two]) | (head[one] == tail[two])
    beside = np.flatnonzero(alike | against)
    along = b - a
    u, v = along.take(one[beside], axis=0), along.take(two[beside], axis=0)
    forth = u[:, 0] * v[:, 0] + u[:, 1] * v[:, 1]
    forth = np.where(alike[beside], forth, -forth)
    longest = np.sqrt(np.maximum((u**2).sum(axis=1), (v**2).sum(axis=1)))
    # twice the tolerance: far more than what rounding may add
    narrow = (forth >= 0) & (np.abs(_cross(u, v)) <= 2 * tolerance * longest + _ROUNDING * np.abs(forth))
    kept = np.ones(len(one), dtype=np.bool_)
    kept[beside[~narrow]] = False
    return one[kept], two[kept]


class _Pairs:
    """
    Pairs of edges, seen from the first of each.

    Attributes
    ----------
    edge, other
        Tail and head of both, two arrays of shape (n_pairs,) each.
    parted
        Whether the ends of the other lie on different sides of the edge, shape (n_pairs,).
    """

    def __init__(self, vertices: FloatArray, edge: tuple[IntArray, IntArray], other: tuple[IntArray, IntArray]) -> None:
        self.edge, self.other = edge, other
        start = vertices.take(edge[0], axis=0)
        self._along = vertices.take(edge[1], axis=0) - start
        self._sides = [_cross(self._along, vertices.take(end, axis=0) - start) for end in other]
        self.parted: BoolArray = np.sign(self._sides[0]) * np.sign(self._sides[1]) < 0

    def touching(self, vertices: FloatArray, tolerance: float) -> tuple[IntArray, IntArray]:
        """Return pairs in which an end of the other lies on the inside of the edge, and that end."""
        length = np.hypot(self._along[:, 0], self._along[:, 1])
        first, last = self.edge
        pairs, ends = [], []
        for end, side in zip(self.other, self._sides, strict=True):
            near = np.flatnonzero((np.abs(side) / length <= tolerance) & (end != first) & (end != last))
            along, to_end = self._along[near], vertices[end[near]] - vertices[first[near]]
            position = (to_end[:, 0] * along[:, 0] + to_end[:, 1] * along[:, 1]) / length[near]
            hit = near[(position > 0) & (position < length[near])]
            pairs.append(hit)
            ends.append(end[hit])
        return np.concatenate(pairs), np.concatenate(ends)


def meeting_points(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> FloatArray:
    """Return where segments ab and cd meet, the same to the bit whichever way and in whichever order they are given."""
    ab = _sorted_rows(np.stack([a, b], axis=1))
    cd = _sorted_rows(np.stack([c, d], axis=1))
    pairs = _sorted_rows(np.concatenate([ab.reshape(-1, 1, 4), cd.reshape(-1, 1, 4)], axis=1))
    a, b, c, d = pairs[:, 0, :2], pairs[:, 0, 2:], pairs[:, 1, :2], pairs[:, 1, 2:]
    side_a, side_b = _cross(d - c, a - c), _cross(d - c, b - c)
    points: FloatArray = a + (side_a / (side_a - side_b))[:, None] * (b - a)
    return points


def _sorted_rows(pairs: FloatArray) -> FloatArray:
    """Put the two rows of each pair in lexicographic order, shape (n_pairs, 2, n_columns)."""
    differs = pairs[:, 0] != pairs[:, 1]
    column = differs.argmax(axis=1)
    row = np.arange(len(pairs))
    turned = pairs[row, 0, column] > pairs[row, 1, column]
    ordered = pairs.copy()
    ordered[turned] = pairs[turned, ::-1]
    return ordered


def _cross(u: FloatArray, v: FloatArray) -> FloatArray:
    product: FloatArray = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    return product


def _split(
    vertices: FloatArray, pieces: _Pieces, piece_edge: IntArray, splits: IntArray
) -> tuple[IntArray, IntArray, IntArray, BoolArray]:
    """Split every piece of an edge at the edge's new vertices, in the order along the piece."""
    n_splits = np.bincount(splits[:, 0], minlength=int(piece_edge.max()) + 1)
    first_split = np.cumsum(n_splits) - n_splits
    whole = n_splits[piece_edge] == 0
    cut = np.flatnonzero(~whole)
    count = n_splits[piece_edge[cut]]
    number = np.repeat(np.arange(len(cut)), count)
    within = np.arange(len(number)) - np.repeat(np.cumsum(count) - count, count)
    vertex = splits[np.repeat(first_split[piece_edge[cut]], count) + within, 1]
    base, along = vertices[pieces.tail[cut]], vertices[pieces.head[cut]] - vertices[pieces.tail[cut]]
    share = ((vertices[vertex] - base[number]) * along[number]).sum(axis=1) / (along**2).sum(axis=1)[number]
    vertex = vertex[order_within(number, share)]

    # the chain of each cut piece: its tail, the new vertices in order, its head
    begin = np.cumsum(count + 2) - (count + 2)
    chain = np.empty(len(vertex) + 2 * len(cut), dtype=np.int64)
    chain[begin], chain[begin + count + 1] = pieces.tail[cut], pieces.head[cut]
    chain[begin[number] + 1 + within] = vertex
    owner = np.repeat(cut, count + 2)
    linked = np.flatnonzero(owner[1:] == owner[:-1])
    tail = np.concatenate([pieces.tail[whole], chain[linked]])
    head = np.concatenate([pieces.head[whole], chain[linked + 1]])
    source = np.concatenate([pieces.source[whole], pieces.source[owner[linked]]])
    fresh = np.concatenate([pieces.fresh[whole], np.ones(len(linked), dtype=np.bool_)])
    keep = tail != head
    return tail[keep], head[keep], source[keep], fresh[keep]
