"""A text that must be one of a few: refused with all of them, and the one that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from gridpart.errors import InputError
from gridpart.i18n import Joined, messages, sentences

say = messages("arguments")


def require_choice(value: str, choices: Iterable[str], *, name: str) -> None:
    """
    Raise `InputError` unless a text is one of several.

    Parameters
    ----------
    value
        As given.
    choices
        What it may be.
    name
        What to call the argument.
    """
    known = list(choices)
    if value in known:
        return
    told = say("{name} is {value!r}; it must be one of {choices}.", name=name, value=value, choices=Joined(known))
    near = difflib.get_close_matches(value.lower(), known, n=1)
    hint = [say("Did you mean {near!r}?", near=name) for name in near]
    raise InputError(Joined([told, *hint], sentences))
