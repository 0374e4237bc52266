"""Sharing whole numbers among pieces so that every sum stays exact."""

from __future__ import annotations

import numpy as np

from gridpart._typing import FloatArray, IntArray


def share_by_weight(amounts: FloatArray, source: IntArray, weights: FloatArray) -> FloatArray:
    """
    Share the amount of each source among its pieces by weight; whole numbers stay whole and their sums exact.

    Parameters
    ----------
    amounts
        Of each source, shape (n_sources,).
    source
        Source of each piece, shape (n_pieces,).
    weights
        Of each piece, such as its area, at least 0, shape (n_pieces,). Where all are 0 they count alike.

    Returns
    -------
    shares
        Whole numbers by largest remainder (the earlier piece first among equals), others in proportion,
        shape (n_pieces,).

    References
    ----------
    .. [1] Balinski, M. L. and Young, H. P. (2001). Fair Representation, 2nd ed. Brookings.
    """
    n = len(amounts)
    total = np.bincount(source, weights=weights, minlength=n)
    count = np.bincount(source, minlength=n)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(total[source] > 0, weights / total[source], 1 / count[source])
    exact = np.where(count[source] == 1, amounts[source], amounts[source] * part)
    whole = (amounts == np.floor(amounts))[source]
    shares = np.where(whole, np.floor(exact), exact)
    missing = np.rint(
        np.where(np.isfinite(amounts), amounts, 0) - np.bincount(source, weights=np.nan_to_num(shares), minlength=n)
    )
    order = np.lexsort((np.arange(len(source)), shares - exact, source))
    start = np.cumsum(count) - count
    rank = np.arange(len(source)) - start[source[order]]
    shares[order] += whole[order] & (rank < missing[source[order]])
    return shares
