"""Suggestions improve what they say, and pass every check when they are taken."""

from __future__ import annotations

import numpy as np
import pytest
from random_edits import unit_grid

from gridpart.errors import EditRefused, InputError
from gridpart.project import Project
from gridpart.project.sample import sample_project
from gridpart.studio import Session, Suggestion


@pytest.fixture(scope="module")
def project() -> Project:
    return sample_project()


@pytest.fixture
def session(project: Project) -> Session:
    return Session.of(project, "LZRCB", who="Li")


def load_of(session: Session, cell_id: str) -> float:
    figures = session.metrics.by_cell
    mean = sum(item.demand or 0 for item in figures.values()) / len(figures)
    return abs((figures[cell_id].demand or 0) / mean - 1)


def coverage_of(session: Session, radius_m: float) -> float:
    """Return the share of demand within the radius of its cell's outlets, face by face."""
    state, served = session._state, 0.0
    for face, label in enumerate(state.labels.tolist()):
        anchors = state.anchors(state.names[label])
        away = [np.hypot(state.middles[face, 0] - item.x, state.middles[face, 1] - item.y) for item in anchors]
        served += state.demand[face] * (min(away, default=np.inf) <= radius_m)
    return served / state.demand.sum()


def test_suggestions_bring_the_cell_nearer_to_the_mean(session: Session) -> None:
    found = session.suggest()
    assert len(found) > 1
    for item in found:
        assert load_of(session, item.cell_id) == pytest.approx(item.before)
        session.accept(item, why="one key")
        assert load_of(session, item.cell_id) == pytest.approx(item.after)
        assert item.after < item.before
        assert session.grid.certify().valid
        session.undo()
    assert found[0].after <= session.tolerance


def test_nothing_is_suggested_for_cells_within_the_tolerance_or_locked(session: Session) -> None:
    fine = next(name for name in session.cell_ids if load_of(session, name) <= session.tolerance)
    assert session.suggest(fine) == []
    worst = session.suggest()[0].cell_id
    session.lock(worst)
    assert session.suggest(worst) == []
    with pytest.raises(EditRefused, match="There is no cell nowhere"):
        session.suggest("nowhere")


def test_a_suggestion_that_no_longer_fits_is_refused(session: Session) -> None:
    item = session.suggest()[0]
    session.accept(item)
    before = session.state_digest
    with pytest.raises(EditRefused, match="The grid has changed since this was suggested"):
        session.accept(item)
    assert session.state_digest == before


def test_R105_each_proposal_improves_its_metric_and_keeps_the_partition(session: Session) -> None:
    risk = {str(unit): float(n % 7) for n, unit in enumerate(session._state.units)}
    radius = 2500.0
    found = session.propose_adjustments(risk=risk, radius_m=radius)
    assert {item.metric for item in found} >= {"load", "risk"}
    for item in found:
        before = measured(session, item, risk, radius)
        assert before == pytest.approx(item.before)
        session.accept(item)
        after = measured(session, item, risk, radius)
        assert after == pytest.approx(item.after)
        assert after > before if item.metric == "coverage" else after < before
        assert session.grid.certify().valid
        session.undo()


def measured(session: Session, item: Suggestion, risk: dict[str, float], radius: float) -> float:
    if item.metric == "load":
        return load_of(session, item.cell_id)
    if item.metric == "coverage":
        return coverage_of(session, radius)
    state = session._state
    weight = np.zeros(len(state))
    for unit, rows in state.units.items():
        weight[rows] = risk[unit] * state.areas[rows] / state.areas[rows].sum()
    mine = weight[state.members(item.cell_id)].sum()
    return abs(mine / (weight.sum() / len(state.cells)) - 1)


def test_R105_coverage_grows_where_a_neighbour_is_near_enough() -> None:
    session = Session.of(unit_grid(0), who="Li")
    # a cell by hand that its outlet does not reach: coverage can be won back
    record = next(iter(session.outlets.values()))
    for _ in range(6):
        for unit in session.unit_ids:
            try:
                session.assign([str(unit)], record.cell_id)
            except EditRefused:
                continue
    found = [item for item in session.propose_adjustments(radius_m=1800.0) if item.metric == "coverage"]
    assert found
    for item in found:
        assert coverage_of(session, 1800.0) == pytest.approx(item.before)
        session.accept(item)
        assert coverage_of(session, 1800.0) == pytest.approx(item.after)
        session.undo()


def test_risks_and_radii_that_are_none_are_errors(session: Session) -> None:
    with pytest.raises(InputError, match="there is no unit nowhere"):
        session.propose_adjustments(risk={"nowhere": 1.0})
    unit = next(iter(session._state.units))
    with pytest.raises(InputError, match=f"units {unit} have none"):
        session.propose_adjustments(risk={unit: -1.0})
    with pytest.raises(InputError, match="zone class rural has none"):
        session.propose_adjustments(radius_m={"urban": 2000.0})


def test_rebalancing_a_selection_makes_it_more_even(session: Session) -> None:
    worst = session.suggest()[0].cell_id
    chosen = [worst, *list(session.grid.adjacency()[worst])[:3]]
    demand = [session.metrics.by_cell[name].demand or 0 for name in chosen]
    others = {name: item for name, item in session.metrics.by_cell.items() if name not in chosen}
    session.rebalance(chosen)
    after = [session.metrics.by_cell[name].demand or 0 for name in chosen]
    assert np.var(after) < np.var(demand)
    assert sum(after) == sum(demand)
    assert all(session.metrics.by_cell[name].demand == item.demand for name, item in others.items())
    assert session.grid.certify().valid
    with pytest.raises(EditRefused, match="No unit can move"):
        session.rebalance(chosen)
    with pytest.raises(EditRefused, match="at least two cells"):
        session.rebalance([worst])
