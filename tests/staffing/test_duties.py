"""Roles, responsibilities and tasks: known codes only, missing ones by cell."""

from __future__ import annotations

import pandas as pd
import pytest
from staffing.small_staff import CELLS, changed, staff

from gridpart import profiles, staffing
from gridpart.errors import InputError


def test_R53_cells_missing_one_of_the_five_roles_are_listed() -> None:
    all_five = "publicity;information;quasi_loan_officer;supervision;debt_collection"
    matrix = staffing.five_role_matrix(CELLS, changed("p1", duties=all_five))
    assert matrix.set_index("cell_id").loc["c4", all_five.split(";")].tolist() == [1] * 5
    assert matrix.loc[matrix["missing"] == "", "cell_id"].tolist() == ["c4"]
    partly = staffing.five_role_matrix(CELLS, staff()).set_index("cell_id")
    assert partly.loc["c4", "missing"] == "quasi_loan_officer;supervision;debt_collection"
    assert partly.loc["c1", "missing"] == all_five  # full-time officers hold no duty role


def test_R53_an_unknown_role_is_refused() -> None:
    with pytest.raises(InputError, match=r"1 unknown duties: p1: tax_collection\. Known are: publicity, information"):
        staffing.five_role_matrix(CELLS, changed("p1", duties="publicity;tax_collection"))


def test_R54_cells_with_fewer_than_four_responsibilities_are_listed() -> None:
    assert staffing.check_four_responsibilities(CELLS, staff()).passed
    check = staffing.check_four_responsibilities(CELLS, changed("f2", duties="publicity;filing"))
    assert check.findings.to_numpy().tolist() == [["c2", 2, "service;management"]]
    # what one officer of a cell lacks, another may hold
    assert staffing.check_four_responsibilities(CELLS, changed("f4", duties="filing;service;management")).passed
    with pytest.raises(InputError, match="f2: everything"):
        staffing.check_four_responsibilities(CELLS, changed("f2", duties=["everything"] * 1))


def test_R55_tasks_of_an_officer_are_a_strict_subset_of_those_of_a_manager() -> None:
    for name in profiles.available():
        duties = profiles.load(name).duties
        assert set(duties.tasks("officer")) < set(duties.tasks("manager"))
    catalogue = staffing.task_catalogue().set_index("task")
    assert catalogue["manager"].all()
    assert catalogue.index[~catalogue["officer"]].tolist() == [
        "supervision",
        "analysis",
        "risk_monitoring",
        "coordination",
    ]


def test_R55_planned_against_done_by_cell_and_task() -> None:
    tasks = pd.DataFrame(
        [("c1", "survey", 10, 4), ("c1", "survey", 10, 1), ("c1", "filing", 0, 0), ("c2", "analysis", 2, 2)],
        columns=["cell_id", "task", "planned", "done"],
    )
    done = staffing.task_progress(tasks).set_index(["cell_id", "task"])
    assert done.loc[("c1", "survey"), ["planned", "done", "done_share"]].tolist() == [20, 5, 0.25]
    assert pd.isna(done.loc[("c1", "filing"), "done_share"])
    assert done[["planned", "done"]].sum().tolist() == tasks[["planned", "done"]].sum().tolist()


def test_R55_a_task_of_the_manager_is_none_of_an_officer() -> None:
    tasks = pd.DataFrame(
        {"cell_id": "c1", "task": ["analysis", "survey"], "role": ["officer", "manager"], "planned": 1, "done": 0}
    )
    with pytest.raises(InputError, match="1 unknown officer tasks: row 1: analysis"):
        staffing.task_progress(tasks)
    with pytest.raises(InputError, match="1 rows of tasks have no usable count: row 1"):
        staffing.task_progress(tasks.assign(role="manager", done=[-1, 0]))
