"""The visual language, read once from ``style.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from gridpart._typing import Language
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages

say = messages("viewer")

Symbol = Literal[
    "square", "open_square", "triangle", "open_triangle", "dot", "circle", "circle_cross", "diamond", "cross"
]
Hatch = Literal["diagonal", "cross", "dots", "horizontal"]

HATCHES: tuple[Hatch | None, ...] = (None, "diagonal", "dots", "horizontal", "cross")
"""Patterns that tell apart what shares a colour, in order of use."""


@dataclass(frozen=True)
class Style:
    """
    Look of a class of features; lengths in px on screen.

    Attributes
    ----------
    fill
        Colour of area or symbol; None for none.
    stroke, width, dash
        Colour, width and dash pattern of the border.
    hatch, hatch_colour
        Pattern over the fill.
    symbol, size
        Shape and size of a point.
    """

    fill: str | None = None
    stroke: str | None = None
    width: float = 1.0
    dash: tuple[float, ...] = ()
    hatch: Hatch | None = None
    hatch_colour: str | None = None
    symbol: Symbol | None = None
    size: float = 8.0

    def with_(self, **changes: Any) -> Style:
        """Return the style with some attributes changed."""
        return replace(self, **changes)

    def to_json(self) -> dict[str, Any]:
        """Return the attributes that are set."""
        return {name: value for name, value in asdict(self).items() if value not in (None, ())}


@cache
def _book() -> dict[str, Any]:
    text = files("gridpart.viewer").joinpath("style.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def style(name: str) -> Style:
    """
    Look up a style by name.

    Raises
    ------
    InputError
        If there is none of the name; the names are listed.
    """
    styles = _book()["style"]
    if name not in styles:
        raise InputError(say("there is no style {name!r}; there are: {styles}.", name=name, styles=Joined(styles)))
    values = dict(styles[name])
    if "dash" in values:
        values["dash"] = tuple(values["dash"])
    return Style(**values)


def page_colours(lang: Language = "zh-Hans") -> dict[str, str]:
    """Return colours and font of the page by name; the font is the one that has the characters of the language."""
    return {**_book()["page"], "font": _book()["font"][lang]}


def bank_style(number: int) -> Style:
    """Return the fill of the bank or officer with this number: eight colours, then the same with a hatch."""
    colours = _book()["palette"]["banks"]
    colour = colours[number % len(colours)]
    hatch = HATCHES[number // len(colours) % len(HATCHES)]
    return Style(fill=lighter(colour, 0.62), stroke=colour, width=0.8, hatch=hatch, hatch_colour=colour)


def ramp(name: Literal["viridis", "cividis"], share: float) -> str:
    """Return the colour at a share (0 to 1) of a ramp for numbers."""
    colours = _book()["palette"][name]
    return str(colours[min(int(share * len(colours)), len(colours) - 1)])


def lighter(colour: str, share: float) -> str:
    """Mix a colour ``#rrggbb`` with white; 0 leaves it, 1 gives white."""
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(part + (255 - part) * share):02x}" for part in parts)
