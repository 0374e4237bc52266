"""A bar appears by itself after two seconds, only where a person sees it, and leaves nothing behind."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from steps.terminals import environment, on_pipes, on_terminal, seen

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

SLOW = """
import sys, time
import gridpart as gp
from gridpart.steps import counted, figures, step, task

@task("audit", steps=("claims", "noding", "faces"))
def audit(*, lang=None):
    step("claims")
    time.sleep(0.2)
    step("noding")
    time.sleep(3.5)  # one step that does not say anything
    step("faces")
    for number in counted("units", range(20_000)):
        if number % 100 == 0:
            time.sleep(0.002)
    {end}

{call}
print("done")
"""
FRAME = re.compile(r"\|([^|]*)\| (\d)/3  (\d):(\d\d)  (Audit: [^|\r]*)")


def slow(end: str = "pass", call: str = "audit()") -> str:
    return SLOW.format(end=end, call=call)


def test_a_bar_appears_after_two_seconds_on_a_terminal_and_leaves_nothing_behind() -> None:
    written = on_terminal(slow())
    frames = FRAME.findall(written)
    assert frames, written
    # in the middle of a step that says nothing, not before two seconds
    _, done, minutes, seconds, text = frames[0]
    assert (text.strip(), done) == ("Audit: all borders laid together", "1")
    assert 2 <= 60 * int(minutes) + int(seconds) <= 30
    assert any(re.match(r"Audit: banks counted at every place · units [\d,]+/20,000", text) for *_, text in frames)
    # while rows are counted, the bar goes on between two steps
    assert len({filled for filled, done, *_ in frames if done == "2"}) > 1
    assert seen(written) == "done"


@pytest.mark.parametrize(
    ("call", "given"),
    [
        ("audit()", {"GRIDPART_PROGRESS": "off"}),
        ("with gp.progress('off'): audit()", {}),
        ("with gp.progress(lambda report: None): audit()", {}),
    ],
)
def test_a_bar_can_be_switched_off(call: str, given: dict[str, str]) -> None:
    assert on_terminal(slow(call=call), given) == "done\r\n"


def test_nothing_is_written_to_pipes_unless_asked_for() -> None:
    ran = on_pipes(slow())
    assert (ran.stdout, ran.stderr) == ("done\n", "")
    ran = on_pipes(slow(call="with gp.progress('on'): audit()"))
    assert ran.stdout == "done\n"
    assert FRAME.search(ran.stderr)


def test_a_bar_speaks_the_language_of_the_call_or_of_the_system() -> None:
    assert re.search(r"0:\d\d  覆盖核查：", on_terminal(slow(call="audit(lang='zh-Hans')")))
    assert re.search(r"0:\d\d  覆蓋核查：", on_terminal(slow(), {"LC_ALL": "zh_TW.UTF-8"}))
    assert re.search(r"0:\d\d  覆盖核查：", on_terminal(slow(), {"GRIDPART_LANG": "zh-Hans"}))


def test_an_error_takes_the_bar_away() -> None:
    written = on_terminal(slow(end="raise ValueError(number)"))
    assert FRAME.search(written)
    after = written.rpartition("Traceback (most recent call last)")[2]
    assert seen(written) == "ValueError: 19999"
    assert "Audit:" not in after
    # the traceback begins on a line that was wiped
    assert re.search(r"\r +\rTraceback", written)


def test_ctrl_c_takes_the_bar_away_and_the_next_call_has_one_of_its_own() -> None:
    call = "try: audit()\nexcept KeyboardInterrupt: print('stopped', flush=True)\naudit()"
    written = on_terminal(slow(call=call), interrupt_at="all borders laid together")
    first, _, second = written.partition("stopped")
    assert re.search(r"\r +\r$", first)
    assert FRAME.search(second)
    assert seen(written) == "done"


def test_a_search_without_known_end_shows_figures_and_no_bar() -> None:
    script = """
import time
from gridpart.steps import figures, task

@task("maximal_covering")
def search():
    for number in range(13):
        figures("cases", closed=100 * number, gap=0.13 - number / 100)
        time.sleep(0.2)

search()
"""
    written = on_terminal(script)
    assert re.search(r"0:\d\d  Siting for the most people · 1,?\d\d\d cases closed, gap \d\.\d%", written), written
    assert "|" not in written
    assert "100%" not in written


def test_a_call_goes_on_where_standard_error_has_gone() -> None:
    command = [sys.executable, "-c", slow(call="with gp.progress('on'): audit()")]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        while b"0:0" not in running.stderr.read1():
            pass
        running.stderr.close()
        assert running.stdout.read() == b"done\n"


def test_several_calls_at_once_have_a_line_each() -> None:
    call = "with ThreadPoolExecutor(2) as pool: list(pool.map(lambda _: audit(), range(2)))"
    written = on_terminal("from concurrent.futures import ThreadPoolExecutor\n" + slow(call=call))
    assert len(FRAME.findall(written)) > 2
    assert "\n" in written.partition("done")[0]  # the second bar stands a line lower
    assert seen(written) == "done"


def test_workers_of_a_pool_draw_nothing() -> None:
    script = f"""
import multiprocessing
{slow(call="")}
if __name__ == "__main__":
    worker = multiprocessing.get_context("fork").Process(target=audit)
    worker.start()
    worker.join()
"""
    assert on_terminal(script) == "done\r\n"


def test_the_command_line_shows_steps_in_its_own_bar() -> None:
    script = slow(call="").replace("print", "#") + (
        "from gridpart.cli.console import Output\nwith Output(lang='zh-Hans').step('核查'): audit()\n"
    )
    written = on_terminal(script)
    assert "覆盖核查：合并全部边界" in written
    assert re.search(r"覆盖核查：逐处统计银行数 · 基本单元 [\d,]+/20,000", written)
    assert not re.search(r"\|.*\| \d/3", written)
    assert re.search(r"\d+\.\d s  核查\r\n$", written)
