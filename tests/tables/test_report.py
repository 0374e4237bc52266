"""The report: nothing unaccounted for, and nothing in it that runs or hides."""

from __future__ import annotations

import pytest

from gridpart.tables import InputReport, Issue, KeptRows, Message, RowRecord
from gridpart.tables import messages as m
from gridpart.tables.report import shorten, visible


def issue(value: object = "x") -> Issue:
    return Issue("name", value, *m.problem_message(m.BLANK), code="blank")


def report(**changes: object) -> InputReport:
    rejected = (RowRecord(2, 3, "<b>", (issue("<script>alert(1)</script>"), issue("\u202e"))),)
    facts: dict[str, object] = {
        "kind": "outlets", "source": "a.csv", "rows_read": 3,
        "kept": KeptRows([1, 3], ["a", "c"], lines=[2, 4]), "repaired": (), "rejected": rejected,
    }  # fmt: skip
    return InputReport(**{**facts, **changes})  # type: ignore[arg-type]


def test_a_report_that_loses_a_row_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="accounts for 3 rows, but 4 were read"):
        report(rows_read=4)


def test_kept_rows_are_a_sequence_of_records() -> None:
    kept = report().kept
    assert [(record.row, record.line, record.id) for record in kept] == [(1, 2, "a"), (3, 4, "c")]
    assert kept[-1].row == 3
    assert len(kept[0:1]) == 1


def test_texts_in_three_languages() -> None:
    assert report().summary().startswith("outlets from a.csv: 3 rows read = 2 kept + 0 repaired + 1 rejected.")
    assert report().summary("zh-Hans").startswith("网点，来自 a.csv：读取 3 行 = 保留 2 + 修补 0 + 拒绝 1。")
    assert report().summary("zh-Hant").startswith("網點，來自 a.csv：讀取 3 行")
    assert "必填项为空" in report().summary("zh-Hans")


def test_values_never_become_markup_or_turn_the_text_round() -> None:
    page = report()._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page + report().summary()
    assert "\\u202e" in page


def test_frame_has_one_row_per_issue() -> None:
    frame = report().to_frame()
    assert frame["fate"].tolist() == ["rejected", "rejected"]
    assert frame["reason"].tolist() == ["a required value is blank."] * 2
    assert frame["line"].tolist() == [3, 3]


def test_long_lists_and_values_are_cut_in_text_only() -> None:
    many = tuple(RowRecord(row, None, None, (issue("v" * 100),)) for row in range(1, 31))
    long = report(rows_read=32, rejected=many)
    assert "and 20 more" in long.summary()
    assert "(100 characters)" in long.summary()
    assert len(long.to_frame()) == 30
    assert shorten(" a ") == "' a '"
    assert visible("a\x00b") == "a\\u0000b"


def test_messages_fill_their_facts() -> None:
    message = Message("and {count} more", {"count": 3})
    assert str(message) == "and 3 more"
    assert message.text("zh-Hant") == "另有 3 行"
