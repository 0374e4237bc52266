"""Plain slips of type end in an error of gridpart that says what was given and what is taken."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

import gridpart as gp
from gridpart.arguments import checked, require_choice
from gridpart.errors import GridpartError, InputError
from gridpart.partition import Grid
from gridpart.studio import Session

SLIPS: list[Any] = [
    None, "2", 2, -1.0, float("nan"), True, [], {}, object(), b"x", ["a"], {"a": 1}, "\0", Path("/nope"), np.arange(3),
    pd.DataFrame({"a": [1]}), gpd.GeoDataFrame({"x": []}, geometry=[], crs=4547), shapely.Point(0, 0), nx.Graph(), len,
]  # fmt: skip


@checked
def made(
    table: pd.DataFrame,
    length_m: float = 1.0,
    *,
    n: int = 1,
    lang: Literal["en", "zh-Hans"] = "en",
    names: Sequence[str] = (),
    at: tuple[float, float] | None = None,
    owners: Mapping[str, int] | None = None,
    path: str | Path = "",
    grid: Grid | None = None,
    **more: object,
) -> str:
    """Take one argument of each kind."""
    return f"{len(table)} {length_m} {n} {lang} {list(names)} {at} {owners} {path} {grid} {more}"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"length_m": "2"}, r"made: length_m must be a number; the text '2' was given"),
        ({"length_m": True}, r"length_m must be a number; True was given"),
        ({"n": 1.5}, r"n must be a whole number; 1\.5 was given"),
        ({"lang": 3}, r"lang must be one of 'en', 'zh-Hans'; 3 was given"),
        ({"names": "html"}, r"names must be several values; the text 'html' was given.* Put it in a list: \['html'\]"),
        ({"names": {"a", "b"}}, r"names must be several values; a set was given.* A set has no order"),
        ({"owners": pd.Series({"a": 0.5})}, r"owners must be a mapping of a whole number or None; a Series was given"),
        ({"owners": pd.DataFrame({"a": [1]})}, r"owners must be a mapping.*; a DataFrame was given"),
        ({"at": (1, "2")}, r"at must be 2 values \(a number, a number\) or None; a tuple was given"),
        ({"owners": {"a": "b"}}, r"owners must be a mapping of a whole number or None; a dict was given"),
        ({"path": "a\0b"}, r"path must be text or a path; the text 'a\\x00b' was given.*It holds NUL"),
        ({"grid": "A"}, r"grid must be a Grid or None; the text 'A' was given"),
        ({"table": [1]}, r"table must be a table \(DataFrame\); a list was given\. Nothing was changed"),
    ],
)
def test_a_slip_is_named_with_what_is_taken_and_what_was_given(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        made(**{"table": pd.DataFrame(), **arguments})


def test_what_fits_passes_unchanged() -> None:
    table = pd.DataFrame({"a": [1]})
    assert "b    2" in made(table, owners=pd.Series({"a": 1, "b": 2}))  # type: ignore[arg-type] # named values
    assert made(
        table, np.float32(2.0), n=np.int64(3), names=pd.Index(["a"]), at=[1, 2.5], anything=object()
    ).startswith("1 2.0 3 en ['a'] [1, 2.5]")
    assert inspect.signature(made).parameters["n"].default == 1
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'table'"):
        made()  # type: ignore[call-arg]


def test_the_refusal_can_be_read_in_chinese() -> None:
    with pytest.raises(InputError) as caught:
        made(pd.DataFrame(), length_m="2")  # type: ignore[arg-type]
    assert caught.value.args[0].told("zh-Hans") == "made：length_m 须为数；给出的是文本 '2'。未作任何更改。"


def test_a_slip_in_a_name_is_told_with_all_names_and_the_nearest() -> None:
    with pytest.raises(
        InputError, match=r"rule is 'Wellfeild'; it must be one of admin, wellfield\. Did you mean 'wel"
    ) as told:
        require_choice("Wellfeild", ("admin", "wellfield"), name="rule")
    assert "是否指 'wellfield'？" in told.value.args[0].told("zh-Hans")
    with pytest.raises(InputError, match=r"one of admin, wellfield\.$"):
        require_choice("voronoi", ("admin", "wellfield"), name="rule")


def test_an_iterator_is_not_used_up() -> None:
    @checked
    def total(values: Iterable[int]) -> int:
        return sum(values)

    assert total(iter([1, 2])) == 3
    with pytest.raises(InputError, match="several values"):
        total(3)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def county() -> dict[str, Any]:
    """Layers of a county of sixteen square units, two banks, and what is made of them."""
    boxes = [shapely.box(x, y, x + 1_000, y + 1_000) for x in range(0, 4_000, 1_000) for y in range(0, 4_000, 1_000)]
    units = gpd.GeoDataFrame(
        {"unit_id": [f"u{n}" for n in range(16)], "township_id": "t", "households": range(1, 17), "population": 5},
        geometry=boxes,
        crs=4547,
    )
    area = gpd.GeoSeries([shapely.box(0, 0, 4_000, 4_000)], crs=4547)
    places = [shapely.Point(xy) for xy in ((500, 500), (3_500, 500), (1_500, 3_500))]
    outlets = gpd.GeoDataFrame({"outlet_id": ["1", "2", "3"], "bank_id": "A"}, geometry=places, crs=4547)
    roads = nx.grid_2d_graph(5, 5)
    nx.set_node_attributes(roads, {node: {"x": node[0] * 1e3, "y": node[1] * 1e3} for node in roads})
    nx.set_edge_attributes(roads, 1.0, "minutes")
    grid = gp.partition.nearest(area, outlets, units=units)
    return {"service_area": area, "outlets": outlets, "units": units, "roads": roads, "grid": grid}


def calls(county: dict[str, Any], folder: Path) -> Iterator[tuple[Callable[..., object], dict[str, Any]]]:
    """The contract's functions, each with arguments that are right."""
    area, outlets, units, grid = (county[name] for name in ("service_area", "outlets", "units", "grid"))
    rules, land = gp.partition, {"service_area": area, "outlets": outlets}
    project = gp.Project("x", gpd.GeoDataFrame(geometry=area), units=units, outlets=outlets)
    project.partition()
    session = Session(grid)
    yield rules.nearest, {**land, "units": units, "contiguous": True, "coincident": "error", "demand": "population"}
    yield rules.travel_time, {**land, "roads": county["roads"], "units": units, "polygons": "units"}
    yield rules.balanced, {**land, "demand": "population", "tolerance": 0.3, "units": units}
    yield (
        rules.aggregate,
        {"units": units, "outlets": outlets, "demand": "households", "tolerance": 0.9, "barriers": None},
    )
    yield rules.admin, {"units": units, "by": "township_id"}
    yield rules.wellfield, {**land, "units": units, "cell_size": None, "demand": "population", "arrangement": "square"}
    yield rules.nest, {"grid": grid, "rule": "admin"}
    yield rules.nest, {"grid": grid, "rule": "aggregate", "units": units, "demand": "households"}
    yield rules.reconcile, {"drafts": grid.cells, "service_area": area, "owner": "nearest"}
    yield rules.revise, {"grid": grid, "outlets": outlets, "as_of": "2026-11-01"}
    yield Grid.from_cells, {"cells": grid.cells, "service_area": area, "bank_id": "A"}
    yield grid.locate, {"points": outlets}
    yield grid.compare, {"other": grid}
    yield gp.certify, {"cells": grid.cells, "service_area": area}
    yield (
        gp.clean,
        {"cells": grid.cells, "service_area": area, "max_gap_width": 1.0, "snap_distance": 0.0, "keep_holes": ()},
    )
    yield gp.geo.gcj02_to_wgs84, {"lon": 113.0, "lat": 30.0}
    yield (
        gp.audit_grids,
        {"grids": {"A": grid}, "service_area": area, "units": units, "outlets": outlets, "roads": None},
    )
    yield gp.profiles.load, {"name": "p2"}
    yield gp.ledger.evaluate_targets, {"rates": {"rural": 60.0}, "profile": gp.profiles.load("p2"), "year": 2}
    yield gp.read_outlets, {"path": "x.csv", "columns": {}, "bank_aliases": {}, "encoding": None, "strict": False}
    yield gp.import_project, {"area": "a.shp", "outlets": "o.csv", "columns": None, "bank_aliases": None, "cells": None}
    yield gp.open_project, {"path_or_url": "x.gpkg"}
    yield project.save, {"path": folder / "x.gpkg"}
    yield project.summary, {"lang": "en"}
    yield gp.build_atlas, {"project": project, "folder": folder / "atlas", "lang": "fr", "formats": ("html",)}
    yield session.assign, {"unit_ids": ["u0"], "cell_id": "A-2"}
    yield session.move_vertex, {"xy": (0.0, 0.0), "to_xy": (1.0, 1.0)}
    yield session.move_outlet, {"outlet_id": "1", "to_xy": (1.0, 1.0)}


def test_every_slip_in_every_argument_of_the_contract_is_an_error_of_gridpart(
    county: dict[str, Any], tmp_path: Path
) -> None:
    raw = []
    for function, right in calls(county, tmp_path):
        for name in right:
            for slip in SLIPS:
                try:
                    function(**{**right, name: slip})
                except GridpartError as error:
                    assert len(str(error)) > 20  # noqa: PT017 - many calls, one test
                except Exception as error:  # noqa: BLE001 - any other is what is looked for
                    raw.append(f"{function.__name__}({name}={slip!r:.40}): {error!r:.80}")
    assert raw == []
