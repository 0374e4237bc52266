"""``gridpart profiles``: what the rule profiles hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gridpart.cli.console import Output
from gridpart.cli.options import AsJson, Lang
from gridpart.i18n import translator

profiles = typer.Typer(name="profiles", help="Show the rule profiles.", no_args_is_help=True)


@profiles.command(name="list")
def list_profiles(
    folder: Annotated[Path | None, typer.Option("--folder", help="Folder with profiles of your own.")] = None,
    *,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """List the profiles by name."""
    from gridpart.profiles import available, load

    _, say = translator(lang, "cli"), translator(lang, "profiles")
    output = Output(as_json=as_json, lang=lang)
    loaded = [load(name, folder=folder) for name in available(folder)]
    columns = (_("Name"), _("Title"), _("Extends"))
    rows = [(item.name, say(item.title), ", ".join(item.extends)) for item in loaded]
    output.table(_("Rule profiles"), columns=columns, rows=rows)
    output.data({item.name: {"title": item.title, "extends": list(item.extends)} for item in loaded})


@profiles.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of a profile, or path of a TOML file.")],
    *,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Show what a profile holds; numbers that no plan gives are marked assumed."""
    from gridpart.profiles import describe, load

    profile = load(name)
    output = Output(as_json=as_json, lang=lang)
    if as_json:
        output.raw_json(profile.model_dump_json(indent=2))
        return
    output.say(f"{profile.name}: {translator(lang, 'profiles')(profile.title)}")
    for section in describe(profile, lang=lang):
        output.table(section.title, columns=section.columns, rows=section.rows, right=False)
