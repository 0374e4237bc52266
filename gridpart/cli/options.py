"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gridpart._typing import Datum, Language

Lang = Annotated[
    Language, typer.Option("--lang", envvar="GRIDPART_LANG", help="Language of messages, tables and maps.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document for a program to read.")]
ProjectFile = Annotated[
    str, typer.Argument(help="Project file (.gpkg), or database as postgresql://user@host/database?county=NAME.")
]
Area = Annotated[Path, typer.Option("--area", help="Service area: polygons; holes stay uncovered.")]
Units = Annotated[Path | None, typer.Option("--units", help="Basic spatial units: polygons that share borders.")]
OutFolder = Annotated[Path, typer.Option("--out", help="Folder to write to; made if it is not there.")]
DatumOption = Annotated[
    Datum, typer.Option("--datum", help="Datum of outlets and equipment; web maps in China use gcj02 or bd09.")
]
Aliases = Annotated[
    list[str] | None, typer.Option("--alias", help="Another name of a bank in the files, as NAME=BANK_ID; repeatable.")
]
