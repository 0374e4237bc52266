"""A project makes the grids of all its banks by every rule."""

from __future__ import annotations

from typing import Any

import pytest

import gridpart as gp


@pytest.fixture(scope="module")
def county() -> gp.Project:
    project = gp.sample_project()
    project.outlets = project.outlets[project.outlets["bank_id"].isin(["YLSB", "CLVB"])]
    project.grids.clear()
    return project


@pytest.mark.parametrize(
    ("rule", "options"),
    [
        ("nearest", {}),
        ("admin", {}),
        ("aggregate", {"shared_units": "merge"}),
        ("balanced", {}),
        ("balanced", {"demand": "area", "units": None}),
        ("travel_time", {}),
        ("travel_time", {"polygons": "blocks"}),
        ("wellfield", {"cell_size": 4000.0}),
        ("wellfield", {"arrangement": "equal_demand"}),
    ],
)
def test_every_rule_makes_a_certified_grid_for_every_bank(
    county: gp.Project, rule: str, options: dict[str, Any]
) -> None:
    county.partition(rule=rule, **options)
    assert sorted(county.grids) == ["CLVB", "YLSB"]
    for bank_id, grid in county.grids.items():
        assert grid.certify().valid
        assert grid.provenance["rule"] == rule
        assert set(grid.cells["bank_id"]) == {bank_id}
        assert set(grid.cells["outlet_id"]) <= set(county.outlets["outlet_id"])


@pytest.mark.parametrize(("within", "options"), [("wellfield", {}), ("admin", {}), ("aggregate", {"officers": 2})])
def test_grids_are_nested_in_those_there_are(county: gp.Project, within: str, options: dict[str, Any]) -> None:
    county.partition(rule="admin")
    big = dict(county.grids)
    county.partition(rule="nest", within=within, **options)
    for bank_id, small in county.grids.items():
        assert set(small.cells["parent_id"]) == set(big[bank_id].cells["cell_id"])
        assert small.certify().valid


@pytest.mark.parametrize(
    ("rule", "options", "message"),
    [
        ("nearset", {}, "rule is 'nearset'; it must be one of nearest, admin"),
        ("nearest", {"colour": "red"}, "rule 'nearest' does not take these options: .*colour"),
        ("travel_time", {"polygons": "circles"}, "Bank CLVB: polygons is 'circles'"),
    ],
)
def test_what_a_rule_cannot_do_is_said_and_grids_stay(
    county: gp.Project, rule: str, options: dict[str, Any], message: str
) -> None:
    county.partition(rule="nearest")
    before = {bank_id: grid.digest for bank_id, grid in county.grids.items()}
    with pytest.raises(gp.InputError, match=message):
        county.partition(rule=rule, **options)
    assert before == {bank_id: grid.digest for bank_id, grid in county.grids.items()}


def test_nesting_needs_grids_and_joining_needs_units(county: gp.Project) -> None:
    bare = gp.Project("bare", county.service_area, outlets=county.outlets)
    with pytest.raises(gp.InputError, match="no grid of big cells"):
        bare.partition(rule="nest")
    for rule in ("admin", "aggregate"):
        with pytest.raises(gp.InputError, match="the project has none"):
            bare.partition(rule=rule)
    bare.partition(rule="balanced")
    assert all(grid.provenance["max_deviation"] < 1e-6 for grid in bare.grids.values())
