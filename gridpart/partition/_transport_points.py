"""
Balanced cells for demand that stands at points: no price divides a point, so cells are only as equal as points allow.

Points are first spread over small squares, so that the method for continuous demand applies; the squares are made
smaller and smaller. Then prices are moved one at a time as long as whole points changing hands make cells more equal.
"""

from __future__ import annotations

import numpy as np
import scipy
import shapely

from gridpart._typing import FloatArray, IntArray
from gridpart.coverage import Coverage
from gridpart.partition._transport import Transport, balance_prices
from gridpart.partition._transport_density import density_edges
from gridpart.partition._transport_start import equal_places, first_prices

_SQUARES = (0.49, 0.12, 0.03)
"""Half sides of the squares as parts of the distance to the next point, one after the other."""

_RESIDUAL = 1e-3
"""Deviation from the share at which squares count as balanced; points are far coarser."""

_CANDIDATES = 8
"""Cells looked at for each point."""

_LEAST = 1e-9
"""No cell gives its last point away; this is less than any point's share."""

_SWEEPS = 60
"""Rounds of moving prices at most."""


def balance_points(sites: FloatArray, points: FloatArray, weights: FloatArray) -> Transport:
    """
    Find prices under which the cells hold about equal weight of points.

    Parameters
    ----------
    sites, points
        About the origin in units of the radius, shape (n_cells, 2) and (n_points, 2), no two points alike. There are
        at least as many points as sites.
    weights
        Positive, shape (n_points,).

    Returns
    -------
    transport
        `masses` are those of whole points.
    """
    n = len(sites)
    prices = first_prices(sites, equal_places(points, weights, n_cells=n))
    apart, _ = scipy.spatial.cKDTree(points).query(points, k=2, p=np.inf)
    half = np.minimum(apart[:, 1], 0.02)
    steps = evaluations = 0
    for part in _SQUARES:
        side = half * part
        squares = shapely.box(*(points - side[:, None]).T, *(points + side[:, None]).T)
        coverage = Coverage.from_polygons(squares)
        edges = density_edges(coverage, weights, middle=np.zeros(2), radius=1.0, n_cells=n)
        found = balance_prices(sites, edges, prices, residual=_RESIDUAL)
        prices = found.prices
        steps, evaluations = steps + found.steps, evaluations + found.evaluations
    shares = weights * (n / weights.sum())
    prices, moves = _even_out(sites, points, shares, prices)
    _, owner = _nearest_cells(sites, points, prices, 1)
    masses = np.bincount(owner[:, 0], shares, minlength=n)
    return Transport(prices - prices.mean(), masses, steps + moves, evaluations)


def _nearest_cells(
    sites: FloatArray, points: FloatArray, prices: FloatArray, count: int
) -> tuple[FloatArray, IntArray]:
    """Return the least squared distances minus price of each point, and their cells, shape (n_points, count)."""
    top = prices.max()
    tree = scipy.spatial.cKDTree(np.column_stack([sites, np.sqrt(top - prices)]))
    _, cell = tree.query(np.column_stack([points, np.zeros(len(points))]), k=list(range(1, count + 1)))
    power = ((points[:, None, :] - sites[cell]) ** 2).sum(axis=2) - prices[cell]
    return power, cell


def _even_out(sites: FloatArray, points: FloatArray, shares: FloatArray, prices: FloatArray) -> tuple[FloatArray, int]:
    """Move single prices while that lowers the sum of squared deviations; return them and the number of moves."""
    count = min(_CANDIDATES, len(sites))
    prices, moves = prices.copy(), 0
    for _ in range(_SWEEPS):
        _, cell = _nearest_cells(sites, points, prices, count)
        distance = ((points[:, None, :] - sites[cell]) ** 2).sum(axis=2)
        order = np.argsort(cell.ravel(), kind="stable")
        first = np.searchsorted(cell.ravel()[order], np.arange(len(sites) + 1))
        rows = order // count
        masses = np.bincount(cell[:, 0], shares, minlength=len(sites))
        moved = 0
        for site in np.argsort(-np.abs(masses - 1), kind="stable"):
            near = rows[first[site] : first[site + 1]]
            change = _best_move(int(site), cell[near], distance[near], shares[near], prices, masses)
            if change != 0:
                prices[site] += change
                moved += 1
        moves += moved
        if moved == 0:
            break
    return prices, moves


def _best_move(
    site: int, cell: IntArray, distance: FloatArray, shares: FloatArray, prices: FloatArray, masses: FloatArray
) -> float:
    """Return the change of one price that makes cells most equal, 0 if none does, and update `masses`."""
    mine = cell == site
    power = distance - prices[cell]
    own = power[mine]
    others = np.where(mine, np.inf, power)
    rival = others.argmin(axis=1)
    # a point is ours as long as our price has not fallen by more than this margin
    margin = others[np.arange(len(cell)), rival] - own
    loser = cell[np.arange(len(cell)), rival]
    best_gain, best_change, best_rows = 1e-12, 0.0, np.zeros(0, dtype=np.int64)
    for sign in (1, -1):
        out = margin < 0 if sign > 0 else margin >= 0
        rows = np.flatnonzero(out)
        rows = rows[np.argsort(np.abs(margin[rows]), kind="stable")][:12]
        at, change = masses.copy() if len(rows) else masses, np.abs(margin[rows])
        gain = 0.0
        for number, row in enumerate(rows[:-1]):
            share = sign * shares[row]
            for who, amount in ((site, share), (int(loser[row]), -share)):
                gain += (at[who] - 1) ** 2 - (at[who] + amount - 1) ** 2
                at[who] += amount
            if min(at[site], at[loser[row]]) < _LEAST:
                break
            if gain > best_gain and change[number + 1] > change[number]:
                best_gain = gain
                best_change = sign * float(change[number] + change[number + 1]) / 2
                best_rows = rows[: number + 1]
    if best_change:
        sign = 1 if best_change > 0 else -1
        np.add.at(masses, loser[best_rows], -sign * shares[best_rows])
        masses[site] += sign * shares[best_rows].sum()
    return best_change
