"""Tables in memory against their contracts."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridpart.errors import CRSError, InputError
from gridpart.tables import CONTRACTS, RowsRefusedError, contract, problems, validate


def outlets(**columns: Any) -> gpd.GeoDataFrame:
    columns = {"outlet_id": ["a", "b", "c"], "bank_id": ["x", "x", "y"], **columns}
    places = columns.pop("geometry", [shapely.Point(place, 0) for place in range(3)])
    return gpd.GeoDataFrame(columns, geometry=places, crs=columns.pop("crs", "EPSG:32650"))


def units(**columns: Any) -> gpd.GeoDataFrame:
    shapes = columns.pop("geometry", [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    return gpd.GeoDataFrame({"unit_id": ["a", "b"], **columns}, geometry=shapes, crs="EPSG:32650")


def found(table: pd.DataFrame, kind: str) -> list[tuple[int, str, str]]:
    return [(record.row, issue.column, issue.code) for record in problems(table, kind) for issue in record.issues]


def test_contracts_have_unique_columns_and_required_ids() -> None:
    assert list(CONTRACTS) == ["service_area", "units", "outlets", "equipment", "staff", "roads", "cells"]
    for kind, rules in CONTRACTS.items():
        names = [rule.name for rule in rules.columns]
        assert len(set(names)) == len(names)
        assert rules.id_column in rules.required
        assert contract(kind) is rules
    with pytest.raises(InputError, match="unknown kind of table 'banks'; known are: service_area, units"):
        contract("banks")


def test_sound_tables_pass_unchanged() -> None:
    table = outlets(kind=["branch", None, "main_branch"], note=["own", "columns", "stay"])
    before = table.copy(deep=True)
    assert problems(table, "outlets") == ()
    validate(table, "outlets")
    pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(before))


def test_all_faults_are_named_at_once() -> None:
    places = [shapely.Point(0, 0), None, shapely.Point(np.nan, 1)]
    table = outlets(outlet_id=["a", "a", "c"], bank_id=["x", " ", np.nan], kind=["shop", None, None], geometry=places)
    assert found(table, "outlets") == [
        (1, "outlet_id", "same_id"),
        (1, "kind", "unknown_code"),
        (2, "outlet_id", "same_id"),
        (2, "bank_id", "blank"),
        (2, "geometry", "no_geometry"),
        (3, "bank_id", "blank"),
        (3, "geometry", "not_finite"),
    ]
    with pytest.raises(RowsRefusedError, match=r"(?s)branches: 3 of 3 rows break its contract.*row 3, id c") as caught:
        validate(table, "outlets", name="branches")
    assert len(caught.value.report.rejected) == 3


@pytest.mark.parametrize(
    ("values", "code"),
    [([-1, 2], "negative"), ([1.5, 2], "not_whole"), ([1e12, 2], "too_large"), ([np.inf, 2], "too_large")],
)
def test_figures_are_believable(values: list[float], code: str) -> None:
    assert found(units(population=values), "units") == [(1, "population", code)]


def test_blank_figures_are_allowed_and_text_is_not_a_figure() -> None:
    assert found(units(population=pd.array([None, 3], dtype="Int64")), "units") == []
    assert found(units(population=["5", None]), "units") == [(1, "population", "not_a_number")]


def test_polygons_are_sound() -> None:
    bowtie = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    flat = shapely.Polygon([(0, 0), (5, 5), (2, 2)])
    assert found(units(geometry=[bowtie, flat]), "units") == [(1, "geometry", "invalid"), (2, "geometry", "zero_area")]
    assert found(units(geometry=[shapely.Point(1, 1), shapely.Polygon()]), "units") == [
        (1, "geometry", "wrong_shape"),
        (2, "geometry", "no_geometry"),
    ]


def test_columns_and_geometry_must_be_there() -> None:
    with pytest.raises(InputError, match="outlets needs 'bank_id'; it has 'outlet_id', 'geometry'"):
        problems(outlets().drop(columns="bank_id"), "outlets")
    with pytest.raises(InputError, match="outlets needs a geometry; a DataFrame was given"):
        problems(pd.DataFrame({"outlet_id": ["a"], "bank_id": ["x"]}), "outlets")
    validate(pd.DataFrame({"staff_id": ["a"], "role": ["officer"]}), "staff")


def test_degrees_are_refused() -> None:
    with pytest.raises(CRSError, match="outlets is in degrees"):
        validate(outlets().to_crs(4326), "outlets")
