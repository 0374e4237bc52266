"""Points by cell: how many lie in each, of which kind, and which cells have none."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.partition.grid import Grid

say = messages("partition")

OUTSIDE = "outside"
"""Row of `count_points` for points in no cell."""


@checked
def count_points(grid: Grid, points: gpd.GeoDataFrame, *, by: str | None = None) -> pd.DataFrame:
    """
    Count points such as customers in every cell.

    Parameters
    ----------
    grid
        Cells.
    points
        Points in the CRS of the grid.
    by
        Column whose values are counted apart, such as "segment"; blanks count as "unknown".

    Returns
    -------
    counts
        One row per cell in the order of the grid, by ``cell_id``, and last `OUTSIDE`; ``total``, one column for each
        value of `by`, sorted, and ``is_empty``. The totals add up to the number of points.

    Raises
    ------
    InputError
        If `by` is no column, or a value is called ``total``.
    CRSError
        If the CRSs differ.
    """
    located = grid.locate(points).fillna(OUTSIDE)
    rows = pd.Index([*grid.cells["cell_id"], OUTSIDE], name="cell_id")
    counts = pd.DataFrame({"total": located.value_counts().reindex(rows, fill_value=0)}, index=rows)
    if by is not None:
        if by not in points.columns:
            raise InputError(
                say("points needs the column {by}; it has {columns}.", by=by, columns=Joined(map(str, points.columns)))
            )
        values = points[by].astype(object).where(points[by].notna(), "unknown").astype(str)
        if values.isin(["total", "is_empty"]).any():
            raise InputError(
                say("{by} holds the value 'total' or 'is_empty', which are columns of the table of counts.", by=by)
            )
        table = pd.crosstab(located.to_numpy(), values.to_numpy()).reindex(rows, fill_value=0)
        counts = counts.join(table)
    return counts.assign(is_empty=counts["total"] == 0)
