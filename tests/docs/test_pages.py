"""The pages keep their word: named tests exist, links lead somewhere, commands are real, the README's lines run."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from gridpart.cli.app import app

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md")])
READMES = [REPOSITORY / "README.md", REPOSITORY / "README.zh.md"]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def named_tests() -> list[tuple[str, str]]:
    return re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", text_of(REPOSITORY / "docs" / "guarantees.md"))


def test_every_promise_names_a_test() -> None:
    rows = [line for line in text_of(REPOSITORY / "docs" / "guarantees.md").splitlines() if line.startswith("| ")]
    promises = [row for row in rows if not row.startswith("| Promise")]
    assert len(promises) >= 10
    assert [row for row in promises if "::test_" not in row] == []


@pytest.mark.parametrize(("path", "name"), named_tests())
def test_every_test_named_exists(path: str, name: str) -> None:
    tree = ast.parse(text_of(REPOSITORY / path))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)", text_of(page))
    assert [target for target in targets if "://" not in target and not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_commands_exist(page: Path) -> None:
    commands = set(re.findall(r"^\S*gridpart (\w+) ", text_of(page), flags=re.MULTILINE))
    commands -= {"as"}
    assert commands
    assert commands - typer.main.get_command(app).commands.keys() == set()


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_the_first_lines_run(page: Path, tmp_path: Path) -> None:
    code = re.search(r"```python\n(.*?)```", text_of(page), flags=re.DOTALL)
    assert code is not None
    ran = subprocess.run(
        [sys.executable, "-c", code.group(1)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=180,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip()
    assert (tmp_path / "out" / "index.html").is_file()


def test_the_picture_is_small() -> None:
    for picture in (REPOSITORY / "docs" / "images").glob("*.png"):
        assert picture.stat().st_size < 400_000, picture.name
