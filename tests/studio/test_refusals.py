"""Every reason for a refusal is told in three languages, and each is one that the code gives."""

from __future__ import annotations

import re
import string
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from random_edits import strip_grid

import gridpart.studio
from gridpart._typing import Language
from gridpart.i18n import explain
from gridpart.partition import nearest
from gridpart.studio import Session
from gridpart.studio.refusals import Refusal, reasons_in

LANGUAGES: tuple[Language, ...] = ("en", "zh-Hans", "zh-Hant")


def test_every_reason_is_given_somewhere_and_every_key_is_a_reason() -> None:
    text = "".join(path.read_text("utf-8") for path in Path(gridpart.studio.__file__).parent.glob("*.py"))
    given = set(re.findall(r'"([a-z_]+)"', text.replace(Path(gridpart.studio.__file__).name, "")))
    assert set(reasons_in("en")) <= given
    keys = set(re.findall(r'key="([a-z_]+)"', text)) | set(re.findall(r'refuse\((?:self\.)?_?state, "([a-z_]+)"', text))
    assert keys <= set(reasons_in("en"))


@pytest.mark.parametrize("lang", LANGUAGES[1:])
def test_reasons_in_chinese_name_the_same_things(lang: Language) -> None:
    def names(template: str) -> list[str]:
        return sorted(name for _, name, _, _ in string.Formatter().parse(template) if name)

    for key, english in reasons_in("en").items():
        chinese = reasons_in(lang)[key]
        assert chinese != english
        assert names(chinese) == names(english)


def test_a_refusal_tells_reason_and_place_in_the_language_asked_for() -> None:
    session = Session.of(strip_grid(), who="Li")
    with pytest.raises(Refusal, match="Cell A-west would fall into pieces") as refusal:
        session.assign(["U3"], "A-west")
    told = refusal.value.told("zh-Hans")
    assert "force=True" in refusal.value.reason
    assert "force" not in refusal.value.told("en")  # a planner at a map has no such option
    assert told.startswith("网格 A-west 将被分成几块，被隔开的是：U3。")
    assert told.endswith("位置约在（350.0，50.0）。未作任何更改。")
    with pytest.raises(Refusal, match="The plan is draft; it must be coordinated") as step:
        session.adopt(why="soon")
    assert step.value.told("zh-Hant").startswith("方案目前為「草案」；須先為「已協調」，才能轉為「已採用」。")


def test_a_refusal_says_what_the_rule_says_in_the_same_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDPART_LANG", "zh-Hans")
    area = gpd.GeoDataFrame({"area_id": ["1"]}, geometry=[shapely.box(0, 0, 900, 300)], crs=4546)
    places = gpd.points_from_xy([100.0, 500.0, 800.0], [100.0, 150.0, 200.0])
    outlets = gpd.GeoDataFrame({"outlet_id": ["{a}", "b", "c"], "bank_id": "B"}, geometry=places, crs=4546)
    session = Session.of(nearest(area, outlets), who="Li")
    with pytest.raises(Refusal, match="Rule nearest cannot draw these outlets: ") as refusal:
        session.move_outlet("{a}", (500.0, 150.0))
    told = (
        "就近规则无法按这些网点划分：有 1 处聚集多个网点（相距不超过 1e-06 米）：b、{a}，位于（500.000，150.000）。"
        '未作任何更改。请更正其位置，或选用 coincident="merge"（网格归编号最小者）或 "split"（等分扇形）。'
        "位置约在（800.0，200.0）。未作任何更改。"
    )
    assert refusal.value.told("zh-Hans") == told
    assert refusal.value.__notes__ == [told]
    assert explain(refusal.value, "zh-Hant") == refusal.value.told("zh-Hant")


def test_units_are_called_by_the_names_that_the_map_shows() -> None:
    project = gridpart.sample_project()
    session = Session.of(project, "YLSB")
    home, cell = next((session.unit_id(face), session.labels[face]) for face in session._state.home.values())
    other = next(name for name in session.cell_ids if name != cell)
    row = project.units.set_index("unit_id").loc[home]
    with pytest.raises(gridpart.EditRefused, match=re.escape(f"stands in {row['name_en']} ({home})")) as refused:
        session.assign([home], other)
    assert f"位于{row['name']}（{home}）" in refused.value.told("zh-Hans").replace(" ", "")
    without = Session.of(project.grids["YLSB"])
    with pytest.raises(gridpart.EditRefused, match=f"stands in {home};"):
        without.assign([home], other)
