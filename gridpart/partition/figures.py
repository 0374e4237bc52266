"""Figures that scores, scenarios and audits share."""

from __future__ import annotations

import numpy as np
import shapely

from gridpart._typing import FloatArray, GeometryArray


def weighted_quantile(values: FloatArray, weights: FloatArray, share: float) -> float:
    """Return the smallest value that at least `share` of the weight does not exceed."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(int(np.searchsorted(reached, share)), len(values) - 1)])


def mean_compactness(shapes: GeometryArray) -> float:
    """
    Return the mean Polsby-Popper compactness of polygons: 1 for discs, towards 0 for thin ones.

    References
    ----------
    .. [1] Polsby, D. D. and Popper, R. D. (1991). The third criterion. Yale Law & Policy Review 9(2), 301-353.
    """
    return float((4 * np.pi * shapely.area(shapes) / np.square(shapely.length(shapes))).mean())
