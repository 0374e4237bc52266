"""Which polygons a repair has to look at: all others are proved to be an exact partition among themselves."""

from __future__ import annotations

import numpy as np
import shapely

from gridpart._typing import BoolArray, GeometryArray
from gridpart.coverage._matching import group_edges
from gridpart.coverage._noding import node_segments
from gridpart.coverage._rings import DirectedEdges, directed_edges
from gridpart.coverage._winding import faces_of_edges, walk_inwards

_MOST = 0.5
"""Above this share of polygons near unmatched edges, leaving the others out saves less than finding them costs."""


def concerned(polygons: GeometryArray, area: shapely.Geometry | None, *, tolerance: float) -> BoolArray:
    """
    Return which polygons are near an unmatched edge or in a place that is not covered exactly once.

    Where the edges of the polygons cancel, the number of polygons over a point does not change. So every place with
    another number than one is bounded by edges that do not cancel, and looking at those is enough.

    Parameters
    ----------
    polygons
        Valid polygons, shape (n_polygons,).
    area
        Area to cover, if any.
    tolerance
        Snapping distance in metres.

    Returns
    -------
    concerned
        Shape (n_polygons,); some may be included needlessly.
    """
    n = len(polygons)
    parts = [directed_edges(polygons)]
    if area is not None:
        parts.append(directed_edges(np.array([area], dtype=object)).reversed(owner=n))
    everything = DirectedEdges.concatenate(parts)
    groups = group_edges(everything)
    loose = everything.take(groups.members(groups.net != 0))
    mask = np.zeros(n, dtype=np.bool_)
    if len(loose) == 0:
        return mask
    tree = shapely.STRtree(polygons)
    border = loose.owner == n
    # an edge of the area may be long and its box may hold half of the polygons, so it is asked itself
    lines = shapely.linestrings(np.stack([loose.start[border], loose.end[border]], axis=1))
    mask[tree.query(lines, predicate="dwithin", distance=2 * tolerance)[1]] = True
    low = np.minimum(loose.start, loose.end)[~border] - 2 * tolerance
    high = np.maximum(loose.start, loose.end)[~border] + 2 * tolerance
    mask[tree.query(shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]))[1]] = True
    if mask.mean() > _MOST:
        return np.ones(n, dtype=np.bool_)
    mask[tree.query(_wrong_faces(loose, tolerance=tolerance, has_area=area is not None))[1]] = True
    return mask


def _wrong_faces(loose: DirectedEdges, *, tolerance: float, has_area: bool) -> GeometryArray:
    noded = node_segments(loose.start, loose.end, tolerance=tolerance)
    counts = noded.net != 0
    net = noded.net[counts]
    faces, left, right = faces_of_edges(noded.vertices, noded.ends[counts])
    winding = np.zeros(len(faces) + 1, dtype=np.int64)
    for step in walk_inwards(left, right, len(faces)):
        winding[step.child] = winding[step.parent] + np.where(step.child_is_left, net[step.edge], -net[step.edge])
    # the area's border runs against the polygons: with an area, right is zero; without one, zero or one
    right_numbers = [0] if has_area else [0, 1]
    return faces[~np.isin(winding[:-1], right_numbers)]
