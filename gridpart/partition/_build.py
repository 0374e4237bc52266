"""From labels on a coverage to a certified grid: the one road that every rule takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray, GeometryArray, IntArray
from gridpart.coverage import Coverage
from gridpart.errors import InfeasibleError
from gridpart.i18n import Joined, messages
from gridpart.partition._cells import complete_cells
from gridpart.partition.certificate import certify
from gridpart.partition.grid import Grid
from gridpart.partition.layers import area_frame, area_of, told_narrows
from gridpart.steps import step

say = messages("partition")


@dataclass(frozen=True, eq=False)
class Faces:
    """
    What a grid is made of before it has cells.

    Attributes
    ----------
    coverage
        The faces.
    unit_ids
        Unit of each face where there are units, shape (n_faces,).
    demand
        Demand of each face where known, shape (n_faces,).
    zone_class
        Zone class of each face where known, shape (n_faces,).
    """

    coverage: Coverage
    unit_ids: tuple[str, ...] | None = None
    demand: FloatArray | None = None
    zone_class: tuple[str | None, ...] | None = None


def build_grid(
    faces: Faces,
    labels: IntArray,
    *,
    cells: pd.DataFrame,
    service_area: gpd.GeoDataFrame | gpd.GeoSeries,
    bank_id: str,
    provenance: Mapping[str, Any],
    outlets: gpd.GeoDataFrame,
    inputs: Mapping[str, Any] | None = None,
) -> Grid:
    """
    Dissolve faces to cells and prove them.

    Parameters
    ----------
    faces
        Faces with what is known of each.
    labels
        Row of `cells` of each face, shape (n_faces,).
    cells
        ``cell_id`` and whatever else the rule knows of each cell.
    service_area
        What the cells must cover exactly.
    bank_id
        Bank of the grid.
    provenance
        Rule, options and decisions.
    outlets
        ``outlet_id``, ``cell_id``, point of each outlet that anchors a cell.
    inputs
        What else the rule read, for a revision.

    Returns
    -------
    grid
        With a certificate that passed.

    Raises
    ------
    InfeasibleError
        If a cell would have no face.
    CertificateError
        If the faces are not an exact partition of the service area.
    """
    step("proof")
    present, shapes = faces.coverage.dissolve(labels)
    if len(present) < len(cells):
        lost = np.setdiff1d(np.arange(len(cells)), present)
        named = Joined(cells["cell_id"].iloc[lost[:8]])
        raise InfeasibleError(say("{n} cells would have no land: {named}. No grid was made.", n=len(lost), named=named))
    # equal borders give equal bytes, whatever was drawn elsewhere: a revision can tell what it left alone
    shapes = shapely.orient_polygons(shapely.normalize(shapes))
    table = cells.copy()
    if faces.demand is not None:
        table["demand"] = np.bincount(labels, weights=faces.demand, minlength=len(cells))
    if faces.zone_class is not None:
        table["zone_class"] = majority_zone(faces, labels, len(cells))
    complete = complete_cells(gpd.GeoDataFrame(table, geometry=shapes, crs=service_area.crs), bank_id=bank_id)
    certificate = certify(complete, service_area)
    if not certificate.valid:
        what = say("The grid of bank {bank} by rule {rule}", bank=bank_id, rule=provenance["rule"])
        certificate.raise_if_invalid(what=what, remedy=told_narrows(area_of(service_area)))
    return Grid(
        coverage=faces.coverage,
        labels=labels,
        bank_id=bank_id,
        certificate=certificate,
        provenance=MappingProxyType(dict(provenance)),
        _cells=complete,
        _service_area=area_frame(service_area, faces.coverage.boundary()),
        _outlets=outlets,
        face_ids=faces.unit_ids,
        face_demand=faces.demand,
        face_zone=faces.zone_class,
        drawn_area=area_of(service_area),
        inputs=MappingProxyType({name: value for name, value in (inputs or {}).items() if value is not None}),
    )


def reordered(grid: Grid, order: IntArray) -> Grid:
    """
    Return a grid whose cells come in another order; nothing else changes.

    Parameters
    ----------
    grid
        Any grid.
    order
        Rows of its cells in the new order, shape (n_cells,).
    """
    return replace(grid, labels=np.argsort(order)[grid.labels], _cells=grid.cells.iloc[order].reset_index(drop=True))


def majority_zone(faces: Faces, labels: IntArray, n_cells: int) -> GeometryArray:
    """Return the zone class with the larger area in each cell, the first in the alphabet if equal, None if unknown."""
    zones = np.array(faces.zone_class, dtype=object)
    known = sorted({zone for zone in faces.zone_class or () if zone is not None})
    if not known:
        return np.full(n_cells, None, dtype=object)
    areas = faces.coverage.areas
    totals = np.column_stack(
        [np.bincount(labels[zones == zone], weights=areas[zones == zone], minlength=n_cells) for zone in known]
    )
    names = np.array([*known, None], dtype=object)
    return names[np.where(totals.max(axis=1) > 0, totals.argmax(axis=1), len(known))]


def bank_of(banks: Any) -> str:  # noqa: ANN401 - a column
    """Return the one bank of some rows, or ``"several"``."""
    unique = sorted({str(bank) for bank in banks})
    return unique[0] if len(unique) == 1 else "several"
