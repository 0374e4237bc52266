"""The part of the county that a printed map shows, and the way from metres to paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridpart._typing import FloatArray

Extent = tuple[float, float, float, float]
"""Min x, min y, max x, max y, in m."""

_LEAST_M = 1.0


@dataclass(frozen=True)
class Window:
    """
    A map frame.

    Attributes
    ----------
    left, bottom
        Lower left corner in m.
    scale
        Points on paper for one metre.
    width, height
        Of the frame, in pt.
    """

    left: float
    bottom: float
    scale: float
    width: float
    height: float

    @classmethod
    def around(cls, extent: Extent, *, width: float, height: float) -> Window:
        """Return the frame of a size in pt that shows the whole of an extent, in its middle."""
        wide, high = max(extent[2] - extent[0], _LEAST_M), max(extent[3] - extent[1], _LEAST_M)
        scale = min(width / wide, height / high)
        middle_x, middle_y = (extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2
        return cls(middle_x - width / scale / 2, middle_y - height / scale / 2, scale, width, height)

    def extent(self, margin: float = 0.0) -> Extent:
        """Return what the frame shows, and a margin in pt around it, in m."""
        more = margin / self.scale
        right, top = self.left + self.width / self.scale, self.bottom + self.height / self.scale
        return (self.left - more, self.bottom - more, right + more, top + more)

    def to_paper(self, points: FloatArray) -> FloatArray:
        """
        Put points on paper.

        Parameters
        ----------
        points
            In m, shape (n, 2).

        Returns
        -------
        points
            In pt from the upper left corner of the frame, y downwards, shape (n, 2).
        """
        flat = (points - np.array([self.left, self.bottom])) * self.scale
        return np.column_stack([flat[:, 0], self.height - flat[:, 1]])
