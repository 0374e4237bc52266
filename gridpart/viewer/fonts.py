"""
The fonts of what is printed: found before anything is written, and known character by character.

A page with a missing character shows an empty box, which nobody notices until it is printed. So the font is
looked for in places that are known, and every character of every page is looked up in it before a page is set.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from gridpart._typing import Language
from gridpart.errors import RenderError
from gridpart.i18n import Joined, messages

say = messages("viewer")

FONT_VARIABLE = "GRIDPART_FONT"
"""Environment variable with the path of a font file."""

_EXTRA = {
    "zh-Hans": (("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"), ("pylopdf_fonts_zh_tw", "NotoSansTC-Regular.otf")),
    "zh-Hant": (("pylopdf_fonts_zh_tw", "NotoSansTC-Regular.otf"), ("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf")),
}
"""Font files of the packages that the extra ``[fonts]`` brings."""

_FILES = (
    "NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "NotoSansCJKtc-Regular.otf", "NotoSansSC-Regular.otf",
    "NotoSansSC-Regular.ttf", "NotoSansTC-Regular.otf", "NotoSansTC-Regular.ttf", "SourceHanSans.ttc",
    "SourceHanSansSC-Regular.otf", "SourceHanSansCN-Regular.otf", "SourceHanSansTC-Regular.otf", "msyh.ttc", "msjh.ttc",
    "Deng.ttf", "simhei.ttf", "simsun.ttc", "Hiragino Sans GB.ttc", "STHeiti Light.ttc", "wqy-microhei.ttc",
    "wqy-zenhei.ttc", "Arial Unicode.ttf", "DroidSansFallbackFull.ttf",
)  # fmt: skip
"""Fonts with Chinese characters that Linux, Windows and macOS bring, the best first."""

_BOLD = {
    "NotoSansCJK-Regular.ttc": "NotoSansCJK-Bold.ttc",
    "msyh.ttc": "msyhbd.ttc",
    "msjh.ttc": "msjhbd.ttc",
    "Deng.ttf": "Dengb.ttf",
}
"""Bold cuts that lie beside the plain ones."""

_ENDINGS = {"zh-Hans": (" SC", " CN", " GB"), "zh-Hant": (" TC", " TW", " HK")}
"""How the faces of a collection are called that have the forms of a script."""

_NAMED = 5
"""Missing characters that an error names."""

_TEST = "网格網銀"
"""A font without these is no Chinese font."""


@dataclass(frozen=True)
class Font:
    """
    A font file and the face in it that is used.

    Attributes
    ----------
    path
        The file.
    face
        Number of the face in a collection.
    family
        Name by which Typst calls the face.
    """

    path: Path
    face: int
    family: str

    @cached_property
    def _tables(self) -> Any:  # noqa: ANN401 - fontTools has no types
        return _faces(self.path)[self.face]

    @cached_property
    def glyph_of(self) -> dict[int, str]:
        """Glyph of each code point."""
        return dict(self._tables.getBestCmap() or {})

    @cached_property
    def _advances(self) -> dict[str, tuple[int, int]]:
        return dict(self._tables["hmtx"].metrics)

    @cached_property
    def _units(self) -> float:
        return float(self._tables["head"].unitsPerEm)

    def width(self, text: str) -> float:
        """Return the width of a text in em, unkerned."""
        glyphs, advances = self.glyph_of, self._advances
        return (
            sum(advances[glyphs[ord(char)]][0] if ord(char) in glyphs else self._units for char in text) / self._units
        )


@dataclass(frozen=True)
class FontSet:
    """
    Fonts of a book, asked in turn for a character.

    Attributes
    ----------
    fonts
        At least one; the first has the Chinese characters unless the user chose otherwise.
    """

    fonts: tuple[Font, ...]

    @property
    def families(self) -> list[str]:
        """Names for Typst, in order, each once."""
        return list(dict.fromkeys(font.family for font in self.fonts))

    @property
    def files(self) -> list[Path]:
        """Files to hand to Typst: the fonts and their bold cuts."""
        bold = (font.path.with_name(_BOLD[font.path.name]) for font in self.fonts if font.path.name in _BOLD)
        return list(dict.fromkeys([*(font.path for font in self.fonts), *(path for path in bold if path.is_file())]))

    @cached_property
    def code_points(self) -> frozenset[int]:
        """Characters that can be set."""
        return frozenset().union(*(font.glyph_of for font in self.fonts))

    def lacking(self, text: str) -> str:
        """Name the first characters of a text that no font has; empty if it can be set."""
        missing = [char for char in dict.fromkeys(text) if ord(char) not in self.code_points]
        return ", ".join(f"U+{ord(char):04X} ({unicodedata.name(char, 'no name')})" for char in missing[:_NAMED])

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """Lay the files into a folder of their own, so that Typst sees no others, while a document is set."""
        with tempfile.TemporaryDirectory(prefix="gridpart-fonts-") as name:
            for file in self.files:
                shutil.copyfile(file, Path(name) / file.name)
            yield Path(name)

    @cached_property
    def _bold(self) -> tuple[Font, ...]:
        cuts = ((font, font.path.with_name(_BOLD.get(font.path.name, font.path.name))) for font in self.fonts)
        return tuple(replace(font, path=path) if path.is_file() else font for font, path in cuts)

    @cached_property
    def _widths(self) -> dict[tuple[str, bool], float]:
        return {}

    def width(self, text: str, *, bold: bool = False) -> float:
        """Return the width of a text in em."""
        return sum(self._char_width(char, bold=bold) for char in text)

    def _char_width(self, char: str, *, bold: bool) -> float:
        known = self._widths
        if (char, bold) not in known:
            fonts = self._bold if bold else self.fonts
            known[char, bold] = next((font for font in fonts if ord(char) in font.glyph_of), fonts[0]).width(char)
        return known[char, bold]


def find_fonts(chosen: str | Path | Sequence[str | Path] | None, *, lang: Language) -> FontSet:
    """
    Find the fonts to print with.

    Parameters
    ----------
    chosen
        Font files to use, the first first; None looks at the environment variable `FONT_VARIABLE`, then at the packages
        of the extra ``[fonts]``, then among the fonts of the system.
    lang
        Decides between the forms of a character in simplified and traditional script.

    Raises
    ------
    RenderError
        If a chosen file is no font, or no Chinese font is found.
    """
    named = [chosen] if isinstance(chosen, str | Path) else list(chosen or ())
    if not named and os.environ.get(FONT_VARIABLE):
        named = [os.environ[FONT_VARIABLE]]
    if named:
        return FontSet(tuple(_font(Path(path), lang) for path in named))
    brought = tuple(_font(path, lang) for path in _of_extra(lang))
    if brought:
        return FontSet(brought)  # each has the characters of one script; names come in both
    for path in _of_system():
        font = _font(path, lang)
        if all(ord(char) in font.glyph_of for char in _TEST):
            return FontSet((font,))
    looked = Joined(map(str, _folders())) or say("no folder")
    raise RenderError(
        say(
            "no font with Chinese characters was found, and printing needs one. Looked at the environment variable "
            "{variable}, the extra [fonts], and {looked}. Nothing was written. Get one with `pip install "
            "gridpart[fonts]`, with your system (Debian: fonts-noto-cjk), or name a file: "
            "{variable}=NotoSansCJK-Regular.ttc, build_atlas(…, font='NotoSansCJK-Regular.ttc'). An atlas without "
            "paper: formats=('html', 'gpkg').",
            variable=FONT_VARIABLE,
            looked=looked,
        )
    )


def _of_extra(lang: Language) -> Iterator[Path]:
    for package, name in _EXTRA.get(lang, _EXTRA["zh-Hans"]):
        found = importlib.util.find_spec(package)
        for folder in (found.submodule_search_locations or ()) if found else ():
            if (Path(folder) / name).is_file():
                yield Path(folder) / name


def _of_system() -> Iterator[Path]:
    """Yield Chinese fonts of the system, the best first, those of one name in order of their folders."""
    there: dict[str, list[Path]] = {}
    for folder in _folders():
        for path in sorted(folder.rglob("*")):
            if path.name in _FILES:
                there.setdefault(path.name, []).append(path)
    for name in _FILES:
        yield from there.get(name, ())


def _folders() -> list[Path]:
    """Return the folders where the system keeps fonts, those that exist."""
    home = Path.home()
    if sys.platform == "win32":
        windows = Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts"
        local = Path(os.environ.get("LOCALAPPDATA", str(home))) / "Microsoft" / "Windows" / "Fonts"
        places = [windows, local]
    elif sys.platform == "darwin":
        places = [home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    else:
        data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
        places = [data / "fonts", home / ".fonts", Path("/usr/local/share/fonts"), Path("/usr/share/fonts")]
    return [place for place in places if place.is_dir()]


def _faces(path: Path) -> list[Any]:
    from fontTools.ttLib import TTCollection, TTFont, TTLibError

    try:
        if path.suffix.lower() in {".ttc", ".otc"}:
            return list(TTCollection(path, lazy=True).fonts)
        return [TTFont(path, lazy=True)]
    except (OSError, TTLibError) as error:
        raise RenderError(
            say(
                "{path} cannot be read as a font ({error}). Nothing was written. Name a file that ends in .otf, "
                ".ttf or .ttc, or leave `font` out to search.",
                path=path,
                error=error,
            )
        ) from error


def _font(path: Path, lang: Language) -> Font:
    """Read a file; of a collection take the face with the forms of the language, not one with fixed widths."""
    names = [str(face["name"].getBestFamilyName()) for face in _faces(path)]
    endings = _ENDINGS.get(lang, _ENDINGS["zh-Hans"])
    fitting = [at for at, name in enumerate(names) if name.endswith(endings) and "Mono" not in name]
    face = next(iter(fitting), 0)
    return Font(path=path, face=face, family=names[face])
