"""Handing a book to Typst: as data, with every character looked up before."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from importlib.resources import files

from gridpart._typing import Language
from gridpart.atlas._pdf.pages import PAGE_PT, Book, Page
from gridpart.atlas._pdf.text import breakable, mapped, require_glyphs, visible
from gridpart.atlas.words import Words
from gridpart.errors import RenderError
from gridpart.i18n import Joined, messages, translator
from gridpart.steps import task
from gridpart.viewer.styles import page_colours

say = messages("atlas")

_TEXT_LANGUAGE = {"en": ("en", "gb"), "zh-Hans": ("zh", "cn"), "zh-Hant": ("zh", "tw")}


def require_printer() -> None:
    """
    Raise unless the packages of the extra ``[pdf]`` are there.

    Raises
    ------
    RenderError
        If one is missing.
    """
    missing = [name for name in ("typst", "fontTools") if importlib.util.find_spec(name) is None]
    if missing:
        raise RenderError(
            say(
                "the printed atlas needs {packages}, which this Python has not. Nothing was written. Install the "
                "extra with `pip install gridpart[pdf]`, or leave the printed form out: formats=('html', 'gpkg').",
                packages=Joined(missing, _both),
            )
        )


def _both(texts: Iterable[str], lang: Language) -> str:
    return translator(lang, "atlas")(" and ").join(texts)


@task("typesetting")
def compiled(book: Book, *, title: str, date: str, tags: bool = False) -> bytes:
    """
    Set a book.

    Parameters
    ----------
    book
        Pages and pictures.
    title
        Title of the file.
    date
        ISO day of the atlas, which is also the day of the file: the same book gives the same bytes.
    tags
        Whether the file says what is a table, a row, a cell. It would double the size of a large atlas.

    Raises
    ------
    RenderError
        If a character has no glyph, or Typst refuses the book.
    """
    import typst

    compile_pages: Callable[..., bytes] = typst.compile  # its types do not know that sources may be given by name

    pages = [_with_known_links(page, frozenset(page["id"] for page in book.pages)) for page in book.pages]
    pages = mapped(pages, visible)
    words = _template_words(book.words)
    require_glyphs([{"name": visible(title)}, *pages, words], book.fonts)
    content = {
        "title": visible(title),
        "date": date,
        "lang": _TEXT_LANGUAGE[book.words.lang],
        "fonts": book.fonts.families,
        "page": {"width": PAGE_PT[0], "height": PAGE_PT[1]},
        "colours": {name: value for name, value in page_colours(book.words.lang).items() if value.startswith("#")},
        "words": words,
        "pages": [_with_breaks(page) for page in pages],
    }
    template = files("gridpart.atlas").joinpath("_pdf", "atlas.typ").read_text(encoding="utf-8")
    sources = {"main": template, "book.json": json.dumps(content, ensure_ascii=False), **book.files}
    with book.fonts.folder() as folder:
        try:
            made = compile_pages(
                {name: text.encode("utf-8") for name, text in sources.items()},
                font_paths=[folder],
                ignore_system_fonts=True,
                pdf_tags=tags,
                timestamp=datetime.fromisoformat(date).replace(tzinfo=UTC),
            )
        except typst.TypstError as error:
            raise RenderError(
                say("the printed atlas could not be set: {error}. Nothing was written.", error=error)
            ) from error
    return made


def _template_words(words: Words) -> dict[str, str]:
    _ = words.translate
    return {
        "legend": _("Legend"),
        "figures": _("Figures"),
        "notes": _("Notes"),
        "sheets": _("Contents"),
        "neighbours": _("Neighbours:"),
        "north": _("N"),
    }


def _with_known_links(page: Page, known: frozenset[str]) -> Page:
    """Let nothing lead to a page that is not in the book."""
    changed = {**page}
    if page["kind"] == "map":
        labels = [label if label["to"] in known else {**label, "to": ""} for label in page["map"]["labels"]]
        changed["map"] = {**page["map"], "labels": labels}
        changed["links"] = [link for link in page["links"] if link["to"] in known]
        changed["neighbours"] = [entry if entry["to"] in known else {**entry, "to": ""} for entry in page["neighbours"]]
    if page["kind"] == "cover":
        changed["contents"] = [entry for entry in page["contents"] if entry["to"] in known]
        changed["picture"] = page["picture"] if "index" in known else ""
    if page["kind"] == "contents":
        changed["entries"] = [
            {**entry, "pages": [name for name in entry["pages"] if name in known]} for entry in page["entries"]
        ]
    return changed


def _with_breaks(page: Page) -> Page:
    """Cut overlong words where a page sets running text or tables."""
    changed: Page = {**page}
    for key in ("notes", "facts", "foot"):
        if key in page:
            changed[key] = mapped(page[key], breakable)
    if page["kind"] == "cover":
        changed |= {key: breakable(page[key]) for key in ("title", "subtitle")}
    if page["kind"] == "tables":
        changed["tables"] = [mapped(table, breakable) for table in page["tables"]]
        changed["legend"] = [
            {**group, "title": breakable(group["title"]),
             "entries": [{**entry, "title": breakable(entry["title"])} for entry in group["entries"]]}
            for group in page["legend"]
        ]  # fmt: skip
    return changed
