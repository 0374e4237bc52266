"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gridpart._typing import Language

Lang = Annotated[
    Language, typer.Option("--lang", envvar="GRIDPART_LANG", help="Language of messages, tables and maps.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document for a program to read.")]
Area = Annotated[Path, typer.Option("--area", help="Service area: polygons; holes stay uncovered.")]
Units = Annotated[Path | None, typer.Option("--units", help="Basic spatial units: polygons that share borders.")]
OutFolder = Annotated[Path, typer.Option("--out", help="Folder to write to; made if it is not there.")]
