"""People per cell: what each plan accepts and refuses, exceptions, register, vacancies, workload."""

from __future__ import annotations

import pandas as pd
import pytest
from staffing.small_staff import CELLS, added, staff, without

from gridpart import profiles, staffing
from gridpart.errors import InputError
from gridpart.profiles import Profile
from gridpart.project.sample import sample_project, sample_tables

ONE = CELLS[CELLS["cell_id"] == "c1"]


def crew(profile: Profile, *, officers: int, managers: int) -> pd.DataFrame:
    """Full-time officers, and managers at the front line, of cell c1."""
    rows = [(f"f{n}", "officer", "full_time", "o1", "c1") for n in range(officers)]
    rows += [(f"m{n}", "manager", "full_time", "o1", "c1") for n in range(managers)]
    assert profile.name
    return pd.DataFrame(rows, columns=["staff_id", "role", "employment_type", "outlet_id", "cell_id"])


@pytest.mark.parametrize("name", profiles.available())
def test_R52_each_plan_accepts_valid_staffing_and_refuses_one_too_few_or_too_many(name: str) -> None:
    profile = profiles.load(name)
    rules = profile.staffing
    front = rules.manager_mode == "frontline"
    officers, managers = max(rules.officers_min, 2 if rules.team_required else 0), rules.managers_min * front
    valid = staffing.check_cardinality(ONE, crew(profile, officers=officers, managers=managers), profile=profile)
    assert valid.passed, valid.findings

    role, least, most = (
        ("manager", rules.managers_min, rules.managers_max)
        if front
        else ("officer", rules.officers_min, rules.officers_max)
    )
    few = {"officers": officers, "managers": managers, f"{role}s": least - 1}
    below = staffing.check_cardinality(ONE, crew(profile, **few), profile=profile)
    assert (role, "below_min") in set(zip(below.findings["role"], below.findings["problem"], strict=True))
    if most is not None:
        many = {"officers": officers, "managers": managers, f"{role}s": most + 1}
        above = staffing.check_cardinality(ONE, crew(profile, **many), profile=profile)
        assert above.findings[["role", "problem"]].to_numpy().tolist() == [[role, "above_max"]]
    else:
        many = {"officers": officers, "managers": managers, f"{role}s": 9}
        assert staffing.check_cardinality(ONE, crew(profile, **many), profile=profile).passed


@pytest.mark.parametrize("name", ["p5", "p8"])
def test_R52_a_team_is_at_least_two(name: str) -> None:
    profile = profiles.load(name)
    lone = staffing.check_cardinality(ONE, crew(profile, officers=1, managers=0), profile=profile)
    assert lone.findings["problem"].tolist() == ["no_team"]
    assert staffing.check_cardinality(ONE, crew(profile, officers=2, managers=0), profile=profile).passed


def test_R52_what_the_plan_does_not_number_is_printed_as_assumed() -> None:
    check = staffing.check_cardinality(ONE, crew(profiles.load("p3"), officers=2, managers=0), profile="p3")
    assert "staffing.officers_min 2 (assumed)" in repr(check)


def test_R47_cells_with_more_or_fewer_than_one_officer_need_an_exception() -> None:
    twice = added(staff_id="f9")
    check = staffing.check_cardinality(CELLS, twice, profile="p4")
    assert check.findings[["cell_id", "found", "problem"]].to_numpy().tolist() == [["c1", 2, "above_max"]]
    with pytest.raises(InputError, match=r"1 failures\. cell_id c1, role officer, found 2"):
        check.require()

    agreed = {"cell_id": ["c1"], "reason": ["border village"], "approver": ["m1"], "end_date": ["2026-06-30"]}
    for as_of, passes in (("2026-06-30", True), ("2026-07-01", False), (None, True)):
        excused = staffing.check_cardinality(CELLS, twice, profile="p4", exceptions=pd.DataFrame(agreed), as_of=as_of)
        assert excused.passed is passes


@pytest.mark.parametrize("column", ["reason", "approver", "end_date"])
def test_R47_an_exception_has_reason_approver_and_end_date(column: str) -> None:
    agreed = pd.DataFrame({"cell_id": ["c1"], "reason": ["r"], "approver": ["m1"], "end_date": ["2026-06-30"]})
    agreed[column] = None
    with pytest.raises(InputError, match=rf"1 faults in exceptions: row 1 has no {column}\. None was accepted"):
        staffing.check_cardinality(CELLS, staff(), exceptions=agreed)


