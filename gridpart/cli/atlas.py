"""``gridpart atlas``: the map sheets of a project."""

from __future__ import annotations

from typing import Annotated

import typer

from gridpart.cli.console import Output
from gridpart.cli.opening import opened
from gridpart.cli.options import AsJson, Lang, OutFolder, ProjectFile
from gridpart.i18n import translator


def atlas(
    project: ProjectFile,
    out: OutFolder,
    *,
    formats: Annotated[str, typer.Option(help="What to write, with commas between: html, pdf, gpkg.")] = "html",
    as_of: Annotated[str | None, typer.Option("--as-of", help="Day that counts, as 2026-11-24.")] = None,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Draw the atlases of a project: three themes, urban and rural, with an index page."""
    import gridpart as gp

    output = Output(as_json=as_json, lang=lang)
    _ = translator(lang, "cli")
    county = opened(project, output=output, lang=lang)
    with output.step(_("Map sheets")):
        sheets = gp.build_atlas(county, out, lang=lang, formats=formats.split(","), as_of=as_of)
    for sheet in sheets.sheets:
        output.say(sheet.path)
    output.say(_("Index page: {file}").format(file=sheets.index))
    for file in (sheets.pdf, sheets.package):
        if file is not None:
            output.say(file)
    output.data(
        {
            "index": str(sheets.index),
            "sheets": [str(sheet.path) for sheet in sheets.sheets],
            "files": [str(path) for path in sheets.files],
        }
    )
