"""Faces at the level of cells: which cells of which banks meet here, in which unit, with how many people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart._typing import FloatArray, GeometryArray, IntArray
from gridpart.audit.refinement import CellRefinement, refine_cells
from gridpart.partition.apportion import share_by_weight
from gridpart.steps import task

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit


@task("cell_faces")
def cell_faces(audit: Audit) -> gpd.GeoDataFrame:
    """Return the table that `Audit.cell_faces` documents."""
    refined = refine_cells(audit.pieces)
    return gpd.GeoDataFrame(
        {
            "banks": pd.Series(_banks(audit, refined), dtype=object),
            "cells": pd.Series(_cells(audit, refined), dtype=object),
            "bank_count": (refined.codes >= 0).sum(axis=1),
            "unit_id": pd.Series(audit.units.text_at("unit_id", refined.unit), dtype=object),
            "is_sliver": refined.is_sliver,
            "area_m2": refined.areas,
            "population": _people(audit, refined),
        },
        geometry=refined.polygons,
        crs=audit.faces.crs,
    )


def _banks(audit: Audit, refined: CellRefinement) -> GeometryArray:
    """Return the banks of each face; faces with the same banks share one tuple."""
    names = np.array(audit.banks, dtype=object)
    packed = np.packbits(refined.codes >= 0, axis=1)
    keys, first, place = np.unique(packed.view(f"V{packed.shape[1]}").ravel(), return_index=True, return_inverse=True)
    sets = np.empty(len(keys), dtype=object)
    sets[:] = [tuple(names[row]) for row in refined.codes[first] >= 0]
    banks: GeometryArray = sets[place.ravel()]
    return banks


def _cells(audit: Audit, refined: CellRefinement) -> GeometryArray:
    """Return the cells of each face as ``bank/cell``, in the order of banks."""
    names, members = [], refined.members
    for number, claim in enumerate(audit.claims):
        known = [cell_name(claim.bank_id, cell) for cell in claim.cell_ids]
        several = [tuple(known[cell] for cell in cells) for cells in members.sets[number]]
        names.append([*known, *several])
    face, layer = np.nonzero(refined.codes >= 0)
    codes = refined.codes[face, layer]
    begin = np.cumsum([0, *(len(known) for known in names)])
    entries = np.array([entry for known in names for entry in known], dtype=object)[begin[layer] + codes]
    count = np.bincount(face, minlength=len(refined.codes))
    start = np.cumsum(count) - count
    cells = np.empty(len(count), dtype=object)
    for number in np.unique(count).tolist():
        rows = np.flatnonzero(count == number)
        columns = [entries[start[rows] + place].tolist() for place in range(number)]
        cells[rows] = _as_objects(list(zip(*columns, strict=True)) if number else [()] * len(rows))
    for crowded in np.unique(face[codes >= members.sizes[layer]]).tolist():
        cells[crowded] = tuple(
            name for entry in cells[crowded] for name in ([entry] if isinstance(entry, str) else entry)
        )
    return cells


def _as_objects(values: list[tuple[str, ...]]) -> GeometryArray:
    """Return tuples as an array of objects, not as a matrix."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def cell_name(bank_id: str, cell_id: str) -> str:
    """Name a cell among those of all banks."""
    return f"{bank_id}/{cell_id}"


def cells_at(audit: Audit, rows: IntArray) -> tuple[str, ...]:
    """Return the cells that meet on some faces of an audit, sorted."""
    faces = audit.faces
    if len(rows) == 0 or int(faces["bank_count"].to_numpy()[rows].max()) == 0:
        return ()
    by_place = audit.cells_by_place
    keys = zip(
        faces["unit_id"].to_numpy(dtype=object)[rows],
        faces["is_sliver"].to_numpy()[rows].tolist(),
        faces["banks"].to_numpy(dtype=object)[rows],
        strict=True,
    )
    return tuple(sorted({cell for key in keys for cell in by_place.get(key, ())}))


def cells_by_place(faces: gpd.GeoDataFrame) -> dict[tuple[object, bool, tuple[str, ...]], frozenset[str]]:
    """Return the cells that meet where unit, sliver and set of banks are the same."""
    places: dict[tuple[object, bool, tuple[str, ...]], set[str]] = {}
    keys = zip(faces["unit_id"], faces["is_sliver"].tolist(), faces["banks"], strict=True)
    for key, cells in zip(keys, faces["cells"], strict=True):
        places.setdefault(key, set()).update(cells)
    return {key: frozenset(cells) for key, cells in places.items()}


def _people(audit: Audit, refined: CellRefinement) -> FloatArray:
    """Share the people of units among sets of banks, as the faces of the audit do, then among the cells of each."""
    areas = refined.areas
    people = np.full(len(areas), np.nan)
    inside = np.flatnonzero(refined.unit >= 0)
    if len(inside) == 0:
        return people
    key = np.column_stack([refined.unit, refined.is_sliver, refined.codes >= 0])[inside]
    group, first = _groups(key)
    size: FloatArray = np.bincount(group, weights=areas[inside]).astype(np.float64)
    grouped = share_by_weight(audit.units.population, refined.unit[inside][first], size)
    people[inside] = share_by_weight(grouped, group, areas[inside])
    return people


def _groups(key: IntArray) -> tuple[IntArray, IntArray]:
    """Return the group of each row and a row of each group; rows are sorted by unit, groups too."""
    _, first, group = np.unique(key, axis=0, return_index=True, return_inverse=True)
    return group.ravel(), first
