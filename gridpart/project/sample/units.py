"""Townships, villages and communities: grown over small faces, so that they nest and fit exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage import Coverage, prove_partition
from gridpart.errors import CoverageError
from gridpart.i18n import messages
from gridpart.project.sample.noise import angle_at, crooked_lines, smooth_noise
from gridpart.project.sample.outline import Land, neighbour_graph

say = messages("project")

N_TOWNSHIPS = 10
N_COMMUNITIES = 24
N_VILLAGES = 250
TOWN = 0
"""Township number of the town; rural townships follow from 1."""

_EXCLAVE_VILLAGES = 3
_CENTIMETRES = 2
_STEP_M = 95.0
_WIDEST_ANGLE = np.radians(52)
_STREET_SHARE = 0.22
"""Borders in town follow streets: this share of the free angle is used there."""


@dataclass(frozen=True, eq=False)
class Places:
    """
    The basic units of the county.

    Attributes
    ----------
    polygons
        Exact coverage of the service area, shape (n_units,).
    settlements
        Where people live in each unit, in m, shape (n_units, 2).
    township
        Township number of each unit, `TOWN` for the communities, shape (n_units,).
    in_exclave
        Which units lie in the exclave, shape (n_units,).
    seats
        Unit that is the seat of each township, shape (n_townships + 1,).
    one, two
        Neighbouring units, each pair once, shape (n_pairs,).
    area
        The service area: all units together, noded with them.
    """

    polygons: GeometryArray
    settlements: FloatArray
    township: IntArray
    in_exclave: BoolArray
    seats: IntArray
    one: IntArray
    two: IntArray
    area: shapely.Polygon | shapely.MultiPolygon


def settle(land: Land, rng: np.random.Generator) -> Places:
    """
    Divide the county into townships and those into units.

    Parameters
    ----------
    land
        From `outline.lay_out`.
    rng
        Source of chance.

    Returns
    -------
    places
        Communities first, then villages township by township, each from north-west to south-east.

    Raises
    ------
    CoverageError
        If the units are not an exact partition of the area; this would be a fault of the generator.
    """
    township_of_face = _townships(land, rng)
    unit_of_face, seeds = _units(land, township_of_face, rng)
    unit_of_face, seeds = _in_reading_order(land, unit_of_face, seeds, township_of_face)
    polygons = _crooked_coverage(land, rng).dissolve(unit_of_face)[1]
    coverage = Coverage.from_polygons(polygons)
    area = coverage.boundary()
    proof = prove_partition(polygons, area)
    if not proof.holds:
        raise CoverageError(
            say("The sample county is not an exact coverage: {n} defects. Nothing was made.", n=len(proof.defects))
        )
    one, two, _ = coverage.adjacency()
    township = township_of_face[seeds]
    settlements = land.sites[seeds].round(_CENTIMETRES)
    seats = _seats(land, settlements, township, land.in_exclave[seeds])
    return Places(polygons, settlements, township, land.in_exclave[seeds], seats, one, two, area)


def spread_seeds(
    points: FloatArray, *, weight: FloatArray, n_seeds: int, n_rounds: int, rng: np.random.Generator
) -> IntArray:
    """
    Choose points spread over all points, closer together where the weight is high.

    Parameters
    ----------
    points
        Coordinates in m, shape (n_points, 2).
    weight
        Positive, shape (n_points,).
    n_seeds
        How many to choose.
    n_rounds
        Rounds of evening out [1]_; few leave the sizes uneven, as they are in the world.
    rng
        Source of chance.

    Returns
    -------
    chosen
        Distinct rows of `points`, shape (n_seeds,).

    References
    ----------
    .. [1] Lloyd, S. P. (1982). Least squares quantization in PCM. IEEE Transactions on Information Theory 28(2).
    """
    centres = points[rng.choice(len(points), n_seeds, replace=False, p=weight / weight.sum())]
    for _ in range(n_rounds):
        nearest = scipy.spatial.cKDTree(centres).query(points)[1]
        total = np.bincount(nearest, weight, minlength=n_seeds)
        moved = [np.bincount(nearest, weight * axis, minlength=n_seeds) for axis in points.T]
        filled = total > 0
        centres[filled] = np.column_stack(moved)[filled] / total[filled, None]
    free = np.ones(len(points), dtype=np.bool_)
    chosen = np.empty(n_seeds, dtype=np.int64)
    for number, centre in enumerate(centres):
        distance = np.where(free, np.hypot(*(points - centre).T), np.inf)
        chosen[number] = distance.argmin()
        free[chosen[number]] = False
    return chosen


def _grow(
    land: Land, seeds: IntArray, *, allowed: BoolArray, wavelength_m: float, rng: np.random.Generator
) -> IntArray:
    """Let seeds grow over allowed borders at uneven cost; return the seed that takes each face, -1 for none."""
    middle = (land.sites[land.one] + land.sites[land.two]) / 2
    cost = np.exp(0.7 * smooth_noise(middle, wavelength_m=wavelength_m, rng=rng, n_octaves=3))
    graph = neighbour_graph(land, allowed, cost)
    _, _, source = scipy.sparse.csgraph.dijkstra(graph, indices=seeds, min_only=True, return_predecessors=True)
    number = np.full(len(land.sites), -1, dtype=np.int64)
    number[seeds] = np.arange(len(seeds))
    grown: IntArray = np.where(source < 0, -1, number[np.maximum(source, 0)])
    return grown


def _townships(land: Land, rng: np.random.Generator) -> IntArray:
    """Return the township number of each face, -1 outside the county."""
    rural = land.in_county & ~land.in_town & ~land.in_exclave
    rows = np.flatnonzero(rural)
    weight = land.faces.areas[rows]
    seeds = rows[spread_seeds(land.sites[rows], weight=weight, n_seeds=N_TOWNSHIPS, n_rounds=9, rng=rng)]
    township = 1 + _grow(land, seeds, allowed=rural[land.one] & rural[land.two], wavelength_m=6_500, rng=rng)
    township = np.where(rural, township, -1)
    township[land.in_town] = TOWN
    nearest = scipy.spatial.cKDTree(land.sites[rows]).query(land.sites[land.in_exclave].mean(axis=0))[1]
    township[land.in_exclave] = township[rows[nearest]]
    return township


def _units(land: Land, township: IntArray, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Return the unit of each face, -1 outside, and the seed face of each unit."""
    from_town = np.hypot(*(land.sites - land.town_centre).T)
    crowding = np.where(land.in_town, np.exp(-from_town / 1_500), 1 + 2.2 * np.exp(-from_town / 7_000))
    weight = land.faces.areas * crowding
    main = ~land.in_exclave
    groups = [np.flatnonzero((township == number) & main) for number in range(N_TOWNSHIPS + 1)]
    groups.append(np.flatnonzero(land.in_exclave))
    rural = np.array([weight[group].sum() for group in groups[1:-1]])
    counts = [N_COMMUNITIES, *share_out(N_VILLAGES - _EXCLAVE_VILLAGES, rural).tolist(), _EXCLAVE_VILLAGES]
    seeds = np.concatenate(
        [
            group[spread_seeds(land.sites[group], weight=weight[group], n_seeds=count, n_rounds=4, rng=rng)]
            for group, count in zip(groups, counts, strict=True)
        ]
    )
    zone = np.where(land.in_exclave, N_TOWNSHIPS + 1, township)
    within = (zone[land.one] == zone[land.two]) & (zone[land.one] >= 0)
    return _grow(land, seeds, allowed=within, wavelength_m=2_600, rng=rng), seeds


