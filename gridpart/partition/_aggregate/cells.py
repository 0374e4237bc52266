"""Cells under change: labels, loads, and the question what a unit would cut off by leaving its cell."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from gridpart.coverage import connected_components

if TYPE_CHECKING:
    from gridpart._typing import FloatArray, IntArray

    from .problem import Problem


class Cells:
    """
    Connected cells that change unit by unit.

    Plain lists, because the work is scalar: reading one entry of a list costs a third of reading one of an
    array.

    Parameters
    ----------
    problem
        What is being solved.
    labels
        The cell of each unit, shape (n_units,); every cell connected and holding its outlet's unit.
    """

    def __init__(self, problem: Problem, labels: IntArray) -> None:
        graph = problem.graph
        ends, starts = graph.indices.tolist(), graph.indptr.tolist()
        self.problem = problem
        self.near: list[list[int]] = [ends[a:b] for a, b in pairwise(starts)]
        self.weight: list[float] = problem.demand.tolist()
        self.is_home = bytearray(problem.n_units)
        for unit in problem.homes.tolist():
            self.is_home[unit] = 1
        self.searched = 0  # units that searches for cut off land have looked at
        self.set_labels(labels)

    def set_labels(self, labels: IntArray) -> None:
        """Replace all labels at once, shape (n_units,)."""
        self.label: list[int] = labels.tolist()
        self.load: list[float] = loads(self.problem, labels).tolist()

    def protect(self, units: IntArray) -> None:
        """Keep some more units where they are, as the outlets' units are."""
        for unit in units.tolist():
            self.is_home[unit] = 1

    def labels(self) -> IntArray:
        """Return the labels as an array, shape (n_units,)."""
        return np.asarray(self.label, dtype=np.int64)

    def worst(self) -> float:
        """Return the largest deviation of a load from its target, relative to the target."""
        target = self.problem.targets
        return float((np.abs(np.asarray(self.load) - target) / target).max())

    def may_go(self, unit: int, source: int, target: int) -> bool:
        """Return whether a unit is of one cell, touches another, and is not held by an outlet."""
        label = self.label
        if label[unit] != source or self.is_home[unit]:
            return False
        return any(label[v] == target for v in self.near[unit])

    def move(self, units: list[int], to: int) -> None:
        """Hand units of one cell to another."""
        label, weight = self.label, self.weight
        amount = 0.0
        for unit in units:
            amount += weight[unit]
        self.load[label[units[0]]] -= amount
        self.load[to] += amount
        for unit in units:
            label[unit] = to

    def with_cut_off(self, unit: int, most: float) -> list[int]:
        """
        Return a unit and all units of its cell that only it connects to the outlet.

        The list is empty when it seems to hold more demand than `most`: the search does not go further.
        """
        label = self.label
        own = label[unit]
        mates = [v for v in self.near[unit] if label[v] == own]
        if len(mates) < 2:
            return [unit]
        left = set(mates)
        stack = [left.pop()]
        near = self.near
        while stack and left:
            for v in near[stack.pop()]:
                if v in left:
                    left.remove(v)
                    stack.append(v)
        return [unit] if not left else self._search(unit, mates, most)

    def _search(self, unit: int, mates: list[int], most: float) -> list[int]:
        """
        Search from all neighbours in the own cell in turn, and list the sides without the outlet.

        The sides take turns, so the cost is that of the smaller sides, not that of the cell.
        """
        label, near, own = self.label, self.near, self.label[unit]
        side = {v: g for g, v in enumerate(mates)}
        side[unit] = -1
        found = [[v] for v in mates]
        at = [0] * len(mates)
        weight = self.weight
        held = [weight[v] for v in mates]
        open_sides = list(range(len(mates)))
        merged = list(range(len(mates)))
        while len(open_sides) > 1:
            for g in list(open_sides):
                if merged[g] != g or at[g] >= len(found[g]):
                    continue
                v = found[g][at[g]]
                at[g] += 1
                for x in near[v]:
                    if label[x] != own:
                        continue
                    h = side.get(x)
                    if h is None:
                        side[x] = g
                        found[g].append(x)
                        held[g] += weight[x]
                    elif h >= 0 and (h := _root(merged, h)) != g:
                        _join(found, at, merged, into=g, gone=h)
                        held[g] += held[h]
            open_sides = [g for g in open_sides if merged[g] == g and at[g] < len(found[g])]
            if len(open_sides) > 1 and sum([held[g] > most for g in open_sides]) > 1:
                return []
        self.searched += sum(at)
        lost = self._without_home(unit, found, at, [g for g in range(len(mates)) if merged[g] == g], most)
        return [] if lost is None else [unit, *lost]

    def _without_home(
        self, unit: int, found: list[list[int]], at: list[int], sides: list[int], most: float
    ) -> list[int] | None:
        """List the units on every side that does not hold the outlet; None if they hold more than `most`."""
        is_home = self.is_home
        shut = [g for g in sides if at[g] >= len(found[g])]
        still = [g for g in sides if at[g] < len(found[g])]
        homeless = [g for g in shut if not any(is_home[v] for v in found[g])]
        lost = [v for g in homeless for v in found[g]]
        if still and len(homeless) < len(shut):  # the outlet is on a closed side, so the open one is cut off
            rest = self._flood(found[still[0]], barred=unit, most=most)
            return None if rest is None else lost + rest
        return lost

    def _flood(self, seeds: list[int], *, barred: int, most: float) -> list[int] | None:
        """List all units of the cell reached from `seeds` past one that is barred; None if they hold too much."""
        label, near, own, weight = self.label, self.near, self.label[barred], self.weight
        seen = {barred, *seeds}
        out = list(seeds)
        held = sum([weight[v] for v in seeds])
        for v in out:
            if held > most:
                self.searched += len(out)
                return None
            for x in near[v]:
                if label[x] == own and x not in seen:
                    seen.add(x)
                    out.append(x)
                    held += weight[x]
        self.searched += len(out)
        return out


def _root(merged: list[int], g: int) -> int:
    while merged[g] != g:
        g = merged[g]
    return g


def _join(found: list[list[int]], at: list[int], merged: list[int], *, into: int, gone: int) -> None:
    """Merge one side into another: what was searched stays in front of what was not."""
    done = found[into][: at[into]] + found[gone][: at[gone]]
    todo = found[into][at[into] :] + found[gone][at[gone] :]
    found[into] = done + todo
    at[into] = len(done)
    merged[gone] = into


def loads(problem: Problem, labels: IntArray) -> FloatArray:
    """Return the demand each cell holds, shape (n_outlets,)."""
    held = np.bincount(labels, weights=problem.demand, minlength=problem.n_outlets)
    return np.asarray(held, dtype=np.float64)


def loose_units(problem: Problem, labels: IntArray) -> IntArray:
    """Return the units not connected to their outlet's unit within their cell."""
    i, j = problem.edges[:, 0], problem.edges[:, 1]
    same = labels[i] == labels[j]
    part = connected_components(problem.n_units, i[same], j[same])
    return np.flatnonzero(part != part[problem.homes][labels])
