"""Around the faces: titles, looks, and the layers that a planner looks at while redrawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridpart.arguments import checked
from gridpart.geo import north_at
from gridpart.i18n import aside, translator
from gridpart.partition import SEVERAL_BANKS
from gridpart.studio._officers import officers_in
from gridpart.studio._unit_names import names_of_units
from gridpart.studio.layers import context_layers, flag_layers, flags_of_faces, township_layer
from gridpart.studio.wire import UnitTable
from gridpart.viewer import Layer, bank_style, ramp, style
from gridpart.viewer.payload import layer_payload
from gridpart.viewer.styles import lighter

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.audit import Audit
    from gridpart.studio.desk import Desk
    from gridpart.studio.session import Session

_COLOURS = 6
_LOADS = (0.8, 0.9, 1.1, 1.2, None)


class Surroundings:
    """
    What a view is told beside faces and labels.

    Parameters
    ----------
    session
        Whose grid.
    lang
        Of titles.
    """

    def __init__(self, session: Session, lang: Language) -> None:
        self.session = session
        self.lang = lang
        self._ = translator(lang, "studio")
        self._around: list[Layer] | None = None
        self._audit: Audit | None = None

    def _context(self) -> list[Layer]:
        """Return the layers that do not change while the grid does."""
        project = self.session.project
        if self._around is None:
            self._around = [] if project is None else context_layers(project, self.session.bank_id, lang=self.lang)
            townships = None if project is None else township_layer(project.units, title=self._("Townships"))
            if townships is not None:
                self._around.insert(0, townships)
        return self._around

    def _lazy(self) -> list[dict[str, str]]:
        """Return layers that are worked out when they are switched on."""
        if self.session.project is None:
            return []
        return [{"key": "flags", "title": self._("Blanks and overlaps of all banks")}]

    def audit(self) -> Audit:
        """Return the audit of the project's grids as they were saved last, made when first asked for."""
        project = self.session.project
        if self._audit is None and project is not None:
            self._audit = project.audit()
        assert self._audit is not None  # noqa: S101 - asked for by views of projects alone
        return self._audit

    @checked
    def flags(self, desk: Desk) -> dict[str, Any]:
        """Return blanks and overlaps as layers."""
        layers = flag_layers(self.audit(), lang=self.lang)
        return {"layers": [layer_payload(layer, desk.wire.frame) for layer in layers]}

    @checked
    def coverage(self, desk: Desk) -> dict[str, Any]:
        """Return a class of each face by the number of banks that serve it."""
        _ = self._
        titles = {
            "blank": _("Blank: no bank serves"),
            "single": _("One bank"),
            "shared": _("Several banks"),
            "excessive": _("Overlap: too many banks serve"),
        }
        looks = {name: style("shared_3" if name == "shared" else name).with_(stroke=None) for name in titles}
        classes = [{"title": title, "style": looks[name].to_json()} for name, title in titles.items()]
        return {"classes": classes, "of": flags_of_faces(self.audit(), desk.wire.faces, list(titles)).tolist()}

    def _staff(self) -> dict[str, str]:
        """Return the names of officers of the bank who have not left, by staff id, whether they have a cell or not."""
        project, session = self.session.project, self.session
        if project is None or not {"staff_id", "role"} <= set(project.staff.columns):
            return {}
        staff = officers_in(project)
        if "bank_id" in staff.columns and session.bank_id != SEVERAL_BANKS:
            staff = staff[staff["bank_id"].astype(str) == session.bank_id]
        ids = staff["staff_id"].astype(str)
        names = staff["name"].astype(str) if "name" in staff.columns else ids
        return {one: one if name == one else aside(name, one, self.lang) for one, name in zip(ids, names, strict=True)}

    def _outlet_names(self) -> dict[str, str]:
        """Return the names of the outlets of the grid where they have one."""
        project = self.session.project
        if project is None or "name" not in project.outlets.columns:
            return {}
        rows = zip(project.outlets["outlet_id"].astype(str), project.outlets["name"], strict=True)
        mine = self.session.outlets
        return {outlet: str(name) for outlet, name in rows if outlet in mine and name is not None and name == name}  # noqa: PLR0124 - NaN

    def plan(self) -> dict[str, Any]:
        """Return the plan around the grid: version, state, how it came there, and what was said."""
        session = self.session
        return {
            "version": session.version,
            "status": session.status,
            "milestones": session.milestones,
            "comments": session.comments,
            "openings": session.openings,
        }

    @checked
    def base(self, desk: Desk) -> tuple[dict[str, Any], list[bytes]]:
        """Return everything that a view needs that knows nothing yet."""
        session, wire = self.session, desk.wire
        layer, buffers = wire.base(self.units(), title=self._("Units"))
        low_x, low_y, high_x, high_y = session.grid.cells.total_bounds
        outlets = {name: (record.cell_id, record.x, record.y) for name, record in session.outlets.items()}
        demand = session.demand
        message = {
            "layer": layer,
            "cells": [
                {"n": wire.numbers[name], "id": name, "gone": False, "locked": record.locked}
                for name, record in session.records.items()
            ],
            "outlets": desk.outlets_of(outlets),
            "officers": list(session.officers.items()),
            "staff": self._staff(),
            "outletNames": self._outlet_names(),
            "plan": self.plan(),
            "who": session.who,
            "demand": None if demand is None else [round(value, 3) for value in demand.tolist()],
            "context": [layer_payload(item, wire.frame) for item in self._context()],
            "lazy": self._lazy(),
            "home": wire.home,
            "metresPerUnit": wire.frame.step,
            "north": north_at(session.grid.crs, (low_x + high_x) / 2, (low_y + high_y) / 2),
            "looks": {
                "units": True,
                "unit": style("unit").to_json(),
                "cell": style("big_cell").to_json(),
            },
            "style": self.styles(),
            "outletStyle": style("branch").to_json(),
        }
        return message, buffers

    def styles(self) -> dict[str, Any]:
        """Return the looks of cells by number, load and officer."""
        _ = self._
        plain = [bank_style(number).with_(stroke=None, hatch=None).to_json() for number in range(_COLOURS)]
        titles = [_("below 80 %"), _("80 to 90 %"), _("90 to 110 % of the mean"), _("110 to 120 %"), _("above 120 %")]
        hatches = ["dots", None, None, None, "diagonal"]
        loads = [
            {
                "title": title,
                "below": below,
                "style": style("single")
                .with_(fill=lighter(ramp("cividis", step / 5), 0.35), hatch=hatch, hatch_colour="#24282c")
                .to_json(),
            }
            for step, (title, below, hatch) in enumerate(zip(titles, _LOADS, hatches, strict=True))
        ]
        officers = [bank_style(number).with_(stroke=None).to_json() for number in range(32)]
        nobody = {"title": _("nobody yet"), "style": style("missing").to_json()}
        return {"cells": plain, "loads": loads, "officers": officers, "nobody": nobody}

    def units(self) -> UnitTable:
        """Return what is known of each face."""
        _ = self._
        session = self.session
        demand = session.demand
        fields = (_("Unit"), _("Id"), _("Cell"), _("Demand"))
        labels = session.labels.tolist()
        ids = ["" if unit is None else unit for unit in session.unit_ids]
        shown = [""] * len(ids) if demand is None else [f"{value:,.0f}" for value in demand.tolist()]
        names = names_of_units(session.project, self.lang)
        named = [names.get(unit, unit) for unit in ids]
        rows = [list(row) for row in zip(named, ids, labels, shown, strict=True)]
        return UnitTable(fields, rows, named)
