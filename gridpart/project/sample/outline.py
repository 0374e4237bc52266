"""Where the county lies: small faces of land, and which of them are county, town, lake, exclave or neighbour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
import shapely

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.coverage import Coverage, connected_components, tessellate
from gridpart.errors import CoverageError
from gridpart.i18n import messages
from gridpart.project.sample.noise import smooth_noise

say = messages("project")

CRS = "EPSG:4547"
"""CGCS2000 / 3-degree Gauss-Kruger, central meridian 114° E."""

CENTRE = (452_000.0, 3_416_000.0)
"""Where the county is put, in m."""

COUNTY_AREA_M2 = 1.46e9
TOWN_RADIUS_M = 3_200.0

_HALF_WIDTH_M = 33_000.0
_MARGIN_M = 2_500.0
_RURAL_SPACING_M = 700.0
_TOWN_SPACING_M = 235.0
_LAKE_AXES_M = (4_700.0, 2_300.0)
_EXCLAVE_RADIUS_M = 2_300.0
_EXCLAVE_HOPS = 7
_EXCLAVE_CLEAR_HOPS = 3


@dataclass(frozen=True, eq=False)
class Land:
    """
    Small faces of land around and in the county.

    Attributes
    ----------
    sites
        Centre of each face in m, shape (n_faces, 2).
    faces
        The faces, in the order of the sites.
    one, two
        Neighbouring faces, each pair once, shape (n_pairs,).
    in_county, in_town, in_exclave, in_lake
        What a face is; town and exclave are county, the lake is not, shape (n_faces,).
    town_centre
        Middle of the town in m, shape (2,).
    """

    sites: FloatArray
    faces: Coverage
    one: IntArray
    two: IntArray
    in_county: BoolArray
    in_town: BoolArray
    in_exclave: BoolArray
    in_lake: BoolArray
    town_centre: FloatArray


def lay_out(rng: np.random.Generator) -> Land:
    """
    Draw the county.

    Parameters
    ----------
    rng
        Source of chance.

    Returns
    -------
    land
        One connected county with one lake in it, a town off the lake, and one exclave beyond the border.
    """
    lake_at = rng.uniform(0, 2 * np.pi)
    town_centre = np.array(CENTRE) + _polar(lake_at + np.pi + rng.uniform(-0.7, 0.7), rng.uniform(2_500, 5_500))
    lake_centre = np.array(CENTRE) + _polar(lake_at, rng.uniform(8_500, 10_500))
    sites, in_town = _sites(town_centre, rng)
    box = shapely.box(*(np.array(CENTRE) - _HALF_WIDTH_M), *(np.array(CENTRE) + _HALF_WIDTH_M))
    faces, owner = tessellate(sites, box)
    if not np.array_equal(owner, np.arange(len(sites))):
        raise CoverageError(
            say(
                "{n} sites of the sample county gave {faces} faces; one each is needed.", n=len(sites), faces=len(owner)
            )
        )
    one, two, _ = faces.adjacency()
    in_town = _largest_filled(in_town, one, two)
    county = _county(sites, faces, in_town, rng) | in_town
    county = _largest_filled(county, one, two)
    lake = county & ~in_town & (_blob(sites, lake_centre, _LAKE_AXES_M, rng=rng) < 1) & ~_beside(~county, one, two)
    lake = _largest_filled(lake, one, two)
    exclave = _exclave(sites, county, away_from=lake_at, pairs=(one, two), rng=rng)
    in_county = (county & ~lake) | exclave
    return Land(sites, faces, one, two, in_county, in_town, exclave, lake, town_centre)


def neighbour_graph(land: Land, allowed: BoolArray, cost: FloatArray) -> scipy.sparse.csr_array:
    """
    Return the graph of neighbouring faces with what it costs to grow across each border.

    Parameters
    ----------
    land
        The faces.
    allowed
        Which pairs of `land.one` and `land.two` to take, shape (n_pairs,).
    cost
        Factor on the distance between the centres of each pair, shape (n_pairs,).

    Returns
    -------
    graph
        Sparse, symmetric, shape (n_faces, n_faces).
    """
    one, two = land.one[allowed], land.two[allowed]
    weight = np.hypot(*(land.sites[one] - land.sites[two]).T) * cost[allowed]
    n_faces = len(land.sites)
    rows, columns = np.concatenate([one, two]), np.concatenate([two, one])
    return scipy.sparse.csr_array((np.concatenate([weight, weight]), (rows, columns)), shape=(n_faces, n_faces))


def _polar(angle: float, distance: float) -> FloatArray:
    return np.array([np.cos(angle), np.sin(angle)]) * distance


def _sites(town_centre: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, BoolArray]:
    """Return a jittered triangular lattice of rural land with a finer, turned square one in the town."""
    steps = np.arange(-_HALF_WIDTH_M + 200, _HALF_WIDTH_M - 200, _RURAL_SPACING_M)
    rows = np.arange(-_HALF_WIDTH_M + 200, _HALF_WIDTH_M - 200, _RURAL_SPACING_M * np.sqrt(0.75))
    x, y = np.meshgrid(steps, rows)
    x = x + (np.arange(len(rows)) % 2)[:, None] * _RURAL_SPACING_M / 2
    rural = np.column_stack([x.ravel(), y.ravel()]) + CENTRE
    rural = rural + rng.uniform(-0.36, 0.36, rural.shape) * _RURAL_SPACING_M
    rural = rural[np.abs(rural - CENTRE).max(axis=1) < _HALF_WIDTH_M - 1]
    steps = np.arange(-2 * TOWN_RADIUS_M, 2 * TOWN_RADIUS_M, _TOWN_SPACING_M)
    x, y = np.meshgrid(steps, steps)
    turn = rng.uniform(0.1, 0.6)
    town = np.column_stack([x.ravel(), y.ravel()]) @ np.array(
        [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
    )
    town = town + town_centre + rng.uniform(-0.16, 0.16, town.shape) * _TOWN_SPACING_M
    axes = (TOWN_RADIUS_M * 1.08, TOWN_RADIUS_M * 0.93)
    town = town[_blob(town, town_centre, axes, rng=rng) < 1]
    clear = shapely.STRtree(shapely.points(town)).query(shapely.points(rural), "dwithin", _RURAL_SPACING_M * 0.5)[0]
    rural = np.delete(rural, np.unique(clear), axis=0)
    return np.concatenate([rural, town]), np.arange(len(rural) + len(town)) >= len(rural)


def _blob(
    points: FloatArray, centre: FloatArray, axes_m: tuple[float, float], *, rng: np.random.Generator
) -> FloatArray:
    """Return the distance from a centre in units of a turned ellipse with a ragged border."""
    turn = rng.uniform(0, np.pi)
    x, y = (points - centre).T
    along = (x * np.cos(turn) + y * np.sin(turn)) / axes_m[0]
    across = (y * np.cos(turn) - x * np.sin(turn)) / axes_m[1]
    ragged = 0.3 * smooth_noise(points, wavelength_m=axes_m[0] * 0.6, rng=rng, n_octaves=3)
    distance: FloatArray = np.hypot(along, across) + ragged
    return distance


def _county(sites: FloatArray, faces: Coverage, in_town: BoolArray, rng: np.random.Generator) -> BoolArray:
    """Return the faces nearest to the middle in a distorted distance, as many as make up the area."""
    turn = rng.uniform(0, np.pi)
    x, y = (sites - CENTRE).T
    along = (x * np.cos(turn) + y * np.sin(turn)) / 1.12
    across = (y * np.cos(turn) - x * np.sin(turn)) * 1.12
    reach = np.hypot(along, across) / 21_500
    reach = reach + 0.30 * smooth_noise(sites, wavelength_m=15_000, rng=rng, n_octaves=4)
    # every border of the county needs a face on both its sides
    reach[np.abs(sites - CENTRE).max(axis=1) > _HALF_WIDTH_M - _MARGIN_M] = np.inf
    reach[in_town] = -1
    order = np.argsort(reach, kind="stable")
    county = np.zeros(len(sites), dtype=np.bool_)
    county[order[np.cumsum(faces.areas[order]) < COUNTY_AREA_M2]] = True
    return county


def _beside(mask: BoolArray, one: IntArray, two: IntArray) -> BoolArray:
    """Return the faces with a neighbour in the mask."""
    beside = np.zeros_like(mask)
    beside[one[mask[two]]] = True
    beside[two[mask[one]]] = True
    return beside


def _largest_filled(mask: BoolArray, one: IntArray, two: IntArray) -> BoolArray:
    """Return the largest connected piece of the mask with its holes filled."""
    piece = _largest(mask, one, two)
    return ~_largest(~piece, one, two)


def _largest(mask: BoolArray, one: IntArray, two: IntArray) -> BoolArray:
    inner = mask[one] & mask[two]
    component = connected_components(len(mask), one[inner], two[inner])
    size = np.bincount(component[mask], minlength=len(mask))
    largest: BoolArray = mask & (component == size.argmax())
    return largest


def _exclave(
    sites: FloatArray,
    county: BoolArray,
    *,
    away_from: float,
    pairs: tuple[IntArray, IntArray],
    rng: np.random.Generator,
) -> BoolArray:
    """Return a blob of faces a few faces beyond the border, on the side of the county that turns from the lake."""
    one, two = pairs
    n_faces = len(sites)
    steps = scipy.sparse.csr_array(
        (np.ones(2 * len(one)), (np.r_[one, two], np.r_[two, one])), shape=(n_faces, n_faces)
    )
    hops = scipy.sparse.csgraph.dijkstra(steps, indices=np.flatnonzero(county), min_only=True, unweighted=True)
    inside_box = np.abs(sites - CENTRE).max(axis=1) < _HALF_WIDTH_M - 2 * _EXCLAVE_RADIUS_M
    candidates = np.flatnonzero((hops == _EXCLAVE_HOPS) & inside_box)
    wanted = _polar(away_from + rng.choice([-1.0, 1.0]) * rng.uniform(1.2, 2.2), 1.0)
    direction = sites[candidates] - CENTRE
    turned = (direction @ wanted) / np.hypot(*direction.T)
    centre = sites[candidates[turned.argmax()]]
    blob = _blob(sites, centre, (_EXCLAVE_RADIUS_M * 1.25, _EXCLAVE_RADIUS_M * 0.9), rng=rng) < 1
    return _largest_filled(blob & (hops >= _EXCLAVE_CLEAR_HOPS), one, two)
