"""``gridpart check``: certify polygons against a service area."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridpart.cli.console import Output
from gridpart.cli.options import Area, AsJson, Lang
from gridpart.i18n import translator

if TYPE_CHECKING:
    import geopandas as gpd

    from gridpart.partition import Certificate


def check(
    file: Annotated[Path, typer.Argument(help="Cells: polygons of any origin, ids in cell_id.")],
    area: Area,
    *,
    layer: Annotated[str | None, typer.Option("--layer", help="Layer of the file, if it has several.")] = None,
    metric: Annotated[
        bool, typer.Option("--metric", help="Put layers in degrees into the local metric system first.")
    ] = False,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Prove that cells cover an area exactly once, bank by bank, or list every defect. Exit code 1: there are some."""
    from gridpart.cli.layers import raw_layer
    from gridpart.geo import to_metric
    from gridpart.partition import certify

    output = Output(as_json=as_json, lang=lang)
    cells, service_area = raw_layer(file, kind="cells", layer=layer), raw_layer(area, kind="service_area")
    if metric:
        service_area = to_metric(service_area)
        cells = cells if cells.crs is None else cells.to_crs(service_area.crs)
    with output.watched(translator(lang, "cli")("Certificate")):
        certificate = certify(cells, service_area)
    banks = {} if certificate.valid else _banks_of(cells, service_area, name=file.stem)
    if not banks:
        output.raw_json(certificate.to_json()) if as_json else _show(certificate, output=output, lang=lang)
        raise typer.Exit(0 if certificate.valid else 1)
    with output.watched(translator(lang, "cli")("Certificate")):
        certificates = {bank: certify(own, service_area) for bank, own in banks.items()}
    valid = all(one.valid for one in certificates.values())
    output.data({"valid": valid, "banks": {bank: json.loads(one.to_json()) for bank, one in certificates.items()}})
    for bank, one in certificates.items():
        output.say(translator(lang, "cli")("Bank {bank}").format(bank=bank))
        _show(one, output=output, lang=lang)
    raise typer.Exit(0 if valid else 1)


def _banks_of(cells: gpd.GeoDataFrame, service_area: gpd.GeoDataFrame, *, name: str) -> dict[str, gpd.GeoDataFrame]:
    """Part a file that holds the whole area once for each of several banks, as `partition` writes it."""
    from gridpart.partition.layers import cells_by_bank

    if "bank_id" not in cells.columns or cells["bank_id"].isna().any():
        return {}
    banks = cells_by_bank(cells, name=name)
    times = cells.area.sum() / service_area.area.sum()
    return banks if len(banks) > 1 and abs(times - len(banks)) < 0.5 else {}


def _show(certificate: Certificate, *, output: Output, lang: Lang) -> None:
    _ = translator(lang, "cli")
    if certificate.valid:
        output.say(
            _("Exact partition: {cells} cells, no gap, no overlap. Largest shift from the border: {shift} m.").format(
                cells=f"{certificate.n_cells:,}", shift=f"{certificate.boundary_shift_m:.1e}"
            )
        )
        output.say(_("Digest: {digest}").format(digest=certificate.digest))
        return
    names = {
        "gaps": _("Gaps"),
        "overlaps": _("Overlaps"),
        "mismatches": _("Mismatches"),
        "invalid": _("Invalid cells"),
    }
    rows = [
        (names[kind], f"{len(table):,}", f"{table['area_m2'].sum():,.1f}", f"{table['width_m'].max():,.3f}")
        for kind, table in certificate.tables().items()
        if len(table)
    ]
    columns = (_("Defect"), _("Count"), _("Area (m²)"), _("Widest (m)"))
    output.table(_("Not an exact partition"), columns=columns, rows=rows)
    output.say(certificate.summary(lang=lang))
