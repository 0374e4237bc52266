"""
Balanced cells for demand that stands at points: no price divides a point, so cells are only as equal as points allow.

Points are first spread over small squares, so that the method for continuous demand applies. Then prices are moved one
at a time as long as whole points changing hands make cells more equal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
import shapely

from gridpart._typing import FloatArray, IntArray
from gridpart.coverage import Coverage
from gridpart.partition._transport import Transport, balance_prices
from gridpart.partition._transport_density import density_edges
from gridpart.partition._transport_start import equal_places, first_prices
from gridpart.steps import figures

_SQUARE = 0.49
"""Half side of a point's square as a part of the distance to the next point: as large as squares can be apart."""

_RESIDUAL = 1e-3
"""Deviation from the share at which squares count as balanced; points are far coarser."""

_WIDEST = 0.02
"""Side of the largest square, in units of the radius."""

_CANDIDATES = 8
"""Cells looked at for each point."""

_LEAST = 1e-9
"""No cell gives its last point away; this is less than any point's share."""

_MOST_MOVED = 12
"""Points that change hands in one move, at most."""

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
    half = (np.minimum(apart[:, 1], _WIDEST) * _SQUARE)[:, None]
    squares = Coverage.from_polygons(shapely.box(*(points - half).T, *(points + half).T))
    edges = density_edges(squares, weights, middle=np.zeros(2), radius=1.0, n_cells=n)
    found = balance_prices(sites, edges, prices, residual=_RESIDUAL)
    shares = weights * (n / weights.sum())
    prices, moves = _even_out(sites, points, shares, found.prices)
    masses = _masses_at(sites, points, prices, shares)
    if masses.min() < _LEAST:
        # a cell with only a part of a heavy point keeps the land that the squares gave it
        prices, moves = found.prices, 0
        masses = _masses_at(sites, points, prices, shares)
    return Transport(prices - prices.mean(), masses, found.steps + moves, found.evaluations)


@dataclass(frozen=True)
class _Near:
    """The points that may come to one cell: nearest cells, squared distances to their outlets, and shares."""

    cell: IntArray
    distance: FloatArray
    shares: FloatArray


def nearest_cells(sites: FloatArray, points: FloatArray, prices: FloatArray, count: int) -> IntArray:
    """Return the cells with the least squared distance minus price of each point, shape (n_points, count)."""
    top = prices.max()
    tree = scipy.spatial.cKDTree(np.column_stack([sites, np.sqrt(top - prices)]))
    _, cell = tree.query(np.column_stack([points, np.zeros(len(points))]), k=list(range(1, count + 1)))
    cells: IntArray = cell.astype(np.int64)
    return cells


def _masses_at(sites: FloatArray, points: FloatArray, prices: FloatArray, shares: FloatArray) -> FloatArray:
    owner = nearest_cells(sites, points, prices, 1)[:, 0]
    masses: FloatArray = np.bincount(owner, shares, minlength=len(sites)).astype(np.float64)
    return masses


def _even_out(sites: FloatArray, points: FloatArray, shares: FloatArray, prices: FloatArray) -> tuple[FloatArray, int]:
    """Move single prices while that lowers the sum of squared deviations; return them and the number of moves."""
    count = min(_CANDIDATES, len(sites))
    prices, moves = prices.copy(), 0
    for sweep in range(_SWEEPS):
        cell = nearest_cells(sites, points, prices, count)
        distance = ((points[:, None, :] - sites[cell]) ** 2).sum(axis=2)
        order = np.argsort(cell.ravel(), kind="stable")
        first = np.searchsorted(cell.ravel()[order], np.arange(len(sites) + 1))
        rows = order // count
        masses: FloatArray = np.bincount(cell[:, 0], shares, minlength=len(sites)).astype(np.float64)
        figures("rounds", rounds=sweep, deviation=float(np.abs(masses - 1).max()))
        moved = 0
        for site in np.argsort(-np.abs(masses - 1), kind="stable"):
            mine = rows[first[site] : first[site + 1]]
            change = _best_move(int(site), _Near(cell[mine], distance[mine], shares[mine]), prices, masses)
            if change != 0:
                prices[site] += change
                moved += 1
        moves += moved
        if moved == 0:
            break
    return prices, moves


def _best_move(site: int, near: _Near, prices: FloatArray, masses: FloatArray) -> float:
    """Return the change of one price that makes cells most equal, 0 if none does, and update `masses`."""
    mine = near.cell == site
    reach = near.distance - prices[near.cell]
    others = np.where(mine, np.inf, reach)
    rival = others.argmin(axis=1)
    everyone = np.arange(len(near.cell))
    # a point is ours as long as our price has not fallen by more than this margin
    margin = others[everyone, rival] - reach[mine]
    other = near.cell[everyone, rival]
    best_gain, best_change, best = _LEAST**2, 0.0, masses
    for sign in (1, -1):
        rows = np.flatnonzero(margin < 0 if sign > 0 else margin >= 0)
        rows = rows[np.argsort(np.abs(margin[rows]), kind="stable")][:_MOST_MOVED]
        change = np.abs(margin[rows])
        after, gain = masses.copy(), 0.0
        for number, row in enumerate(rows[:-1]):
            share, rest = sign * near.shares[row], int(other[row])
            gain += (after[site] - 1) ** 2 - (after[site] + share - 1) ** 2
            gain += (after[rest] - 1) ** 2 - (after[rest] - share - 1) ** 2
            after[site] += share
            after[rest] -= share
            if min(after[site], after[rest]) < _LEAST:
                break
            if gain > best_gain and change[number + 1] > change[number]:
                best_gain, best = gain, after.copy()
                best_change = sign * float(change[number] + change[number + 1]) / 2
    masses[:] = best
    return best_change
