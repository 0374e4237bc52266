"""Officers of the bank and officers of the social grid, side by side."""

from __future__ import annotations

import pandas as pd

from gridpart.arguments import checked
from gridpart.staffing._cells import Cells, cell_table
from gridpart.staffing._staff import column_of, people, require_columns, text_column, texts


@checked
def social_crosswalk(cells: Cells, staff: pd.DataFrame, *, social_officers: pd.DataFrame | None = None) -> pd.DataFrame:
    """
    Pair officers of each cell with their counterparts in the social grid.

    Parameters
    ----------
    cells
        A grid, or a table with ``cell_id``.
    staff
        ``staff_id``, ``role``, ``cell_id``, ``social_officer_id``.
    social_officers
        ``social_officer_id`` of those who serve; others are no counterpart. If None, every id counts.

    Returns
    -------
    pairs
        ``cell_id``, ``staff_id``, ``social_officer_id``, ``status``: "matched", "unknown" (no such social officer) or
        "missing" (a cell without any counterpart, one row). By cell in its order, then officer.
    """
    officers = people(staff, "officer")
    known = None
    if social_officers is not None:
        require_columns(social_officers, ["social_officer_id"], name="social_officers")
        known = set(texts(social_officers["social_officer_id"]))
    links = zip(
        column_of(officers, "cell_id"),
        texts(officers["staff_id"]),
        column_of(officers, "social_officer_id"),
        strict=True,
    )
    by_cell: dict[str, list[tuple[str | None, str, str]]] = {}
    for cell_id, staff_id, social in links:
        if cell_id is not None and social is not None:
            status = "matched" if known is None or social in known else "unknown"
            by_cell.setdefault(cell_id, []).append((staff_id, social, status))
    rows: list[tuple[str | None, ...]] = []
    for cell_id in cell_table(cells)["cell_id"]:
        own = sorted(by_cell.get(cell_id, []), key=str)
        rows += [(cell_id, *link) for link in own]
        if not any(status == "matched" for _, _, status in own):
            rows.append((cell_id, None, None, "missing"))
    columns = ("cell_id", "staff_id", "social_officer_id", "status")
    return pd.DataFrame({name: text_column(row[at] for row in rows) for at, name in enumerate(columns)})


@checked
def without_counterpart(pairs: pd.DataFrame) -> list[str]:
    """Return the cells of a crosswalk that have no counterpart in the social grid."""
    return [str(cell_id) for cell_id in pairs.loc[pairs["status"] == "missing", "cell_id"]]
