"""Verdicts on rates: boundary values, years, blanks, pools, and the error that a rate above 100 is."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import gridpart as gp
from gridpart.errors import InputError
from gridpart.ledger import evaluate_checklist, evaluate_path, evaluate_scheme, evaluate_targets, trajectory

SIX = ("unit_coverage_rate", "resident", "merchant", "park", "mse", "rural")
P2 = {
    1: {"unit_coverage_rate": 30, "resident": 40, "rural": 70, "mse": 50},
    2: {"unit_coverage_rate": 70, "resident": 70, "merchant": 80, "mse": 80, "rural": 90},
    3: {"unit_coverage_rate": 100, "resident": 100, "merchant": 100, "mse": 100, "rural": 100},
}
P4 = {
    1: {"unit_coverage_rate": 40, "resident": 40, "merchant": 50, "park": 50, "mse": 50, "rural": 70},
    2: dict.fromkeys(SIX, 100),
}


def verdicts(rates: dict[str, float], profile: str, year: int, **options: object) -> dict[str, str]:
    table = evaluate_targets(rates, profile=profile, year=year, **options)
    assert list(table.columns) == ["target", "value", "threshold", "verdict", "reason"]
    assert table["target"].is_unique
    return dict(zip(table["target"], table["verdict"], strict=True))


def reason(table: pd.DataFrame, target: str) -> str:
    return str(table.set_index("target").loc[target, "reason"])


def boundaries(plan: dict[int, dict[str, float]], profile: str) -> list[tuple[str, int, str, float]]:
    return [(profile, year, key, value) for year, targets in plan.items() for key, value in targets.items()]


@pytest.mark.parametrize(("profile", "year", "key", "threshold"), [*boundaries(P2, "p2"), *boundaries(P4, "p4")])
def test_R78_R79_R80_R81_R82_each_threshold_passes_at_its_value_and_fails_a_hundredth_below(
    profile: str, year: int, key: str, threshold: float
) -> None:
    targets = (P2 if profile == "p2" else P4)[year]
    before = {"unit_coverage_rate": 0}
    at = verdicts(dict(targets), profile, year, previous=before)
    assert at == dict.fromkeys(targets, "met")
    below = verdicts({**targets, key: threshold - 0.01}, profile, year, previous=before)
    assert below == {**at, key: "failed"}


def test_R78_forty_passes_and_a_hair_less_fails_with_all_its_decimals_shown() -> None:
    table = evaluate_targets({**P2[1], "resident": 39.9999999}, profile="p2", year=1)
    assert reason(table, "resident").startswith("39.9999999 is below 40.")
    assert "pilot units" in reason(table, "resident")


@pytest.mark.parametrize("key", SIX)
@pytest.mark.parametrize("value", [100.1, 100.0001, -0.1, math.inf, "40", True, np.True_, [40]])
def test_R80_a_rate_outside_0_to_100_is_an_error_in_the_data(key: str, value: object) -> None:
    with pytest.raises(InputError, match=rf"rates: {key} is .*nothing was judged"):
        evaluate_targets({**P2[3], key: value}, profile="p2", year=3)


def test_R80_three_of_four_at_100_fail_naming_the_fourth() -> None:
    found = verdicts({**P2[3], "rural": 99.9}, "p2", 3)
    assert [key for key, verdict in found.items() if verdict != "met"] == ["rural"]
    assert set(verdicts(P2[3], "p2", 3).values()) == {"met"}


def test_R81_35_per_cent_passes_p2_year_1_and_fails_p4_year_1() -> None:
    rates = {**P4[1], "unit_coverage_rate": 35}
    assert set(verdicts(rates, "p2", 1).values()) == {"met"}
    assert verdicts(rates, "p4", 1) == {**dict.fromkeys(P4[1], "met"), "unit_coverage_rate": "failed"}


def test_R82_one_community_below_100_fails_and_is_named() -> None:
    units = pd.DataFrame(
        {"unit_id": ["1", "2", "3"], "name": ["甲社区", "乙社区", None], "resident": [100, 99.5, None]}
    )
    table = evaluate_targets(P4[2], profile="p4", year=2, units=units)
    found = dict(zip(table["target"], table["verdict"], strict=True))
    assert found == {**dict.fromkeys(SIX, "met"), "resident": "failed"}
    assert "Below: 乙社区 (2) 99.5 %." in reason(table, "resident")


def test_R83_area_threshold_is_printed_as_assumed_and_the_checklist_never_passes_by_itself() -> None:
    table = evaluate_targets({"area_coverage_rate": 95}, profile="p4", year=3)
    assert table["verdict"].tolist() == ["met"]
    assert "The threshold 95 is assumed" in reason(table, "area_coverage_rate")
    assert verdicts({"area_coverage_rate": 94.99}, "p4", 3) == {"area_coverage_rate": "failed"}
    nobody = evaluate_checklist(pd.DataFrame(columns=["code", "verdict", "who", "when"]), profile="p4", year=3)
    assert len(nobody) == 3
    assert set(nobody["verdict"]) == {"not_judged"}
    said = pd.DataFrame(
        [
            {"code": "results_consolidated", "verdict": "met", "who": "A", "when": "2026-01-01"},
            {"code": "model_replicable", "verdict": "met", "who": None, "when": "2026-01-01"},
        ]
    )
    judged = evaluate_checklist(said, profile="p4", year=3).set_index("code")["verdict"]
    assert judged.to_dict() == {
        "results_consolidated": "met",
        "all_territory_served": "not_judged",
        "model_replicable": "not_judged",
    }
    with pytest.raises(InputError, match="no checklist item nonsense"):
        evaluate_checklist(said.assign(code="nonsense"), profile="p4", year=3)


def test_R77_30_70_100_passes_and_30_55_100_fails_year_2_only_on_the_increment() -> None:
    assert set(evaluate_path([30, 70, 100], profile="p2")["verdict"]) == {"met"}
    path = evaluate_path([30, 55, 100], profile="p2")
    failed = path[path["verdict"] == "failed"]
    assert failed[["year", "measure", "value"]].to_numpy().tolist() == [[2, "increment", 25.0]]
    rates = {**P2[2], "unit_coverage_rate": 70}
    table = evaluate_targets(rates, profile="p2", year=2, previous={"unit_coverage_rate": 45})
    found = table.set_index("target")
    assert found["verdict"].to_dict() == {**dict.fromkeys(P2[2], "met"), "unit_coverage_rate": "failed"}
    assert "70 reaches 70." in found.loc["unit_coverage_rate", "reason"]
    assert "Year 2 added 25; at least 30 is asked for." in found.loc["unit_coverage_rate", "reason"]


def test_R77_an_increment_that_cannot_be_checked_says_so() -> None:
    table = evaluate_targets(P2[2], profile="p2", year=2)
    assert "Not checked: that year 2 added 30" in reason(table, "unit_coverage_rate")
    with pytest.raises(InputError, match=r"year 2: 101.*between 0 and 100"):
        evaluate_path([30, 101, 100], profile="p2")
    with pytest.raises(InputError, match="asks for no increments"):
        evaluate_path([40, 100], profile="p4")


def test_R85_share_and_growth_are_judged_where_they_are_given() -> None:
    rates = {**P2[1], "agri_mse_share": 75.0, "agri_mse_growth_lead": 0.0}
    assert set(verdicts(rates, "p2", 1).values()) == {"met"}
    found = verdicts({**rates, "agri_mse_share": 74.99, "agri_mse_growth_lead": -0.01}, "p2", 1)
    assert [key for key, verdict in found.items() if verdict == "failed"] == ["agri_mse_share", "agri_mse_growth_lead"]


def test_R86_a_blank_target_is_neither_met_nor_failed_whatever_the_value() -> None:
    for rates in ({}, {"credit_coverage_rate": 100, "credit_customers": 10**6, "deposits": 0}):
        table = evaluate_targets(rates, profile="p1", year=1)
        blank = table[table["threshold"].isna()]
        assert len(blank) >= 5
        assert set(blank["verdict"]) == {"not_set"}


def test_R88_1300_more_credit_customers_in_the_middle_ring_pass_and_1299_fail() -> None:
    key = "credit_customers:middle_ring"
    assert verdicts({key: 1300}, "p1", 1)[key] == "met"
    assert verdicts({key: 1299}, "p1", 1)[key] == "failed"
    assert verdicts({}, "p1", 1)[key] == "not_computable"


def test_R89_composite_is_the_weighted_mean_and_respects_directions() -> None:
    card = gp.profiles.load("default").scorecard("evaluation")
    assert card is not None
    good = {item.code: item.full for item in card.indicators}
    bad = {item.code: item.zero for item in card.indicators}
    half = {item.code: (item.zero + item.full) / 2 for item in card.indicators}
    table = evaluate_scheme(pd.DataFrame([{"period": "3", **good}, {"period": "1", **bad}, {"period": "2", **half}]))
    assert table["period"].tolist() == ["1", "2", "3"]
    assert table["score"].tolist() == pytest.approx([0, 50, 100])
    assert table["change"].tolist()[1:] == pytest.approx([50, 50])
    fixture = {"period": "1", "satisfaction": 90, "response_hours": 18, "cost_per_customer": 250, "market_share": 30}
    assert evaluate_scheme(pd.DataFrame([fixture]))["score"].tolist() == pytest.approx([36 + 15 + 10 + 6])
    for item in card.indicators:  # a step towards the full end raises the score
        better = {**half, item.code: half[item.code] + 0.1 * (item.full - item.zero)}
        assert evaluate_scheme(pd.DataFrame([{"period": "1", **better}]))["score"].iloc[0] > 50
    with pytest.raises(InputError, match="needs the columns period, market_share"):
        evaluate_scheme(pd.DataFrame([fixture]).drop(columns="market_share"))


def test_missing_rates_are_not_computable_and_extra_ones_are_no_matter() -> None:
    assert verdicts({"resident": 40, "park": 10}, "p2", 1) == {
        "unit_coverage_rate": "not_computable",
        "resident": "met",
        "rural": "not_computable",
        "mse": "not_computable",
    }
    assert verdicts({**P2[1], "mse": None, "rural": math.nan}, "p2", 1)["mse"] == "not_computable"


def test_composite_targets_are_judged_by_the_pooled_rate_where_totals_are_known() -> None:
    rates = {**P2[2], "merchant": 90, "mse": 70}
    before = {"unit_coverage_rate": 30}
    assert verdicts(rates, "p2", 2, previous=before)["mse"] == "failed"
    table = evaluate_targets(rates, profile="p2", year=2, previous=before, totals={"merchant": 100, "mse": 100})
    assert set(table["verdict"]) == {"met"}
    assert "Judged by the pooled rate of merchant + mse; mse alone is 70." in reason(table, "mse")
    assert verdicts(rates, "p2", 2, previous=before, totals={"merchant": 99, "mse": 100})["merchant"] == "failed"


def test_unknown_rates_years_and_profiles_are_refused() -> None:
    with pytest.raises(InputError, match=r"'residents' is no known rate"):
        evaluate_targets({"residents": 40}, profile="p2", year=1)
    for year in (0, 4, 1.5, True):
        with pytest.raises(InputError, match=r"no target for year .*year 1, year 2, year 3|must be a whole number"):
            evaluate_targets(P2[1], profile="p2", year=year)
    with pytest.raises(InputError, match="unknown profile"):
        evaluate_targets(P2[1], profile="p99", year=1)


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant"])
def test_reasons_speak_chinese(lang: str) -> None:
    table = evaluate_targets(P2[1], profile="p2", year=1, lang=lang)
    assert not any("reaches" in text or "Counted" in text for text in table["reason"])


def test_R103_trajectory_sets_plan_beside_fact() -> None:
    table = trajectory({1: 35.0, 2: 60.0}, profile="p2")
    assert table["plan"].tolist() == [30, 70, 100]
    assert table["difference"].tolist()[:2] == [5, -10]
    assert math.isnan(table["actual"].iloc[2])


@pytest.mark.parametrize("year", [1, 2, 3])
def test_the_default_profile_has_the_targets_of_p2(year: int) -> None:
    rates = dict.fromkeys(SIX, 70)
    one, two = (evaluate_targets(rates, profile=name, year=year) for name in ("default", "p2"))
    pd.testing.assert_frame_equal(one, two)


def test_a_profile_without_targets_is_refused_and_not_passed() -> None:
    with pytest.raises(InputError, match="profile 'p5' has no target for year 1; it has targets for no year"):
        evaluate_targets({}, profile="p5", year=1)


def test_rates_that_are_no_mapping_and_rates_just_above_100_are_refused() -> None:
    with pytest.raises(gp.InputError, match="rates must be a mapping; a list was given"):
        gp.ledger.evaluate_targets([40], profile="p2", year=1)  # type: ignore[arg-type]
    with pytest.raises(gp.InputError, match=r"resident is 100\.00000001 %"):
        gp.ledger.evaluate_targets({"resident": 100.00000001}, profile="p2", year=1)
