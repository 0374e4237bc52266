"""Rates as the plans mean them: three coverage rates kept apart, links, loan shares."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from ledger_books import record, records

from gridpart.errors import InputError
from gridpart.ledger import evaluate_targets, five_links, loan_shares, rates_of

UNITS = pd.DataFrame(
    {
        "unit_id": ["c1", "c2", "v1", "v2"],
        "name": ["a", "b", "c", "d"],
        "zone_class": ["urban", "urban", "rural", "rural"],
    }
)
FIGURES = pd.DataFrame(
    {
        "period": "2025-12",
        "unit_id": ["c1", "c2", "v1", "v2"],
        "in_scheme": [True, False, True, True],
        "households": [100, 300, 50, 150],
        "households_filed": [40, 30, 35, 105],
        "households_granted": [10, 10, 10, 30],
        "merchants": [20, 20, 0, 0],
        "merchants_filed": [10, 20, 0, 0],
    }
)


def test_coverage_rates_are_kept_apart_and_denominators_matter() -> None:
    pilot = rates_of(FIGURES, UNITS, period="2025-12")
    assert pilot.rates == {
        "unit_coverage_rate": 75.0,
        "resident": 40.0,
        "merchant": 50.0,
        "rural": 70.0,
        "credit_coverage_rate": 10.0,
    }
    everywhere = rates_of(FIGURES, UNITS, period="2025-12", denominator="all")
    assert everywhere.rates["resident"] == 17.5
    assert everywhere.rates["merchant"] == 75.0
    assert everywhere.totals == {"resident": 400, "merchant": 40, "rural": 200}
    reached = pd.DataFrame(
        {
            "unit_id": ["c1", "v1"],
            "area_m2": [60, 40],
            "reached_m2": [60, 30],
            "population": [9, 1],
            "reached_people": [9, 0],
        }
    )
    rates = rates_of(FIGURES, UNITS, period="2025-12", reached=reached).rates
    assert (rates["area_coverage_rate"], rates["population_coverage_rate"]) == (90.0, 90.0)
    assert rates["unit_coverage_rate"] == 75.0
    units = pilot.units.set_index("unit_id")
    assert units.loc["v1", "rural"] == 70
    assert units.loc["c2"].drop("name").isna().all()


def test_rates_go_straight_into_verdicts_and_units_below_are_named() -> None:
    table = rates_of(FIGURES, UNITS, period="2025-12", denominator="all")
    verdicts = evaluate_targets(table.rates, profile="p4", year=2, totals=table.totals, units=table.units)
    reasons = verdicts.set_index("target")["reason"]
    assert "Below: a (c1) 40 %, b (c2) 10 %." in reasons["resident"]


def test_figures_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="households_filed of 2025-12 is above households in units c1"):
        rates_of(FIGURES.assign(households_filed=[101, 0, 0, 0]), UNITS, period="2025-12")
    with pytest.raises(InputError, match="periods with figures: 2025-12"):
        rates_of(FIGURES, UNITS, period="2025-11")
    with pytest.raises(InputError, match="twice or unknown: c1"):
        rates_of(pd.concat([FIGURES, FIGURES.head(1)]), UNITS, period="2025-12")


def test_R84_five_rates_and_100_only_if_every_listed_entity_has_its_action() -> None:
    customers = pd.DataFrame(
        [
            ("f1", "rural_household"),
            ("f2", "rural_household"),
            ("g1", "large_grower"),
            ("o1", "cooperative"),
            ("x", "mse"),
        ],
        columns=["customer_id", "segment"],
    )
    rows = [
        record(1, "link", "A1", customer_id="f1", segment="rural_household", action="card"),
        record(2, "link", "A1", customer_id="f1", segment="rural_household", action="information"),
        record(3, "link", "A1", customer_id="f2", segment="rural_household", action="card"),
        record(4, "link", "A1", customer_id="g1", segment="large_grower", action="survey_file"),
        record(5, "link", "A1", customer_id="o1", segment="cooperative", action="card"),
        record(6, "link", "A1", customer_id="nobody", segment="large_grower", action="survey_file"),
    ]
    links = five_links(records(*rows), customers)
    rates = links[links["action"] == "all"].set_index("segment")["rate"]
    assert len(rates) == 5
    assert rates["rural_household"] == 50
    assert rates["large_grower"] == 100
    assert rates["cooperative"] == 0
    assert rates[["leading_firm", "family_farm"]].isna().all()
    rows.append(record(7, "link", "A1", customer_id="f2", segment="rural_household", action="information"))
    full = five_links(records(*rows), customers).set_index(["segment", "action"])["rate"]
    assert full["rural_household", "all"] == 100
    assert full["rural_household", "card"] == 100


LOANS = pd.DataFrame(
    {"year": [2024, 2025], "agriculture": [300.0, 330.0], "mse": [450.0, 495.0], "total": [1000.0, 1100.0]}
)


def test_R85_75_passes_equal_growth_passes_and_a_missing_base_year_is_not_computable() -> None:
    shares = loan_shares(LOANS, year=2025)
    assert shares == {"agri_mse_share": 75.0, "agri_mse_growth_lead": 0.0}
    rates = {"unit_coverage_rate": 30, "resident": 40, "rural": 70, "mse": 50}
    verdicts = evaluate_targets({**rates, **shares}, profile="p2", year=1).set_index("target")["verdict"]
    assert verdicts[["agri_mse_share", "agri_mse_growth_lead"]].tolist() == ["met", "met"]
    slower = loan_shares(LOANS.assign(total=[1000.0, 1101.0]), year=2025)
    verdicts = evaluate_targets({**rates, **slower}, profile="p2", year=1).set_index("target")["verdict"]
    assert verdicts[["agri_mse_share", "agri_mse_growth_lead"]].tolist() == ["failed", "failed"]
    first = loan_shares(LOANS, year=2024)
    assert first == {"agri_mse_share": 75.0, "agri_mse_growth_lead": None}
    verdicts = evaluate_targets({**rates, **first}, profile="p2", year=1).set_index("target")["verdict"]
    assert verdicts[["agri_mse_share", "agri_mse_growth_lead"]].tolist() == ["met", "not_computable"]
    assert loan_shares(LOANS, year=2030) == {"agri_mse_share": None, "agri_mse_growth_lead": None}


def test_R85_mode_each_takes_every_kind_by_itself() -> None:
    shares = loan_shares(LOANS, year=2025, mode="each")
    assert shares["agri_mse_share"] == 30.0
    assert math.isclose(shares["agri_mse_growth_lead"] or 0.0, 0.0)
    with pytest.raises(InputError, match="parts are negative or above its total"):
        loan_shares(LOANS.assign(total=1.0), year=2025)
