"""Around the faces: titles, looks, and the layers that a planner looks at while redrawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridpart.geo import north_at
from gridpart.i18n import translator
from gridpart.studio.wire import UnitTable
from gridpart.viewer import bank_style, ramp, style
from gridpart.viewer.styles import lighter

if TYPE_CHECKING:
    from gridpart._typing import Language
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
            "staff": {},
            "demand": None if demand is None else [round(value, 3) for value in demand.tolist()],
            "context": [],
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
        names = self._names()
        named = [names.get(unit, unit) for unit in ids]
        rows = [list(row) for row in zip(named, ids, labels, shown, strict=True)]
        return UnitTable(fields, rows, named)

    def _names(self) -> dict[str, str]:
        return {}
