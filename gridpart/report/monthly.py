"""The monthly report: what was done in a month, branch by branch, and what is left to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.i18n import listed, translator
from gridpart.ledger import Book, evaluate_targets, rates_of, rule_names
from gridpart.profiles import Profile, load
from gridpart.report._months import months_of, nothing_dated, year_of_plan
from gridpart.report.charts import line_chart
from gridpart.report.document import Document, Section
from gridpart.report.figures import SHARES, Progress, cell_figures, last_day, missing_units, rolled_up, uncounted
from gridpart.report.words import heads, target_names, verdict_names
from gridpart.steps import step, task

if TYPE_CHECKING:
    from gridpart.project import Project

STEPS = ("figures", "records", "due", "alerts", "targets", "page")
"""Steps of a report, in order: what `progress` is told."""


_SCHEME = (
    *("cells", "units", "units_in_scheme", "coverage_rate", "households", "households_filed", "filing_rate"),
    *("households_granted", "visits", "return_visits"),
)
_WORK = ("customers", "profiles", "profile_share", "visits_recorded", "visited", "visited_share", "loans", "loan_yuan")
_LATE = (
    *("balance_yuan", "overdue_yuan", "overdue_share", "checks_overdue", "issues_opened", "issues_closed"),
    *("issues_open", "issues_overdue", "alerts"),
)
_SHORT = (
    *("cells", "coverage_rate", "filing_rate", "customers", "profile_share", "visits_recorded", "visited_share"),
    *("loans", "overdue_share", "issues_open", "issues_overdue", "alerts"),
)


@dataclass(frozen=True, eq=False, repr=False)
class MonthlyReport:
    """
    Figures of one month.

    Attributes
    ----------
    period, as_of
        Month, and its last day.
    profile
        Rules by which things are late, and targets.
    name
        What the report is about.
    cells, outlets, banks
        Figures per cell, branch and bank; the latter two are sums of the first.
    trend
        ``period``, ``bank_id``, ``filing_rate``, ``coverage_rate``, ``visits``: every month up to this one.
    judged
        What the plan's targets are judged by, or None where the start of the plan is not given.
    alerts
        Cells past a limit.
    missing
        Units without figures in the month.
    uncounted
        Units and cells with figures or records in the month that belong to no active cell: they are in no sum.
    names
        Names of banks and outlets by id.
    months
        Months in which a figure or a record is dated, sorted.
    """

    period: str
    as_of: str
    profile: Profile
    name: str
    cells: pd.DataFrame
    outlets: pd.DataFrame
    banks: pd.DataFrame
    trend: pd.DataFrame
    judged: Judged | None
    alerts: pd.DataFrame
    missing: tuple[str, ...] = ()
    uncounted: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    months: tuple[str, ...] = ()

    @property
    def has_data(self) -> bool:
        """Whether anything is dated in the month; if not, page and summary say so and name the months with data."""
        return self.period in self.months

    def without_data(self, lang: Language) -> str:
        """Return the sentence that nothing is dated in the month, and which months have data; "" if it has."""
        return nothing_dated(self.period, self.months, lang)

    @property
    def targets(self) -> pd.DataFrame | None:
        """Verdicts on the plan's targets; None where there is nothing to judge by."""
        return None if self.judged is None else self.judged.table("en")

    @checked
    def document(self, lang: Language = "zh-Hans") -> Document:
        """Return the report as a page in a language."""
        return document_of(self, lang)

    @checked
    def to_html(self, lang: Language = "zh-Hans") -> str:
        """Return the report as one offline page."""
        return self.document(lang).to_html()

    @checked
    def save(self, folder: str | Path, *, lang: Language = "zh-Hans") -> tuple[Path, Path]:
        """Write page and workbook into a folder and return their paths; the same report gives the same bytes."""
        return self.document(lang).save(folder, f"monthly_{self.period}")

    def __repr__(self) -> str:
        """Show period and size."""
        empty = self.without_data("en")
        size = f"{len(self.cells):,} cells, {len(self.alerts):,} alerts"
        return f"<MonthlyReport {self.period}: {empty or size}>"

    def _repr_html_(self) -> str:
        return self.document("zh-Hans")._repr_html_()


