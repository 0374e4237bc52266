"""Text that is safe to show in a terminal."""

from __future__ import annotations


def plain(text: object) -> str:
    """Return `text` without characters that steer a terminal, so that a name from a file stays a name."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "�" for letter in str(text))
