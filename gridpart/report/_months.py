"""Months: which have data, how to name them, and where in a plan they lie."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from gridpart.errors import InputError
from gridpart.i18n import listed, messages, translator
from gridpart.report.figures import last_day

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.ledger import Book

say = messages("report")

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def months_of(book: Book) -> tuple[str, ...]:
    """Return the months in which a figure or a record is dated, sorted."""
    found = set(book.figures["period"].dropna().astype(str))
    if len(book.records):
        found |= set(book.records["date"].dropna().dt.strftime("%Y-%m"))
    return tuple(sorted(month for month in found if _MONTH.fullmatch(month)))


def nothing_dated(period: str, months: tuple[str, ...], lang: Language) -> str:
    """Return the sentence that nothing is dated in a month, and which months have data; "" if it is one of them."""
    if period in months:
        return ""
    _ = translator(lang, "report")
    named = listed(_spans(months, lang), lang) or _("none")
    return _("Nothing is dated in {period}. Months with data: {months}.").format(period=period, months=named)


def _spans(months: tuple[str, ...], lang: Language) -> list[str]:
    """Return months with those that follow each other as one: 2025-01 to 2025-12."""
    _ = translator(lang, "report")
    runs: list[list[str]] = []
    for month in months:
        follows = runs and str(pd.Period(runs[-1][-1], freq="M") + 1) == month
        if follows:
            runs[-1].append(month)
        else:
            runs.append([month])
    return [run[0] if len(run) == 1 else _("{first} to {last}").format(first=run[0], last=run[-1]) for run in runs]


def year_of_plan(start: str, period: str) -> int:
    """
    Return the year of a plan that a month lies in; the first is 1.

    Raises
    ------
    InputError
        If the plan starts later.
    """
    last_day(start)
    months = (pd.Period(period, freq="M") - pd.Period(start, freq="M")).n
    if months < 0:
        raise InputError(
            say("the plan starts in {start}, after {period}. No report was made.", start=start, period=period)
        )
    return months // 12 + 1
