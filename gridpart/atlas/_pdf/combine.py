"""The urban and the rural sheet of a theme as one list of layers, for pages of townships."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gridpart.viewer import FeatureClass, Layer, MapDocument


def combined_layers(documents: Sequence[MapDocument]) -> list[Layer]:
    """
    Join the layers of the sheets of one theme.

    Layers of the same key become one with the features of all; what one sheet shows for orientation only, because it is
    the matter of the other, is left out.

    Parameters
    ----------
    documents
        Urban, rural.
    """
    order: dict[str, list[Layer]] = {}
    for document in documents:
        for layer in document.layers:
            if not layer.key.startswith("context_"):
                order.setdefault(layer.key, []).append(_own(layer) if layer.key == "units" else layer)
    keys = sorted(order, key=lambda key: _rank(order[key][0]))
    return [order[key][0] if key in _SHARED else _joined(order[key]) for key in keys]


_SHARED = ("roads", "townships", "service_area")
"""Layers that every sheet has alike."""


def _rank(layer: Layer) -> int:
    """Return the place in the drawing order: ground, roads, cells, borders, things."""
    ranks = {"units": 0, "roads": 1, "townships": 3, "service_area": 4}
    return ranks.get(layer.key, 5 if layer.kind == "point" else 2)


def _own(layer: Layer) -> Layer:
    """Return the units without those shown for orientation, which are of the second class."""
    return taken(layer, np.flatnonzero(layer.classes_of == 0), classes=layer.classes[:1])


def taken(layer: Layer, rows: Sequence[int] | np.ndarray, *, classes: tuple[FeatureClass, ...] | None = None) -> Layer:
    """Return some features of a layer, in the order of `rows`."""
    chosen = np.asarray(rows, dtype=np.int64)
    return replace(
        layer,
        geometries=np.asarray(layer.geometries, dtype=object)[chosen],
        class_of=layer.classes_of[chosen],
        classes=classes or layer.classes,
        labels=None if layer.labels is None else [layer.labels[at] for at in chosen.tolist()],
        cards=None if layer.cards is None else [layer.cards[at] for at in chosen.tolist()],
    )


def _joined(parts: Sequence[Layer]) -> Layer:
    if len(parts) == 1:
        return parts[0]
    classes: dict[str, FeatureClass] = {}
    for part in parts:
        for entry in part.classes:
            classes.setdefault(entry.title, entry)
    number = {title: at for at, title in enumerate(classes)}
    class_of = [
        np.array([number[entry.title] for entry in part.classes], dtype=np.int64)[part.classes_of] for part in parts
    ]
    first = parts[0]
    return replace(
        first,
        geometries=np.concatenate([np.asarray(part.geometries, dtype=object) for part in parts]),
        classes=tuple(classes.values()),
        class_of=np.concatenate(class_of),
        labels=None if first.labels is None else [label for part in parts for label in part.labels or ()],
        cards=None if first.cards is None else [card for part in parts for card in part.cards or ()],
    )
