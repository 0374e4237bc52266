"""
Refusing arguments of a kind that a signature does not name, before anything else happens.

Values are looked at, never converted. A text that is none of the choices of a ``Literal`` is left to the function,
which knows what to say.
"""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Callable, Iterable
from functools import wraps
from typing import ParamSpec, TypeVar

from gridpart._typing import Language
from gridpart.arguments.kinds import SEVERAL, Kind, kinds_of
from gridpart.errors import InputError
from gridpart.i18n import Joined, Message, messages, sentences

_P = ParamSpec("_P")
_R = TypeVar("_R")

_SHOWN = 60
"""Letters of a text that are shown."""

say = messages("arguments")


def checked(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """
    Make a function refuse arguments of a kind that its signature does not name.

    Missing and unknown arguments stay errors of Python's own.

    Examples
    --------
    >>> @checked
    ... def half(length_m: float) -> float:
    ...     return length_m / 2
    >>> half("2")
    Traceback (most recent call last):
    gridpart.errors.InputError: half: length_m must be a number; the text '2' was given. Nothing was changed.
    """
    signature = inspect.signature(function)

    @wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError:  # the function says it better
            return function(*args, **kwargs)
        kinds = kinds_of(function)
        for name, value in given.items():
            if name in kinds and not kinds[name].fits(value):
                raise InputError(_refusal(function.__name__.lstrip("_"), name, kinds[name], value))
        return function(*args, **kwargs)

    return call


def _refusal(function: str, name: str, kind: Kind, value: object) -> Message:
    refusal = say(
        "{function}: {name} must be {kinds}; {given} was given. Nothing was changed.",
        function=function,
        name=name,
        kinds=Joined(dict.fromkeys(kind.words), _either),
        given=_shown(value),
    )
    hint = None
    if isinstance(value, str) and SEVERAL in kind.words:
        hint = say("Put it in a list: [{text!r}].", text=value[:_SHOWN])
    elif isinstance(value, str) and "\0" in value:
        hint = say("It holds NUL, and no system has a file of such a name.")
    elif isinstance(value, (set, frozenset)) and SEVERAL in kind.words:
        hint = say("A set has no order; put it in a list.")
    elif type(value).__name__ == "DataFrame" and any("GeoDataFrame" in word for word in kind.words):
        hint = say("Give it a geometry: gpd.GeoDataFrame(table, geometry=…, crs=…).")
    return refusal if hint is None else Joined([refusal, hint], sentences)


def _either(parts: Iterable[str], lang: Language) -> str:
    return (" or " if lang == "en" else "或").join(parts)


def _shown(value: object) -> str | Message:
    if value is None or isinstance(value, (bool, numbers.Number)):
        return repr(value)
    if isinstance(value, str):
        return say("the text {text!r}", text=value[:_SHOWN])
    return say("a {kind}", kind=type(value).__name__)
