"""What may be in the repository: small files, no path of one machine, one subject per module."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
MOST_BYTES = 3_000_000
MOST_LINES = 400
# written in parts, so that this file does not find itself
MACHINE_PATH = re.compile("(?<![\\w.~])/(?:work|opt|tmp|root)/" + "[a-z]|/home/" + r"[a-z]+/|[A-Z]:\\Users")
PLACEHOLDER = re.compile(r"\b(?:TO" + "DO|FIX" + "ME|XX" + "X)\\b|raise Not" + "ImplementedError")


def kept_files() -> list[Path]:
    """Files under version control; in an unpacked archive, every file."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=False)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
        return [path for name in names if (path := REPOSITORY / name).is_file()]
    left_out = {".venv", "out", "build", "dist"}
    return [path for path in REPOSITORY.rglob("*") if path.is_file() and not left_out & set(path.parts)]


FILES = kept_files()
SOURCES = [path for path in FILES if path.suffix == ".py" and "gridpart" in path.relative_to(REPOSITORY).parts[:1]]


def text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def named(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def test_no_file_is_large() -> None:
    assert [(named(path), path.stat().st_size) for path in FILES if path.stat().st_size > MOST_BYTES] == []


def test_no_path_of_one_machine() -> None:
    found = [
        f"{named(path)}:{number}: {line.strip()[:120]}"
        for path in FILES
        if (text := text_of(path)) is not None
        for number, line in enumerate(text.splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]
    assert found == []


def test_pins_name_versions_and_no_host() -> None:
    lines = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").split()
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []


def test_no_placeholder_is_left() -> None:
    assert [named(path) for path in SOURCES if PLACEHOLDER.search(path.read_text(encoding="utf-8"))] == []


def test_no_module_is_long() -> None:
    long = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in long.items() if lines > MOST_LINES} == {}


def test_no_error_is_swallowed() -> None:
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler):
                names = ast.unparse(node.type) if node.type else "everything"
                if names in {"Exception", "BaseException", "everything"}:
                    found.append(f"{named(path)}:{node.lineno}")
    assert found == []


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".ipynb"], ids=named)
def test_notebooks_store_no_outputs(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []


@pytest.mark.parametrize("name", [".ci/run", "tools/system-packages.sh"])
def test_scripts_can_be_run(name: str) -> None:
    path = REPOSITORY / name
    assert path.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n")
    assert path.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(path)], check=True)
