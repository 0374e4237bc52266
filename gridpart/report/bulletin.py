"""The bulletin: all banks and all districts beside each other, every one exactly once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.i18n import listed, translator
from gridpart.ledger import Book
from gridpart.profiles import Profile, load
from gridpart.report.document import Document, Section
from gridpart.report.figures import Progress, last_day
from gridpart.report.monthly import MonthlyReport, monthly_report, targets_section
from gridpart.report.words import heads, verdict_names
from gridpart.steps import step, task

if TYPE_CHECKING:
    from gridpart.project import Project

BANK_SCORE = ("profile_share", "visited_share")
"""Shares whose mean ranks the banks: customers on file and visited in time. No plan says how to rank: assumed."""

DISTRICT_SCORE = ("filing_rate", "coverage_rate")
"""Shares whose mean ranks the districts; assumed as well."""

_NAMED = 3


@dataclass(frozen=True, eq=False, repr=False)
class Bulletin:
    """
    How far every bank and every district has come.

    Attributes
    ----------
    period, before
        Month, and the one it is compared with.
    profile
        The plan.
    banks, districts
        ``rank`` (equals share one), ``score`` (mean share, 0 to 1), ``change`` since the month before, figures; best
        first. Districts have a ``verdict`` on the plan's coverage, where it asks for one.
    report
        The monthly report it rests on.
    """

    period: str
    before: str
    profile: Profile
    banks: pd.DataFrame
    districts: pd.DataFrame
    report: MonthlyReport

    @checked
    def document(self, lang: Language = "zh-Hans") -> Document:
        """Return the bulletin as a page in a language."""
        return document_of(self, lang)

    @checked
    def save(self, folder: str | Path, *, lang: Language = "zh-Hans") -> tuple[Path, Path]:
        """Write page and workbook into a folder and return their paths; the same bulletin gives the same bytes."""
        return self.document(lang).save(folder, f"bulletin_{self.period}")

    def __repr__(self) -> str:
        """Show period and size."""
        return f"<Bulletin {self.period}: {len(self.banks)} banks, {len(self.districts)} districts>"

    def _repr_html_(self) -> str:
        return self.document()._repr_html_()


@checked
@task("bulletin", steps=("this_month", "last_month", "districts"))
def bulletin(
    project: Project,
    period: str,
    *,
    profile: str | Profile | None = None,
    start: str | None = None,
    progress: Progress | None = None,
) -> Bulletin:
    """
    Compare all banks and all districts of a county in a month.

    Parameters
    ----------
    project
        With grids, ledgers and units.
    period
        Month, such as "2025-06".
    profile
        Plan, or its name; the project's own if None.
    start
        First month of the plan; without it nobody is judged by its targets.
    progress
        Called with the name of each step before it begins.

    Returns
    -------
    bulletin
        Every bank (also one without grid or ledger) and every district once.
    """
    last_day(period)
    rules = project.profile if profile is None else load(profile) if isinstance(profile, str) else profile
    before = str(pd.Period(period, freq="M") - 1)
    book = project.book()
    step("this_month")
    report = monthly_report(book, period, profile=rules, start=start, progress=progress)
    step("last_month")
    earlier = monthly_report(book, before, profile=rules)
    step("districts")
    banks = _banks(project, report, earlier)
    districts = _districts(book, period, before)
    threshold = _coverage_target(report)
    if threshold is not None:
        rates = 100 * districts["coverage_rate"]
        verdicts = np.select([rates.isna(), rates >= threshold], ["not_computable", "met"], default="failed")
        districts["verdict"] = verdicts.astype(object)
    named = monthly_report_with_names(report, project)
    return Bulletin(period, before, rules, banks, districts, named)


def monthly_report_with_names(report: MonthlyReport, project: Project) -> MonthlyReport:
    """Return a report of a book with the names that its project knows."""
    from dataclasses import replace

    from gridpart.report.monthly import names_of

    return replace(report, name=project.name, names=names_of(project))


def _banks(project: Project, report: MonthlyReport, earlier: MonthlyReport) -> pd.DataFrame:
    figures = report.banks.set_index("bank_id").reindex(project.bank_ids)
    scores = _mean(figures, BANK_SCORE)
    change = scores - _mean(earlier.banks.set_index("bank_id").reindex(project.bank_ids), BANK_SCORE)
    table = figures.assign(score=scores, change=change).rename_axis("bank_id").reset_index()
    kept = ["cells", "customers", "profile_share", "visited_share", "overdue_share", "issues_overdue", "alerts"]
    return _ranked(table, "bank_id", kept)


def _mean(figures: pd.DataFrame, names: tuple[str, ...]) -> pd.Series[Any]:
    mean: pd.Series[Any] = figures[list(names)].mean(axis=1, skipna=False)
    return mean


def _districts(book: Book, period: str, before: str) -> pd.DataFrame:
    now, then = (_by_township(book, month) for month in (period, before))
    scores = _mean(now, DISTRICT_SCORE)
    table = now.assign(score=scores, change=scores - _mean(then, DISTRICT_SCORE).reindex(now.index)).reset_index()
    return _ranked(table, "township", ["units", "coverage_rate", "households", "filing_rate", "visits"])


def _by_township(book: Book, period: str) -> pd.DataFrame:
    """Figures of every district, once for each unit and not for each bank."""
    rows = book.figures[book.figures["period"] == period]
    units = book.units.assign(township=_township(book.units))
    joined = units[["unit_id", "township"]].merge(rows, on="unit_id", how="left")
    joined = joined.reindex(
        columns=[*joined.columns, *({"households", "households_filed", "visits"} - set(joined.columns))]
    )
    grouped = joined.groupby("township", sort=True)
    table = grouped[["households", "households_filed", "visits"]].sum().assign(units=grouped.size())
    in_scheme = joined["in_scheme"].eq(True) if "in_scheme" in joined.columns else pd.Series(float("nan"), joined.index)  # noqa: FBT003
    table["coverage_rate"] = in_scheme.groupby(joined["township"]).sum(min_count=1) / table["units"]
    table["filing_rate"] = table["households_filed"] / table["households"].where(table["households"] > 0)
    return table


def _township(units: pd.DataFrame) -> pd.Series[Any]:
    for name in ("township", "township_id"):
        if name in units.columns:
            return units[name].where(units[name].notna(), "missing").astype(str)
    return pd.Series("missing", index=units.index)


def _ranked(table: pd.DataFrame, key: str, kept: list[str]) -> pd.DataFrame:
    """Sort by score, best first, those without one last; equal scores share a rank."""
    rank = table["score"].round(9).rank(method="min", ascending=False)
    ranked = table.assign(rank=rank).sort_values(["rank", key], kind="stable", ignore_index=True)
    ranked["rank"] = ranked["rank"].astype("Int64")
    return ranked[["rank", key, "score", "change", *kept]]


def _coverage_target(report: MonthlyReport) -> float | None:
    if report.judged is None:
        return None
    levels = [t for t in report.profile.targets_of(report.judged.year) if t.measure == "level" and t.ring is None]
    return next((target.value for target in levels if target.key == "unit_coverage_rate"), None)


def document_of(made: Bulletin, lang: Language) -> Document:
    """Return a bulletin as a page."""
    _ = translator(lang, "report")
    words = heads(lang)
    shares = frozenset({*BANK_SCORE, *DISTRICT_SCORE, "overdue_share", "score", "change"})
    words = {**words, "score": _("Score (%)"), "change": _("Change (points)")}
    names = made.report.names
    banks = made.banks.assign(bank_id=made.banks["bank_id"].map(lambda item: names.get(item, item)))
    districts = made.districts
    if "verdict" in districts.columns:
        districts = districts.assign(verdict=districts["verdict"].map(verdict_names(lang)))
    sections = (
        Section(_("Banks"), banks, words, shares, text=_told(banks, "bank_id", lang)),
        Section(_("Districts"), districts, words, shares, text=_told(districts, "township", lang)),
        *targets_section(made.report.judged, lang),
    )
    return Document(
        title=_("Bulletin {period}").format(period=made.period),
        subtitle=_("{name} · profile {profile} · as of {day}").format(
            name=made.report.name, profile=made.profile.name, day=made.report.as_of
        ),
        lang=lang,
        sections=sections,
        notes=(
            _("Banks are ranked by the mean of customers on file and visited in time (assumed: no plan says how)."),
            _("Districts are ranked by the mean of households on file and units in the scheme (assumed likewise)."),
            _("Changes are since {month}.").format(month=made.before),
        ),
    )


def _told(table: pd.DataFrame, key: str, lang: Language) -> tuple[str, ...]:
    """Good practice and problems in words: the best and the last, and who fell back."""
    _ = translator(lang, "report")
    known = table.dropna(subset=["score"])
    if known.empty:
        return (_("Nobody has figures for the month."),)
    best = known.loc[known["rank"] == known["rank"].min(), key].head(_NAMED)
    last = known.loc[known["rank"] == known["rank"].max(), key].head(_NAMED)
    told = [_("Good practice: {names}.").format(names=listed(best, lang))]
    if len(known) > 1:
        told.append(_("Most to do: {names}.").format(names=listed(last, lang)))
    fell = known.loc[known["change"] < 0, key].head(_NAMED)
    if len(fell):
        told.append(_("Fell back since the month before: {names}.").format(names=listed(fell, lang)))
    silent = table.loc[table["score"].isna(), key].head(_NAMED)
    if len(silent):
        told.append(_("Without figures: {names}.").format(names=listed(silent, lang)))
    return tuple(told)
