"""``gridpart demo``: a made-up county from files to maps, in under a minute."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridpart.cli.audit import areas_by_flag, show_audit
from gridpart.cli.console import Output
from gridpart.cli.options import AsJson, Lang, OutFolder
from gridpart.i18n import translator

if TYPE_CHECKING:
    from gridpart.partition import Certificate
    from gridpart.project import Project


def demo(
    out: OutFolder = Path("out/demo"),
    *,
    seed: Annotated[int, typer.Option("--seed", help="Another number makes another county.")] = 0,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Make a sample county, give every bank a proven grid, audit them together and draw the atlas."""
    import gridpart as gp

    output = Output(as_json=as_json, lang=lang)
    _ = translator(lang, "cli")
    out.mkdir(parents=True, exist_ok=True)
    with output.step(_("Sample county")):
        project = gp.sample_project(seed=seed)
    with output.step(_("Grids of {n} banks, each with its certificate").format(n=len(project.bank_ids))):
        certificates = {bank_id: grid.certify() for bank_id, grid in sorted(project.grids.items())}
    with output.step(_("Project file")):
        project.save(out / "county.gpkg")
    with output.step(_("Audit across banks")):
        result = project.audit()
        audit_page = result.save(out / "audit", lang=lang)
    with output.step(_("Map sheets")):
        sheets = gp.build_atlas(project, out, lang=lang, formats=("html",))
    _show_grids(project, certificates, output=output, lang=lang)
    show_audit(result, output=output, lang=lang)
    output.say(
        _("Open {file} in a browser: {n} map sheets. Audit: {audit}").format(
            file=sheets.index, n=len(sheets.sheets), audit=audit_page
        )
    )
    output.data(
        {
            "index": str(sheets.index),
            "audit": str(audit_page),
            "project": str(out / "county.gpkg"),
            "sheets": [str(sheet.path) for sheet in sheets.sheets],
            "digests": {bank_id: certificate.digest for bank_id, certificate in certificates.items()},
            "areas_m2": areas_by_flag(result),
        }
    )


def _show_grids(project: Project, certificates: dict[str, Certificate], *, output: Output, lang: Lang) -> None:
    _ = translator(lang, "cli")
    column = "name_en" if lang == "en" and "name_en" in project.banks.columns else "name"
    names = dict(zip(project.banks["bank_id"], project.banks[column], strict=True))
    rows = [
        (
            names.get(bank_id, bank_id),
            f"{certificate.n_cells:,}",
            f"{certificate.n_edges:,}",
            _("exact") if certificate.valid else _("NOT EXACT"),
            f"{certificate.boundary_shift_m:.1e}",
        )
        for bank_id, certificate in certificates.items()
    ]
    columns = (_("Bank"), _("Cells"), _("Edges"), _("Partition"), _("Border shift (m)"))
    output.table(project.name, columns=columns, rows=rows)
