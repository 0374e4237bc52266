"""Single moves and swaps that even the loads where units are too large for a push."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from gridpart._typing import FloatArray, IntArray

    from .cells import Cells

_Trade: TypeAlias = tuple[float, int, int, int]
"""What a trade does to the squared surplus, the unit leaving, the unit entering (-1 for none), the other cell."""

TRIALS = 12
"""Trades tried for one cell, the most evening ones first."""

LEAST_GAIN = 1e-9
"""Trades must lower the sum of squared surplus by more than this share of a squared target."""


def best_trade(cells: Cells, targets: FloatArray, here: IntArray, there: IntArray) -> bool:
    """
    Make the trade that evens the worst cell most; if it has none, that of the next worst, and so on.

    A trade moves one unit over a border, or one each way. It lowers the sum of squared surpluses, so no
    sequence of trades returns to where it was.

    Parameters
    ----------
    cells
        The cells, changed in place.
    targets
        Demand each cell should hold, shape (n_outlets,).
    here, there
        Ends of all edges of the unit graph, both ways, shape (2 * n_edges,).

    Returns
    -------
    traded
        False if no single trade evens the loads.
    """
    surplus = np.asarray(cells.load) - targets
    labels = cells.labels()
    one, two = labels[here], labels[there]
    across = one != two
    here, one, two = here[across], one[across], two[across]
    for cell in np.argsort(-np.abs(surplus) / targets, kind="stable").tolist():
        out = one == cell
        into = two == cell
        gains = np.unique(np.column_stack([here[out], two[out]]), axis=0)
        losses = np.unique(np.column_stack([here[into], one[into]]), axis=0)
        for trade in _options(cells, surplus, cell, gains, losses):
            if _made(cells, cell, trade, surplus):
                return True
        if abs(surplus[cell]) > cells.problem.tolerance * targets[cell] and _limb_moved(cells, cell, gains, losses):
            return True
    return False


def _limb_moved(cells: Cells, cell: int, gains: IntArray, losses: IntArray) -> bool:
    """Move the unit that evens the loads most with all that it cuts off: large pieces a push does not dare."""
    surplus = np.asarray(cells.load) - cells.problem.targets
    best, choice, target = 0.0, list[int](), cell
    ways = [(unit, cell, other) for unit, other in gains.tolist()] if surplus[cell] > 0 else []
    ways += [(unit, other, cell) for unit, other in losses.tolist()] if surplus[cell] < 0 else []
    for unit, source, to in ways:
        slope = float(surplus[source] - surplus[to])
        if slope <= 0 or not cells.may_go(unit, source, to):
            continue
        group = cells.with_cut_off(unit, slope)
        mass = sum([cells.weight[v] for v in group])
        change = 2.0 * mass * (mass - slope)
        if change < best * (1 + 1e-9):
            best, choice, target = change, group, to
    if not choice or best >= -LEAST_GAIN * float(cells.problem.targets[cell]) ** 2:
        return False
    cells.move(choice, target)
    return True


def _options(cells: Cells, surplus: FloatArray, cell: int, gains: IntArray, losses: IntArray) -> list[_Trade]:
    """Return the trades of a cell by what they do to the squared surplus, as (change, leaving, entering, other)."""
    weight = cells.problem.demand
    least = LEAST_GAIN * float(cells.problem.targets[cell]) ** 2
    options: list[_Trade] = []
    for other in np.unique(gains[:, 1]).tolist():
        leaving = np.append(gains[gains[:, 1] == other, 0], -1)
        entering = np.append(losses[losses[:, 1] == other, 0], -1)
        net = np.append(weight[leaving[:-1]], 0.0)[:, None] - np.append(weight[entering[:-1]], 0.0)[None, :]
        change = 2.0 * net * (net - surplus[cell] + surplus[other])
        at = np.argsort(change, axis=None, kind="stable")[:TRIALS]
        for i, j in zip(*np.unravel_index(at, change.shape), strict=True):
            if change[i, j] < -least:
                options.append((float(change[i, j]), int(leaving[i]), int(entering[j]), other))
    return sorted(options)[:TRIALS]


def _made(cells: Cells, cell: int, trade: _Trade, surplus: FloatArray) -> bool:
    """Make a trade if both cells stay connected and the loads still become more even, else leave things as they are."""
    _, leaving, entering, other = trade
    before = surplus[cell] ** 2 + surplus[other] ** 2
    done: list[tuple[list[int], int]] = []
    for unit, source, target in ((leaving, cell, other), (entering, other, cell)):
        if unit < 0:
            continue
        most = abs(surplus[cell] - surplus[other])
        group = cells.with_cut_off(unit, most) if cells.may_go(unit, source, target) else []
        if not group:
            return _undone(cells, done)
        cells.move(group, target)
        done.append((group, source))
    shift = surplus[cell] + surplus[other]
    now = cells.load[cell] - cells.problem.targets[cell]
    if now**2 + (shift - now) ** 2 >= before:
        return _undone(cells, done)
    return True


def _undone(cells: Cells, done: list[tuple[list[int], int]]) -> bool:
    for group, source in reversed(done):
        cells.move(group, source)
    return False
