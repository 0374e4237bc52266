"""A report as one HTML page: every text escaped, a style named by its hash, no script at all."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridpart.i18n import translator
from gridpart.report.document import Section, shown, worded
from gridpart.viewer.styles import page_colours

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.report.document import Document

_STYLE = """
:root{color-scheme:light}
body{margin:0;background:%(ground)s;color:%(ink)s;font:15px/1.5 %(font)s}
main{max-width:72rem;margin:1.5rem auto;padding:2rem 2.5rem;background:%(paper)s;box-shadow:0 1px 6px rgba(0,0,0,.12)}
h1{font-size:1.7rem;margin:0}
h2{font-size:1.15rem;margin:2rem 0 .5rem;border-bottom:1px solid %(rule)s;padding-bottom:.25rem}
.subtitle,.note,.more{color:%(muted)s}.subtitle{margin:.25rem 0 0}.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%%;font-size:.9rem;font-variant-numeric:tabular-nums}
th{text-align:left;border-bottom:2px solid %(ink)s;padding:.3rem .6rem;vertical-align:bottom}
td{border-bottom:1px solid %(rule)s;padding:.25rem .6rem;vertical-align:top}
td:first-child,.n{white-space:nowrap}.n{text-align:right}tbody tr:hover{background:%(hover)s}
.met::before{content:"\\2713 ";color:%(accent)s}.failed::before{content:"\\2717 ";color:#d5400f}
.failed{font-weight:600}svg{max-width:100%%;height:auto}ul{margin:.5rem 0;padding-left:1.2rem}
@media print{@page{size:A4 landscape;margin:10mm}body{background:#fff;font-size:11px}tr,svg{break-inside:avoid}
main{box-shadow:none;margin:0;padding:0;max-width:none}h2{break-after:avoid}.scroll{overflow:visible}
table{font-size:10px}th,td{padding:.15rem .4rem}svg{max-height:60mm}}
"""


def page_of(document: Document) -> str:
    """Return a report as one HTML file without any outside reference."""
    sheet = _STYLE.strip() % page_colours(document.lang)
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = [
        "<!DOCTYPE html>",
        f'<html lang="{document.lang}"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(document.title)}</title><style>{sheet}</style></head><body><main>",
    ]
    return "\n".join([*head, *_body(document), "</main></body></html>", ""])


def fragment_of(document: Document) -> str:
    """Return a report in a frame that runs nothing, for notebooks."""
    return (
        f'<iframe srcdoc="{escape(page_of(document))}" sandbox title="{escape(document.title)}" '
        'width="100%" height="640" frameborder="0"></iframe>'
    )


def _body(document: Document) -> Iterator[str]:
    yield f'<h1>{escape(document.title)}</h1><p class="subtitle">{escape(document.subtitle)}</p>'
    for section in document.sections:
        yield f"<section><h2>{escape(section.title)}</h2>"
        yield from (f"<p>{escape(text)}</p>" for text in section.text)
        if section.chart:
            yield section.chart
        if section.table is not None:
            yield from _table(section, document.lang)
        yield "</section>"
    if document.notes:
        yield '<ul class="note">' + "".join(f"<li>{escape(note)}</li>" for note in document.notes) + "</ul>"


def _table(section: Section, lang: Language) -> Iterator[str]:
    _ = translator(lang, "report")
    whole = section.table if section.table is not None else pd.DataFrame()
    part = whole[list(section.columns)] if section.columns else whole
    table = worded(replace(section, table=part))
    if table.empty:
        yield f'<p class="note">{escape(_("Nothing to list."))}</p>'
        return
    numeric = [isinstance(kind, np.dtype) and np.issubdtype(kind, np.number) for kind in table.dtypes]
    looks = [' class="n"' if is_number else "" for is_number in numeric]
    looks_of = [{"one_decimal": name in section.percent, "is_money": str(name).endswith("_yuan")} for name in part]
    heads = "".join(f"<th{look}>{escape(str(name))}</th>" for look, name in zip(looks, table.columns, strict=True))
    yield f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>'
    for number, row in enumerate(table.head(section.limit).astype(object).itertuples(index=False)):
        own = [f' class="{escape(section.marks[number])}"', *looks[1:]] if section.marks else looks
        cells = zip(own, (shown(value, **look) for value, look in zip(row, looks_of, strict=True)), strict=True)
        yield f"<tr>{''.join(f'<td{look}>{escape(text)}</td>' for look, text in cells)}</tr>"
    yield "</tbody></table></div>"
    if len(table) > section.limit:
        text = _("{shown:,} of {n:,} rows are shown; the workbook has all.").format(shown=section.limit, n=len(table))
        yield f'<p class="more">{escape(text)}</p>'
