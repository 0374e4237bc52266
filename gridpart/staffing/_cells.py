"""Cells as the checks read them, whether they come as a grid or as a table."""

from __future__ import annotations

import pandas as pd

from gridpart.partition import Grid
from gridpart.partition.layers import text_ids
from gridpart.profiles import Profile, load
from gridpart.staffing._staff import column_of, text_column

Cells = Grid | pd.DataFrame
Rules = str | Profile


def cell_table(cells: Cells) -> pd.DataFrame:
    """Return the cells as a table with text ids, in their order."""
    table = cells.cells if isinstance(cells, Grid) else cells
    ids = text_ids(table, "cell_id", name="cells")
    known = {name: column_of(table, name) for name in ("bank_id", "outlet_id", "zone_class")}
    columns = {"cell_id": text_column(ids)} | {name: text_column(values) for name, values in known.items()}
    return pd.DataFrame(columns)


def rules_of(profile: Rules) -> Profile:
    """Return a profile given by itself or by name."""
    return load(profile) if isinstance(profile, str) else profile
