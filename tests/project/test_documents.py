"""The register of documents of big cells."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from atlas.county_by_hand import small_project

import gridpart as gp
from gridpart.errors import InputError
from gridpart.project import document_register

DAY = date(2026, 6, 30)


def documents(*rows: tuple[str, str, str, str | None, str | None]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["bank_id", "cell_id", "kind", "date", "expiry"])
    return table.assign(document_id=[f"D{at}" for at in range(len(rows))])


def listed(table: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(table["cell_id"], table["kind"], strict=True))


def test_R110_missing_and_expired_documents_are_listed() -> None:
    project = small_project()
    project.documents = documents(
        ("A", "A1", "agreement", "2025-01-01", "2026-12-31"),
        ("A", "A1", "rules", "2024-01-01", "2026-06-29"),
        ("A", "A2", "agreement", "2020-01-01", "2021-01-01"),
        ("A", "A2", "agreement", "2026-01-01", "2026-06-30"),
        ("A", "A2", "rules", "2026-07-01", None),
        ("A", "A9", "rules", None, None),
    )
    register = document_register(project, kinds=["agreement", "rules", "duty list"], as_of=DAY)
    state = register.table.set_index(["cell_id", "kind"])["state"].to_dict()
    assert state["A1", "agreement"] == "valid"
    assert state["A2", "agreement"] == "valid"
    assert state["A2", "rules"] == "not_yet"
    assert listed(register.expired) == {("A1", "rules")}
    assert listed(register.missing) == {
        ("A1", "duty list"), ("A2", "duty list"), ("B1", "agreement"), ("B1", "rules"), ("B1", "duty list"),
    }  # fmt: skip
    assert register.unknown["cell_id"].tolist() == ["A9"]
    assert len(register.table) == 3 * 3


def test_small_cells_count_through_their_big_cell() -> None:
    project = small_project()
    project.grids["A"] = gp.partition.nest(project.grids["A"], rule="wellfield")
    project.documents = documents(("A", "A1", "agreement", "2026-01-01", None))
    table = document_register(project, as_of=DAY).table
    assert table[["cell_id", "state"]].to_numpy().tolist() == [["A1", "valid"], ["A2", "missing"], ["B1", "missing"]]


def test_the_list_is_kept_in_the_file(tmp_path: Path) -> None:
    project = small_project()
    project.documents = documents(("A", "A1", "agreement", "2026-01-01", "2026-12-31"))
    project.save(tmp_path / "county.gpkg")
    back = gp.open_project(str(tmp_path / "county.gpkg"))
    pd.testing.assert_frame_equal(back.documents, project.documents, check_like=True)


@pytest.mark.parametrize(
    ("dates", "words"),
    [(("soon", None), "date of documents, row 0, is 'soon'"), (("2026-02-01", "2026-01-01"), "row 0 expires before")],
)
def test_impossible_dates_are_refused(dates: tuple[str, str | None], words: str) -> None:
    project = small_project()
    project.documents = documents(("A", "A1", "agreement", *dates))
    with pytest.raises(InputError, match=words):
        document_register(project, as_of=DAY)