def share_out(total: int, weight: FloatArray) -> IntArray:
    """
    Share a whole number by weight, by largest remainders.

    Parameters
    ----------
    total
        What to share.
    weight
        Positive, shape (n,).

    Returns
    -------
    shares
        Whole numbers that sum to `total`, shape (n,).
    """
    exact = total * weight / weight.sum()
    shares: IntArray = np.floor(exact).astype(np.int64)
    order = np.argsort(shares - exact, kind="stable")
    shares[order[: total - int(shares.sum())]] += 1
    return shares


def _in_reading_order(land: Land, unit: IntArray, seeds: IntArray, township: IntArray) -> tuple[IntArray, IntArray]:
    x, y = land.sites[seeds].T
    order = np.lexsort((x - 2 * y, land.in_exclave[seeds], township[seeds]))
    rank = np.empty(len(seeds), dtype=np.int64)
    rank[order] = np.arange(len(seeds))
    return np.where(unit < 0, -1, rank[np.maximum(unit, 0)]), seeds[order]


def _seats(land: Land, settlements: FloatArray, township: IntArray, in_exclave: BoolArray) -> IntArray:
    """Return the unit nearest to the middle of each township, drawn a little towards the town."""
    seats = []
    for number in range(N_TOWNSHIPS + 1):
        rows = np.flatnonzero((township == number) & ~in_exclave)
        middle = settlements[rows].mean(axis=0)
        pull = 0.0 if number == TOWN else 0.12
        wanted = land.town_centre if number == TOWN else middle + pull * (land.town_centre - middle)
        seats.append(rows[np.hypot(*(settlements[rows] - wanted).T).argmin()])
    return np.array(seats, dtype=np.int64)


def _crooked_coverage(land: Land, rng: np.random.Generator) -> Coverage:
    """
    Return the faces with crooked edges, each displaced once for both its faces.

    The edge of two faces stays inside the two triangles that it spans with their sites, and these triangles never
    overlap: no border can cross another, however the units are put together. `polygons` stay the straight ones;
    dissolving reads the edges only.
    """
    faces = land.faces
    two_sided = faces.right_face >= 0
    tail, head = faces.edges[two_sided].T
    left, right = faces.left_face[two_sided], faces.right_face[two_sided]
    matters = land.in_county[left] | land.in_county[right]
    tail, head, left, right = tail[matters], head[matters], left[matters], right[matters]
    start, end = faces.vertices[tail], faces.vertices[head]
    free = np.full(len(start), _WIDEST_ANGLE)
    for side in (left, right):
        site = land.sites[side]
        free = np.minimum(free, np.minimum(angle_at(start, end, site), angle_at(end, start, site)))
    in_street = land.in_town[left] & land.in_town[right]
    free = free * np.where(in_street, _STREET_SHARE, 0.95)
    points, line = crooked_lines(start, end, angle=free, step_m=_STEP_M, rng=rng)
    # rounding to the centimetre makes the same bytes on every machine; ends of lines are rounded alike everywhere
    vertices, index = np.unique(points.round(_CENTIMETRES), axis=0, return_inverse=True)
    along = np.flatnonzero(line[1:] == line[:-1])
    edges = np.column_stack([index[along], index[along + 1]])
    long = edges[:, 0] != edges[:, 1]
    of_line = line[along][long]
    return replace(faces, points=vertices, ends=edges[long], left_face=left[of_line], right_face=right[of_line])
