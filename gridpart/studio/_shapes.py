"""Cells as shapes: kept until their faces change, so that the digest and the grid cost only what changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import IntArray
from gridpart.coverage import Coverage
from gridpart.partition import Grid
from gridpart.partition.redrawing import RedrawnFaces, redrawn
from gridpart.studio._state import NOTES, State
from gridpart.studio.records import FaceRecord


class Shapes:
    """
    Shape of each cell, and its bytes for the digest.

    Parameters
    ----------
    grid
        Where the session began: a cell that has its first faces again has its first shape, byte for byte.
    state
        At that time.
    """

    def __init__(self, grid: Grid, state: State) -> None:
        self._faces: list[FaceRecord] = list(state.faces)
        self._labels: IntArray = state.labels.copy()
        self._first = dict(zip(state.names, grid.cells.geometry, strict=True))
        self._number = dict(state.number)
        self._records = (dict(state.cells), dict(state.outlets), dict(state.officers), dict(state.plan))
        self._now: dict[str, tuple[shapely.Geometry, bytes]] = {}

    def is_first(self, state: State) -> bool:
        """Tell whether a state is the one that the session began with."""
        if len(state) != len(self._faces) or (state.labels != self._labels).any() or state.reshaped:
            return False
        return self._records == (state.cells, state.outlets, state.officers, state.plan)

    def forget(self, cell_ids: Iterable[str]) -> None:
        """Note that cells changed."""
        for cell_id in cell_ids:
            self._now.pop(cell_id, None)

    def _shape(self, state: State, cell_id: str) -> tuple[shapely.Geometry, bytes]:
        if cell_id not in self._now:
            shape = self._drawn(state, cell_id)
            # ids and coordinates as the certificate writes them
            self._now[cell_id] = (shape, shapely.to_wkb(shapely.normalize(shapely.force_2d(shape)), byte_order=1))
        return self._now[cell_id]

    def _drawn(self, state: State, cell_id: str) -> shapely.Geometry:
        mine = state.members(cell_id)
        if cell_id in self._first:
            before = np.flatnonzero(self._labels == self._number[cell_id])
            same = len(mine) == len(before) and bool((mine == before).all())
            if same and all(state.faces[row] is self._faces[row] for row in mine.tolist()):
                return self._first[cell_id]
        shape = Coverage.from_polygons(state.polygons[mine]).boundary()
        return shapely.orient_polygons(shapely.normalize(shape))

    def digest(self, state: State) -> str:
        """Return what the certificate of the grid would have as digest."""
        result = hashlib.sha256()
        rows = [(name.encode("utf-8", "surrogatepass"), self._shape(state, name)[1]) for name in state.cells]
        for name, body in sorted(rows):
            result.update(len(name).to_bytes(8, "little") + name + len(body).to_bytes(8, "little") + body)
        return result.hexdigest()

    def grid(self, state: State, base: Grid) -> Grid:
        """
        Return the grid of a state.

        Raises
        ------
        CertificateError
            If it is not an exact partition.
        """
        records = list(state.cells.values())
        row_of = np.full(len(state.names), -1, dtype=np.int64)
        row_of[[state.number[record.cell_id] for record in records]] = np.arange(len(records))
        table = pd.DataFrame(
            [
                {
                    "cell_id": item.cell_id,
                    "bank_id": item.bank_id,
                    "outlet_id": item.outlet_id,
                    "parent_id": item.parent_id,
                    "level": item.level,
                    "kind": item.kind,
                    **dict(item.further),
                }
                for item in records
            ]
        )
        shapes = [self._shape(state, record.cell_id)[0] for record in records]
        return redrawn(
            base,
            _faces_of(state, base),
            row_of[state.labels],
            cells=gpd.GeoDataFrame(table, geometry=shapes, crs=base.crs),
            outlets=_outlets_of(state, base),
            version=state.plan["version"],
            status=state.plan["status"],
            provenance=_provenance(state, base),
        )


def _faces_of(state: State, base: Grid) -> RedrawnFaces:
    coverage = Coverage.from_polygons(state.polygons) if state.reshaped else base.coverage
    has_units = base.face_ids is not None
    has_zones = base.face_zone is not None
    return RedrawnFaces(
        coverage,
        tuple(str(face.unit_id) for face in state.faces) if has_units else None,
        state.demand.copy() if state.has_demand else None,
        tuple(face.zone_class for face in state.faces) if has_zones else None,
    )


def _outlets_of(state: State, base: Grid) -> gpd.GeoDataFrame:
    records = list(state.outlets.values())
    return gpd.GeoDataFrame(
        {
            "outlet_id": np.array([item.outlet_id for item in records], dtype=object),
            "cell_id": np.array([item.cell_id for item in records], dtype=object),
            "zone_class": np.array([item.zone_class for item in records], dtype=object),
        },
        geometry=[item.point for item in records],
        crs=base.crs,
    )


def _provenance(state: State, base: Grid) -> dict[str, object]:
    """Return where a redrawn grid comes from, with what the plan notes beside version and status."""
    locked = [name for name, record in state.cells.items() if record.locked]
    touched = {str(state.faces[row].unit_id) for row in state.reshaped if state.faces[row].unit_id is not None}
    reshaped = sorted(touched | set(base.provenance.get("units_reshaped", ())))
    found: dict[str, object] = {name: state.plan.get(name) for name in NOTES}
    found |= {"locked": locked, "units_reshaped": reshaped, "officers": dict(state.officers)}
    kept = {name: value for name, value in base.provenance.items() if name not in found}
    return {**kept, "redrawn_from": base.digest, **{name: value for name, value in found.items() if value}}
