"""What every command prints with: results on standard output, progress and notes on standard error."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from gridpart.cli.text import plain


@dataclass
class Output:
    """
    Where one command writes.

    Attributes
    ----------
    as_json
        Write one JSON document to standard output, and nothing else there.
    """

    as_json: bool = False

    def __post_init__(self) -> None:
        """Open both streams without markup: brackets in a name are brackets."""
        self._results = Console(markup=False, emoji=False, highlight=False, soft_wrap=True)
        self._notes = Console(stderr=True, markup=False, emoji=False, highlight=False)

    def note(self, text: object) -> None:
        """Say something to the person at the terminal."""
        self._notes.print(plain(text), soft_wrap=True)

    def say(self, text: object) -> None:
        """Print a result, unless a program is reading."""
        if not self.as_json:
            self._results.print(plain(text))

    def data(self, content: dict[str, Any]) -> None:
        """Print a result for a program, if one is reading."""
        if self.as_json:
            self.raw_json(json.dumps(content, ensure_ascii=False, indent=2))

    def raw_json(self, text: str) -> None:
        """Print JSON that is already text."""
        self._results.file.write(text + "\n")

    def table(
        self, title: str, *, columns: Sequence[str], rows: Sequence[Sequence[object]], right: bool = True
    ) -> None:
        """Print a table, unless a program is reading; columns after the first stand `right`, as figures do."""
        if self.as_json:
            return
        table = Table(title=plain(title), title_justify="left", title_style="bold")
        for number, column in enumerate(columns):
            table.add_column(plain(column), justify="right" if number and right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(plain(value) for value in row))
        self._results.print(table)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show that a step is under way, and how long it took."""
        begun = time.perf_counter()
        with self._notes.status(plain(text)):
            yield
        self._notes.print(f"  {time.perf_counter() - begun:5.1f} s  {plain(text)}", soft_wrap=True)

    @contextmanager
    def steps(self, text: str, *, names: Mapping[str, str]) -> Iterator[Callable[[str], None]]:
        """Show a bar over several steps; the function given is told the key of each step before it begins."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        look = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*look, console=self._notes) as bar:
            task = bar.add_task(plain(text), total=len(names))
            yield lambda key: bar.update(task, advance=1, description=plain(names.get(key, text)))
            bar.update(task, completed=len(names), description=plain(text))
