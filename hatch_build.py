"""Build hook: compile the message catalogues, so that an installed gridpart need not parse them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileCatalogues(BuildHookInterface[Any]):
    """Write a .mo beside every .po before a wheel is packed."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile every catalogue, except for an editable install, which reads the .po files as they are edited."""
        if version == "editable" or self.target_name != "wheel":
            return
        for source in sorted(Path(self.root, "gridpart", "i18n", "locale").glob("*/LC_MESSAGES/*.po")):
            target = source.with_suffix(".mo")
            with source.open("rb") as lines, target.open("wb") as compiled:
                write_mo(compiled, read_po(lines, locale=source.parts[-3]))
            build_data["artifacts"].append(target.relative_to(self.root).as_posix())
