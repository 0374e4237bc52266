"""A grid drawn again by hand: other labels, shapes or cells, proved like any grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np

from gridpart._typing import IntArray
from gridpart.i18n import messages
from gridpart.partition._build import Faces as RedrawnFaces
from gridpart.partition._build import majority_zone
from gridpart.partition._cells import complete_cells
from gridpart.partition.certificate import certify
from gridpart.partition.grid import Grid, Status
from gridpart.partition.layers import area_frame

__all__ = ["RedrawnFaces", "redrawn"]

say = messages("partition")


def redrawn(
    grid: Grid,
    faces: RedrawnFaces,
    labels: IntArray,
    *,
    cells: gpd.GeoDataFrame,
    outlets: gpd.GeoDataFrame,
    version: int,
    status: Status,
    provenance: Mapping[str, Any],
) -> Grid:
    """
    Return a grid with cells drawn again, with a certificate that passed.

    Parameters
    ----------
    grid
        Before; its service area stays.
    faces
        What the cells are made of now.
    labels
        Row of `cells` of each face, shape (n_faces,).
    cells
        The cells with their shapes, edge-matched.
    outlets
        Outlets that anchor cells.
    version, status, provenance
        Of the new grid.

    Raises
    ------
    CertificateError
        If the cells are not an exact partition of the service area.
    """
    area = grid.service_area if grid.drawn_area is None else gpd.GeoSeries([grid.drawn_area], crs=grid.crs)
    table = cells.copy()
    if faces.demand is not None:
        table["demand"] = np.bincount(labels, weights=faces.demand, minlength=len(cells))
    if faces.zone_class is not None:
        table["zone_class"] = majority_zone(faces, labels, len(cells))
    complete = complete_cells(table, bank_id=grid.bank_id)
    certificate = certify(complete, area)
    certificate.raise_if_invalid(what=say("The redrawn grid of bank {bank}", bank=grid.bank_id))
    noded = grid.service_area
    if faces.coverage is not grid.coverage:
        noded = area_frame(noded, faces.coverage.boundary())
    return replace(
        grid,
        coverage=faces.coverage,
        labels=labels,
        certificate=certificate,
        provenance=MappingProxyType(dict(provenance)),
        version=version,
        status=status,
        face_ids=faces.unit_ids,
        face_demand=faces.demand,
        face_zone=faces.zone_class,
        _cells=complete,
        _service_area=noded,
        _outlets=outlets,
    )
