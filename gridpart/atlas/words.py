"""Words and figures of the atlas in one language."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias, get_args

from gridpart._typing import Language, ZoneClass
from gridpart.i18n import require_language, translator

Theme: TypeAlias = Literal["outlets", "equipment", "personnel"]

THEMES: tuple[Theme, ...] = get_args(Theme)
"""Order of the sheets in a set."""

NOTHING = "–"
"""Stands where nothing is known."""


@dataclass(frozen=True)
class Words:
    """
    Everything the atlas says by itself.

    Attributes
    ----------
    lang
        Language code.
    """

    lang: Language

    @cached_property
    def translate(self) -> Callable[[str], str]:
        """Put an English text into the language."""
        return translator(require_language(self.lang), "atlas")

    def theme(self, theme: Theme) -> str:
        """Name of a theme."""
        _ = self.translate
        return {
            "outlets": _("Outlets"),
            "equipment": _("Equipment"),
            "personnel": _("Personnel"),
        }[theme]

    def zone(self, zone_class: str | None) -> str:
        """Name of a class."""
        _ = self.translate
        return {"urban": _("Urban"), "rural": _("Rural")}.get(zone_class or "", NOTHING)

    def kind(self, kind: str | None) -> str:
        """Name of a kind of outlet or equipment; a kind of the user's own stands as it is."""
        _ = self.translate
        names = {
            "main_branch": _("Main branch"),
            "branch": _("Branch"),
            "sub_branch": _("Sub-branch"),
            "self_service_bank": _("Self-service bank"),
            "atm": _("Cash machine (ATM)"),
            "pos": _("Card terminal (POS)"),
            "service_point": _("Rural cash-withdrawal service point"),
            "transfer_phone": _("Transfer phone"),
            "self_service_terminal": _("Self-service terminal"),
            "mobile_reader": _("Mobile card reader"),
            "": _("Kind not on record"),
        }
        return names.get(kind or "", kind or "")

    def employment(self, employment_type: str | None) -> str:
        """Name of a kind of employment."""
        _ = self.translate
        return {"full_time": _("full-time"), "part_time": _("part-time")}.get(employment_type or "", NOTHING)

    def duties(self, duties: str | None) -> str:
        """Names of duties on record as codes with semicolons between."""
        _ = self.translate
        names = {
            "publicity": _("publicity"),
            "filing": _("filing"),
            "service": _("service"),
            "management": _("management"),
            "information": _("information"),
            "supervision": _("supervision"),
            "risk_monitoring": _("risk monitoring"),
            "coordination": _("coordination"),
            "assistance": _("assistance"),
        }
        codes = [code for code in (duties or "").split(";") if code]
        return _(", ").join(names.get(code, code) for code in codes) or NOTHING

    def reason(self, omitted: str) -> str:
        """Why a row is not on the map."""
        _ = self.translate
        return {
            "closed": _("closed"),
            "not_open_yet": _("not open yet"),
            "not_in_office_yet": _("not in office yet"),
            "left": _("left office"),
            "no_coordinates": _("no coordinates"),
            "outside": _("outside the service area"),
            "no_cell": _("no cell assigned"),
            "unknown_cell": _("assigned to a cell that no grid has"),
        }[omitted]

    def status(self, status: str) -> str:
        """Name of the status of a grid."""
        _ = self.translate
        return {
            "draft": _("draft"),
            "proposed": _("proposed"),
            "coordinated": _("coordinated"),
            "adopted": _("adopted"),
        }.get(status, status)

    def name(self, name: object, name_en: object = None) -> str:
        """One name: Chinese in a Chinese atlas, English in an English one, whichever there is else."""
        return next(iter(self._in_order(name, name_en)), "")

    def names(self, name: object, name_en: object = None) -> str:
        """Both names in an English atlas, the English one first; in a Chinese one the Chinese name stands alone."""
        found = dict.fromkeys(self._in_order(name, name_en))
        return " ".join(found if self.lang == "en" else list(found)[:1])

    def _in_order(self, name: object, name_en: object) -> list[str]:
        english_first = self.lang == "en"
        pair = (name_en, name) if english_first else (name, name_en)
        return [str(part) for part in pair if part]

    @staticmethod
    def count(number: float | None) -> str:
        """Whole number with thousands separators."""
        return NOTHING if number is None or math.isnan(number) else f"{round(number):,}"

    @staticmethod
    def square_km(area_m2: float) -> str:
        """Area in km² with one decimal."""
        return NOTHING if math.isnan(area_m2) else f"{area_m2 / 1e6:,.1f} km²"

    @staticmethod
    def per_cent(share: float) -> str:
        """Share in % with one decimal."""
        return NOTHING if math.isnan(share) else f"{share:.1%}"


def shown_place(name: str, bank_names: tuple[str, ...]) -> str:
    """Leave the bank's name away at the start of an outlet's name, where a label need not repeat it."""
    for bank in sorted(filter(None, bank_names), key=len, reverse=True):
        rest = name.removeprefix(bank).strip()
        if rest and rest != name:
            return rest
    return name


def other_zone(zone: ZoneClass) -> ZoneClass:
    """Return the other class."""
    return "rural" if zone == "urban" else "urban"
