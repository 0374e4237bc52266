"""From files to an audit in one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict

import geopandas as gpd
import pandas as pd

from gridpart._typing import Datum
from gridpart.arguments import checked
from gridpart.audit.laying import audit_grids
from gridpart.errors import InputError
from gridpart.geo import to_metric
from gridpart.i18n import messages
from gridpart.inputs import (
    read_cells,
    read_equipment,
    read_outlets,
    read_service_area,
    read_staff,
    read_units,
)
from gridpart.partition import Grid
from gridpart.partition.layers import cells_by_bank
from gridpart.steps import counted, step, task
from gridpart.tables import InputReport

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit
    from gridpart.profiles import Profile

say = messages("audit")

FilePath = str | Path


class _Given(TypedDict, total=False):
    units: gpd.GeoDataFrame
    outlets: gpd.GeoDataFrame
    equipment: gpd.GeoDataFrame
    staff: pd.DataFrame


@checked
@task("audit_files", steps=("area", "units", "outlets", "equipment", "staff", "cells", "audit"))
def audit_files(  # noqa: PLR0913 - as many files as a county sends
    cells: FilePath | Iterable[FilePath] | Mapping[str, FilePath],
    service_area: FilePath,
    *,
    units: FilePath | None = None,
    outlets: FilePath | None = None,
    equipment: FilePath | None = None,
    staff: FilePath | None = None,
    banks: pd.DataFrame | None = None,
    online: pd.DataFrame | None = None,
    bank_aliases: Mapping[str, str] | None = None,
    datum: Datum = "declared",
    profile: str | Profile = "default",
    reach: float | Mapping[str, float] | Literal["profile"] | None = None,
    data_dates: Mapping[str, str] | None = None,
) -> Audit:
    """
    Read what the banks of a county sent, and audit it.

    Parameters
    ----------
    cells
        Files of cells, each with ``bank_id`` or of one bank that is named by the file; or the file of each bank.
    service_area, units, outlets, equipment, staff
        Files as for the readers. An area in degrees is brought into a metric CRS of its place; all else follows it.
    banks, online
        As for `audit_grids`.
    bank_aliases
        Bank id by each name a bank goes by.
    datum
        Of outlets and equipment; web maps in China use "gcj02" or "bd09".
    profile
        As for `audit_grids`.
    reach
        As for `audit_grids`; it is measured from the outlets and needs cells that cover the area exactly.
    data_dates
        As for `audit_grids`.

    Returns
    -------
    audit
        With ``reports``: what each reader kept, repaired and rejected, by file.

    Raises
    ------
    InputError
        If a file cannot be read, a bank comes in more than one file, or a reach is asked for without outlets.
    CoverageError
        If a reach is asked for and the cells of a bank have gaps or overlaps.
    CRSError
        If a file has no CRS, or lies nowhere near the area.
    """
    step("area")
    area, report = read_service_area(service_area)
    area = to_metric(area)
    reports = {"service_area": report}
    given: _Given = {}
    if units is not None:
        step("units")
        table, reports["units"] = read_units(units, service_area=area)
        given["units"] = table.to_crs(area.crs)
    if outlets is not None:
        step("outlets")
        table, reports["outlets"] = read_outlets(outlets, service_area=area, bank_aliases=bank_aliases, datum=datum)
        given["outlets"] = table.to_crs(area.crs)
    if equipment is not None:
        step("equipment")
        table, reports["equipment"] = read_equipment(
            equipment, service_area=area, bank_aliases=bank_aliases, datum=datum
        )
        given["equipment"] = table.to_crs(area.crs)
    if staff is not None:
        step("staff")
        given["staff"], reports["staff"] = read_staff(staff, bank_aliases=bank_aliases)
    step("cells")
    polygons = _polygons(cells, area, bank_aliases, reports)
    grids = polygons if reach is None else _certified(polygons, area, given.get("outlets"))
    step("audit")
    audit = audit_grids(
        grids, area, banks=banks, online=online, profile=profile, reach=reach, data_dates=data_dates, **given
    )
    return replace(audit, reports=reports)


def _certified(
    polygons: Mapping[str, gpd.GeoDataFrame], area: gpd.GeoDataFrame, outlets: gpd.GeoDataFrame | None
) -> dict[str, Grid]:
    """Take polygons as grids, which know their outlets and so have a reach."""
    if outlets is None:
        raise InputError(say("A reach is measured from outlets, and no file of outlets was given."))
    return {
        bank: Grid.from_cells(cells.to_crs(area.crs), area, bank_id=bank, outlets=outlets[outlets["bank_id"] == bank])
        for bank, cells in polygons.items()
    }


def _polygons(
    cells: FilePath | Iterable[FilePath] | Mapping[str, FilePath],
    area: gpd.GeoDataFrame,
    bank_aliases: Mapping[str, str] | None,
    reports: dict[str, InputReport],
) -> dict[str, gpd.GeoDataFrame]:
    """Read cells and part them by bank."""
    if isinstance(cells, Mapping):
        named: list[tuple[str | None, FilePath]] = [(str(bank), path) for bank, path in cells.items()]
    else:
        paths = [cells] if isinstance(cells, (str, Path)) else list(cells)
        named = [(None, path) for path in paths]
    grids: dict[str, gpd.GeoDataFrame] = {}
    for bank, path in counted("cells", named):
        file = Path(path)
        label = f"cells {file.name}"
        if label in reports:  # every bank may call its file the same
            label = f"cells {file.parent.name}/{file.name}" if bank is None else f"{label} ({bank})"
        table, reports[label] = read_cells(file, bank_aliases=bank_aliases, service_area=area)
        parts = cells_by_bank(table, name=file.stem) if bank is None else {bank: table}
        for name, part in parts.items():
            if name in grids:
                raise InputError(
                    say(
                        "Bank {bank!r} comes in more than one file, the second is {file}. Give each bank once.",
                        bank=name,
                        file=file.name,
                    )
                )
            grids[name] = part
    return grids
