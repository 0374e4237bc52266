"""What listeners are told: every step in order, totals reached, how a call ended."""

from __future__ import annotations

import ast
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import pytest
import shapely
from square_counties import outlets_of, square_county

import gridpart as gp
from gridpart.steps import counted, figures, step, task, working
from gridpart.steps.audience import Audience, language_of, shows_bar
from gridpart.steps.words import NAMES, NOTES

PACKAGE = Path(__file__).resolve().parents[2] / "gridpart"
BANKS = ("A", "B", "C")


def told(call: Callable[[], object]) -> list[gp.Progress]:
    reports: list[gp.Progress] = []
    with gp.progress(reports.append):
        call()
    return reports


@pytest.fixture
def county() -> gp.Project:
    area, units = square_county(3, columns=8, rows=6)
    outlets = outlets_of(3, banks=BANKS, each=4, width_m=8000, height_m=6000)
    project = gp.Project("squares", area.assign(area_id="1"), units=units, outlets=outlets)
    project.partition(rule="nearest", units=None)
    return project


def test_an_audit_tells_its_steps_in_order(county: gp.Project) -> None:
    reports = told(lambda: gp.audit_grids(county.grids, county.service_area, units=county.units))
    call = [report for report in reports if report.outer is None]
    assert [(report.kind, report.step, report.done, report.total) for report in call] == [
        ("begin", None, 0, 4),
        ("step", "claims", 0, 4),
        ("step", "noding", 1, 4),
        ("step", "faces", 2, 4),
        ("step", "points", 3, 4),
        ("end", None, 4, 4),
    ]
    assert {report.task for report in call} == {"audit"}
    claims = [report for report in reports if report.task == "claims"]
    assert all(report.outer is not None and report.outer.step == "claims" for report in claims)
    assert (claims[-1].kind, claims[-1].done, claims[-1].total) == ("end", 3, 3)


def test_every_bank_is_counted_and_its_rule_is_part_of_the_count(county: gp.Project) -> None:
    reports = told(lambda: county.partition(rule="nearest", units=None))
    assert [report.done for report in reports if report.task == "bank_grids" and report.kind != "begin"][-1] == 3
    rules = [report for report in reports if report.task == "nearest" and report.kind == "begin"]
    assert [report.call.done for report in rules] == [0, 1, 2]
    assert {report.depth for report in rules} == {1}
    shares = [report.share or 0.0 for report in reports]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


