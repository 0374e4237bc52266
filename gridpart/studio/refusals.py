"""Why an edit is refused, in the language of the planner, and where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, get_args

import numpy as np
import shapely

from gridpart.coverage import Coverage
from gridpart.errors import EditRefused
from gridpart.i18n import Joined, Message, messages, translator
from gridpart.partition.grid import Status

if TYPE_CHECKING:
    from gridpart._typing import IntArray, Language
    from gridpart.studio._state import State

say = messages("studio")

_NAMED = 8
_FORCIBLE = ("in_pieces", "part_in_pieces")
_STATES = ("status", "needed", "next")
"""Values that are states of a plan, which have names in each language."""


class Refusal(EditRefused):
    """
    An edit that a session refused; nothing was changed.

    Parameters
    ----------
    place
        Where the edit would have broken the grid.
    key
        Which of the reasons of `reasons_in`.
    values
        What the reason is filled in with.
    """

    def __init__(self, place: shapely.Geometry | None = None, *, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(self._message(place, in_code=True), place)

    def told(self, lang: Language, *, in_code: bool = False) -> str:
        """
        Return the reason, with the place as coordinates in m.

        Parameters
        ----------
        lang
            Of the reason.
        in_code
            Name options of commands as well, which a planner at a map does not have.

        Raises
        ------
        InputError
            If the language is unknown.
        """
        return self._message(self.place, in_code=in_code).told(lang)

    def _message(self, place: shapely.Geometry | None, *, in_code: bool) -> Message:
        reason = say(reasons_in("en")[self.key], **{name: _said(name, value) for name, value in self.values.items()})
        if in_code and self.key in _FORCIBLE:
            reason = say("{reason} The option force=True allows it.", reason=reason)
        if place is None:
            return say("{reason} Nothing was changed.", reason=reason)
        inside = place if place.geom_type == "Point" else place.representative_point()
        x, y = shapely.get_coordinates(inside)[0]
        return say("{reason} Near ({x}, {y}). Nothing was changed.", reason=reason, x=f"{x:,.1f}", y=f"{y:,.1f}")


def refuse(state: State, key: str, faces: IntArray | Sequence[int] = (), **values: object) -> Refusal:
    """Return the refusal of an edit, placed at faces."""
    rows = np.asarray(faces, dtype=np.int64)
    return Refusal(land_of(state, rows) if len(rows) else None, key=key, **values)


def land_of(state: State, faces: IntArray) -> shapely.Geometry:
    """Return the land of some faces as one geometry."""
    return Coverage.from_polygons(state.polygons[faces]).boundary()


def named(names: Iterable[object]) -> tuple[str, ...]:
    """Return up to eight names, and how many more there are."""
    texts = [name if isinstance(name, str) else str(name) for name in names]
    return (*texts[:_NAMED], *([f"+{len(texts) - _NAMED}"] if len(texts) > _NAMED else []))


def reasons_in(lang: Language) -> dict[str, str]:
    """Return every reason by key; ``{name}`` stands for what it is filled in with."""
    return {**_of_cells(lang), **_of_borders(lang), **_of_outlets(lang), **_of_plans(lang), **_of_the_register(lang)}


def _said(name: str, value: object) -> object:
    """Return a value as it is said: states by their names in each language, several values in a row."""
    if name in _STATES and value in get_args(Status):
        return say(str(value))
    return Joined(value) if isinstance(value, tuple) else value


def _of_cells(lang: Language) -> dict[str, str]:
    _ = translator(lang, "studio")
    return {
        "no_cell": _("There is no cell {cells} in this grid."),
        "locked": _("Cell {cells} is locked; unlock it first."),
        "no_unit": _("There is no unit {units} in this grid."),
        "unit_not_named": _("No unit was named."),
        "no_units_here": _("The cells of this grid are not made of units; move borders instead."),
        "faces_numbered": _("Faces are numbered from 0 to {last}."),
        "already_there": _("In cell {cell} already: {units}."),
        "left_without_land": _("Cell {cells} would be left without land; merge it instead."),
        "in_pieces": _("Cell {cell} would fall into pieces; cut off: {units}. Assign what lies between as well."),
        "outlet_at_home": _("Outlet {outlet} of cell {cell} stands in {unit}; move the outlet first."),
        "merge_two": _("A merge needs at least two different cells."),
        "merge_into": _("The merged cell must keep the id of one of {cells}, not {cell}."),
        "apart": _("Cell {cells} does not touch cell {cell}, so they would not be one piece."),
        "id_given": _("The id {cell} was already given to a cell; choose another."),
        "already_locked": _("Cell {cells} is already locked."),
        "not_locked": _("Cell {cells} is not locked."),
        "changed_since": _("The grid has changed since this was suggested; ask again."),
        "balance_two": _("Balancing needs at least two cells."),
        "balanced": _("No unit can move among cells {cells} so that their load becomes more even."),
    }


def _of_borders(lang: Language) -> dict[str, str]:
    _ = translator(lang, "studio")
    return {
        "no_place": _("A place is two finite numbers in m; {given} is none."),
        "no_vertex": _("There is no vertex of a border within {distance} m."),
        "no_border": _("There is no border within {distance} m."),
        "rim": _("This lies on the border of the service area, which a session does not move."),
        "vertex_taken": _("Another vertex stands there; two would become one."),
        "crosses_between": _("The border would cross or touch edge {edge} between cells {cells}."),
        "crosses_within": _("The border would cross or touch edge {edge} within cell {cells}."),
        "over_outlet": _("The border would pass over outlet {outlet}, which would no longer stand in cell {cell}."),
        "one_cell": _("No border between two cells is near; bend this edge instead."),
        "straight": _("This stretch of border is one straight edge between fixed ends; bend it instead."),
        "no_line": _("A cell is split along a line of at least two different points."),
        "line_crosses_itself": _("The line crosses itself."),
        "line_beside": _("The line does not cross cell {cell}."),
        "one_side": _("The line has all of cell {cell} on one side."),
        "unsettled": _("The cut does not settle: {why}"),
        "too_near": _("The cut passes too near to vertices to be exact; draw it a little apart."),
        "one_unit": _("Cell {cell} is one unit, which is never cut by demand; draw a line."),
        "no_halves": _("Cell {cell} has no two connected halves; draw a line."),
        "part_in_pieces": _("A part of cell {cell} would be in pieces. Draw the line another way."),
    }


def _of_outlets(lang: Language) -> dict[str, str]:
    _ = translator(lang, "studio")
    return {
        "no_outlet": _("There is no outlet {outlet} in this grid."),
        "outlet_taken": _("There is an outlet {outlet} already, or the id is empty."),
        "last_outlet": _("There is no outlet but {outlet}, so no other could take its land."),
        "outside": _("Outlet {outlet} would stand outside the service area."),
        "unit_taken": _("Outlet {others} stands in {unit} already; one unit holds one outlet."),
        "outlet_elsewhere": _("Outlet {outlet} of cell {cell} would stand in cell {other}."),
        "land_to_locked": _("The land of cell {cell} would go to cell {other}, which is locked."),
        "by_hand": _("Redrawn by hand: cells {cells}; drawing them by rule nearest would undo that."),
        "no_fit": _("The cells around do not fit what is beside them; draw the grid anew."),
        "rule_fails": _("Rule nearest cannot draw these outlets: {why}"),
    }


def _of_plans(lang: Language) -> dict[str, str]:
    _ = translator(lang, "studio")
    return {
        "nothing_to_undo": _("There is nothing to undo."),
        "nothing_to_redo": _("There is nothing to redo."),
        "adopted": _(
            "Version {version} of this plan is adopted and does not change. Begin a new version to change it."
        ),
        "officer_there": _("Officer {officer} works in cell {cell} already."),
        "officer_nowhere": _("Officer {officer} works in no cell already."),
        "no_officer": _("{officer} is no officer of bank {bank} on the project's staff."),
        "no_text": _("A comment needs a text."),
        "not_handed_in": _("The plan is {status}; only one handed in can be handed back."),
        "wrong_step": _("The plan is {status}; it must be {needed} to become {next}."),
        "who_and_why": _("Say who and why: the plan keeps both with its state."),
    }


def _of_the_register(lang: Language) -> dict[str, str]:
    _ = translator(lang, "studio")
    return {
        "no_kind": _("{kind} is no kind of outlet; there are {kinds}."),
        "no_date": _("{given} is no date; write it as 2026-07-01."),
        "before_data": _("The plan cannot be in force from {date}: the data of this project begin on {first}."),
        "before_plan": _("The plan cannot be in force from {date}: the one before it is in force from {last}."),
        "no_bank": _("This grid is of several banks, so it is not known whose outlet {outlets} is."),
        "register_taken": _(
            "The project's table of outlets has an outlet {outlet} already, of bank {bank}. Open it under another id."
        ),
        "register_twice": _("The project's table of outlets has more than one row for outlet {outlets}."),
        "register_lacks": _("Outlet {outlets} is not in the project's table of outlets; enter it there first."),
        "register_changed": _(
            "Someone changed outlet {outlets} in the project's table of outlets after the plan was begun. Look at what "
            "it says now, and begin a new version of the plan."
        ),
        "opens_later": _(
            "By the project's table of outlets, outlet {outlets} is open only from {since}; the plan cannot be in "
            "force from {date}."
        ),
        "closed_by_then": _(
            "By the project's table of outlets, outlet {outlets} is closed from {until}, but the plan in force "
            "from {date} keeps it."
        ),
    }


def notes_in(lang: Language) -> dict[str, str]:
    """Return what a session notes when it begins, by key."""
    _ = translator(lang, "studio")
    return {
        "done_again": _("{n} edits that had not been saved were done again from the log."),
        "torn": _("A torn last line of the log was dropped: {line}."),
        "other_state": _("The log that was there belongs to another state of the grid; it is now {name}."),
        "adoption_lost": _("The adoption from {date} was broken off before it was saved; adopt the plan again."),
        "in_use": _("Another session is writing {name}; a save of either will notice the other."),
    }
