"""A strict reader of the part of the .po format that gridpart's own catalogues use."""

from __future__ import annotations

import ast
import re

from gridpart.errors import GridpartError

_QUOTED = re.compile(r'"(?:[^"\\]|\\[nt"\\])*"')
_KEYWORDS = ("msgid", "msgstr")


class PoSyntaxError(GridpartError):
    """A catalogue of messages cannot be read."""


def parse_po(text: str, *, name: str = "catalogue") -> dict[str, str]:
    """
    Read the messages of a .po file.

    Plural forms and contexts are refused: gridpart's messages name their numbers instead.

    Parameters
    ----------
    text
        Content of the file.
    name
        What to call the file in an error message.

    Returns
    -------
    messages
        Translation by English text; the header, fuzzy and empty entries are left out.

    Raises
    ------
    PoSyntaxError
        If a line is not understood, or one text is translated twice; the line is named.
    """
    messages: dict[str, str] = {}
    for first_line, entry in _entries(text, name=name):
        if entry["msgid"] == "" or entry["msgstr"] == "" or "fuzzy" in entry:
            continue
        if entry["msgid"] in messages:
            message = f"{name}, line {first_line}: {entry['msgid']!r} is translated twice. Keep one entry."
            raise PoSyntaxError(message)
        messages[entry["msgid"]] = entry["msgstr"]
    return messages


def _entries(text: str, *, name: str) -> list[tuple[int, dict[str, str]]]:
    """Entries with the line each begins on; a fuzzy entry holds the key ``fuzzy``."""
    entries: list[tuple[int, dict[str, str]]] = []
    entry: dict[str, str] = {}
    keyword = ""
    first_line = 1
    for number, line in enumerate([*text.removeprefix("\ufeff").splitlines(), ""], start=1):
        stripped = line.strip()
        new_keyword, quoted = _split(stripped, where=f"{name}, line {number}")
        begins_another = new_keyword == "msgid" or stripped == "" or stripped.startswith("#")
        if begins_another and "msgid" in entry:
            entries.append((first_line, _complete(entry, where=f"{name}, line {first_line}")))
            entry = {}
        if new_keyword == "msgid":
            first_line = number
        if stripped.startswith("#,") and "fuzzy" in stripped:
            entry["fuzzy"] = ""
        keyword = new_keyword or keyword
        if quoted:
            entry[keyword] = entry.get(keyword, "") + ast.literal_eval(quoted)
    return entries


def _split(line: str, *, where: str) -> tuple[str, str]:
    """Keyword (or nothing) and quoted text (or nothing) of one line."""
    if line == "" or line.startswith("#"):
        return "", ""
    keyword, _, quoted = ("", "", line) if line.startswith('"') else line.partition(" ")
    if keyword not in ("", *_KEYWORDS) or not _QUOTED.fullmatch(quoted.strip()):
        message = f"{where}: expected msgid or msgstr and a quoted text, given {line!r}."
        raise PoSyntaxError(message)
    return keyword, quoted.strip()


def _complete(entry: dict[str, str], *, where: str) -> dict[str, str]:
    if not {"msgid", "msgstr"} <= entry.keys():
        message = f"{where}: an entry needs both msgid and msgstr."
        raise PoSyntaxError(message)
    return entry
