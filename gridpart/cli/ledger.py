"""``gridpart ledger``: whether the ledgers are whole and right, and what a person may see of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridpart.cli.console import Output
from gridpart.cli.opening import opened
from gridpart.cli.options import AsJson, Lang, ProjectFile
from gridpart.errors import InputError
from gridpart.i18n import labelled, messages, translator

if TYPE_CHECKING:
    import pandas as pd

    from gridpart.ledger import Validation
    from gridpart.project import Project

say = messages("cli")


def ledger(
    project: ProjectFile,
    *,
    role: Annotated[
        str | None,
        typer.Option("--role", help="Write what an officer, manager, head_office or regulator may see."),
    ] = None,
    person: Annotated[str | None, typer.Option("--person", help="Staff id, or bank id for a head office.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write the view to: .csv, .xlsx, .html, .gpkg or .pdf.")
    ] = None,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Check the ledgers of a project, or write what a person may see. Exit code 1: records have errors."""
    import gridpart as gp

    output = Output(as_json=as_json, lang=lang)
    _ = translator(lang, "cli")
    county = opened(project, output=output, lang=lang)
    if role is not None:
        _write_view(county, role=role, person=person, out=out, output=output, lang=lang)
        return
    with output.step(_("Records against their schemas")):
        found = gp.ledger.validate(
            county.records,
            profile=county.profile,
            cells=county.book().cell_ids,
            officers=county.staff["staff_id"],
            customers=county.customers["customer_id"],
        )
    with output.step(_("Records in their cells")):
        misplaced = _misplaced(county)
    _show(found, misplaced, output=output, lang=lang)
    raise typer.Exit(1 if len(found.errors) or misplaced else 0)


def _write_view(
    project: Project, *, role: str, person: str | None, out: Path | None, output: Output, lang: Lang
) -> None:
    import gridpart as gp

    if out is None:
        raise InputError(say("--role needs --out: the file to write the view to."))
    _ = translator(lang, "cli")
    seen = gp.ledger.view(project.book(), role, person, profile=project.profile)  # type: ignore[arg-type] # an unknown role is refused
    with output.step(_("Writing {n} rows").format(n=f"{len(seen):,}")):
        path = gp.report.export(seen, out, title=project.name, lang=lang)
    output.say(_("What {role} may see: {file}").format(role=f"{role} {person or ''}".strip(), file=path))
    output.data({"file": str(path), "rows": len(seen), "columns": [str(name) for name in seen.columns]})


def _misplaced(project: Project) -> dict[str, int]:
    """Count by bank the records that lie outside their cell."""
    from gridpart.ledger import check_location

    counts = {}
    for bank_id, grid in sorted(project.grids.items()):
        mine = project.records[project.records["cell_id"].isin(grid.cells["cell_id"])]
        count = len(check_location(mine, grid, units=project.units))
        if count:
            counts[bank_id] = count
    return counts


def _kind(kind: str, lang: Lang) -> str:
    """Return a kind of record in words: in English its own name, as records carry it."""
    from gridpart.report.record_words import codes_in

    return kind if lang == "en" else codes_in(lang)["kind"].get(kind, kind)


def _show(found: Validation, misplaced: dict[str, int], *, output: Output, lang: Lang) -> None:
    _ = translator(lang, "cli")
    kinds = found.by_kind()
    rows = [
        (_kind(str(row.kind), lang), f"{row.records:,}", f"{row.errors:,}", f"{100 * float(str(row.completeness)):.1f}")
        for row in kinds.itertuples(index=False)
    ]
    columns = (_("Kind"), _("Records"), _("Errors"), _("Complete (%)"))
    output.table(_("Ledgers"), columns=columns, rows=rows)
    errors: pd.DataFrame = found.errors_in(lang)
    for row in errors.head(20).itertuples(index=False):
        output.say(labelled(f"  {row.record_id}, {row.column} = {row.value!r}", str(row.reason), lang))
    for bank_id, count in misplaced.items():
        output.say(_("{bank}: {n} records lie outside their cell.").format(bank=bank_id, n=f"{count:,}"))
    output.data(
        {
            "kinds": {str(row.kind): int(str(row.records)) for row in kinds.itertuples(index=False)},
            "errors": [
                {str(key): None if value is None else str(value) for key, value in row.items()}
                for row in errors.to_dict("records")
            ],
            "misplaced": misplaced,
        }
    )
