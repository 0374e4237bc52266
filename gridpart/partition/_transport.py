"""
Semi-discrete optimal transport: one price per outlet so that every power cell holds the same demand.

Damped Newton on the prices after Kitagawa, Mérigot and Thibert (2019): the gradient is the demand that cells lack, the
Hessian comes from the borders between cells, and steps that would empty a cell are halved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from gridpart._typing import FloatArray
from gridpart.errors import CoverageError
from gridpart.partition._transport_density import DensityEdges
from gridpart.partition._transport_masses import Masses, masses_of
from gridpart.steps import figures

_MAX_STEPS = 200
_MIN_STEP = 1e-7
_KEPT_SHARE = 0.25
"""No cell may shrink below this part of the smallest one (or of a full share) in a single step."""

_BACKGROUND = 1e-6
"""Weight of the even background in the Hessian: it links parts of the land that no cell joins yet."""

_WIDEST_PRICES = 30.0
"""Prices further apart than this, in squared radii, stand for a layout out of bounds."""

_SLOPE_LEFT = -0.1
"""A step may overshoot the top of the concave dual by this share of its first slope."""


@dataclass(frozen=True, eq=False)
class Transport:
    """
    Prices that balance the cells.

    Attributes
    ----------
    prices
        In squared units of the radius, mean 0, shape (n_cells,).
    masses
        Demand of each cell as a multiple of its share, shape (n_cells,).
    steps, evaluations
        Newton steps, and integrations of demand over all cells.
    """

    prices: FloatArray
    masses: FloatArray
    steps: int
    evaluations: int

    @property
    def residual(self) -> float:
        """Largest deviation of a cell from its share, as a part of the share."""
        return float(np.abs(self.masses - 1).max())


def balance_prices(sites: FloatArray, edges: DensityEdges, prices: FloatArray, *, residual: float) -> Transport:
    """
    Solve for equal demand in all power cells.

    Parameters
    ----------
    sites
        About the origin in units of the radius, shape (n_cells, 2).
    edges
        Where the density of demand changes.
    prices
        To start from, shape (n_cells,); every cell must hold some demand.
    residual
        Deviation at which to stop, as a part of a share.

    Returns
    -------
    transport
        With the residual asked for, or where no step led on.

    References
    ----------
    .. [1] Kitagawa, J., Mérigot, Q. and Thibert, B. (2019). Convergence of a Newton algorithm for semi-discrete optimal
       transport. Journal of the European Mathematical Society 21, 2603-2651.
    """
    now = masses_of(sites, prices, edges)
    steps, evaluations = 0, 1
    while steps < _MAX_STEPS:
        lack = 1 - now.mass[:, 0]
        figures("rounds", rounds=steps, deviation=float(np.abs(lack).max()))
        if np.abs(lack).max() <= residual:
            break
        direction = _newton_direction(now, lack)
        length = 1.0
        while length >= _MIN_STEP:
            ahead = prices + length * direction
            found = _try(sites, ahead, edges)
            evaluations += 1
            if found is not None and _leads_on(now, found, direction, length):
                break
            length /= 2
        else:
            break
        prices, now, steps = ahead - ahead.mean(), found, steps + 1
    return Transport(prices, now.mass[:, 0], steps, evaluations)


def _newton_direction(now: Masses, lack: FloatArray) -> FloatArray:
    """Solve for the change of prices that would give each cell what it lacks, to first order."""
    n = len(lack)
    weight = now.stiffness[:, 0] + _BACKGROUND * now.stiffness[:, 1]
    rows = np.concatenate([now.one, now.two, now.one, now.two])
    columns = np.concatenate([now.two, now.one, now.one, now.two])
    values = np.concatenate([-weight, -weight, weight, weight])
    hessian = scipy.sparse.coo_array((values, (rows, columns)), shape=(n, n)).tocsc()
    direction = np.zeros(n)
    direction[:-1] = scipy.sparse.linalg.spsolve(hessian[:-1, :-1], lack[:-1])
    centred: FloatArray = direction - direction.mean()
    return centred


def _try(sites: FloatArray, prices: FloatArray, edges: DensityEdges) -> Masses | None:
    """Return the masses at some prices, None where these are out of bounds."""
    if not np.ptp(prices) < _WIDEST_PRICES:
        return None
    try:
        return masses_of(sites, prices, edges)
    except CoverageError:
        return None


def _leads_on(now: Masses, found: Masses, direction: FloatArray, length: float) -> bool:
    """Whether a step keeps all cells alive and either lowers the residual or climbs the concave dual."""
    before, after = now.mass[:, 0], found.mass[:, 0]
    if after.min() < _KEPT_SHARE * min(before.min(), 1.0):
        return False
    lower = np.linalg.norm(1 - after) <= (1 - length / 2) * np.linalg.norm(1 - before)
    climbs = (1 - after) @ direction >= _SLOPE_LEFT * ((1 - before) @ direction)
    return bool(lower or climbs)
