"""One county's settings, saved as a profile, divide and audit another county."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gridpart as gp
from gridpart.project import Project
from gridpart.project.sample import sample_project

if TYPE_CHECKING:
    from pathlib import Path


def test_R107_settings_saved_in_one_county_give_a_valid_partition_in_another(tmp_path: Path) -> None:
    first = sample_project(seed=0)
    own = gp.profiles.load("p4")
    first.profile = own.model_copy(update={"name": "ours", "title": "County model"})
    path = gp.profiles.save(first.profile, tmp_path / "ours.toml")

    second = sample_project(seed=7)
    rules = gp.profiles.load(path)
    assert rules == first.profile.model_copy(update={"extends": ()})
    other = Project("second", second.service_area, units=second.units, outlets=second.outlets, profile=rules)
    big = gp.partition.admin(other.units, by="unit_id")
    assert rules.partition.big == "admin"
    assert big.certify().valid
    other.partition(rule="nearest")
    assert all(grid.certify().valid for grid in other.grids.values())
    assert gp.certify(big.cells, other.service_area).valid
    other.save(tmp_path / "second.gpkg")
    assert gp.open_project(tmp_path / "second.gpkg").profile == rules
