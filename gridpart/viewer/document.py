"""What a map page says, as plain values: layers with classes, legend, figures, tables, provenance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely

from gridpart._typing import GeometryArray, IntArray, Language
from gridpart.errors import InputError
from gridpart.i18n import messages
from gridpart.viewer.styles import Style

if TYPE_CHECKING:
    import folium

say = messages("viewer")

Kind = Literal["area", "line", "point"]


@dataclass(frozen=True)
class FeatureClass:
    """
    One entry of the legend: what features of the class are called and look like.

    Attributes
    ----------
    title
        Words in the language of the page.
    style
        Look on map and legend.
    """

    title: str
    style: Style


@dataclass(frozen=True, eq=False)
class Layer:
    """
    Features that are switched on and off together.

    Attributes
    ----------
    key
        Short id, unique on the page.
    title
        Words in the language of the page.
    geometries
        In metres, in the CRS of the page, shape (n_features,). Empty ones are listed in cards and search, not drawn.
    classes
        What kinds of features there are; the legend shows each with its number.
    class_of
        Class of each feature, shape (n_features,); None if all are of the first.
    labels
        Text drawn in or beside each feature, "" for none; None for no labels.
    fields
        Titles of the facts in the hover card; the first fact of each feature is its name.
    cards
        Facts of each feature, one text per field; None for features that do not answer to the pointer.
    outline
        Style of the borders, each drawn once; None for no borders. Areas only.
    visible
        Whether the layer is switched on at first.
    searchable
        Whether the search looks through the first two facts of the cards.
    in_legend
        Whether the legend lists the classes.
    counted
        Whether the legend gives the number of features of each class; False for pieces that mean nothing as a number.
    """

    key: str
    title: str
    geometries: GeometryArray
    classes: tuple[FeatureClass, ...]
    class_of: IntArray | None = None
    labels: Sequence[str] | None = None
    fields: tuple[str, ...] = ()
    cards: Sequence[Sequence[str]] | None = None
    outline: Style | None = None
    visible: bool = True
    searchable: bool = False
    in_legend: bool = True
    counted: bool = True

    kind: Kind = "area"

    def __post_init__(self) -> None:
        """Refuse lists that do not match the features."""
        n = len(self.geometries)
        for name in ("class_of", "labels", "cards"):
            value = getattr(self, name)
            if value is not None and len(value) != n:
                raise InputError(
                    say(
                        "layer {key!r}: {name} has {n} entries for {of} features",
                        key=self.key,
                        name=name,
                        n=len(value),
                        of=n,
                    )
                )

    @cached_property
    def classes_of(self) -> IntArray:
        """Class of each feature, shape (n_features,)."""
        n = len(self.geometries)
        return np.zeros(n, dtype=np.int64) if self.class_of is None else np.asarray(self.class_of, dtype=np.int64)

    @cached_property
    def counts(self) -> IntArray:
        """Number of features in each class, shape (n_classes,)."""
        return np.bincount(self.classes_of, minlength=len(self.classes))


@dataclass(frozen=True, eq=False)
class AreaLayer(Layer):
    """Polygons; borders that match vertex for vertex are drawn once."""

    kind: Kind = "area"


@dataclass(frozen=True, eq=False)
class LineLayer(Layer):
    """Lines."""

    kind: Kind = "line"


@dataclass(frozen=True, eq=False)
class PointLayer(Layer):
    """Points, drawn as symbols."""

    kind: Kind = "point"


@dataclass(frozen=True)
class Column:
    """A column of a table; numbers are aligned right and sorted as numbers."""

    title: str
    numeric: bool = False


@dataclass(frozen=True, eq=False)
class Table:
    """
    A table beside the map.

    Attributes
    ----------
    title
        Words in the language of the page.
    columns
        Heads.
    rows
        Cells as text, already formatted, shape (n_rows, n_columns).
    layer
        Layer whose features the rows stand for: a click on a row goes there. None for a table of its own.
    features
        Feature of each row, shape (n_rows,); None if row i is feature i.
    """

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[str]]
    layer: str | None = None
    features: Sequence[int] | None = None


@dataclass(frozen=True)
class Fact:
    """One figure beside the map."""

    title: str
    value: str


@dataclass(frozen=True)
class Link:
    """A link to another file beside this one; only relative addresses."""

    title: str
    href: str

    def __post_init__(self) -> None:
        """Refuse addresses that leave the folder or could run script."""
        if ":" in self.href or self.href.startswith(("/", "\\")):
            raise InputError(say("a link of a page must be a relative file name, not {href!r}", href=self.href))


@dataclass(frozen=True, eq=False, repr=False)
class MapDocument:
    """
    A map page: everything it says, and nothing about how it is painted.

    Attributes
    ----------
    title, subtitle
        Head of the page.
    lang
        Language of the page's own words.
    layers
        Drawn in this order.
    facts
        Figures beside the map.
    tables
        Below the map.
    notes
        Sentences below the figures: assumptions, omissions.
    crs_label
        Coordinate system for people.
    version
        Version and status of the plan.
    date
        Date of the data, ISO.
    sources
        Where the data come from.
    digest
        Digest of the certificates, "" if there are none.
    north
        Angle of north at the middle of the map, in degrees clockwise from up.
    links
        To other pages of the set.
    focus
        Extent the page opens with in m: min x, min y, max x, max y. None for all layers.
    filter_by
        Fact of the cards that names the place of a thing, and key of the area layer whose labels are these names: the
        page lets one place be chosen. None for no choice.
    """

    title: str
    subtitle: str
    lang: Language
    layers: Sequence[Layer]
    facts: Sequence[Fact] = ()
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    crs_label: str = ""
    version: str = ""
    date: str = ""
    sources: str = ""
    digest: str = ""
    north: float = 0.0
    links: Sequence[Link] = ()
    focus: tuple[float, float, float, float] | None = None
    filter_by: tuple[str, str] | None = None

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Extent of all layers in m: min x, min y, max x, max y."""
        boxes = np.array([shapely.total_bounds(layer.geometries) for layer in self.layers if len(layer.geometries)])
        boxes = boxes[np.isfinite(boxes).all(axis=1)] if len(boxes) else boxes
        if len(boxes) == 0:
            return (0.0, 0.0, 1.0, 1.0)
        low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
        return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))

    def to_html(self) -> str:
        """Return the page as one self-contained HTML file: no request leaves it, data are text."""
        from gridpart.viewer.page import page_of

        return page_of(self)

    def to_fragment(self, height: int = 480) -> str:
        """
        Return the page in a sandboxed frame, for notebooks.

        Parameters
        ----------
        height
            Of the frame, in px.
        """
        from gridpart.viewer.page import fragment_of

        return fragment_of(self, height=height)

    def __repr__(self) -> str:
        """Show title and layers; the geometries would fill the screen."""
        return f"<MapDocument {self.title!r}: {', '.join(layer.title for layer in self.layers)}>"

    def _repr_html_(self) -> str:
        return self.to_fragment(height=560)

    def to_folium(self, crs: object) -> folium.Map:
        """
        Return the layers on a folium map, for people who want tiles; its page needs the internet.

        Parameters
        ----------
        crs
            CRS of the layers.

        Raises
        ------
        RenderError
            If folium is not installed.
        """
        from gridpart.viewer.folium_bridge import to_folium

        return to_folium(self, crs=crs)

    def save(self, path: str | Path) -> Path:
        """Write `to_html` to a file and return its path."""
        target = Path(path)
        target.write_text(self.to_html(), encoding="utf-8", newline="\n")
        return target
