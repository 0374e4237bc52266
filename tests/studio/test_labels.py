"""What assign, merge, split and lock do, and when they are refused."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from random_edits import strip_grid

from gridpart.errors import EditRefused
from gridpart.partition import Grid
from gridpart.studio import Session

CRS = "EPSG:4546"


@pytest.fixture
def session() -> Session:
    return Session.of(strip_grid(), who="Li")


def cells(session: Session) -> dict[str, str]:
    return {str(unit): str(cell)[2:] for unit, cell in zip(session.unit_ids, session.labels, strict=True)}


def faces(session: Session, *units: str) -> list[int]:
    return [list(session.unit_ids).index(unit) for unit in units]


def test_the_strip_is_as_drawn(session: Session) -> None:
    assert [cells(session)[f"U{n}"] for n in range(12)] == 2 * ["west", "mid", "mid", "mid", "east", "east"]


def test_many_units_move_at_once_or_not_at_all(session: Session) -> None:
    delta = session.assign(["U3", "U9"], "A-east")
    assert delta.labels == dict.fromkeys(faces(session, "U3", "U9"), "A-east")
    assert delta.figures["A-east"].demand == 600
    assert delta.summary["max_over_mean_load"] == pytest.approx(1.5)
    before = session.state_digest
    with pytest.raises(EditRefused, match="Outlet mid of cell A-mid stands in U2"):
        session.assign(["U1", "U7", "U2"], "A-west")
    assert session.state_digest == before
    session.undo()
    assert cells(session)["U3"] == "mid"


@pytest.mark.parametrize(
    ("units", "cell", "reason", "place"),
    [
        (["U1"], "A-mid", "In cell A-mid already: U1", (150, 50)),
        (["U5"], "A-mid", "Outlet east of cell A-east stands in U5; move the outlet first", (550, 50)),
        (["U3"], "A-west", "Cell A-west would fall into pieces; cut off: U3", (350, 50)),
        (["U9"], "A-west", "Cell A-west would fall into pieces; cut off: U9", (350, 150)),
        (["U99"], "A-west", "There is no unit U99", None),
        (["U1"], "A-north", "There is no cell A-north", None),
        ([], "A-west", "No unit was named", None),
    ],
)
def test_assign_is_refused_with_reason_and_place(
    session: Session, units: list[str], cell: str, reason: str, place: tuple[float, float] | None
) -> None:
    before = session.state_digest
    with pytest.raises(EditRefused, match=reason) as refusal:
        session.assign(units, cell)
    if place is None:
        assert refusal.value.place is None
    else:
        assert refusal.value.place is not None
        assert refusal.value.place.contains(shapely.Point(place))
    assert (session.state_digest, session.seq, session.can_undo) == (before, 0, False)


def test_cutting_a_cell_in_two_is_refused_unless_forced_and_then_recorded(session: Session) -> None:
    session.assign(["U1", "U7"], "A-west")
    session.assign(["U9"], "A-east")
    with pytest.raises(EditRefused, match="Cell A-west would fall into pieces; cut off: U3"):
        session.assign(["U8", "U3"], "A-west", force=False)
    delta = session.assign(["U8", "U3"], "A-west", force=True)
    assert delta.summary["n_in_pieces"] == 1
    assert ("in_pieces", "A-west") in [(item.rule, item.cell_id) for item in session.metrics.findings]
    assert session.grid.provenance["forced"] == [{"command": "assign", "cell_ids": ["A-west"]}]
    session.undo()
    assert "forced" not in session.grid.provenance


def test_a_cell_cannot_be_emptied_even_by_force() -> None:
    boxes = gpd.GeoDataFrame(
        {"cell_id": ["a", "b"]}, geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], crs=CRS
    )
    session = Session.of(Grid.from_cells(boxes, boxes.dissolve(), bank_id="A"))
    with pytest.raises(EditRefused, match="Cell a would be left without land"):
        session.assign_faces([0], "b", force=True)
    with pytest.raises(EditRefused, match="not made of units"):
        session.assign(["u"], "b")


def test_locked_cells_neither_give_nor_take(session: Session) -> None:
    session.lock("A-mid", why="agreed")
    for units, cell in ((["U3"], "A-east"), (["U4"], "A-mid")):
        with pytest.raises(EditRefused, match="Cell A-mid is locked; unlock it first"):
            session.assign(units, cell)
    for refused in (
        lambda: session.split("A-mid"),
        lambda: session.merge(["A-west", "A-mid"]),
        lambda: session.move_vertex((400, 100), (410, 100)),
        lambda: session.lock("A-mid"),
    ):
        with pytest.raises(EditRefused, match="locked"):
            refused()
    assert session.grid.provenance["locked"] == ["A-mid"]
    assert Session.of(session.grid).records["A-mid"].locked
    session.unlock("A-mid")
    session.assign(["U3", "U9"], "A-east")


def test_merge_keeps_one_id_and_takes_outlets_along(session: Session) -> None:
    session.merge(["A-west", "A-mid"])
    assert session.cell_ids == ["A-west", "A-east"]
    assert {name: record.cell_id for name, record in session.outlets.items()} == {
        "west": "A-west",
        "mid": "A-west",
        "east": "A-east",
    }
    assert session.grid.outlets["cell_id"].tolist() == ["A-west", "A-west", "A-east"]
    session.undo()
    assert session.cell_ids == ["A-west", "A-mid", "A-east"]
    with pytest.raises(EditRefused, match="Cell A-east does not touch cell A-west"):
        session.merge(["A-west", "A-east"])
    with pytest.raises(EditRefused, match="at least two different cells"):
        session.merge(["A-west", "A-west"])


def test_split_by_a_line_goes_by_whole_units_and_the_outlet_keeps_the_id(session: Session) -> None:
    delta = session.split("A-mid", line=shapely.LineString([(290, 90), (290, 110)]))
    assert delta.labels == dict.fromkeys(faces(session, "U3", "U9"), "A-mid-2")
    assert delta.faces == {}
    session.undo()
    session.split("A-mid", line=shapely.LineString([(210, 90), (210, 110)]))
    assert {unit for unit, cell in cells(session).items() if cell == "mid"} == {"U2", "U3", "U8", "U9"}
    # an id is never given twice
    assert session.cell_ids[-1] == "A-mid-3"


def test_split_into_equal_demand(session: Session) -> None:
    session.split("A-mid")
    loads = session.metrics.by_cell
    assert [loads[name].demand for name in ("A-mid", "A-mid-2")] == [300, 300]
    assert all(figures.n_pieces == 1 for figures in loads.values())


def test_split_that_cuts_units_gives_both_sides_the_new_vertices(session: Session) -> None:
    delta = session.split("A-mid", line=shapely.LineString([(220, 50), (240, 150)]), cut=True)
    grid = session.grid
    assert grid.certify().valid
    assert len(grid.coverage) == 14
    assert {7, 1} <= set(delta.faces) | {1, 7}
    demand = np.bincount(grid.labels, weights=grid.face_demand)
    assert demand.sum() == 1200
    assert grid.provenance["units_reshaped"] == ["U2", "U8"]
    session.undo()
    assert len(session.faces) == 12


@pytest.mark.parametrize("line", [[(0, -50), (600, -50)], [(700, 0), (700, 200)]])
def test_a_line_beside_the_cell_is_refused(session: Session, line: list[tuple[float, float]]) -> None:
    for cut in (True, False):
        with pytest.raises(EditRefused, match=r"does not cross|on one side"):
            session.split("A-mid", line=shapely.LineString(line), cut=cut)


def test_cell_ids_are_stable_under_edits(session: Session) -> None:
    session.assign(["U3", "U9"], "A-east")
    session.split("A-east")
    session.merge(["A-mid", "A-west"], into="A-mid")
    assert session.cell_ids == ["A-mid", "A-east", "A-east-2"]
    assert session.grid.cells["cell_id"].tolist() == session.cell_ids


def test_R127_undo_restores_wkb_identical_geometry(session: Session) -> None:
    before = shapely.to_wkb(np.asarray(session.grid.cells.geometry.array))
    session.assign(["U3", "U9"], "A-east")
    session.split("A-mid", cut=True)
    session.move_vertex((400, 100), (410, 105))
    changed = session.grid
    while session.can_undo:
        session.undo()
    assert (shapely.to_wkb(np.asarray(session.grid.cells.geometry.array)) == before).all()
    assert changed.digest != session.digest


def test_R127_an_accepted_edit_keeps_the_edge_matched_coverage_and_the_adjacency(session: Session) -> None:
    session.split("A-mid", line=shapely.LineString([(220, 50), (240, 150)]), cut=True)
    session.bend_border((400, 130), (430, 120))
    grid = session.grid
    assert shapely.coverage_is_valid(np.asarray(grid.cells.geometry.array))
    graph = grid.adjacency()
    assert sorted(graph.nodes) == sorted(session.cell_ids)
    assert graph.number_of_edges() == 3


def test_a_message_says_all_that_a_widget_needs(session: Session) -> None:
    message = session.assign(["U3", "U9"], "A-east").to_message()
    assert message["labels"] == [["A-east", faces(session, "U3", "U9")]]
    assert set(message["cells"]) == {"A-mid", "A-east"}
    assert message["cells"]["A-east"]["demand"] == 600
    assert message["seq"] == 1
    cut = session.split("A-mid", line=shapely.LineString([(220, 50), (240, 150)]), cut=True).to_message()
    rings = dict(cut["faces"])
    cut_or_new = {*faces(session, "U2", "U8"), 12, 13}
    assert set(rings) == cut_or_new | ({*faces(session, "U1", "U7")} & set(rings))
    assert all(len(ring) % 2 == 0 for parts in rings.values() for part in parts for ring in part)
    undone = session.undo().to_message()
    assert dict(undone["faces"])[12] is None
