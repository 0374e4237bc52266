"""Finding and loading the catalogue of a package in a language."""

from __future__ import annotations

import gettext
import locale
import os
from collections.abc import Callable
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import get_args

from gridpart._typing import Language
from gridpart.errors import InputError
from gridpart.i18n.po import parse_po

LANGUAGES: tuple[Language, ...] = get_args(Language)
"""Every language that pages, messages and commands can be had in."""

ENVIRONMENT = "GRIDPART_LANG"
"""Environment variable that names the language of a process."""

_LOCALE = resources.files("gridpart.i18n") / "locale"


def require_language(lang: str) -> Language:
    """
    Return `lang` if gridpart speaks it.

    Raises
    ------
    InputError
        If the language is unknown; the known ones are listed.
    """
    if lang not in LANGUAGES:
        message = f"unknown language {lang!r}; expected one of {', '.join(LANGUAGES)}."
        raise InputError(message)
    return lang


def system_language() -> Language:
    """Language of the environment: ``GRIDPART_LANG``, or Chinese of the script that the system's region writes."""
    wanted = os.environ.get(ENVIRONMENT)
    if wanted in LANGUAGES:
        return wanted
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    name = next((name for name in names if name), None) or locale.getlocale()[0] or ""
    if not name.lower().startswith(("zh", "chinese")):
        return "en"
    return "zh-Hant" if any(sign in name.lower() for sign in ("tw", "hk", "mo", "hant", "traditional")) else "zh-Hans"


@cache
def translator(lang: str, domain: str) -> Callable[[str], str]:
    """
    Find the function that puts one package's English texts into a language.

    Parameters
    ----------
    lang
        Language code: "en", "zh-Hans" or "zh-Hant".
    domain
        Name of the package whose texts are wanted, such as "atlas".

    Returns
    -------
    translate
        Takes an English text and returns its translation, or the text itself where there is none.

    Raises
    ------
    InputError
        If the language is unknown, or the package has no catalogue in it.
    """
    if require_language(lang) == "en":
        return _unchanged
    folder = _LOCALE / lang.replace("-", "_") / "LC_MESSAGES"
    compiled, source = folder / f"{domain}.mo", folder / f"{domain}.po"
    if compiled.is_file():
        return _from_compiled(compiled)
    if source.is_file():
        return _from_source(source)
    message = f"package {domain!r} has no message catalogue in {lang!r}; expected {source.name} or {compiled.name}."
    raise InputError(message)


def _unchanged(text: str) -> str:
    return text


def _from_compiled(path: Traversable) -> Callable[[str], str]:
    with path.open("rb") as stream:
        return gettext.GNUTranslations(stream).gettext


def _from_source(path: Traversable) -> Callable[[str], str]:
    messages = parse_po(path.read_text(encoding="utf-8"), name=path.name)

    def translate(text: str) -> str:
        return messages.get(text, text)

    return translate
