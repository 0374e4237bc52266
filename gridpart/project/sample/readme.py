"""The README of the sample files, made from the same lists as the files, so that it cannot disagree with them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from gridpart.project.sample.county import SampleTables
from gridpart.project.sample.messy import MessyFile

_INTRODUCTION = """\
# Sample data

Everything here is synthetic: the county 岚泽县 (Lanze), its places, banks, outlets and staff do not exist, and the
county code 429971 is not in use. Nothing was copied from any map, register or list of names.
Licence: that of the project.

The files are made, not edited: `python -m gridpart.project.sample.files data` writes this folder again, with the same
tables (seed {seed}). In code, `gridpart.sample_project(seed=0)` is the same county as a project.

## `sample_county.gpkg`

A plain GeoPackage in EPSG:4547 (CGCS2000 / 3-degree Gauss-Kruger, central meridian 114° E); lengths in m, areas in m²,
times in min, ids are text. The units are an exact coverage of the service area: no gap, no overlap, every shared border
the same vertices.

| layer | rows | what |
|---|---|---|
"""

_LAYERS = {
    "service_area": "the county, with a lake as hole and an exclave as second part",
    "units": "24 communities of the town, 250 villages of ten townships; population, households",
    "outlets": "outlets of five banks",
    "equipment": "cash machines, card terminals, service points, transfer phones, self-service terminals, card readers",
    "roads": "a connected planar road network; ends named by node",
    "staff": "grid officers and managers, numbered instead of named; cells as rule nearest names them",
    "workstations": "one per village and community, with the ten items of the checklist",
    "social_officers": "one officer of the social grid per unit, a number",
    "organisation": "head office, departments and branches of each bank",
    "banks": "the five banks",
    "ledger": "per unit and month: in the scheme or not; households and firms, and those on file; credit lines; visits",
    "planted": "the defects listed below",
}

_MESSY = """
## `messy/`

The same outlets, equipment and staff as the banks would send them. Every row must end as kept, repaired or rejected,
and the three counts must sum to the rows read.

| file | holds | encoding | datum | lines of data |
|---|---|---|---|---|
"""

_SLIPS = """
Planted slips. Lines count as an editor or a spreadsheet shows them; all other rows must be kept. Banks go by their
short names (layer `banks`), and one of them also by 岚泽农村商业银行, 岚泽农商银行 and 岚泽县农商行:
pass these as aliases.

| file | line | column | value | problem | treatment | how |
|---|---|---|---|---|---|---|
"""

_NOTES = """
Also to be noticed, on whole files: `ylsb_outlets_gcj02.csv` is in GCJ-02 and must be read with `datum="gcj02"` (its
points else lie some 500 m off); `jyb_outlets.xlsx` has two lines of title above the header; `staff.xlsx` has a column
of telephone numbers (`手机号码`, without any number in it) that is personal data and must be left out; ids begin with
zeros.
"""


def readme_text(tables: SampleTables, files: Sequence[MessyFile], *, seed: int) -> str:
    """
    Return the README of the sample files.

    Parameters
    ----------
    tables, files
        What the files hold.
    seed
        What they were made from.
    """
    every = {**tables.layers(), **tables.plain_tables()}
    layers = "".join(f"| `{name}` | {len(every[name]):,} | {what} |\n" for name, what in _LAYERS.items())
    heading = "\n### Planted defects\n\nMade on purpose, so that every check has a known answer.\n\n"
    columns = ["defect_id", "kind", "table", "object_id", "note"]
    planted = heading + _table(tables.planted[columns].rename(columns={"object_id": "object"}))
    described = "".join(
        f"| `{file.name}` | {file.kind} | {file.encoding} | {file.datum} | {len(file.lines) - file.n_above:,} |\n"
        for file in files
    )
    slips = "".join(
        f"| `{slip.file}` | {slip.line} | {slip.column or 'whole line'} | {_cell(slip.value)} | {slip.problem} "
        f"| {slip.treatment} | {slip.remedy} |\n"
        for file in files
        for slip in file.slips
    )
    introduction = _INTRODUCTION.format(seed=seed)
    return introduction + layers + planted + _MESSY + described + _SLIPS + slips + _NOTES


def _table(table: pd.DataFrame) -> str:
    head = f"| {' | '.join(table.columns)} |\n|{'---|' * len(table.columns)}\n"
    return head + "".join(f"| {' | '.join(_cell(cell) for cell in row)} |\n" for row in table.to_numpy().tolist())


def _cell(value: str) -> str:
    """Show a value so that blanks and bars in it can be seen and break nothing."""
    if not value:
        return "(empty)"
    shown = value.replace("|", "\\|")
    return f"`{shown}`" if shown != shown.strip() else shown
