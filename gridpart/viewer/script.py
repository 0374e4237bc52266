"""Parts of scripts, put together: what runs inline, in a page or a notebook, has no place to import from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

MAP_MODULES = ("symbols", "furniture", "geometry", "labels", "view", "painter", "panel", "pointer")
"""Modules of the viewer that draw a map and listen to hands, each after those it imports."""

_IMPORT = re.compile(r"^import .*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


@cache
def asset(package: str, name: str) -> str:
    """Return the text of a file in the folder ``assets`` of a package."""
    return files(package).joinpath("assets", name).read_text(encoding="utf-8")


def joined_script(package: str, names: Sequence[str]) -> str:
    """Return modules of a package as one text: without imports, and without exports but a default one."""
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", asset(package, f"{name}.js"))) for name in names)
