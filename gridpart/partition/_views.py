"""Pictures of a grid: matplotlib axes, the offline viewer, folium."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridpart.geo import crs_label, north_at
from gridpart.i18n import aside, translator
from gridpart.profiles import rule_name
from gridpart.viewer import (
    AreaLayer,
    Column,
    Fact,
    FeatureClass,
    Layer,
    MapDocument,
    PointLayer,
    Table,
    bank_style,
    style,
)

if TYPE_CHECKING:
    import folium
    from matplotlib.axes import Axes

    from gridpart._typing import IntArray, Language
    from gridpart.partition.grid import Grid

_COLOURS = 6
"""Colours for cells: planar maps need four, greedy colouring of neighbours seldom more than six."""


def document(grid: Grid, *, lang: Language = "zh-Hans") -> MapDocument:
    """Return a grid as a map page: cells, outlets, figures."""
    _ = translator(lang, "partition")
    cells, outlets = grid.cells, grid.outlets
    low_x, low_y, high_x, high_y = cells.total_bounds
    certificate = grid.certificate
    score = grid.score()
    facts = [
        Fact(_("Cells"), f"{len(cells):,}"),
        Fact(_("Area"), f"{cells['area_m2'].sum() / 1e6:,.1f} km²"),
        Fact(_("Edges proved"), f"{certificate.n_edges:,}"),
        Fact(_("Largest shift from the border"), f"{certificate.boundary_shift_m:.1e} m"),
    ]
    if score["mean_distance_m"] is not None:
        facts.append(Fact(_("Mean distance to the outlet"), f"{score['mean_distance_m'] / 1000:,.1f} km"))
    if score["max_over_mean_load"] is not None:
        facts.append(Fact(_("Largest over mean load"), f"{score['max_over_mean_load']:.2f}"))
    layers: list[Layer] = [_cell_layer(grid, lang)]
    if len(outlets):
        layers.append(
            PointLayer(
                "outlets",
                _("Outlets"),
                np.asarray(outlets.geometry.array, dtype=object),
                (FeatureClass(_("Outlet"), style("branch")),),
                fields=(_("Outlet"), _("Cell")),
                cards=list(zip(outlets["outlet_id"], outlets["cell_id"], strict=True)),
            )
        )
    return MapDocument(
        title=_("Grid of bank {bank}").format(bank=grid.bank_id),
        subtitle=_("{n} cells, exact partition, rule {rule}").format(
            n=len(cells), rule=rule_name(grid.provenance["rule"], lang)
        ),
        lang=lang,
        layers=layers,
        facts=facts,
        tables=[_cell_table(grid, lang)],
        crs_label=crs_label(grid.crs),
        version=aside(f"{grid.version}", _states(lang)[grid.status], lang),
        digest=grid.digest[:16],
        north=north_at(grid.crs, (low_x + high_x) / 2, (low_y + high_y) / 2),
    )


def _states(lang: Language) -> dict[str, str]:
    _ = translator(lang, "partition")
    return {"draft": _("draft"), "proposed": _("proposed"), "coordinated": _("coordinated"), "adopted": _("adopted")}


def _cell_layer(grid: Grid, lang: Language) -> AreaLayer:
    _ = translator(lang, "partition")
    cells = grid.cells
    classes = tuple(
        FeatureClass(_("Cell"), bank_style(number).with_(stroke=None, hatch=None)) for number in range(_COLOURS)
    )
    cards = [
        (
            row.cell_id,
            row.outlet_id or "",
            f"{row.area_m2 / 1e6:,.2f} km²",
            "" if np.isnan(row.demand) else f"{row.demand:,.0f}",
        )
        for row in cells.itertuples()
    ]
    return AreaLayer(
        "cells",
        _("Cells"),
        np.asarray(cells.geometry.array, dtype=object),
        classes,
        class_of=colours_of(grid),
        labels=cells["cell_id"].tolist(),
        fields=(_("Cell"), _("Outlet"), _("Area"), _("Demand")),
        cards=cards,
        outline=style("big_cell"),
        searchable=True,
        in_legend=False,
    )


def _cell_table(grid: Grid, lang: Language) -> Table:
    _ = translator(lang, "partition")
    columns = (
        Column(_("Cell")),
        Column(_("Outlet")),
        Column(_("Area (km²)"), numeric=True),
        Column(_("Demand"), numeric=True),
    )
    rows = [
        (
            row.cell_id,
            row.outlet_id or "",
            f"{row.area_m2 / 1e6:,.2f}",
            "" if np.isnan(row.demand) else f"{row.demand:,.0f}",
        )
        for row in grid.cells.itertuples()
    ]
    return Table(_("Cells"), columns, rows, layer="cells")


def colours_of(grid: Grid) -> IntArray:
    """Number cells so that neighbours differ where six numbers suffice, shape (n_cells,)."""
    one, two, _ = grid.coverage.adjacency(grid.labels)
    neighbours: list[list[int]] = [[] for _ in range(len(grid))]
    for a, b in zip(one.tolist(), two.tolist(), strict=True):
        neighbours[a].append(b)
        neighbours[b].append(a)
    colour = np.full(len(grid), -1, dtype=np.int64)
    for cell in sorted(range(len(grid)), key=lambda row: (-len(neighbours[row]), row)):
        taken = {int(colour[other]) for other in neighbours[cell]}
        colour[cell] = next((number for number in range(_COLOURS) if number not in taken), cell % _COLOURS)
    return colour


def explore(grid: Grid) -> folium.Map:
    """Return a folium map with tiles."""
    return document(grid, lang="en").to_folium(grid.crs)


def fragment(grid: Grid) -> str:
    """Return the offline map for notebooks."""
    return document(grid).to_fragment(height=520)


def plot(grid: Grid, ax: Axes | None) -> Axes:
    """Draw cells and outlets on matplotlib axes with equal scales."""
    import matplotlib.pyplot as plt

    axes = plt.subplots(figsize=(8, 8))[1] if ax is None else ax
    colours = [bank_style(int(number)).fill for number in colours_of(grid)]
    grid.cells.plot(ax=axes, facecolor=colours, edgecolor="#3b3b3b", linewidth=0.8)
    outlets = grid.outlets
    if len(outlets):
        outlets.plot(ax=axes, color="#0b3c5d", marker="s", markersize=14)
    axes.set_aspect("equal")
    axes.set_axis_off()
    # a dollar sign in an id would start a formula
    axes.set_title(f"{grid.bank_id}: {len(grid):,} cells", parse_math=False)
    return axes
