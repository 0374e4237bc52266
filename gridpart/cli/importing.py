"""``gridpart import``: from the files that banks and a county send to a saved project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridpart.cli.console import Output
from gridpart.cli.layers import banks_by_name
from gridpart.cli.options import Area, AsJson, DatumOption, Lang, Units
from gridpart.errors import InputError
from gridpart.i18n import messages, translator

if TYPE_CHECKING:
    from gridpart.project import ImportReport, Project

say = messages("cli")

_Several = list[str] | None


def import_files(
    out: Annotated[Path, typer.Argument(help="Project file to write (.gpkg).")],
    area: Area,
    outlets: Annotated[
        list[str], typer.Option("--outlets", help="Outlets: a file, or BANK=FILE for the file of one bank; repeatable.")
    ],
    *,
    units: Units = None,
    equipment: Annotated[_Several, typer.Option("--equipment", help="Equipment, as --outlets.")] = None,
    staff: Annotated[_Several, typer.Option("--staff", help="Officers and managers, as --outlets.")] = None,
    roads: Annotated[Path | None, typer.Option("--roads", help="Roads: lines.")] = None,
    cells: Annotated[
        _Several, typer.Option("--cells", help="Cells drawn elsewhere, as --outlets; taken as grids if exact.")
    ] = None,
    columns: Annotated[
        Path | None,
        typer.Option("--columns", help="What columns mean: a TOML file with a section for each table or file."),
    ] = None,
    bank_aliases: Annotated[
        _Several,
        typer.Option("--bank-aliases", "--alias", help="Another name of a bank, as NAME=BANK_ID; repeatable."),
    ] = None,
    datum: DatumOption = "declared",
    crs: Annotated[
        str | None, typer.Option("--crs", help="Coordinate system of files that declare none, as EPSG:4547.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="Encoding of text files; detected if left out.")
    ] = None,
    speed: Annotated[float | None, typer.Option("--speed", help="Speed in km/h on roads without minutes.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of the project; else that of the area.")] = None,
    profile: Annotated[str, typer.Option("--profile", help="Rule profile.")] = "default",
    strict: Annotated[bool, typer.Option("--strict", help="Refuse files with rows to repair or reject.")] = False,
    look: Annotated[bool, typer.Option("--look", help="Only look at the files; write nothing.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a project file that is there.")] = False,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Make a project of a county's files. Exit code 1: rows were repaired or rejected, or cells are no exact grid."""
    import gridpart as gp
    from gridpart.project import ImportRefusedError

    output = Output(as_json=as_json, lang=lang)
    _ = translator(lang, "cli")
    given = {"outlets": outlets, "equipment": equipment, "staff": staff, "cells": cells}
    aliases = banks_by_name(bank_aliases or ())
    files = {kind: [_with_bank(text) for text in texts or ()] for kind, texts in given.items()}
    inputs = [area, units, roads, *(path for pairs in files.values() for _bank, path in pairs)]
    if not look:
        _require_free(out, [path for path in inputs if path is not None], overwrite=overwrite)
    try:
        with output.watched(_("Import of files")):
            project, report = gp.import_project(
                area, units=units, roads=roads, outlets=files["outlets"], equipment=files["equipment"],
                staff=files["staff"], cells=files["cells"], columns=columns, bank_aliases=aliases, datum=datum, crs=crs,
                encoding=encoding, speed=speed, name=name, profile=profile, strict=strict,
            )  # fmt: skip
    except ImportRefusedError as error:
        show_files(error.report, output=output, lang=lang)
        raise
    show_files(report, output=output, lang=lang)
    rejected = [] if look else _save(project, report, out, output=output, lang=lang)
    output.say(project.summary(lang=lang))
    output.data(_content(project, report, out=None if look else out, rejected=rejected))
    raise typer.Exit(1 if report.has_issues else 0)


def _with_bank(text: str) -> tuple[str | None, Path]:
    """Read BANK=FILE, or a file, which may have an equals sign in its name."""
    bank, equals, path = text.partition("=")
    return (bank, Path(path)) if equals and not Path(text).exists() else (None, Path(text))


def _require_free(out: Path, inputs: Sequence[Path], *, overwrite: bool) -> None:
    """Say before any work what would be lost, or cannot be written."""
    if out.suffix.lower() != ".gpkg":
        raise InputError(
            say("{path} must end in .gpkg: a project is saved as a GeoPackage. Nothing was read.", path=out)
        )
    if any(path.exists() and out.exists() and path.samefile(out) for path in inputs):
        raise InputError(
            say("{path} is one of the files to read. Nothing was read. Give the project a name of its own.", path=out)
        )
    if out.exists() and not overwrite:
        raise InputError(
            say(
                "{path} is there already; its grids and history would be lost. Nothing was read. Give another name, "
                "or --overwrite.",
                path=out,
            )
        )


def _save(project: Project, report: ImportReport, out: Path, *, output: Output, lang: Lang) -> list[Path]:
    from gridpart.project import record_import

    _ = translator(lang, "cli")
    out.parent.mkdir(parents=True, exist_ok=True)
    with output.watched(_("Project file")):
        rejected = report.save_rejected(out, lang=lang)
        record_import(project, report)
        project.save(out)
    for path in rejected:
        output.say(_("Rejected rows, to be mended and read again: {file}").format(file=path))
    output.say(_("Project saved: {file}").format(file=out))
    return rejected


def show_files(report: ImportReport, *, output: Output, lang: Lang) -> None:
    """Print the look at the files as a table; what was done to their rows goes to the notes."""
    output.note(report.summary(lang))
    heads, rows = report.table(lang)
    output.table(translator(lang, "cli")("Files"), columns=heads, rows=rows, right=range(2, 6))


def _content(
    project: Project, report: ImportReport, *, out: Path | None, rejected: Sequence[Path]
) -> dict[str, object]:
    files = report.to_frame().astype(object)
    return {
        "project": None if out is None else str(out),
        "name": project.name,
        "banks": project.bank_ids,
        "grids": sorted(project.grids),
        "files": files.where(files.notna(), None).to_dict("records"),
        "rejected": [str(path) for path in rejected],
        "refused_grids": {bank_id: str(error) for bank_id, error in report.refused_grids.items()},
        "unknown_banks": {source: list(banks) for source, banks in report.unknown_banks.items()},
    }
