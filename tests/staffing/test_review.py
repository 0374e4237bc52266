"""All checks of a bank at once: the planted faults and no others, in three languages, escaped."""

from __future__ import annotations

import pytest

from gridpart import staffing
from gridpart.errors import InputError
from gridpart.project import Project
from gridpart.project.sample import sample_project, sample_tables


@pytest.fixture(scope="module")
def county() -> Project:
    return sample_project()


def test_the_review_finds_the_planted_faults_of_a_bank(county: Project) -> None:
    planted = sample_tables(0).planted.groupby("kind")["object_id"].agg(list)
    found = staffing.review(county, "LZRCB", profile="p4")
    by_rule = {check.rule.split(" {", 1)[0]: check.findings for check in found.checks}
    people = by_rule["People per cell as profile"]
    assert sorted(people["cell_id"]) == sorted(planted["cell_without_officer"] + planted["cell_with_two_officers"])
    chains = by_rule["Every cell leads to an outlet, its head and a customer manager"]
    assert chains["cell_id"].tolist() == planted["cell_without_officer"]
    assert (
        by_rule["Each part-time officer has a full-time supervisor"]["staff_id"].tolist()
        == (planted["officer_unknown_manager"])
    )
    stations = by_rule["One workstation in each of:"]
    assert set(stations["unit_id"]) < set(planted["unit_without_workstation"])  # plan 4 asks for villages only
    assert not found.passed
    clean = staffing.review(county, "JYB", profile="p2")
    assert [check.rule for check in clean.checks if not check.passed] == [
        "{least} or more active {kind} in each {place}"
    ]


@pytest.mark.parametrize(("lang", "word"), [("en", "Every cell"), ("zh-Hans", "每格"), ("zh-Hant", "假定")])
def test_the_review_speaks_three_languages(county: Project, lang: str, word: str) -> None:
    found = staffing.review(county, "LZRCB", profile="p3")
    page = found.to_html(lang)  # type: ignore[arg-type]
    assert word in page
    assert "staffing.officers_min 2" in page  # assumed numbers are printed
    assert len(found.table(lang)) == len(found.checks)  # type: ignore[arg-type]


def test_text_of_the_staff_is_not_markup(county: Project) -> None:
    staff = county.staff.copy()
    staff.loc[staff["role"] == "officer", "manager_id"] = "<script>alert(1)</script>"
    other = Project("x", county.service_area, units=county.units, outlets=county.outlets, staff=staff)
    other.grids.update(county.grids)
    page = staffing.review(other, "LZRCB")._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_bank_without_grid_is_named(county: Project) -> None:
    with pytest.raises(InputError, match="bank 'X' has no grid; those with one are: CLVB, JYB"):
        staffing.review(county, "X")


def test_who_left_leads_no_chain_and_what_closed_serves_nobody_on_the_day(county: Project) -> None:
    bank, head = "JYB", county.staff.query("bank_id == 'JYB' and role == 'manager'")["staff_id"].tolist()
    staff = county.staff.assign(valid_to=None).astype({"valid_to": object})
    staff.loc[staff["staff_id"].isin(head), "valid_to"] = "2025-07-01"
    equipment = county.equipment.assign(valid_to="2025-07-01")
    other = Project("x", county.service_area, units=county.units, outlets=county.outlets, staff=staff)
    other.grids.update(county.grids)
    other.equipment = equipment

    def failures(day: str) -> dict[str, int]:
        found = staffing.review(other, bank, profile="p2", as_of=day)
        return {check.rule: len(check.findings) for check in found.checks}

    before, after = failures("2025-06-30"), failures("2025-07-01")
    cells = len(county.grids[bank].cells)
    chain = "Every cell leads to an outlet, its head and a customer manager"
    assert (before[chain], after[chain]) == (0, cells)
    points = "{least} or more active {kind} in each {place}"
    assert before[points] < after[points] == (county.units["kind"] == "village").sum()
