"""Lines of a project's history in Chinese."""

from __future__ import annotations

import pytest

from gridpart import sample_project
from gridpart.project.history_words import ADOPTED, OUTLETS, REDRAWN, history_in

LINE = REDRAWN.format(bank="LZRCB", version=2, status="proposed", cells=38)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (LINE, "重划 LZRCB 的网格划分：第 2 版，已上报，共 38 个网格"),
        (
            f"{LINE}: joins: {{x}}\nand more",
            "重划 LZRCB 的网格划分：第 2 版，已上报，共 38 个网格：joins: {x}\nand more",
        ),
        (
            ADOPTED.format(bank="B", day="2026-03-01", version=1, cells=7)
            + OUTLETS.format(steps="opened 1, 2; closed 3"),
            "采用 B 的网格划分，自 2026-03-01 起：第 1 版，共 7 个网格；网点：新设 1、2；裁撤 3",
        ),
        ("By hand: {bank}", "By hand: {bank}"),
        ("", ""),
    ],
)
def test_what_gridpart_wrote_is_translated_and_nothing_else(line: str, told: str) -> None:
    assert history_in(line, "zh-Hans") == told
    assert history_in(line, "en") == line


def test_history_of_the_sample_is_a_sentence_in_every_language() -> None:
    line = sample_project(seed=3).history["what"].iloc[-1]
    assert history_in(line, "zh-Hans") == "由种子 3 生成的虚构县，其中一切均不存在。"
    assert history_in(line, "zh-Hant") == "由種子 3 產生的虛構縣，其中一切均不存在。"
