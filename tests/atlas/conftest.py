"""The sample county and its atlas, made once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

import gridpart as gp
from gridpart.atlas import AtlasSet, build_atlas
from gridpart.project import Project


@dataclass(frozen=True)
class Made:
    """A project and the atlas made of it."""

    project: Project
    atlas: AtlasSet


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    project = gp.sample_project()
    return Made(project, build_atlas(project, tmp_path_factory.mktemp("atlas"), lang="zh-Hans"))
