"""``gridpart audit``: the grids of several banks laid over each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridpart.cli.console import Output
from gridpart.cli.options import Area, AsJson, Lang, OutFolder, Units
from gridpart.i18n import translator

if TYPE_CHECKING:
    from gridpart.audit import Audit

FLAGS = ("blank", "single", "shared", "excessive")


def audit(
    cells: Annotated[list[Path], typer.Argument(help="Cells: one file with bank_id, or one file per bank.")],
    area: Area,
    out: OutFolder,
    *,
    units: Units = None,
    outlets: Annotated[Path | None, typer.Option("--outlets", help="Outlets of all banks.")] = None,
    equipment: Annotated[Path | None, typer.Option("--equipment", help="Equipment of all banks.")] = None,
    profile: Annotated[str, typer.Option("--profile", help="Rule profile.")] = "default",
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Count banks at every place: blank, single, shared, excessive. Exit code 1: something is blank or excessive."""
    import gridpart as gp
    from gridpart.cli.layers import grids_by_bank, read_tables

    output = Output(as_json=as_json)
    paths = {"service_area": area, "units": units, "outlets": outlets, "equipment": equipment}
    tables = read_tables(paths, output=output)
    service_area = tables.pop("service_area")
    grids = {bank_id: grid.to_crs(service_area.crs) for bank_id, grid in grids_by_bank(cells).items()}
    _ = translator(lang, "cli")
    with output.step(_("Audit of {n} banks").format(n=len(grids))):
        result = gp.audit_grids(grids, service_area, profile=profile, **tables)
    with output.step(_("Audit page")):
        page = write_audit(result, out, lang=lang)
    show_audit(result, output=output, lang=lang)
    output.say(_("Audit page: {file}").format(file=page))
    output.data({"page": str(page), "areas_m2": areas_by_flag(result), "findings": len(result.findings)})
    raise typer.Exit(1 if len(result.findings) else 0)


def write_audit(result: Audit, folder: Path, *, lang: Lang) -> Path:
    """Write the tables of an audit and its page, ``index.html``, to a folder; return the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    result.save(folder)
    page = folder / "index.html"
    page.write_text(result.document(lang).to_html(), encoding="utf-8", newline="\n")
    return page


def areas_by_flag(result: Audit) -> dict[str, float]:
    """Area in m² of each flag; 0 where it does not occur."""
    areas = result.faces.groupby("flag")["area_m2"].sum()
    return {flag: float(areas.get(flag, 0.0)) for flag in FLAGS}


def show_audit(result: Audit, *, output: Output, lang: Lang) -> None:
    """Print area and share of each flag."""
    _ = translator(lang, "cli")
    names = {"blank": _("Blank"), "single": _("Single"), "shared": _("Shared"), "excessive": _("Excessive")}
    areas = areas_by_flag(result)
    total = sum(areas.values()) or 1.0
    rows = [(names[flag], f"{area / 1e6:,.1f}", f"{100 * area / total:.1f}") for flag, area in areas.items()]
    output.table(_("Banks at every place"), columns=(_("Flag"), _("Area (km²)"), _("Share (%)")), rows=rows)
