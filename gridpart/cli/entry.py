"""Entry point: run a command, turn what gridpart refuses into a message and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from gridpart.cli.text import plain
from gridpart.errors import GridpartError
from gridpart.i18n import explain, messages, system_language

say = messages("cli")

EXIT_REFUSED = 2
"""Usage or input that cannot be used."""

_EXTRA = ("typer", "rich", "click")
"""Packages of the extra ``cli``."""


def main(arguments: Sequence[str] | None = None) -> None:
    """
    Run the command line and leave the process.

    Exit codes: 0 fine, 1 findings or defects, 2 usage or input that cannot be used.

    Parameters
    ----------
    arguments
        Words after the program's name; if None, those it was called with.
    """
    _survive_narrow_encodings()
    try:
        from gridpart.cli.app import app
        from gridpart.cli.help import command_in, language_of
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        _leave(
            say(
                "The command line needs the package {package!r}. Install it with: pip install 'gridpart[cli]'",
                package=error.name,
            ).told(system_language())
        )
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        command_in(app, words)(args=words, prog_name="gridpart")
    except GridpartError as error:
        _leave(explain(error, language_of(words)))
    except OSError as error:
        message = say(
            "{file}: {why}. Nothing was changed.",
            file=error.filename or say("file"),
            why=error.strerror or str(error),
        )
        _leave(message.told(language_of(words)))


def _leave(message: str) -> NoReturn:
    sys.stderr.write(f"{plain(message)}\n")
    raise SystemExit(EXIT_REFUSED)


def _survive_narrow_encodings() -> None:
    """Print Chinese names as question marks, instead of failing, where a terminal cannot show them."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
