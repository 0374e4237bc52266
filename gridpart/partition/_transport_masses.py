"""
How much demand each power cell holds, exactly, and how that changes with the prices.

By Green's theorem the demand in a cell is a sum over two kinds of straight pieces: borders of cells within one class of
density, and edges of changing density within one cell. So only crossings are computed, never an overlay. Pieces are
labelled from the crossings; labels that contradict each other are noticed, and the layout is then moved by a hair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
import shapely

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.coverage import PowerDiagram, power_diagram
from gridpart.errors import CoverageError
from gridpart.i18n import messages
from gridpart.partition._transport_density import DensityEdges

say = messages("partition")

_CLIP = 1.25
"""Borders of power cells are cut off at this many radii, beyond all demand."""

_CHUNK = 0.04
"""Borders are searched for crossings in chunks of this share of the radius, so that boxes stay small."""

_SHIFTS = ((6.1e-12, 7.9e-12), (-4.3e-11, 2.9e-11), (3.7e-10, 5.3e-10))
"""By how much of the radius the sites are moved, so that borders of units and of cells never coincide exactly."""

_MOST_LOST = 1e-9
"""Demand that the cells may miss in all, as a share of the total."""


@dataclass(frozen=True)
class Masses:
    """
    Demand and background of every cell at given prices.

    Attributes
    ----------
    mass
        Demand and background of each cell, in shares, shape (n_cells, 2).
    one, two
        Cells beside each border, shape (n_borders,).
    stiffness
        Change of demand and of background across each border per unit of price, shape (n_borders, 2).
    """

    mass: FloatArray
    one: IntArray
    two: IntArray
    stiffness: FloatArray


@dataclass(frozen=True)
class _Segments:
    """Segments with a label on either side, and the vertex numbers that join them."""

    start: FloatArray
    end: FloatArray
    tail: IntArray
    head: IntArray
    left: IntArray
    right: IntArray


@dataclass(frozen=True)
class _Pieces:
    """Pieces of segments between crossings, each with the label of the layer it lies in."""

    source: IntArray
    start: FloatArray
    end: FloatArray
    label: IntArray


class InconsistentError(CoverageError):
    """Crossings contradict each other: two features coincide to the last bit, or there is no border at all."""


def masses_of(sites: FloatArray, prices: FloatArray, edges: DensityEdges) -> Masses:
    """
    Integrate demand over all power cells.

    Parameters
    ----------
    sites
        About the origin, in units of the radius, shape (n_cells, 2).
    prices
        In squared units of the radius, shape (n_cells,).
    edges
        Where the density changes.

    Raises
    ------
    CoverageError
        If demand is lost at every one of several tiny displacements: sites too close together.
    """
    for shift in _SHIFTS:
        try:
            found = _masses(sites + np.array(shift), prices, edges)
        except InconsistentError:
            continue
        if np.abs(found.mass.sum(axis=0) / len(sites) - 1).max() <= _MOST_LOST:
            return found
    raise CoverageError(
        say("Demand cannot be integrated over the cells: some outlets stand too close together. Nothing was changed.")
    )


def _masses(sites: FloatArray, prices: FloatArray, edges: DensityEdges) -> Masses:
    diagram = power_diagram(sites, prices, radius=1.0)
    borders = _clipped(diagram)
    if len(borders.tail) == 0:
        raise InconsistentError(say("At these prices one cell covers everything."))
    fields = _Segments(
        edges.vertices[edges.tail], edges.vertices[edges.head], edges.tail, edges.head, edges.left, edges.right
    )
    one, two, along_one, along_two, one_leaves_left, two_leaves_left = _crossings(borders, fields, edges.tree)
    in_class = _pieces(borders, one, along_one, (edges.left[two], edges.right[two]), one_leaves_left)
    in_cell = _pieces(fields, two, along_two, (borders.left[one], borders.right[one]), two_leaves_left)
    n = len(sites)
    in_cell = _locate_rest(in_cell, sites, prices)
    padded = np.concatenate([sites, np.zeros((borders.left.max(initial=n) + 2, 2))])
    jump = edges.density[edges.left] - edges.density[edges.right]
    mass = np.zeros((n, 2))
    density = edges.density[in_class.label]
    for side, sign in ((borders.left, 1.0), (borders.right, -1.0)):
        cell = side[in_class.source]
        _add(mass, cell, sign * _sweep(in_class, padded[cell])[:, None] * density)
    _add(mass, in_cell.label, _sweep(in_cell, padded[in_cell.label])[:, None] * jump[in_cell.source])
    length = np.hypot(*(in_class.end - in_class.start).T)
    flow = np.column_stack(
        [np.bincount(in_class.source, length * density[:, k], minlength=len(borders.left)) for k in (0, 1)]
    )
    real = (borders.left < n) & (borders.right < n)
    left, right = borders.left[real], borders.right[real]
    apart = np.hypot(*(sites[left] - sites[right]).T)
    return Masses(mass, left, right, flow[real] / (2 * apart[:, None]))


def _sweep(pieces: _Pieces, origin: FloatArray) -> FloatArray:
    """Return the signed area between each piece and an origin of its own, which keeps rounding small."""
    start, end = pieces.start - origin, pieces.end - origin
    swept: FloatArray = (start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0]) / 2
    return swept


def _add(mass: FloatArray, cell: IntArray, amount: FloatArray) -> None:
    real = cell < len(mass)
    for column in range(mass.shape[1]):
        mass[:, column] += np.bincount(cell[real], amount[real, column], minlength=len(mass))


def _clipped(diagram: PowerDiagram) -> _Segments:
    """Cut the borders of cells off at a square beyond all demand; ends cut off get vertices of their own."""
    start, end = diagram.corners[diagram.tail], diagram.corners[diagram.head]
    way = end - start
    with np.errstate(divide="ignore", invalid="ignore"):
        one, two = (-_CLIP - start) / way, (_CLIP - start) / way
    flat = way == 0
    outside = flat & (np.abs(start) > _CLIP)
    enter = np.where(flat, np.where(outside, 2.0, -1.0), np.minimum(one, two)).max(axis=1)
    leave = np.where(flat, np.where(outside, -1.0, 2.0), np.maximum(one, two)).min(axis=1)
    enter, leave = np.maximum(enter, 0), np.minimum(leave, 1)
    kept = enter < leave
    enter, leave, start, way = enter[kept], leave[kept], start[kept], way[kept]
    fresh = len(diagram.corners) + np.arange(len(enter))
    return _Segments(
        start=np.where((enter > 0)[:, None], start + enter[:, None] * way, start),
        end=np.where((leave < 1)[:, None], start + leave[:, None] * way, end[kept]),
        tail=np.where(enter > 0, fresh, diagram.tail[kept]),
        head=np.where(leave < 1, fresh + len(fresh), diagram.head[kept]),
        left=diagram.left[kept],
        right=diagram.right[kept],
    )


def _crossings(
    borders: _Segments, fields: _Segments, tree: shapely.STRtree
) -> tuple[IntArray, IntArray, FloatArray, FloatArray, BoolArray, BoolArray]:
    """Return pairs that cross, the share along each where they do, and whether each leaves the other's left side."""
    one, two = _near_pairs(borders, tree, len(fields.tail))
    p, q, a, b = borders.start[one], borders.end[one], fields.start[two], fields.end[two]
    at_p, at_q, at_a, at_b = _side(a, b, p), _side(a, b, q), _side(p, q, a), _side(p, q, b)
    meets = ((at_p > 0) != (at_q > 0)) & ((at_a > 0) != (at_b > 0))
    at_p, at_q, at_a, at_b = at_p[meets], at_q[meets], at_a[meets], at_b[meets]
    return one[meets], two[meets], at_p / (at_p - at_q), at_a / (at_a - at_b), at_p > 0, at_a > 0


