"""``gridpart report``: the monthly report, the bulletin and the supervisor's extract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gridpart.cli.console import Output
from gridpart.cli.opening import opened
from gridpart.cli.options import AsJson, Lang, OutFolder, ProjectFile
from gridpart.i18n import listed, translator

if TYPE_CHECKING:
    from gridpart.report import Bulletin, MonthlyReport

Kind = Literal["monthly", "bulletin", "extract"]


def report(
    project: ProjectFile,
    period: Annotated[str, typer.Option("--period", help="Month, such as 2025-06.")],
    out: OutFolder,
    *,
    kind: Annotated[
        Kind, typer.Option("--kind", help="Figures by branch, all banks and districts, or one row per bank.")
    ] = "monthly",
    profile: Annotated[
        str | None, typer.Option("--profile", help="Plan to judge by; the project's own if not given.")
    ] = None,
    start: Annotated[
        str | None, typer.Option("--start", help="First month of the plan; without it targets are not judged.")
    ] = None,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Write a report as page and workbook. Exit code 1: targets missed, cells warned of, or a month without data."""
    import gridpart as gp
    from gridpart.tables.export import write_csv

    output = Output(as_json=as_json, lang=lang)
    _ = translator(lang, "cli")
    county = opened(project, output=output, lang=lang)
    if kind == "extract":
        with output.step(_("Figures of {period}").format(period=period)):
            table = gp.report.supervisory_extract(county, [period], profile=profile)
        out.mkdir(parents=True, exist_ok=True)
        path = write_csv(table, out / f"extract_{period}.csv")
        output.say(_("Extract: {file}").format(file=path))
        output.data({"files": [str(path)], "rows": len(table)})
        return
    with output.step(_("Figures of {period}").format(period=period)):
        make = gp.report.monthly_report if kind == "monthly" else gp.report.bulletin
        made: MonthlyReport | Bulletin = make(county, period, profile=profile, start=start)
    with output.step(_("Page and workbook")):
        paths = made.save(out, lang=lang)
    whole = made.report if isinstance(made, gp.report.Bulletin) else made
    missed = [] if whole.targets is None else whole.targets.loc[whole.targets["verdict"] == "failed", "target"].tolist()
    _show(whole, missed, output=output, lang=lang)
    if not whole.has_data:
        output.say(whole.without_data(lang))
    output.say(_("Report: {file}").format(file=paths[0]))
    output.data(
        {
            "files": [str(path) for path in paths],
            "alerts": len(whole.alerts),
            "missed": missed,
            "has_data": whole.has_data,
        }
    )
    raise typer.Exit(1 if missed or len(whole.alerts) or not whole.has_data else 0)


def _named(targets: list[str], lang: Lang) -> list[str]:
    """Return targets in words; in English by their keys, as in the table."""
    from gridpart.profiles import rate_names

    return targets if lang == "en" else [rate_names(lang).get(target, target) for target in targets]


def _show(made: MonthlyReport, missed: list[str], *, output: Output, lang: Lang) -> None:
    _ = translator(lang, "cli")
    columns = (_("Bank"), _("Visits"), _("New loans"), _("Visited in time (%)"), _("Issues overdue"), _("Alerts"))
    rows = [
        (
            made.names.get(str(row["bank_id"]), str(row["bank_id"])),
            f"{row['visits_recorded']:,}",
            f"{row['loans']:,}",
            f"{100 * row['visited_share']:.1f}",
            f"{row['issues_overdue']:,}",
            f"{row['alerts']:,}",
        )
        for row in made.banks.to_dict("records")
    ]
    output.table(_("Report of {period}").format(period=made.period), columns=columns, rows=rows)
    if missed:
        output.say(_("Targets missed: {targets}").format(targets=listed(_named(missed, lang), lang)))
