"""What `gridpart profiles show` prints: everything, in three languages, with assumed numbers marked."""

from __future__ import annotations

import pytest

from gridpart import profiles
from gridpart.i18n import translator
from gridpart.profiles.describe import describe, shown_texts


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant"])
@pytest.mark.parametrize("name", profiles.available())
def test_every_text_of_a_packaged_profile_is_translated(name: str, lang: str) -> None:
    _ = translator(lang, "profiles")
    profile = profiles.load(name)
    assert [text for text in shown_texts(profile) if _(text) == text] == []
    cells = [cell for section in describe(profile, lang=lang) for row in section.rows for cell in row]  # type: ignore[arg-type]
    assert "assumed" not in " ".join(cells)


@pytest.mark.parametrize("name", profiles.available())
def test_what_no_plan_gives_is_marked_assumed(name: str) -> None:
    profile = profiles.load(name)
    sections = {section.title: section for section in describe(profile)}
    marked = {row[0] for row in sections["Limits"].rows if row[2].startswith("assumed")}
    assert marked == set(profile.assumed())
    assert all("(assumed)" in row[0] for row in sections["Scorecards"].rows)
    for section in sections.values():
        assert all(len(row) == len(section.columns) for row in section.rows)


def test_targets_without_a_figure_say_so() -> None:
    targets = next(section for section in describe(profiles.load("p1")) if section.title == "Targets")
    values = [row[2] for row in targets.rows]
    assert values.count("not set") == 6
    assert "1,300 customers" in values


def test_the_notebook_shows_the_same_tables_with_text_escaped() -> None:
    profile = profiles.load("p2").model_copy(update={"title": "<script>alert(1)</script>"})
    page = profile._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert page.count("<table>") == len(describe(profile))


def test_the_notebook_speaks_chinese_as_that_of_a_project_does() -> None:
    page = profiles.load("default").to_html()
    assert "默认" in page
    assert profiles.load("default").to_html(lang="en").startswith("<h3>Default")
    assert profiles.load("default")._repr_html_() == page
