"""The names that columns and codes go by, read from ``vocabulary.toml``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib import resources

_BRACKETED = re.compile(r"[(\[【].*?[)\]】]")
_SEPARATORS = re.compile(r"[\s_\-./:*·]+")


@cache
def plain(text: str) -> str:
    """Reduce a name to what is compared: ``"Branch_No."`` and ``"BRANCH NO"`` are the same."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return _SEPARATORS.sub("", _BRACKETED.sub("", text)) or text


@cache
def header_names(kind: str) -> Mapping[str, tuple[str, ...]]:
    """Names a kind of table's columns go by, reduced, by canonical name; "places" for coordinate columns."""
    section = _vocabulary()["headers"].get(kind, {})
    return {column: tuple(plain(name) for name in names) for column, names in section.items()}


@cache
def codes(kind: str, column: str) -> Mapping[str, str]:
    """Map reduced spellings to the code of a choice column."""
    sections = _vocabulary()["codes"]
    section = sections.get(f"{kind}_{column}", sections.get(column, {}))
    return {plain(name): code for code, names in section.items() for name in names}


@cache
def personal_headers() -> frozenset[str]:
    """Reduced headers of columns with personal data."""
    return frozenset(plain(name) for name in _vocabulary()["personal"]["headers"])


@cache
def _vocabulary() -> dict[str, dict[str, dict[str, list[str]]]]:
    text = resources.files("gridpart.inputs").joinpath("vocabulary.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
