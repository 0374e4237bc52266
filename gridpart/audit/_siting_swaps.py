"""Better choices for maximal covering by swaps: a candidate chosen against one that is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy

from gridpart._typing import BoolArray, FloatArray
from gridpart.audit._fill_solver import PROVED

_MOVED = 3
"""Neighbours that a shake moves at once."""

_STAYS = 0.5
"""What a chosen candidate has above its share when candidates are drawn."""


class Swaps:
    """
    Swaps of candidates in one problem [1]_.

    Parameters
    ----------
    places
        Which candidates reach each place, sparse, shape (n_places, n_candidates).
    weights
        Of each place, above 0, shape (n_places,).

    References
    ----------
    .. [1] Teitz, M. B. and Bart, P. (1968). Heuristic methods for estimating the generalized vertex median of a
       weighted graph. Operations Research 16(5), 955-961.
    """

    def __init__(self, places: Any, weights: FloatArray) -> None:  # noqa: ANN401 - scipy has no types
        self._places = scipy.sparse.csr_array(places, dtype=np.float64)
        self._by_candidate = scipy.sparse.csr_array(self._places.T)
        self._weights = weights

    def covered(self, chosen: BoolArray) -> float:
        """Return the weight that candidates cover, from a mask of shape (n_candidates,)."""
        return float(self._weights[self._places @ chosen > 0].sum())

    def improved(self, chosen: BoolArray, *, number: int) -> BoolArray:
        """Return a choice of a number of candidates that no single swap improves, shape (n_candidates,)."""
        chosen = chosen.copy()
        times = self._places @ chosen
        while True:
            gains = self._by_candidate @ np.where(times > 0, 0.0, self._weights)
            gains[chosen] = -np.inf
            come = int(np.argmax(gains))
            if chosen.sum() >= number:
                leave, come, gain = self._best_swap(chosen, times, gains)
                if not gain > 0:
                    return chosen
                chosen[leave] = False
            elif not gains[come] > 0:
                return chosen
            chosen[come] = True
            times = self._places @ chosen

    def _best_swap(self, chosen: BoolArray, times: FloatArray, gains: FloatArray) -> tuple[int, int, float]:
        """Return who leaves, who comes, and the weight gained."""
        alone = scipy.sparse.csr_array(self._by_candidate[chosen] * np.where(times == 1, self._weights, 0.0)[None, :])
        gained = gains + (alone @ self._places).toarray() - alone.sum(axis=1)[:, None]
        leave, come = np.unravel_index(int(np.argmax(gained)), gained.shape)
        return int(np.flatnonzero(chosen)[leave]), int(come), float(gained[leave, come])

    def shaken(self, chosen: BoolArray, *, number: int, rng: np.random.Generator) -> BoolArray:
        """
        Move a few neighbours at random, and improve what comes out [1]_.

        Parameters
        ----------
        chosen
            A choice of at least one candidate, shape (n_candidates,).
        number
            How many candidates may be chosen.
        rng
            Where random numbers come from.

        References
        ----------
        .. [1] Lourenco, H. R., Martin, O. C. and Stuetzle, T. (2003). Iterated local search. In: Handbook of
           Metaheuristics, 320-353.
        """
        middle = rng.choice(np.flatnonzero(chosen))
        around = np.unique(self._places[self._by_candidate[[middle]].indices].indices)
        leave = rng.permutation(around[chosen[around]])[:_MOVED]
        come = rng.permutation(around[~chosen[around]])[: len(leave)]
        other = chosen.copy()
        other[leave] = False
        other[come] = True
        return self.improved(other, number=number)

    def drawn(self, chosen: BoolArray, shares: FloatArray, *, number: int, rng: np.random.Generator) -> BoolArray:
        """
        Draw candidates by their shares in the linear model, chosen ones more likely, and improve what comes out.

        Parameters
        ----------
        chosen
            A choice, shape (n_candidates,).
        shares
            From 0 to 1, shape (n_candidates,).
        number
            How many candidates may be chosen.
        rng
            Where random numbers come from.
        """
        chance = np.clip(shares, PROVED, 1.0) + _STAYS * chosen
        other = np.zeros_like(chosen)
        other[rng.choice(len(chosen), min(number, len(chosen)), replace=False, p=chance / chance.sum())] = True
        return self.improved(other, number=number)
