"""The page of the rules shows what the library computes, in pictures of few bytes."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

import gridpart as gp

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "rules.md"


@pytest.fixture(scope="module")
def gallery() -> ModuleType:
    spec = importlib.util.spec_from_file_location("rules_gallery", REPOSITORY / "tools" / "rules_gallery.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_what_the_rules_make_of_the_sample_county(gallery: ModuleType) -> None:
    project = gp.sample_project()
    table = gallery.markdown(gallery.scenario_table(project, gallery.grids(project)))
    assert table in PAGE.read_text(encoding="utf-8")


def test_every_picture_is_there_and_small() -> None:
    named = re.findall(r"\((images/[\w-]+\.png)\)", PAGE.read_text(encoding="utf-8"))
    assert len(named) == 11
    for name in named:
        assert (PAGE.parent / name).stat().st_size < 200_000
