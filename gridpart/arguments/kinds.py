"""
What an annotation says that an argument may be: a test, and words for it.

Checkers such as typeguard and beartype hold annotations to the letter: they take a text for a sequence, refuse the
whole numbers of NumPy, a Series as mapping and ids that are numbers, and need packages loaded whose types are named.
"""

from __future__ import annotations

import ast
import datetime as dt
import importlib
import inspect
import numbers
import os
import sys
import types
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np

from gridpart import _typing
from gridpart.i18n import Joined, Message, messages

say = messages("arguments")

SEVERAL = say("several values")
"""What a list, a tuple or an index holds, and a text does not."""


@dataclass(frozen=True)
class Kind:
    """
    What an argument may be.

    Attributes
    ----------
    fits
        Whether a value is of the kind.
    words
        What to call it; several where it may be one of several kinds.
    """

    fits: Callable[[object], bool]
    words: tuple[Message, ...]


_ANYTHING = Kind(lambda _value: True, ())


@cache
def kinds_of(function: Callable[..., object]) -> Mapping[str, Kind]:
    """Return what each parameter takes; those that collect further arguments take anything."""
    home = sys.modules[function.__module__]
    return {
        name: _kind_of(parameter.annotation, home)
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        and parameter.annotation is not parameter.empty
    }


def _kind_of(annotation: Any, home: types.ModuleType) -> Kind:  # noqa: ANN401, PLR0911 - an annotation; one answer each
    """Return the kind that an annotation means; one that cannot be told takes anything."""
    if isinstance(annotation, str):
        return _kind_of_node(ast.parse(annotation.strip(), mode="eval").body, home)
    if annotation is None or annotation is type(None):
        return _NAMED["None"]
    origin, within = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return _either([_kind_of(each, home) for each in within])
    if origin is Literal:
        return _choice(within)
    if origin is tuple:
        return _several(
            [_kind_of(each, home) for each in within if each is not Ellipsis], is_fixed=Ellipsis not in within
        )
    if isinstance(origin, type):
        return _holding(_of_class(origin), [_kind_of(each, home) for each in within])
    return _of_class(annotation) if isinstance(annotation, type) else _ANYTHING


def _kind_of_node(node: ast.expr, home: types.ModuleType) -> Kind:  # noqa: PLR0911 - one answer for each form
    if isinstance(node, ast.BinOp):
        return _either([_kind_of_node(node.left, home), _kind_of_node(node.right, home)])
    if isinstance(node, ast.Constant):
        return _kind_of(node.value, home)
    if isinstance(node, (ast.Name, ast.Attribute)):
        return _kind_of_name(ast.unparse(node), home)
    if isinstance(node, ast.Subscript):
        within = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        name = ast.unparse(node.value)
        if name == "Literal":
            return _choice([each.value for each in within if isinstance(each, ast.Constant)])
        if name == "tuple":
            is_fixed = not any(isinstance(each, ast.Constant) and each.value is Ellipsis for each in within)
            kinds = [_kind_of_node(each, home) for each in within if not isinstance(each, ast.Constant)]
            return _several(kinds, is_fixed=is_fixed)
        return _holding(_kind_of_name(name, home), [_kind_of_node(each, home) for each in within])
    return _ANYTHING


def _kind_of_name(name: str, home: types.ModuleType) -> Kind:
    if name in _NAMED:
        return _NAMED[name]
    first, *rest = name.split(".")
    found: Any = vars(home).get(first, getattr(_typing, first, None))
    if found is None:
        module, attribute = _only_for_types(home).get(first, (None, None))
        if module is None or module.endswith("typing"):
            return _ANYTHING
        if module.split(".")[0] != "gridpart":  # heavy packages are not loaded to look at an argument
            return _called(rest[-1] if rest else attribute or first)
        found = getattr(importlib.import_module(module), attribute or first, None)
    for part in rest:
        found = getattr(found, part, None)
    return _ANYTHING if found is None or found is Any else _kind_of(found, home)


@cache
def _only_for_types(home: types.ModuleType) -> Mapping[str, tuple[str, str | None]]:
    """Return module and name of what a module imports for type checkers alone."""
    try:
        tree = ast.parse(inspect.getsource(home))
    except OSError:  # no source at hand: such arguments are not looked at
        return {}
    blocks = [node.body for node in tree.body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)]
    names: dict[str, tuple[str, str | None]] = {}
    for node in (each for block in blocks for each in block):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.update({alias.asname or alias.name: (node.module, alias.name) for alias in node.names})
        elif isinstance(node, ast.Import):
            names.update({alias.asname or alias.name: (alias.name, None) for alias in node.names})
    return names


def _either(kinds: Sequence[Kind]) -> Kind:
    if _ANYTHING in kinds:
        return _ANYTHING
    words = tuple(word for kind in kinds for word in kind.words)
    if _PATH in kinds and _TEXT in kinds:
        kinds = [*(kind for kind in kinds if kind is not _TEXT), _FILE_NAME]
    return Kind(lambda value: any(kind.fits(value) for kind in kinds), words)


