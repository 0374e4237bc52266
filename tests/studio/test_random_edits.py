"""Commands at random: after each the grid is exact; undoing and redoing all restores digests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from random_edits import (
    COMMANDS,
    Command,
    bend_border,
    edit,
    free_grid,
    move_stretch,
    move_vertex,
    require_exact,
    unit_grid,
)

from gridpart.partition import Grid
from gridpart.studio import Metrics, Session

MAKERS = pytest.mark.parametrize("make", [unit_grid, free_grid])


def require_alike(one: Metrics, two: Metrics) -> None:
    """Figures, of the grid and of every cell, are equal but for the order in which lengths were summed."""
    assert [(item.rule, item.cell_id) for item in one.findings] == [(item.rule, item.cell_id) for item in two.findings]
    pairs = [(one, two)]
    pairs += [(figures.as_row(), two.by_cell[cell_id].as_row()) for cell_id, figures in one.by_cell.items()]
    assert list(one.by_cell) == list(two.by_cell)
    for first, second in pairs:
        for name, value in first.items():
            is_number = isinstance(value, float)
            assert value == (pytest.approx(second[name], rel=1e-9) if is_number else second[name]), name


def run(make: Callable[[int], Grid], seed: int, number: int) -> None:
    session = Session.of(make(seed), who="Li")
    area, rng = session.grid.drawn_area, np.random.default_rng(seed)
    first, first_state = session.digest, session.state_digest
    for step in range(number):
        edit(session, rng)
        require_exact(session, area)
        if step % 50 == 0:
            require_alike(session.metrics, Session.of(session.grid).metrics)
    last, last_state = session.digest, session.state_digest
    assert session.grid.digest == last
    assert session.grid.certify().valid
    require_alike(session.metrics, Session.of(session.grid).metrics)
    while session.can_undo:
        session.undo()
    assert (session.digest, session.state_digest) == (first, first_state)
    while session.can_redo:
        session.redo()
    assert (session.digest, session.state_digest) == (last, last_state)


@MAKERS
@pytest.mark.parametrize("seed", range(3))
def test_R127_random_commands_keep_the_certificate_and_undo_to_the_first_digest(
    make: Callable[[int], Grid], seed: int
) -> None:
    run(make, seed, 150)


@pytest.mark.full
@MAKERS
@pytest.mark.parametrize("seed", range(10, 20))
def test_ten_thousand_random_commands(make: Callable[[int], Grid], seed: int) -> None:
    run(make, seed, 500)


def drag(make: Callable[[int], Grid], seed: int, number: int, every: int) -> tuple[int, int]:
    drags: list[Command] = [move_vertex, move_vertex, bend_border, move_stretch]
    session = Session.of(make(seed))
    area, rng = session.grid.drawn_area, np.random.default_rng(seed)
    done = 0
    for step in range(number):
        done += edit(session, rng, drags)[1] is not None
        if step % every == 0:
            require_exact(session, area)
    require_exact(session, area)
    assert session.grid.certify().valid
    return done, number


@MAKERS
def test_R127_random_drags_of_borders_and_junctions_never_tear(make: Callable[[int], Grid]) -> None:
    done, number = drag(make, 1, 300, 10)
    assert 0.1 * number < done < number


@pytest.mark.full
@MAKERS
def test_two_thousand_random_drags_never_tear(make: Callable[[int], Grid]) -> None:
    done, number = drag(make, 2, 2000, 1)
    assert 0.1 * number < done < number


def test_every_kind_of_command_is_tried_and_succeeds() -> None:
    session, rng = Session.of(unit_grid(3)), np.random.default_rng(3)
    applied = {name for name, delta in (edit(session, rng) for _ in range(300)) if delta is not None}
    assert applied == {command.__name__ for command in COMMANDS}
