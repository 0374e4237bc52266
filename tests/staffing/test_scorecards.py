"""Scores by hand, ranks with ties, weights that sum to 1."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from gridpart import profiles, staffing
from gridpart.errors import InputError
from gridpart.profiles import Indicator, Scorecard

CARD = Scorecard(
    subject="officer",
    indicators=(
        Indicator(code="filing", title="Filing", weight=0.5),
        Indicator(code="overdue", title="Overdue", weight=0.3, zero=10, full=0),
        Indicator(code="visits", title="Visits", weight=0.2, zero=20, full=70),
    ),
)


def test_R57_weights_of_every_scorecard_sum_to_one() -> None:
    for name in profiles.available():
        for card in profiles.load(name).scorecards:
            assert math.fsum(item.weight for item in card.indicators) == pytest.approx(1.0, abs=1e-12)


def test_R57_score_and_rank_by_hand_with_a_shared_rank() -> None:
    figures = pd.DataFrame(
        {
            "staff_id": ["a", "b", "c", "d", "e"],
            "filing": [80, 80, 100, 0, 150],
            "overdue": [5, 5, 0, 12, np.nan],
            "visits": [45, 45, 70, 10, 70],
        }
    )
    scores = staffing.scorecard(figures, card=CARD)
    # a: 0.5 * 80 + 0.3 * 50 + 0.2 * 50 = 65; c: all points; d: none; e: no figure, no score
    assert scores["score"].tolist()[:4] == [65.0, 65.0, 100.0, 0.0]
    assert scores["rank"].tolist()[:4] == [2.0, 2.0, 1.0, 4.0]
    assert scores.loc[4, ["score", "rank"]].isna().all()
    assert scores["missing"].tolist() == ["", "", "", "", "overdue"]
    assert scores["assumed"].all()


def test_R57_cards_of_the_profile_for_officers_managers_and_outlets() -> None:
    profile = profiles.load("p4")
    for subject in ("officer", "manager", "outlet"):
        card = profile.scorecard(subject)  # type: ignore[arg-type]
        assert card is not None
        best = pd.DataFrame({"who": ["x"]} | {item.code: [item.full] for item in card.indicators})
        assert staffing.scorecard(best, subject=subject, profile=profile)["score"].tolist() == [100.0]
    with pytest.raises(InputError, match="profile 'p4' has no scorecard of 'nobody'"):
        staffing.scorecard(best, subject="nobody", profile=profile)


@pytest.mark.parametrize(("value", "match"), [("many", "a: visits"), (np.inf, "a: visits")])
def test_figures_that_are_no_numbers_are_named(value: object, match: str) -> None:
    figures = pd.DataFrame({"staff_id": ["a"], "filing": [1], "overdue": [1], "visits": [value]})
    with pytest.raises(InputError, match=rf"1 figures are no numbers: {match}\. Nothing was scored"):
        staffing.scorecard(figures, card=CARD)
