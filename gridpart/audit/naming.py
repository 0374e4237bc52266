"""What banks are called: by their names where a table gives them, by their ids elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from gridpart.i18n import aside, listed

if TYPE_CHECKING:
    from gridpart._typing import Language


@dataclass(frozen=True)
class BankNames:
    """
    Names of banks.

    Attributes
    ----------
    native, english
        Name by bank id, in Chinese or whatever the bank uses, and in English.
    """

    native: Mapping[str, str] = field(default_factory=dict)
    english: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether the name of any bank is known."""
        return bool(self.native or self.english)

    def shown(self, bank_id: str, lang: Language) -> str:
        """Return the name of a bank in a language; with its id where another bank is called so, else the id alone."""
        name = self._name(bank_id, lang)
        if name in (None, bank_id):
            return bank_id
        known = {*self.native, *self.english}
        alike = Counter(self._name(bank, lang) for bank in known)[name] > 1 or name in known
        return aside(str(name), bank_id, lang) if alike else str(name)

    def listed(self, banks: Iterable[str], lang: Language) -> str:
        """Return several banks as one text."""
        return listed((self.shown(bank, lang) for bank in banks), lang)

    def over(self, other: BankNames) -> BankNames:
        """Return these names, and those of other banks from elsewhere."""
        return BankNames({**other.native, **self.native}, {**other.english, **self.english})

    def _name(self, bank_id: str, lang: Language) -> str | None:
        first, second = (self.english, self.native) if lang == "en" else (self.native, self.english)
        return first.get(bank_id) or second.get(bank_id)


def bank_names_of(banks: pd.DataFrame | None, outlets: pd.DataFrame | None) -> BankNames:
    """
    Gather names of banks.

    Parameters
    ----------
    banks
        ``bank_id`` and any of ``short_name``, ``name``, ``short_name_en``, ``name_en``; may be None.
    outlets
        ``bank_id`` and ``bank_name``, taken where `banks` has no name and all outlets of a bank agree; may be None.
    """
    native = _column(outlets, "bank_name") | _column(banks, "name") | _column(banks, "short_name")
    english = _column(banks, "name_en") | _column(banks, "short_name_en")
    return BankNames(native, english)


def _column(table: pd.DataFrame | None, name: str) -> dict[str, str]:
    """Return the name of each bank that has exactly one in a column."""
    if table is None or not {"bank_id", name} <= set(table.columns):
        return {}
    known = pd.DataFrame({"bank_id": table["bank_id"], "name": table[name]}).dropna().astype(str)
    known = known[known["name"].str.strip() != ""].drop_duplicates()
    known = known[~known["bank_id"].duplicated(keep=False)]
    return dict(zip(known["bank_id"], known["name"], strict=True))
