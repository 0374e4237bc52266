"""The visual language: complete, and told apart by people who see colours differently."""

from __future__ import annotations

import itertools
import re
from importlib.resources import files

import numpy as np
import pytest

from gridpart.errors import InputError
from gridpart.viewer import Style, bank_style, ramp, style
from gridpart.viewer.page import _MODULES
from gridpart.viewer.styles import _book, lighter

# Machado, Oliveira and Fernandes (2009), severity 1
BLINDNESS = {
    "none": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip
FLAGS = ("blank", "single", "shared_2", "shared_3", "shared_many", "excessive")


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(colour: str, blindness: str = "none") -> np.ndarray:
    """CIE L*a*b* (D65) of a colour as a person with the blindness sees it."""
    seen = np.clip(BLINDNESS[blindness] @ linear(colour), 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = (np.cbrt(part) for part in (to_xyz @ seen) / np.array([0.9505, 1.0, 1.089]))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one: str, two: str, blindness: str) -> float:
    return float(np.linalg.norm(lab(one, blindness) - lab(two, blindness)))


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_banks_are_told_apart(blindness: str) -> None:
    banks = [bank_style(number) for number in range(8)]
    least = min(
        max(difference(a.stroke or "", b.stroke or "", blindness), difference(a.fill or "", b.fill or "", blindness))
        for a, b in itertools.combinations(banks, 2)
    )
    assert least > 10


def test_more_banks_get_patterns() -> None:
    looks = {bank_style(number) for number in range(24)}
    assert len(looks) == 24
    assert all(bank_style(number).hatch for number in range(8, 24))


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_flags_differ_by_hatch_or_clearly_by_colour(blindness: str) -> None:
    for one, two in itertools.combinations(FLAGS, 2):
        a, b = style(one), style(two)
        assert a.hatch != b.hatch or difference(a.fill or "", b.fill or "", blindness) > 7, (one, two)


@pytest.mark.parametrize("name", ["viridis", "cividis"])
@pytest.mark.parametrize("blindness", BLINDNESS)
def test_ramps_grow_lighter_for_everybody(name: str, blindness: str) -> None:
    lightness = [lab(ramp(name, share), blindness)[0] for share in np.linspace(0, 1, 8)]  # type: ignore[arg-type]
    assert (np.diff(lightness) > 0).all()


def test_every_style_of_the_book_loads_and_can_be_drawn() -> None:
    script = files("gridpart.viewer").joinpath("assets", "symbols.js").read_text(encoding="utf-8")
    for name in _book()["style"]:
        look = style(name)
        assert isinstance(look, Style)
        assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in (look.fill, look.stroke) if colour)
        if look.symbol:
            assert f"  {look.symbol}: (c, r)" in script
        if look.hatch:
            assert f'"{look.hatch}"' in script


def test_an_unknown_style_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"there is no style 'blnk'.*blank, single"):
        style("blnk")


def test_text_is_readable_on_every_ground() -> None:
    page = _book()["page"]
    for ground in ("ground", "paper", "panel"):
        for ink, least in (("ink", 7.0), ("muted", 4.0), ("accent", 4.5)):
            light, dark = (float(linear(page[name]) @ [0.2126, 0.7152, 0.0722]) for name in (ground, ink))
            assert (light + 0.05) / (dark + 0.05) > least, (ground, ink)


def test_lighter_mixes_with_white() -> None:
    assert lighter("#000000", 0.5) == "#808080"
    assert lighter("#123456", 0) == "#123456"
    assert lighter("#123456", 1) == "#ffffff"


def test_each_part_of_the_script_follows_those_it_imports_and_names_nothing_twice() -> None:
    folder = files("gridpart.viewer").joinpath("assets")
    assert sorted(path.name for path in folder.iterdir() if path.name.endswith(".js")) == sorted(
        f"{name}.js" for name in _MODULES
    )
    names: list[str] = []
    for place, module in enumerate(_MODULES):
        text = folder.joinpath(f"{module}.js").read_text(encoding="utf-8")
        assert set(re.findall(r'from "\./(\w+)\.js"', text)) <= set(_MODULES[:place])
        names += re.findall(r"^(?:export )?(?:const|let|class|function\*?) (\w+)", text, re.MULTILINE)
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "document.write", "http://", "https://"):
            assert word not in text.replace("http://www.w3.org/2000/svg", "")
    assert len(names) == len(set(names))
