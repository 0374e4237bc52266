"""How long edits of a county of 20,000 units take, with few and with many cells."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import pytest
from random_edits import outlets_in
from square_counties import square_county

from gridpart.errors import EditRefused
from gridpart.partition import Grid, nearest
from gridpart.studio import Session

pytestmark = [pytest.mark.full, pytest.mark.benchmark]

COLUMNS, ROWS = 200, 100
MOST_CELLS_RATIO = 1.3
DRAG_S = 0.15


def county(cells: int) -> Grid:
    """Return 20,000 units in some cells."""
    area, units = square_county(1, columns=COLUMNS, rows=ROWS)
    outlets = outlets_in(1, cells, (100, 100), (COLUMNS * 1000 - 100.0, ROWS * 1000 - 100.0))
    return nearest(area, outlets, units=units)


def seconds(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def repaint_times(session: Session, number: int) -> list[float]:
    """Repaint single units along borders, with all figures of the grid, and time each that is applied."""
    rng, times = np.random.default_rng(0), []
    while len(times) < number:
        ground, labels = session._state.ground, session._state.labels
        pair = rng.choice(np.flatnonzero(labels[ground.one] != labels[ground.two]))
        unit, cell = session.unit_ids[int(ground.one[pair])], session.labels[int(ground.two[pair])]

        def repaint(unit: str | None = unit, cell: str = cell) -> None:
            session.assign([str(unit)], cell)
            assert session.metrics["n_cells"]

        try:
            times.append(seconds(repaint))
        except EditRefused:
            continue
    return times


def test_repaint_with_500_cells_costs_no_more_than_1_3_times_that_with_10() -> None:
    few, many = (repaint_times(Session.of(county(cells)), 200) for cells in (10, 500))
    for cells, times in ((10, few), (500, many)):
        p95 = statistics.quantiles(times, n=20)[-1]
        print(f"\n20,000 units, {cells} cells: median {statistics.median(times) * 1e3:.1f} ms, p95 {p95 * 1e3:.1f} ms")
    assert statistics.median(many) <= MOST_CELLS_RATIO * statistics.median(few)
    assert statistics.quantiles(many, n=20)[-1] < 0.1


@pytest.mark.parametrize("cells", [50, 500])
def test_dragging_an_outlet_shows_its_cells_within_150_ms(cells: int) -> None:
    session = Session.of(county(cells))
    rng, times = np.random.default_rng(0), []
    for outlet_id in rng.choice(list(session._state.outlets), 5, replace=False).tolist():
        record = session._state.outlets[outlet_id]
        for step in range(20):
            to = (record.x + 150.0 * step, record.y + rng.normal(0, 300))

            def drag(outlet_id: str = outlet_id, to: tuple[float, float] = to) -> None:
                session.preview("move_outlet", outlet_id, to)

            try:
                times.append(seconds(drag))
            except EditRefused:
                continue
    print(f"\n{cells} outlets: median {statistics.median(times) * 1e3:.1f} ms, worst {max(times) * 1e3:.1f} ms")
    assert len(times) > 50
    assert max(times) < DRAG_S


def test_opening_a_session_of_20_000_units_takes_seconds_at_most() -> None:
    grid = county(500)
    taken = seconds(lambda: Session.of(grid))
    print(f"\nopening: {taken:.2f} s")
    assert taken < 3
