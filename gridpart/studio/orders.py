"""What an event of a view asks of the session: the name of a command, and its arguments in m."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import shapely

from gridpart.errors import EditRefused
from gridpart.i18n import messages
from gridpart.studio.suggestions import Suggestion

if TYPE_CHECKING:
    from gridpart.studio.delta import Delta
    from gridpart.studio.session import Session
    from gridpart.studio.wire import Wire

say = messages("studio")

_BY_HAND = "by hand"
_NEAR_STEPS = 4
"""A place on a border, as the map shows it, is this many steps of the map from the border itself at most."""


@dataclass(frozen=True)
class Order:
    """
    A command of a session.

    Attributes
    ----------
    command
        Its name.
    args, options
        Its arguments.
    """

    command: str
    args: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    def carry_out(self, session: Session) -> Delta:
        """Give the command to a session."""
        delta: Delta = getattr(session, self.command)(*self.args, **self.options)
        return delta

    def preview(self, session: Session) -> Delta:
        """Return what the command would change."""
        options = {name: value for name, value in self.options.items() if name != "why"}
        return session.preview(self.command, *self.args, **options)


def order_of(told: dict[str, Any], wire: Wire) -> Order:
    """
    Return the command that an event asks for.

    Parameters
    ----------
    told
        Of the view; ``op`` names the command, places are in map numbers.
    wire
        Of that view.

    Raises
    ------
    EditRefused
        If there is no such command.
    """
    name = str(told["op"])
    if name in _ORDERS:
        return _ORDERS[name](told, wire)
    if name in _STEPS:
        return Order(name, options={"why": str(told["why"])})
    raise EditRefused(say("There is no command {name!r}. Nothing was changed.", name=name))


_STEPS = ("propose", "coordinate", "return_to_draft", "new_version")


def _by_hand(command: str, *args: Any, **options: Any) -> Order:
    return Order(command, args, {**options, "why": _BY_HAND})


def _plain(told: dict[str, Any], _: Wire) -> Order:
    return _by_hand(str(told["op"]))


def _of_cell(told: dict[str, Any], _: Wire) -> Order:
    return _by_hand(str(told["op"]), str(told["cell"]))


def _merge(told: dict[str, Any], _: Wire) -> Order:
    return _by_hand("merge", [str(cell) for cell in told["cells"]])


def _split(told: dict[str, Any], wire: Wire) -> Order:
    line = None if told.get("line") is None else shapely.LineString(wire.ground(told["line"]))
    return _by_hand("split", str(told["cell"]), line=line)


def _accept(told: dict[str, Any], _: Wire) -> Order:
    return _by_hand("accept", Suggestion.from_message(told["suggestion"]))


def _move_vertex(told: dict[str, Any], wire: Wire) -> Order:
    return _by_hand("move_vertex", wire.vertex_at(told["from"]), wire.ground([told["to"]])[0])


def _bend_border(told: dict[str, Any], wire: Wire) -> Order:
    start, end = wire.ground([told["from"], told["to"]])
    return _by_hand("bend_border", start, end, within_m=_NEAR_STEPS * wire.frame.step)


def _move_stretch(told: dict[str, Any], wire: Wire) -> Order:
    start, end = wire.ground([told["from"], told["to"]])
    return _by_hand("move_stretch", start, end - start, within_m=_NEAR_STEPS * wire.frame.step)


def _move_outlet(told: dict[str, Any], wire: Wire) -> Order:
    return _by_hand("move_outlet", str(told["outlet"]), wire.ground([told["to"]])[0])


def _add_outlet(told: dict[str, Any], wire: Wire) -> Order:
    place = wire.ground([told["at"]])[0]
    known = {name: str(told[name]).strip() for name in ("name", "kind") if told.get(name)}
    return _by_hand("add_outlet", str(told["outlet"]).strip(), place, cell_id=_text(told.get("cell")), **known)


def _close_outlet(told: dict[str, Any], _: Wire) -> Order:
    return _by_hand("close_outlet", str(told["outlet"]))


def _assign_officer(told: dict[str, Any], _: Wire) -> Order:
    return _by_hand("assign_officer", str(told["officer"]).strip(), _text(told["cell"]))


def _adopt(told: dict[str, Any], _: Wire) -> Order:
    return Order("adopt", options={"why": str(told["why"]), "effective": _text(told.get("effective"))})


def _comment(told: dict[str, Any], _: Wire) -> Order:
    return Order("comment", (str(told["text"]).strip(),), {"cell_id": _text(told.get("cell"))})


def _text(value: object) -> str | None:
    return None if value is None else str(value)


_ORDERS: Mapping[str, Callable[[dict[str, Any], Wire], Order]] = MappingProxyType(
    {
        "undo": _plain,
        "redo": _plain,
        "lock": _of_cell,
        "unlock": _of_cell,
        "merge": _merge,
        "split": _split,
        "accept": _accept,
        "move_vertex": _move_vertex,
        "bend_border": _bend_border,
        "move_stretch": _move_stretch,
        "move_outlet": _move_outlet,
        "add_outlet": _add_outlet,
        "close_outlet": _close_outlet,
        "assign_officer": _assign_officer,
        "comment": _comment,
        "adopt": _adopt,
    }
)
