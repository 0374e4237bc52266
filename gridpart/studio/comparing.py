"""The plan compared with another one, for the map: which plans there are, what differs, where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridpart._typing import GeometryArray
from gridpart.arguments import checked
from gridpart.errors import GridpartError, InputError
from gridpart.i18n import explain, messages, translator
from gridpart.project.past import told
from gridpart.viewer import AreaLayer, FeatureClass, Style
from gridpart.viewer.payload import layer_payload

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.partition import Grid
    from gridpart.project import Project
    from gridpart.project.past import Unproved
    from gridpart.studio.comparison import Comparison
    from gridpart.studio.desk import Desk
    from gridpart.studio.session import Session

say = messages("studio")

_FILES = 40
"""Files beside the project that are offered; the newest first."""

_LOOK = Style(hatch="diagonal", hatch_colour="#24282c", stroke="#24282c", width=1.8, dash=(6.0, 3.0))


class Comparing:
    """
    Answers of a session to a view that compares plans.

    Parameters
    ----------
    session
        Whose plan.
    lang
        Of titles.
    """

    def __init__(self, session: Session, lang: Language) -> None:
        self._session = session
        self._ = translator(lang, "studio")

    def references(self) -> list[list[str]]:
        """Return the plans that there are to compare with, as rows ``[key, title]``."""
        _ = self._
        rows = [["opened", _("as it was opened")], ["saved", _("as it was saved last")]]
        past = enumerate(told(self._session.earlier))
        rows += [[f"earlier:{place}", self._title(grid)] for place, grid in reversed([*past])]
        return [*rows, *[[f"file:{path.name}", path.name] for path in self._files()]]

    @checked
    def compare(self, desk: Desk, key: str) -> dict[str, Any]:
        """
        Compare with one of `references`.

        Returns
        -------
        message
            ``layer``: what differs, as a layer of the map; ``pairs``: rows ``[cell before, cell after, km²,
            households]``, largest first; ``officers``: rows ``[staff_id, cell before, cell after, households before,
            after]``; ``facts``: rows ``[title, value]``; ``reason``: why there is no comparison, else empty.
        """
        try:
            found = self._session.compare(self._reference(key))
        except GridpartError as error:
            return {"reason": explain(error, self._session.lang)}
        return {"reason": "", "rev": self._session.seq, **self._told(found, desk)}

    def _title(self, grid: Grid | Unproved) -> str:
        _, since = self._, grid.provenance.get("as_of")
        if grid.status != "adopted":
            return _("as it was before the first plan")
        if since:
            return _("version {version}, in force from {date}").format(version=grid.version, date=since)
        return _("version {version}, adopted").format(version=grid.version)

    def _files(self) -> list[Path]:
        """Return other project files in the folder of this one."""
        project = self._session.project
        if project is None or not project.origins:
            return []
        own = list(project.origins)[-1]
        if not isinstance(own, Path):
            return []
        others = [path for path in own.parent.glob("*.gpkg") if path.resolve() != own.resolve() and path.is_file()]
        return sorted(others, key=lambda path: (-path.stat().st_mtime, path.name))[:_FILES]

    def _reference(self, key: str) -> Grid | Project | None:
        from gridpart.project import open_project

        if key == "opened":
            return None
        if key == "saved":
            return self._session.saved
        past = self._session.earlier
        for place in range(len(past)):
            if key == f"earlier:{place}":
                return past[place]
        for path in self._files():
            if key == f"file:{path.name}":
                return open_project(path)
        raise InputError(say("There is no plan {plan!r} to compare with. Nothing was compared.", plan=key))

    def _told(self, found: Comparison, desk: Desk) -> dict[str, Any]:
        _, land, homes = self._, found.land, found.changed_households
        title = _("Differences between the plans")
        shapes: GeometryArray = np.asarray(land.geometry.array, dtype=object)
        pairs = [
            [
                _said(row.cell_id_before),
                _said(row.cell_id_after),
                f"{row.area_m2 / 1e6:,.2f} km²",
                _count(row.households),
            ]
            for row in land.itertuples()
        ]
        cards = [(f"{before} → {after}", area, households) for before, after, area, households in pairs]
        fields = (title, _("Area"), _("Households"))
        layer = AreaLayer("difference", title, shapes, (FeatureClass(title, _LOOK),), fields=fields, cards=cards)
        facts = [
            [_("Land that changes cells"), f"{found.changed_area_m2 / 1e6:,.2f} km²"],
            [_("Households that change cells"), _("unknown") if homes is None else f"{homes:,.0f}"],
            [_("Units that change cells"), f"{found.units['unit_id'].nunique():,}"],
            [_("Officers whose work changes"), f"{len(found.officers):,}"],
        ]
        officers = [
            [row.staff_id, _said(row.cell_id_before), _said(row.cell_id_after), *map(_count, row[4:6])]
            for row in found.officers.itertuples()
        ]
        return {"layer": layer_payload(layer, desk.wire.frame), "pairs": pairs, "facts": facts, "officers": officers}


def _said(value: object) -> str:
    return "–" if value is None or value is pd.NA or value != value else str(value)  # noqa: PLR0124 - finds NaN


def _count(value: Any) -> str:  # noqa: ANN401 - a number, None or not-a-number
    return "–" if value is None or pd.isna(value) else f"{value:,.0f}"
