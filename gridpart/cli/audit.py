"""``gridpart audit``: the grids of several banks laid over each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gridpart.cli.console import Output
from gridpart.cli.options import Aliases, Area, AsJson, DatumOption, Lang, OutFolder, Units
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages, translator

if TYPE_CHECKING:
    import geopandas as gpd

    from gridpart.audit import Audit
    from gridpart.partition import Grid

say = messages("cli")

_LAYERS = ("cells", "service_area", "units", "outlets", "equipment", "staff")
"""Layers that have a date."""


def audit(
    cells: Annotated[list[Path], typer.Argument(help="Cells: one file with bank_id, or one file per bank.")],
    area: Area,
    out: OutFolder,
    *,
    units: Units = None,
    outlets: Annotated[Path | None, typer.Option("--outlets", help="Outlets of all banks.")] = None,
    equipment: Annotated[Path | None, typer.Option("--equipment", help="Equipment of all banks.")] = None,
    staff: Annotated[Path | None, typer.Option("--staff", help="Officers and managers of all banks.")] = None,
    data_date: Annotated[
        list[str] | None,
        typer.Option("--data-date", help="Date of a layer, as outlets=2026-06-30; repeatable. Stands in every result."),
    ] = None,
    profile: Annotated[str, typer.Option("--profile", help="Rule profile.")] = "default",
    reach: Annotated[
        str | None,
        typer.Option(
            "--reach",
            help="Claim only this radius around outlets: metres, or 'profile'. Needs exact grids and --outlets.",
        ),
    ] = None,
    datum: DatumOption = "declared",
    alias: Aliases = None,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Count banks at every place: blank, single, shared, excessive. Exit code 1: something is blank or excessive."""
    import gridpart as gp
    from gridpart.cli.layers import grids_by_bank, read_people, read_tables

    output, dates = Output(as_json=as_json, lang=lang), _dates(data_date or ())
    paths = {"service_area": area, "units": units, "outlets": outlets, "equipment": equipment}
    tables = read_tables(paths, output=output, lang=lang, datum=datum, aliases=alias or ())
    people = None if staff is None else read_people(staff, output=output, lang=lang, aliases=alias or ())
    service_area = tables.pop("service_area")
    polygons = {bank_id: grid.to_crs(service_area.crs) for bank_id, grid in grids_by_bank(cells).items()}
    radius = _radius(reach)
    grids = polygons if radius is None else _certified(polygons, service_area, outlets=tables.get("outlets"))
    _ = translator(lang, "cli")
    with output.step(_("Audit of {n} banks").format(n=len(grids))):
        result = gp.audit_grids(
            grids, service_area, profile=profile, reach=radius, staff=people, data_dates=dates, **tables
        )
    with output.step(_("Audit page")):
        page = result.save(out, lang=lang)
    show_audit(result, output=output, lang=lang)
    output.say(_("Audit page: {file}").format(file=page))
    output.data({"page": str(page), "areas_m2": areas_by_flag(result), "findings": len(result.findings)})
    raise typer.Exit(1 if len(result.findings) else 0)


def _radius(reach: str | None) -> float | Literal["profile"] | None:
    if reach is None:
        return None
    if reach == "profile":
        return "profile"
    try:
        return float(reach)
    except ValueError as error:
        raise InputError(
            say("--reach takes a number of metres or 'profile'; {reach!r} was given.", reach=reach)
        ) from error


def _dates(given: Sequence[str]) -> dict[str, str]:
    """Read dates of layers."""
    dates: dict[str, str] = {}
    for entry in given:
        layer, _, day = entry.partition("=")
        if layer not in _LAYERS:
            raise InputError(
                say(
                    "--data-date takes LAYER=YYYY-MM-DD with one of {layers}; {given!r} was given.",
                    layers=Joined(_LAYERS),
                    given=entry,
                )
            )
        if layer in dates:
            raise InputError(
                say(
                    "--data-date gives {layer} twice: {first} and {second}.",
                    layer=layer,
                    first=dates[layer],
                    second=day,
                )
            )
        try:
            dates[layer] = dt.date.fromisoformat(day).isoformat()
        except ValueError as error:
            raise InputError(
                say("--data-date {layer}: {day!r} is no day such as 2026-06-30.", layer=layer, day=day)
            ) from error
    return dates


def _certified(
    polygons: dict[str, gpd.GeoDataFrame], service_area: gpd.GeoDataFrame, *, outlets: gpd.GeoDataFrame | None
) -> dict[str, Grid]:
    """Take polygons as grids, which know their outlets and so have a reach."""
    from gridpart.partition import Grid

    if outlets is None:
        raise InputError(say("--reach is measured from outlets; say where they are with --outlets."))
    return {
        bank_id: Grid.from_cells(
            cells, service_area, bank_id=bank_id, outlets=outlets[outlets["bank_id"].astype(str) == bank_id]
        )
        for bank_id, cells in polygons.items()
    }


def areas_by_flag(result: Audit) -> dict[str, float]:
    """Area in m² of each flag; 0 where it does not occur."""
    totals = result.totals()
    return dict(zip(totals["flag"], totals["area_m2"].astype(float), strict=True))


def show_audit(result: Audit, *, output: Output, lang: Lang) -> None:
    """Print area and share of each flag."""
    _ = translator(lang, "cli")
    names = {"blank": _("Blank"), "single": _("Single"), "shared": _("Shared"), "excessive": _("Excessive")}
    areas = areas_by_flag(result)
    total = sum(areas.values()) or 1.0
    rows = [(names[flag], f"{area / 1e6:,.1f}", f"{100 * area / total:.1f}") for flag, area in areas.items()]
    output.table(_("Banks at every place"), columns=(_("Flag"), _("Area (km²)"), _("Share (%)")), rows=rows)