RULES = ("nearest", "admin", "travel_time", "balanced", "aggregate", "wellfield")


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_reaches_its_total_step_by_step(county: gp.Project, rule: str) -> None:
    project = gp.sample_project(seed=1) if rule == "travel_time" else county
    options = {"admin": {"by": "township_id"}, "aggregate": {"tolerance": 5.0, "shared_units": "merge"}}.get(rule, {})
    reports = [report for report in told(lambda: project.partition(rule=rule, **options)) if report.task == rule]
    assert reports[-1].kind == "end"
    steps = [report.step for report in reports if report.kind == "step"]
    total = reports[0].total
    assert total is not None
    # every bank goes through all steps in the same order
    first = steps[:total]
    assert len(set(first)) == total
    assert steps == first * (len(steps) // total)


def test_files_projects_and_atlases_tell_what_they_are_at(county: gp.Project, tmp_path: Path) -> None:
    path = tmp_path / "county.gpkg"
    saved = told(lambda: county.save(path))
    assert [report.step for report in saved if report.kind == "step"] == ["encoding", "writing", "reading_back"]
    opened = told(lambda: gp.open_project(path))
    assert [report.step for report in opened if report.kind == "step"] == ["tables", "grids"]
    tables = [report for report in opened if report.task == "tables"]
    assert tables[-1].kind == "end"
    assert tables[-1].done == tables[-1].total
    read = told(lambda: gp.read_units(path))
    assert [report.step for report in read if report.kind == "step"] == ["file", "coordinates", "columns", "checks"]
    drawn = told(lambda: gp.build_atlas(county, tmp_path / "atlas", formats=("html",)))  # Chinese unless asked for
    pages = [report for report in drawn if report.task == "pages"]
    assert (pages[-1].kind, pages[-1].done, pages[-1].total) == ("end", 7, 7)
    assert drawn[-1].text() == "地图集"


def test_an_error_ends_every_task_and_the_next_call_is_a_call_of_its_own(county: gp.Project) -> None:
    outlets = county.outlets.copy()
    outlets.loc[5:, "geometry"] = outlets.geometry.iloc[5]
    broken = gp.Project("broken", county.service_area, outlets=outlets)
    reports: list[gp.Progress] = []
    with gp.progress(reports.append):
        with pytest.raises(gp.InputError, match="Bank "):
            broken.partition(rule="nearest")
        assert [(report.kind, report.task) for report in reports][-1] == ("stopped", "bank_grids")
        assert reports[-1].done < (reports[-1].total or 0)
        gp.certify(county.grids["A"].cells, county.service_area)
    assert [(report.kind, report.task, report.depth) for report in reports[-2:]] == [
        ("begin", "certify", 0),
        ("end", "certify", 0),
    ]


def test_a_loop_that_an_error_leaves_open_ends_with_its_task() -> None:
    kept = []

    @task("audit", steps=("claims",))
    def fails() -> None:
        step("claims")
        loop = counted("claims", [1, 2, 3])
        kept.append(loop)  # as a debugger does
        for _ in loop:
            message = "left"
            raise ValueError(message)

    with gp.progress(lambda _report: None):
        with pytest.raises(ValueError, match="left"):
            fails()
        reports = told(lambda: working("clean").__enter__().__exit__(None, None, None))
        kept.clear()
        assert [report.depth for report in reports] == [0, 0]
        assert told(lambda: working("clean").__enter__().__exit__(None, None, None))[0].depth == 0


def test_what_a_listener_raises_stops_the_call(county: gp.Project) -> None:
    class CancelledError(Exception):
        pass

    def listener(report: gp.Progress) -> None:
        if report.step == "faces" and report.kind == "step":
            raise CancelledError

    with gp.progress(listener), pytest.raises(CancelledError, match=r"^$"):
        gp.audit_grids(county.grids, county.service_area)
    assert told(lambda: gp.audit_grids(county.grids, county.service_area))[-1].kind == "end"


def test_results_do_not_depend_on_who_is_told(county: gp.Project) -> None:
    quiet = gp.audit_grids(county.grids, county.service_area, units=county.units)
    with gp.progress(lambda _report: None):
        heard = gp.audit_grids(county.grids, county.service_area, units=county.units)
        grid = gp.partition.nearest(county.service_area, county.outlets[county.outlets["bank_id"] == "A"])
    assert heard.faces.to_wkb().equals(quiet.faces.to_wkb())
    assert grid.digest == county.grids["A"].digest
    assert "progress" not in str(grid.provenance)


def test_threads_do_not_hear_each_other() -> None:
    heard: dict[str, set[str]] = {"one": set(), "two": set()}
    both = threading.Barrier(2)

    def work(name: str, task_name: str) -> None:
        with gp.progress(lambda report: heard[name].add(report.task)), working(task_name):
            both.wait(10)  # both calls are under way
            with working("certify"):
                both.wait(10)

    threads = [threading.Thread(target=work, args=pair) for pair in (("one", "audit"), ("two", "atlas"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert heard == {"one": {"audit", "certify"}, "two": {"atlas", "certify"}}


def test_counts_are_told_ten_times_a_second_at_most_and_at_the_end() -> None:
    def count() -> None:
        with working("audit") as whole:
            for _ in counted("units", range(200_000)):
                pass
            whole.figures("cases", closed=7, gap=0.5)

    begun = time.monotonic()
    reports = told(count)
    seconds = time.monotonic() - begun
    counts = [report for report in reports if report.kind == "count"]
    assert len(counts) <= 10 * seconds + 2
    assert [report for report in reports if report.task == "units"][-1].done == 200_000


def test_texts_are_in_three_languages() -> None:
    def call() -> None:
        with working("audit", steps=("claims", "noding")) as whole:
            whole.step("noding")
            with working("units", total=2000) as inner:
                inner.count(1000)
                inner.figures("rounds", rounds=3, deviation=0.0214)

    with gp.progress(lang="zh-Hant"):
        last = told(call)[-2]
    assert last.call.text("en") == "Audit: all borders laid together"
    assert last.text("en") == "Audit: all borders laid together · units 2,000/2,000 · round 3, largest deviation 2.1%"
    assert last.text("zh-Hans") == "覆盖核查：合并全部边界 · 基本单元 2,000/2,000 · 第 3 轮，最大偏差 2.1%"
    assert last.text() == "覆蓋核查：合併全部邊界 · 基本單元 2,000/2,000 · 第 3 輪，最大偏差 2.1%"
    assert last.share == 1.0


@pytest.mark.parametrize(
    ("variables", "lang"),
    [
        ({"LC_ALL": "zh_CN.UTF-8"}, "zh-Hans"),
        ({"LANG": "zh_HK.UTF-8"}, "zh-Hant"),
        ({"LC_ALL": "Chinese (Traditional)_Taiwan.950"}, "zh-Hant"),
        ({"LC_ALL": "Chinese (Simplified)_China.936"}, "zh-Hans"),
        ({"LC_ALL": "de_DE.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "de_DE.UTF-8", "GRIDPART_LANG": "zh-Hans"}, "zh-Hans"),
    ],
)
def test_the_language_is_that_of_the_system_if_nobody_says(
    variables: dict[str, str], lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GRIDPART_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert language_of(Audience(), None) == lang
    assert language_of(Audience(), "en") == "en"
    assert language_of(Audience(lang="zh-Hant"), "en") == "zh-Hant"


def test_unknown_choices_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(gp.InputError, match="progress is 'loud'; it must be one of auto, on, off"):  # noqa: SIM117
        with gp.progress("loud"):  # type: ignore[arg-type]
            pass
    with pytest.raises(gp.InputError, match="unknown language 'fr'"):  # noqa: SIM117
        with gp.progress(lang="fr"):  # type: ignore[arg-type]
            pass
    monkeypatch.setenv("GRIDPART_PROGRESS", "none")
    area = gpd.GeoDataFrame({"cell_id": ["1"]}, geometry=[shapely.box(0, 0, 9, 9)], crs=4547)
    with pytest.raises(gp.InputError, match="environment variable GRIDPART_PROGRESS is 'none'"):
        gp.certify(area, area)
    assert told(lambda: gp.certify(area, area))[-1].kind == "end"


@pytest.mark.parametrize("message", ["execute_request", "comm_msg", None])
def test_a_notebook_shows_bars_in_cells_and_not_where_a_button_is_answered(
    message: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = {} if message is None else {"header": {"msg_type": message}}
    shell = SimpleNamespace(kernel=SimpleNamespace(get_parent=lambda: parent))
    monkeypatch.delenv("GRIDPART_PROGRESS")
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert shows_bar(Audience()) is (message != "comm_msg")
    assert shows_bar(Audience(bar="on"))
    shell.kernel = None
    assert not shows_bar(Audience())


def _said() -> tuple[set[str], set[str]]:
    """Names of tasks and steps, and of notes, in the calls of the library's own code."""
    names: set[str] = set()
    notes: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "gridpart.steps import" not in text or path.parent.name == "steps":
            continue
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func).rpartition(".")[2]
            given = [argument.value for argument in node.args[:1] if isinstance(argument, ast.Constant)]
            if called in {"task", "working", "step", "counted", "tell"}:
                names.update(given)
                for keyword in node.keywords:
                    if keyword.arg == "steps" and isinstance(keyword.value, ast.Tuple):
                        names.update(ast.literal_eval(keyword.value))
            elif called == "figures":
                notes.update(given)
    return names, notes


def test_every_name_that_is_said_is_known_and_the_other_way_round() -> None:
    from gridpart.report.monthly import STEPS

    names, notes = _said()
    names |= set(STEPS[:-1])
    assert names - NAMES.keys() == set()
    assert NAMES.keys() - names == set()
    assert notes - NOTES.keys() == set()


def test_a_short_call_costs_nothing_that_can_be_measured() -> None:
    @task("certify", steps=("proof",))
    def short() -> None:
        step("proof")
        figures("cases", closed=1, gap=0.0)

    def microseconds(bar: str) -> float:
        with gp.progress(bar):  # type: ignore[arg-type]
            short()  # starts the thread that watches, if there is one
            begun = time.process_time()
            for _ in range(20_000):
                short()
            return (time.process_time() - begun) / 20_000 * 1e6

    quiet, watched = microseconds("off"), microseconds("on")
    print(f"\n  a task: {quiet:.1f} µs where nobody is told, {watched:.1f} µs where a bar may come")
    assert quiet < 25
    assert watched < 60


def test_tqdm_is_not_imported_before_a_bar_is_shown() -> None:
    from steps.terminals import on_pipes

    ran = on_pipes(
        "import sys, gridpart as gp, shapely, geopandas as gpd\n"
        "area = gpd.GeoDataFrame({'cell_id': ['1']}, geometry=[shapely.box(0, 0, 9, 9)], crs=4547)\n"
        "with gp.progress('on'): gp.certify(area, area)\n"
        "print('tqdm' in sys.modules)"
    )
    assert ran.stdout == "False\n", ran.stderr


def test_the_lines_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (PACKAGE.parent / "docs" / "progress.md").read_text(encoding="utf-8")
    code = page.split("```python\n")[1].partition("```")[0]
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "progress.md", "exec"), {})
    assert (tmp_path / "audit" / "index.html").is_file()
