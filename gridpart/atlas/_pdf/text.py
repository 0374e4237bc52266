"""
Text on paper: what cannot be seen is written out, and what the font lacks is refused.

Characters that turn, hide or break text (controls, directions, zero widths) would let one name pass for another on
paper. They are set as ``〈U+202E〉``; `hidden` turns them back, so that nothing is lost.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from gridpart.errors import RenderError
from gridpart.i18n import Joined, messages
from gridpart.viewer.fonts import FontSet

say = messages("atlas")

_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
_ESCAPE = re.compile(r"〈U\+([0-9A-F]{4,6})〉")
_PLAIN = re.compile(r"[\x20-\x7e\u00a1-\u00ac\u00ae-\u024f\u3001-\u3007\u3009-\u3029\u4e00-\u9fa5\uff01-\uff5e]*")
_PIECE = 6
_WORD = re.compile(r"[^\s\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]{18,}")
"""A word too long for a line of a table; Chinese may break anywhere."""


class Shown(str):
    """A text that has been through `visible` and must not go through it again."""

    __slots__ = ()


def visible(text: str) -> Shown:
    r"""
    Write out what cannot be seen: controls, marks of direction, zero widths, halves of surrogate pairs.

    Examples
    --------
    >>> visible("a\u202eb")
    'a〈U+202E〉b'
    """
    if isinstance(text, Shown):
        return text
    if _PLAIN.fullmatch(text) and "  " not in text and text == text.strip():
        return Shown(text)
    return Shown("".join(_shown(char, at, text) for at, char in enumerate(text)))


def _shown(char: str, at: int, text: str) -> str:
    if char == "〈" and _ESCAPE.match(text, at):
        return f"〈U+{ord(char):04X}〉"
    at_edge = at in {0, len(text) - 1} or text[at - 1].isspace()
    unseen = unicodedata.category(char) in _UNSEEN or (char.isspace() and (char != " " or at_edge))
    selects = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    return f"〈U+{ord(char):04X}〉" if unseen or selects else char


def hidden(text: str) -> str:
    r"""
    Undo `visible`.

    Examples
    --------
    >>> hidden(visible("a\u202eb")) == "a\u202eb"
    True
    """
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def shortened(text: str, most: int) -> Shown:
    """Return the beginning of a text as it is shown, with an ellipsis if something is left away."""
    shown = visible(text[:most])
    return shown if len(text) <= most and len(shown) <= most else Shown(f"{shown[: most - 1]}…")


def breakable(text: str) -> str | list[str]:
    """Return a text, cut into pieces where a word is too long for a line of a table; the pieces join without a gap."""
    pieces, at = [], 0
    for word in _WORD.finditer(text):
        pieces.append(text[at : word.start()])
        pieces += [text[i : min(i + _PIECE, word.end())] for i in range(word.start(), word.end(), _PIECE)]
        at = word.end()
    if not pieces:
        return text
    return [piece for piece in (*pieces, text[at:]) if piece]


def require_glyphs(content: Any, fonts: FontSet) -> None:  # noqa: ANN401 - nested lists and mappings of texts
    """
    Look up every character of a book in its fonts.

    Parameters
    ----------
    content
        Nested mappings and lists; every text in it is looked through.
    fonts
        Fonts of the book.

    Raises
    ------
    RenderError
        If a character has no glyph; code point, text and place are named.
    """
    for text, where in _texts(content, ()):
        named = fonts.lacking(text)
        if named:
            raise RenderError(
                say(
                    "no glyph for {named} in {text!r}, on {place}; fonts: {fonts}. An empty box would be printed "
                    "instead. Nothing was written. Name a font that has it: build_atlas(…, font=[first, second]), or "
                    "leave the printed form out: formats=('html', 'gpkg').",
                    named=named,
                    text=shortened(text, 60),
                    place=" / ".join(map(str, where)),
                    fonts=Joined(fonts.families),
                )
            )


def _texts(content: Any, where: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:  # noqa: ANN401
    if isinstance(content, str):
        yield content, where
    elif isinstance(content, dict):
        place = where + ((str(content["name"]),) if isinstance(content.get("name"), str) else ())
        for key, value in content.items():
            yield from _texts(value, place if key == "name" else (*place, str(key)))
    elif isinstance(content, list):
        for value in content:
            yield from _texts(value, where)


def mapped(content: Any, change: Callable[[str], Any]) -> Any:  # noqa: ANN401 - as `require_glyphs`
    """Return nested mappings and lists with every text changed."""
    if isinstance(content, str):
        return change(content)
    if isinstance(content, dict):
        return {key: mapped(value, change) for key, value in content.items()}
    return [mapped(value, change) for value in content] if isinstance(content, list | tuple) else content
