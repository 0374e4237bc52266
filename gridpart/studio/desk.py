"""
The kernel's side of the line to the map: takes events in their order, each once, and tells every view what changed.

A view numbers its events from 1. An event that comes twice is taken once, one that comes too early waits, one that is
lost is sent again by the view, which keeps it until ``done`` reaches its number. A view that misses a change asks for
what came since, or gets the faces anew. Commands carry their view and number into the log, so that a kernel that
starts again and replays the log knows which events it had already taken.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridpart.errors import EditRefused, GridpartError
from gridpart.i18n import explain
from gridpart.studio.orders import order_of
from gridpart.studio.refusals import Refusal
from gridpart.studio.suggestions import Suggestion
from gridpart.studio.wire import Wire

if TYPE_CHECKING:
    from gridpart.studio.delta import Delta
    from gridpart.studio.records import Change
    from gridpart.studio.session import Session

Send = Callable[[dict[str, Any], list[bytes]], None]
Base = Callable[[], tuple[dict[str, Any], list[bytes]]]

_REMEMBERED = 400
"""Changes kept for views that missed some; older ones are made up for by sending the faces anew."""

_MARK = re.compile(r"\(view ([0-9a-z]{1,26}), event (\d{1,15})\)$")


@dataclass
class Stroke:
    """Units that a hand is painting, not yet decided on."""

    first: int
    faces: set[int] = field(default_factory=set)


@dataclass
class ViewState:
    """
    What is known of one view.

    Attributes
    ----------
    got
        Highest number up to which every event came.
    early
        Events that came too early, by number.
    replies
        Answers to events that were refused or changed nothing, by number, should they be lost.
    strokes
        Strokes under way, by the view's name for them.
    """

    got: int = 0
    early: dict[int, dict[str, Any]] = field(default_factory=dict)
    replies: dict[int, dict[str, Any]] = field(default_factory=dict)
    strokes: dict[str, Stroke] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Highest number up to which every event is decided."""
        return min([stroke.first - 1 for stroke in self.strokes.values()], default=self.got)


