"""Marks between texts in each language."""

from __future__ import annotations

import pytest

from gridpart.errors import InputError
from gridpart.i18n import aside, clauses, labelled, listed, sentences


def test_marks_of_english() -> None:
    assert listed(["a", "b"], "en") == "a, b"
    assert clauses(["a, b", "c"], "en") == "a, b; c"
    assert aside("a", "b", "en") == "a (b)"
    assert labelled("a", "b", "en") == "a: b"
    assert sentences(["A.", "B."], "en") == "A. B."


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant"])
def test_marks_of_chinese(lang: str) -> None:
    assert listed(["甲", "乙"], lang) == "甲、乙"  # type: ignore[arg-type]
    assert clauses(["甲、乙", "丙"], lang) == "甲、乙；丙"  # type: ignore[arg-type]
    assert aside("甲", "乙", lang) == "甲（乙）"  # type: ignore[arg-type]
    assert labelled("甲", "乙", lang) == "甲：乙"  # type: ignore[arg-type]
    assert sentences(["甲。", "乙。"], lang) == "甲。乙。"  # type: ignore[arg-type]


def test_unknown_language_is_refused() -> None:
    with pytest.raises(InputError, match="unknown language 'fr'"):
        listed(["a"], "fr")  # type: ignore[arg-type]
