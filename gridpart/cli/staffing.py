"""``gridpart staffing``: who answers for each cell, and where somebody or something is missing."""

from __future__ import annotations

from typing import Annotated

import typer

from gridpart.cli.console import Output
from gridpart.cli.opening import opened
from gridpart.cli.options import AsJson, Lang, ProjectFile
from gridpart.i18n import translator


def staffing(
    project: ProjectFile,
    *,
    bank: Annotated[str | None, typer.Option("--bank", help="Only this bank; all if left out.")] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="Rule profile; the project's if left out.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Day that counts, as 2026-11-24.")] = None,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Check people and machines of every bank. Exit code 1: somebody or something is missing."""
    import gridpart as gp

    output = Output(as_json=as_json, lang=lang)
    _ = translator(lang, "cli")
    county = opened(project, output=output, lang=lang)
    rules = county.profile if profile is None else gp.profiles.load(profile)
    found = {}
    for bank_id in sorted(county.grids) if bank is None else [bank]:
        found[bank_id] = gp.staffing.review(county, bank_id, profile=rules, as_of=as_of)
        columns = (_("Rule"), _("Failures"), _("Assumed"))
        rows = found[bank_id].table(lang).to_numpy().tolist()
        output.table(_("People and machines of {bank}").format(bank=bank_id), columns=columns, rows=rows)
    output.data(
        {
            bank_id: {check.words(): check.findings.astype(object).to_dict("records") for check in result.checks}
            for bank_id, result in found.items()
        }
    )
    raise typer.Exit(0 if all(result.passed for result in found.values()) else 1)