class Desk:
    """
    Between one session and all views of it.

    Parameters
    ----------
    session
        That decides.
    send
        Sends a message with buffers to all views; a message with ``to`` concerns one.
    base
        Returns what a view needs that knows nothing yet.
    """

    def __init__(self, session: Session, *, send: Send, base: Base) -> None:
        self.session = session
        self.wire = Wire(session)
        self._send = send
        self._base = base
        self._views: dict[str, ViewState] = {}
        self._history: deque[tuple[int, dict[str, Any], list[bytes]]] = deque(maxlen=_REMEMBERED)
        self._source: tuple[str, int] = ("", 0)
        self.moves = 0
        self.answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "outlet": self._preview,
            "try": self._try,
            "suggest": self._suggest,
        }
        session.listeners.append(self.changed)

    def receive(self, message: dict[str, Any]) -> None:
        """Take a message of a view."""
        view = str(message["view"])
        kind = message["t"]
        if view not in self._views:
            self._views[view] = ViewState(got=_taken(self.session, view))
        state = self._views[view]
        if kind == "do":
            for event in message["events"]:
                self._take(view, state, int(event["seq"]), event["c"])
        elif kind == "ask":
            self._answer(view, message)
            return
        elif kind == "hello":
            self._send_base(view, state)
        elif message["rev"] != self.session.seq:
            self._send_since(view, state, message["rev"])
        elif message.get("crc") not in (None, self.wire.checksum):
            self._send_base(view, state)
        self._acknowledge(view, state)

    def _acknowledge(self, view: str, state: ViewState) -> None:
        self._send({"t": "ack", "to": view, "got": state.got, "done": state.done, "rev": self.session.seq}, [])

    def _take(self, view: str, state: ViewState, seq: int, command: dict[str, Any]) -> None:
        if seq <= state.got:
            if seq in state.replies:
                self._send(state.replies[seq], [])
            return
        state.early[seq] = command
        while state.got + 1 in state.early:
            state.got += 1
            self._run(view, state, state.got, state.early.pop(state.got))

    def _run(self, view: str, state: ViewState, seq: int, command: dict[str, Any]) -> None:
        self._source, self.session.mark = (view, seq), f"(view {view}, event {seq})"
        try:
            if command["op"] in ("paint", "commit", "drop"):
                self._stroke(state, seq, command)
            elif command["op"] == "save":
                self.session.save()
                self._saved(state, seq)
            else:
                self._command(command)
                if command.get("effective"):
                    follow = self.session.log[-1].args
                    steps = {name: len(follow[name]) for name in ("opened", "closed", "moved")}
                    self._saved(state, seq, effective=follow["effective"], **steps)
        except EditRefused as refused:
            self._refuse(view, state, seq, (self._reason(refused), refused.place))
        except GridpartError as error:  # such as a log that cannot be written
            self._refuse(view, state, seq, (explain(error, self.session.lang), None))
        finally:
            self._source, self.session.mark = ("", 0), ""

    def _saved(self, state: ViewState, seq: int, **more: object) -> None:
        told = {"t": "saved", "rev": self.session.seq, "version": self.session.version, **more}
        self._reply(state, seq, told)

    def _reason(self, refused: EditRefused) -> str:
        return refused.told(self.session.lang) if isinstance(refused, Refusal) else explain(refused, self.session.lang)

    def _refuse(self, view: str, state: ViewState, seq: int, told: tuple[str, shapely.Geometry | None]) -> None:
        reason, place = told
        message = {"t": "refused", "to": view, "seq": seq, "reason": reason, "place": self.wire.place_of(place)}
        self._reply(state, seq, message)

    def _reply(self, state: ViewState, seq: int, message: dict[str, Any]) -> None:
        """Send the answer to an event, and keep it in case that it is lost."""
        state.replies[seq] = message
        for old in sorted(state.replies)[:-_REMEMBERED]:
            del state.replies[old]
        self._send(message, [])

    def _stroke(self, state: ViewState, seq: int, command: dict[str, Any]) -> None:
        name = str(command["stroke"])
        if command["op"] == "paint":
            stroke = state.strokes.setdefault(name, Stroke(seq))
            stroke.faces.update(int(face) for face in command["faces"])
            self.moves += int(command["moves"])
            return
        finished = state.strokes.pop(name, None)
        self.moves += int(command.get("moves", 0))
        if command["op"] == "drop" or finished is None:
            return
        self.assign(finished.faces, str(command["cell"]), force=bool(command.get("force")))

    def assign(self, faces: set[int], cell_id: str, *, force: bool = False) -> None:
        """Put faces into a cell; by their units where these are whole, so that the log can be read."""
        wire = self.wire
        rows = np.array(sorted(face for face in faces if 0 <= face < len(wire.labels)), dtype=np.int64)
        units, first, count = np.unique(wire.unit_of[rows], return_index=True, return_counts=True)
        ids = [self.session.unit_id(int(row)) for row in rows[first]]
        whole = None not in ids and bool((count == wire.unit_size[units]).all())
        if whole:
            self.session.assign(sorted(str(unit) for unit in ids), cell_id, force=force, why="by hand")
        else:
            self.session.assign_faces(rows.tolist(), cell_id, force=force, why="by hand")

    def _command(self, command: dict[str, Any]) -> None:
        """Carry out a command; who is named with it stands in the log, such as a supervisor at the planner's screen."""
        session = self.session
        before, session.who = session.who, str(command.get("who") or session.who).strip()
        try:
            order_of(command, self.wire).carry_out(session)
        finally:
            session.who = before

    def changed(self, delta: Delta) -> None:
        """Tell every view what an applied command changed, whoever gave it."""
        view, seq = self._source
        changes, buffers = self.wire.apply(delta)
        told = delta.to_message()
        message = {
            "t": "delta",
            "rev": delta.seq,
            "view": view,
            "seq": seq,
            "kind": delta.kind,
            "command": delta.command,
            "crc": self.wire.checksum,
            **changes,
            "cells": self._cells(told["records"]),
            "outlets": self.outlets_of(told["outlets"]),
            "officers": told["officers"],
            "plan": told["plan"],
            **self.abilities,
        }
        self._history.append((delta.seq, message, buffers))
        self._send(message, buffers)

    @property
    def abilities(self) -> dict[str, bool]:
        """Whether there is something to undo and to redo."""
        return {"canUndo": self.session.can_undo, "canRedo": self.session.can_redo}

    def _cells(self, records: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {"n": self.wire.numbered(name), "id": name, "gone": record is None, **(record or {})}
            for name, record in records.items()
        ]

    def outlets_of(self, outlets: dict[str, Any]) -> list[list[Any]]:
        """Return outlets as rows ``[outlet_id, cell number, x, y]`` in map numbers; a closed one as its id alone."""
        rows: list[list[Any]] = []
        for name, told in outlets.items():
            if told is None:
                rows.append([name])
                continue
            cell_id, x, y = told
            place = (self.wire.frame.to_map(np.array([[x, y]])) * [1, -1])[0]
            rows.append([name, self.wire.numbered(cell_id), *place.tolist()])
        return rows

    def _send_since(self, view: str, state: ViewState, rev: int | None) -> None:
        missed = [entry for entry in self._history if rev is not None and entry[0] > rev]
        first = missed[0][0] if missed else None
        if rev is None or first != rev + 1 or any(message["rebase"] for _, message, _ in missed):
            self._send_base(view, state)
            return
        for _, message, buffers in missed:
            self._send({**message, "to": view}, buffers)

    def _send_base(self, view: str, state: ViewState) -> None:
        message, buffers = self._base()
        told = {"t": "base", "to": view, "rev": self.session.seq, "got": state.got, "done": state.done}
        self._send({**told, "crc": self.wire.checksum, **self.abilities, **message}, buffers)

    def _answer(self, view: str, message: dict[str, Any]) -> None:
        answer = self.answers.get(str(message["kind"]))
        if answer is not None:
            told = answer(message)
            self._send({"t": "answer", "to": view, "kind": message["kind"], "n": message["n"], **told}, [])

    def _preview(self, message: dict[str, Any]) -> dict[str, Any]:
        """Return the labels that faces would get if an outlet moved, or why it may not."""
        place = self.wire.ground([message["to"]])[0]
        try:
            changes = self.session.preview_outlet(str(message["outlet"]), place)
        except EditRefused as refused:
            return {**self._moved(()), "reason": self._reason(refused)}
        return {**self._moved(changes), "reason": ""}

    def _try(self, message: dict[str, Any]) -> dict[str, Any]:
        """Return what a command would change, or why and where it may not."""
        try:
            delta = order_of(message["command"], self.wire).preview(self.session)
        except EditRefused as refused:
            return {**self._moved(()), "reason": self._reason(refused), "place": self.wire.place_of(refused.place)}
        cells = [
            {"n": self.wire.numbered(name), "id": name, "gone": True}
            for name, record in delta.cells.items()
            if record is not None and name not in self.session.records
        ]
        return {**self._moved(delta.changes), "cells": cells, "reason": "", "place": None}

    def _moved(self, changes: Iterable[Change]) -> dict[str, Any]:
        """Return faces and the numbers of the cells that they go to."""
        moved = [(int(change.key), str(change.after)) for change in changes if change.table == "label" and change.after]
        faces = [(face, self.wire.numbered(name)) for face, name in moved if face < len(self.wire.labels)]
        return {"faces": [face for face, _ in faces], "labels": [number for _, number in faces]}

    def _suggest(self, message: dict[str, Any]) -> dict[str, Any]:
        """Return edits that bring a cell, or the one farthest from the mean, nearer to it."""
        cell = message.get("cell")
        try:
            found = self.session.suggest(None if cell is None else str(cell))
        except EditRefused as refused:
            return {"suggestions": [], "reason": self._reason(refused)}
        return {"suggestions": [self._told(suggestion) for suggestion in found], "reason": ""}

    def _told(self, suggestion: Suggestion) -> dict[str, Any]:
        targets = [[list(move.faces), self.wire.numbered(move.to_cell)] for move in suggestion.moves]
        return {"told": suggestion.to_message(), "targets": targets, "n": suggestion.n_units}


def _taken(session: Session, view: str) -> int:
    """Return the highest event of a view that the log holds."""
    marks = (_MARK.search(entry.why) for entry in session.log)
    return max((int(mark[2]) for mark in marks if mark is not None and mark[1] == view), default=0)
