"""
What a sheet says, before anyone paints it.

A sheet is a theme, a class and a `gridpart.viewer.MapDocument`: layers, symbols, legend counts, tables, texts and
provenance as plain values. The page painter is the viewer; a printer reads the same values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gridpart._typing import ZoneClass
from gridpart.atlas.words import Theme
from gridpart.viewer import MapDocument


@dataclass(frozen=True, eq=False)
class SheetModel:
    """
    One sheet.

    Attributes
    ----------
    theme
        What it shows: outlets, equipment or personnel.
    zone_class
        Where: urban or rural.
    document
        Everything on it.
    counts
        Things drawn, by kind.
    omitted
        Number of rows listed as not drawn.
    """

    theme: Theme
    zone_class: ZoneClass
    document: MapDocument
    counts: Mapping[str, int]
    omitted: int

    @property
    def stem(self) -> str:
        """Name of the sheet's file, without suffix."""
        return f"{self.theme}_{self.zone_class}"
