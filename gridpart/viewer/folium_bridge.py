"""From a document to a folium map. Every text that reaches folium goes through `_safe`."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from gridpart.errors import RenderError
from gridpart.i18n import messages, translator

if TYPE_CHECKING:
    import folium

    from gridpart.viewer.document import Layer, MapDocument

say = messages("viewer")

_MARK_PX = 5


def to_folium(document: MapDocument, *, crs: object) -> folium.Map:
    """
    Put the layers of a document on a folium map with tiles.

    Parameters
    ----------
    document
        Layers in one CRS.
    crs
        That CRS.

    Returns
    -------
    map
        Its page loads scripts and tiles from the internet; a note on the map says so.

    Raises
    ------
    RenderError
        If folium is not installed.
    """
    try:
        import folium
    except ImportError as error:
        raise RenderError(
            say("folium is not installed; install it with `pip install gridpart[maps]`, or use the offline page.")
        ) from error
    box = gpd.GeoSeries([shapely.box(*document.bounds)], crs=crs).to_crs(4326).total_bounds
    made = folium.Map(control_scale=True)
    made.fit_bounds([[box[1], box[0]], [box[3], box[2]]])
    for layer in document.layers:
        _group(layer, crs).add_to(made)
    folium.LayerControl(collapsed=False).add_to(made)
    _ = translator(document.lang, "viewer")
    note = _("This map loads tiles and scripts from the internet. The offline page does not.")
    text = f"<p><b>{_safe(document.title)}</b><br>{_safe(document.subtitle)}<br><small>{_safe(note)}</small></p>"
    page: Any = made.get_root()
    page.html.add_child(folium.Element(text))
    return made


def _group(layer: Layer, crs: object) -> folium.FeatureGroup:
    import folium

    group = folium.FeatureGroup(name=_safe(layer.title), show=layer.visible)
    there = np.flatnonzero(~(shapely.is_missing(layer.geometries) | shapely.is_empty(layer.geometries)))
    places = gpd.GeoSeries(layer.geometries[there], crs=crs).to_crs(4326)
    for feature, shape in zip(there.tolist(), places, strict=True):
        look = layer.classes[int(layer.classes_of[feature])].style
        card = _card(layer, feature)
        if layer.kind == "point":
            mark: Any = folium.CircleMarker(
                (shape.centroid.y, shape.centroid.x),
                radius=_MARK_PX,
                color=look.stroke or "#333333",
                fill_color=look.fill or "#ffffff",
                fill_opacity=0.9,
                weight=look.width,
                tooltip=card,
            )
        else:
            border = look if look.stroke else layer.outline
            css = {
                "fillColor": look.fill or "none",
                "fillOpacity": 0.6 if look.fill else 0,
                "color": border.stroke if border is not None and border.stroke else "#666666",
                "weight": border.width if border is not None else 0.5,
            }
            mark = folium.GeoJson(shapely.geometry.mapping(shape), style_function=lambda _, css=css: css, tooltip=card)
        mark.add_to(group)
    return group


def _card(layer: Layer, feature: int) -> folium.Tooltip | None:
    import folium

    if layer.cards is None:
        return None
    facts = layer.cards[feature]
    rows = [f"<b>{_safe(facts[0])}</b>"] if facts else []
    rows += [f"{_safe(title)}: {_safe(fact)}" for title, fact in zip(layer.fields[1:], facts[1:], strict=False) if fact]
    return folium.Tooltip("<br>".join(rows))


def _safe(text: str) -> str:
    """
    Escape text for folium, the one place where it is done.

    folium writes texts into JavaScript template strings and sets them as HTML, so besides the characters of HTML the
    backtick, the dollar sign, the brace and the backslash must not arrive as themselves.
    """
    escaped = html.escape(str(text), quote=True)
    for char in "`$\\{}":
        escaped = escaped.replace(char, f"&#{ord(char)};")
    return " ".join(escaped.split())
