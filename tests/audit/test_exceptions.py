"""Accepted findings: who, when, why, until; expired ones do not count."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
from square_counties import square_county

import gridpart as gp
from gridpart.audit.saving import to_json


def audit_of_three_blanks() -> gp.Audit:
    area, units = square_county(1, columns=4, rows=1)
    return gp.audit_grids({"A": units[units["unit_id"] == "U000"][["geometry"]]}, area, units=units)


def exceptions(*rows: tuple[str, str, object, str, object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["finding_id", "who", "when", "why", "until"])


ROWS = (
    ("blank:U001", "PBoC Lanze", "2026-01-05", "reservoir, resettled in 2027", "2026-12-31"),
    ("blank:U002", "PBoC Lanze", "2025-01-05", "road under construction", "2026-06-30"),
    ("blank:U003", "County office", "2026-03-01", "barracks", None),
    ("blank:U777", "County office", "2026-03-01", "no such place", None),
)


def test_findings_in_force_are_marked_and_expired_ones_are_not() -> None:
    audit = audit_of_three_blanks()
    assert not audit.findings["accepted"].any()
    marked = audit.accept(exceptions(*ROWS), as_of="2026-11-24")
    found = marked.findings.set_index("finding_id")
    assert found["accepted"].to_dict() == {"blank:U001": True, "blank:U002": False, "blank:U003": True}
    assert found.loc["blank:U001", ["accepted_by", "accepted_why", "accepted_until"]].tolist() == [
        "PBoC Lanze",
        "reservoir, resettled in 2027",
        "2026-12-31",
    ]
    assert found.loc["blank:U003", "accepted_until"] is None
    assert found.loc["blank:U002", "accepted_by"] is None
    assert marked.exceptions_status().set_index("finding_id")["status"].to_dict() == {
        "blank:U001": "in force",
        "blank:U002": "expired",
        "blank:U003": "in force",
        "blank:U777": "no such finding",
    }
    assert not audit.findings["accepted"].any(), "the audit itself does not change"
    assert len(audit.exceptions_status()) == 0


@pytest.mark.parametrize(
    ("as_of", "accepted"),
    [("2026-01-04", False), ("2026-01-05", True), ("2026-12-31", True), ("2027-01-01", False)],
)
def test_the_first_and_the_last_day_count(as_of: str, accepted: bool) -> None:  # noqa: FBT001 - a parameter of the test
    marked = audit_of_three_blanks().accept(exceptions(ROWS[0]), as_of=as_of)
    assert marked.findings.set_index("finding_id").loc["blank:U001", "accepted"] == accepted


def test_dates_may_be_text_dates_or_timestamps_and_the_last_word_counts() -> None:
    table = exceptions(
        ("blank:U001", "one", pd.Timestamp("2026-01-05 10:00"), "first", pd.NaT),
        ("blank:U001", "two", dt.date(2026, 2, 1), "second", dt.date(2026, 12, 1)),
        ("blank:U001", "three", "2026-01-20T08:00:00", "between", ""),
    )
    marked = audit_of_three_blanks().accept(table, as_of=dt.date(2026, 3, 1))
    assert marked.findings.set_index("finding_id").loc["blank:U001", "accepted_why"] == "second"
    later = audit_of_three_blanks().accept(table, as_of=dt.date(2026, 12, 2))
    assert later.findings.set_index("finding_id").loc["blank:U001", "accepted_why"] == "between"


@pytest.mark.parametrize("day", ["2026/1/5", "2026年1月5日", 20260105, "20260105"])
def test_days_may_be_written_as_elsewhere(day: object) -> None:
    audit = audit_of_three_blanks()
    marked = audit.accept(exceptions(("blank:U001", "PBoC", day, "reservoir", "9999/12/31")), as_of=day)  # type: ignore[arg-type]
    assert marked.findings["accepted"].sum() == 1


def test_accepted_findings_reach_page_file_and_json(tmp_path) -> None:  # noqa: ANN001 - pathlib.Path
    marked = audit_of_three_blanks().accept(exceptions(*ROWS), as_of="2026-11-24")
    page = marked.save(tmp_path, lang="en").read_text(encoding="utf-8")
    assert "Accepted by PBoC Lanze: reservoir" in page
    assert "2 findings are accepted as of 2026-11-24" in page
    assert page.count("Accepted by") == 2
    kept = gpd.read_file(tmp_path / "audit.gpkg", layer="findings")
    assert kept["accepted"].sum() == 2
    assert '"accepted_why": "barracks"' in to_json(marked)
    shuffled = audit_of_three_blanks().accept(exceptions(*reversed(ROWS)), as_of="2026-11-24")
    assert to_json(shuffled) == to_json(marked)


def test_faults_in_the_table_are_named() -> None:
    audit = audit_of_three_blanks()
    with pytest.raises(gp.InputError, match="why, until are missing"):
        audit.accept(exceptions(*ROWS).drop(columns=["why", "until"]), as_of="2026-11-24")
    broken = exceptions(("blank:U001", "", "soon", "because", "2026-13-40"), ("", "x", None, "y", None))
    with pytest.raises(gp.InputError) as error:
        audit.accept(broken, as_of="2026-11-24")
    for part in ("5 faults", "row 1 has no who", "when: 'soon'", "until: '2026-13-40'", "row 2 has no finding_id"):
        assert part in str(error.value)
    with pytest.raises(gp.InputError, match="as_of is 'today'"):
        audit.accept(exceptions(*ROWS), as_of="today")
