"""Names of counties and tables as names of folders: data never says where a file goes."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_PLAIN = re.compile(r"\w(?:[\w.-]*\w)?")
_SHOWN_BYTES = 60
_MARK = "--"
"""Stands before the code of a name that could not be taken as it is, and in no other name."""


def folder_name(name: str) -> str:
    """
    Return the name of a folder for a name from data, a different one for every name on every file system.

    A name of letters (any script, lower case), digits, ``.``, ``-`` and ``_`` stays as it is. Any other one, such as
    ``..``, ``a/b``, or one that differs from another only in case, becomes what can be shown of it and a code.
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    if name == plain and _PLAIN.fullmatch(name) and _MARK not in name and len(name.encode()) <= _SHOWN_BYTES:
        return name
    code = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    words = "-".join(re.findall(r"\w+", plain)).encode()[:_SHOWN_BYTES].decode("utf-8", "ignore")
    return f"{words}{_MARK}{code}"
