"""``gridpart database``: what an administrator does once, so that banks and planners share a PostGIS database."""

from __future__ import annotations

from typing import Annotated

import typer

from gridpart.cli.console import Output
from gridpart.cli.options import AsJson, Lang
from gridpart.i18n import translator

database = typer.Typer(name="database", help="Prepare a PostGIS database and say who sees what.", no_args_is_help=True)

Address = Annotated[str, typer.Argument(help="Database, as postgresql://owner@host/database.")]
Role = Annotated[str, typer.Argument(help="Role of the server, a group's or one person's.")]
Bank = Annotated[str | None, typer.Option("--bank", help="Whose rows; those of all banks if left out.")]
County = Annotated[str | None, typer.Option("--county", help="Where; in all counties if left out.")]


@database.command()
def prepare(address: Address, *, lang: Lang = "en") -> None:
    """Make tables and row level security for projects; running it again changes nothing."""
    from gridpart.project import prepare_database

    prepare_database(address)
    Output(lang=lang).say(translator(lang, "cli")("The database is ready for projects."))


@database.command()
def sql() -> None:
    """Print the SQL of prepare, to be read or run by an administrator."""
    from gridpart.project import preparation_sql

    typer.echo(preparation_sql())


@database.command()
def grant(
    address: Address,
    role: Role,
    *,
    bank: Bank = None,
    county: County = None,
    write: Annotated[bool, typer.Option("--write/--read", help="Whether it may change the rows.")] = False,
    lang: Lang = "en",
) -> None:
    """Let a role see the rows of a bank, or of all banks, and what is common to a county."""
    from gridpart.project import grant_access

    grant_access(address, role, bank_id=bank, county=county, write=write)
    show(address, lang=lang)


@database.command()
def revoke(address: Address, role: Role, *, bank: Bank = None, county: County = None, lang: Lang = "en") -> None:
    """Take a grant back; name bank and county as they were granted."""
    from gridpart.project import revoke_access

    revoke_access(address, role, bank_id=bank, county=county)
    show(address, lang=lang)


@database.command(name="list")
def show(address: Address, *, lang: Lang = "en", as_json: AsJson = False) -> None:
    """List who sees and writes what; * stands for all."""
    from gridpart.project import access

    _ = translator(lang, "cli")
    output, grants = Output(as_json=as_json, lang=lang), access(address)
    rows = [
        (row.role_name, row.county, row.bank_id, _("writes") if row.may_write else _("reads"))
        for row in grants.itertuples(index=False)
    ]
    columns = (_("Role"), _("County"), _("Bank"), _("Right"))
    output.table(_("Who sees what"), columns=columns, rows=rows, right=False)
    output.data({"grants": grants.to_dict("records")})
