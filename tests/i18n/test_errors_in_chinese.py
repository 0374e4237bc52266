"""What errors of every package say to a Chinese reader, whole; names from data stay as they are, braces and all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import gridpart as gp
from gridpart.atlas.scope import scope_of
from gridpart.audit import FillWeights
from gridpart.audit.exceptions import read_exceptions
from gridpart.errors import GridpartError
from gridpart.i18n import explain
from gridpart.project import Project
from gridpart.report import export
from gridpart.staffing import assign
from gridpart.staffing.checks import Check

CRS = "EPSG:4546"


def county() -> Project:
    """Two squares, and an outlet of a bank called by a brace."""
    squares = [shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000)]
    area = gpd.GeoDataFrame({"area_id": ["1"]}, geometry=[shapely.box(0, 0, 2000, 1000)], crs=CRS)
    units = gpd.GeoDataFrame({"unit_id": ["u1", "u2"]}, geometry=squares, crs=CRS)
    points = gpd.points_from_xy([500.0, 500.0], [500.0, 500.0])
    outlets = gpd.GeoDataFrame({"outlet_id": ["a", "b"], "bank_id": ["{0}", "{0}"]}, geometry=points, crs=CRS)
    return Project("示例", area, units=units, outlets=outlets)


def judged() -> None:
    gp.ledger.evaluate_targets({"unit_coverage_rate": 120.0, "{key}": 1.0}, profile="p2", year=1)


def accepted() -> None:
    row = {"finding_id": "f1", "who": "", "when": "{row}", "why": "x", "until": None}
    read_exceptions(pd.DataFrame([row]), as_of="2026-11-24")


def opened(path: Path) -> None:
    gp.open_project(path / "{n}.gpkg")


def required() -> None:
    rows = pd.DataFrame({"cell_id": ["{n}"]})
    Check("People per cell as profile {profile} asks", rows, values={"profile": "p2"}).require()


def assigned() -> None:
    costs = np.array([[np.nan, 1.0]])
    assign(pd.DataFrame({"officer_id": ["o1"]}), pd.DataFrame({"cell_id": ["c1", "c2"]}), cost=costs)


@pytest.mark.parametrize(
    ("call", "hans", "hant"),
    [
        (
            lambda _: FillWeights(change=-1.0),
            "权重 change 为 -1.0，应为不小于 0 的数。未生成方案。",
            "權重 change 為 -1.0，應為不小於 0 的數。未生成方案。",
        ),
        (
            lambda _: accepted(),
            "例外情况表有 2 处错误：第 1 行缺少 who；第 1 行 when 的日期无法识别：'{row}'。全部未予采纳。",
            "例外情況表有 2 處錯誤：第 1 行缺少 who；第 1 行 when 的日期無法識別：'{row}'。全部未予採納。",
        ),
        (
            opened,
            "{folder}/{n}.gpkg 不存在；项目应为 gridpart 保存的 .gpkg 文件。",
            "{folder}/{n}.gpkg 不存在；專案應為 gridpart 儲存的 .gpkg 檔案。",
        ),
        (
            lambda _: required(),
            "每格人数符合规则方案 p2：有 1 处不符。cell_id {n}。未作任何更改。",
            "每格人數符合規則方案 p2：有 1 處不符。cell_id {n}。未作任何更改。",
        ),
        (
            lambda _: assigned(),
            "有 1 项 cost 缺失：o1 与 c1。不可分配的组合请填无穷大。",
            "有 1 項 cost 缺失：o1 與 c1。不可分配的組合請填無窮大。",
        ),
        (
            lambda _: scope_of({"bank": "A"}, county()),
            "scope 没有 'bank'，可用的有：bank_id、township_id。",
            "scope 沒有 'bank'，可用的有：bank_id、township_id。",
        ),
        (
            lambda path: export(pd.DataFrame({"a": [1]}), path / "{n}.doc"),
            "{n}.doc：表格可输出为 .csv、.xlsx、.html、.gpkg、.pdf、.geojson。未写入任何内容。",
            "{n}.doc：表格可輸出為 .csv、.xlsx、.html、.gpkg、.pdf、.geojson。未寫入任何內容。",
        ),
    ],
)
def test_errors_are_told_whole(call: Callable[[Path], object], hans: str, hant: str, tmp_path: Path) -> None:
    with pytest.raises(GridpartError) as error:
        call(tmp_path)
    for lang, text in (("zh-Hans", hans), ("zh-Hant", hant)):
        assert explain(error.value, lang) == text.replace("{folder}", str(tmp_path))  # type: ignore[arg-type]


def test_several_faults_are_told_in_one_sentence() -> None:
    with pytest.raises(GridpartError, match="rates: unit_coverage_rate is 120 %; a rate lies") as error:
        judged()
    told = explain(error.value, "zh-Hans")
    assert told.startswith("rates：unit_coverage_rate 为 120%，比率应在 0 至 100 之间；'{key}' 不是已知比率。")
    assert "这属于数据错误，因此未作评判。已知比率：" in told


def test_a_bank_is_named_before_its_error_in_the_note_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDPART_LANG", "zh-Hans")
    with pytest.raises(GridpartError, match=r"^Bank \{0\}: ") as error:
        county().partition(rule="nearest")
    (note,) = error.value.__notes__
    assert note.startswith("银行{0}：")
    assert note == explain(error.value, "zh-Hans")