def test_R47_the_exceptions_of_a_project_will_do() -> None:
    agreed = {"exception_id": "x", "cell_id": ["c1"], "reason": ["r"], "agreed_by": ["m1"], "valid_to": ["2026-06-30"]}
    table = pd.DataFrame(agreed)
    assert staffing.check_cardinality(CELLS, added(staff_id="f9"), exceptions=table, as_of="2026-06-30").passed
    assert not staffing.check_cardinality(CELLS, added(staff_id="f9"), exceptions=table, as_of="2026-07-01").passed


def test_R47_part_time_helpers_do_not_count_where_the_plan_asks_for_one() -> None:
    assert staffing.check_cardinality(CELLS, staff(), profile="p2").passed
    counts = staffing.people_per_cell(CELLS, staff())
    assert counts[["officers", "full_time", "part_time", "managers"]].iloc[3].tolist() == [2, 1, 1, 0]


def test_R47_in_the_sample_county_exactly_the_planted_cells_are_found() -> None:
    project, planted = sample_project(), sample_tables(0).planted
    problems = {"below_min": "cell_without_officer", "above_max": "cell_with_two_officers"}
    found = pd.concat(
        staffing.check_cardinality(grid, project.staff, profile="p4").findings for grid in project.grids.values()
    )
    for problem, kind in problems.items():
        cells = planted.loc[planted["kind"] == kind, "object_id"].tolist()
        assert found.loc[found["problem"] == problem, "cell_id"].tolist() == cells
    assert set(found["problem"]) == set(problems)


def test_R48_every_cell_has_person_duties_and_first_day() -> None:
    officers = staff()[lambda table: table["staff_id"].str.startswith("f")]
    assigned = staffing.assign(
        officers,
        CELLS,
        cost=1.0
        - pd.DataFrame(
            [[float(own == cell) for cell in CELLS["cell_id"]] for own in officers["cell_id"]],
            index=officers["staff_id"],
            columns=CELLS["cell_id"],
        ),
    )
    register = assigned.register(valid_from="2026-01-01")
    assert register[["cell_id", "officer_id", "duties", "valid_from"]].notna().all(axis=None)
    assert staffing.check_register(CELLS, register).passed

    register.loc[0, "duties"] = None
    register.loc[1, ["officer_id", "valid_from"]] = None
    check = staffing.check_register(CELLS, register.drop(index=3))
    assert check.findings.to_numpy().tolist() == [
        ["c1", "duties"],
        ["c2", "officer_id;valid_from"],
        ["c4", "officer_id;duties;valid_from"],
    ]
    with pytest.raises(InputError, match="1 cells of register are not in the grid: c9"):
        staffing.check_register(CELLS, register.assign(cell_id="c9"))


def test_people_count_while_they_are_in_force() -> None:
    table = staff().assign(valid_from="2026-01-01", valid_to=[None, None, "2026-03-01", None, None, None, None])
    assert staffing.check_cardinality(CELLS, table, as_of="2026-02-28").passed
    late = staffing.check_cardinality(CELLS, table, as_of="2026-03-01")
    assert late.findings["cell_id"].tolist() == ["c1"]
    assert len(staffing.check_cardinality(CELLS, table, as_of="2025-12-31").findings) == 4


def test_vacancies_are_listed_by_cell() -> None:
    vacant = staffing.vacancies(CELLS, without("f2", "f4"))
    assert vacant.to_numpy().tolist() == [["c2", "officer", 1], ["c4", "officer", 1]]
    assert staffing.vacancies(CELLS, staff()).empty
    assert staffing.vacancies(CELLS, without("f2"), profile="p3")["missing"].tolist() == [1, 2, 1]


def test_workload_sums_to_the_demand_of_staffed_cells() -> None:
    loads = staffing.workload(CELLS, staff()).set_index("staff_id")
    assert loads["demand"].to_dict() == {"f1": 10, "f2": 20, "f3": 30, "f4": 20, "p1": 20}
    assert loads["demand"].sum() == CELLS["demand"].sum()
    assert loads.loc["f3", "to_mean"] == pytest.approx(1.5)
    with pytest.raises(InputError, match="cells needs the columns households"):
        staffing.workload(CELLS, staff(), columns=("households",))
