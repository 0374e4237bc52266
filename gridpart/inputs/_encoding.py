"""Which characters the bytes of a text file stand for."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from gridpart.errors import InputError
from gridpart.i18n import Joined, Message, clauses, messages

say = messages("inputs")

_BOMS: tuple[tuple[bytes, str, str], ...] = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with BOM"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
# a stated encoding is read as the superset that real files of that name use
_SUPERSETS = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs"}
_LABELS = {"utf-8": "UTF-8", "gb18030": "GB18030", "big5hkscs": "Big5", "cp1252": "Windows-1252"}
_LIKELY = ("gb18030", "big5hkscs", "cp1252")
_MULTIBYTE = ("utf-8", "gb18030", "big5hkscs")
_SAMPLE_BYTES = 1 << 20
_PLACES_NAMED = 5
_PLACES_SOUGHT = 50


@dataclass(frozen=True)
class Decoded:
    """Text of a file, the name of its encoding for people, and the codec that reads it."""

    text: str
    label: str
    codec: str


def decode(data: bytes, *, name: str, encoding: str | None = None) -> Decoded:
    """
    Turn bytes into text, without loss.

    Parameters
    ----------
    data
        The whole file.
    name
        What to call the file in messages.
    encoding
        Encoding stated by the caller; None to detect UTF-8, UTF-16, UTF-32, GB18030 (GBK), Big5 or Windows-1252.

    Returns
    -------
    decoded
        Text without byte-order mark, and the encoding.

    Raises
    ------
    InputError
        If bytes do not fit the encoding (line and byte of each are named), or no encoding is likely.
    """
    if encoding is not None:
        return _stated(data, encoding, name=name)
    for mark, codec, label in _BOMS:
        if data.startswith(mark):
            return Decoded(_strictly(data[len(mark) :], codec, label=label, name=name), label, codec)
    wide = _utf16_without_mark(data)
    if wide is not None:
        return Decoded(_strictly(data, wide, label="UTF-16", name=name), "UTF-16", wide)
    try:
        return Decoded(data.decode("utf-8"), "UTF-8 (ASCII only)" if data.isascii() else "UTF-8", "utf-8")
    except UnicodeDecodeError:
        codec = likely_codec(data, name=name)
        return Decoded(_strictly(data, codec, label=_LABELS[codec], name=name), _LABELS[codec], codec)


def likely_codec(data: bytes, *, name: str) -> str:
    """
    Guess the codec of text that is not UTF-8.

    charset-normalizer weighs the candidates by how natural the text reads. A file with damaged bytes fits none of
    them; then the codec with the fewest places that do not fit is named, for the error to point at those places.
    """
    try:
        from charset_normalizer import from_bytes
    except ImportError as error:
        raise InputError(
            say(
                "{name} is not UTF-8, and telling other encodings apart needs charset-normalizer. Nothing was read. "
                "Install it with: pip install 'gridpart[files]', or state the encoding, such as encoding=\"gb18030\".",
                name=name,
            )
        ) from error
    best = from_bytes(data[:_SAMPLE_BYTES], cp_isolation=list(_LIKELY)).best()
    if best is not None:
        return best.encoding if best.encoding in _LIKELY else "gb18030"
    return min(_MULTIBYTE, key=lambda codec: data.decode(codec, errors="replace").count("\ufffd"))


def _stated(data: bytes, encoding: str, *, name: str) -> Decoded:
    try:
        codec = codecs.lookup(encoding).name
    except LookupError as error:
        raise InputError(
            say("unknown encoding {encoding!r}; common ones are utf-8, gb18030, big5, utf-16.", encoding=encoding)
        ) from error
    codec = _SUPERSETS.get(codec, codec)
    label = f"{encoding} (stated)"
    for mark, of_codec, _ in _BOMS:
        if data.startswith(mark) and codec.startswith(of_codec[:6]):
            return Decoded(_strictly(data[len(mark) :], of_codec, label=encoding, name=name), label, of_codec)
    return Decoded(_strictly(data, codec, label=encoding, name=name), label, codec)


def _utf16_without_mark(data: bytes) -> str | None:
    """Every second byte of mostly Latin text in UTF-16 is zero, and no other encoding has zero bytes."""
    head = data[:4096]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 4 < len(head) // 2 or min(even, odd) > max(even, odd) // 10:
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _strictly(data: bytes, codec: str, *, label: str, name: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        places = _bad_places(data, codec)
        is_cut = len(places) == _PLACES_SOUGHT
        count = say("{n} or more places are", n=len(places)) if is_cut else say("{n} places are", n=len(places))
        raise InputError(
            say(
                "{name}: {count} not valid {label}: {places}. Nothing was read. Correct these bytes, or state "
                "another encoding with encoding=…",
                name=name,
                count=count,
                label=label,
                places=Joined(places[:_PLACES_NAMED], clauses),
            )
        ) from error


def _bad_places(data: bytes, codec: str) -> list[Message]:
    """Line and byte within the line of the first sequences that do not fit, counted from 1."""
    places: list[Message] = []
    start = 0
    while start < len(data) and len(places) < _PLACES_SOUGHT:
        try:
            data[start:].decode(codec)
            break
        except UnicodeDecodeError as error:
            at, end = start + error.start, start + max(error.end, error.start + 1)
            line = data.count(b"\n", 0, at) + 1
            column = at - (data.rfind(b"\n", 0, at) + 1) + 1
            wrong = data[at:end].hex()
            places.append(say("line {line} byte {column} ({bytes})", line=line, column=column, bytes=wrong))
            start = end
    return places
