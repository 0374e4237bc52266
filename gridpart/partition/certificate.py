"""The certificate: proof that cells are an exact partition of a service area, or every place where not."""

from __future__ import annotations

import hashlib
import html
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import GeometryArray, Language
from gridpart.arguments import checked
from gridpart.coverage import Defect, prove_partition
from gridpart.errors import CertificateError
from gridpart.geo import crs_label, require_same_crs
from gridpart.i18n import Joined, Message, lines, messages
from gridpart.partition.layers import area_of, land_only
from gridpart.steps import task

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyproj

say = messages("partition")

_TO_REPAIR = say("To repair: `gridpart.clean(cells, service_area, max_gap_width=…)` lists every change.")

_TABLES = {
    "gaps": say("gaps"),
    "overlaps": say("overlaps"),
    "mismatches": say("mismatches"),
    "invalid": say("invalid"),
}

_INDENT = "  "

_LISTED = 5
"""Defects that a message spells out; the tables hold all."""


@dataclass(frozen=True, eq=False, repr=False)
class Certificate:
    """
    Outcome of checking cells against a service area.

    Attributes
    ----------
    gaps, overlaps, mismatches, invalid
        One row per defect: ``cell_ids`` (tuple of text), ``area_m2``, ``width_m``, ``reason``, geometry.
    n_cells
        Cells looked at.
    n_edges
        Distinct straight edges among them.
    boundary_shift_m
        Largest distance in m between a cell's vertex and the border of the area that it stands for.
    crs
        Coordinate system of the geometries.
    """

    gaps: gpd.GeoDataFrame
    overlaps: gpd.GeoDataFrame
    mismatches: gpd.GeoDataFrame
    invalid: gpd.GeoDataFrame
    n_cells: int
    n_edges: int
    boundary_shift_m: float
    crs: pyproj.CRS
    _ids: Sequence[str] = field(repr=False)
    _shapes: GeometryArray = field(repr=False)

    @property
    def valid(self) -> bool:
        """Whether the cells are an exact partition of the service area."""
        return not self.n_defects

    @property
    def n_defects(self) -> int:
        """Number of gaps, overlaps, mismatches and invalid cells together."""
        return len(self.gaps) + len(self.overlaps) + len(self.mismatches) + len(self.invalid)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over ids and coordinates; equal for equal cells in any order of rows, rings and parts."""
        with np.errstate(invalid="ignore"):  # a cell with NaN has bytes like any other
            shapes = shapely.to_wkb(shapely.normalize(shapely.force_2d(self._shapes)), byte_order=1)
        result = hashlib.sha256()
        rows = [
            (str(name).encode("utf-8", "surrogatepass"), body or b"")
            for name, body in zip(self._ids, shapes, strict=True)
        ]
        for name, body in sorted(rows):
            result.update(len(name).to_bytes(8, "little") + name + len(body).to_bytes(8, "little") + body)
        return result.hexdigest()

    def summary(self, *, lang: Language = "en") -> str:
        """
        Return the outcome as text: one line if it passed, one line per kind and the largest defects if not.

        Raises
        ------
        InputError
            If the language is unknown.
        """
        outcome = self._outcome()
        return outcome if lang == "en" else outcome.told(lang)

    def _outcome(self) -> Message:
        if self.valid:
            return say(
                "Exact partition: {n:,} cells, {edges:,} edges, no gap, no overlap; largest shift from the border "
                "{metres} m.",
                n=self.n_cells,
                edges=self.n_edges,
                metres=_figure(self.boundary_shift_m),
            )
        heading = say(
            "Not an exact partition: {gaps} gaps, {overlaps} overlaps, {mismatches} mismatches, {invalid} invalid "
            "cells among {n:,} cells ({crs}).",
            **{name: len(table) for name, table in self.tables().items()},
            n=self.n_cells,
            crs=crs_label(self.crs),
        )
        told = [heading]
        for name, table in self.tables().items():
            told += [_describe(name, row) for row in table.head(_LISTED).itertuples()]
            if len(table) > _LISTED:
                told.append(say("{indent}and {n} more in `.{name}`", indent=_INDENT, n=len(table) - _LISTED, name=name))
        return Joined(told, lines)

    def tables(self) -> dict[str, gpd.GeoDataFrame]:
        """Return the four tables by name."""
        return {
            "gaps": self.gaps,
            "overlaps": self.overlaps,
            "mismatches": self.mismatches,
            "invalid": self.invalid,
        }

    def to_json(self) -> str:
        """Return the certificate as JSON text, defects as rows with the place as WKT."""
        content: dict[str, Any] = {
            "valid": self.valid,
            "n_cells": self.n_cells,
            "n_edges": self.n_edges,
            "boundary_shift_m": self.boundary_shift_m,
            "crs": self.crs.to_string(),
            "digest": self.digest,
        }
        for name, table in self.tables().items():
            content[name] = [
                {
                    "cell_ids": list(row.cell_ids),
                    "area_m2": row.area_m2,
                    "width_m": row.width_m,
                    "reason": row.reason,
                    "wkt": None if row.geometry is None else row.geometry.wkt,
                }
                for row in table.itertuples()
            ]
        return json.dumps(content, ensure_ascii=False, indent=2)

    @checked
    def raise_if_invalid(self, *, what: str, remedy: str | None = None) -> None:
        """
        Raise unless the certificate passed.

        Parameters
        ----------
        what
            What is not an exact partition.
        remedy
            What to do about it; `clean` if None.

        Raises
        ------
        CertificateError
            With `what`, the summary and this certificate.
        """
        if not self.valid:
            raise CertificateError(
                say(
                    "{what} is not an exact partition. {summary}\nNothing was changed. All rows are in "
                    "`error.certificate`. {remedy}",
                    what=what,
                    summary=self._outcome(),
                    remedy=remedy or _TO_REPAIR,
                ),
                self,
            )

    def __repr__(self) -> str:
        """Show the summary."""
        return f"<Certificate: {self.summary()}>"

    def to_html(self, *, lang: Language = "zh-Hans") -> str:
        """Return the summary as HTML, all of it escaped text."""
        mark = "✓" if self.valid else "✗"
        text = html.escape(self.summary(lang=lang)).replace("\n", "<br>")
        return f'<div lang="{lang}" style="font-family:system-ui,sans-serif"><b>{mark}</b> {text}</div>'

    def _repr_html_(self) -> str:
        return self.to_html()


@checked
@task("certify")
def certify(cells: gpd.GeoDataFrame | gpd.GeoSeries, service_area: gpd.GeoDataFrame | gpd.GeoSeries) -> Certificate:
    """
    Check whether cells cover a service area exactly once.

    The directed edges of all cell rings must cancel pairwise and leave the boundary of the service area. There is no
    tolerance between cells; towards the border, vertices may lie off it by at most 1e-6 m.

    Parameters
    ----------
    cells
        Any polygons in a metric CRS, with ids in ``cell_id`` or else in the index. Rows of ``kind`` "virtual" are no
        land and are left out.
    service_area
        Polygons of the area in the same CRS. Holes must stay uncovered.

    Returns
    -------
    certificate
        Passed, or with every gap, overlap, mismatch and invalid cell: ids, m², width in m, place.

    Raises
    ------
    CRSError
        If a CRS is missing, not in metres, or the two differ.
    InputError
        If the service area itself is not valid.

    Examples
    --------
    >>> import geopandas as gpd, gridpart as gp, shapely
    >>> area = gpd.GeoSeries([shapely.box(0, 0, 20, 10)], crs=4546)
    >>> halves = gpd.GeoDataFrame(
    ...     {"cell_id": ["west", "east"]}, geometry=[shapely.box(0, 0, 9, 10), shapely.box(10, 0, 20, 10)], crs=4546
    ... )
    >>> certificate = gp.certify(halves, area)
    >>> certificate.valid
    False
    >>> certificate.gaps[["cell_ids", "area_m2", "width_m"]].values.tolist()
    [[('east', 'west'), 10.0, 1.0]]
    """
    cells = land_only(cells)
    area = area_of(service_area)
    crs = require_same_crs(service_area, cells, names=("service_area", "cells"))
    column = cells["cell_id"] if "cell_id" in getattr(cells, "columns", ()) else cells.index
    ids = [str(value) for value in np.asarray(column, dtype=object).tolist()]
    shapes: GeometryArray = np.asarray(cells.geometry.array, dtype=object)
    proof = prove_partition(shapes, area)
    return Certificate(
        gaps=_table(proof.of_kind("gap"), ids, crs),
        overlaps=_table(proof.of_kind("overlap"), ids, crs),
        mismatches=_table(proof.of_kind("mismatch"), ids, crs),
        invalid=_table(proof.of_kind("invalid"), ids, crs),
        n_cells=proof.n_polygons,
        n_edges=proof.n_edges,
        boundary_shift_m=proof.boundary_shift_m,
        crs=crs,
        _ids=ids,
        _shapes=shapes,
    )


def _table(defects: list[Defect], ids: Sequence[str], crs: pyproj.CRS) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "cell_ids": [tuple(sorted(ids[row] for row in defect.polygons)) for defect in defects],
            "area_m2": np.array([defect.area for defect in defects], dtype=np.float64),
            "width_m": np.array([defect.width for defect in defects], dtype=np.float64),
            "reason": pd.Series([defect.reason for defect in defects], dtype=object),  # messages stay messages
        },
        geometry=[defect.geometry for defect in defects],
        crs=crs,
    )


def _figure(value: float) -> str:
    """Return a measure for people: to one decimal, by its power of ten only where that would read as 0."""
    return f"{value:,.1f}".removesuffix(".0") if value >= 0.1 or value == 0 else f"{value:.2g}"


def _describe(name: str, row: Any) -> Message:  # noqa: ANN401 - a namedtuple that pandas makes
    cells = Joined(row.cell_ids) or say("none")
    what = say(
        "{indent}{table}: cells {cells}: {reason}",
        indent=_INDENT,
        table=_TABLES[name],
        cells=cells,
        reason=row.reason,
    )
    if row.geometry is None or row.geometry.is_empty:
        return what
    x, y = shapely.get_coordinates(row.geometry)[0]
    measures = {"area": _figure(row.area_m2), "width": _figure(row.width_m)}
    size = say("{area} m², widest {width} m, ", **measures) if row.area_m2 else ""
    return say("{what}, {size}near ({x:.3f}, {y:.3f})", what=what, size=size, x=x, y=y)
