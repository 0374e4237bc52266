"""Two hundred names that would do harm where they are not taken as text."""

# ruff: noqa: E501 - the lists read better in rows

from __future__ import annotations

_HTML = (
    "<img src=x onerror=alert({n})>", "<script>alert({n})</script>", "</script><script>alert({n})</script>", "<!--<script>",
    "<svg onload=alert({n})>", "<iframe srcdoc='<script>alert({n})</script>'>", "' onmouseover='alert({n})",
    '" onfocus="alert({n})" autofocus="', "&lt;b&gt;", "&amp;#60;script&gt;", "<a href=javascript:alert({n})>x</a>",
    "<style>*{{display:none}}</style>", "<base href=//x>", "<meta http-equiv=refresh content=0>", "]]><x>", "<?php {n} ?>",
    "<math><mtext></math>", "<b>{n}", "<![CDATA[{n}]]>", "</title><script>alert({n})</script>",
)  # fmt: skip
_CODE = (
    "`${{alert({n})}}`", "${{{n}}}", "{{{{{n}}}}}", "{{% raw %}}", "\\u003cscript\\u003e{n}", "\\x3c{n}", "');alert({n});//",
    '");alert({n});//', "\\", "\\\\{n}", "'{n}", "#{{{n}}}", "$(alert {n})", "; rm -rf {n}", "' OR 1=1 --{n}",
    'x"; drop table a{n}', "%s%n{n}", "{{0.__class__}}", "[link](javascript:{n})", "__proto__", "constructor", "NaN", "null",
)  # fmt: skip
_TYPST = (
    "#strong[{n}]", "$ x^2_{n} $", "*bold {n}*", "_it {n}_", "= heading {n}", "- list {n}", "@ref{n}", "<label{n}>", "#let x = {n}",
    '#eval("{n}")', '#read("/etc/passwd")', '#import "x.typ"', "// comment {n}", "/* {n} */", "`raw {n}`", "~{n}", "---{n}",
    "https://x.example/{n}", "#[{n}]", "\\#{n}", "$\\frac{{{n}$", "A$B$C{n}", "\\includegraphics{{{n}}}",
)  # fmt: skip
_SHEET = (
    "=1+{n}", '=HYPERLINK("http://x.example/{n}")', "+{n}", "-{n}+1", "@SUM(A1:A{n})", "＝1+{n}", "＋{n}", "－{n}", "＠{n}",
    "=cmd|' /C calc'!A{n}", "=DDE({n})", "\t={n}", "'={n}", '"={n}', "=IMPORTXML({n})", "{n}", "0{n}", "1E{n}", "2026-01-0{n}",
)  # fmt: skip
_SCRIPT = (
    "𠮷野家{n}", "㐂{n}", "龘龘{n}", "鎮區網點{n}", "ＡＢＣ{n}", "①{n}号", "ﬁ{n}", "İstanbul {n}", "É{n}", "ß{n}", "…{n}", "“{n}”", "「{n}」",
    "【{n}】", "〈{n}〉", "・{n}", "〇{n}", "㎡{n}", "Ω{n}", "жизнь {n}", "￥{n}", "°{n}′", "½{n}", "×{n}", "—{n}—",
)  # fmt: skip
_UNSEEN = (
    "\u202e倒行{n}", "a\u200bb{n}", "a\u200db{n}", "\ufeff{n}", "line\nbreak {n}", "line\r\nbreak {n}", "\u2028{n}", "\u2066x\u2069{n}",
    "soft\u00adhyphen{n}", "two  spaces {n}", " edge {n} ", "tab\t{n}", "\u00a0{n}", "\u3000{n}", "\u061c{n}", "〈U+202E〉{n}",
    "a\u0301{n}", "x\ufe0f{n}", "\u2060{n}", "\U000e0041{n}",
)  # fmt: skip
_LONG = ("长" * 10_000, "W" * 10_000, "a b " * 2_500, "<" * 5_000, "𠮷" * 2_000, "0123456789" * 300)


def hostile_names() -> list[str]:
    """Return at least two hundred names, no two alike."""
    parts = [_HTML, _CODE, _TYPST, _SHEET, _SCRIPT, _UNSEEN]
    names = [text.format(n=n) for group in parts for n, text in enumerate(group)]
    names += [text.format(n=100 + n) for group in parts for n, text in enumerate(group) if "{n}" in text]
    names += _LONG
    return list(dict.fromkeys(names))
