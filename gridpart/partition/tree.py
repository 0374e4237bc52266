"""Trees of cells: every child in one parent, every parent filled exactly."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import GeometryArray
from gridpart.arguments import checked
from gridpart.coverage import prove_partition
from gridpart.errors import InputError
from gridpart.geo import require_same_crs
from gridpart.i18n import Joined, messages
from gridpart.partition.grid import Grid

say = messages("partition")

_KINDS: tuple[Literal["gap", "overlap", "mismatch", "invalid"], ...] = ("gap", "overlap", "mismatch", "invalid")

TREE_COLUMNS = ("problem", "cell_id", "parent_id", "area_m2", "geometry")
"""Columns of the table that `validate_tree` returns, in order."""


@checked
def validate_tree(*levels: Grid | gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Check nested cells: no orphan, no cycle, and the children of each parent are an exact partition of it.

    Parameters
    ----------
    levels
        Grids or tables of cells from the largest to the smallest, or one table with all levels: ``cell_id``,
        ``parent_id`` (none at the top), polygons in one metric CRS.

    Returns
    -------
    problems
        `TREE_COLUMNS`, empty if all is well. ``problem`` is "repeated_id", "orphan" (its parent is not there), "cycle",
        or, by the edge certificate of the parent, "gap", "overlap" (also land outside the parent), "mismatch",
        "invalid", with the place and size.

    Raises
    ------
    InputError
        If there is no level, or a column is missing.
    CRSError
        If a CRS is missing, not metric or differs.
    """
    cells = _all_cells(levels)
    ids = cells["cell_id"].tolist()
    parents = cells["parent_id"].astype(object).where(cells["parent_id"].notna(), None).tolist()
    shapes = dict(zip(ids, cells.geometry, strict=True))
    rows: list[tuple[object, ...]] = [
        ("repeated_id", name, None, np.nan, shapes[name]) for name, count in Counter(ids).items() if count > 1
    ]
    parent_of = dict(zip(ids, parents, strict=True))
    rows += [
        ("orphan", name, parent, shapes[name].area, shapes[name])
        for name, parent in parent_of.items()
        if parent is not None and parent not in shapes
    ]
    in_cycle = {name for name in parent_of if _is_in_cycle(name, parent_of)}
    rows += [
        ("cycle", name, parent_of[name], shapes[name].area, shapes[name]) for name in parent_of if name in in_cycle
    ]
    for parent, children in cells.groupby("parent_id", sort=True):
        if parent in shapes and parent not in in_cycle:
            rows += _defects(str(parent), children, shapes[parent])
    columns = list(TREE_COLUMNS[:-1])
    table = pd.DataFrame([row[:-1] for row in rows], columns=columns)
    return gpd.GeoDataFrame(table, geometry=[row[-1] for row in rows], crs=cells.crs)


def _all_cells(levels: tuple[Grid | gpd.GeoDataFrame, ...]) -> gpd.GeoDataFrame:
    if not levels:
        raise InputError(say("validate_tree needs at least one grid or table of cells."))
    tables = [level.cells if isinstance(level, Grid) else level for level in levels]
    parts = []
    for table in tables:
        require_same_crs(tables[0], table, names=(say("the first level"), say("another level")))
        missing = [name for name in ("cell_id", "parent_id") if name not in table.columns]
        if missing:
            raise InputError(
                say(
                    "a level needs the columns {missing}; it has {columns}.",
                    missing=Joined(missing),
                    columns=Joined(map(str, table.columns)),
                )
            )
        columns = table[["cell_id", "parent_id"]].astype({"cell_id": str}).reset_index(drop=True)
        parts.append(gpd.GeoDataFrame(columns, geometry=table.geometry.to_numpy(), crs=table.crs))
    if len(parts) > 1:  # the first of several levels may itself be nested in something that was not given
        known = parts[0]["parent_id"].isin(parts[0]["cell_id"])
        parts[0]["parent_id"] = parts[0]["parent_id"].where(known, None)
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=tables[0].crs)


def _is_in_cycle(start: str, parent_of: dict[str, str | None]) -> bool:
    name = parent_of[start]
    seen: set[str] = set()
    while name is not None and name in parent_of and name not in seen:
        if name == start:
            return True
        seen.add(name)
        name = parent_of[name]
    return False


def _defects(parent: str, children: gpd.GeoDataFrame, whole: shapely.Geometry) -> list[tuple[object, ...]]:
    """Prove that children fill their parent, or list where not."""
    ids = children["cell_id"].tolist()
    shapes: GeometryArray = np.asarray(children.geometry.array, dtype=object)
    proof = prove_partition(shapes, whole)
    return [
        (kind, ", ".join(sorted(ids[row] for row in defect.polygons)) or None, parent, defect.area, defect.geometry)
        for kind in _KINDS
        for defect in proof.of_kind(kind)
    ]
