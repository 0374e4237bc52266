"""
First prices for balanced cells: near enough that Newton's method converges in a few steps, far from them it crawls.

Demand is split into as many places of equal share as there are outlets, and outlets are matched with places at least
cost. Prices under which every outlet's cell holds its place exist then; they solve a system of differences.
"""

from __future__ import annotations

import numpy as np
import scipy
import shapely

from gridpart._typing import FloatArray, IntArray
from gridpart.coverage import Coverage

_SAMPLES_PER_CELL = 4
"""Places looked at per share of demand."""

_ROUNDS = 12
"""Rounds of sampling inside a face before its representative point has to do."""

_CENTRING_SWEEPS = 30
"""Sweeps that move prices to the middle of what the system of differences allows."""

_STEPS_2D = np.array([0.7548776662466927, 0.5698402909980532])
"""Fractions of an even sequence of points in the unit square."""


def sample_demand(coverage: Coverage, demand: FloatArray, *, n_cells: int) -> tuple[FloatArray, FloatArray]:
    """
    Spread points over faces with demand, more where there is more.

    Parameters
    ----------
    coverage
        Faces.
    demand
        Of each face, shape (n_faces,).
    n_cells
        How many cells will share the demand.

    Returns
    -------
    points, weights
        In m, shape (n_points, 2), and the demand that each stands for, shape (n_points,).
    """
    wanted = np.ceil(demand / demand.sum() * n_cells * _SAMPLES_PER_CELL).astype(np.int64)
    faces = coverage.polygons
    shapely.prepare(faces)
    bounds = shapely.bounds(faces)
    open_, seen = np.where(wanted > 1, wanted, 0), np.zeros(len(faces), dtype=np.int64)
    points, owners = [np.zeros((0, 2))], [np.zeros(0, dtype=np.int64)]
    for _ in range(_ROUNDS):
        rows = np.flatnonzero(open_)
        if len(rows) == 0:
            break
        tries = 2 * open_[rows] + 4
        owner = np.repeat(rows, tries)
        number = np.arange(len(owner)) - np.repeat(np.cumsum(tries) - tries, tries) + seen[owner]
        share = (number[:, None] * _STEPS_2D + 0.5) % 1
        place = bounds[owner, :2] + share * (bounds[owner, 2:] - bounds[owner, :2])
        inside = shapely.contains_xy(faces[owner], place[:, 0], place[:, 1])
        owner, place = owner[inside], place[inside]
        kept = np.arange(len(owner)) - np.searchsorted(owner, owner) < open_[owner]
        points.append(place[kept])
        owners.append(owner[kept])
        open_ = open_ - np.bincount(owner[kept], minlength=len(faces))
        seen[rows] += tries
    count = np.bincount(np.concatenate(owners), minlength=len(faces))
    bare = np.flatnonzero((count == 0) & (demand > 0))
    points.append(shapely.get_coordinates(shapely.point_on_surface(faces[bare])))
    owners.append(bare)
    source = np.concatenate(owners)
    weights: FloatArray = demand[source] / np.maximum(count, 1)[source]
    return np.concatenate(points), weights


def equal_places(points: FloatArray, weights: FloatArray, *, n_cells: int) -> FloatArray:
    """Split weighted points by straight cuts into groups of about equal weight; return the middlemost of each."""
    places = np.empty((n_cells, 2))
    pending: list[tuple[IntArray, int]] = [(np.arange(len(points)), n_cells)]
    done = 0
    while pending:
        rows, count = pending.pop()
        if count == 1:
            mean = weights[rows] @ points[rows] / weights[rows].sum()
            places[done] = points[rows][((points[rows] - mean) ** 2).sum(axis=1).argmin()]
            done += 1
            continue
        axis = int(np.argmax(np.ptp(points[rows], axis=0)))
        rows = rows[np.argsort(points[rows, axis], kind="stable")]
        half = count // 2
        until = np.cumsum(weights[rows])
        cut = int(np.searchsorted(until - weights[rows] / 2, until[-1] * half / count))
        cut = min(max(cut, half), len(rows) - (count - half))
        pending += [(rows[:cut], half), (rows[cut:], count - half)]
    return places


def first_prices(sites: FloatArray, places: FloatArray) -> FloatArray:
    """
    Return prices under which each site's power cell holds a place of its own.

    Parameters
    ----------
    sites, places
        As many of one as of the other, about the origin in units of the radius, shape (n_cells, 2).

    Returns
    -------
    prices
        In squared units of the radius, shape (n_cells,).

    References
    ----------
    .. [1] Brenier, Y. (1991). Polar factorization and monotone rearrangement of vector-valued functions.
       Communications on Pure and Applied Mathematics 44, 375-417.
    """
    cost = scipy.spatial.distance.cdist(sites, places, "sqeuclidean")
    _, matched = scipy.optimize.linear_sum_assignment(cost)
    own = places[matched]
    # potentials u of the sites must satisfy u[i] - u[j] <= bound[i, j]
    bound = (own * sites).sum(axis=1)[:, None] - own @ sites.T
    potential = bound[:, 0].copy()
    for _ in range(len(sites)):
        shorter = np.minimum(potential, (bound + potential[None, :]).min(axis=1))
        settled = bool((shorter >= potential - 1e-12).all())
        potential = shorter
        if settled:
            break
    if len(sites) > 1:
        np.fill_diagonal(bound, np.inf)
        for _ in range(_CENTRING_SWEEPS):
            most = (bound + potential[None, :]).min(axis=1)
            least = (potential[:, None] - bound).max(axis=0)
            potential = potential / 2 + (most + least) / 4
    prices = (sites * sites).sum(axis=1) - 2 * potential
    centred: FloatArray = prices - prices.mean()
    return centred
