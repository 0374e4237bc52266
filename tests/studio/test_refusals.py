"""Every reason for a refusal is told in three languages, and each is one that the code gives."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
from random_edits import strip_grid

import gridpart.studio
from gridpart._typing import Language
from gridpart.studio import Session
from gridpart.studio.refusals import Refusal, reasons_in

LANGUAGES: tuple[Language, ...] = ("en", "zh-Hans", "zh-Hant")


def test_every_reason_is_given_somewhere_and_every_key_is_a_reason() -> None:
    text = "".join(path.read_text("utf-8") for path in Path(gridpart.studio.__file__).parent.glob("*.py"))
    given = set(re.findall(r'"([a-z_]+)"', text.replace(Path(gridpart.studio.__file__).name, "")))
    assert set(reasons_in("en")) <= given
    keys = set(re.findall(r'key="([a-z_]+)"', text)) | set(re.findall(r'refuse\((?:self\.)?_?state, "([a-z_]+)"', text))
    assert keys <= set(reasons_in("en"))


@pytest.mark.parametrize("lang", LANGUAGES[1:])
def test_reasons_in_chinese_name_the_same_things(lang: Language) -> None:
    def names(template: str) -> list[str]:
        return sorted(name for _, name, _, _ in string.Formatter().parse(template) if name)

    for key, english in reasons_in("en").items():
        chinese = reasons_in(lang)[key]
        assert chinese != english
        assert names(chinese) == names(english)


def test_a_refusal_tells_reason_and_place_in_the_language_asked_for() -> None:
    session = Session.of(strip_grid(), who="Li")
    with pytest.raises(Refusal, match="Cell A-west would fall into pieces") as refusal:
        session.assign(["U3"], "A-west")
    told = refusal.value.told("zh-Hans")
    assert "force=True" in refusal.value.reason
    assert "force" not in refusal.value.told("en")  # a planner at a map has no such option
    assert told.startswith("网格 A-west 将被分成几块，被隔开的是：U3。")
    assert told.endswith("位置约在（350.0，50.0）。未作任何更改。")
    with pytest.raises(Refusal, match="The plan is draft; it must be coordinated") as step:
        session.adopt(why="soon")
    assert step.value.told("zh-Hant").startswith("方案目前為「草案」；須先為「已協調」，才能轉為「已採用」。")
