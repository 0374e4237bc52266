"""Grids from tables: each is proved again, and must be the one that was saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType, SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import GeometryArray
from gridpart.coverage import Coverage
from gridpart.errors import CertificateError, CoverageError, InputError, ProjectError
from gridpart.i18n import messages
from gridpart.partition import Grid
from gridpart.project._grids import EARLIER, GRID_TABLES, KEY, PLACE, PROJECT_AREA, area_or_none, shapes_of_units
from gridpart.project._values import from_text
from gridpart.project.past import Past, Unproved

say = messages("project")


def decode_earlier(
    tables: Mapping[str, pd.DataFrame], *, units: pd.DataFrame, service_area: gpd.GeoDataFrame, changed: Iterable[str]
) -> dict[str, Sequence[Grid]]:
    """
    Read the earlier grids of a project from the tables `EARLIER_TABLES`; each is proved when it is first asked for.

    Raises
    ------
    ProjectError
        As `decode_grids`: at once if other programs changed the tables, else when a grid is asked for.
    """
    own = {name: tables[f"earlier_{name}"] for name in GRID_TABLES}
    changed = [name.removeprefix("earlier_") for name in changed if name not in GRID_TABLES]
    stored = _Stored.of(own, units=units, service_area=service_area, changed=changed)
    earlier: dict[str, dict[int, Unproved]] = {}
    for facts in _facts(own["grids"]):
        past = earlier.setdefault(str(facts.grid_bank_id), {})
        past[int(facts.place)] = Unproved(
            int(facts.version), facts.status, from_text(facts.provenance), partial(stored.grid, facts)
        )
    found = {bank_id: Past(past[place] for place in sorted(past)) for bank_id, past in earlier.items()}
    return {bank_id: tuple(past) for bank_id, past in found.items()} if stored.edited else dict(found)


def decode_grids(
    tables: Mapping[str, pd.DataFrame], *, units: pd.DataFrame, service_area: gpd.GeoDataFrame, changed: Iterable[str]
) -> dict[str, Grid]:
    """
    Restore grids and prove each.

    Parameters
    ----------
    tables
        The tables `GRID_TABLES`.
    units
        For faces that are whole units.
    service_area
        Of the project, for grids drawn on it.
    changed
        Names of tables that another program changed and that are to be taken as they are.

    Raises
    ------
    ProjectError
        If a grid is not an exact partition any more, or not the one that was saved; the bank is named.
    """
    stored = _Stored.of(tables, units=units, service_area=service_area, changed=changed)
    return {str(facts.grid_bank_id): stored.grid(facts) for facts in _facts(tables["grids"])}


def _facts(grids: pd.DataFrame) -> list[SimpleNamespace]:
    """Return what is known of each grid besides its parts."""
    return [SimpleNamespace(**{str(name): value for name, value in row.items()}) for row in grids.to_dict("records")]


@dataclass(frozen=True, eq=False)
class _Stored:
    """
    Tables that grids are restored from, one at a time.

    Attributes
    ----------
    tables
        The tables `GRID_TABLES`.
    units
        Shape of each unit when the tables were read.
    area
        That of the project then, as one geometry, if grids may refer to it.
    edited
        Whether another program changed something that is to be taken as it is.
    coverages
        Coverages of whole units, by their ids: the grids of most banks are made of the same.
    """

    tables: Mapping[str, pd.DataFrame]
    units: Mapping[str, shapely.Geometry]
    area: shapely.Geometry | None
    edited: bool
    coverages: dict[tuple[str, ...], Coverage] = field(default_factory=dict)

    @staticmethod
    def of(
        tables: Mapping[str, pd.DataFrame],
        *,
        units: pd.DataFrame,
        service_area: gpd.GeoDataFrame,
        changed: Iterable[str],
    ) -> _Stored:
        edited = bool(set(changed) & {*GRID_TABLES, "units"})
        area = None if "service_area" in changed or tables["grids"].empty else area_or_none(service_area)
        return _Stored(tables, shapes_of_units(units), area, edited)

    def grid(self, facts: SimpleNamespace) -> Grid:
        """Restore a grid and prove it."""
        place = getattr(facts, PLACE, None)
        name = facts.grid_bank_id if place is None else f"{facts.grid_bank_id}{EARLIER}{place}"
        parts = {table: _part(self.tables[table], facts.grid_bank_id, place) for table in GRID_TABLES[1:]}
        try:
            return self._proved(facts, parts, name=name)
        except (TypeError, ValueError, LookupError, RecursionError) as error:
            raise damaged(error) from error

    def _proved(self, facts: SimpleNamespace, parts: Mapping[str, gpd.GeoDataFrame], *, name: str) -> Grid:
        try:
            grid = Grid.from_cells(parts["cells"], parts["grid_areas"], bank_id=str(facts.bank_id))
        except (CertificateError, InputError) as error:
            raise ProjectError(
                say(
                    "The grid of bank {bank} in the file is not an exact partition of its service area. {error}",
                    bank=name,
                    error=error,
                )
            ) from error
        if grid.digest != facts.digest and not self.edited:
            raise ProjectError(
                say(
                    "The grid of bank {bank} is not the one that was saved: digest {found}, {expected} expected. "
                    "Open a backup of the file.",
                    bank=name,
                    found=grid.digest[:12],
                    expected=str(facts.digest)[:12],
                )
            )
        restored = _complete(grid, facts, parts, area=self.area)
        try:
            return _with_faces(restored, facts, parts["grid_faces"], stored=self)
        except (CoverageError, LookupError) as error:
            if not self.edited:
                raise ProjectError(
                    say(
                        "The faces of the grid of bank {bank} are not those that were saved. {error}",
                        bank=name,
                        error=error,
                    )
                ) from error
            return restored  # its units were changed elsewhere: the cells stand for themselves


def damaged(error: Exception) -> ProjectError:
    """Say that a project does not hold what was saved."""
    return ProjectError(say("The project is damaged: it does not hold what was saved. {error}", error=error))


def _part(table: pd.DataFrame, bank_id: str, place: int | None) -> gpd.GeoDataFrame:
    mine, keys = table[KEY] == bank_id, [KEY]
    if place is not None:
        mine, keys = mine & (table[PLACE] == place), [KEY, PLACE]
    return table[mine].drop(columns=keys).reset_index(drop=True)


def _complete(
    grid: Grid,
    facts: SimpleNamespace,
    parts: Mapping[str, gpd.GeoDataFrame],
    *,
    area: shapely.Geometry | None,
) -> Grid:
    """Return a grid with what its cells do not say."""
    drawn = facts.drawn_area
    if drawn is not None:
        drawn = (area or grid.drawn_area) if drawn == PROJECT_AREA else shapely.from_wkb(drawn)
    types = from_text(facts.column_types)
    typed = {name: parts[name][list(columns)].astype(columns) for name, columns in types.items()}
    return replace(
        grid,
        provenance=MappingProxyType(from_text(facts.provenance)),
        version=int(facts.version),
        status=facts.status,
        _outlets=typed["grid_outlets"],
        _service_area=typed["grid_areas"],
        drawn_area=drawn,
    )


def _zones(faces: gpd.GeoDataFrame) -> tuple[str | None, ...] | None:
    """Return the zone class of each face, None if no face has one."""
    if "zone_class" not in faces.columns or (missing := faces["zone_class"].isna()).all():
        return None
    zones = zip(faces["zone_class"].tolist(), missing.tolist(), strict=True)
    return tuple(None if is_missing else str(zone) for zone, is_missing in zones)


def _with_faces(
    grid: Grid,
    facts: SimpleNamespace,
    faces: gpd.GeoDataFrame,
    *,
    stored: _Stored,
) -> Grid:
    """
    Return a grid with the faces its cells were made of, if those were stored.

    Raises
    ------
    CoverageError
        If the faces do not make up the cells.
    LookupError
        If a unit or a cell that they refer to is not there.
    """
    if faces.empty:
        return grid
    shapes: GeometryArray = np.asarray(faces.geometry.array, dtype=object).copy()
    ids = tuple(faces["unit_id"].tolist())
    whole = shapely.is_missing(shapes)
    shapes[whole] = [stored.units[ids[row]] for row in np.flatnonzero(whole).tolist()]
    row_of = {cell_id: row for row, cell_id in enumerate(grid.cells["cell_id"])}
    labels = np.array([row_of[cell_id] for cell_id in faces["cell_id"].tolist()], dtype=np.int64)
    coverage = stored.coverages.get(ids) if whole.all() else None
    if coverage is None:
        coverage = Coverage.from_polygons(shapes)
    if whole.all():
        stored.coverages[ids] = coverage
    _, dissolved = coverage.dissolve(labels)
    cells: GeometryArray = np.asarray(grid.cells.geometry.array, dtype=object)
    if not shapely.equals_exact(shapely.normalize(dissolved), shapely.normalize(cells)).all():
        raise CoverageError(say("The faces do not make up the cells."))
    return replace(
        grid,
        coverage=coverage,
        labels=labels,
        face_ids=ids if facts.unit_ids else None,
        face_demand=faces["demand"].to_numpy(dtype=np.float64) if facts.face_demand else None,
        face_zone=_zones(faces),
    )
