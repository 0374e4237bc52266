"""Workstations: where one is missing, and the ten items."""

from __future__ import annotations

import pandas as pd
import pytest

from gridpart import profiles, staffing
from gridpart.errors import InputError

UNITS = pd.DataFrame({"unit_id": ["v1", "v2", "k1", "k2"], "kind": ["village", "village", "community", "community"]})
STATIONS = pd.DataFrame(
    {"workstation_id": ["w1", "w2", "w3"], "unit_id": ["v1", "v2", "k1"], "status": ["active", "closed", "active"]}
)
ITEMS = [item.code for item in profiles.load("p3").ten_ones]


@pytest.mark.parametrize(("profile", "missing"), [("p3", ["v2", "k2"]), ("p4", ["v2"]), ("p2", [])])
def test_R66_missing_workstations_by_the_scope_of_the_plan(profile: str, missing: list[str]) -> None:
    assert staffing.check_workstations(UNITS, STATIONS, profile=profile).findings["unit_id"].tolist() == missing


def test_R66_a_workstation_of_nowhere_is_refused() -> None:
    with pytest.raises(InputError, match="1 workstations stand in units that are not there: v9"):
        staffing.check_workstations(UNITS, STATIONS.assign(unit_id=["v1", "v9", "k1"]))


def test_R67_ten_only_if_every_item_is_met() -> None:
    assert len(ITEMS) == 10
    table = pd.DataFrame({"workstation_id": ["w1", "w2", "w3"]} | {code: [True, True, None] for code in ITEMS})
    table.loc[1, "sign"] = False
    outcome = staffing.score_ten_ones(table)
    assert outcome.scores["score"].tolist() == [10, 9, 0]
    assert outcome.complete == ["w1"]
    rates = outcome.items.set_index("item")
    assert rates.loc["sign", ["met", "rate"]].tolist() == [1, pytest.approx(1 / 3)]
    assert rates.loc["atlas", ["met", "rate"]].tolist() == [2, pytest.approx(2 / 3)]
    assert "1 of 3 workstations meet all 10 items" in repr(outcome)


def test_R67_a_value_that_is_neither_is_named() -> None:
    table = pd.DataFrame({"workstation_id": ["w1"]} | {code: [1] for code in ITEMS})
    assert staffing.score_ten_ones(table).scores["score"].tolist() == [10]
    with pytest.raises(InputError, match="1 items are neither true nor false: w1: rules is 'some'"):
        staffing.score_ten_ones(table.assign(rules="some"))
    with pytest.raises(InputError, match="workstations needs the columns sign"):
        staffing.score_ten_ones(table.drop(columns="sign"))
