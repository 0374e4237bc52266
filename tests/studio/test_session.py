"""A session on a made-up county: commands, refusals, undo."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gridpart.errors import EditRefused
from gridpart.project import Project
from gridpart.project.sample import sample_project
from gridpart.studio import Session


@pytest.fixture(scope="module")
def project() -> Project:
    return sample_project()


@pytest.fixture
def session(project: Project) -> Iterator[Session]:
    return Session.of(project, "LZRCB", who="Li")


def border_unit(session: Session) -> tuple[str, str]:
    """Return a unit that may change cells, and the neighbouring cell that may take it."""
    state = session._state
    homes = set(state.home.values())
    for one, two in zip(state.ground.one.tolist(), state.ground.two.tolist(), strict=True):
        if state.labels[one] != state.labels[two] and one not in homes and len(state.units[session.unit_ids[one]]) == 1:
            try:
                session.assign([session.unit_ids[one]], session.labels[two])
            except EditRefused:
                continue
            session.undo()
            return str(session.unit_ids[one]), str(session.labels[two])
    raise AssertionError


def test_without_a_bank_the_first_in_sorted_order_is_opened(project: Project) -> None:
    assert Session.of(project).bank_id == min(project.grids)


def test_assign_moves_a_unit_and_undo_restores_the_grid(session: Session) -> None:
    first, before = session.grid, session.digest
    unit, cell = border_unit(session)
    seq = session.seq
    delta = session.assign([unit], cell, why="nearer")
    assert delta.seq == seq + 1
    assert set(delta.labels.values()) == {cell}
    assert session.digest != before
    assert session.grid.certify().valid
    assert session.digest == session.grid.digest
    session.undo()
    assert session.digest == before
    assert session.grid is first
    session.redo()
    assert session.digest != before


def test_a_refused_command_changes_nothing_and_is_no_undo(session: Session) -> None:
    outlet = next(iter(session._state.outlets.values()))
    face = session._state.home[outlet.outlet_id]
    other = next(name for name in session.cell_ids if name != outlet.cell_id)
    before = session.state_digest
    with pytest.raises(EditRefused, match="move the outlet first") as refusal:
        session.assign([session.unit_ids[face]], other)
    assert refusal.value.place is not None
    assert session.state_digest == before
    assert session.log == ()
    assert not session.can_undo
