"""Scorecards: indicators times weights, with ranks; ties share a rank."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gridpart._typing import FloatArray
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, clauses, messages
from gridpart.profiles import Indicator, Scorecard
from gridpart.staffing._cells import Rules, rules_of
from gridpart.staffing._staff import require_columns, text_column, texts

say = messages("staffing")

_DECIMALS = 9  # scores that differ by rounding only are equal


def points_of(values: FloatArray, indicator: Indicator) -> FloatArray:
    """Points (0 to 1) that values of an indicator earn, between its `zero` and its `full`."""
    points: FloatArray = np.clip((values - indicator.zero) / (indicator.full - indicator.zero), 0.0, 1.0)
    return points


@checked
def scorecard(
    figures: pd.DataFrame, *, card: Scorecard | None = None, subject: str = "officer", profile: Rules = "default"
) -> pd.DataFrame:
    """
    Score and rank people or outlets.

    Parameters
    ----------
    figures
        First column: whom it is about; one column per indicator of the card, numbers or blank.
    card
        Indicators and weights; if None, the profile's card of `subject`.
    subject
        "officer", "manager", "outlet" or "evaluation".
    profile
        Where the card comes from.

    Returns
    -------
    scores
        The first column, points of each indicator times its weight (out of 100), ``score`` (0 to 100), ``rank`` from 1
        (equal scores share a rank; none without a score), ``missing`` (indicators without a figure: such rows have no
        score), ``assumed`` (whether no plan gives the weights), in the order of the rows.

    Raises
    ------
    InputError
        If there is no such card, a column is missing, or a figure is no number; all are named.
    """
    rules = rules_of(profile)
    chosen = card or next((item for item in rules.scorecards if item.subject == subject), None)
    if chosen is None:
        raise InputError(
            say(
                "profile {profile!r} has no scorecard of {subject!r}; nothing was scored.",
                profile=rules.name,
                subject=subject,
            )
        )
    codes = [indicator.code for indicator in chosen.indicators]
    require_columns(figures, codes, name="figures")
    key = str(figures.columns[0])
    numbers = _numbers(figures, codes, key)
    parts = {
        item.code: 100.0 * item.weight * points_of(numbers[item.code].to_numpy(dtype=np.float64), item)
        for item in chosen.indicators
    }
    table = pd.DataFrame({key: text_column(texts(figures[key])), **parts})
    table["score"] = table[codes].sum(axis=1, skipna=False).round(_DECIMALS)
    table["rank"] = table["score"].rank(method="min", ascending=False)
    blank = numbers.isna()
    table["missing"] = text_column(
        ";".join(code for code, lacks in zip(codes, row, strict=True) if lacks) for row in blank.to_numpy()
    )
    table["assumed"] = chosen.assumed
    return table


def _numbers(figures: pd.DataFrame, codes: list[str], key: str) -> pd.DataFrame:
    columns = {code: pd.to_numeric(figures[code], errors="coerce").to_numpy(dtype=np.float64) for code in codes}
    numbers = pd.DataFrame(columns)
    given = figures[codes].notna().reset_index(drop=True)
    wrong = [
        f"{figures[key].iloc[row]}: {codes[column]}" for row, column in np.argwhere((given & numbers.isna()).to_numpy())
    ]
    wrong += [f"{figures[key].iloc[row]}: {codes[column]}" for row, column in np.argwhere(np.isinf(numbers.to_numpy()))]
    if wrong:
        raise InputError(
            say(
                "{n} figures are no numbers: {figures}. Nothing was scored.",
                n=len(wrong),
                figures=Joined(wrong[:8], clauses),
            )
        )
    return numbers