@checked
@task("monthly_report", steps=STEPS[:-1])
def monthly_report(
    source: Project | Book,
    period: str,
    *,
    profile: str | Profile | None = None,
    start: str | None = None,
    progress: Progress | None = None,
) -> MonthlyReport:
    """
    Work out the figures of a month.

    Parameters
    ----------
    source
        A project, or its book.
    period
        Month, such as "2025-06". What is dated later is not known yet.
    profile
        Plan, or its name; the project's own if None.
    start
        First month of the plan: it is never inferred. Without it, targets are not judged.
    progress
        Called with the name of each step before it begins, see `STEPS`.

    Returns
    -------
    report
        Figures that are sums of the ledgers; the same input gives the same report.

    Raises
    ------
    InputError
        If the period is no month, or lies before the start.
    """
    book = source if isinstance(source, Book) else source.book()
    rules = _rules(source, profile)
    tell = _told(progress)
    cells, warned = cell_figures(book, period, profile=rules, tell=tell)
    tell("targets")
    return MonthlyReport(
        period=period,
        as_of=last_day(period),
        profile=rules,
        name="" if isinstance(source, Book) else source.name,
        cells=cells,
        outlets=rolled_up(cells, ["bank_id", "outlet_id"]),
        banks=rolled_up(cells, ["bank_id"]),
        trend=trend_of(book, period),
        judged=None if start is None else judged(book, period, profile=rules, start=start),
        alerts=warned,
        missing=missing_units(book, period),
        uncounted=uncounted(book, period),
        names={} if isinstance(source, Book) else names_of(source),
        months=months_of(book),
    )


def _told(progress: Progress | None) -> Progress:
    """Tell the one who asked as well as whoever watches all steps."""
    if progress is None:
        return step

    def both(name: str) -> None:
        step(name)
        progress(name)

    return both


def _rules(source: Project | Book, profile: str | Profile | None) -> Profile:
    if profile is None:
        return load("default") if isinstance(source, Book) else source.profile
    return load(profile) if isinstance(profile, str) else profile


def names_of(project: Project) -> dict[str, str]:
    """Return names of banks and outlets by id."""
    names: dict[str, str] = {}
    for table, key in ((project.banks, "bank_id"), (project.outlets, "outlet_id")):
        if {key, "name"} <= set(table.columns):
            named = table.dropna(subset=["name"])
            names |= dict(zip(named[key].astype(str), named["name"].astype(str), strict=True))
    return names


def trend_of(book: Book, period: str) -> pd.DataFrame:
    """Return filing and coverage rate (0 to 1) and visits by month and bank, up to a period."""
    rows = book.cell_figures
    rows = rows[rows["period"] <= period]
    columns = [name for name in ("households", "households_filed", "visits", "in_scheme") if name in rows.columns]
    if "bank_id" not in rows.columns:
        rows = rows.assign(bank_id=rows["cell_id"].map(book.cells.set_index("cell_id")["bank_id"]))
    grouped = rows.groupby(["period", "bank_id"], sort=True)
    table = grouped[columns].sum().assign(units=grouped.size()).reset_index()
    result = table[["period", "bank_id"]].copy()
    if {"households", "households_filed"} <= set(columns):
        result["filing_rate"] = table["households_filed"] / table["households"].where(table["households"] > 0)
    if "in_scheme" in columns:
        result["coverage_rate"] = table["in_scheme"] / table["units"]
    return result.assign(visits=table["visits"]) if "visits" in columns else result


@dataclass(frozen=True, eq=False)
class Judged:
    """
    What the targets of a year are judged by.

    Attributes
    ----------
    profile, year
        Plan, and its year.
    rates, previous
        Rates in per cent now, and at the end of the year before (None where not known).
    totals, units
        See `gridpart.ledger.evaluate_targets`.
    """

    profile: Profile
    year: int
    rates: dict[str, float]
    previous: dict[str, float] | None
    totals: dict[str, float]
    units: pd.DataFrame

    def table(self, lang: Language) -> pd.DataFrame:
        """Return the verdicts with reasons in a language."""
        return evaluate_targets(
            self.rates,
            profile=self.profile,
            year=self.year,
            previous=self.previous,
            totals=self.totals,
            units=self.units,
            lang=lang,
        )


def judged(book: Book, period: str, *, profile: Profile, start: str) -> Judged | None:
    """Work out what the plan's targets are judged by; None where the plan has none that year."""
    year = year_of_plan(start, period)
    targets = profile.targets_of(year)
    if not targets or "unit_id" not in book.figures.columns or period not in set(book.figures["period"]):
        return None
    everywhere = rates_of(book.figures, book.units, period=period, denominator="all")
    pilot = rates_of(book.figures, book.units, period=period, denominator="pilot")
    in_pilot = {target.key for target in targets if target.denominator == "pilot"}
    before = str(pd.Period(start, freq="M") + 12 * (year - 1) - 1)
    known = before in set(book.figures["period"])
    return Judged(
        profile,
        year,
        rates={key: (pilot if key in in_pilot else everywhere).rates[key] for key in everywhere.rates},
        previous=dict(rates_of(book.figures, book.units, period=before).rates) if known else None,
        totals={key: (pilot if key in in_pilot else everywhere).totals[key] for key in everywhere.totals},
        units=everywhere.units,
    )


