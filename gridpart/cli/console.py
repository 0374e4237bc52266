"""What every command prints with: results on standard output, progress and notes on standard error."""

from __future__ import annotations

import json
import time
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from gridpart._typing import Language
from gridpart.cli.text import plain
from gridpart.steps import Progress, progress


@dataclass
class Output:
    """
    Where one command writes.

    Attributes
    ----------
    as_json
        Write one JSON document to standard output, and nothing else there.
    lang
        Language of the steps.
    """

    as_json: bool = False
    lang: Language = "en"

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
        self,
        title: str,
        *,
        columns: Sequence[str],
        rows: Sequence[Sequence[object]],
        right: bool | Container[int] = True,
    ) -> None:
        """Print a table, unless a program is reading; columns after the first (or these) stand `right`, as figures."""
        if self.as_json:
            return
        table = Table(title=plain(title), title_justify="left", title_style="bold")
        for number, column in enumerate(columns):
            is_right = number > 0 and right if isinstance(right, bool) else number in right
            table.add_column(plain(column), justify="right" if is_right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(plain(value) for value in row))
        self._results.print(table)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show that a step is under way, and how long it took."""
        begun = time.perf_counter()
        with self.watched(text):
            yield
        self._notes.print(f"  {time.perf_counter() - begun:5.1f} s  {plain(text)}", soft_wrap=True)

    @contextmanager
    def watched(self, text: str) -> Iterator[None]:
        """Show that something is under way, with a bar over the steps within it."""
        from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        look = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Bars(*look, console=self._notes, transient=True) as bars:
            bar = bars.add_task(plain(text), total=None)

            def show(report: Progress) -> None:
                share = report.share
                total = None if share is None else 1.0
                bars.update(bar, description=plain(report.text()), total=total, completed=share or 0.0)

            with progress(show, lang=self.lang):
                yield
