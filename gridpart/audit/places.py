"""Faces of an audit put together place by place, so that thousands of places are described at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit

_ADDED_IN_ORDER = 8
"""`numpy.sum` adds fewer numbers than this one after the other."""


@dataclass(frozen=True, eq=False)
class Places:
    """
    Some faces of an audit, by place.

    Attributes
    ----------
    units
        Unit of each place, None where it lies in no unit, shape (n_places,).
    rows
        Faces, those of one place after those of the other, ascending in each, shape (n_rows,).
    offsets
        Where the faces of each place begin and end, shape (n_places + 1,).
    """

    units: GeometryArray
    rows: IntArray
    offsets: IntArray

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self.units)

    @property
    def counts(self) -> IntArray:
        """Faces of each place, shape (n_places,)."""
        counts: IntArray = np.diff(self.offsets)
        return counts

    def each(self) -> list[IntArray]:
        """Return the faces of each place."""
        return np.split(self.rows, self.offsets[1:-1]) if len(self) else []

    def taken(self, chosen: BoolArray) -> Places:
        """Return some of the places, shape (n_places,)."""
        return Places(self.units[chosen], self.rows[np.repeat(chosen, self.counts)], _offsets(self.counts[chosen]))

    def total(self, values: FloatArray) -> FloatArray:
        """Return the sum of a column of the faces in each place; what is not known counts nothing."""
        return sums(np.nan_to_num(values[self.rows]), self.offsets)

    def total_known(self, values: FloatArray) -> FloatArray:
        """Return the sum of a column of the faces in each place, NaN where it is known of no face."""
        known = sums(np.isfinite(values[self.rows]).astype(np.float64), self.offsets) > 0
        return np.where(known, self.total(values), np.nan)

    def largest(self, values: FloatArray | IntArray) -> FloatArray:
        """Return the largest value of the faces of each place; every place has a face."""
        if len(self) == 0:
            return np.zeros(0)
        return np.maximum.reduceat(values[self.rows], self.offsets[:-1]).astype(np.float64)

    def banks(self, audit: Audit) -> list[tuple[str, ...]]:
        """Return the banks that serve any face of each place, sorted."""
        sets = audit.faces["banks"].to_numpy(dtype=object)[self.rows].tolist()
        return [sets[at] if end == at + 1 else _union(sets[at:end]) for at, end in self._runs()]

    def cells(self, audit: Audit) -> list[tuple[str, ...]]:
        """Return the cells that meet on the faces of each place, sorted."""
        faces = audit.faces
        if len(self.rows) == 0 or int(faces["bank_count"].to_numpy()[self.rows].max()) == 0:
            return [()] * len(self)
        by_place = audit.cells_by_place
        keys = zip(
            faces["unit_id"].to_numpy(dtype=object)[self.rows],
            faces["is_sliver"].to_numpy()[self.rows].tolist(),
            faces["banks"].to_numpy(dtype=object)[self.rows],
            strict=True,
        )
        sets = [by_place.get(key, ()) for key in keys]
        return [_union(sets[at:end]) for at, end in self._runs()]

    def land(self, audit: Audit) -> GeometryArray:
        """Return the land of each place, shape (n_places,)."""
        shapes: GeometryArray = np.asarray(audit.faces.geometry.array, dtype=object)
        parts, row = shapely.get_parts(shapes[self.rows], return_index=True)
        owner = np.repeat(np.arange(len(self)), self.counts)[row]
        offsets = _offsets(np.bincount(owner, minlength=len(self)))
        land: GeometryArray = np.full(len(self), shapely.GeometryCollection(), dtype=object)
        for number in np.unique(np.diff(offsets)).tolist():
            alike = np.flatnonzero(np.diff(offsets) == number)
            members = parts[offsets[alike][:, None] + np.arange(number)]
            if number:
                land[alike] = members[:, 0] if number == 1 else shapely.coverage_union_all(members, axis=1)
        return land

    def _runs(self) -> zip[tuple[int, int]]:
        return zip(self.offsets[:-1].tolist(), self.offsets[1:].tolist(), strict=True)


def _union(sets: Sequence[Sequence[str] | frozenset[str]]) -> tuple[str, ...]:
    return tuple(sorted(set().union(*sets)))


def _offsets(counts: IntArray) -> IntArray:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def sums(values: FloatArray, offsets: IntArray) -> FloatArray:
    """
    Return the sums of runs of numbers, each to the last digit that of `numpy.sum`.

    Parameters
    ----------
    values
        Shape (n_values,).
    offsets
        Where the runs begin and end, shape (n_runs + 1,).
    """
    counts = np.diff(offsets)
    run = np.repeat(np.arange(len(counts)), counts)
    total: FloatArray = np.bincount(run, weights=values, minlength=len(counts)).astype(np.float64)
    for at in np.flatnonzero(counts >= _ADDED_IN_ORDER).tolist():
        total[at] = values[offsets[at] : offsets[at + 1]].sum()
    return total


def places_of(audit: Audit, chosen: BoolArray) -> Places:
    """Put chosen faces together by unit, units in order of their ids, then faces without unit one by one."""
    units = audit.faces["unit_id"].to_numpy(dtype=object)
    rows = np.flatnonzero(chosen)
    outside = np.array([unit is None for unit in units[rows]], dtype=np.bool_)
    inside, alone = rows[~outside], rows[outside]
    names = sorted(set(units[inside]))
    number = {name: at for at, name in enumerate(names)}
    unit = np.array([number[name] for name in units[inside]], dtype=np.int64)
    counts = np.concatenate([np.bincount(unit, minlength=len(names)), np.ones(len(alone), dtype=np.int64)])
    ids: GeometryArray = np.array([*names, *[None] * (len(alone) + 1)], dtype=object)[:-1]
    ordered = np.concatenate([inside[np.argsort(unit, kind="stable")], alone])
    return Places(ids, ordered, _offsets(counts))


def places_named(audit: Audit, column: str, names: Sequence[str]) -> Places:
    """Put the faces together that have one of some names in a column of theirs, in the order of the names."""
    number = {name: at for at, name in enumerate(names)}
    place = np.array([number.get(name, -1) for name in audit.faces[column]], dtype=np.int64)
    order = np.argsort(place, kind="stable")
    rows = order[place[order] >= 0]
    counts = np.bincount(place[rows], minlength=len(names))
    return Places(np.array([*names, None], dtype=object)[:-1], rows, _offsets(counts))
