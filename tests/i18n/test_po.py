"""The reader of message catalogues: what it understands and what it refuses."""

from __future__ import annotations

import pytest

from gridpart.i18n import PoSyntaxError, parse_po

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def test_entries_over_several_lines_and_with_escapes() -> None:
    text = HEADER + 'msgid ""\n"Two "\n"lines"\nmsgstr "两\\n行 \\"a\\" \\\\"\n'
    assert parse_po(text) == {"Two lines": '两\n行 "a" \\'}


@pytest.mark.parametrize("flag", ["#, fuzzy\n", "#, python-format, fuzzy\n"])
def test_fuzzy_and_empty_entries_are_not_translations(flag: str) -> None:
    text = f'{flag}msgid "a"\nmsgstr "甲"\n\nmsgid "b"\nmsgstr ""\n\nmsgid "c"\nmsgstr "丙"\n'
    assert parse_po(text) == {"c": "丙"}


def test_entries_without_a_blank_line_between_them() -> None:
    assert parse_po('msgid "a"\nmsgstr "甲"\n#, fuzzy\nmsgid "b"\nmsgstr "乙"\nmsgid "c"\nmsgstr "丙"') == {
        "a": "甲",
        "c": "丙",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('msgid "a"\nmsgstr "甲"\n\nmsgid "a"\nmsgstr "乙"\n', "line 4: 'a' is translated twice"),
        ('msgid "a"\nmsgid_plural "as"\n', "line 2: expected msgid or msgstr"),
        ('msgctxt "menu"\n', "line 1: expected msgid or msgstr"),
        ('msgid "a\n', "line 1: expected msgid or msgstr"),
        ('msgid "\\x41"\n', "line 1: expected msgid or msgstr"),
        ('msgid "a"\n\nmsgstr "甲"\n', "line 1: an entry needs both"),
        ("import os\n", "line 1: expected msgid or msgstr"),
    ],
)
def test_anything_else_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(PoSyntaxError, match=said):
        parse_po(text)
