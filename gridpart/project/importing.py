"""From the files that banks and a county send to a project, in one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.errors import GridpartError, InputError
from gridpart.geo import to_metric
from gridpart.i18n import Joined, clauses, lines, messages, translator
from gridpart.inputs import MissingCRSError
from gridpart.partition import Grid, road_graph
from gridpart.partition.layers import text_column
from gridpart.profiles import Profile, load
from gridpart.project._import_files import (
    READERS,
    ColumnMapping,
    FilePath,
    Files,
    FileToRead,
    files_to_read,
    listed_files,
)
from gridpart.project._lock import signature, utc_now
from gridpart.project.history_words import IMPORTED
from gridpart.project.import_report import FileReading, ImportReport
from gridpart.project.project import Project
from gridpart.steps import counted, step, task

if TYPE_CHECKING:
    import pyproj

    from gridpart._typing import Datum

say = messages("project")

_IDS = {"outlets": "outlet_id", "equipment": "equipment_id", "staff": "staff_id", "units": "unit_id"}
_NAMED = 10


@checked
@task("import", steps=("files", "tables", "roads", "bank_grids"))
def import_project(  # noqa: PLR0913 - as many files as a county sends
    area: FilePath,
    *,
    outlets: Files,
    units: FilePath | None = None,
    equipment: Files | None = None,
    staff: Files | None = None,
    roads: FilePath | None = None,
    cells: Files | None = None,
    columns: FilePath | Mapping[str, Any] | None = None,
    bank_aliases: Mapping[str, Any] | None = None,
    datum: Datum = "declared",
    crs: str | int | pyproj.CRS | None = None,
    encoding: str | None = None,
    speed: float | None = None,
    name: str | None = None,
    profile: str | Profile = "default",
    strict: bool = False,
) -> tuple[Project, ImportReport]:
    """
    Read the files of a county and its banks, and make one project of them.

    Every row of every file is kept, repaired or rejected, and the report says which and why. Files that cannot be used
    are all named together, and then nothing is made. Coordinates follow the area; one in degrees is brought into a
    metric coordinate system of its place.

    Parameters
    ----------
    area
        Polygons of the service area.
    outlets
        One file of all banks, several files, or a mapping of bank id to the file of that bank, which then needs no
        column of banks.
    units
        Polygons of basic spatial units.
    equipment, staff
        As `outlets`.
    roads
        Lines; they become a graph.
    cells
        As `outlets`; taken as the bank's grid if they are an exact partition, otherwise the report says why not.
    columns
        What columns mean whose names are not recognised, as a mapping or a TOML file of it: by table,
        ``{"outlets": {"outlet_id": "BRANCH_NO"}}``, by file, ``{"abc.csv": {"datum": "gcj02", "columns": {…}}}`` with
        any of columns, datum, crs, encoding, layer, bank_id; and ``bank_aliases``.
    bank_aliases
        Bank id by each name a bank goes by, or lists of names by bank id.
    datum
        Datum of outlets and equipment; other files may have theirs stated in `columns`.
    crs
        Coordinate system of files that do not declare one.
    encoding
        Encoding of text files and Shapefiles; None to detect each.
    speed
        In km/h, on roads without minutes.
    name
        What to call the project; None takes the name of the area, or that of its file.
    profile
        Rule set of the plan.
    strict
        Refuse every file of which a row must be repaired or rejected.

    Returns
    -------
    project, report
        The project, not saved yet; and what each file held.

    Raises
    ------
    InputError
        If a file cannot be used, nothing is left of area or outlets, or an id stands in two files.
    CRSError
        If a coordinate system is missing, or a file lies nowhere near the area.
    """
    rules = load(profile) if isinstance(profile, str) else profile
    files = {
        kind: listed_files(given, kind=kind)
        for kind, given in {
            "service_area": area, "units": units, "outlets": outlets, "equipment": equipment,
            "staff": staff, "roads": roads, "cells": cells,
        }.items()
    }  # fmt: skip
    mapping = ColumnMapping.of(columns, names=[path.name for paths in files.values() for _bank, path in paths])
    aliases = {**mapping.aliases, **(bank_aliases or {})}
    common = {"datum": datum, "encoding": encoding, "strict": strict, "bank_aliases": aliases}
    readings, tables = _read_all(list(files_to_read(files, mapping, common=common)), crs=crs)
    report = ImportReport(readings)
    _require_usable(report)
    step("tables")
    joined = _joined(readings, tables)
    service_area = joined.pop("service_area")
    project = Project(
        name if name is not None else _name_of(service_area, Path(area)),
        service_area,
        **{kind: table for kind, table in joined.items() if kind not in ("roads", "cells")},
        banks=_banks(joined["outlets"], aliases),
        profile=rules,
    )
    if "roads" in joined:
        step("roads")
        project.roads = road_graph(joined["roads"], speeds=speed)
    step("bank_grids")
    refused = _take_grids(project, readings, tables)
    return project, ImportReport(readings, refused, _unknown_banks(project, readings, tables))


def _read_all(files: list[FileToRead], *, crs: object) -> tuple[tuple[FileReading, ...], list[pd.DataFrame | None]]:
    """Read every file, those that cannot be used with the reason; the area comes first and all else follows it."""
    step("files")
    readings: list[FileReading] = []
    tables: list[pd.DataFrame | None] = []
    area: gpd.GeoDataFrame | None = None
    for file in counted("files", files):
        try:
            table, report = _read(file, area, crs=crs)
        except GridpartError as error:
            readings.append(FileReading(file, error=error))
            tables.append(None)
            continue
        if area is None and isinstance(table, gpd.GeoDataFrame) and len(table):
            area = table
        readings.append(FileReading(file, report))
        tables.append(table)
    return tuple(readings), tables


def _read(file: FileToRead, area: gpd.GeoDataFrame | None, *, crs: object) -> tuple[pd.DataFrame, Any]:
    options = dict(file.options)
    reader: Any = READERS[file.kind]
    if file.kind == "service_area":
        table, report = _with_crs(reader, file.path, options, crs=crs)
        return (to_metric(table) if len(table) else table), report
    if file.kind == "staff":
        return reader(file.path, **options)  # type: ignore[no-any-return]
    table, report = _with_crs(reader, file.path, {**options, "service_area": area}, crs=crs)
    return (table if area is None else table.to_crs(area.crs)), report


def _with_crs(reader: Any, path: Path, options: dict[str, Any], *, crs: object) -> tuple[Any, Any]:  # noqa: ANN401 - a reader
    """Read as the file declares, and with the coordinate system that was stated if it declares none."""
    try:
        return reader(path, **options)  # type: ignore[no-any-return]
    except MissingCRSError:
        if crs is None or "crs" in options:
            raise
    return reader(path, **{**options, "crs": crs})  # type: ignore[no-any-return]


def _require_usable(report: ImportReport) -> None:
    """Every file must be readable, and something must be left of what a project cannot do without."""
    if report.errors:
        faults = Joined(
            (say("- {file}: {error}", file=Path(path).name, error=error) for path, error in report.errors.items()),
            lines,
        )
        raise ImportRefusedError(
            say(
                "{n} of {n_files} files cannot be used; nothing was made of them.\n{faults}",
                n=len(report.errors),
                n_files=len(report.files),
                faults=faults,
            ),
            report,
        )
    for kind in ("service_area", "outlets"):
        readings = [each for each in report.files if each.file.kind == kind]
        if not any(each.counts[1] + each.counts[2] for each in readings):
            names = Joined(each.file.path.name for each in readings) or say("no file")
            n_rows = sum(each.counts[0] for each in readings)
            raise ImportRefusedError(
                say(
                    "A project needs {kind}, and nothing usable is in {files}: all {n_rows:,} rows were rejected or "
                    "there were none. Nothing was made. The report names every row and what to do about it.",
                    kind=kind,
                    files=names,
                    n_rows=n_rows,
                ),
                report,
            )


@checked
def record_import(project: Project, report: ImportReport) -> None:
    """Add a line on the import to the history of a project: when, by whom, how many files and rows."""
    kept, repaired, rejected = (sum(each.counts[place] for each in report.files) for place in (1, 2, 3))
    what = IMPORTED.format(n=len(report.files), kept=kept, repaired=repaired, rejected=rejected)
    line = pd.DataFrame([{"at": utc_now(), "who": signature(), "what": what}], dtype=object)
    project.history = line if project.history.empty else pd.concat([project.history, line], ignore_index=True)


class ImportRefusedError(InputError):
    """
    No project can be made of the files.

    Parameters
    ----------
    message
        What is wrong.
    report
        What was found in each file, kept as ``error.report``.
    """

    def __init__(self, message: str, report: ImportReport) -> None:
        super().__init__(message)
        self.report = report


def _joined(readings: tuple[FileReading, ...], tables: list[Any]) -> dict[str, Any]:
    """Put the tables of the files of each kind together; an id that two files give is refused."""
    joined: dict[str, Any] = {}
    for kind in READERS:
        parts = [
            (each, table) for each, table in zip(readings, tables, strict=True) if each.file.kind == kind and len(table)
        ]
        if not parts or kind == "cells":
            continue
        if kind in _IDS and len(parts) > 1:
            _require_own_ids(kind, {each.file.path.name: table[_IDS[kind]] for each, table in parts})
        joined[kind] = parts[0][1] if len(parts) == 1 else pd.concat([table for _, table in parts], ignore_index=True)
    return joined


def _require_own_ids(kind: str, ids: Mapping[str, pd.Series[Any]]) -> None:
    homes: dict[str, list[str]] = {}
    for source, column in ids.items():
        for value in column:
            homes.setdefault(value, []).append(source)
    shared = {value: sources for value, sources in homes.items() if len(sources) > 1}
    if shared:
        named = Joined(
            (
                say("{id!r} in {files}", id=value, files=Joined(sources, _both))
                for value, sources in list(shared.items())[:_NAMED]
            ),
            clauses,
        )
        raise InputError(
            say(
                "{n} ids of {kind} stand in more than one file: {named}{more}. An id means one thing in a project. "
                "Nothing was made. Leave a file out if both hold the same {kind}; otherwise put the bank before the "
                "ids of one of them, as in ABC-001.",
                n=len(shared),
                kind=kind,
                named=named,
                more=say(" …") if len(shared) > _NAMED else "",
            )
        )


def _both(texts: Iterable[str], lang: Language) -> str:
    return translator(lang, "project")(" and ").join(texts)


def _banks(outlets: gpd.GeoDataFrame, aliases: Mapping[str, Any]) -> pd.DataFrame:
    """List the banks, each with the first of its other names."""
    names: dict[str, str] = {}
    for key, value in aliases.items():
        bank, name = (value, key) if isinstance(value, str) else (key, next(iter(value), ""))
        if name:
            names.setdefault(bank, name)
    ids = sorted(set(outlets["bank_id"]))
    return pd.DataFrame({"bank_id": ids, "name": [names.get(bank, bank) for bank in ids]})


def _name_of(area: gpd.GeoDataFrame, path: Path) -> str:
    names = area["name"].dropna().unique().tolist()
    return str(names[0]) if len(names) == 1 else path.stem


def _take_grids(project: Project, readings: tuple[FileReading, ...], tables: list[Any]) -> dict[str, GridpartError]:
    """Take cells as the grids of their banks; return why not, by bank, where they are no exact partition."""
    refused: dict[str, GridpartError] = {}
    given = [
        (bank, part, each)
        for each, table in zip(readings, tables, strict=True)
        if each.file.kind == "cells"
        for bank, part in _by_bank(table, each)
    ]
    for bank, part, each in counted("bank_grids", given):
        if bank in project.grids or bank in refused:
            raise InputError(
                say(
                    "The cells of bank {bank!r} come in more than one file, the second is {file}. Nothing was made. "
                    "Give each bank once.",
                    bank=bank,
                    file=each.file.path.name,
                )
            )
        own = project.outlets[project.outlets["bank_id"] == bank]
        try:
            grid = Grid.from_cells(part, project.service_area, bank_id=bank, outlets=own if len(own) else None)
        except GridpartError as error:
            refused[bank] = error
        else:
            project.grids[bank] = grid
    return refused


def _unknown_banks(
    project: Project, readings: tuple[FileReading, ...], tables: list[Any]
) -> dict[str, tuple[str, ...]]:
    known = set(project.outlets["bank_id"])
    named = {
        each.file.path.name: sorted(set(table["bank_id"].dropna()) - known)
        for each, table in zip(readings, tables, strict=True)
        if "bank_id" in table.columns
    }
    return {source: tuple(banks) for source, banks in named.items() if banks}


def _by_bank(table: gpd.GeoDataFrame, each: FileReading) -> list[tuple[str, gpd.GeoDataFrame]]:
    if "bank_id" not in table.columns or table["bank_id"].isna().all():
        return [(each.file.path.stem, table)] if len(table) else []
    # a row of no bank among others is a fault of the file: nobody's cells are left out unsaid
    banks = pd.Series(text_column(table, "bank_id", name=each.file.path.name), index=table.index)
    return [(bank, table[banks == bank].reset_index(drop=True)) for bank in sorted(set(banks))]
