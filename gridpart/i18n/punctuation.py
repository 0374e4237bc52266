"""Marks between texts: what joins, brackets and labels them in each language."""

from __future__ import annotations

from collections.abc import Iterable

from gridpart._typing import Language
from gridpart.i18n.catalogues import require_language


def listed(texts: Iterable[str], lang: Language) -> str:
    """Return texts as a list within a line: ``a, b`` or ``甲、乙``."""
    return (", " if require_language(lang) == "en" else "、").join(texts)


def clauses(texts: Iterable[str], lang: Language) -> str:
    """Return texts that hold commas themselves as a list within a line: ``a, b; c`` or ``甲、乙；丙``."""
    return ("; " if require_language(lang) == "en" else "；").join(texts)


def aside(text: str, note: str, lang: Language) -> str:
    """Return a text with a note in brackets: ``text (note)`` or ``文（注）``."""
    return f"{text} ({note})" if require_language(lang) == "en" else f"{text}（{note}）"


def labelled(label: str, text: str, lang: Language) -> str:
    """Return a text behind its label: ``label: text`` or ``名：文``."""
    return f"{label}: {text}" if require_language(lang) == "en" else f"{label}：{text}"


def lines(texts: Iterable[str], lang: Language) -> str:
    """Return texts as lines, in every language the same."""
    require_language(lang)
    return "\n".join(texts)


def sentences(texts: Iterable[str], lang: Language) -> str:
    """Return sentences as one text: with spaces between, or in Chinese without."""
    return (" " if require_language(lang) == "en" else "").join(texts)
