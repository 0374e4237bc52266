"""Slivers that a repair cuts off: where a polygon loses land, narrow remains of it go to a neighbour."""

from __future__ import annotations

import numpy as np

from gridpart._typing import BoolArray, IntArray
from gridpart.coverage._defects import widths_of
from gridpart.coverage._graph import connected_components
from gridpart.coverage._repair_borders import NOBODY, both_ways, longest_border
from gridpart.coverage._repair_faces import OwnedFaces
from gridpart.coverage.coverage import Coverage


def move_slivers(faces: OwnedFaces, label: IntArray, *, n_polygons: int, max_width: float) -> IntArray:
    """
    Give narrow pieces that a polygon keeps beside its main piece to the neighbour with the longest border.

    Parameters
    ----------
    faces
        Faces and their owners; owners from `n_polygons` on are not polygons.
    label
        Polygon of each face, -1 for none, shape (n_faces,).
    n_polygons
        Number of polygons.
    max_width
        In metres; wider pieces stay. Parts that were apart before all count as main pieces.

    Returns
    -------
    label
        Polygon of each face, shape (n_faces,).
    """
    lost = label[faces.face] != faces.owner
    loses = np.zeros(faces.n_owners, dtype=np.bool_)
    loses[faces.owner[lost]] = True
    loses[n_polygons:] = False
    rows = np.flatnonzero(loses[faces.owner])
    if max_width <= 0 or len(rows) == 0:
        return label
    face, owner = faces.face[rows], faces.owner[rows]
    one, two = _touching_rows(faces.coverage, face, owner, faces.n_owners)
    part = connected_components(len(rows), one, two)
    kept = label[face] == owner
    both = kept[one] & kept[two]
    piece = connected_components(len(rows), one[both], two[both])
    loose = kept & ~_is_main(piece, part, kept, faces.coverage.areas[face])
    piece_of_face = np.full(len(label), NOBODY, dtype=np.int64)
    piece_of_face[face[loose]] = piece[loose]
    pieces, shapes = faces.coverage.dissolve(piece_of_face)
    narrow = pieces[widths_of(shapes) <= max_width]
    return _hand_over(faces.coverage, label, np.where(np.isin(piece_of_face, narrow), piece_of_face, NOBODY))


def _touching_rows(coverage: Coverage, face: IntArray, owner: IntArray, n_owners: int) -> tuple[IntArray, IntArray]:
    """Return pairs of rows of one owner whose faces share a border; rows are sorted by face, then owner."""
    one, two, _ = coverage.adjacency()
    first = np.searchsorted(face, one)
    count = np.searchsorted(face, one, side="right") - first
    within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    row = np.repeat(first, count) + within
    codes = face * np.int64(n_owners) + owner
    wanted = np.repeat(two, count) * np.int64(n_owners) + owner[row]
    place = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    found = codes[place] == wanted
    return row[found], place[found]


def _is_main(piece: IntArray, part: IntArray, kept: BoolArray, area: np.ndarray) -> BoolArray:
    """Return the rows of the largest piece kept of each part."""
    total = np.bincount(piece[kept], area[kept], minlength=len(piece))
    order = np.lexsort((piece, -total[piece], ~kept, part))
    _, first = np.unique(part[order], return_index=True)
    main = np.zeros(len(piece), dtype=np.bool_)
    main[piece[order[first]]] = True
    return main[piece]


def _hand_over(coverage: Coverage, label: IntArray, piece: IntArray) -> IntArray:
    """Label whole pieces by their longest border, round by round; pieces without neighbour stay."""
    is_open = piece != NOBODY
    moved = np.where(is_open, NOBODY, label)
    one, two, border = both_ways(coverage)
    while True:
        beside = is_open[one] & (moved[two] != NOBODY)
        if not beside.any():
            return np.where(is_open, label, moved)
        pieces, who = longest_border(piece[one[beside]], moved[two[beside]], border[beside])
        receiver = np.full(int(piece.max()) + 1, NOBODY, dtype=np.int64)
        receiver[pieces] = who
        settled = is_open & (receiver[piece] != NOBODY)
        moved[settled] = receiver[piece[settled]]
        is_open &= ~settled
