"""Opening the project that a command works on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gridpart.cli.console import Output
from gridpart.i18n import translator

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.project import Project


def opened(project: Path, *, output: Output, lang: Language) -> Project:
    """
    Open a project file, saying so.

    Raises
    ------
    GridpartError
        If it is no project file, or cannot be read.
    """
    import gridpart as gp

    _ = translator(lang, "cli")
    with output.step(_("Opening {file}").format(file=project.name)):
        return gp.open_project(project)
