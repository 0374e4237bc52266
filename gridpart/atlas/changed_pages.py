"""Only the pages of the printed atlas that a newer version of the plan changes, to put into the binder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.atlas._index import index_document
from gridpart.atlas._pdf.book import Printed
from gridpart.atlas._pdf.pages import Book, Page
from gridpart.atlas._pdf.setting import compiled, require_printer
from gridpart.atlas.naming import Naming
from gridpart.atlas.register import register_of
from gridpart.atlas.scope import Scope, scope_of
from gridpart.atlas.themes import sheets_of
from gridpart.atlas.words import Words
from gridpart.i18n import require_language
from gridpart.steps import step, task
from gridpart.tables import replacing
from gridpart.viewer.fonts import FontSet, find_fonts

if TYPE_CHECKING:
    from gridpart.project import Project

_PASSING = ("foot", "subtitle", "links", "neighbours", "id")
"""What differs on every page of a new version: date, version, certificate, page numbers."""


@dataclass(frozen=True)
class ChangedPages:
    """
    Pages of a newer atlas that differ from those of an older one.

    Attributes
    ----------
    path
        File with the changed pages, or None if there are none.
    changed
        Titles of the pages that say or show something else.
    new
        Titles of the pages that the older atlas did not have.
    gone
        Titles of the pages that the newer atlas has no more.
    """

    path: Path | None
    changed: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]


@checked
@task("changed_pages", steps=("plan_now", "plan_before", "comparing_pages", "typesetting"))
def changed_pages(
    project: Project,
    older: Project,
    path: str | Path,
    *,
    scope: Scope | Mapping[str, str] | None = None,
    lang: Language = "zh-Hans",
    as_of: str | date | None = None,
    font: str | Path | Sequence[str | Path] | None = None,
) -> ChangedPages:
    """
    Print the pages of an atlas that are new or changed since an older version of the plan.

    A page is changed if its map, legend, figures or tables are; a new date, version or page number alone is no change.
    The first page lists what was changed, what is new and what to take out.

    Parameters
    ----------
    project, older
        The plan now and before.
    path
        File to make or replace; not written if nothing changed.
    scope, lang, as_of, font
        As in `build_atlas`, for both plans; `as_of` is the day of the newer one.

    Returns
    -------
    pages
        Titles of changed, new and gone pages.
    """
    require_printer()
    words, fonts = Words(require_language(lang)), find_fonts(font, lang=lang)
    step("plan_now")
    now = _book(project, scope=scope, words=words, fonts=fonts, as_of=as_of)
    step("plan_before")
    before = _book(older, scope=scope, words=words, fonts=fonts, as_of=None)
    step("comparing_pages")
    old = {page["name"]: _content(page, before.book) for page in before.book.pages}
    chosen = [page for page in now.book.pages if old.get(page["name"]) != _content(page, now.book)]
    changed = tuple(str(page["name"]) for page in chosen if page["name"] in old)
    new = tuple(str(page["name"]) for page in chosen if page["name"] not in old)
    gone = tuple(str(name) for name in old if name not in {page["name"] for page in now.book.pages})
    if not chosen and not gone:
        return ChangedPages(None, (), (), ())
    target = Path(path)
    now.book.pages = [_list_page(now, chosen, gone), *chosen]
    step("typesetting")
    content = compiled(now.book, title=now.overview.title, date=now.overview.date)
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as temporary:
        temporary.write_bytes(content)
    return ChangedPages(target, changed, new, gone)


def _book(
    project: Project, *, scope: Scope | Mapping[str, str] | None, words: Words, fonts: FontSet, as_of: str | date | None
) -> Printed:
    register = register_of(project, scope_of(scope, project), as_of=as_of)
    naming = Naming(register, words)
    models = sheets_of(naming)
    return Printed(index_document(naming, project, models=models, has_audit=False), models, words, fonts)


def _content(page: Page, book: Book) -> str:
    """Return what a page says and shows, without what passes."""
    kept = {key: value for key, value in page.items() if key not in _PASSING}
    pictures = []
    if page["kind"] == "map":
        pictures.append(book.files[page["map"]["file"]])
        labels = [{**label, "to": ""} for label in page["map"]["labels"]]
        kept["map"] = {**page["map"], "file": "", "labels": labels}
    for group in kept.get("legend", ()):
        pictures += [book.files[entry["swatch"]] for entry in group["entries"]]
    if "legend" in kept:
        kept["legend"] = [
            [group["title"], [[entry["title"], entry["count"]] for entry in group["entries"]]]
            for group in kept["legend"]
        ]
    if page["kind"] == "tables":
        digest = book.words.translate("Grids and their certificates")
        kept["tables"] = [table for table in page["tables"] if table["title"] != digest]
    if page["kind"] == "contents":
        kept["entries"] = [entry["title"] for entry in page["entries"]]
    return json.dumps([kept, pictures], ensure_ascii=False, sort_keys=True)


def _list_page(atlas: Printed, chosen: Sequence[Page], gone: Sequence[str]) -> Page:
    _ = atlas.words.translate
    book = atlas.book
    entries = [{"title": book.cut(page["name"], 200.0, 7.5), "pages": [page["id"]]} for page in chosen]
    entries += [
        {"title": book.cut(_("to take out: {page}").format(page=name), 200.0, 7.5), "pages": []} for name in gone
    ]
    title = _("Changed pages")
    return {
        "kind": "contents", "id": "changed", "name": title, "level": 1, "title": title, "title-size": 15.0,
        "subtitle": book.cut(atlas.overview.subtitle, 560.0, 8.0), "entries": entries,
        "foot": book.foot(atlas.overview),
    }  # fmt: skip
