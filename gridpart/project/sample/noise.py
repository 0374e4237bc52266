"""Smooth noise, and straight lines made crooked without ever crossing each other."""

from __future__ import annotations

import numpy as np

from gridpart._typing import FloatArray, IntArray

_SHARES = (0.5, 0.28, 0.14)
"""Share of the free angle that each halving of a line may use; their sum stays below 1, so lines never meet."""


def smooth_noise(
    points: FloatArray, *, wavelength_m: float, rng: np.random.Generator, n_octaves: int = 1
) -> FloatArray:
    """
    Return smooth random values at points, about -1 to 1.

    Parameters
    ----------
    points
        Coordinates in m, shape (n_points, 2).
    wavelength_m
        Distance in m over which values of the first octave change; each further octave halves it and its weight.
    rng
        Source of chance.
    n_octaves
        Number of octaves.

    Returns
    -------
    values
        Shape (n_points,).
    """
    total = np.zeros(len(points))
    low = points.min(axis=0)
    for octave in range(n_octaves):
        position = (points - low) * 2**octave / wavelength_m
        cell = np.floor(position).astype(np.int64)
        lattice = rng.uniform(-1.0, 1.0, tuple(cell.max(axis=0) + 2))
        x, y = (position - cell).T
        x, y = x * x * (3 - 2 * x), y * y * (3 - 2 * y)
        i, j = cell.T
        bottom = lattice[i, j] * (1 - x) + lattice[i + 1, j] * x
        top = lattice[i, j + 1] * (1 - x) + lattice[i + 1, j + 1] * x
        total += (bottom * (1 - y) + top * y) / 2**octave
    return total


def angle_at(corner: FloatArray, one: FloatArray, two: FloatArray) -> FloatArray:
    """
    Return the angle at a corner between the directions to two points.

    Parameters
    ----------
    corner, one, two
        Coordinates in m, shape (n, 2).

    Returns
    -------
    angle
        In radians, 0 to pi, shape (n,).
    """
    a, b = one - corner, two - corner
    angle: FloatArray = np.arctan2(np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]), (a * b).sum(axis=1))
    return angle


def crooked_lines(
    start: FloatArray, end: FloatArray, *, angle: FloatArray, step_m: float, rng: np.random.Generator
) -> tuple[FloatArray, IntArray]:
    """
    Displace the midpoints of lines again and again, each line inside its own rhombus.

    A rhombus stands on the line with half its corner `angle` at both ends. The displacement of each halving uses a
    fixed share of the angle, so the whole line stays inside, and lines whose rhombi do not overlap can never
    cross [1]_.

    Parameters
    ----------
    start, end
        Ends of the lines in m, shape (n_lines, 2).
    angle
        Free angle at both ends in radians, shape (n_lines,).
    step_m
        Length in m below which a piece is not halved again; at most eight pieces are made.
    rng
        Source of chance.

    Returns
    -------
    points, line
        All vertices line after line, ends included, shape (n_vertices, 2), and the line of each.

    References
    ----------
    .. [1] Fournier, A., Fussell, D. and Carpenter, L. (1982). Computer rendering of stochastic models.
       Communications of the ACM 25(6), with the bound that keeps lines apart added here.
    """
    length = np.hypot(*(end - start).T)
    levels = np.clip(np.ceil(np.log2(np.maximum(length, 1e-9) / step_m)), 0, len(_SHARES)).astype(np.int64)
    pieces, owners = [], []
    for level in range(len(_SHARES) + 1):
        mine = np.flatnonzero(levels == level)
        lines = np.stack([start[mine], end[mine]], axis=1)
        for share in _SHARES[:level]:
            lines = _halve(lines, share * angle[mine], rng)
        pieces.append(lines.reshape(-1, 2))
        owners.append(np.repeat(mine, lines.shape[1]))
    line = np.concatenate(owners)
    order = np.argsort(line, kind="stable")
    return np.concatenate(pieces)[order], line[order]


def _halve(lines: FloatArray, angle: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Put one displaced vertex into every piece; the angle at its ends is at most the one given."""
    difference = np.diff(lines, axis=1)
    chance = rng.uniform(-1.0, 1.0, difference.shape[:2])
    height = np.tan(chance * angle[:, None]) / 2
    normal = np.stack([-difference[..., 1], difference[..., 0]], axis=-1)
    middle = lines[:, :-1] + difference / 2 + normal * height[..., None]
    finer = np.empty((len(lines), 2 * lines.shape[1] - 1, 2))
    finer[:, ::2], finer[:, 1::2] = lines, middle
    return finer
