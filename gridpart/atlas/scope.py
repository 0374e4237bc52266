"""What part of a project an atlas shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from gridpart.errors import InputError
from gridpart.i18n import Joined, messages

if TYPE_CHECKING:
    from gridpart.project import Project

say = messages("atlas")


@dataclass(frozen=True)
class Scope:
    """
    Part of a project that an atlas is confined to; both choices together mean their intersection.

    Attributes
    ----------
    bank_id
        Show this bank alone; None shows all banks.
    township_id
        Show the units of this township, and the cells that reach into it; None shows the whole county.
    """

    bank_id: str | None = None
    township_id: str | None = None


def scope_of(scope: Scope | Mapping[str, str] | None, project: Project) -> Scope:
    """
    Read a scope, given as one or as a mapping with its field names, and check it against the project.

    Raises
    ------
    InputError
        If a field, bank or township is unknown; the known ones are listed.
    """
    given: object = scope
    if not isinstance(given, (Scope, Mapping, type(None))):
        raise InputError(
            say('scope must be a Scope or a mapping such as {{"bank_id": "ABC"}}; {scope!r} was given.', scope=scope)
        )
    chosen = _from_mapping(scope) if isinstance(scope, Mapping) else scope or Scope()
    if chosen.bank_id is not None and chosen.bank_id not in project.bank_ids:
        raise InputError(
            say(
                "the project has no bank {bank_id!r}; it has: {banks}.",
                bank_id=chosen.bank_id,
                banks=Joined(project.bank_ids),
            )
        )
    if chosen.township_id is not None:
        known = set() if "township_id" not in project.units else set(project.units["township_id"].dropna().astype(str))
        if chosen.township_id not in known:
            raise InputError(
                say(
                    "no unit of the project lies in township {township_id!r}; known townships: {known}.",
                    township_id=chosen.township_id,
                    known=Joined(sorted(known)) or say("none"),
                )
            )
    return chosen


def _from_mapping(scope: Mapping[str, str]) -> Scope:
    known = [item.name for item in fields(Scope)]
    unknown = sorted(set(scope) - set(known))
    if unknown:
        raise InputError(
            say("a scope has no {unknown}; it has: {known}.", unknown=Joined(map(repr, unknown)), known=Joined(known))
        )
    return Scope(**{name: str(value) for name, value in scope.items()})
