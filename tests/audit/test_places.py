"""Places of an audit: sums to the last digit, land and banks as of each place alone."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from square_counties import discs, outlets_of, square_county

import gridpart as gp
from gridpart.audit.places import Places, places_named, places_of, sums


@pytest.fixture(scope="module")
def audit() -> gp.audit.Audit:
    area, units = square_county(3, columns=6, rows=4)
    outlets = outlets_of(3, banks=("A", "B", "丁"), each=4, width_m=6000, height_m=4000)
    return gp.audit_grids(discs(outlets, 1300.0), area, units=units.iloc[:-3], outlets=outlets)


def test_sums_are_those_of_numpy_to_the_last_digit() -> None:
    generator = np.random.default_rng(4)
    counts = np.array([0, 1, 2, 7, 8, 9, 40, 0, 129, 300])
    values = generator.uniform(0, 1e6, counts.sum()) ** 1.3
    offsets = np.concatenate([[0], np.cumsum(counts)])
    expected = [part.sum() for part in np.split(values, offsets[1:-1])]
    assert sums(values, offsets).tolist() == expected


def test_places_hold_every_chosen_face_once(audit: gp.audit.Audit) -> None:
    chosen = (audit.faces["bank_count"] > 0).to_numpy()
    places = places_of(audit, chosen)
    assert sorted(places.rows.tolist()) == np.flatnonzero(chosen).tolist()
    named = [unit for unit in places.units if unit is not None]
    assert named == sorted(set(named))
    assert places.units[len(named) :].tolist() == [None] * (len(places) - len(named))
    for unit, rows in zip(places.units, places.each(), strict=True):
        assert set(audit.faces["unit_id"].iloc[rows]) == {unit}


def test_land_banks_and_cells_are_those_of_each_place_alone(audit: gp.audit.Audit) -> None:
    places = places_of(audit, (audit.faces["bank_count"] > 0).to_numpy())
    shapes = np.asarray(audit.faces.geometry.array, dtype=object)
    land, banks = places.land(audit), places.banks(audit)
    assert max(places.counts) > 1
    for at, rows in enumerate(places.each()):
        assert land[at].equals(shapely.union_all(shapes[rows]))
        assert banks[at] == tuple(sorted({bank for one in audit.faces["banks"].iloc[rows] for bank in one}))
        assert {cell.partition("/")[0] for cell in places.cells(audit)[at]} == set(banks[at])


def test_a_name_without_faces_is_an_empty_place(audit: gp.audit.Audit) -> None:
    places = places_named(audit, "unit_id", ["U001", "nowhere", "U000"])
    assert places.counts[1] == 0
    assert places.land(audit)[1].is_empty
    assert np.isnan(places.total_known(audit.faces["population"].to_numpy())[1])
    assert places.taken(np.array([False, True, True])).units.tolist() == ["nowhere", "U000"]
    assert len(Places(np.zeros(0, dtype=object), np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64)).each()) == 0


def test_findings_of_all_languages_are_made_once(audit: gp.audit.Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = audit.accept(gpd.pd.DataFrame(columns=["finding_id", "who", "when", "why", "until"]), as_of="2026-01-01")
    made: list[int] = []
    import gridpart.audit.audit as module

    find_all = module.find_all
    monkeypatch.setattr(module, "find_all", lambda given: made.append(1) or find_all(given))
    texts = {lang: fresh.findings_in(lang)["reason"].tolist() for lang in ("en", "zh-Hans", "zh-Hant")}
    assert made == [1]
    assert len({tuple(text) for text in texts.values()}) == 3
    fresh.findings_in("en")["banks"] = None
    assert fresh.findings_in("en")["banks"].notna().all()
