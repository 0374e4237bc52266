"""Help in the language asked for, which must be known before any option is read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import typer
from rich.columns import Columns
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text
from typer import rich_utils

from gridpart._typing import Language
from gridpart.i18n import LANGUAGES, translator


class Folding(Table):
    """A table that folds text without spaces, such as Chinese, where rich would cut it off."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render the table with columns that fold."""
        for column in self.columns:
            column.overflow = "fold"
        yield from super().__rich_console__(console, options)


class Following(Columns):
    """Texts one behind the other, where rich would set them beside each other and cut them off."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render all texts as one."""
        yield Text(" ").join(text for text in self.renderables if isinstance(text, Text))


def language_of(words: Sequence[str]) -> Language:
    """Return the language named by ``--lang`` among the words of a command, else by GRIDPART_LANG, else English."""
    named = os.environ.get("GRIDPART_LANG", "")
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--lang":
            named = following
        elif word.startswith("--lang="):
            named = word.removeprefix("--lang=")
    return next((lang for lang in LANGUAGES if lang == named), "en")


def command_in(app: typer.Typer, words: Sequence[str]) -> Any:  # noqa: ANN401 - typer keeps the type of commands to itself
    """Return the command of an app, with help and default of ``--lang`` in the language that its words ask for."""
    lang = language_of(words)
    is_named = any(word.partition("=")[0] == "--lang" for word in words)
    _ = translator(lang, "cli")
    vars(rich_utils).update(Table=Folding, Columns=Following)
    rich_utils.ARGUMENTS_PANEL_TITLE = _("Arguments")
    rich_utils.OPTIONS_PANEL_TITLE = _("Options")
    rich_utils.COMMANDS_PANEL_TITLE = _("Commands")
    rich_utils.REQUIRED_LONG_STRING = _("[required]")
    rich_utils.DEFAULT_STRING = _("[default: {}]")
    rich_utils.ENVVAR_STRING = _("[env var: {}]")
    root = typer.main.get_command(app)
    for command in commands_of(root):
        command.help = _(command.help) if command.help else command.help
        command.options_metavar = _("[OPTIONS]")
        for option in (*command.params, command.get_help_option(typer.Context(command))):
            if getattr(option, "help", None):
                option.help = _(option.help)
            if option.name == "lang" and is_named:  # before the command or behind it
                option.default, option.envvar = lang, None
    return root


def commands_of(command: Any) -> list[Any]:  # noqa: ANN401 - as above
    """Return a command and all commands within it."""
    within = getattr(command, "commands", {}).values()
    return [command, *(deeper for one in within for deeper in commands_of(one))]
