"""Profiles: what ships, what a profile of one's own may say, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pydantic
import pytest

from gridpart import profiles
from gridpart.errors import ProfileError

if TYPE_CHECKING:
    from pathlib import Path


def test_every_packaged_profile_loads_under_its_name() -> None:
    assert profiles.available() == ("default", "p1", "p10", *(f"p{number}" for number in range(2, 10)))
    assert tuple(profiles.load(name).name for name in profiles.available()) == profiles.available()


def test_thresholds_no_plan_gives_are_marked_and_print_as_assumed() -> None:
    profile = profiles.load("default")
    assert set(profile.thresholds()) - set(profile.assumed()) == {
        "audit.min_service_points_per_village",
        "products.small_credit_loan.max_yuan",
    }
    assert set(profile.thresholds("audit")) == {name for name in profile.thresholds() if name.startswith("audit.")}
    assert all("(assumed)" in str(value) for value in profile.assumed().values())
    assert all(value.note for value in profile.thresholds().values())


def test_rural_limit_is_lower_than_urban_because_gaps_come_first() -> None:
    profile = profiles.load("default")
    assert profile.max_banks("rural").count < profile.max_banks("urban").count
    assert profile.reach("rural", "outlet").value > profile.reach("rural", "service_point").value


def test_unknown_profile_lists_the_known_ones() -> None:
    with pytest.raises(ProfileError, match=r"unknown profile 'p99'; known are: default, p1, p10, p2"):
        profiles.load("p99")


@pytest.mark.parametrize("name", ["../default", "/etc/passwd", "data/default"])
def test_a_name_is_not_a_path(name: str) -> None:
    with pytest.raises(ProfileError, match="unknown profile"):
        profiles.load(name)


def test_own_profile_states_only_what_differs(tmp_path: Path) -> None:
    (tmp_path / "county.toml").write_text(
        'extends = "p2"\ntitle = "County"\n[audit.urban_max_banks]\nvalue = 5\nassumed = false\nnote = "Agreed."\n',
        encoding="utf-8",
    )
    own = profiles.load("county", folder=tmp_path)
    assert own.extends == ("p2", "default")
    assert (own.audit.urban_max_banks.count, own.audit.urban_max_banks.assumed) == (5, False)
    assert own.audit.urban_max_banks.unit == "banks"
    assert own.targets == profiles.load("p2").targets
    assert own.audit.hhi_max == profiles.load("default").audit.hhi_max


def test_a_profile_that_extends_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('extends = "b"', encoding="utf-8")
    (tmp_path / "b.toml").write_text('extends = "a"', encoding="utf-8")
    with pytest.raises(ProfileError, match=r"extends itself: a -> b -> a"):
        profiles.load("a", folder=tmp_path)


def test_all_wrong_values_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(
        'extends = "default"\nmisspelt = 1\n[audit.hhi_max]\nvalue = "high"\n', encoding="utf-8"
    )
    with pytest.raises(ProfileError, match=r"2 problems(?s:.)*audit\.hhi_max\.value(?s:.)*misspelt"):
        profiles.load("bad", folder=tmp_path)


def test_phases_may_not_overlap(tmp_path: Path) -> None:
    phases = "".join(
        f'[[phases]]\nkey = "k{start}"\ntitle = "t"\nstart_month = {start}\nend_month = {start + 7}\n'
        for start in (0, 6)
    )
    (tmp_path / "months.toml").write_text('extends = "default"\n' + phases, encoding="utf-8")
    with pytest.raises(ProfileError, match="phase 'k6' overlaps the one before it"):
        profiles.load("months", folder=tmp_path)


def test_broken_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("a = = 1", encoding="utf-8")
    with pytest.raises(ProfileError, match="profile 'broken' is not valid TOML"):
        profiles.load("broken", folder=tmp_path)


def test_profiles_are_frozen() -> None:
    profile = profiles.load("default")
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        profile.title = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "year", "expected"),
    [
        ("p2", 1, {"unit_coverage_rate": 30, "resident": 40, "rural": 70, "mse": 50}),
        ("p2", 2, {"unit_coverage_rate": 70, "resident": 70, "merchant": 80, "mse": 80, "rural": 90}),
        ("p2", 3, {"unit_coverage_rate": 100, "resident": 100, "merchant": 100, "mse": 100, "rural": 100}),
        ("p4", 1, {"unit_coverage_rate": 40, "resident": 40, "merchant": 50, "park": 50, "mse": 50, "rural": 70}),
        ("p4", 2, dict.fromkeys(("unit_coverage_rate", "resident", "merchant", "park", "mse", "rural"), 100)),
        ("p4", 3, {"area_coverage_rate": 95}),
    ],
)
def test_targets_are_those_of_the_plans(name: str, year: int, expected: dict[str, float]) -> None:
    targets = profiles.load(name).targets_of(year)
    levels = {t.key: t.value for t in targets if t.measure == "level" and not t.key.startswith("agri_mse")}
    assert levels == expected


def test_yearly_increment_of_plan_2_is_kept_beside_the_level() -> None:
    increments = [
        t.value for t in profiles.load("p2").targets if (t.key, t.measure) == ("unit_coverage_rate", "increment")
    ]
    assert increments == [30, 30, 30]


def test_blank_figures_of_plan_1_are_kept_as_not_set() -> None:
    targets = profiles.load("p1").targets
    assert {target.key for target in targets if target.value is None} == {
        "credit_coverage_rate",
        "credit_customers",
        "deposits",
        "loans",
        "e_loans",
        "e_banking",
    }
    assert [(t.value, t.ring, t.measure) for t in targets if t.value is not None] == [
        (1300, "middle_ring", "increment")
    ]


def test_composite_targets_are_pooled() -> None:
    pools = [{t.key for t in profiles.load("p2").targets_of(year) if t.pool == "business"} for year in (1, 2, 3)]
    assert pools == [set(), {"merchant", "mse"}, {"merchant", "mse"}]
    assert {t.key for t in profiles.load("p4").targets_of(1) if t.pool} == {"merchant", "park", "mse"}


def test_rates_are_counted_in_pilot_units_until_all_are_in_the_scheme() -> None:
    rates = ("resident", "merchant", "park", "mse", "rural")
    for name, first_full in (("p2", 3), ("p4", 2)):
        for target in profiles.load(name).targets:
            if target.key in rates:
                assert target.denominator == ("all" if target.year >= first_full else "pilot")


def test_no_rate_above_a_hundred_may_be_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "more.toml"
    path.write_text('extends = "p2"\n[[targets]]\nyear = 1\nkey = "rural"\nvalue = 100.1\n', encoding="utf-8")
    with pytest.raises(ProfileError, match=r"target 'rural' of year 1 is 100\.1 %; no rate passes 100"):
        profiles.load(path)


def test_a_file_is_loaded_by_its_path_and_again_after_an_edit(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('extends = "p4"\ntitle = "First"', encoding="utf-8")
    assert profiles.load(path).title == "First"
    path.write_text('extends = "p4"\ntitle = "Second"', encoding="utf-8")
    assert profiles.load(str(path)).title == "Second"
    with pytest.raises(ProfileError, match=r"there is no profile file .*none\.toml"):
        profiles.load(tmp_path / "none.toml")


def test_every_number_says_where_it_comes_from() -> None:
    for name in profiles.available():
        profile = profiles.load(name)
        assert all(limit.note for limit in profile.thresholds().values())
        assert all(target.note for target in profile.targets)
        assert all(card.assumed for card in profile.scorecards)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("[staffing]\nofficers_min = 3\n", "officers: minimum 3 and maximum 1 contradict each other"),
        ('[staffing]\nassumed = ["officer"]\n', "assumed names no key of staffing: officer"),
        ('[[phases]]\nkey = "a"\ntitle = "A"\nstart_month = "not_set"\nend_month = 3\n', "only one of start_month"),
        ('[[segments]]\ncode = "x"\ntitle = "X"\nrate = "mse"\n', "codes that are not among segments"),
        (
            '[[scorecards]]\nsubject = "officer"\nindicators = [{ code = "a", title = "A", weight = 0.5 }]\n',
            r"weights of scorecard 'officer' sum to 0\.5; they must sum to 1",
        ),
    ],
)
def test_rules_that_contradict_each_other_are_refused(tmp_path: Path, text: str, match: str) -> None:
    (tmp_path / "own.toml").write_text('extends = "default"\n' + text, encoding="utf-8")
    with pytest.raises(ProfileError, match=match):
        profiles.load("own", folder=tmp_path)
