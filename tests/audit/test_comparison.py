"""Two dates of one county: new, gone and remaining findings, areas and rates."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from square_counties import CRS, discs, outlets_of, square_county

import gridpart as gp


def claims_on(units: gpd.GeoDataFrame, **names: list[str]) -> dict[str, gpd.GeoDataFrame]:
    return {bank: units[units["unit_id"].isin(chosen)][["geometry"]] for bank, chosen in names.items()}


def test_findings_are_matched_by_their_stable_ids() -> None:
    area, units = square_county(1, columns=4, rows=1)
    before = gp.audit_grids(claims_on(units, A=["U000"], B=["U001"]), area, units=units)
    after = gp.audit_grids(claims_on(units, A=["U000", "U002"], C=["U000"]), area, units=units)
    comparison = before.compare(after)
    found = comparison.findings.set_index("finding_id")
    assert found["change"].to_dict() == {
        "blank:U001": "new",
        "blank:U002": "gone",
        "blank:U003": "remaining",
        "overlap_share:U000": "new",
    }
    assert found.loc["blank:U003", "value_before"] == found.loc["blank:U003", "value_after"] == 1
    assert found.loc["blank:U002", "severity_before"] == "high"
    assert found.loc["blank:U002", "township"] == "township 0"
    assert found["geometry"].area["blank:U002"] == pytest.approx(1e6)
    assert (comparison.banks_gone, comparison.banks_new, comparison.rules_differ) == (("B",), ("C",), False)
    counts = comparison.counts().set_index("kind")
    assert counts.loc["blank"].to_dict() == {"new": 1, "gone": 1, "remaining": 1}
    assert "findings 2 new, 1 gone, 1 remaining; blank area +0.00 km²" in repr(comparison)


def test_areas_and_rates_stand_side_by_side() -> None:
    area, units = square_county(2, columns=4, rows=1)
    before = gp.audit_grids(claims_on(units, A=["U000"]), area, units=units)
    after = gp.audit_grids(claims_on(units, A=["U000", "U001", "U002"]), area, units=units)
    comparison = before.compare(after)
    areas = comparison.areas.set_index("flag")
    assert areas["area_m2_change"].to_dict() == {"blank": -2e6, "single": 2e6, "shared": 0, "excessive": 0}
    assert areas.loc["blank", "area_share_after"] == pytest.approx(0.25)
    rates = comparison.rates.set_index("denominator")
    assert rates.loc["area", "coverage_rate_change"] == pytest.approx(0.5)
    assert rates.loc["units", "coverage_rate_before"] == pytest.approx(0.25)
    people = units["population"]
    assert rates.loc["population", "coverage_rate_after"] == pytest.approx(people[:3].sum() / people.sum())


def test_nothing_changes_between_an_audit_and_itself() -> None:
    area, units = square_county(3, columns=6, rows=4)
    outlets = outlets_of(3, banks=("A", "B", "C"), each=3, width_m=6000, height_m=4000)
    claims = discs(outlets, 1500)
    one = gp.audit_grids(claims, area, units=units, outlets=outlets)
    two = gp.audit_grids(claims, area, units=units.iloc[::-1], outlets=outlets)
    comparison = one.compare(two)
    assert (comparison.findings["change"] == "remaining").all()
    assert len(comparison.findings) == len(one.findings) > 5
    assert (comparison.areas["area_m2_change"] == 0).all()
    assert comparison.findings["severity_before"].equals(comparison.findings["severity_after"])
    without_units = gp.audit_grids(claims, area)
    again = without_units.compare(gp.audit_grids(claims, area))
    assert (again.findings["change"] == "remaining").all()


def test_the_plan_settles_the_findings_it_names() -> None:
    area, units = square_county(4, columns=4, rows=2)
    before = gp.audit_grids(claims_on(units, A=["U000", "U001"], B=["U006"]), area, units=units)
    plan = before.fill_plan()
    comparison = before.compare(gp.audit_grids(plan.apply(), area, units=units))
    gone = comparison.findings[comparison.findings["change"] == "gone"]
    assert set(plan.proposals["finding_id"]) == set(gone["finding_id"])
    assert (comparison.findings["change"] != "new").all()


def test_different_rules_are_said_and_different_areas_refused() -> None:
    area, units = square_county(5, columns=3, rows=1)
    claims = claims_on(units, A=["U000"])
    one = gp.audit_grids(claims, area, units=units)
    rules = one.profile.audit.model_copy(
        update={"sliver_width_m": one.profile.audit.sliver_width_m.model_copy(update={"value": 2.0})}
    )
    other = gp.audit_grids(claims, area, units=units, profile=one.profile.model_copy(update={"audit": rules}))
    assert one.compare(other).rules_differ
    assert "the rules differ" in repr(one.compare(other))
    smaller = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 2000, 1000)], crs=CRS)
    with pytest.raises(gp.InputError, match=r"3,000,000\.0 m² and 2,000,000\.0 m²"):
        one.compare(gp.audit_grids(claims, smaller, units=units))
    with pytest.raises(gp.CRSError):
        one.compare(
            gp.audit_grids(
                claims_on(units.set_crs(4547, allow_override=True), A=["U000"]), area.set_crs(4547, allow_override=True)
            )
        )


def test_the_comparison_shows_itself_with_names_escaped() -> None:
    area, units = square_county(6, columns=2, rows=1)
    units["name"] = "<script>alert(1)</script>"
    audit = gp.audit_grids({"<b>A</b>": units[["geometry"]][:1]}, area, units=units)
    page = audit.compare(audit)._repr_html_() + audit.fill_plan()._repr_html_()
    assert "<script" not in page
    assert "<b>A" not in page


def test_R130_difference_areas_sum_to_the_changed_area_and_are_drawn() -> None:
    area, units = square_county(1, columns=4, rows=2)
    one = claims_on(units, A=["U000", "U001"], B=["U001", "U002"])
    two = claims_on(units, A=["U000", "U003"], B=["U001", "U002"])
    comparison = gp.audit_grids(one, area, units=units).compare(gp.audit_grids(two, area, units=units))
    changed = comparison.changed.set_index("unit_id")
    assert changed["lost"].to_dict() == {"U001": ("A",), "U003": ()}
    assert changed["gained"].to_dict() == {"U001": (), "U003": ("A",)}
    assert changed["area_m2"].sum() == pytest.approx(2e6)
    assert comparison.areas["area_m2_change"].abs().sum() == pytest.approx(4e6)  # U001: shared to single, U003: blank
    page = comparison.document("en").to_html()
    assert "What changed between two audits" in page


def test_R121_planted_losses_of_service_are_all_warned_of_and_no_other() -> None:
    area, units = square_county(1, columns=4, rows=2)
    names = units["unit_id"].tolist()
    before = claims_on(units, A=names, B=["U000", "U001"])
    after = claims_on(units, A=[name for name in names if name not in ("U001", "U005")], B=["U000", "U001"])
    points = gpd.GeoDataFrame({"outlet_id": names, "bank_id": "A"}, geometry=units.centroid.array, crs=CRS)
    audits = [
        gp.audit_grids(before, area, units=units, outlets=points),
        gp.audit_grids(after, area, units=units, outlets=points[points["outlet_id"] != "U006"]),
    ]
    loss = audits[0].compare(audits[1]).service_loss
    assert loss[["unit_id", "rule", "value_before", "value_after", "banks"]].to_numpy().tolist() == [
        ["U001", "banks_lost", 2, 1, ("A",)],
        ["U005", "became_blank", 1, 0, ("A",)],
        ["U006", "last_point_lost", 1, 0, ()],
    ]
    assert len(audits[0].compare(audits[0]).service_loss) == 0


def test_R121_how_many_banks_must_go_is_a_rule_of_the_profile_and_printed() -> None:
    area, units = square_county(1, columns=4, rows=2)
    before = claims_on(units, **{bank: ["U000", "U001"] for bank in "ABCD"})
    after = claims_on(units, A=["U000", "U001"], B=["U000"], C=["U000"])
    default = gp.profiles.load("default")
    rule = default.audit.min_banks_lost.model_copy(update={"value": 3.0})
    patient = default.model_copy(update={"audit": default.audit.model_copy(update={"min_banks_lost": rule})})
    warned = {}
    for name, profile in (("default", default), ("patient", patient)):
        audits = [gp.audit_grids(claims, area, units=units, profile=profile) for claims in (before, after)]
        comparison = audits[0].compare(audits[1])
        warned[name] = comparison.service_loss[["unit_id", "limit", "assumed"]].to_numpy().tolist()
        assert f"{profile.audit.min_banks_lost.value:g} (assumed)" in comparison.document("en").to_html()
    assert warned == {"default": [["U000", 1.0, True], ["U001", 1.0, True]], "patient": [["U001", 3.0, True]]}