def document_of(report: MonthlyReport, lang: Language) -> Document:
    """Return a monthly report as a page."""
    _ = translator(lang, "report")
    words, shares = heads(lang), frozenset(SHARES)

    def named(table: pd.DataFrame) -> pd.DataFrame:
        keys = [name for name in ("bank_id", "outlet_id") if name in table.columns]
        return table.assign(**{key: table[key].map(lambda item: report.names.get(item, item)) for key in keys})

    banks, outlets, cells = named(report.banks), named(report.outlets), named(report.cells)
    said, chart = _summary(report, lang), _chart(report, lang)
    sections = [
        Section(_("Banks"), banks, words, shares, said, chart, columns=("bank_id", *_SCHEME)),
        Section(_("Customers and credit"), banks, words, shares, columns=("bank_id", *_WORK), in_workbook=False),
        Section(_("What is late"), banks, words, shares, columns=("bank_id", *_LATE), in_workbook=False),
        *targets_section(report.judged, lang),
        Section(_("Branches"), outlets, words, shares, columns=("outlet_id", *_SHORT)),
        Section(_("Early warning"), named(_alerts(report.alerts, lang)), words, frozenset(("value", "limit"))),
        Section(_("Cells"), cells, words, shares, limit=100, columns=("cell_id", *_SHORT)),
    ]
    return Document(
        title=_("Monthly report {period}").format(period=report.period),
        subtitle=_("{name} · profile {profile} · as of {day}").format(
            name=report.name or _("all cells"), profile=report.profile.name, day=report.as_of
        ),
        lang=lang,
        sections=tuple(sections),
        notes=_notes(report, lang),
    )


def targets_section(plan: Judged | None, lang: Language) -> list[Section]:
    """Return verdicts as a section, or no section where there are none."""
    if plan is None:
        return []
    _ = translator(lang, "report")
    table = plan.table(lang)
    text = _("Year {year} of the plan. Met: {met} of {n}.").format(
        year=plan.year, met=int((table["verdict"] == "met").sum()), n=len(table)
    )
    told = table.assign(
        target=table["target"].map(lambda key: target_names(lang).get(key, key)),
        verdict=table["verdict"].map(verdict_names(lang)),
    )[["verdict", "target", "value", "threshold", "reason"]]
    return [Section(_("Targets of the plan"), told, heads(lang), text=(text,), marks=tuple(table["verdict"]))]


def _alerts(table: pd.DataFrame, lang: Language) -> pd.DataFrame:
    _ = translator(lang, "report")
    source = table["assumed"].map({True: _("assumed"), False: _("from the plan")})
    told = table.assign(rule=table["rule"].map(rule_names(lang)), assumed=source)
    return told[["cell_id", "bank_id", "rule", "value", "limit", "assumed"]]


def _summary(report: MonthlyReport, lang: Language) -> tuple[str, ...]:
    _ = translator(lang, "report")
    text = _(
        "{cells:,} cells, {visits:,} visits recorded, {loans:,} new loans, {open:,} issues open, {alerts:,} alerts."
    )
    empty = report.without_data(lang)
    sums = report.banks[["cells", "visits_recorded", "loans", "issues_open"]].sum()
    return (
        *([empty] if empty else []),
        text.format(
            cells=int(sums["cells"]),
            visits=int(sums["visits_recorded"]),
            loans=int(sums["loans"]),
            open=int(sums["issues_open"]),
            alerts=len(report.alerts),
        ),
    )


def _chart(report: MonthlyReport, lang: Language) -> str:
    _ = translator(lang, "report")
    if "filing_rate" not in report.trend.columns or report.trend.empty:
        return ""
    wide = report.trend.pivot_table(index="period", columns="bank_id", values="filing_rate")
    series = {report.names.get(str(bank), str(bank)): (100 * wide[bank]).tolist() for bank in wide.columns}
    distinct = {tuple(values): name for name, values in series.items()}
    if len(distinct) == 1:  # figures of units are the same for every bank that serves them all
        series = {_("all banks"): next(iter(series.values()))}
    title = _("Households on file by month (%)")
    return line_chart([str(label) for label in wide.index], series, title=title)


def _notes(report: MonthlyReport, lang: Language) -> tuple[str, ...]:
    _ = translator(lang, "report")
    notes = [
        _("Figures of units (households, visits) count once for every bank whose cells hold them; records count once."),
        _("A customer counts as visited within {days} days ({source}).").format(
            days=report.profile.follow_up.visit_within_days.count,
            source=_("assumed") if report.profile.follow_up.visit_within_days.assumed else _("from the plan"),
        ),
    ]
    if report.judged is None:
        notes.append(_("Targets were not judged: the start of the plan was not given, or it has none for the year."))
    for ids, text in (
        (report.missing, _("{n} units have no figures for the month: {names}.")),
        (report.uncounted, _("{n} units or cells of the month belong to no active cell and are not counted: {names}.")),
    ):
        if ids:
            named = [*ids[:8], *(["…"] if len(ids) > 8 else [])]
            notes.append(text.format(n=len(ids), names=listed(named, lang)))
    return tuple(notes)
