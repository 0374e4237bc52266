"""From files to an audit in one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import geopandas as gpd
import numpy as np
import pandas as pd

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
from gridpart.partition.layers import text_column
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
    profile: str | Profile = "default",
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
    profile, data_dates
        As for `audit_grids`.

    Returns
    -------
    audit
        With ``reports``: what each reader kept, repaired and rejected, by file.

    Raises
    ------
    InputError
        If a file cannot be read, or a bank comes in more than one file.
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
        table, reports["outlets"] = read_outlets(outlets, service_area=area, bank_aliases=bank_aliases)
        given["outlets"] = table.to_crs(area.crs)
    if equipment is not None:
        step("equipment")
        table, reports["equipment"] = read_equipment(equipment, service_area=area, bank_aliases=bank_aliases)
        given["equipment"] = table.to_crs(area.crs)
    if staff is not None:
        step("staff")
        given["staff"], reports["staff"] = read_staff(staff, bank_aliases=bank_aliases)
    step("cells")
    grids = _grids(cells, area, bank_aliases, reports)
    step("audit")
    audit = audit_grids(grids, area, banks=banks, online=online, profile=profile, data_dates=data_dates, **given)
    return replace(audit, reports=reports)


def _grids(
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
        for name, part in _by_bank(table, bank, file.stem):
            if name in grids:
                raise InputError(
                    say(
                        "Bank {bank!r} comes in more than one file, the second is {file}. Give each bank once.",
                        bank=name,
                        file=file.name,
                    )
                )
            grids[name] = part.reset_index(drop=True)
    return grids


def _by_bank(table: gpd.GeoDataFrame, bank: str | None, stem: str) -> list[tuple[str, gpd.GeoDataFrame]]:
    if bank is not None:
        return [(bank, table)]
    if "bank_id" not in table.columns or table["bank_id"].isna().all():
        return [(stem, table)]
    # a row of no bank among others is a fault of the file: nobody's cells are left out unsaid
    banks = np.array(text_column(table, "bank_id", name=f"the cells of {stem}"), dtype=object)
    return [(name, table[banks == name]) for name in sorted(set(banks.tolist()))]
