"""Moving, bending and shifting shared borders; crossings are refused with the edge named."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridpart.errors import EditRefused
from gridpart.partition import Grid
from gridpart.studio import Session

CRS = "EPSG:4546"


@pytest.fixture
def session() -> Session:
    """Three cells: west and east side by side with a bent border, north on top; a lake in the east."""
    border = [(10, 0), (11, 4), (10, 10)]
    west = shapely.Polygon([(0, 0), *border, (0, 10)])
    lake = shapely.box(14, 4, 16, 6)
    east = shapely.Polygon([(10, 0), (20, 0), (20, 10), *border[:0:-1]], [lake.exterior.coords])
    north = shapely.Polygon([(0, 10), (10, 10), (20, 10), (20, 15), (0, 15)])
    cells = gpd.GeoDataFrame({"cell_id": ["west", "east", "north"]}, geometry=[west, east, north], crs=CRS)
    area = gpd.GeoSeries([shapely.box(0, 0, 20, 15).difference(lake)], crs=CRS)
    return Session.of(Grid.from_cells(cells, area, bank_id="A"))


def corners(session: Session, cell: int) -> set[tuple[float, float]]:
    return set(map(tuple, shapely.get_coordinates(session.faces[cell]).tolist()))


def test_a_vertex_moves_once_for_both_sides(session: Session) -> None:
    delta = session.move_vertex((11, 4), (9, 5))
    assert set(delta.faces) == {0, 1}
    assert (9, 5) in corners(session, 0) & corners(session, 1)
    assert session.metrics.by_cell["west"].area_m2 == pytest.approx(95)
    assert session.grid.certify().valid


def test_a_junction_moves_for_all_its_faces(session: Session) -> None:
    delta = session.move_vertex((10, 10), (9, 11))
    assert set(delta.faces) == {0, 1, 2}
    assert session.grid.certify().valid


def test_a_border_is_bent_by_a_new_vertex_on_both_sides(session: Session) -> None:
    delta = session.bend_border((5, 10), (5, 8))
    assert set(delta.faces) == {0, 2}
    assert (5, 8) in corners(session, 0) & corners(session, 2)
    session.undo()
    assert (5, 8) not in corners(session, 0)


def test_a_stretch_moves_between_its_ends(session: Session) -> None:
    session.bend_border((10.5, 2), (10.5, 2))
    delta = session.move_stretch((11, 4), (-1, 0))
    assert set(delta.faces) == {0, 1}
    assert {(10, 4), (9.5, 2), (10, 0), (10, 10)} <= corners(session, 0)
    with pytest.raises(EditRefused, match="one straight edge between fixed ends"):
        session.move_stretch((5, 10), (0, 1))


@pytest.mark.parametrize(
    ("to", "edge"),
    [
        ((15, 5), r"14.0, [46].0 – 1[46].0, [46].0 within cell east"),  # into the lake
        ((5, 12), r"0.0, 10.0 – 10.0, 10.0 between cells north, west"),
        ((14, 5), r"14.0, 4.0 – 14.0, 6.0 within cell east"),  # onto its shore
        ((30, 5), r"within cell east"),
    ],
)
def test_a_crossing_is_refused_with_the_edge_named(session: Session, to: tuple[float, float], edge: str) -> None:
    before = session.state_digest
    with pytest.raises(EditRefused, match=f"The border would cross or touch edge .*{edge}") as refusal:
        session.move_vertex((11, 4), to)
    assert refusal.value.place is not None
    assert session.state_digest == before


def test_the_border_of_the_service_area_stays(session: Session) -> None:
    for vertex in ((10, 0), (0, 0), (0, 10), (14, 4)):
        with pytest.raises(EditRefused, match="lies on the border of the service area"):
            session.move_vertex(vertex, (5, 5))
    with pytest.raises(EditRefused, match="lies on the border of the service area"):
        session.bend_border((5, 0), (5, 1))


def test_places_that_are_none_are_refused(session: Session) -> None:
    with pytest.raises(EditRefused, match=r"no vertex of a border within 0\.001 m"):
        session.move_vertex((11, 4.5), (9, 5))
    session.move_vertex((11, 4.3), (9, 5), within_m=0.5)
    for place in ((np.nan, 1), (np.inf, 1), (1,), (1, 2, 3)):
        with pytest.raises(EditRefused, match="two finite numbers"):
            session.move_vertex((9, 5), place)
    with pytest.raises(EditRefused, match="no border within"):
        session.bend_border((5, 5), (5, 6))


def test_a_vertex_does_not_land_on_another(session: Session) -> None:
    with pytest.raises(EditRefused, match=r"Another vertex stands there|cross or touch"):
        session.move_vertex((11, 4), (10, 10))


def test_a_border_does_not_pass_over_an_outlet() -> None:
    cells = gpd.GeoDataFrame(
        {"cell_id": ["a", "b"], "outlet_id": ["o", None]},
        geometry=[
            shapely.Polygon([(0, 0), (5, 0), (5, 5), (5, 10), (0, 10)]),
            shapely.Polygon([(5, 0), (10, 0), (10, 10), (5, 10), (5, 5)]),
        ],
        crs=CRS,
    )
    outlets = gpd.GeoDataFrame({"outlet_id": ["o"]}, geometry=[shapely.Point(4, 5)], crs=CRS)
    session = Session.of(
        Grid.from_cells(cells, gpd.GeoSeries([shapely.box(0, 0, 10, 10)], crs=CRS), bank_id="A", outlets=outlets)
    )
    with pytest.raises(EditRefused, match="would pass over outlet o, which would no longer stand in cell a"):
        session.move_vertex((5, 5), (3, 5))
    session.move_vertex((5, 5), (4.5, 5))


@pytest.mark.parametrize("name", ["shell and hole", "island"])
def test_cells_with_holes_and_parts_are_cut_exactly(session: Session, name: str) -> None:
    line = [(12, 5), (18, 5)] if name == "shell and hole" else [(15, -1), (15, 20)]
    session.split("east", line=shapely.LineString(line), force=True)
    assert session.grid.certify().valid
    assert len(session.cell_ids) == 4
    areas = [session.metrics.by_cell[cell].area_m2 for cell in session.cell_ids]
    assert sum(areas) == pytest.approx(300 - 4)


def test_a_cut_through_the_rim_keeps_the_area(session: Session) -> None:
    generator = np.random.default_rng(0)
    for _ in range(30):
        cell = str(generator.choice(session.cell_ids))
        line = shapely.LineString(generator.uniform((0, 0), (20, 15), (2, 2)))
        try:
            session.split(cell, line=line)
        except EditRefused:
            continue
        assert session.grid.certify().valid
    assert len(session.cell_ids) > 10
    assert session.grid.certificate.boundary_shift_m < 1e-6
