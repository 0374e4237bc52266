"""The files in ``data/messy``: every planted slip is treated as its README says, and no other row is touched."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from input_files import fates

from gridpart.inputs import read_equipment, read_outlets, read_staff

READERS: dict[str, tuple[Callable[..., Any], dict[str, str], int]] = {
    "lzrcb_outlets.csv": (read_outlets, {}, 40),
    "ylsb_outlets_gcj02.csv": (read_outlets, {"datum": "gcj02"}, 17),
    "jyb_outlets.xlsx": (read_outlets, {}, 10),
    "lhb_outlets_unicode.txt": (read_outlets, {}, 9),
    "clvb_outlets.csv": (read_outlets, {}, 7),
    "equipment.csv": (read_equipment, {}, 900),
    "staff.xlsx": (read_staff, {}, 200),
}
SLIP = re.compile(
    r"^\| `(?P<file>[^`]+)` \| (?P<line>\d+) \|.*\| (?P<fate>kept|repaired|rejected) \|[^|]*\|$", re.MULTILINE
)


@pytest.fixture(scope="module")
def slips(repository: Path) -> dict[str, dict[str, set[int]]]:
    """Lines by fate by file, from the table in the README of the data."""
    found: dict[str, dict[str, set[int]]] = {name: {"repaired": set(), "rejected": set()} for name in READERS}
    for slip in SLIP.finditer((repository / "data" / "README.md").read_text(encoding="utf-8")):
        if slip["fate"] != "kept":
            found[slip["file"]][slip["fate"]].add(int(slip["line"]))
    return found


@pytest.mark.parametrize("name", READERS)
def test_planted_slips_get_what_the_readme_says(
    name: str, slips: dict[str, dict[str, set[int]]], repository: Path
) -> None:
    read, options, rows = READERS[name]
    table, report = read(repository / "data" / "messy" / name, **options)
    assert report.rows_read == rows
    assert {record.line for record in report.repaired} == slips[name]["repaired"]
    assert {record.line for record in report.rejected} == slips[name]["rejected"]
    assert slips[name]["rejected"]
    assert len(table) == sum(fates(report)[:2])


def test_names_of_one_bank_are_mapped(repository: Path) -> None:
    names = ["岚泽农商行", "岚泽农村商业银行", "岚泽农商银行", "岚泽县农商行"]
    path = repository / "data" / "messy" / "lzrcb_outlets.csv"
    table, _ = read_outlets(path, bank_aliases={"LZRCB": names}, datum="cgcs2000")
    assert set(table["bank_id"]) == {"LZRCB"}
    assert table["outlet_id"].str.fullmatch(r"04\d{4}").all()
    assert table.crs.to_epsg() == 4490


def test_telephone_numbers_are_left_out(repository: Path) -> None:
    table, report = read_staff(repository / "data" / "messy" / "staff.xlsx")
    assert "手机号码" not in table.columns
    assert any("手机号码" in str(note) for note in report.notes)
