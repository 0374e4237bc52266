"""``gridpart partition``: one certified grid for every bank."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gridpart.cli.console import Output
from gridpart.cli.options import Aliases, Area, AsJson, DatumOption, Lang, Units
from gridpart.errors import InputError
from gridpart.i18n import translator

if TYPE_CHECKING:
    import geopandas as gpd

    from gridpart.partition import Grid

Rule = Literal["nearest", "admin"]


def partition(
    out: Annotated[Path, typer.Option("--out", help="File to write the cells to: .gpkg, .geojson or .shp.")],
    area: Area,
    outlets: Annotated[Path | None, typer.Argument(help="Outlets: points with outlet_id and bank_id.")] = None,
    *,
    units: Units = None,
    rule: Annotated[
        Rule, typer.Option("--rule", help="nearest: by distance. admin: by a column of the units.")
    ] = "nearest",
    by: Annotated[str, typer.Option("--by", help="Column of the units for rule admin.")] = "township_id",
    coincident: Annotated[
        Literal["error", "merge", "split"], typer.Option("--coincident", help="Outlets of a bank at one place.")
    ] = "error",
    outside: Annotated[
        Literal["error", "ignore"], typer.Option("--outside", help="Outlets outside the area.")
    ] = "error",
    datum: DatumOption = "declared",
    alias: Aliases = None,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Divide an area into cells, bank by bank, each an exact partition with its certificate."""
    import pandas as pd

    from gridpart.cli.layers import driver_for, read_tables, write_cells

    driver_for(out)  # a wrong suffix is said before any work is done
    output = Output(as_json=as_json)
    layers = read_tables(
        {"service_area": area, "outlets": outlets, "units": units},
        output=output,
        lang=lang,
        datum=datum,
        aliases=alias or (),
    )
    if rule == "admin":
        grids = [_by_admin(layers, by=by)]
    else:
        grids = _by_distance(layers, coincident=coincident, outside=outside)
    write_cells(pd.concat([grid.cells for grid in grids], ignore_index=True), out)
    _show(grids, output=output, lang=lang, out=out)


def _by_admin(layers: dict[str, gpd.GeoDataFrame], *, by: str) -> Grid:
    from gridpart.partition import admin

    if "units" not in layers:
        message = "rule admin joins units; say where they are with --units."
        raise InputError(message)
    return admin(layers["units"], by=by, service_area=layers["service_area"])


def _by_distance(
    layers: dict[str, gpd.GeoDataFrame],
    *,
    coincident: Literal["error", "merge", "split"],
    outside: Literal["error", "ignore"],
) -> list[Grid]:
    from gridpart.partition import nearest

    if "outlets" not in layers:
        message = "rule nearest needs outlets; give their file as the first argument."
        raise InputError(message)
    return [
        nearest(layers["service_area"], own, units=layers.get("units"), coincident=coincident, outside=outside)
        for _, own in layers["outlets"].groupby("bank_id", sort=True)
    ]


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
