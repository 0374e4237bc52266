"""The one map viewer: documents of layers, painted on a canvas without any request, or handed to folium."""

from gridpart.viewer.document import (
    AreaLayer,
    Column,
    Fact,
    FeatureClass,
    Layer,
    LineLayer,
    Link,
    MapDocument,
    PointLayer,
    Table,
)
from gridpart.viewer.styles import Style, bank_style, lighter, ramp, style

__all__ = [
    "AreaLayer",
    "Column",
    "Fact",
    "FeatureClass",
    "Layer",
    "LineLayer",
    "Link",
    "MapDocument",
    "PointLayer",
    "Style",
    "Table",
    "bank_style",
    "lighter",
    "ramp",
    "style",
]
