"""What errors of real calls say in Chinese, whole, in both scripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

import gridpart as gp
from gridpart import coverage, geo, profiles, tables, viewer
from gridpart.errors import GridpartError
from gridpart.i18n import explain

AREA = gpd.GeoSeries([shapely.box(0, 0, 100, 100)], crs="EPSG:4547")


def outlets(*places: tuple[float, float]) -> gpd.GeoDataFrame:
    """Outlets whose ids hold braces, as data may."""
    ids = [f"{{n}}-{number}" for number in range(1, len(places) + 1)]
    return gpd.GeoDataFrame({"outlet_id": ids, "bank_id": "A"}, geometry=gpd.points_from_xy(*zip(*places, strict=True)),
                            crs="EPSG:4547")  # fmt: skip


def file(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def a_gap(folder: Path) -> None:
    del folder
    halves = gpd.GeoDataFrame(
        {"cell_id": ["c1", "c2"]}, geometry=[shapely.box(0, 0, 40, 100), shapely.box(50, 0, 100, 100)], crs="EPSG:4547"
    )
    gp.Grid.from_cells(halves, AREA, bank_id="A")


def an_outlet_outside(folder: Path) -> None:
    del folder
    gp.partition.nearest(AREA, outlets((10, 10), (500, 10)))


def outlets_at_one_place(folder: Path) -> None:
    del folder
    gp.partition.nearest(AREA, outlets((10, 10), (10, 10), (50, 50)))


def a_unit_too_large(folder: Path) -> None:
    del folder
    units = gpd.GeoDataFrame(
        {"unit_id": ["u1", "u2", "u3", "u4"], "population": [1, 1, 1, 97]},
        geometry=[shapely.box(25 * k, 0, 25 * k + 25, 100) for k in range(4)],
        crs="EPSG:4547",
    )
    gp.partition.aggregate(units, outlets((10, 10), (60, 10)), demand="population", tolerance=0.01)


def no_columns_known(folder: Path) -> None:
    gp.read_outlets(file(folder, "{网点}.csv", "名字,经度\n甲,116\n"))


def rows_refused(folder: Path) -> None:
    text = "outlet_id,bank_id,lon,lat\nb1,A,116.3,39.9\nb1,A,116.31,39.9\n,A,116.32,39.9\n"
    gp.read_outlets(file(folder, "outlets.csv", text), strict=True)


def degrees(folder: Path) -> None:
    del folder
    square = AREA.set_crs(4326, allow_override=True)
    gp.certify(square, square)


def own_profile(folder: Path) -> None:
    text = 'extends = "default"\n[staffing]\nofficers_min = 3\nofficers_max = 2\n[follow_up]\nbreaks = 1\n'
    file(folder, "own.toml", text)
    profiles.load("own", folder=folder)


def unknown_table(folder: Path) -> None:
    del folder
    tables.contract("villages")


def outside_china(folder: Path) -> None:
    del folder
    geo.wgs84_to_gcj02([2.35], [48.85])


def not_polygons(folder: Path) -> None:
    del folder
    coverage.Coverage.from_polygons([shapely.Point(0, 0)])


def a_link_elsewhere(folder: Path) -> None:
    del folder
    viewer.Link("x", "https://example.org")


def a_loud_bar(folder: Path) -> None:
    del folder
    with gp.progress("loud"):  # type: ignore[arg-type]
        pass


CASES: list[tuple[Callable[[Path], None], str, str]] = [
    (
        a_gap,
        (
            "银行 A 的网格划分不是精确划分。不是精确划分：2 个网格中有缝隙 1 处，重叠 0 处，边界不吻合 0 处，"
            "无效网格 0 个（EPSG:4547 (CGCS2000 / 3-degree Gauss-Kruger CM 114E)）。\n  缝隙，网格 c1、"
            "c2：没有面覆盖，1,000 平方米，最宽 10 米，位置约在（40.000，100.000）\n"
            "未作任何更改。全部缺陷见 `error.certificate`。修补方法：`gridpart.clean(cells, service_area, "
            "max_gap_width=…)`，它会逐项列出更改。"
        ),
        (
            "銀行 A 的網格劃分不是精確劃分。不是精確劃分：2 個網格中有縫隙 1 處，重疊 0 處，邊界不吻合 0 處，"
            "無效網格 0 個（EPSG:4547 (CGCS2000 / 3-degree Gauss-Kruger CM 114E)）。\n  縫隙，網格 c1、"
            "c2：沒有面覆蓋，1,000 平方米，最寬 10 米，位置約在（40.000，100.000）\n"
            "未作任何更改。全部缺陷見 `error.certificate`。修補方法：`gridpart.clean(cells, service_area, "
            "max_gap_width=…)`，它會逐項列出更改。"
        ),
    ),
    (
        an_outlet_outside,
        (
            "1 个网点（共 2 个）位于服务区域之外：{n}-2，位于（500.0，10.0），相距 400.0 米。未作任何更改。"
            '请更正其位置，或选用 outside="ignore"，或选用 outside="snap" 并以米给出 snap_distance。'
        ),
        (
            "1 個網點（共 2 個）位於服務區域之外：{n}-2，位於（500.0，10.0），相距 400.0 米。未作任何更改。"
            '請更正其位置，或選用 outside="ignore"，或選用 outside="snap" 並以米給出 snap_distance。'
        ),
    ),
    (
        outlets_at_one_place,
        (
            "有 1 处聚集多个网点（相距不超过 1e-06 米）：{n}-1、{n}-2，位于（10.000，10.000）。未作任何更改。"
            '请更正其位置，或选用 coincident="merge"（网格归编号最小者）或 "split"（等分扇形）。'
        ),
        (
            "有 1 處聚集多個網點（相距不超過 1e-06 米）：{n}-1、{n}-2，位於（10.000，10.000）。未作任何更改。"
            '請更正其位置，或選用 coincident="merge"（網格歸編號最小者）或 "split"（等分扇形）。'
        ),
    ),
    (
        a_unit_too_large,
        (
            "任何网格划分都达不到 1.0% 的容差：单元 u4 单个的需求就达 97.0；而一个网格最多可承担 50.5。"
            "未生成网格划分。请放宽容差，在该处迁移或增设网点，或取消屏障。"
        ),
        (
            "任何網格劃分都達不到 1.0% 的容差：單元 u4 單個的需求就達 97.0；而一個網格最多可承擔 50.5。"
            "未生成網格劃分。請放寬容差，在該處遷移或增設網點，或取消屏障。"
        ),
    ),
    (
        no_columns_known,
        (
            "{网点}.csv：没有识别出 'outlet_id'、'bank_id' 列；现有各列为：'名字'、'经度'。未读入任何数据。"
            '请指定：columns={"outlet_id": "…", "bank_id": "…"}。'
        ),
        (
            "{网点}.csv：沒有識別出 'outlet_id'、'bank_id' 欄；現有各欄為：'名字'、'经度'。未讀入任何資料。"
            '請指定：columns={"outlet_id": "…", "bank_id": "…"}。'
        ),
    ),
    (
        rows_refused,
        (
            "outlets.csv：3 行中有 3 行不符合要求，而 strict=True 要求全部符合。未读入任何数据。\n  第 1 "
            "行记录（文件第 2 行），编号 b1，outlet_id = b1：同一编号出现在多行：1（文件第 2 行）、2（文件第 3 "
            "行）。请给每行不同的编号，或只保留其中一行。\n  第 2 行记录（文件第 3 行），编号 b1，outlet_id = "
            "b1：同一编号出现在多行：1（文件第 2 行）、2（文件第 3 行）。请给每行不同的编号，"
            "或只保留其中一行。\n  第 3 行记录（文件第 4 行），outlet_id = None：必填项为空。请填写。"
        ),
        (
            "outlets.csv：3 行中有 3 行不符合要求，而 strict=True 要求全部符合。未讀入任何資料。\n  第 1 "
            "行記錄（檔案第 2 行），編號 b1，outlet_id = b1：同一編號出現在多行：1（檔案第 2 行）、2（檔案第 3 "
            "行）。請給每行不同的編號，或只保留其中一行。\n  第 2 行記錄（檔案第 3 行），編號 b1，outlet_id = "
            "b1：同一編號出現在多行：1（檔案第 2 行）、2（檔案第 3 行）。請給每行不同的編號，"
            "或只保留其中一行。\n  第 3 行記錄（檔案第 4 行），outlet_id = None：必填項為空。請填寫。"
        ),
    ),
    (
        degrees,
        (
            "service_area 以度为单位（EPSG:4326 (WGS 84)）；长度和面积须以米计。未作任何更改。"
            "gp.to_metric(layer) 会按所在位置选用以米为单位的坐标系并说明是哪一个。"
        ),
        (
            "service_area 以度為單位（EPSG:4326 (WGS 84)）；長度和面積須以米計。未作任何更改。"
            "gp.to_metric(layer) 會按所在位置選用以米為單位的坐標系並說明是哪一個。"
        ),
    ),
    (
        own_profile,
        (
            "规则方案 'own' 有 2 处问题，未载入。\n  staffing：officers：下限 3 与上限 2 相互矛盾\n  "
            "follow_up.breaks：没有这一项"
        ),
        (
            "規則方案 'own' 有 2 處問題，未載入。\n  staffing：officers：下限 3 與上限 2 相互矛盾\n  "
            "follow_up.breaks：沒有這一項"
        ),
    ),
    (
        unknown_table,
        "未知的表类型 'villages'；可用的有：service_area、units、outlets、equipment、staff、roads、cells。",
        "未知的表類型 'villages'；可用的有：service_area、units、outlets、equipment、staff、roads、cells。",
    ),
    (
        outside_china,
        (
            "WGS 84 转 GCJ-02：1 个点中有 1 个位于中国大陆以外，坐标基准在那里没有定义：第 0 行（2.350000，"
            "48.850000）（行号从 0 起；经度，纬度）。未作任何转换。请检查经纬度是否对调，或用 "
            'outside="unchanged" 原样保留这些点。'
        ),
        (
            "WGS 84 轉 GCJ-02：1 個點中有 1 個位於中國大陸以外，坐標基準在那裡沒有定義：第 0 行（2.350000，"
            "48.850000）（行號從 0 起；經度，緯度）。未作任何轉換。請檢查經緯度是否對調，或用 "
            'outside="unchanged" 原樣保留這些點。'
        ),
    ),
    (
        not_polygons,
        "平面划分由面组成；第 0 行不是面。",
        "平面劃分由面組成；第 0 行不是面。",
    ),
    (
        a_link_elsewhere,
        "页面链接必须是相对文件名，不能是 'https://example.org'",
        "頁面連結必須是相對檔名，不能是 'https://example.org'",
    ),
    (
        a_loud_bar,
        "progress 为 'loud'；必须是下列之一：auto、on、off。",
        "progress 為 'loud'；必須是下列之一：auto、on、off。",
    ),
]


@pytest.mark.parametrize(("call", "simplified", "traditional"), CASES, ids=[call.__name__ for call, _, _ in CASES])
def test_an_error_says_all_of_itself_in_both_scripts(
    call: Callable[[Path], None], simplified: str, traditional: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDPART_LANG", "zh-Hans")
    with pytest.raises(GridpartError, match=r"\w") as caught:
        call(tmp_path)
    assert explain(caught.value, "zh-Hans") == simplified
    assert explain(caught.value, "zh-Hant") == traditional
    assert caught.value.__notes__ == [simplified]
    assert explain(caught.value, "en") == str(caught.value)
    assert str(caught.value) not in {simplified, traditional}
