"""Pictures of several grids: names, marks, languages, and no boxes for Chinese."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import gridpart as gp
from gridpart.partition import pictures

mpl = pytest.importorskip("matplotlib")


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "scenario": ["near", "$even$", "tie", "bare"],
            "mean_distance_m": [1000.0, 2000.0, 2000.0, np.nan],
            "max_over_mean_load": [2.0, 1.0, 1.0, 1.5],
            "staff_need": [3, 4, 400, 2],
            "pareto": [True, True, False, False],
        }
    )


def texts(axes: object) -> list[str]:
    return [text.get_text() for text in axes.texts]  # type: ignore[attr-defined]


def test_R13_every_scenario_is_named_and_the_front_is_marked() -> None:
    axes = gp.partition.plot_scenarios(table())
    assert texts(axes) == ["near (3)", "$even$ (4)", "tie (400)"]
    assert [text.get_fontweight() for text in axes.texts] == ["bold", "bold", "normal"]
    assert axes.get_xlabel().endswith("Not shown, figures unknown: bare")
    places = [collection.get_offsets().data.tolist() for collection in axes.collections]
    assert places == [[[2.0, 1.0]], [[1.0, 2.0], [2.0, 1.0]]]
    # names of dots at one place stand on different sides
    assert axes.texts[1].xyann != axes.texts[2].xyann
    axes.get_figure().canvas.draw()


def test_labels_are_chinese_where_asked_and_a_missing_font_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_CJK_FONTS", ("DejaVu Sans Mono",))  # any font that is there
    axes = gp.partition.plot_scenarios(table(), lang="zh-Hans")
    assert axes.get_ylabel() == "最大负荷与平均负荷之比"
    monkeypatch.setattr(pictures, "_CJK_FONTS", ("No Such Font",))
    with pytest.raises(gp.RenderError, match="fonts-noto-cjk"):
        gp.partition.plot_scenarios(table(), lang="zh-Hant")
    with pytest.raises(gp.RenderError, match="boxes"):
        gp.partition.plot_scenarios(table().assign(scenario="方案"))


def test_grids_side_by_side() -> None:
    project = gp.sample_project()
    grids = {"one": project.grids["YLSB"], "two": project.grids["CLVB"], "three": project.grids["JYB"]}
    figure = gp.partition.plot_grids(grids, columns=2)
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == [*(f"{name} ({len(grid)})" for name, grid in grids.items()), ""]
    with pytest.raises(gp.InputError, match="grids is empty"):
        gp.partition.plot_grids({})


def test_a_table_of_something_else_is_refused() -> None:
    with pytest.raises(gp.InputError, match="needs the columns staff_need, pareto"):
        gp.partition.plot_scenarios(table().drop(columns=["staff_need", "pareto"]))
