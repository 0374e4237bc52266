"""Four tiny counties, saved once; tests that change them copy them first."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from county_runs import save_counties


@pytest.fixture(scope="session")
def saved_counties(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of 000.gpkg to 003.gpkg; not to be changed."""
    return save_counties(tmp_path_factory.mktemp("saved"), 4)


@pytest.fixture
def counties(saved_counties: Path, tmp_path: Path) -> Path:
    """A copy of the four counties that a test may change."""
    return Path(shutil.copytree(saved_counties, tmp_path / "counties", ignore=shutil.ignore_patterns("*.lock")))
