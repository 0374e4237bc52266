"""The grid: all cells of one bank on one service area, carried with the coverage and the certificate they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray, GeometryArray, IntArray
from gridpart.arguments import checked
from gridpart.coverage import Coverage
from gridpart.errors import InputError
from gridpart.geo import require_same_crs
from gridpart.i18n import messages
from gridpart.partition import _score, _views
from gridpart.partition._cells import anchors_of, complete_cells
from gridpart.partition._compare import compare
from gridpart.partition._reach import reached_by_road, reached_parts
from gridpart.partition.certificate import Certificate, certify
from gridpart.partition.layers import area_frame, area_of, land_only, pick, text_ids

if TYPE_CHECKING:
    import folium
    import networkx as nx
    from matplotlib.axes import Axes

    from gridpart.partition.roads import RoadNetwork

say = messages("partition")

SEVERAL_BANKS = "several"
"""``bank_id`` of a grid whose cells belong to more than one bank."""

Status = Literal["draft", "proposed", "coordinated", "adopted"]


@dataclass(frozen=True, eq=False, repr=False)
class Grid:
    """
    All cells of one bank on one service area: an exact partition, proved.

    Every grid holds a certificate that passed; there is no way to make one without. A grid never changes: rules and
    edits make new grids.

    Attributes
    ----------
    coverage
        Planar subdivision that the cells are made of.
    labels
        Row of `cells` that each face belongs to, shape (n_faces,).
    bank_id
        The bank, or ``"several"``.
    certificate
        Passed; made when the grid was made.
    provenance
        Rule, options, and everything decided by policy (merged, ignored, moved), with ids.
    version
        Counts the revisions of this grid, from 1.
    status
        ``draft``, ``proposed``, ``coordinated`` or ``adopted``.
    face_ids
        Unit of each face where the grid was made from units, shape (n_faces,), else None.
    face_demand
        Demand of each face where known, shape (n_faces,), else None.
    face_zone
        Zone class of each face where known, shape (n_faces,), else None.
    drawn_area
        Service area in m as it was given, before it was noded with the cells.
    inputs
        What else the rule read, by the name of its argument, for `revise`; not saved with a project.
    """

    coverage: Coverage
    labels: IntArray
    bank_id: str
    certificate: Certificate
    provenance: Mapping[str, Any]
    _cells: gpd.GeoDataFrame = field(repr=False)
    _service_area: gpd.GeoDataFrame = field(repr=False)
    _outlets: gpd.GeoDataFrame = field(repr=False)
    version: int = 1
    status: Status = "draft"
    face_ids: tuple[str, ...] | None = None
    face_demand: FloatArray | None = None
    face_zone: tuple[str | None, ...] | None = None
    drawn_area: shapely.Geometry | None = field(default=None, repr=False)
    inputs: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def cells(self) -> gpd.GeoDataFrame:
        """The cells, one row each, as a copy that may be changed freely."""
        return self._cells.copy()

    @property
    def service_area(self) -> gpd.GeoDataFrame:
        """The service area, noded with the cells' vertices, one row, as a copy."""
        return self._service_area.copy()

    @property
    def outlets(self) -> gpd.GeoDataFrame:
        """The outlets that anchor cells: ``outlet_id``, ``cell_id``, ``zone_class``, point; maybe none."""
        return self._outlets.copy()

    @property
    def crs(self) -> Any:  # noqa: ANN401 - pyproj.CRS or None in geopandas' own types
        """Coordinate system; its unit is the metre."""
        return self._cells.crs

    @property
    def digest(self) -> str:
        """SHA-256 of the cells, from the certificate."""
        return self.certificate.digest

    @staticmethod
    @checked
    def from_cells(
        cells: gpd.GeoDataFrame,
        service_area: gpd.GeoDataFrame | gpd.GeoSeries,
        *,
        bank_id: str,
        outlets: gpd.GeoDataFrame | None = None,
    ) -> Grid:
        """
        Take any polygons as a grid if they are an exact partition.

        Parameters
        ----------
        cells
            Polygons in a metric CRS. ``cell_id`` is taken or numbered; the other columns of a
            grid are taken where present. Rows of ``kind`` "virtual" are left out: they are no land.
        service_area
            Polygons of the area, same CRS.
        bank_id
            Bank that the cells belong to.
        outlets
            Points with ``outlet_id`` that the cells' ``outlet_id`` refers to, if they are known.

        Returns
        -------
        grid
            Cells in the order given, geometries untouched.

        Raises
        ------
        CertificateError
            If the polygons are not an exact partition; the certificate holds every defect.
        CRSError
            If a CRS is missing, not in metres, or they differ.
        InputError
            If ids repeat.
        """
        table = land_only(cells).reset_index(drop=True)
        if "cell_id" not in table.columns:
            table["cell_id"] = [f"{bank_id}-{number:04d}" for number in range(1, len(table) + 1)]
        table["cell_id"] = text_ids(table, "cell_id", name="cells")
        certificate = certify(table, service_area)
        certificate.raise_if_invalid(what=say("The grid of bank {bank}", bank=bank_id))
        shapes: GeometryArray = np.asarray(table.geometry.array, dtype=object)
        coverage = Coverage.from_polygons(shapes)
        return Grid(
            coverage=coverage,
            labels=np.arange(len(table)),
            bank_id=bank_id,
            certificate=certificate,
            provenance=MappingProxyType({"rule": "given", "n_cells": len(table)}),
            _cells=complete_cells(table, bank_id=bank_id),
            _service_area=area_frame(service_area, coverage.boundary()),
            _outlets=anchors_of(table, outlets),
            drawn_area=area_of(service_area),
        )

    @checked
    def with_(
        self,
        *,
        version: int | None = None,
        status: Status | None = None,
        outlets: gpd.GeoDataFrame | None = None,
        owners: Sequence[str] | None = None,
        **provenance: object,
    ) -> Grid:
        """Return this grid with another version, status, outlets, owner of each cell or additional provenance."""
        return replace(
            self,
            _cells=self._cells if owners is None else self._cells.assign(outlet_id=np.array(owners, dtype=object)),
            _outlets=self._outlets if outlets is None else outlets,
            version=self.version if version is None else version,
            status=self.status if status is None else status,
            provenance=MappingProxyType({**self.provenance, **provenance}),
        )

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle holds: a view that cannot be written to cannot be pickled."""
        return {**self.__dict__, "provenance": dict(self.provenance), "inputs": dict(self.inputs)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take what a pickle held, read-only again."""
        views = {name: MappingProxyType(state[name]) for name in ("provenance", "inputs")}
        self.__dict__.update(state | views)

    def __len__(self) -> int:
        """Return the number of cells."""
        return len(self._cells)

    def __repr__(self) -> str:
        """Show bank, size, area and certificate."""
        area = self._cells["area_m2"].sum() / 1e6
        return (
            f"<Grid {self.bank_id}: {len(self):,} cells on {area:,.1f} km², rule {self.provenance['rule']}, "
            f"version {self.version} ({self.status}), certified {self.digest[:12]}>"
        )

    def certify(self) -> Certificate:
        """Check the cells against the service area again, from their geometries."""
        return certify(self._cells, self._service_area)

    def adjacency(self) -> nx.Graph[str]:
        """
        Return which cells share a border.

        Returns
        -------
        graph
            Nodes are cell ids; edges carry ``border_m``, the length of the shared border in m.
        """
        one, two, border = self.coverage.adjacency(self.labels)
        ids = self._cells["cell_id"].tolist()
        import networkx as nx

        graph: nx.Graph[str] = nx.Graph()
        graph.add_nodes_from(ids)
        graph.add_edges_from(
            (ids[i], ids[j], {"border_m": length})
            for i, j, length in zip(one.tolist(), two.tolist(), border.tolist(), strict=True)
        )
        return graph

    @checked
    def locate(self, points: gpd.GeoDataFrame | gpd.GeoSeries) -> pd.Series:
        """
        Find the cell of each point.

        Parameters
        ----------
        points
            Points in the CRS of the grid, shape (n_points,).

        Returns
        -------
        cell_id
            In the order and with the index of `points`. A point on a border belongs to the lowest
            cell id; one outside the service area, or without geometry, has no cell (None).

        Raises
        ------
        CRSError
            If the CRSs differ.
        """
        require_same_crs(self._cells, points, names=("grid", "points"))
        shapes: GeometryArray = np.asarray(points.geometry.array, dtype=object)
        located = self._rows_at(shapes)
        return pd.Series(pick(self._cells["cell_id"], located), index=points.index, name="cell_id", dtype=object)

    def _rows_at(self, shapes: GeometryArray) -> IntArray:
        """Return the row of the cell at each point, -1 outside."""
        point, row = shapely.STRtree(np.asarray(self._cells.geometry.array)).query(shapes, predicate="intersects")
        rank = np.argsort(np.argsort(self._cells["cell_id"].to_numpy(dtype=object), kind="stable"))
        order = np.lexsort((rank[row], point))
        point, row = point[order], row[order]
        first = np.ones(len(point), dtype=np.bool_)
        first[1:] = point[1:] != point[:-1]
        located = np.full(len(shapes), -1, dtype=np.int64)
        located[point[first]] = row[first]
        return located

    @checked
    def reach(
        self,
        radius_or_minutes: float | Mapping[str, float] | None = None,
        /,
        roads: nx.Graph[Any] | RoadNetwork | None = None,
        *,
        radius_m: float | Mapping[str, float] | None = None,
        minutes: float | None = None,
    ) -> gpd.GeoDataFrame:
        """
        Return the part of each cell within the service radius of its outlets: what the bank can claim.

        The grid does not change: land beyond the radius stays assigned to its cell.

        Parameters
        ----------
        radius_or_minutes
            Without `roads` the radius in m, with `roads` the minutes; or name the one that is meant.
        roads
            Road graph (see `travel_time`); land counts by its nearest road node.
        radius_m
            Service radius in m, or one for each zone class (``{"urban": 2000, "rural": 5000}``). What counts is the
            zone class of the unit an outlet stands in; where it is unknown, that of its cell.
        minutes
            Instead of a radius: the longest travel time to any outlet of the grid on `roads`.

        Returns
        -------
        reached
            One row per cell: ``cell_id``, ``bank_id``, ``outlet_id``, ``zone_class``, ``area_m2`` (of the cell),
            ``reached_m2``, ``reached_share``, geometry (empty where nothing is reached).

        Raises
        ------
        InputError
            If the radius is not positive, a zone class has none, or the grid has no outlets.
        """
        limits = [limit for limit in (radius_or_minutes, radius_m, minutes) if limit is not None]
        if len(limits) != 1 or (radius_m if roads is not None else minutes) is not None:
            raise InputError(say("reach needs one limit: either radius_m, or minutes and roads together."))
        if roads is None:
            return reached_parts(self._cells, self._outlets, limits[0])
        area = self._service_area.geometry.iloc[0]
        return reached_by_road(self._cells, self._outlets, area, minutes=limits[0], roads=roads)

    @checked
    def compare(self, other: Grid) -> gpd.GeoDataFrame:
        """
        Return the land that changes cells between this grid and another.

        Parameters
        ----------
        other
            Grid on the same service area and CRS.

        Returns
        -------
        changed
            One row per pair of cell ids that differ: ``cell_id_before``, ``cell_id_after`` (None outside the other
            grid), ``area_m2``, geometry; largest first.
        """
        return compare(self, other)

    def score(self) -> dict[str, float | int | None]:
        """
        Return how well the grid serves, in figures.

        Returns
        -------
        score
            ``n_cells``, ``staff_need`` (one officer per cell), ``mean_demand``, ``max_over_mean_load`` (None without
            demand), ``mean_distance_m`` and ``p95_distance_m`` from faces to their outlet weighted by demand or
            else by area (None without outlets), ``mean_compactness`` (Polsby-Popper, 0 to 1), ``n_multipart``.
        """
        return _score.score(self)

    @checked
    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the cells with matplotlib and return the axes."""
        return _views.plot(self, ax)

    def explore(self) -> folium.Map:
        """Return a folium map with tiles; its page needs the internet, `_repr_html_` does not."""
        return _views.explore(self)

    def _repr_html_(self) -> str:
        return _views.fragment(self)
