"""Every row of the requirements has a test that carries its id, and a line in the docs that names one."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PAGE = TESTS.parent / "docs" / "requirements.md"
CLASSES = {"CORE": 32, "MISSION": 86, "CONTEXT": 13}


def rows() -> list[dict[str, str]]:
    with (TESTS / "requirements" / "rows.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def shown_by_row() -> dict[str, list[str]]:
    """Tests by the ids that their names begin with: ``test_R1_R7_cells_match`` shows two rows."""
    found: dict[str, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for name in re.findall(r"^\s*def (test_\w+)\(", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
            head = re.match(r"test_((?:R\d+_)+)", name)
            for row in re.findall(r"R\d+", head.group(1)) if head else []:
                found.setdefault(row, []).append(f"{path.relative_to(TESTS.parent).as_posix()}::{name}")
    return found


def test_the_rows_are_counted() -> None:
    listed = rows()
    assert [row["row"] for row in listed] == [f"R{number}" for number in range(1, 132)]
    assert {name: sum(row["class"] == name for row in listed) for name in CLASSES} == CLASSES
    assert sum(CLASSES.values()) == len(listed)


def test_every_row_has_a_test_that_carries_its_id() -> None:
    shown = shown_by_row()
    assert [row["row"] for row in rows() if row["row"] not in shown] == []


def test_no_test_carries_an_id_that_is_no_row() -> None:
    assert sorted(set(shown_by_row()) - {row["row"] for row in rows()}) == []


def test_the_page_names_for_each_row_a_test_that_exists() -> None:
    shown = shown_by_row()
    lines = dict(
        re.findall(
            r"^\| (R\d+) \| ((?:CORE|MISSION|CONTEXT) \|.*)\|$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE
        )
    )
    assert list(lines) == [row["row"] for row in rows()]
    for row in rows():
        named = re.findall(r"`(tests/[^`]+)`", lines[row["row"]])
        assert named, row["row"]
        assert [test for test in named if test not in shown[row["row"]]] == [], row["row"]
        assert row["class"] in lines[row["row"]]


def test_the_rows_are_those_of_the_requirements() -> None:
    home = Path(os.environ.get("GRIDPART_SHARED") or TESTS.parent.parent / "shared") / "requirements.md"
    if not home.is_file():
        pytest.skip("the requirements are not beside the repository; set GRIDPART_SHARED to their folder")
    table = re.findall(r"^\| (R\d+) \|.*\| (\w+) \|$", home.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert table == [(row["row"], row["class"]) for row in rows()]
