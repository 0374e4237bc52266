"""The version of a function: what changes it, and what does not."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from gridpart.scaleout._function import function_version

TEXT = '''
import threading
import networkx as nx
import gridpart as gp
LOCK = threading.Lock()
LIMITS = {"urban": 3, "rural": 2}

class Rule:
    factor = 2
    def apply(self, n): return n * self.factor

def helper(n):
    return n + 1 if n in {"a", "b", "c", "d"} else n

def county(project, *, rule="nearest"):
    """Say what it does."""
    import math  # a comment
    with LOCK:
        return [helper(n) + Rule().apply(n) * LIMITS["urban"] for n in nx.Graph()] + [gp.certify, math.pi]
'''


def loaded(folder: Path, text: str, *, name: str = "county_work") -> ModuleType:
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    exec(compile(text, path, "exec"), vars(module))
    return module


def test_comments_places_and_lines_do_not_count(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    before = function_version(loaded(tmp_path, TEXT).county)
    assert function_version(loaded(other, "\n\n" + TEXT.replace("# a comment", "")).county) == before
    assert before["package networkx"]
    assert not [name for name in before if "gridpart" in name]


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("* LIMITS", "+ LIMITS", "county_work.county: code"),
        ('rule="nearest"', 'rule="admin"', "county_work.county: default rule"),
        ("n + 1", "n + 2", "county_work.helper: code"),
        ('"d"}', '"e"}', "county_work.helper: code"),
        ('"rural": 2', '"rural": 1', "county_work.LIMITS"),
        ("factor = 2", "factor = 3", "county_work.Rule.factor"),
        ("n * self", "n + self", "county_work.Rule.apply: code"),
    ],
)
def test_what_it_reads_and_calls_counts(tmp_path: Path, old: str, new: str, name: str) -> None:
    before = function_version(loaded(tmp_path, TEXT).county)
    after = function_version(loaded(tmp_path, TEXT.replace(old, new)).county)
    assert [key for key in before if before[key] != after.get(key)] == [name]


def test_arguments_outer_variables_and_selves_count() -> None:
    def made(limit: object) -> dict[str, str]:
        return function_version(lambda project: (project, limit))

    assert made({"a": 1, "b": 2}) == made({"b": 2, "a": 1})
    assert made([1, 2]) != made([2, 1])
    assert made(1) != made(1.0)
    assert made(threading.Lock()) == made(threading.Lock())
    assert function_version(partial(sorted, key=len)) != function_version(partial(sorted, key=str))
    assert function_version("a".join) != function_version("b".join)


def test_a_module_beside_the_script_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    text = "def county(project):\n    import beside_it\n    return beside_it.work(project)\n"
    (tmp_path / "beside_it.py").write_text("def work(p): return 1", encoding="utf-8")
    before = function_version(loaded(tmp_path, text).county)
    (tmp_path / "beside_it.py").write_text("def work(p): return 2", encoding="utf-8")
    after = function_version(loaded(tmp_path, text).county)
    assert [key for key in before if before[key] != after.get(key)] == ["module beside_it"]


def test_it_does_not_depend_on_the_process(tmp_path: Path) -> None:
    (tmp_path / "county_work.py").write_text(TEXT, encoding="utf-8")
    code = "import county_work, gridpart.scaleout._function as f; print(f.function_version(county_work.county))"
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
