"""What a listener is told: how far a call is, in numbers and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from gridpart._typing import Language
from gridpart.i18n import translator
from gridpart.steps.words import NAMES, NOTES

Kind = Literal["begin", "step", "count", "note", "end", "stopped"]


@dataclass(frozen=True, slots=True)
class Progress:
    """
    How far a call is.

    Attributes
    ----------
    kind
        ``begin``; ``step``, another step begins; ``count``, more is done; ``note``, figures of a search; ``end``;
        ``stopped``, the call leaves with an error.
    task
        What is being done, such as ``audit``; the names are those of `gridpart.steps.words.NAMES`.
    step
        The step under way, where the task has steps.
    done, total
        Steps, or pages, rows, rounds, that are finished, and how many there are; None where nobody knows.
    figures
        Figures of a search without known end, such as its ``gap``.
    outer
        The task that this one is part of, as it stands; None for the call itself.
    lang
        Language that the call speaks.
    """

    kind: Kind
    task: str
    step: str | None = None
    done: int = 0
    total: int | None = None
    note: str | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    outer: Progress | None = None
    lang: Language = "en"

    @property
    def depth(self) -> int:
        """How many tasks this one is part of, 0 for the call itself."""
        return 0 if self.outer is None else self.outer.depth + 1

    @property
    def call(self) -> Progress:
        """The call itself, as it stands."""
        return self if self.outer is None else self.outer.call

    @property
    def share(self) -> float | None:
        """
        Share of the call's own steps or counts that are finished, 0 to 1, with those within; None where nobody knows.

        It is a share of steps, not of time: one may take longer than all others.
        """
        within: float | None = None
        for level in self._outwards():
            within = None if level.total is None else min((level.done + (within or 0.0)) / max(level.total, 1), 1.0)
        return within

    def text(self, lang: Language | None = None) -> str:
        """
        Return what is being done as one line, in a language (that of the call if None).

        The call's own steps or counts, which `call` has, are left to a bar.
        """
        lang = lang or self.lang
        parts = [self.call.words(lang)]
        if self.outer is not None:
            parts.append(self.words(lang))
        return " · ".join(part for part in parts if part)

    def words(self, lang: Language) -> str:
        """Return what this task alone is doing, in a language."""
        _ = translator(lang, "steps")
        is_named_already = self.outer is not None and self.outer.outer is None and self.outer.step == self.task
        words = "" if is_named_already else _(NAMES[self.task])
        if self.step is not None:
            words += (": " if lang == "en" else "：") * bool(words) + _(NAMES[self.step])
        if self.outer is not None and self.total is not None:
            words += f" {self.done:,}/{self.total:,}"
        if self.note is not None:
            words += f" · {_(NOTES[self.note]).format(**self.figures)}"
        return words.strip(" ·")

    def _outwards(self) -> Iterator[Progress]:
        level: Progress | None = self
        while level is not None:
            yield level
            level = level.outer
