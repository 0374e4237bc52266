"""Phases by the calendar, pilots by share, waves that only grow, ranks with ties."""

from __future__ import annotations

import datetime as dt
import itertools
import math

import numpy as np
import pandas as pd
import pytest

from gridpart import ledger, profiles
from gridpart.errors import InputError


def units(count: int, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"unit_id": [f"u{row:03d}" for row in range(count)], **columns})


@pytest.mark.parametrize("name", profiles.available())
@pytest.mark.parametrize("start", ["2026-01-31", "2024-02-29", "2026-05-01"])
def test_R102_any_date_maps_to_at_most_one_phase(name: str, start: str) -> None:
    profile = profiles.load(name)
    begun = dt.date.fromisoformat(start)
    dated = [phase for phase in profile.phases if phase.is_dated]
    seen = []
    for offset in range(-40, 1200):
        day = begun + dt.timedelta(days=offset)
        months = [
            phase.key
            for phase in dated
            if pd.Timestamp(begun) + pd.DateOffset(months=phase.start_month)
            <= pd.Timestamp(day)
            < pd.Timestamp(begun) + pd.DateOffset(months=phase.end_month)
        ]
        assert len(months) <= 1
        phase = ledger.current_phase(profile, start=begun, on=day)
        assert [phase.key] * (phase is not None) == months if phase else months == []
        seen += months
    assert list(dict.fromkeys(seen)) == [phase.key for phase in dated]


def test_R102_month_six_belongs_to_one_phase_only() -> None:
    found = [ledger.current_phase("p6", start="2026-01-01", on=f"2026-{month:02d}-15") for month in range(1, 13)]
    assert [phase.key for phase in found if phase] == ["preparation"] * 2 + ["implementation"] * 4 + ["evaluation"] * 6
    assert ledger.current_phase("p6", start="2026-01-01", on="2026-06-30") == found[5]
    assert ledger.current_phase("p6", start="2026-01-01", on="2026-07-01") == found[6]
    assert ledger.current_phase("p6", start="2026-01-01", on="2027-01-01") is None


def test_R102_steps_without_dates_have_no_day() -> None:
    assert len(profiles.load("p10").phases) == 5
    assert ledger.current_phase("p10", start="2026-01-01", on="2026-03-01") is None


def test_R102_milestones_are_overdue_from_their_day_until_done() -> None:
    stones = ledger.milestones("p1", start="2026-05-01", on="2026-06-01", done=[])
    assert stones[["milestone", "due", "status"]].to_numpy().tolist() == [
        ["cells_drawn", "2026-06-01", "overdue"],
        ["officers_trained", "2026-07-01", "ahead"],
        ["results_reviewed", "2027-01-01", "ahead"],
    ]
    assert stones["assumed"].all()
    done = ledger.milestones("p1", start="2026-05-01", on="2026-07-01", done=["cells_drawn"])
    assert done["status"].tolist() == ["done", "overdue", "ahead"]
    with pytest.raises(InputError, match="1 milestones are not in the plan: party"):
        ledger.milestones("p1", start="2026-05-01", on="2026-06-01", done=["party"])
    with pytest.raises(InputError, match="start is 'May'; it must be a date"):
        ledger.milestones("p1", start="May", on="2026-06-01")


@pytest.mark.parametrize("count", [1, 3, 10, 11, 100, 274])
@pytest.mark.parametrize("share", [0.0, 0.07, 0.3, 0.7, 1.0])
def test_R78_pilots_are_the_share_of_the_units_rounded_up(count: int, share: float) -> None:
    pilots = ledger.select_pilots(units(count), share=share)
    assert len(pilots) == math.ceil(round(share * 100) * count / 100)
    assert len(set(pilots)) == len(pilots)


def test_R78_the_best_by_the_criteria_become_pilots() -> None:
    table = units(5, households=[10, 30, 20, 30, 5], distance=[1, 9, 2, 3, 0])
    assert ledger.select_pilots(table, share=0.4, criteria=["households"]) == ["u001", "u003"]
    assert ledger.select_pilots(table, share=0.2, criteria=["households", "-distance"]) == ["u003"]
    assert ledger.select_pilots(table.sample(frac=1, random_state=0), share=0.2, criteria=["-distance"]) == ["u004"]


def test_R79_pilots_of_year_one_remain() -> None:
    table = units(10, households=range(10))
    first = ledger.select_pilots(table, share=0.3, criteria=["households"])
    # the order of merit has changed since, yet nobody drops out
    second = ledger.next_wave(first, table.assign(households=range(10, 0, -1)), share=0.7, criteria=["households"])
    assert set(first) < set(second)
    assert len(second) == 7


@pytest.mark.parametrize("seed", range(30))
def test_R104_the_next_wave_contains_the_old_one_and_adds_the_fewest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = units(9, people=rng.integers(0, 50, 9))
    old = rng.choice(table["unit_id"], rng.integers(0, 5), replace=False).tolist()
    share = float(rng.choice([0.3, 0.55, 0.9, 1.0]))
    total = dict(zip(table["unit_id"], table["people"].tolist(), strict=True))
    new = ledger.next_wave(old, table, share=share, weight="people")
    assert set(old) <= set(new)
    assert sum(total[unit] for unit in new) >= share * sum(total.values()) - 1e-9
    rest = [unit for unit in total if unit not in old]
    fewest = next(
        number
        for number in range(len(rest) + 1)
        for extra in itertools.combinations(rest, number)
        if sum(total[unit] for unit in (*old, *extra)) >= share * sum(total.values()) - 1e-9
    )
    assert len(new) - len(old) == fewest


def test_R104_a_share_that_is_reached_adds_nobody() -> None:
    assert ledger.next_wave(["u001", "u004"], units(6), share=0.2) == ["u001", "u004"]


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"share": 1.2}, r"share is 1\.2; it must be between 0 and 1"),
        ({"share": 0.5, "criteria": ["people"]}, "units needs the columns people"),
        ({"share": 0.5, "criteria": ["score"]}, "1 units have no number in score: u001"),
    ],
)
def test_what_cannot_be_chosen_is_named(options: dict[str, object], match: str) -> None:
    with pytest.raises(InputError, match=match):
        ledger.select_pilots(units(2, score=[1.0, None]), **options)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="1 current units are not among all: u009"):
        ledger.next_wave(["u009"], units(2), share=0.5)


def test_R107_the_best_units_are_shown_with_shared_ranks() -> None:
    table = units(5, profile_rate=[90, 95, 95, 80, 95], overdue=[0, 2, 2, 0, 1])
    ranked = ledger.showcase(table, criteria=["profile_rate", "-overdue"])
    assert ranked["unit_id"].tolist() == ["u004", "u001", "u002", "u000", "u003"]
    assert ranked["rank"].tolist() == [1, 2, 2, 4, 5]
    assert ledger.showcase(table, criteria=["profile_rate"], top=1)["unit_id"].tolist() == ["u001", "u002", "u004"]
    with pytest.raises(InputError, match="showcase needs at least one criterion"):
        ledger.showcase(table, criteria=[])
