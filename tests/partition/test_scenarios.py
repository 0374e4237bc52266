"""The scenario table: known figures, the Pareto mark, every rule on the sample county."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

import gridpart as gp

CRS = "EPSG:4547"


def county() -> tuple[gpd.GeoSeries, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    units = gpd.GeoDataFrame(
        {"unit_id": list("abcd"), "population": [10, 20, 30, 40]},
        geometry=[shapely.box(10 * n, 0, 10 * n + 10, 10) for n in range(4)],
        crs=CRS,
    )
    outlets = gpd.GeoDataFrame(
        {"outlet_id": ["1", "2"], "bank_id": "A"}, geometry=gpd.points_from_xy([5, 35], [5, 5]), crs=CRS
    )
    return gpd.GeoSeries([shapely.box(0, 0, 40, 10)], crs=CRS), units, outlets


def test_R13_figures_of_known_grids_and_the_dominated_one_comes_last() -> None:
    area, units, outlets = county()
    near = gp.partition.nearest(area, outlets, units=units)
    cells = gpd.GeoDataFrame(
        {"cell_id": ["w", "e"], "outlet_id": ["2", "1"]},  # each half served from the far end
        geometry=[shapely.box(0, 0, 20, 10), shapely.box(20, 0, 40, 10)],
        crs=CRS,
    )
    far = gp.Grid.from_cells(cells, area, bank_id="A", outlets=outlets)
    table = gp.partition.scenarios({"far": far, "near": near}, units=units)
    assert table["scenario"].tolist() == ["near", "far"]
    assert table["pareto"].tolist() == [True, False]
    assert table["mean_distance_m"].tolist() == pytest.approx(
        [(20 + 30) * 10 / 100, ((10 + 40) * 30 + (20 + 30) * 20) / 100]
    )
    assert table["max_over_mean_load"].tolist() == pytest.approx([70 / 50] * 2)


def test_every_rule_on_the_sample_county() -> None:
    project = gp.sample_project()
    bank = project.outlets[project.outlets["bank_id"] == "YLSB"]
    area, units = project.service_area, project.units
    grids = {
        "nearest": gp.partition.nearest(area, bank, units=units),
        "aggregate": gp.partition.aggregate(units, bank, demand="population", service_area=area, shared_units="merge"),
        "travel_time": gp.partition.travel_time(area, bank, project.roads, units=units),
        "balanced": gp.partition.balanced(area, bank, units=units, demand="population"),
        "wellfield": gp.partition.wellfield(area, bank),
    }
    table = gp.partition.scenarios(grids, units=units).set_index("scenario")
    assert (table["mean_distance_m"] > 0).all()
    assert table["mean_distance_m"].idxmin() == "nearest"
    assert table.loc["balanced", "max_over_mean_load"] < table.loc["nearest", "max_over_mean_load"]
    assert table.loc["wellfield", "staff_need"] == table["staff_need"].max()
    assert table["pareto"].any()


def test_no_scenario_is_refused() -> None:
    _, units, _ = county()
    with pytest.raises(gp.InputError, match="empty"):
        gp.partition.scenarios({}, units=units)
