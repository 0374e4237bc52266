"""Who is told: a listener, the person before a terminal or notebook, or nobody."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

from gridpart._typing import Language
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages, require_language, system_language
from gridpart.steps.report import Progress

say = messages("steps")

Listener: TypeAlias = Callable[[Progress], object]
Bar: TypeAlias = Literal["auto", "on", "off"]

SWITCH = "GRIDPART_PROGRESS"
"""Environment variable that says when bars are shown, where `progress` does not."""


@dataclass(frozen=True)
class Audience:
    """
    Who is told of the steps of a call.

    Attributes
    ----------
    listeners
        Called with each report.
    bar
        When a bar is shown; None leaves it to the environment.
    lang
        Language; None leaves it to the call, then to the environment.
    """

    listeners: tuple[Listener, ...] = ()
    bar: Bar | None = None
    lang: Language | None = None


audience: ContextVar[Audience] = ContextVar("gridpart_progress", default=Audience())  # noqa: B039 - it is frozen


@contextmanager
def progress(to: Listener | Bar | None = None, *, lang: Language | None = None) -> Iterator[None]:
    """
    Say who is told of the steps of all calls within a ``with`` block.

    Without it, a bar appears once a call has lasted two seconds, where a person can see it: on a terminal's standard
    error, or in a notebook. The environment variable ``GRIDPART_PROGRESS`` takes ``auto``, ``on`` or ``off`` too.

    Parameters
    ----------
    to
        A function, called with a `Progress` at each step (counts at most ten times a second, the last one always)
        instead of a bar: what it raises stops the call. Or ``auto``; ``off``; ``on``, a bar even where standard error
        is no terminal. None changes nothing.
    lang
        Language of the steps; None takes that of the call, else ``GRIDPART_LANG``, else the system's.

    Yields
    ------
    None
        Nothing: the block itself is what matters. Other threads, and other kernels, are not concerned.

    Raises
    ------
    InputError
        If `to` or the language is unknown.

    Examples
    --------
    >>> import gridpart as gp, shapely, geopandas as gpd
    >>> area = gpd.GeoSeries([shapely.box(0, 0, 9, 9)], crs=4547)
    >>> told = []
    >>> with gp.progress(lambda report: told.append(report.text("en"))):
    ...     audit = gp.audit_grids({"A": area}, area)
    >>> told[0]
    'Audit'
    """
    now = audience.get()
    if lang is not None:
        now = replace(now, lang=require_language(lang))
    if callable(to):
        now = replace(now, listeners=(to,), bar="off")
    elif to is not None:
        now = replace(now, listeners=(), bar=_known(to, "progress"))
    token = audience.set(now)
    try:
        yield
    finally:
        audience.reset(token)


def _known(bar: str, name: str) -> Bar:
    for known in get_args(Bar):
        if bar == known:
            return known  # type: ignore[no-any-return]
    raise InputError(
        say("{name} is {bar!r}; it must be one of {choices}.", name=name, bar=bar, choices=Joined(get_args(Bar)))
    )


def shows_bar(told: Audience) -> bool:
    """Whether a bar is to appear if a call takes long."""
    bar = told.bar or _known(os.environ.get(SWITCH) or "auto", say("environment variable {name}", name=SWITCH))
    if bar != "auto":
        return bar == "on"
    return not _is_worker() and (_on_terminal() or _in_cell())


def _is_worker() -> bool:
    """Whether this is one process of a pool: these share a terminal, and only the one a person started draws on it."""
    process = sys.modules.get("multiprocessing.process")  # a worker has it; importing it would take a while
    return process is not None and process.parent_process() is not None


def _on_terminal() -> bool:
    isatty = getattr(sys.stderr, "isatty", None)  # a program without a console has no standard error at all
    return isatty is not None and not sys.stderr.closed and isatty() and os.environ.get("TERM") != "dumb"


def _in_cell() -> bool:
    """Whether a cell of a notebook is running: what answers a button is shown nowhere."""
    ipython = sys.modules.get("IPython")
    kernel = None if ipython is None else getattr(ipython.get_ipython(), "kernel", None)
    if kernel is None:
        return False
    parent = kernel.get_parent() if hasattr(kernel, "get_parent") else {}
    return bool(parent.get("header", {}).get("msg_type", "execute_request") == "execute_request")


def language_of(told: Audience, spoken: Language | None) -> Language:
    """Language of the steps of a call that speaks a language, or none."""
    return told.lang or spoken or system_language()