def _near_pairs(borders: _Segments, tree: shapely.STRtree, n_fields: int) -> tuple[IntArray, IntArray]:
    """Return pairs of borders and edges whose boxes meet, each once."""
    way = borders.end - borders.start
    parts = np.maximum(np.ceil(np.abs(way).max(axis=1) / _CHUNK), 1).astype(np.int64)
    source = np.repeat(np.arange(len(parts)), parts)
    number = np.arange(len(source)) - np.repeat(np.cumsum(parts) - parts, parts)
    low, high = number / parts[source], (number + 1) / parts[source]
    chunk = np.stack([borders.start[source] + t[:, None] * way[source] for t in (low, high)], axis=1)
    near, field = tree.query(shapely.linestrings(chunk))
    code = np.unique(source[near] * np.int64(n_fields) + field)
    return code // n_fields, code % n_fields


def _side(a: FloatArray, b: FloatArray, p: FloatArray) -> FloatArray:
    """Return twice the signed area of each triangle abp: positive where p lies left of ab."""
    side: FloatArray = (b[:, 0] - a[:, 0]) * (p[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (p[:, 0] - a[:, 0])
    return side


def _pieces(
    segments: _Segments, crossed: IntArray, along: FloatArray, sides: tuple[IntArray, IntArray], leaves_left: BoolArray
) -> _Pieces:
    """Cut segments at their crossings and label the pieces with what the crossed layer has there; -1 if unknown."""
    n = len(segments.tail)
    before, after = np.where(leaves_left, *sides), np.where(leaves_left, sides[1], sides[0])
    order = np.lexsort((along, crossed))
    crossed, along, before, after = crossed[order], along[order], before[order], after[order]
    follows = crossed[1:] == crossed[:-1]
    if (after[:-1][follows] != before[1:][follows]).any():
        raise InconsistentError(say("Crossings along a segment contradict each other."))
    whole = np.bincount(crossed, minlength=n) == 0
    first = np.flatnonzero(np.append(True, ~follows)) if len(crossed) else crossed
    last = np.flatnonzero(np.append(~follows, True)) if len(crossed) else crossed
    ends = np.concatenate([segments.tail[crossed[first]], segments.head[crossed[last]]])
    label = _spread(segments, whole, ends, np.concatenate([before[first], after[last]]))
    source = np.concatenate([np.flatnonzero(whole), crossed[first], crossed])
    low = np.concatenate([np.zeros(whole.sum() + len(first)), along])
    high = np.ones(len(source))
    high[whole.sum() : whole.sum() + len(first)] = along[first]
    until = np.append(np.where(follows, along[1:], 1.0), 1.0) if len(along) else along
    high[whole.sum() + len(first) :] = until
    start, way = segments.start[source], (segments.end - segments.start)[source]
    return _Pieces(
        source,
        start + low[:, None] * way,
        np.where((high < 1)[:, None], start + high[:, None] * way, segments.end[source]),
        np.concatenate([label[segments.tail[whole]], before[first], after]),
    )


def _spread(segments: _Segments, whole: BoolArray, ends: IntArray, labels: IntArray) -> IntArray:
    """Carry labels known at ends of cut segments along segments without crossings, shape (n_vertices,)."""
    n = int(max(segments.tail.max(), segments.head.max())) + 1
    tail, head = segments.tail[whole], segments.head[whole]
    graph = scipy.sparse.coo_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(n, n))
    n_groups, group = scipy.sparse.csgraph.connected_components(graph, directed=False)
    known = np.full(n_groups, -1, dtype=np.int64)
    known[group[ends]] = labels
    if (known[group[ends]] != labels).any():
        raise InconsistentError(say("Crossings around a vertex contradict each other."))
    spread: IntArray = known[group]
    return spread


def _locate_rest(pieces: _Pieces, sites: FloatArray, prices: FloatArray) -> _Pieces:
    """Find the cell of pieces in features that no border crosses."""
    rest = np.flatnonzero(pieces.label < 0)
    if len(rest) == 0:
        return pieces
    tree = scipy.spatial.cKDTree(np.column_stack([sites, np.sqrt(prices.max() - prices)]))
    _, cell = tree.query(np.column_stack([pieces.start[rest], np.zeros(len(rest))]))
    label = pieces.label.copy()
    label[rest] = cell
    return _Pieces(pieces.source, pieces.start, pieces.end, label)
