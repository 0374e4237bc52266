"""Pictures of a grid: matplotlib axes, the offline viewer, folium."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from gridpart.partition.grid import Grid


def plot(grid: Grid, ax: Axes | None) -> Axes:
    """Draw cells and outlets on matplotlib axes with equal scales."""
    import matplotlib.pyplot as plt

    axes = plt.subplots(figsize=(8, 8))[1] if ax is None else ax
    grid.cells.plot(ax=axes, facecolor="#f4f0e6", edgecolor="#3b3b3b", linewidth=0.8)
    outlets = grid.outlets
    if len(outlets):
        outlets.plot(ax=axes, color="#0072b2", marker="s", markersize=14)
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_title(f"{grid.bank_id}: {len(grid):,} cells")
    return axes
