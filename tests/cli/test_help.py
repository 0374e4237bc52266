"""Help of every command in the language that is asked for, whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import typer

from gridpart.cli.app import app
from gridpart.cli.help import commands_of
from gridpart.i18n import translator
from tests.cli.conftest import Outcome

Run = Callable[..., Outcome]


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant"])
def test_every_help_text_is_translated(lang: str) -> None:
    _ = translator(lang, "cli")
    texts = set()
    for command in commands_of(typer.main.get_command(app)):
        texts |= {command.help, *(getattr(option, "help", None) for option in command.params)}
    assert len(texts) > 50
    assert sorted(text for text in texts if text and _(text) == text) == []


def test_language_is_found_before_and_behind_the_command(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "绘制项目的地图集" in run("atlas", "--help", "--lang", "zh-Hans").out
    assert "繪製專案的地圖集" in run("--lang=zh-Hant", "atlas", "--help").out
    assert "Draw the atlases" in run("atlas", "--help").out
    monkeypatch.setenv("GRIDPART_LANG", "zh-Hant")
    assert "繪製專案的地圖集" in run("atlas", "--help").out
    assert "规则方案" in run("--lang", "zh-Hans", "profiles", "list").out


def test_chinese_help_is_folded_not_cut(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for words in ((), ("partition",), ("audit",)):
        shown = run(*words, "--help", "--lang", "zh-Hans").out
        assert "…" not in shown
    assert "数据日期" in "".join(letter for letter in shown if letter not in "│ \n")


def test_unknown_language_is_refused(run: Run) -> None:
    outcome = run("atlas", "--lang", "fr", "x.gpkg", "--out", "x")
    assert outcome.code == 2
    assert "fr" in outcome.err
