"""``gridpart studio``: redraw the grid of a project by hand, in the browser."""

from __future__ import annotations

from typing import Annotated

import typer

from gridpart.cli.console import Output
from gridpart.cli.opening import opened
from gridpart.cli.options import Lang, ProjectFile
from gridpart.i18n import translator


def studio(
    project: ProjectFile,
    *,
    bank: Annotated[str | None, typer.Option("--bank", help="Whose grid; the first bank if left out.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port on this computer; a free one if left out.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")] = True,
    who: Annotated[str, typer.Option("--who", help="Your name for the log.")] = "",
    lang: Lang = "en",
) -> None:
    """Redraw a grid by hand: serves a page on this computer until Ctrl+C."""
    from gridpart.studio import Session
    from gridpart.studio.page import serve

    output = Output(lang=lang)
    _ = translator(lang, "cli")
    # what is wrong with the file is said here
    Session.of(opened(project, output=output, lang=lang), bank, autosave=False)
    output.say(_("The page runs until you press Ctrl+C here. Its address works on this computer only:"))
    serve(project, bank_id=bank, lang=lang, port=port, open_browser=browser, who=who)
