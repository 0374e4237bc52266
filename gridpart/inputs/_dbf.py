"""Texts of a Shapefile: their encoding, and characters its fixed widths cut in two."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridpart.errors import InputError
from gridpart.i18n import messages
from gridpart.inputs._encoding import likely_codec
from gridpart.inputs._raw import Values, object_array
from gridpart.tables import messages as m
from gridpart.tables import notes as n

if TYPE_CHECKING:
    from gridpart.inputs._log import ReadLog

say = messages("inputs")

_TEXT_BYTES = 254
_WIDEST_CHARACTER = 3  # bytes of a common Chinese character in UTF-8
_SAMPLE_BYTES = 1 << 20
_SINGLE_BYTE = ("iso8859-1", "iso8859-15", "cp1252", "cp437", "cp850")


def codec_of(table: Path, declared: Path | None, *, name: str, encoding: str | None) -> tuple[str, str | None]:
    """
    Find the codec of a Shapefile's texts: stated by the caller, declared in its .cpg, or told from the bytes.

    Returns
    -------
    codec, refuted
        The codec to take; and the one that the .cpg declares, if the bytes show that it is another.

    Raises
    ------
    InputError
        If the stated encoding is unknown.
    """
    if encoding is not None:
        try:
            return codecs.lookup(encoding).name, None
        except LookupError as error:
            raise InputError(
                say(
                    "{name}: unknown encoding {encoding!r}; common ones are utf-8, gb18030, big5.",
                    name=name,
                    encoding=encoding,
                )
            ) from error
    known = _declared_codec(declared)
    with table.open("rb") as stream:
        sample = stream.read(_SAMPLE_BYTES)[32:]
    if sample.isascii():
        return known or "utf-8", None
    texts = b"\n".join(part for part in sample.replace(b"\x00", b" ").split(b"  ") if not part.isascii())
    # text in UTF-8 is hardly ever anything else, and other text hardly ever UTF-8, whatever the .cpg declares; accents
    # of European texts hardly ever pair up to Chinese characters
    is_utf8 = _is_mostly(texts, "utf-8")
    is_chinese = known in _SINGLE_BYTE and not is_utf8 and _is_mostly(texts, "gb2312")
    if known is not None and is_utf8 == (known == "utf-8") and not is_chinese:
        return known, None
    return ("utf-8" if is_utf8 else "gb18030" if is_chinese else likely_codec(texts, name=name)), known


def _is_mostly(texts: bytes, codec: str) -> bool:
    return texts.decode(codec, errors="replace").count("\ufffd") * 20 < len(texts)


def _declared_codec(declared: Path | None) -> str | None:
    """Codec named in a .cpg file, as "UTF-8", "GBK", "936" or "ANSI 936"; None if it names none."""
    text = declared.read_text(encoding="ascii", errors="replace").strip() if declared else ""
    number = re.fullmatch(r"(?:ANSI|OEM|CP)?[ -]?(\d{3,5})", text, re.IGNORECASE)
    try:
        return codecs.lookup(f"cp{number[1]}" if number else text).name if text else None
    except LookupError:  # then the bytes decide
        return None


def column_names(stored: Sequence[Any], *, codec: str) -> list[str]:
    """Decode column names, without the half character that 10 bytes may end in; repeated names are numbered."""
    names = [str(name).encode("latin-1", errors="replace").decode(codec, errors="ignore") for name in stored]
    seen = Counter[str]()
    unique = []
    for name in names:
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return unique


def column_values(values: Values, *, codec: str, column: str, log: ReadLog) -> Values:
    """Decode the texts of a column; a row whose bytes do not fit is rejected, cut texts are counted."""
    result: list[Any] = []
    cut = 0
    for place, value in enumerate(values.tolist()):
        if not isinstance(value, str):
            result.append(value)
            continue
        stored = value.encode("latin-1")
        cut += len(stored) >= _TEXT_BYTES - _WIDEST_CHARACTER
        result.append(_text(stored, codec, place=place, column=column, log=log))
    if cut:
        log.note(n.CUT_TEXT, column=column, count=cut)
    return object_array(result)


def _text(stored: bytes, codec: str, *, place: int, column: str, log: ReadLog) -> str | None:
    try:
        return stored.decode(codec)
    except UnicodeDecodeError as error:
        if error.end == len(stored) and len(stored) >= _TEXT_BYTES - _WIDEST_CHARACTER:
            return stored[: error.start].decode(codec)
        log.reject(place, column, value=repr(stored), problem=m.BAD_TEXT, codec=codec)
        return None
