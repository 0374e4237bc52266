"""Opening the project that a command works on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridpart.cli.console import Output
from gridpart.i18n import listed, translator

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.project import Project


def opened(project: str, *, output: Output, lang: Language) -> Project:
    """
    Open a project from a file or a database, saying so.

    Raises
    ------
    GridpartError
        If there is no project, or it cannot be read.
    """
    from gridpart.project import open_project, place_of

    _ = translator(lang, "cli")
    place = place_of(project)
    with output.step(_("Opening {file}").format(file=place.name)):
        county = open_project(place)
    if county.only_banks is not None:
        banks = listed(county.only_banks, lang) or _("none")
        output.say(_("The database shows you part of it only; banks: {banks}").format(banks=banks))
    return county
