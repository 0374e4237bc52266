"""What people do: five roles, four responsibilities, tasks planned and done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.profiles import Duties
from gridpart.staffing._cells import Cells, Rules, cell_table, rules_of
from gridpart.staffing._staff import (
    codes_of,
    column_of,
    is_part_time,
    people,
    require_columns,
    require_known,
    text_column,
)
from gridpart.staffing.checks import Check
from gridpart.tables.messages import N_

say = messages("staffing")

_ROLES: tuple[Literal["officer", "manager"], ...] = ("officer", "manager")


@checked
def duty_codes(duties: Duties) -> tuple[str, ...]:
    """Return every code that a list of duties may hold, each once."""
    terms = (*duties.five_roles, *duties.four_responsibilities, *duties.officer_tasks, *duties.manager_tasks)
    return tuple(dict.fromkeys(term.code for term in terms))


@checked
def five_role_matrix(cells: Cells, staff: pd.DataFrame, *, profile: Rules = "p3") -> pd.DataFrame:
    """
    Count the part-time officers of each cell in each of the five duty roles.

    Parameters
    ----------
    cells
        A grid, or a table with ``cell_id``.
    staff
        ``staff_id``, ``role``, ``employment_type``, ``cell_id``, ``duties`` (codes with semicolons).
    profile
        Its ``duties.five_roles``.

    Returns
    -------
    matrix
        ``cell_id``, one column per role, ``missing`` (roles without a person, with semicolons), in
        the order of the cells.

    Raises
    ------
    InputError
        If a code is none of the profile's duties; officers are named.
    """
    rules = rules_of(profile)
    roles = [term.code for term in rules.duties.five_roles]
    officers = people(staff, "officer")
    return _matrix(cells, officers[is_part_time(officers)], codes=roles, known=duty_codes(rules.duties))


@checked
def check_four_responsibilities(cells: Cells, staff: pd.DataFrame, *, profile: Rules = "p2") -> Check:
    """
    Check that each cell's officers together hold all four responsibilities.

    Parameters
    ----------
    cells, staff
        As for `five_role_matrix`; officers of every kind of employment count.
    profile
        Its ``duties.four_responsibilities``.

    Returns
    -------
    check
        Findings: ``cell_id``, ``held`` (how many), ``missing`` (codes).

    Raises
    ------
    InputError
        If a code is none of the profile's duties; officers are named.
    """
    rules = rules_of(profile)
    codes = [term.code for term in rules.duties.four_responsibilities]
    matrix = _matrix(cells, people(staff, "officer"), codes=codes, known=duty_codes(rules.duties))
    short = matrix[matrix["missing"] != ""].reset_index(drop=True)
    held = len(codes) - short["missing"].map(lambda text: len(codes_of(text))).astype("int64")
    findings = pd.DataFrame({"cell_id": short["cell_id"], "held": held, "missing": short["missing"]})
    return Check(N_("Every cell has its four responsibilities"), findings)


def _matrix(cells: Cells, officers: pd.DataFrame, *, codes: Sequence[str], known: Sequence[str]) -> pd.DataFrame:
    duties = [codes_of(value) for value in column_of(officers, "duties")]
    require_known(duties, known, ids=officers["staff_id"].tolist(), what=say("duties"))
    matrix = cell_table(cells)[["cell_id"]]
    counts = {cell_id: dict.fromkeys(codes, 0) for cell_id in matrix["cell_id"]}
    for cell_id, held in zip(column_of(officers, "cell_id"), duties, strict=True):
        for code in held:
            if cell_id in counts and code in codes:
                counts[cell_id][code] += 1
    for code in codes:
        matrix[code] = [counts[cell_id][code] for cell_id in matrix["cell_id"]]
    matrix["missing"] = text_column(
        ";".join(code for code in codes if counts[cell_id][code] == 0) for cell_id in matrix["cell_id"]
    )
    return matrix


@checked
def task_catalogue(profile: Rules = "p2") -> pd.DataFrame:
    """
    List the tasks and who has them; a manager has every task of an officer and more.

    Returns
    -------
    tasks
        ``task``, ``title`` (English), ``officer``, ``manager`` (whether the role has it).
    """
    duties = rules_of(profile).duties
    own = set(duties.tasks("officer"))
    terms = (*duties.officer_tasks, *duties.manager_tasks)
    return pd.DataFrame(
        {
            "task": text_column(term.code for term in terms),
            "title": text_column(term.title for term in terms),
            "officer": [term.code in own for term in terms],
            "manager": True,
        }
    )


@checked
def task_progress(tasks: pd.DataFrame, *, profile: Rules = "p2") -> pd.DataFrame:
    """
    Compare tasks planned and done, by cell and task.

    Parameters
    ----------
    tasks
        ``cell_id``, ``task``, ``planned``, ``done`` (counts); ``role`` of who did it where known.
    profile
        Its task codes.

    Returns
    -------
    progress
        ``cell_id``, ``task``, ``planned``, ``done``, ``done_share`` (done over planned; NaN where nothing was planned),
        sorted.

    Raises
    ------
    InputError
        If a task is unknown, is not one of its role, or a count is missing or negative; rows are named.
    """
    require_columns(tasks, ["cell_id", "task", "planned", "done"], name="tasks")
    duties = rules_of(profile).duties
    rows = [say("row {row}", row=number) for number in range(1, len(tasks) + 1)]
    for role in _ROLES:  # where no role is given, any task will do
        own = [(value == "officer") == (role == "officer") for value in column_of(tasks, "role")]
        codes = [codes_of(task) if mine else () for task, mine in zip(tasks["task"], own, strict=True)]
        require_known(codes, duties.tasks(role), ids=rows, what=say("{role} tasks", role=role))
    wrong = [row for row, lacks in zip(rows, ~(tasks[["planned", "done"]] >= 0).all(axis=1), strict=True) if lacks]
    if wrong:
        raise InputError(say("{n} rows of tasks have no usable count: {rows}.", n=len(wrong), rows=Joined(wrong[:8])))
    summed = tasks.groupby(["cell_id", "task"], as_index=False, sort=True)[["planned", "done"]].sum()
    summed["done_share"] = summed["done"] / summed["planned"].where(summed["planned"] > 0)
    return summed
