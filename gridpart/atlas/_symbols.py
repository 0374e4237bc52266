"""One symbol for each kind of thing, in map, legend and table alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gridpart._typing import IntArray
from gridpart.atlas.words import Words
from gridpart.viewer import FeatureClass, Style, style

_OTHER = Style(symbol="circle", size=8, fill="#ffffff", stroke="#6a6f75", width=1.4)
"""Symbol of kinds that the visual language does not know."""


def symbol_classes(
    kinds: Sequence[str | None], *, order: Sequence[str], words: Words
) -> tuple[tuple[FeatureClass, ...], IntArray]:
    """
    Return the legend of kinds and the class of each thing.

    Parameters
    ----------
    kinds
        Kind of each thing, ``n`` of them.
    order
        Known kinds in the order of the legend; other kinds follow, sorted.
    words
        Names of the kinds.

    Returns
    -------
    classes, class_of
        Those kinds that occur, and a number for each thing, shape (n,).
    """
    present = {kind or "" for kind in kinds}
    shown = [kind for kind in order if kind in present] + sorted(present - set(order))
    classes = tuple(FeatureClass(words.kind(kind), kind_style(kind, known=kind in order)) for kind in shown)
    numbers = {kind: number for number, kind in enumerate(shown)}
    class_of = np.array([numbers[kind or ""] for kind in kinds], dtype=np.int64)
    return classes or (FeatureClass(words.kind(order[0]), kind_style(order[0], known=True)),), class_of


def kind_style(kind: str, *, known: bool) -> Style:
    """Return the symbol of a kind."""
    return style(kind) if known else _OTHER
