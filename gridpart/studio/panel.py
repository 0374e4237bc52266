"""Beside the map: figures of the grid and what a planner should know, brought up to date with every change."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets

from gridpart.i18n import translator

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.studio.delta import Delta
    from gridpart.studio.metrics import Finding
    from gridpart.studio.session import Session

_SHOWN = 10
"""Findings listed; a list that cannot be read helps nobody."""


class Panel(ipywidgets.VBox):  # type: ignore[misc] # ipywidgets has no types
    """
    Figures and findings of a session.

    Parameters
    ----------
    session
        Whose.
    lang
        Of the words.
    show
        Called with the cell of a finding that was pressed.
    """

    def __init__(self, session: Session, *, lang: Language, show: Callable[[str], None]) -> None:
        self._session = session
        self._ = translator(lang, "studio")
        self._figures = ipywidgets.HTML()
        self._title = ipywidgets.HTML()
        self._buttons = [self._button(show) for _ in range(_SHOWN)]
        self._cells = [""] * _SHOWN
        self._notes = ipywidgets.HTML()
        children = [self._figures, self._title, *self._buttons, self._notes]
        super().__init__(children, layout=ipywidgets.Layout(width="250px", flex="0 0 250px", padding="0 0 0 10px"))
        self.update()

    def _button(self, show: Callable[[str], None]) -> Any:  # noqa: ANN401 - ipywidgets has no types
        button = ipywidgets.Button(layout=ipywidgets.Layout(width="auto", display="none"), style={"text_align": "left"})
        button.on_click(lambda pressed: show(self._cells[self._buttons.index(pressed)]))
        return button

    def changed(self, _: Delta) -> None:
        """Follow a change."""
        self.update()

    def update(self) -> None:
        """Show the session as it is now."""
        metrics = self._session.metrics
        self._figures.value = _table(self._facts())
        found = sorted(metrics.findings, key=_weight, reverse=True)
        title = self._("{n} things to know").format(n=len(found)) if found else self._("Nothing stands out")
        self._title.value = f"<b>{html.escape(title)}</b>"
        for place, button in enumerate(self._buttons):
            finding = found[place] if place < len(found) else None
            self._cells[place] = "" if finding is None else finding.cell_id
            button.description = "" if finding is None else self._told(finding)
            button.tooltip = button.description
            button.layout.display = "none" if finding is None else ""
        more = len(found) - _SHOWN
        notes = [self._("and {n} more").format(n=more)] if more > 0 else []
        self._notes.value = "".join(f"<p>{html.escape(note)}</p>" for note in [*notes, *self._session.notes])

    def _facts(self) -> list[tuple[str, str]]:
        _, session = self._, self._session
        values = session.metrics
        status = {
            "draft": _("draft"),
            "proposed": _("proposed"),
            "coordinated": _("co-ordinated"),
            "adopted": _("adopted"),
        }[session.status]
        facts = [
            (_("Plan"), _("version {n}, {status}").format(n=session.version, status=status)),
            (_("Cells"), f"{values['n_cells']:,}"),
        ]
        if values["mean_demand"] is not None:
            facts.append((_("Mean load"), f"{values['mean_demand']:,.0f}"))
            facts.append((_("Largest over mean load"), f"{values['max_over_mean_load']:.2f}"))
        if values["mean_distance_m"] is not None:
            facts.append((_("Mean distance to the outlet"), f"{values['mean_distance_m'] / 1000:,.1f} km"))
        facts.append((_("Compactness"), f"{values['mean_compactness']:.2f}"))
        facts.append((_("Cells in pieces"), f"{values['n_in_pieces']:,}"))
        facts.append((_("Edits"), f"{len(session.log):,}"))
        return facts

    def _told(self, finding: Finding) -> str:
        _ = self._
        texts = {
            "in_pieces": _("{cell}: in {value:.0f} pieces"),
            "load_high": _("{cell}: load {value:.0%}"),
            "load_low": _("{cell}: load {value:.0%}"),
            "outlet_elsewhere": _("{cell}: its outlet stands outside"),
        }
        signs = {"in_pieces": "◫", "load_high": "▲", "load_low": "▽", "outlet_elsewhere": "◇"}
        return f"{signs[finding.rule]} {texts[finding.rule].format(cell=finding.cell_id, value=finding.value)}"


def _weight(finding: Finding) -> tuple[bool, float]:
    """Rank findings: pieces and outlets outside first, then the loads farthest from the mean."""
    is_load = finding.rule.startswith("load")
    return not is_load, abs(finding.value - 1) if is_load else finding.value


def _table(facts: list[tuple[str, str]]) -> str:
    rows = "".join(
        f'<tr><td style="padding:1px 10px 1px 0">{html.escape(name)}</td>'
        f'<td style="text-align:right;white-space:nowrap"><b>{html.escape(value)}</b></td></tr>'
        for name, value in facts
    )
    return f'<table style="line-height:1.5">{rows}</table>'
