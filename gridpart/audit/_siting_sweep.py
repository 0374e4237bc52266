"""Set covering to the proved optimum: candidates are settled one by one, along a line through the county."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from gridpart._typing import BoolArray, FloatArray, IntArray

_ROUNDING = 1e-6
"""Part of a site by which rounding may lift what a choice costs."""

_FEW, _MANY = 1_000, 5_000
"""Beginnings that are followed where any choice, or one smaller than a good one, is looked for."""

_SHORT = 10
"""Candidates below which any line does."""

_FEW_AT_ONCE, _MOST = 20_000, 2_000_000
"""Beginnings at one candidate above which a proof is given up, at first and for good."""

_MOST_IN_ALL = 40_000_000
"""Beginnings in all above which it is given up, for memory."""


def smallest_cover(matrix: Any, chosen: IntArray, *, time_limit_s: float) -> tuple[IntArray, int]:  # noqa: ANN401
    """
    Find the fewest candidates that reach every place, by dynamic programming within bounds [1]_.

    Whoever chooses along a line needs to know of the beginning only which places near the line are reached. The dual
    of the linear model says what each beginning costs above the bound at least; one that costs more than a smaller
    number of sites leaves room for is dropped. Ends, swept the other way, say what is still to come, so that
    either sweep needs half of the room.

    Parameters
    ----------
    matrix
        Which candidates reach each place, sparse, shape (n_places, n_candidates); no row is empty, none contains
        another, and all hang together.
    chosen
        A choice that reaches every place, shape (n_chosen,).
    time_limit_s
        When to stop, in s.

    Returns
    -------
    chosen
        The fewest found, sorted.
    bound
        No choice is smaller; as many as chosen where that is proved.

    References
    ----------
    .. [1] Morin, T. L. and Marsten, R. E. (1976). Branch-and-bound strategies for dynamic programming. Operations
       Research 24(4), 611-627.
    """
    stop = time.monotonic() + time_limit_s
    paid = _prices(matrix, time_limit_s=time_limit_s)
    floor = float(paid.sum())
    bound = math.ceil(floor - _ROUNDING)
    sweeps = [_Sweep(matrix, paid, line[::way], stop=stop) for line in _lines(matrix) for way in (1, -1)]
    # most proofs need few beginnings once a good choice is known; a hard one is worth a better choice first
    for beams, most in ((sweeps[:2], _FEW_AT_ONCE), (sweeps[2:], _MOST)):
        for sweep in beams:
            if bound < len(chosen):
                swept = sweep.run(np.inf, beam=_FEW)
                chosen = _smaller(chosen, swept)
                bound = len(chosen) if swept.is_complete else bound
        while bound < len(chosen):
            swept = _swept_both_ways(*sweeps[:2], room=len(chosen) - 1 - floor + _ROUNDING, most=most)
            if swept.chosen is None:
                bound = len(chosen) if swept.is_complete else bound
                break
            chosen = swept.chosen
    return chosen, bound


def _swept_both_ways(forth: _Sweep, back: _Sweep, *, room: float, most: int) -> _Swept:
    """Return what is left of all beginnings, when ends have been swept first with half of the room."""
    ends = back.run(room / 2, most=most)
    # an end that begins after a candidate has been swept up to the one behind it
    left = room - np.append(ends.least[-2::-1], 0.0)
    quick = forth.run(left, beam=_MANY)
    return quick if quick.chosen is not None or quick.is_complete else forth.run(left, most=most)


def _smaller(chosen: IntArray, swept: _Swept) -> IntArray:
    return swept.chosen if swept.chosen is not None and len(swept.chosen) < len(chosen) else chosen


def _prices(matrix: Any, *, time_limit_s: float) -> FloatArray:  # noqa: ANN401
    """Return what each place pays: no candidate reaches more than 1 together, so that the sum bounds the number."""
    n_places, n_candidates = matrix.shape
    result = scipy.optimize.linprog(
        -np.ones(n_places),
        A_ub=scipy.sparse.csr_array(matrix.T, dtype=np.float64),
        b_ub=np.ones(n_candidates),
        method="highs-ds",
        options={"presolve": False, "time_limit": time_limit_s},
    )
    paid = np.zeros(n_places) if result.x is None else np.maximum(result.x, 0.0)
    prices: FloatArray = paid / max(1.0, float((matrix.T @ paid).max()))
    return prices


def _lines(matrix: Any) -> list[IntArray]:  # noqa: ANN401
    """
    Return orders of candidates in which those that share places are near, each of shape (n_candidates,) [1]_.

    The first runs along the county, the second across, others between them.

    References
    ----------
    .. [1] Barnard, S. T., Pothen, A. and Simon, H. (1995). A spectral algorithm for envelope reduction of sparse
       matrices. Numerical Linear Algebra with Applications 2(4), 317-334.
    """
    shared = scipy.sparse.csr_array(matrix.T @ matrix)
    n_candidates = shared.shape[0]
    if n_candidates < _SHORT:
        return [np.arange(n_candidates)]
    laplacian = scipy.sparse.csgraph.laplacian(scipy.sparse.csr_array(shared > 0, dtype=np.float64))
    values, vectors = scipy.sparse.linalg.eigsh(
        scipy.sparse.csc_array(laplacian), k=3, sigma=-1e-3, v0=np.linspace(-1.0, 1.0, n_candidates)
    )
    along, across = (vectors * np.sqrt(np.maximum(values, 0.0))).T[1:]
    return [np.argsort(place, kind="stable") for place in (along, across, along + across, along - across)]


@dataclass(frozen=True, eq=False)
class _Swept:
    """
    What a sweep found.

    Attributes
    ----------
    least
        What any beginning costs at least after each candidate, in sites above the bound, shape (n_candidates,).
    chosen
        The cheapest choice at the end, sorted; None if nothing is left.
    is_complete
        Whether all beginnings with room were followed.
    """

    least: FloatArray
    chosen: IntArray | None
    is_complete: bool


class _Sweep:
    """
    Beginnings of choices along a line, each a set of places reached near the line.

    Parameters
    ----------
    matrix
        Which candidates reach each place, sparse, shape (n_places, n_candidates).
    paid
        Prices of places, shape (n_places,).
    line
        Candidates in order, shape (n_candidates,).
    stop
        When to give up, in s of the steady clock.
    """

    def __init__(self, matrix: Any, paid: FloatArray, line: IntArray, *, stop: float) -> None:  # noqa: ANN401
        across = scipy.sparse.csr_array(matrix.T)
        self.line, self._paid, self._stop = line, paid, stop
        self._above = np.maximum(1.0 - across @ paid, 0.0)
        self._places = [across.indices[across.indptr[c] : across.indptr[c + 1]] for c in line.tolist()]
        last = np.zeros(matrix.shape[0], dtype=np.int64)
        for step, places in enumerate(self._places):
            last[places] = step
        self._bits, self._n_words = _bits_of(self._places, last)
        self._leaving = [places[last[places] == step] for step, places in enumerate(self._places)]
        self._hash = np.random.default_rng(0).integers(1, 2**63, self._n_words, dtype=np.uint64) * 2 + 1

    def run(self, room: FloatArray | float, *, beam: int | None = None, most: int | None = None) -> _Swept:
        """
        Follow all beginnings that cost no more than there is room for, or a number of the cheapest.

        Parameters
        ----------
        room
            In sites above the bound, after each candidate, shape (n_candidates,), or one for all.
        beam
            How many to follow; None for all.
        most
            How many to give up at; None for `_MOST`.
        """
        room = np.broadcast_to(room, len(self.line))
        sets, costs = np.zeros((self._n_words, 1), dtype=np.uint64), np.zeros(1)
        least = np.full(len(self.line), np.inf)
        history: list[Any] = []
        complete, in_all = True, 0
        for step in range(len(self.line)):
            sets, costs, origin = self._step(step, sets, costs, room[step])
            if beam is not None and len(costs) > beam:
                cheapest = np.sort(np.argpartition(costs, beam)[:beam])
                sets, costs, origin = sets[:, cheapest], costs[cheapest], origin[cheapest]
                complete = False
            in_all += len(costs)
            if len(costs) > (most or _MOST) or in_all > _MOST_IN_ALL or time.monotonic() > self._stop:
                # what was found so far holds for all longer beginnings
                least[step:] = least[step - 1] if step else 0.0
                return _Swept(np.maximum.accumulate(least), None, is_complete=False)
            if not len(costs):
                least[step:] = room[step:]
                return _Swept(np.maximum.accumulate(least), None, complete)
            least[step] = costs.min()
            history.append(origin.astype(np.int32))
        return _Swept(np.maximum.accumulate(least), self._chosen(history, int(np.argmin(costs))), complete)

    def _step(
        self,
        step: int,
        sets: Any,  # noqa: ANN401 - words of bits
        costs: FloatArray,
        room: float,
    ) -> tuple[Any, FloatArray, IntArray]:
        """Leave or take a candidate; return sets, costs, and twice the number of the origin, and 1 if taken."""
        there = np.flatnonzero(costs + self._above[self.line[step]] <= room)
        taken, dearer = sets[:, there], costs[there] + self._above[self.line[step]]
        for place in self._places[step][self._paid[self._places[step]] > 0].tolist():
            # it pays for nothing where it is reached already
            word, bit = divmod(int(self._bits[place]), 64)
            dearer += self._paid[place] * ((taken[word] >> np.uint64(bit)) & np.uint64(1))
        kept = dearer <= room
        left = np.flatnonzero((costs <= room) & self._reach_all(sets, self._leaving[step]))
        sets = np.concatenate([sets[:, left], taken[:, kept] | self._mask(self._places[step])[:, None]], axis=1)
        costs = np.concatenate([costs[left], dearer[kept]])
        origin = np.concatenate([2 * left, 2 * there[kept] + 1])
        sets &= ~self._mask(self._leaving[step])[:, None]
        return self._merged(sets, costs, origin)

    def _mask(self, places: IntArray) -> Any:  # noqa: ANN401
        mask = np.zeros(self._n_words, dtype=np.uint64)
        for place in places.tolist():
            word, bit = divmod(int(self._bits[place]), 64)
            mask[word] |= np.uint64(1) << np.uint64(bit)
        return mask

    def _reach_all(self, sets: Any, places: IntArray) -> BoolArray:  # noqa: ANN401
        mask = self._mask(places)
        reached = np.ones(sets.shape[1], dtype=np.bool_)
        for word in np.flatnonzero(mask):
            reached &= (sets[word] & mask[word]) == mask[word]
        return reached

    def _merged(self, sets: Any, costs: FloatArray, origin: IntArray) -> tuple[Any, FloatArray, IntArray]:  # noqa: ANN401
        """Keep the cheapest of beginnings with equal sets: sorted by a hash, and then compared."""
        if not len(costs):
            return sets, costs, origin
        order = np.argsort((sets * self._hash[:, None]).sum(axis=0, dtype=np.uint64))
        sets, costs, origin = sets[:, order], costs[order], origin[order]
        first = np.ones(len(costs), dtype=np.bool_)
        first[1:] = (sets[:, 1:] != sets[:, :-1]).any(axis=0)
        start = np.flatnonzero(first)
        group = np.cumsum(first) - 1
        lowest = np.minimum.reduceat(costs, start)
        cheapest = np.flatnonzero(costs == lowest[group])
        start[group[cheapest]] = cheapest
        return sets[:, start], lowest, origin[start]

    def _chosen(self, history: list[Any], number: int) -> IntArray:
        """Return the candidates of a beginning that has come to the end, sorted."""
        chosen = []
        for candidate, origin in zip(self.line[::-1].tolist(), history[::-1], strict=True):
            number, is_taken = divmod(int(origin[number]), 2)
            if is_taken:
                chosen.append(candidate)
        return np.array(sorted(chosen), dtype=np.int64)


def _bits_of(places: list[IntArray], last: IntArray) -> tuple[IntArray, int]:
    """Return a bit for each place, used again after its last candidate, shape (n_places,); and words of 64 in all."""
    bits = np.full(len(last), -1, dtype=np.int64)
    free: list[int] = []
    n_bits = 0
    for step, here in enumerate(places):
        for place in here[bits[here] < 0].tolist():
            if not free:
                free.append(n_bits)
                n_bits += 1
            bits[place] = free.pop()
        free.extend(bits[here[last[here] == step]].tolist())
    return bits, -(-n_bits // 64)
