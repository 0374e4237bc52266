"""A profile saved as a file of its own is the same profile, and serves another county."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gridpart import profiles
from gridpart.errors import ProfileError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", profiles.available())
def test_a_saved_profile_loads_as_an_equal_one_without_its_parents(tmp_path: Path, name: str) -> None:
    profile = profiles.load(name)
    path = profiles.save(profile, tmp_path / f"{name}.toml")
    assert "extends" not in path.read_text(encoding="utf-8").split("\n[", 1)[0]
    saved = profiles.load(path)
    assert saved == profile.model_copy(update={"extends": ()})


def test_saving_twice_writes_the_same_bytes_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    first = profiles.save(profiles.load("p2"), path).read_bytes()
    assert profiles.save(profiles.load(path), path).read_bytes() == first
    assert [entry.name for entry in tmp_path.iterdir()] == ["own.toml"]


@pytest.mark.parametrize("name", ["own.json", "nowhere/own.toml"])
def test_a_profile_is_saved_as_toml_in_a_folder_that_exists(tmp_path: Path, name: str) -> None:
    with pytest.raises(ProfileError, match=r"a profile is saved as <name>\.toml in a folder that exists"):
        profiles.save(profiles.load("p2"), tmp_path / name)
