"""What maps and messages call the units of a project."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gridpart.i18n import Joined, Message, aside

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.project import Project


def names_of_units(project: Project | None, lang: Language) -> dict[str, str]:
    """Return the name of each unit that has one, by its id, in a language where there is one in it."""
    if project is None or "name" not in project.units.columns:
        return {}
    column = "name_en" if lang == "en" and "name_en" in project.units.columns else "name"
    rows = zip(project.units["unit_id"].astype(str), project.units[column], strict=True)
    return {unit: str(name) for unit, name in rows if name is not None and name == name}  # noqa: PLR0124 - NaN


def calls_of_units(project: Project | None) -> dict[str, Message]:
    """Return what messages call units that have a name: the name, which the map shows, with the id in brackets."""
    english, native = names_of_units(project, "en"), names_of_units(project, "zh-Hans")
    return {
        unit: Joined((unit, native.get(unit, unit), english.get(unit, unit)), by=_called)
        for unit in {**native, **english}
    }


def _called(parts: Iterable[str], lang: Language) -> str:
    unit, native, english = parts
    name = english if lang == "en" else native
    return unit if name == unit else aside(name, unit, lang)
