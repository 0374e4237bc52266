"""A task under way: what the library's long functions say of themselves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextvars import ContextVar
from functools import wraps
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from gridpart._typing import Language
from gridpart.i18n import LANGUAGES
from gridpart.steps._watch import WATCH
from gridpart.steps.audience import Audience, audience, language_of, shows_bar
from gridpart.steps.report import Kind, Progress

COUNT_EVERY_S = 0.1
"""How often listeners are told of counts, in s."""

_current: ContextVar[working | None] = ContextVar("gridpart_task", default=None)


class working:  # noqa: N801 - it reads `with working("audit")`
    """
    A task under way, part of the task that is under way around it.

    Entering and leaving take about a microsecond where nobody is told; a step or a count is a few assignments.

    Parameters
    ----------
    task
        Name, see `gridpart.steps.words.NAMES`.
    steps
        Names of its steps, in order; some may be left out in the end.
    total
        Where there are no steps: how many there are of what is counted; None where nobody knows.
    lang
        Language that the call speaks.
    """

    def __init__(
        self, task: str, *, steps: Sequence[str] = (), total: int | None = None, lang: Language | None = None
    ) -> None:
        self.task, self.steps, self.lang = task, steps, lang
        self.total = len(steps) if steps else total
        self.done = 0
        self.step_name: str | None = None
        self.note: tuple[str, dict[str, float]] | None = None
        self.inner: working | None = None
        self.is_watched = self.has_ended = False

    def __enter__(self) -> Self:
        """Begin, and be watched if this is the call itself."""
        self.begun = self._told = time.monotonic()
        self.outer = _current.get()
        self.audience: Audience = audience.get() if self.outer is None else self.outer.audience
        self._tell("begin")
        if self.outer is not None:
            self.outer.inner = self
        elif shows_bar(self.audience):
            self.is_watched = True
            WATCH.add(self)
        _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave: take the bar away, then tell how it ended."""
        self.has_ended = True
        if self._is_under_way():  # not where a loop that an error left is closed late
            _current.set(self.outer)
        if self.outer is not None:
            self.outer.inner = None
        elif self.is_watched:
            WATCH.remove(self)
        if kind is None and self.total is not None:
            self.done = self.total
        self.step_name = None if kind is None else self.step_name
        self._tell("end" if kind is None else "stopped")

    def step(self, name: str) -> None:
        """Say that a step begins; those before it are done."""
        self.done, self.step_name, self.note = self.steps.index(name), name, None
        self._tell("step")

    def count(self, done: int) -> None:
        """Say how many are done by now."""
        self.done = done
        if self.audience.listeners:
            self._tell_at_times("count", at_once=done == self.total)

    def figures(self, note: str, **figures: float) -> None:
        """Say how a search without known end stands; `note` is a name of `gridpart.steps.words.NOTES`."""
        self.note = note, figures
        if self.audience.listeners:
            self._tell_at_times("note", at_once=False)

    def report(self, kind: Kind) -> Progress:
        """Return how far the task is."""
        note, figures = self.note or (None, {})
        outer = None if self.outer is None else self.outer.report(kind)
        lang = language_of(self.audience, self.lang) if outer is None else outer.lang
        return Progress(kind, self.task, self.step_name, self.done, self.total, note, figures, outer, lang)

    def _is_under_way(self) -> bool:
        level = _current.get()
        while level is not None and level is not self:
            level = level.outer
        return level is self

    def _tell_at_times(self, kind: Kind, *, at_once: bool) -> None:
        now = time.monotonic()
        if at_once or now - self._told >= COUNT_EVERY_S:
            self._told = now
            self._tell(kind)

    def _tell(self, kind: Kind) -> None:
        if self.audience.listeners:
            report = self.report(kind)
            for listener in self.audience.listeners:
                listener(report)


_P = ParamSpec("_P")
_R = TypeVar("_R")
_T = TypeVar("_T")


def task(name: str, *, steps: Sequence[str] = ()) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """
    Make every call of a function a task, in the language of the call; its body says `step` as each of its steps begins.

    Parameters
    ----------
    name, steps
        As for `working`.
    """

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        spoken = (getattr(function, "__kwdefaults__", None) or {}).get("lang")

        @wraps(function)
        def run(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            with working(name, steps=steps, lang=_language(kwargs.get("lang", spoken))):
                return function(*args, **kwargs)

        return run

    return decorate


def _language(given: object) -> Language | None:
    """Return the language of a call; one that nobody speaks is for the call to refuse."""
    return next((lang for lang in LANGUAGES if lang == given), None)


def step(name: str) -> None:
    """Say that a step begins, if the task under way has it: what it calls may be part of other tasks too."""
    current = _current.get()
    if current is not None and name in current.steps:
        current.step(name)


def figures(note: str, **figures: float) -> None:
    """Say how the search under way stands."""
    current = _current.get()
    if current is not None:
        current.figures(note, **figures)


def counted(name: str, items: Iterable[_T], *, total: int | None = None) -> Iterator[_T]:
    """
    Go through items and count them: for the task under way if it has that name, else as a task within it.

    Only within a task: a loop that an error leaves cannot end one. `total` is for items without a length.
    """
    number = len(items) if isinstance(items, Sized) else total
    current = _current.get()
    if current is not None and current.task == name:
        current.total = number
        yield from _counting(current, items)
    else:
        with working(name, total=number) as work:
            yield from _counting(work, items)


def _counting(work: working, items: Iterable[_T]) -> Iterator[_T]:
    for done, item in enumerate(items):
        work.count(done)
        yield item
