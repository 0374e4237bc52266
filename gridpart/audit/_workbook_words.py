"""Heads and codes of the workbook in the language of who signs it; in English they are those of the tables in code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from gridpart.i18n import translator

if TYPE_CHECKING:
    from gridpart._typing import Language

CODED = (
    "flag", "status", "severity", "zone_class", "kind", "county", "level", "required", "figure", "channel",
    "reason",
)  # fmt: skip
"""Columns whose values are codes; in all others a text is data or already in words."""

OF_PROFILES = ("unit", "note")
"""Columns of the table of rules that hold texts of a profile."""


def in_words(tables: dict[str, pd.DataFrame], lang: Language) -> dict[str, pd.DataFrame]:
    """Return tables with heads and codes in words; the tables given are left as they are."""
    return tables if lang == "en" else {title: _worded(table, lang) for title, table in tables.items()}


def _worded(table: pd.DataFrame, lang: Language) -> pd.DataFrame:
    _, of_profile = translator(lang, "audit"), translator(lang, "profiles")
    signs = {True: _("yes"), False: _("no")}

    def said(name: str, value: Any) -> Any:  # noqa: ANN401 - any value of a table
        if isinstance(value, bool):
            return signs[value]
        if not isinstance(value, str):
            return value
        if name in OF_PROFILES:
            return _(of_profile(value)).strip("（）")
        if name == "level":  # a unit of space, where the head "unit" is one of measure
            return _(value.capitalize())
        return _(value) if name in CODED else value

    columns = {name: [said(str(name), value) for value in column.astype(object)] for name, column in table.items()}
    result = pd.DataFrame(columns, index=table.index, dtype=object)
    return result.infer_objects().rename(columns=_)
