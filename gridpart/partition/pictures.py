"""Pictures of several grids at once: side by side, and their figures against each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridpart._typing import FloatArray, Language
from gridpart.arguments import checked
from gridpart.errors import InputError, RenderError
from gridpart.i18n import Joined, listed, messages, translator
from gridpart.viewer import bank_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gridpart.partition.grid import Grid

say = messages("partition")

_CJK_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "SimHei",
    "Noto Sans CJK JP", "Noto Sans CJK TC", "WenQuanYi Zen Hei",
)  # fmt: skip
_FIRST_CJK = 0x2E80
"""Code point from which Latin fonts have no glyphs."""

_INK, _MUTED = "#1f2933", "#7b8794"


@checked
def plot_grids(grids: Mapping[str, Grid], *, columns: int = 3, size: float = 3.2) -> Figure:
    """
    Draw several grids of one county side by side.

    Parameters
    ----------
    grids
        By name, which is the title.
    columns
        Pictures in a row.
    size
        Width and height of one in inches.

    Returns
    -------
    figure
        All maps at the same scale where the grids share a service area.

    Raises
    ------
    InputError
        If there is no grid.
    RenderError
        If a title has Chinese characters and no font with them is installed.
    """
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    if not grids:
        raise InputError(say("grids is empty; give at least one."))
    rows = -(-len(grids) // columns)
    with mpl.rc_context({"font.family": fonts_for([*grids, *(grid.bank_id for grid in grids.values())])}):
        figure, axes = plt.subplots(rows, columns, figsize=(size * columns, size * rows), squeeze=False)
        for ax in axes.flat[len(grids) :]:
            ax.set_axis_off()
        for ax, (name, grid) in zip(axes.flat, grids.items(), strict=False):
            grid.plot(ax)
            ax.set_title(f"{name} ({len(grid):,})", fontsize=10, color=_INK, parse_math=False)
        figure.tight_layout()
    plt.close(figure)
    return figure


@checked
def plot_scenarios(table: pd.DataFrame, ax: Axes | None = None, *, lang: Language = "en") -> Axes:
    """
    Draw a table of scenarios: travel across, uneven load upwards, staff as size; what nothing beats is filled.

    Parameters
    ----------
    table
        From `scenarios`.
    ax
        Axes to draw on; None makes some.
    lang
        Language of the labels.

    Returns
    -------
    axes
        Scenarios without travel or load are named below the picture.

    Raises
    ------
    InputError
        If a column is missing or the language is unknown.
    RenderError
        If Chinese characters are needed and no font with them is installed.
    """
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    _ = translator(lang, "partition")
    needed = ("scenario", "mean_distance_m", "max_over_mean_load", "staff_need", "pareto")
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise InputError(
            say("the table needs the columns {missing}; give what `scenarios` returns.", missing=Joined(missing))
        )
    shown = table[np.isfinite(table["mean_distance_m"]) & np.isfinite(table["max_over_mean_load"])]
    left_out = [str(name) for name in table["scenario"] if name not in set(shown["scenario"])]
    labels = {
        "x": _("Mean distance to the outlet (km)"),
        "y": _("Largest over mean load"),
        "title": _("Scenarios: filled where no other is better in everything; in brackets the staff"),
        "left_out": _("Not shown, figures unknown: {names}").format(names=listed(left_out, lang)),
    }
    with mpl.rc_context({"font.family": fonts_for([*labels.values(), *table["scenario"].astype(str)])}):
        if ax is None:
            figure = plt.figure(figsize=(7, 4.6), layout="constrained")
            ax = figure.add_subplot()
            plt.close(figure)
        _dots(ax, shown)
        ax.set_xlabel(labels["x"] + (f"\n{labels['left_out']}" if left_out else ""), color=_INK, parse_math=False)
        ax.set_ylabel(labels["y"], color=_INK)
        ax.set_title(labels["title"], fontsize=10, color=_INK, loc="left")
        ax.spines[["top", "right"]].set_visible(False)
        ax.margins(0.18)
    return ax


def _dots(axes: Axes, shown: pd.DataFrame) -> None:
    """Draw one dot for each scenario with its name; filled and named in bold on the Pareto front."""
    fill = bank_style(0).fill
    staff = shown["staff_need"].to_numpy(dtype=np.float64)
    size = 40 + 260 * staff / max(staff.max(initial=0.0), 1.0)
    x, y = shown["mean_distance_m"].to_numpy() / 1000, shown["max_over_mean_load"].to_numpy()
    front = shown["pareto"].to_numpy(dtype=bool)
    axes.scatter(x[~front], y[~front], s=size[~front], facecolors="none", edgecolors=_MUTED, linewidths=1.4, zorder=2)
    axes.scatter(x[front], y[front], s=size[front], color=fill, edgecolors=_INK, linewidths=0.8, zorder=3)
    names = [f"{name} ({need:,.0f})" for name, need in zip(shown["scenario"], staff, strict=True)]
    for row, (dx, dy) in enumerate(_label_sides(_unit(x), _unit(y), [len(name) for name in names])):
        away = np.sqrt(size[row]) / 2 + 8
        axes.annotate(
            names[row],
            (x[row], y[row]),
            xytext=(dx * away, dy * away),
            textcoords="offset points",
            ha={-1: "right", 0: "center", 1: "left"}[dx],
            va="center",
            fontsize=8,
            fontweight="bold" if front[row] else "normal",
            color=_INK if front[row] else _MUTED,
            parse_math=False,
        )


def _unit(values: FloatArray) -> FloatArray:
    """Return values stretched to 0 to 1."""
    spread = np.ptp(values) if len(values) else 0.0
    return (values - values.min()) / spread if spread > 0 else np.full(len(values), 0.5)


def _label_sides(x: FloatArray, y: FloatArray, lengths: list[int]) -> list[tuple[int, int]]:
    """Choose the side of each dot for its name, so that names cover one another and other dots least."""
    half_high = 0.03
    taken = [(a - 0.015, b - half_high, a + 0.015, b + half_high) for a, b in zip(x, y, strict=True)]
    sides = []
    for a, b, length in zip(x, y, lengths, strict=True):
        wide = 0.012 * length
        boxes = {
            (0, 1): (a - wide / 2, b + 0.04, a + wide / 2, b + 0.1),
            (0, -1): (a - wide / 2, b - 0.1, a + wide / 2, b - 0.04),
            (1, 0): (a + 0.02, b - half_high, a + 0.02 + wide, b + half_high),
            (-1, 0): (a - 0.02 - wide, b - half_high, a - 0.02, b + half_high),
        }
        side = min(boxes, key=lambda name: sum(_meet(boxes[name], other) for other in taken))
        taken.append(boxes[side])
        sides.append(side)
    return sides


def _meet(one: tuple[float, ...], two: tuple[float, ...]) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


def fonts_for(texts: Iterable[str]) -> list[str]:
    """
    Return font families that have all characters of some texts.

    Raises
    ------
    RenderError
        If Chinese characters are among them and no font with them is installed.
    """
    families = ["DejaVu Sans"]
    if not any(ord(character) >= _FIRST_CJK for text in texts for character in str(text)):
        return families
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    chinese = [name for name in _CJK_FONTS if name in installed]
    if not chinese:
        raise RenderError(
            say(
                "No font with Chinese characters is installed, so the picture would show boxes. Install one, such "
                "as Noto Sans CJK (Debian: fonts-noto-cjk), or choose lang='en' and names in Latin letters."
            )
        )
    return [*families, *chinese[:1]]
