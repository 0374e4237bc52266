"""Errors speak the reader's language: each is raised with a message, and reads well in both scripts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from gridpart import errors

PACKAGE = Path(errors.__file__).parent

SPEAKING = (
    "partition",
    "inputs",
    "tables",
    "geo",
    "coverage",
    "profiles",
    "viewer",
    "steps",
    "audit",
    "ledger",
    "staffing",
    "project",
    "studio",
    "atlas",
    "report",
    "cli",
    "scaleout",
)
"""Packages whose every error is made by `say`."""

EXEMPT: dict[str, str] = {}
"""Errors made of something else, as ``path: function``, with the reason."""

VALIDATING = {"profiles": {"ValueError"}}
"""Errors that pydantic asks of validators; a planner reads what they say in a `ProfileError`."""

REASONED = {"studio": {"Refusal"}}
"""Errors that make their message themselves, of a key and values (`tests/studio/test_refusals.py` looks at each)."""

MAKERS = {"say", "Joined"}
"""What makes a message."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def trees() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(PACKAGE.rglob("*.py"))]


@cache
def error_classes() -> set[str]:
    """Names of the error classes: those of errors.py, and what derives from them in any package."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    known = {name for name, value in vars(errors).items() if isinstance(value, type)}
    while more := {name for name, above in bases.items() if above & known} - known:
        known |= more
    return known


def is_message(node: ast.expr, function: ast.AST) -> bool:
    """Tell whether an expression is a message: made on the spot, of a variable, or of a parameter declared as one."""
    if isinstance(node, ast.IfExp):
        return is_message(node.body, function) and is_message(node.orelse, function)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in MAKERS
    if not isinstance(node, ast.Name):
        return False
    declared = [arg for arg in ast.walk(function) if isinstance(arg, ast.arg) and arg.arg == node.id]
    if declared:
        return all(arg.annotation is not None and ast.unparse(arg.annotation) == "Message" for arg in declared)
    assigned = [
        step.value
        for step in ast.walk(function)
        if isinstance(step, ast.Assign) and any(isinstance(to, ast.Name) and to.id == node.id for to in step.targets)
    ]
    return bool(assigned) and all(is_message(value, function) for value in assigned)


def silent_errors(tree: ast.Module, classes: set[str]) -> Iterator[tuple[str, str]]:
    """Function and text of each error that is made of something else than a message."""
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in classes):
            continue
        around = [one for one in functions if one.lineno <= node.lineno <= (one.end_lineno or 0)]
        inner = max(around, key=lambda one: one.lineno) if around else tree
        if not node.args or not is_message(node.args[0], inner):
            yield getattr(inner, "name", "module"), ast.unparse(node)


@pytest.mark.parametrize("package", SPEAKING)
def test_every_error_is_raised_with_a_message(package: str) -> None:
    classes = (error_classes() | VALIDATING.get(package, set())) - REASONED.get(package, set())
    silent = {
        f"{path.relative_to(PACKAGE)}: {function}": text
        for path, tree in trees()
        if path.is_relative_to(PACKAGE / package)
        for function, text in silent_errors(tree, classes)
    }
    assert {place: text for place, text in silent.items() if place not in EXEMPT} == {}


def test_no_exemption_is_out_of_date() -> None:
    classes = error_classes()
    silent = {
        f"{path.relative_to(PACKAGE)}: {function}"
        for path, tree in trees()
        for function, _ in silent_errors(tree, classes)
    }
    assert sorted(EXEMPT.keys() - silent) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('def f(n):\n    raise InputError(f"{n} rows")', 1),
        ('def f(n):\n    message = f"{n} rows"\n    raise InputError(message)', 1),
        ("def f(n):\n    raise CertificateError(str(n), n)", 1),
        ("def f(message: str):\n    return InputError(message)", 1),
        ('def f(n):\n    message = say("a") if n else "b"\n    raise InputError(message)', 1),
        ('def f(n):\n    raise InputError(say("{n} rows", n=n))', 0),
        ("def f(message: Message):\n    return InputError(message)", 0),
        ('def f(n):\n    message = say("a") if n else say("b")\n    raise InputError(message)', 0),
        ('def f(error):\n    raise ValueError("not one of ours")', 0),
    ],
)  # fmt: skip
def test_the_walk_finds_errors_without_a_message(code: str, found: int) -> None:
    assert len(list(silent_errors(ast.parse(code), error_classes()))) == found
