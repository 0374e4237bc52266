"""Part M: what the plans say differently, and how each profile settles it."""

from __future__ import annotations

import pytest

from gridpart import profiles
from gridpart.profiles import Profile


def of(name: str) -> Profile:
    return profiles.load(name)


def test_C1_C2_coverage_by_year_and_its_increment() -> None:
    levels = {
        name: [t.value for t in of(name).targets if t.key == "unit_coverage_rate" and t.measure == "level"]
        for name in ("p2", "p4")
    }
    assert levels == {"p2": [30, 70, 100], "p4": [40, 100]}
    third = of("p4").targets_of(3)
    assert [(t.key, t.assumed) for t in third] == [("area_coverage_rate", True)]
    assert len(of("p4").checklist) == 3


def test_C3_each_rate_has_segments_of_its_own() -> None:
    profile = of("default")
    rates = {rate: profile.segments_of(rate) for rate in ("resident", "merchant", "park", "mse", "rural")}
    assert all(rates.values())
    assert sum(map(len, rates.values())) == len(profile.segments)


def test_C4_three_coverage_rates_are_three_keys() -> None:
    keys = set(profiles.rate_names("en"))
    assert {
        "unit_coverage_rate",
        "area_coverage_rate",
        "population_coverage_rate",
        "credit_coverage_rate",
    } <= keys


def test_C5_no_target_passes_a_hundred_and_blanks_are_null() -> None:
    for name in profiles.available():
        percents = [t.value for t in of(name).targets if t.unit == "percent" and t.value is not None]
        assert all(0 <= value <= 100 for value in percents)
    assert any(t.value is None for t in of("p1").targets)


def test_C7_C9_what_plans_leave_open_is_assumed() -> None:
    assumed = of("p4").assumed("audit")
    assert {"audit.urban_max_banks", "audit.urban_max_overlap_share", "audit.hhi_max"} <= set(assumed)
    assert sum(name.startswith("audit.reach_m.") for name in assumed) == 4


def test_C8_rules_of_division() -> None:
    assert (of("default").partition.big, of("default").partition.small) == ("admin", "wellfield")
    assert of("p3").partition.small == "aggregate"
    assert of("p2").partition.anchors.without == "representative_point"


def test_C10_independent_trees() -> None:
    depth = {name: of(name).hierarchy for name in ("p1", "p2", "p4")}
    assert depth["p1"].organisation_levels == 3
    assert (depth["p2"].admin_levels, depth["p2"].service_levels) == (3, 2)
    assert depth["p4"].service_levels == 3


@pytest.mark.parametrize(
    ("name", "mode", "officers", "managers", "team"),
    [
        ("p2", "supervisor", (1, 1), (1, 1), False),
        ("p3", "supervisor", (2, None), (1, 1), False),
        ("p4", "supervisor", (1, 1), (1, 1), False),
        ("p5", "supervisor", (1, None), (1, 1), True),
        ("p7", "frontline", (0, 1), (1, 1), False),
        ("p8", "supervisor", (1, None), (1, 1), True),
        ("p9", "frontline", (0, None), (1, None), False),
        ("p10", "frontline", (0, None), (1, None), False),
    ],
)
def test_C11_C12_who_and_how_many(
    name: str, mode: str, officers: tuple[int, int | None], managers: tuple[int, int | None], team: object
) -> None:
    rules = of(name).staffing
    assert rules.manager_mode == mode
    assert (rules.officers_min, rules.officers_max) == officers
    assert (rules.managers_min, rules.managers_max) == managers
    assert rules.team_required is team
    assert rules.strict is (name in {"p2", "p4"})


def test_C13_campus_waits_for_its_products() -> None:
    kinds = {kind.code: kind.is_set for kind in of("p4").grid_types}
    assert kinds == {
        "community": True,
        "commercial": True,
        "industrial_park": True,
        "public_service": True,
        "campus": False,
    }


def test_C19_shares_are_combined_by_calendar_year() -> None:
    assert (of("p2").loan_share.share_mode, of("p2").loan_share.growth_period) == ("combined", "calendar_year")
    assert [t.value for t in of("p2").targets if t.key == "agri_mse_share"] == [75, 75, 75]


def test_C20_workstations_and_amounts_differ_by_plan() -> None:
    scopes = {name: of(name).staffing.workstation_scope for name in ("p2", "p3", "p4")}
    assert scopes == {"p2": "none", "p3": "communities_and_villages", "p4": "villages"}
    assert [item.min_yuan.value for item in of("p1").products] == [50_000]
    assert [(item.min_yuan.value, item.min_yuan.assumed) for item in of("p4").products] == [(0, True)]


def test_C21_cadence_and_who_decides() -> None:
    assert (of("p1").report_cadence, of("p4").report_cadence, of("default").report_cadence) == (
        "monthly",
        "yearly",
        "monthly",
    )
    assert (of("p3").decision, of("p4").decision) == ("joint_with_community", "bank_first")
