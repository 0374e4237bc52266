"""The commands, gathered."""

from __future__ import annotations

from typing import Annotated

import typer

from gridpart._typing import Language
from gridpart.cli.atlas import atlas
from gridpart.cli.audit import audit
from gridpart.cli.check import check
from gridpart.cli.database import database
from gridpart.cli.demo import demo
from gridpart.cli.importing import import_files
from gridpart.cli.ledger import ledger
from gridpart.cli.partition import partition
from gridpart.cli.profiles import profiles
from gridpart.cli.report import report
from gridpart.cli.run_counties import run_counties
from gridpart.cli.staffing import staffing
from gridpart.cli.studio import studio

app = typer.Typer(
    name="gridpart",
    help="Divide a county among bank outlets without gap or overlap, prove it, audit all banks, draw the maps.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("import")(import_files)
for command in (demo, check, partition, audit, atlas, studio, ledger, report, staffing, run_counties):
    app.command()(command)
app.add_typer(profiles)
app.add_typer(database)


def _show_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"gridpart {version('gridpart')}")
        raise typer.Exit


@app.callback()
def _root(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
    lang: Annotated[
        Language | None, typer.Option("--lang", help="Language of messages, tables and maps.", show_default=False)
    ] = None,
) -> None:
    """Take options that stand before a command."""
