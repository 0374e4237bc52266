"""Siting of service points: against every choice on small cases, against bounds on large ones."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pytest
import scipy
import shapely

import gridpart as gp
from gridpart.audit import _siting_sweep
from gridpart.audit._siting_models import cover_all, cover_most
from gridpart.audit._siting_reduce import merge_equal_places, reduce_cover
from gridpart.audit._siting_relaxation import Candidates, Relaxation
from gridpart.audit._siting_swaps import Swaps
from gridpart.audit.siting import reach_matrix

CRS = "EPSG:4546"


def random_case(
    seed: int, *, n_villages: int, n_candidates: int, size_m: float = 10_000.0
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    generator = np.random.default_rng(seed)
    villages = gpd.GeoDataFrame(
        {
            "unit_id": [f"V{n:04d}" for n in range(n_villages)],
            "population": generator.integers(0, 900, n_villages),
        },
        geometry=shapely.points(generator.uniform(0, size_m, (n_villages, 2))),
        crs=CRS,
    )
    candidates = gpd.GeoDataFrame(
        {"candidate_id": [f"C{n:04d}" for n in range(n_candidates)]},
        geometry=shapely.points(generator.uniform(0, size_m, (n_candidates, 2))),
        crs=CRS,
    )
    return villages, candidates


def reached_by(villages: gpd.GeoDataFrame, candidates: gpd.GeoDataFrame, radius_m: float) -> np.ndarray:
    ones = shapely.get_coordinates(villages.geometry.array)
    others = shapely.get_coordinates(candidates.geometry.array)
    return scipy.spatial.distance.cdist(ones, others) <= radius_m


@pytest.mark.parametrize("seed", range(8))
def test_maximal_covering_is_the_best_of_all_choices(seed: int) -> None:
    villages, candidates = random_case(seed, n_villages=40, n_candidates=11)
    near = reached_by(villages, candidates, 2200)
    people = villages["population"].to_numpy()
    for number in (1, 3, 5):
        best = max(
            people[near[:, list(chosen)].any(axis=1)].sum() for chosen in itertools.combinations(range(11), number)
        )
        siting = gp.audit.maximal_covering(villages, candidates, number=number, radius_m=2200)
        assert siting.status == "optimal"
        assert siting.gap == 0
        assert len(siting.sites) <= number
        assert siting.objective == best
        assert siting.villages.loc[siting.villages["covered"], "population"].sum() == best
        assert siting.sites["population"].sum() == best


@pytest.mark.parametrize("seed", range(8))
def test_set_covering_is_the_smallest_of_all_choices(seed: int) -> None:
    villages, candidates = random_case(seed, n_villages=30, n_candidates=11)
    near = reached_by(villages, candidates, 3200)
    reachable = near.any(axis=1)
    fewest = next(
        number
        for number in range(12)
        if any(
            near[reachable][:, list(chosen)].any(axis=1).all() for chosen in itertools.combinations(range(11), number)
        )
    )
    siting = gp.audit.set_covering(villages, candidates, radius_m=3200, skip_unreachable=True)
    assert siting.status == "optimal"
    assert len(siting.sites) == siting.objective == fewest
    assert siting.villages["covered"].tolist() == reachable.tolist()


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("whole", [False, True])
def test_a_search_with_many_halves_finds_what_a_whole_number_model_finds(seed: int, *, whole: bool) -> None:
    generator = np.random.default_rng(seed)
    reach = scipy.sparse.csr_array(generator.random((150, 40)) < 0.08)
    weights = generator.lognormal(0, 1, 150)
    if whole:  # few values, so that many choices cover nearly the same
        weights = np.ceil(weights)
    number = int(generator.integers(5, 12))
    sited = cover_most(reach, weights, number=number, time_limit_s=60)
    # uncovered weight is the least: x of candidates, then what is left out of each place
    model = scipy.optimize.milp(
        np.concatenate([np.zeros(40), weights]),
        integrality=np.concatenate([np.ones(40), np.zeros(150)]),
        bounds=scipy.optimize.Bounds(0, 1),
        constraints=[
            scipy.optimize.LinearConstraint(scipy.sparse.hstack([reach, scipy.sparse.eye_array(150)]), 1, np.inf),
            scipy.optimize.LinearConstraint(np.concatenate([np.ones(40), np.zeros(150)])[None], 0, number),
        ],
        options={"mip_rel_gap": 0},
    )
    assert sited.status == "optimal"
    assert sited.objective == sited.bound == pytest.approx(weights.sum() - model.fun, rel=1e-9)
    assert weights[(reach[:, sited.chosen].sum(axis=1) > 0)].sum() == pytest.approx(sited.objective, rel=1e-12)
    assert len(sited.chosen) <= number


@pytest.mark.parametrize("seed", range(6))
def test_any_prices_bound_what_can_be_covered(seed: int) -> None:
    generator = np.random.default_rng(seed)
    places, weights = merge_equal_places(generator.random((60, 12)) < 0.2, generator.lognormal(0, 1, 60))
    relaxation = Relaxation(places, weights, number=4, time_limit_s=60)
    for dropped, taken in (([], []), ([1], []), ([1, 5], [2]), ([], [2, 7]), ([0, 3, 4], [8]), ([], [])):
        candidates = Candidates.all(12).drop(dropped).take(taken)
        most = max(
            weights[places[:, [*taken, *more]].sum(axis=1) > 0].sum()
            for more in itertools.combinations(np.flatnonzero(candidates.undecided), 4 - len(taken))
        )
        for steps in (0, 1, 5, None):
            prices = relaxation.prices(candidates, most_steps=steps)
            assert prices.bound >= most * (1 - 1e-12)
        # what is dropped or taken for good belongs to no choice, or every choice, that covers as much
        narrowed = prices.narrowed(most)
        assert any(
            weights[places[:, [*np.flatnonzero(narrowed.taken), *more]].sum(axis=1) > 0].sum() >= most * (1 - 1e-12)
            for more in itertools.combinations(np.flatnonzero(narrowed.undecided), 4 - int(narrowed.taken.sum()))
        )


@pytest.mark.parametrize("seed", range(6))
def test_no_swap_betters_an_improved_choice(seed: int) -> None:
    generator = np.random.default_rng(seed)
    places, weights = merge_equal_places(generator.random((200, 30)) < 0.1, generator.lognormal(0, 1, 200))
    swaps = Swaps(places, weights)
    start = np.arange(30) < 3
    shares = generator.random(30)
    for chosen in (
        swaps.improved(start, number=6),
        swaps.shaken(start, number=6, rng=generator),
        swaps.drawn(start, shares, number=6, rng=generator),
    ):
        assert chosen.sum() == 6
        most = weights[places[:, chosen].sum(axis=1) > 0].sum()
        assert swaps.covered(chosen) == pytest.approx(most)
        for leave, come in itertools.product(np.flatnonzero(chosen), np.flatnonzero(~chosen)):
            other = chosen.copy()
            other[[leave, come]] = False, True
            assert weights[places[:, other].sum(axis=1) > 0].sum() <= most * (1 + 1e-12)


def test_a_search_that_is_stopped_says_how_far_it_came() -> None:
    generator = np.random.default_rng(3)
    reach = scipy.sparse.csr_array(generator.random((400, 150)) < 0.05)
    weights = generator.lognormal(0, 1, 400)
    stopped = cover_most(reach, weights, number=30, time_limit_s=0.2)
    greedy = cover_most(reach, weights, number=30, time_limit_s=0)
    assert stopped.status == "time_limit"
    assert greedy.objective <= stopped.objective < stopped.bound <= greedy.bound
    assert weights[(reach[:, stopped.chosen].sum(axis=1) > 0)].sum() == pytest.approx(stopped.objective)


def test_no_site_is_chosen_that_adds_nothing() -> None:
    # two halves reach all; the greedy choice begins with pieces of both and needs five
    halves = np.repeat([0, 1], 14)
    pieces = np.tile([2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 5], 2)
    reach = scipy.sparse.csr_array((halves[:, None] == np.arange(6)) | (pieces[:, None] == np.arange(6)))
    assert len(cover_most(reach, np.ones(28), number=4, time_limit_s=0).chosen) == 4
    for number in (2, 3):
        sited = cover_most(reach, np.ones(28), number=number, time_limit_s=60)
        assert sited.chosen.tolist() == [0, 1]
        assert (sited.objective, sited.status) == (28.0, "optimal")


def test_the_bound_of_a_greedy_choice_is_at_most_all_weight() -> None:
    reach = scipy.sparse.csr_array(np.array([[1, 1, 0], [1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]))
    sited = cover_most(reach, np.ones(5), number=2, time_limit_s=0)
    assert (sited.objective, sited.bound, sited.status) == (4.0, 5.0, "greedy")


def fewest_by_model(reach: scipy.sparse.csr_array) -> int:
    number = reach.shape[1]
    model = scipy.optimize.milp(
        np.ones(number),
        integrality=np.ones(number),
        bounds=scipy.optimize.Bounds(0, 1),
        constraints=scipy.optimize.LinearConstraint(reach.astype(np.float64), 1, np.inf),
    )
    return round(model.fun)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("near", [True, False])
def test_a_sweep_finds_what_a_whole_number_model_finds(seed: int, *, near: bool) -> None:
    if near:  # a county; else places and candidates that lie along no line at all
        villages, candidates = random_case(seed, n_villages=400, n_candidates=130)
        reach = reached_by(villages, candidates, 1400)
    else:
        reach = np.random.default_rng(seed).random((150, 60)) < 0.1
    reach = scipy.sparse.csr_array(reach[reach.any(axis=1)])
    sited = cover_all(reach, time_limit_s=60)
    assert sited.status == "optimal"
    assert sited.objective == sited.bound == len(sited.chosen) == fewest_by_model(reach)
    assert (reach[:, sited.chosen].sum(axis=1) > 0).all()


@pytest.mark.parametrize(
    "limit",
    [
        {"_MOST": 300, "_FEW_AT_ONCE": 100},
        {"_MOST_IN_ALL": 5_000},
        {"_FEW": 3, "_MANY": 5},
        {"_FEW": 3, "_MANY": 5, "_FEW_AT_ONCE": 50},
    ],
)
def test_a_sweep_that_is_given_up_leaves_the_answer_to_a_model(
    limit: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in limit.items():
        monkeypatch.setattr(_siting_sweep, name, value)
    villages, candidates = random_case(5, n_villages=400, n_candidates=130)
    reach = reached_by(villages, candidates, 1400)
    reach = scipy.sparse.csr_array(reach[reach.any(axis=1)])
    sited = cover_all(reach, time_limit_s=60)
    assert sited.status == "optimal"
    assert sited.objective == sited.bound == fewest_by_model(reach)


def test_a_sweep_without_time_says_how_far_it_came() -> None:
    villages, candidates = random_case(1, n_villages=1500, n_candidates=400)
    reach = reached_by(villages, candidates, 900)
    reach = scipy.sparse.csr_array(reach[reach.any(axis=1)])
    stopped, solved = (cover_all(reach, time_limit_s=limit) for limit in (0.02, 60))
    assert stopped.status == "time_limit"
    assert stopped.bound <= solved.objective <= stopped.objective
    assert (reach[:, stopped.chosen].sum(axis=1) > 0).all()


def test_reductions_keep_the_optimum() -> None:
    villages, candidates = random_case(3, n_villages=300, n_candidates=120)
    places, sites = (shapely.get_coordinates(table.geometry.array) for table in (villages, candidates))
    reach = reach_matrix(places, sites, radius_m=1100)
    reach = reach[np.flatnonzero(np.diff(reach.indptr) > 0)]
    reduced = reduce_cover(reach)
    assert len(reduced.rows) < reach.shape[0] / 4
    whole = scipy.optimize.milp(
        np.ones(120),
        integrality=1,
        bounds=(0, 1),
        constraints=scipy.optimize.LinearConstraint(reach, 1, np.inf),
        options={"mip_rel_gap": 0},
    )
    assert cover_all(reach, time_limit_s=60).objective == round(whole.fun)
    merged, weights = merge_equal_places(reach, np.ones(reach.shape[0]))
    assert weights.sum() == reach.shape[0]
    assert merged.shape[0] < reach.shape[0]


def test_greedy_answers_say_so_and_stay_within_their_bounds() -> None:
    villages, candidates = random_case(5, n_villages=400, n_candidates=150)
    options = {"radius_m": 1300.0}
    best = gp.audit.maximal_covering(villages, candidates, number=12, **options)
    quick = gp.audit.maximal_covering(villages, candidates, number=12, time_limit_s=0, **options)
    assert (best.status, quick.status) == ("optimal", "greedy")
    # greedy reaches at least 1 - 1/e of the optimum (Nemhauser, Wolsey and Fisher 1978)
    assert 0.632 * best.objective <= quick.objective <= best.objective <= quick.bound
    fewest = gp.audit.set_covering(villages, candidates, skip_unreachable=True, **options)
    rough = gp.audit.set_covering(villages, candidates, skip_unreachable=True, time_limit_s=0, **options)
    assert rough.bound <= fewest.objective <= rough.objective
    assert rough.villages["covered"].equals(fewest.villages["covered"])


@pytest.mark.parametrize("seed", range(5))
def test_the_top_site_covers_most_uncovered_people(seed: int) -> None:
    villages, candidates = random_case(seed, n_villages=80, n_candidates=20)
    existing = candidates.iloc[:3]
    near = reached_by(villages, candidates, 1800)
    uncovered = ~near[:, :3].any(axis=1)
    alone = (near & uncovered[:, None]).T @ villages["population"].to_numpy()
    ranked = gp.audit.rank_sites(villages, candidates, radius_m=1800, existing=existing)
    assert ranked["rank"].tolist() == list(range(1, 21))
    assert ranked["candidate_id"].iloc[0] == candidates["candidate_id"].iloc[int(np.argmax(alone))]
    assert ranked["added"].iloc[0] == alone.max()
    assert (np.diff(ranked["added"]) <= 0).all()
    assert ranked["added"].sum() == villages.loc[uncovered & near.any(axis=1), "population"].sum()
    assert ranked.set_index("candidate_id")["alone"].reindex(candidates["candidate_id"]).tolist() == alone.tolist()


def test_order_of_rows_changes_nothing() -> None:
    villages, candidates = random_case(9, n_villages=200, n_candidates=60)
    one = gp.audit.maximal_covering(villages, candidates, number=8, radius_m=1500)
    two = gp.audit.maximal_covering(
        villages.sample(frac=1, random_state=1), candidates.sample(frac=1, random_state=2), number=8, radius_m=1500
    )
    assert one.sites["candidate_id"].tolist() == two.sites["candidate_id"].tolist()
    assert one.villages.equals(two.villages)


def test_what_cannot_be_sited_is_named() -> None:
    villages, candidates = random_case(1, n_villages=30, n_candidates=4)
    with pytest.raises(gp.InfeasibleError, match=r"within 200 m of \d+ villages: V0"):
        gp.audit.set_covering(villages, candidates, radius_m=200)
    with pytest.raises(gp.InputError, match="radius_m is -1"):
        gp.audit.set_covering(villages, candidates, radius_m=-1)
    with pytest.raises(gp.InputError, match="number of sites is -2"):
        gp.audit.maximal_covering(villages, candidates, number=-2, radius_m=500)
    with pytest.raises(gp.InputError, match="no column 'households'"):
        gp.audit.maximal_covering(villages, candidates, number=2, radius_m=500, weight="households")
    villages.loc[3, "population"] = -5
    with pytest.raises(gp.InputError, match=r"1 villages have no usable population .* V0003: -5"):
        gp.audit.maximal_covering(villages, candidates, number=2, radius_m=500)
    with pytest.raises(gp.CRSError):
        gp.audit.set_covering(villages, candidates.to_crs(4326), radius_m=500)


def test_nothing_to_site_is_an_answer() -> None:
    villages, candidates = random_case(2, n_villages=20, n_candidates=5)
    everywhere = gp.audit.set_covering(villages, candidates, radius_m=500, existing=villages)
    assert len(everywhere.sites) == 0
    assert everywhere.villages["covered"].all()
    nobody = gp.audit.maximal_covering(villages, candidates, number=0, radius_m=500)
    assert (len(nobody.sites), nobody.objective) == (0, 0)
    empty = cover_most(scipy.sparse.csr_array((0, 5)), np.zeros(0), number=3, time_limit_s=5)
    assert len(empty.chosen) == 0
