"""Every record in exactly one cell, after revisions too; people counted without loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import gridpart as gp
from gridpart.errors import InputError
from gridpart.ledger import assign_customers, check_location, import_population, locate, pivot, rehome

if TYPE_CHECKING:
    from gridpart.partition import Grid

CRS = "EPSG:4547"
SQUARE = gpd.GeoDataFrame({"area_id": ["S"]}, geometry=[shapely.box(0, 0, 1000, 1000)], crs=CRS)


def outlets(*places: tuple[float, float]) -> gpd.GeoDataFrame:
    ids = [f"o{number}" for number in range(len(places))]
    points = shapely.points(places)
    return gpd.GeoDataFrame({"outlet_id": ids, "bank_id": "A", "name": ids}, geometry=points, crs=CRS)


FOUR = outlets((250, 250), (750, 250), (250, 750), (750, 750))
SEED = 7


@pytest.fixture(scope="module")
def grid() -> Grid:
    return gp.partition.nearest(SQUARE, FOUR)


@pytest.fixture(scope="module")
def units() -> gpd.GeoDataFrame:
    boxes = [shapely.box(100 * i, 100 * j, 100 * i + 100, 100 * j + 100) for i in range(10) for j in range(10)]
    return gpd.GeoDataFrame({"unit_id": [f"u{n:02d}" for n in range(100)]}, geometry=boxes, crs=CRS)


def filed(grid: Grid, units: gpd.GeoDataFrame, n: int = 3000) -> pd.DataFrame:
    """Records placed by coordinates, by unit, and not at all, each with the cell it belongs to."""
    rng = np.random.default_rng(SEED)
    places = rng.uniform(0, 1000, (n, 2))
    table = pd.DataFrame({"record_id": [f"R{row}" for row in range(n)], "x": places[:, 0], "y": places[:, 1]})
    table["unit_id"] = rng.choice(units["unit_id"].to_numpy(object), n)
    table["amount"] = rng.integers(1, 100, n)
    table["segment"] = rng.choice(["resident", "mse"], n)
    by_unit, nowhere = slice(n // 3, 2 * n // 3), slice(2 * n // 3, None)
    table.loc[table.index[by_unit], ["x", "y"]] = np.nan
    table.loc[table.index[nowhere], ["x", "y"]] = np.nan
    table.loc[table.index[nowhere], "unit_id"] = None
    cells = locate(table, grid, units=units)["cell_id"]
    return table.assign(cell_id=cells.where(cells.notna(), rng.choice(grid.cells["cell_id"], n)))


def test_R76_located_and_unlocated_sum_to_the_total_and_every_unlocated_row_has_a_reason(
    grid: Grid, units: gpd.GeoDataFrame
) -> None:
    customers = pd.DataFrame(
        [("in", 10.0, 10.0, None), ("out", 5000.0, 0.0, None), ("unit", None, None, "u99"), ("odd", None, None, "u?"),
         ("lost", None, None, None), ("border", 500.0, 500.0, None)],
        columns=["customer_id", "x", "y", "unit_id"],
    )  # fmt: skip
    assigned, changes = assign_customers(customers, grid, units=units, at="2025-01-01", who="A")
    assert (assigned["cell_id"].notna() ^ assigned["reason"].notna()).all()
    reasons = dict(zip(assigned["customer_id"], assigned["reason"], strict=True))
    assert {name: reason for name, reason in reasons.items() if reason} == {
        "out": "outside_the_area",
        "odd": "unknown_unit",
        "lost": "no_location",
    }
    assert len(changes) == assigned["cell_id"].notna().sum() == 3
    moved = assigned.assign(x=np.where(assigned["customer_id"] == "in", 990.0, assigned["x"]))
    again, log = assign_customers(moved, grid, units=units, at="2025-02-01", who="B")
    assert log[["record_id", "before", "after", "who"]].to_numpy().tolist() == [
        ["in", assigned["cell_id"].iloc[0], again["cell_id"].iloc[0], "B"]
    ]


def test_R72_no_record_lies_outside_its_cell_and_a_planted_one_is_found(grid: Grid, units: gpd.GeoDataFrame) -> None:
    table = filed(grid, units)
    assert check_location(table, grid, units=units).empty
    wrong = table.assign(cell_id=table["cell_id"].where(table.index != 5, "A-nowhere"))
    found = check_location(wrong, grid, units=units)
    assert found["record_id"].tolist() == ["R5"]
    assert found["found_cell"].tolist() == [table["cell_id"].iloc[5]]


@pytest.mark.parametrize(
    "after", [FOUR.iloc[[0, 1, 3]], outlets((250, 250), (750, 250), (250, 750), (750, 750), (500, 500)), FOUR.iloc[[2]]]
)
def test_R72_after_revise_every_record_has_exactly_one_cell_and_totals_stay(
    grid: Grid, units: gpd.GeoDataFrame, after: gpd.GeoDataFrame
) -> None:
    table = filed(grid, units)
    revised, _ = gp.partition.revise(grid, after)
    rehomed, changes = rehome(table, grid, revised, at="2025-01-01", who="A", units=units)
    _assert_one_cell_each(table, rehomed, changes, revised, units)


def test_R72_after_a_studio_edit_every_record_has_exactly_one_cell(units: gpd.GeoDataFrame) -> None:
    studio = pytest.importorskip("gridpart.studio")
    grid = gp.partition.nearest(SQUARE, FOUR, units=units)
    session = studio.Session(grid)
    border = session.grid
    table = filed(grid, units)
    cells = grid.cells.set_index("cell_id").geometry
    neighbour = dict(zip(units["unit_id"], units.geometry, strict=True))
    for unit_id in ("u40", "u50", "u41"):
        own = grid.locate(gpd.GeoSeries([neighbour[unit_id].centroid], crs=CRS)).iloc[0]
        other = next(cell for cell in sorted(cells.index) if cell != own and cells[cell].touches(neighbour[unit_id]))
        session.assign([unit_id], other)
        break
    assert session.grid.digest != border.digest
    rehomed, changes = rehome(table, grid, session.grid, at="2025-01-01", who="A", units=units)
    assert len(changes) > 0
    _assert_one_cell_each(table, rehomed, changes, session.grid, units)


def _assert_one_cell_each(
    table: pd.DataFrame, rehomed: pd.DataFrame, changes: pd.DataFrame, after: Grid, units: gpd.GeoDataFrame
) -> None:
    assert rehomed["record_id"].tolist() == table["record_id"].tolist()
    assert rehomed["cell_id"].isin(after.cells["cell_id"]).all()
    assert check_location(rehomed, after, units=units).empty
    moved = rehomed["cell_id"] != table["cell_id"]
    assert changes["record_id"].tolist() == table.loc[moved, "record_id"].tolist()
    assert changes["after"].tolist() == rehomed.loc[moved, "cell_id"].tolist()
    for dims in (["cell_id"], ["segment"], ["cell_id", "segment"], ["unit_id"]):
        assert pivot(rehomed, "amount", dims)["amount"].iloc[-1] == table["amount"].sum()
        assert pivot(rehomed, "amount", dims, total=False)["amount"].sum() == table["amount"].sum()


def test_rows_of_other_banks_stay_as_they_are(grid: Grid, units: gpd.GeoDataFrame) -> None:
    table = filed(grid, units, n=30).assign(cell_id="B-x")
    rehomed, changes = rehome(table, grid, gp.partition.nearest(SQUARE, FOUR.iloc[[0]]), at="", who="", units=units)
    assert rehomed["cell_id"].tolist() == table["cell_id"].tolist()
    assert changes.empty


def test_R116_population_is_preserved_whether_it_comes_as_points_or_areas(grid: Grid) -> None:
    rng = np.random.default_rng(SEED)
    people = rng.integers(0, 500, 400)
    places = gpd.GeoDataFrame(
        {"population": people}, geometry=shapely.points(rng.uniform(-100, 1100, (400, 2))), crs=CRS
    )
    counts, outside = import_population(places, grid)
    assert counts["population"].sum() + outside["outside"].sum() == people.sum()
    inside = places.intersects(shapely.box(0, 0, 1000, 1000))
    assert counts["population"].sum() == people[inside].sum()
    boxes = shapely.box(*(rng.uniform(0, 900, (4, 60)) * [[1], [1], [0], [0]] + [[0], [0], [0], [0]]))
    low = rng.uniform(-50, 900, (60, 2))
    boxes = shapely.box(low[:, 0], low[:, 1], low[:, 0] + 100, low[:, 1] + 100)
    blocks = gpd.GeoDataFrame({"population": people[:60]}, geometry=boxes, crs=CRS)
    counts, outside = import_population(blocks, grid)
    assert counts["population"].sum() + outside["outside"].sum() == people[:60].sum()
    assert (counts["population"] == np.floor(counts["population"])).all()
    whole = blocks[blocks.within(shapely.box(0, 0, 1000, 1000))]
    counts, outside = import_population(whole, grid)
    assert counts["population"].sum() == whole["population"].sum()
    assert outside.empty
    with pytest.raises(InputError, match=r"'population' must be a number from 0; rows 0"):
        import_population(blocks.assign(population=-1), grid)


def test_customers_may_be_points(grid: Grid) -> None:
    customers = gpd.GeoDataFrame(
        {"customer_id": ["a", "b", "c", "d"]},
        geometry=[shapely.Point(100, 100), shapely.Point(2000, 0), None, shapely.Point()],
        index=[7, 7, 8, 9],
        crs=CRS,
    )
    assigned, changes = assign_customers(customers, grid, at="2026-01-01", who="w")
    assert assigned["cell_id"].tolist() == ["A-o0", None, None, None]
    assert assigned["reason"].tolist() == [None, "outside_the_area", "no_location", "no_location"]
    assert changes["record_id"].tolist() == ["a"]
    with pytest.raises(gp.CRSError, match="the points to place is in EPSG:4548"):
        locate(customers.to_crs(4548), grid)
    with pytest.raises(InputError, match="table must be a table \\(DataFrame\\); a GeoSeries was given"):
        locate(customers.geometry, grid)  # type: ignore[arg-type]
