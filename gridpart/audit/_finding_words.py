"""What findings say and what to do next, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridpart.i18n import sentences, translator

if TYPE_CHECKING:
    import pandas as pd

    from gridpart._typing import Language


def words_of(findings: pd.DataFrame, lang: Language) -> tuple[list[str], list[str]]:
    """Return reason and next step of each finding in words."""
    _ = translator(lang, "audit")
    reasons = {
        "blank": _("No bank serves {value:.0%} of this place."),
        "excessive": _("{value:.0f} banks serve this place; the limit is {limit:.0f}."),
        "overlap_share": _("{value:.0%} of this place is served by several banks; the limit is {limit:.0%}."),
        "concentration": _("Access points are concentrated: index {value:.2f}, limit {limit:.2f}."),
        "no_service_point": _("{value:.0f} active service points; at least {limit:.0f} is required."),
        "no_workstation": _("No inclusive-finance workstation in this place."),
        "no_basic_service": _("{value:.0f} access points with basic services in this place; it needs {limit:.0f}."),
        "no_full_service": _("{value:.0f} access points with full services in this township; it needs {limit:.0f}."),
        "no_officer": _("Cell {cell} has no responsible officer."),
        "no_channel": _("Cell {cell} has neither outlet nor active equipment of its bank."),
        "sliver": _("Borders of banks differ by less than {limit:g} m here: {value:,.1f} m²."),
        "doubled_within_bank": _("Cells of one bank overlap each other: {value:,.1f} m²."),
        "sliver_within_bank": _("Borders of cells of one bank cross by less than {limit:g} m: {value:,.1f} m²."),
    }
    steps = {
        "blank": _("Ask the nearest bank to take this place into its grid."),
        "excessive": _("Agree which banks withdraw from this place."),
        "overlap_share": _("Coordinate the borders of these banks."),
        "concentration": _("Look for a second bank to open an access point."),
        "no_service_point": _("Set up or reopen a service point."),
        "no_workstation": _("Set up a workstation, or agree which one serves this place."),
        "no_basic_service": _("Open an access point with basic services here."),
        "no_full_service": _("Open an outlet with full services in this township, or widen what one offers."),
        "no_officer": _("Name an officer for this cell."),
        "no_channel": _("Open a channel in this cell, or join it to a neighbour."),
        "sliver": _("Align the drawings; nobody is affected."),
        "doubled_within_bank": _("Certify the bank's grid and have it corrected."),
        "sliver_within_bank": _("Clean the bank's grid; nobody is affected."),
    }
    assumed = sentences(("", _("(The limit is assumed.)")), lang)
    columns = (findings[name].tolist() for name in ("kind", "value", "limit", "assumed", "cells"))
    said = [
        reasons[kind].format(value=value, limit=limit, cell="".join(cells[:1])) + (assumed if is_assumed else "")
        for kind, value, limit, is_assumed, cells in zip(*columns, strict=True)
    ]
    return said, findings["kind"].map(steps).tolist()
