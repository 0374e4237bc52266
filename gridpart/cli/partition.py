"""``gridpart partition``: one certified grid for every bank."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gridpart.cli.console import Output
from gridpart.cli.options import Aliases, Area, AsJson, DatumOption, Lang, Units
from gridpart.errors import InputError
from gridpart.i18n import messages, translator

if TYPE_CHECKING:
    import geopandas as gpd

    from gridpart.partition import Grid

say = messages("cli")

Rule = Literal["nearest", "admin", "aggregate", "balanced", "travel_time", "wellfield"]

_NEEDS_UNITS = ("admin", "aggregate")


def partition(
    out: Annotated[Path, typer.Option("--out", help="File to write the cells to: .gpkg, .geojson or .shp.")],
    area: Area,
    outlets: Annotated[Path | None, typer.Argument(help="Outlets: points with outlet_id and bank_id.")] = None,
    *,
    units: Units = None,
    roads: Annotated[Path | None, typer.Option("--roads", help="Roads for rule travel_time: lines.")] = None,
    rule: Annotated[
        Rule,
        typer.Option(
            "--rule",
            help="nearest: by distance. admin: by a column of the units. aggregate: whole units, like demand. "
            "balanced: equal demand. travel_time: by road. wellfield: nine squares about each outlet.",
        ),
    ] = "nearest",
    by: Annotated[str | None, typer.Option("--by", help="Column of the units for rule admin: township_id.")] = None,
    demand: Annotated[
        str | None, typer.Option("--demand", help="Column of the units to share out; balanced also takes area.")
    ] = None,
    tolerance: Annotated[
        float | None, typer.Option("--tolerance", help="Accepted deviation from the mean, 0.1 for a tenth.")
    ] = None,
    officers: Annotated[
        int | None, typer.Option("--officers", help="Officers of each outlet, for rule aggregate.")
    ] = None,
    speed: Annotated[float | None, typer.Option("--speed", help="Speed in km/h on roads without minutes.")] = None,
    polygons: Annotated[
        Literal["units", "nodes", "blocks"] | None,
        typer.Option("--polygons", help="What rule travel_time shares out whole."),
    ] = None,
    cell_size: Annotated[
        float | None, typer.Option("--cell-size", help="Side of a square of rule wellfield, in m.")
    ] = None,
    shared_units: Annotated[
        Literal["cut", "error", "merge"] | None,
        typer.Option("--shared-units", help="A unit that holds several outlets: merge is for rule aggregate."),
    ] = None,
    coincident: Annotated[
        Literal["error", "merge", "split"] | None, typer.Option("--coincident", help="Outlets of a bank at one place.")
    ] = None,
    outside: Annotated[
        Literal["error", "ignore"] | None, typer.Option("--outside", help="Outlets outside the area.")
    ] = None,
    datum: DatumOption = "declared",
    alias: Aliases = None,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Divide an area into cells, bank by bank, each an exact partition with its certificate."""
    import pandas as pd

    from gridpart.cli.layers import driver_for, read_tables, write_cells

    driver_for(out)  # a wrong suffix is said before any work is done
    output = Output(as_json=as_json, lang=lang)
    layers = read_tables(
        {"service_area": area, "outlets": outlets, "units": units, "roads": roads},
        output=output,
        lang=lang,
        datum=datum,
        aliases=alias or (),
    )
    given = {
        "by": by, "demand": demand, "tolerance": tolerance, "officers": officers, "polygons": polygons,
        "cell_size": cell_size, "shared_units": shared_units, "coincident": coincident, "outside": outside,
    }  # fmt: skip
    options = {name: value for name, value in given.items() if value is not None}
    with output.watched(translator(lang, "cli")("Grids")):
        grids = _grids(layers, rule=rule, options=options, speed=speed)
    write_cells(pd.concat([grid.cells for grid in grids], ignore_index=True), out)
    _show(grids, output=output, lang=lang, out=out)


def _grids(
    layers: dict[str, gpd.GeoDataFrame], *, rule: Rule, options: dict[str, Any], speed: float | None
) -> list[Grid]:
    """Make a grid for every bank; by rule admin without outlets, one for all."""
    from gridpart.partition import admin, road_graph
    from gridpart.project import Project

    if rule in _NEEDS_UNITS and "units" not in layers:
        raise InputError(say("rule {rule} joins units; say where they are with --units.", rule=rule))
    if rule == "admin" and "outlets" not in layers:
        return [admin(layers["units"], service_area=layers["service_area"], **options)]
    if "outlets" not in layers:
        raise InputError(say("rule {rule} needs outlets; give their file as the first argument.", rule=rule))
    if rule == "travel_time":
        if "roads" not in layers:
            raise InputError(say("rule travel_time needs roads; say where they are with --roads."))
        options = {"roads": road_graph(layers["roads"], speeds=speed), **options}
    tables = {name: layers[name] for name in ("outlets", "units") if name in layers}
    project = Project("partition", layers["service_area"], **tables)
    project.partition(rule=rule, **options)
    return list(project.grids.values())


def _show(grids: list[Grid], *, output: Output, lang: Lang, out: Path) -> None:
    _ = translator(lang, "cli")
    certificates = [(str(grid.cells["bank_id"].iloc[0]), grid, grid.certify()) for grid in grids]
    columns = (_("Bank"), _("Cells"), _("Largest cell (km²)"), _("Certificate"))
    rows = [
        (bank_id, f"{len(grid):,}", f"{grid.cells['area_m2'].max() / 1e6:,.1f}", certificate.digest[:12])
        for bank_id, grid, certificate in certificates
    ]
    output.table(_("Grids"), columns=columns, rows=rows)
    output.say(_("Cells written to {file}").format(file=out))
    output.data(
        {
            "file": str(out),
            "grids": [
                {"bank_id": bank_id, "n_cells": len(grid), "valid": certificate.valid, "digest": certificate.digest}
                for bank_id, grid, certificate in certificates
            ],
        }
    )
