"""The page: static text escaped once, script and style named by their hash, data as JSON."""

from __future__ import annotations

import base64
import hashlib
import html
from functools import cache
from typing import TYPE_CHECKING

from gridpart.i18n import labelled, translator
from gridpart.viewer.payload import payload_of, to_script_json, writable
from gridpart.viewer.script import MAP_MODULES, asset, joined_script
from gridpart.viewer.styles import page_colours

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.viewer.document import MapDocument

_MODULES = (*MAP_MODULES, "tables", "filter", "main")
"""Parts of the script, each after those it imports."""


def page_of(document: MapDocument) -> str:
    """Return a document as one HTML file without any outside reference."""
    script, sheet = _script(), _style_sheet(document.lang)
    payload = to_script_json(payload_of(document, words=_words(document.lang)))
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(sheet)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{document.lang}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_text(document.title)}</title>",
            f"<style>{sheet}</style>",
            "</head>",
            "<body>",
            *_body(document),
            f'<script type="application/json" id="gridpart-data">{payload}</script>',
            f'<script type="module">{script}</script>',
            "</body>",
            "</html>",
            "",
        ]
    )


def fragment_of(document: MapDocument, *, height: int) -> str:
    """Return a page in a frame that may run its own script and nothing else."""
    return (
        f'<iframe srcdoc="{html.escape(page_of(document))}" sandbox="allow-scripts" '
        f'title="{_text(document.title)}" width="100%" height="{int(height)}" frameborder="0"></iframe>'
    )


def _body(document: MapDocument) -> list[str]:
    _ = translator(document.lang, "viewer")
    return [
        *_header(document),
        "<main>",
        *_map(document),
        *_aside(document),
        '<div class="tables"></div></main>',
        _footer(document),
        f"<noscript><p>{_text(_('The map needs JavaScript; nothing leaves this file.'))}</p></noscript>",
    ]


def _header(document: MapDocument) -> list[str]:
    _ = translator(document.lang, "viewer")
    links = "".join(f'<a href="{_text(link.href)}">{_text(link.title)}</a>' for link in document.links)
    return [
        f'<header><div><h1 data-element="title">{_text(document.title)}</h1>',
        f'<p class="subtitle">{_text(document.subtitle)}</p></div>',
        f'<nav aria-label="{_text(_("Pages"))}">{links}</nav></header>' if links else "</header>",
    ]


def _map(document: MapDocument) -> list[str]:
    _ = translator(document.lang, "viewer")
    hint = _("Arrow keys move, + and - zoom, 0 shows all, Enter tells what is in the middle.")
    return [
        f'<section class="map" data-element="labels" aria-label="{_text(_("Map"))}">',
        f'<canvas tabindex="0" role="application" aria-label="{_text(document.title)}" aria-describedby="hint">',
        '</canvas><div class="over" aria-hidden="true"><canvas></canvas></div><div class="tools" role="toolbar"></div>',
        '<div class="north" data-element="north-arrow"></div><div class="scale" data-element="scale-bar"></div>',
        f'<div class="card" role="status" hidden></div><p id="hint" hidden>{_text(hint)}</p></section>',
    ]


def _aside(document: MapDocument) -> list[str]:
    _ = translator(document.lang, "viewer")
    facts = "".join(f"<div><dt>{_text(fact.title)}</dt><dd>{_text(fact.value)}</dd></div>" for fact in document.facts)
    notes = "".join(f"<li>{_text(note)}</li>" for note in document.notes)
    return [
        '<aside><div class="search"></div>',
        f'<section class="legend" data-element="legend"><h2>{_text(_("Legend"))}</h2></section>',
        f'<section class="facts"><h2>{_text(_("Figures"))}</h2><dl>{facts}</dl></section>' if facts else "",
        f'<section class="notes"><h2>{_text(_("Notes"))}</h2><ul>{notes}</ul></section>' if notes else "",
        "</aside>",
    ]


def _footer(document: MapDocument) -> str:
    """Return the bottom line; every element is there even if it has nothing to say."""
    _ = translator(document.lang, "viewer")
    unknown = _("not stated")
    parts = [
        ("crs", _("Coordinates"), document.crs_label),
        ("version", _("Version"), document.version),
        ("date", _("Date"), document.date),
        ("source", _("Sources"), document.sources),
        ("digest", _("Certificate"), document.digest),
    ]
    spans = "".join(
        f'<span data-element="{name}"><b>{_text(title)}</b> {_text(value or unknown)}</span>'
        for name, title, value in parts
    )
    return f"<footer>{spans}</footer>"


def _text(value: str) -> str:
    """Escape text for HTML; the one place where data enters markup."""
    return html.escape(writable(value), quote=True)


def _words(lang: Language) -> dict[str, str]:
    _ = translator(lang, "viewer")
    return {
        "zoomIn": _("Zoom in"),
        "zoomOut": _("Zoom out"),
        "whole": _("Whole map"),
        "search": _("Search names and ids"),
        "nothing": _("Nothing found"),
        "close": _("Close"),
        "rows": _("rows"),
        "filterRows": _("Show rows that hold"),
        "notDrawn": _("without place on the map"),
        "more": _("more"),
        "all": _("all"),
        "colon": labelled("", "", lang),
        "north": _("True north, clockwise from up:"),
        "northLetter": _("N"),
    }


@cache
def _script() -> str:
    return joined_script("gridpart.viewer", _MODULES)


@cache
def _style_sheet(lang: Language) -> str:
    names = "".join(f"--{name}:{value};" for name, value in page_colours(lang).items())
    return f":root{{{names}}}\n{asset('gridpart.viewer', 'viewer.css')}"


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