def _holding(kind: Kind, within: Sequence[Kind]) -> Kind:
    """
    Look also at what a mapping, a list or a tuple holds.

    Keys are names, and ids may come as numbers where text is meant: those are for the function to read.
    """
    if kind not in _CONTAINERS or not within or not within[-1].words:
        return kind
    inner = within[-1]
    if kind is not _MAPPING and _TEXT.words[0] in inner.words:
        return kind

    def fits(value: object) -> bool:
        if not kind.fits(value):
            return False
        items = [item for _, item in value.items()] if _is_mapping(value) else value  # type: ignore[attr-defined]
        if not isinstance(items, (list, tuple)):
            return True
        return all(inner.fits(item) for item in items)

    return Kind(fits, (say("{kind} of {items}", kind=kind.words[0], items=Joined(inner.words)),))


def _choice(choices: Sequence[object]) -> Kind:
    types_of = tuple({type(choice) for choice in choices})
    return Kind(
        lambda value: isinstance(value, types_of), (say("one of {choices}", choices=", ".join(map(repr, choices))),)
    )


def _several(kinds: Sequence[Kind], *, is_fixed: bool) -> Kind:
    """Items in a row: as many as there are kinds, or any number of one kind."""
    if not is_fixed or not kinds:
        return _NAMED["Sequence"]

    def fits(value: object) -> bool:
        if not _NAMED["Sequence"].fits(value) or len(value) != len(kinds):  # type: ignore[arg-type]
            return False
        return all(kind.fits(item) for kind, item in zip(kinds, value, strict=True))  # type: ignore[call-overload]

    words = Joined(word for kind in kinds for word in kind.words)
    return Kind(fits, (say("{n} values ({kinds})", n=len(kinds), kinds=words),))


def _called(name: str) -> Kind:
    """What is an instance of a class of this name, its own or one it comes from."""
    return Kind(lambda value: any(each.__name__ == name for each in type(value).__mro__), _words(name))


def _of_class(cls: type) -> Kind:
    if cls is object or getattr(cls, "_is_protocol", False):
        return _ANYTHING
    named = _NAMED.get(cls.__name__)
    return named if named is not None else Kind(lambda value: isinstance(value, cls), _words(cls.__name__))


def _words(name: str) -> tuple[Message, ...]:
    return (_WORDS.get(name) or say("a {kind}", kind=name),)


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _is_day(value: object) -> bool:
    """Whether it can stand for a day, as 20261124 does; `gridpart.tables.day_of` reads all of these."""
    return isinstance(value, (dt.date, np.datetime64)) or _is_whole(value)


def _is_mapping(value: object) -> bool:
    """Whether it gives values by name, as a mapping or a pandas Series does; a table gives whole columns."""
    return isinstance(value, Mapping) or (hasattr(value, "items") and hasattr(value, "index") and not _is_table(value))


def _is_table(value: object) -> bool:
    return hasattr(value, "columns")


def _is_items(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, os.PathLike))


def _is_row(value: object) -> bool:
    is_other = _is_table(value) or hasattr(value, "adjacency") or isinstance(value, (Mapping, set, frozenset))
    return _is_items(value) and isinstance(value, Sized) and not is_other


_TEXT = Kind(lambda value: isinstance(value, str), (say("text"),))
_PATH = Kind(lambda value: isinstance(value, os.PathLike), (say("a path"),))
_DAY = Kind(_is_day, (say("a day such as 2026-11-24"),))
_FILE_NAME = Kind(lambda value: isinstance(value, str) and "\0" not in value, _TEXT.words)
_MAPPING = Kind(_is_mapping, (say("a mapping"),))
_ITEMS = Kind(_is_items, (SEVERAL,))
_ROW = Kind(_is_row, (SEVERAL,))
_CONTAINERS = (_MAPPING, _ITEMS, _ROW)

_WORDS = {"Graph": say("a networkx graph"), "DataFrame": say("a table (DataFrame)")}

_NAMED: dict[str, Kind] = {
    "None": Kind(lambda value: value is None, (say("None"),)),
    "NoneType": Kind(lambda value: value is None, (say("None"),)),
    "str": _TEXT,
    "bool": Kind(lambda value: isinstance(value, (bool, np.bool_)), (say("True or False"),)),
    "int": Kind(_is_whole, (say("a whole number"),)),
    "float": Kind(_is_number, (say("a number"),)),
    "object": _ANYTHING,
    "Any": _ANYTHING,
    "Hashable": Kind(lambda value: isinstance(value, Hashable), (say("a name"),)),
    "Path": _PATH,
    "PathLike": _PATH,
    "os.PathLike": _PATH,
    "Mapping": _MAPPING,
    "dict": _MAPPING,
    "Iterable": _ITEMS,
    "Collection": _ITEMS,
    "Sequence": _ROW,
    "list": _ROW,
    "tuple": _ROW,
    "date": _DAY,
    "dt.date": _DAY,
    "Callable": Kind(callable, (say("a function"),)),
}
