"""What banks, outlets and units of a project are called in the language of the atlas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gridpart.atlas._places import records
from gridpart.atlas.words import NOTHING, Words, shown_place

if TYPE_CHECKING:
    from gridpart.atlas.register import Register

Row = dict[str, Any]
"""One row of a table by column name, None where nothing is known."""


@dataclass(frozen=True)
class Naming:
    """
    A register and the words to speak of it.

    Attributes
    ----------
    register
        What is shown.
    words
        Words of the atlas.
    """

    register: Register
    words: Words

    @property
    def translate(self) -> Callable[[str], str]:
        """Put an English text into the language of the atlas."""
        return self.words.translate

    @property
    def project(self) -> str:
        """Name of the project, with the other name of its area where there is one."""
        first, second = self.register.name, self.register.name_en
        if second in {"", first}:
            return first
        return f"{second} ({first})" if self.words.lang == "en" else first

    @cached_property
    def banks(self) -> Mapping[str, str]:
        """Name by bank id; the id where a bank has no name."""
        return {
            bank["bank_id"]: self.words.name(
                bank["short_name"] or bank["name"], bank["short_name_en"] or bank["name_en"]
            )
            or bank["bank_id"]
            for bank in records(self.register.banks)
        }

    def bank(self, bank_id: str | None) -> str:
        """Name of a bank."""
        return self.banks.get(bank_id or "", bank_id or NOTHING)

    @cached_property
    def _bank_beginnings(self) -> Mapping[str, tuple[str, ...]]:
        """Words that the names of a bank's outlets may begin with."""
        columns = ("short_name", "name", "short_name_en", "name_en")
        return {
            bank["bank_id"]: tuple(str(bank[name]) for name in columns if bank[name])
            for bank in records(self.register.banks)
        }

    def outlet_place(self, outlet: Row) -> str:
        """Name of an outlet without the name of the bank."""
        beginnings = self._bank_beginnings.get(outlet["bank_id"], ())
        return shown_place(self.words.name(outlet["name"], outlet["name_en"]), beginnings)

    @cached_property
    def _places(self) -> Mapping[tuple[str, str], str]:
        return {
            (outlet["bank_id"], outlet["outlet_id"]): self.outlet_place(outlet)
            for outlet in records(self.register.outlets)
        }

    def cell_place(self, cell: Row) -> str:
        """Name of a cell: its outlet's, or nothing."""
        return self._places.get((cell["bank_id"], cell["outlet_id"]), "")

    @cached_property
    def unit_rows(self) -> list[Row]:
        """Units of the register, in its order."""
        return records(self.register.units)

    @cached_property
    def unit_cards(self) -> list[tuple[str, ...]]:
        """What a card says about each unit: names, code, township, class, residents."""
        words = self.words
        return [
            (
                words.names(unit["name"], unit["name_en"]) or NOTHING,
                unit["unit_id"] or NOTHING,
                words.names(unit["township"], unit["township_en"]) or NOTHING,
                words.zone(unit["zone_class"]),
                words.count(unit["population"]),
            )
            for unit in self.unit_rows
        ]

    @cached_property
    def _units(self) -> Mapping[str, Row]:
        return {unit["unit_id"]: unit for unit in self.unit_rows if unit["unit_id"]}

    def unit(self, unit_id: str | None) -> str:
        """Both names of a unit."""
        unit = self._units.get(unit_id or "", {})
        return self.words.names(unit.get("name"), unit.get("name_en")) or unit_id or NOTHING

    def township(self, unit_id: str | None) -> str:
        """Name of the township of a unit."""
        unit = self._units.get(unit_id or "", {})
        return self.words.name(unit.get("township"), unit.get("township_en")) or NOTHING
