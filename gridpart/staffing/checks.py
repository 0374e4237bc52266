"""The outcome of a check: what was asked, and every row that fails it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

import pandas as pd

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, Message, clauses, messages
from gridpart.tables.messages import N_

say = messages("staffing")

_NAMED = 8


_NAMES = {
    "supervisor": N_("head of the branch"),
    "frontline": N_("a person in each cell"),
    "village": N_("village"),
    "community": N_("community"),
    "unit": N_("unit"),
    "atm": N_("cash machines"),
    "pos": N_("card terminals"),
    "service_point": N_("service points"),
    "transfer_phone": N_("transfer telephones"),
    "self_service_terminal": N_("self-service terminals"),
    "mobile_reader": N_("mobile card readers"),
}
"""Words for codes that stand in rules."""


def _named(value: object) -> object:
    """Put codes into words; lists are joined."""
    if isinstance(value, tuple):
        named = map(_named, value)
        return Joined(item if isinstance(item, str) else str(item) for item in named) or "–"
    return say(_NAMES[value]) if isinstance(value, str) and value in _NAMES else value


@dataclass(frozen=True, eq=False, repr=False)
class Check:
    """
    Outcome of a check.

    Attributes
    ----------
    rule
        What must hold, in English, with places for `values`.
    findings
        One row per failure; empty if the rule holds.
    assumed
        Numbers of the rule that no plan gives, by name; a report prints them as assumed.
    values
        What is put into the words of the rule.
    """

    rule: str
    findings: pd.DataFrame
    assumed: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, object] = field(default_factory=dict)

    @checked
    def words(self, lang: Language = "en") -> str:
        """Say what must hold, in a language."""
        return self._words().told(lang)

    def _words(self) -> Message:
        return say(self.rule, **{key: _named(value) for key, value in self.values.items()})

    @property
    def passed(self) -> bool:
        """Whether the rule holds everywhere."""
        return self.findings.empty

    def require(self) -> None:
        """
        Raise unless the rule holds.

        Raises
        ------
        InputError
            Naming the first failures.
        """
        if not self.passed:
            rows = [", ".join(f"{key} {value}" for key, value in row.items()) for row in self._first()]
            more = say("; and {n} more", n=len(self.findings) - _NAMED) if len(self.findings) > _NAMED else ""
            raise InputError(
                say(
                    "{rule}: {n} failures. {rows}{more}. Nothing was changed.",
                    rule=self._words(),
                    n=len(self.findings),
                    rows=Joined(rows, clauses),
                    more=more,
                )
            )

    def _first(self) -> list[dict[str, object]]:
        return [{str(k): v for k, v in row.items()} for row in self.findings.head(_NAMED).to_dict("records")]

    def __repr__(self) -> str:
        """Show rule, outcome and what is assumed."""
        outcome = "passed" if self.passed else f"{len(self.findings)} failures"
        assumed = "".join(f"; {name} {value} (assumed)" for name, value in self.assumed.items())
        return f"<Check {self.words()!r}: {outcome}{assumed}>"

    def _repr_html_(self) -> str:
        table = "" if self.passed else self.findings.to_html(index=False, escape=True, max_rows=_NAMED * 5)
        return f"<p><strong>{escape(repr(self)[1:-1])}</strong></p>{table}"
