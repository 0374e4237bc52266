"""``gridpart audit``: the grids of several banks laid over each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gridpart.cli.console import Output
from gridpart.cli.opening import opened
from gridpart.cli.options import Aliases, AsJson, DatumOption, Lang, OutFolder, Units
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages, translator
from gridpart.profiles import load

if TYPE_CHECKING:
    from gridpart.audit import Audit

say = messages("cli")

_LAYERS = ("cells", "service_area", "units", "outlets", "equipment", "staff")
"""Layers that have a date."""


def audit(
    what: Annotated[
        list[str],
        typer.Argument(
            help="A project, as file or database; or with --area cells: one file with bank_id, or one file per bank.",
            metavar="PROJECT|CELLS",
        ),
    ],
    out: OutFolder,
    *,
    area: Annotated[
        Path | None, typer.Option("--area", help="Service area of the cells: polygons; holes stay uncovered.")
    ] = None,
    units: Units = None,
    outlets: Annotated[Path | None, typer.Option("--outlets", help="Outlets of all banks.")] = None,
    equipment: Annotated[Path | None, typer.Option("--equipment", help="Equipment of all banks.")] = None,
    staff: Annotated[Path | None, typer.Option("--staff", help="Officers and managers of all banks.")] = None,
    data_date: Annotated[
        list[str] | None,
        typer.Option("--data-date", help="Date of a layer, as outlets=2026-06-30; repeatable. Stands in every result."),
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Day of the project that counts, as 2026-11-24.")] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", help="Rule profile: by default the project's own, or 'default'.")
    ] = None,
    reach: Annotated[
        str | None,
        typer.Option(
            "--reach",
            help="Claim only this radius around outlets: metres, 'profile' (a project's default) or 'none'. With cells "
            "it needs exact grids and --outlets.",
        ),
    ] = None,
    datum: DatumOption = "declared",
    alias: Aliases = None,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Count banks at every place: blank, single, shared, excessive. Exit code 1: something is blank or excessive."""
    import gridpart as gp
    from gridpart.cli.layers import banks_by_name

    output = Output(as_json=as_json, lang=lang)
    _ = translator(lang, "cli")
    if area is None:
        _require_project(what, [units, outlets, equipment, staff, data_date, alias])
        county = opened(what[0], output=output, lang=lang)
        county.profile = county.profile if profile is None else load(profile)
        with output.step(_("Audit of {n} banks").format(n=len(county.grids))):
            result = county.audit(reach=_radius(reach, default="profile"), as_of=as_of)
    elif as_of is not None:
        raise InputError(say("--as-of is for a project, which knows from when its rows count; cells do not."))
    else:
        with output.step(_("Audit of {n} files of cells").format(n=len(what))):
            result = gp.audit_files(
                what,
                area,
                units=units,
                outlets=outlets,
                equipment=equipment,
                staff=staff,
                bank_aliases=banks_by_name(alias or ()),
                datum=datum,
                profile=profile or "default",
                reach=_radius(reach, default=None),
                data_dates=_dates(data_date or ()),
            )
        for report in result.reports.values():
            output.note(f"{report.source}: {report.summary(lang)}")
    with output.step(_("Audit page")):
        page = result.save(out, lang=lang)
    show_audit(result, output=output, lang=lang)
    output.say(_("Audit page: {file}").format(file=page))
    output.data({"page": str(page), "areas_m2": areas_by_flag(result), "findings": len(result.findings)})
    raise typer.Exit(1 if len(result.findings) else 0)


def _require_project(what: Sequence[str], of_cells: Sequence[object]) -> None:
    """Refuse files of cells without their area, and options that only they have."""
    if len(what) > 1 or any(of_cells):
        raise InputError(
            say(
                "Cells need their service area: give it with --area. Without it one project is audited, by its own "
                "units, outlets, equipment and staff."
            )
        )


def _radius(reach: str | None, *, default: Literal["profile"] | None) -> float | Literal["profile"] | None:
    if reach is None:
        return default
    if reach == "none":
        return None
    if reach == "profile":
        return "profile"
    try:
        return float(reach)
    except ValueError as error:
        raise InputError(
            say("--reach takes a number of metres, 'profile' or 'none'; {reach!r} was given.", reach=reach)
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
