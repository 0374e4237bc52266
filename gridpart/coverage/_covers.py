"""Which polygons cover an overlap: a polygon that runs over several others overlaps each of them."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np
import shapely

from gridpart._typing import GeometryArray
from gridpart.coverage.arrangement import arrange

_THINNEST_M = 1e-6
"""Parts of an overlap thinner than this, in metres, are not told apart: so far may cells lie off the border."""


class Cover(NamedTuple):
    """What the same polygons cover."""

    shape: shapely.Geometry
    polygons: tuple[int, ...]


def covers_of(overlaps: GeometryArray, polygons: GeometryArray, area: shapely.Geometry) -> list[Cover]:
    """
    Divide overlaps by the polygons that cover them.

    What bounds an overlap does not tell who covers it: borders of polygons that another one runs over cancel inside
    it, and so do those between one overlap and the next. So all polygons that reach an overlap are noded together.

    Parameters
    ----------
    overlaps
        Polygons in metres that share no land, shape (n_overlaps,).
    polygons
        Valid polygons or None, shape (n_polygons,).
    area
        Land outside it counts as overlap where a single polygon covers it.

    Returns
    -------
    covers
        In the order of `overlaps`; an overlap that the same polygons cover throughout comes back as it is. One too
        thin to be divided has the polygons that cover a point of it.
    """
    reaching = np.unique(shapely.STRtree(polygons).query(overlaps, predicate="intersects")[1])
    members = [polygons[reaching], np.array([area], dtype=object)]
    arrangement = arrange([], tolerance=_THINNEST_M, members=members)
    parts, codes = arrangement.coverage.polygons, arrangement.members.codes[:, 0]
    inner = shapely.point_on_surface(parts)
    of_overlap: dict[int, dict[int, list[shapely.Geometry]]] = defaultdict(lambda: defaultdict(list))
    for part, overlap in shapely.STRtree(overlaps).query(inner, predicate="intersects").T.tolist():
        of_overlap[overlap][int(codes[part])].append(parts[part])
    found = []
    for number, shape in enumerate(overlaps):
        by_code = of_overlap[number]
        for code, shapes in sorted(by_code.items()):
            who = tuple(reaching[list(arrangement.members.of(code, 0))].tolist())
            found += [Cover(each, who) for each in (shapes if len(by_code) > 1 else [shape])]
        if not by_code:
            point = shapely.point_on_surface(shape)
            found.append(Cover(shape, tuple(reaching[shapely.intersects(polygons[reaching], point)].tolist())))
    return found
