"""``gridpart profiles``: for people in three languages, for programs as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gridpart.profiles import Profile, available, load

Run = Callable[..., Any]


def test_list_names_every_profile(run: Run, tmp_path: Path) -> None:
    assert list(json.loads(run("profiles", "list", "--json").out)) == list(available())
    (tmp_path / "county.toml").write_text('extends = "p2"\ntitle = "County"', encoding="utf-8")
    outcome = run("profiles", "list", "--folder", tmp_path)
    assert outcome.code == 0
    assert "County" in outcome.out
    assert "p2, default" in outcome.out


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["Plan 2", "Start-up", "pilot units", "assumed"]),
        ("zh-Hans", ["方案二", "启动", "试点单元", "假定"]),
        ("zh-Hant", ["方案二", "啟動", "試點單元", "假定"]),
    ],
)
def test_show_prints_rules_phases_and_targets(run: Run, lang: str, words: list[str]) -> None:
    outcome = run("profiles", "show", "p2", "--lang", lang)
    assert outcome.code == 0
    assert [word for word in words if word not in outcome.out] == []


def test_show_as_json_is_the_whole_profile(run: Run) -> None:
    assert Profile.model_validate_json(run("profiles", "show", "p4", "--json").out) == load("p4")


def test_a_file_is_shown_by_its_path_and_an_unknown_name_leaves_with_two(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "county.toml"
    path.write_text('extends = "p2"\ntitle = "[red]County[/red]"', encoding="utf-8")
    assert "[red]County[/red]" in run("profiles", "show", path).out
    outcome = run("profiles", "show", "p99")
    assert outcome.code == 2
    assert "unknown profile 'p99'" in outcome.err
