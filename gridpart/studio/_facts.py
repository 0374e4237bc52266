"""Facts of a state: what changes concern, and digests that tell two states apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import shapely

from gridpart.studio._state import State
from gridpart.studio.records import Change


def cells_of(state: State, changes: Sequence[Change]) -> set[str]:
    """Return the cells that changes concern."""
    found: set[str] = set()
    for change in changes:
        if change.table == "label":
            found.update(name for name in (change.before, change.after) if name is not None)
        elif change.table == "cell":
            found.add(str(change.key))
        elif change.table == "outlet":
            found.update(record.cell_id for record in (change.before, change.after) if record is not None)
        elif change.table == "face" and int(change.key) < len(state):
            found.add(state.names[state.labels[int(change.key)]])
    return found


def digest_of(state: State) -> str:
    """Return SHA-256 of everything that commands can change."""
    result = hashlib.sha256()
    names = [state.names[label] for label in state.labels.tolist()]
    known = [(face.unit_id, face.demand, face.zone_class) for face in state.faces]
    facts = (names, known, sorted(state.officers.items()), noted(state))
    result.update(json.dumps(facts, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8", "surrogatepass"))
    for body in shapely.to_wkb(state.polygons, byte_order=1):
        result.update(body)
    return result.hexdigest()


def noted(state: State) -> list[Any]:
    """Return what a grid says beside its land: cells, outlets, plan."""
    cells = [repr(record) for record in state.cells.values()]
    return [cells, [repr(record) for record in state.outlets.values()], state.plan]
