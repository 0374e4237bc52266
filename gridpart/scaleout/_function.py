"""The version of a function: its code, what it was given, and the code it calls outside installed packages."""

from __future__ import annotations

import dis
import functools
import hashlib
import importlib.util
import pickle
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from importlib import metadata
from pathlib import Path, PurePath
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Literal

_KNOWN = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), Path(__file__).resolve().parent.parent)
_LETTERS = 16


def function_version(function: Callable[..., object]) -> dict[str, str]:
    """
    Return a digest for each thing that the outcome of a function depends on, by a name that people understand.

    That is its code without comments, its defaults, arguments bound with `functools.partial`, values of globals and of
    functions around it that it reads, and the same of every function it calls. Installed packages count by their
    versions, modules beside the script by their whole text, and what cannot be pickled (a lock, a logger) by its type.
    """
    found: dict[str, str] = {}
    _Reading(found).value("function", function)
    return dict(sorted(found.items()))


class _Reading:
    """One walk through a function and what it reads."""

    def __init__(self, found: dict[str, str]) -> None:
        self._found = found
        self._seen: set[int] = set()

    def value(self, name: str, value: Any) -> None:  # noqa: ANN401 - anything a function can read
        """Note a value, or what a function, class or module consists of."""
        if isinstance(value, functools.partial):
            self.value(name, value.func)
            self._values(f"{name}: argument", enumerate(value.args))
            self._values(f"{name}: argument", value.keywords.items())
        elif isinstance(value, MethodType):
            self.value(name, value.__func__)
            self.value(f"{name}: self", value.__self__)
        elif isinstance(value, FunctionType):
            self._function(value)
        elif isinstance(value, ModuleType):
            self._module(value.__name__, getattr(value, "__file__", None))
        elif isinstance(value, type):
            self._class(value)
        else:
            self._found[name] = _digest(value)
            if callable(value) and not isinstance(value, BuiltinFunctionType):
                self.value(name + ": class", type(value))

    def _values(self, prefix: str, values: Iterable[tuple[object, object]]) -> None:
        for key, value in values:
            self.value(f"{prefix} {key}", value)

    def _function(self, function: FunctionType) -> None:
        if id(function) in self._seen:
            return
        self._seen.add(id(function))
        if _home(function.__code__.co_filename) != "own":
            self._module(function.__module__, function.__code__.co_filename)
            return
        name = f"{function.__module__}.{function.__qualname__}"
        self._found[f"{name}: code"] = _short(_of_code(function.__code__))
        self._values(f"{name}: default", enumerate(function.__defaults__ or ()))
        self._values(f"{name}: default", (function.__kwdefaults__ or {}).items())
        for variable, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                content = cell.cell_contents
            except ValueError:  # not assigned yet
                continue
            self.value(f"{name}: {variable}", content)
        for code in _codes(function.__code__):
            for variable in code.co_names:
                if variable in function.__globals__:
                    self.value(f"{function.__module__}.{variable}", function.__globals__[variable])
            for instruction in dis.get_instructions(code):
                if instruction.opname == "IMPORT_NAME":
                    self._imported(str(instruction.argval).partition(".")[0])

    def _class(self, kind: type) -> None:
        file = getattr(sys.modules.get(kind.__module__), "__file__", None)
        if id(kind) in self._seen or kind.__module__ == "builtins":
            return
        self._seen.add(id(kind))
        if file is not None and _home(file) != "own":
            self._module(kind.__module__, file)
            return
        for name, value in sorted(vars(kind).items()):
            inner = getattr(value, "__func__", getattr(value, "fget", value))
            if isinstance(inner, FunctionType):
                self._function(inner)
            elif not name.startswith("__"):
                self.value(f"{kind.__module__}.{kind.__qualname__}.{name}", value)
        for base in kind.__bases__:
            self._class(base)

    def _imported(self, name: str) -> None:
        if name and name not in sys.stdlib_module_names and name != "__main__":
            module = sys.modules.get(name)
            found = importlib.util.find_spec(name) if module is None else getattr(module, "__spec__", None)
            self._module(name, None if found is None else found.origin)

    def _module(self, name: str, file: str | None) -> None:
        """Note the version of an installed package, or the text of a module."""
        home = "known" if file is None else _home(file)
        package = name.partition(".")[0]
        if file is None or home == "known":
            return
        if home == "package" and package in _distributions():
            self._found[f"package {package}"] = metadata.version(_distributions()[package])
        elif Path(file).is_file():
            self._found[f"module {name}"] = _short(Path(file).read_bytes())


@functools.cache
def _distributions() -> Mapping[str, str]:
    """Return the name under which each package was installed."""
    return {package: names[0] for package, names in metadata.packages_distributions().items()}


def _home(file: str) -> Literal["known", "package", "own"]:
    """Tell where code is from: Python and gridpart, whose versions every record keeps; a package; or the user."""
    path = Path(file).absolute()
    if {"site-packages", "dist-packages"} & set(path.parts):
        return "package"
    if file.startswith("<frozen") or any(path.is_relative_to(place) for place in _KNOWN):
        return "known"
    return "own"


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _of_code(code: CodeType) -> bytes:
    """Return the code as bytes, without file, lines and comments."""
    constants = [_of_code(one) if isinstance(one, CodeType) else _canonical(one) for one in code.co_consts]
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    counts = (code.co_argcount, code.co_kwonlyargcount, code.co_posonlyargcount, code.co_flags)
    return b"|".join([code.co_code, code.co_exceptiontable, repr((names, counts)).encode(), *constants])


def _digest(value: object) -> str:
    return _short(_canonical(value))


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_LETTERS]


def _canonical(value: object) -> bytes:
    """Return a value as bytes that do not depend on the process: sets and mappings have no order."""
    kind = f"{type(value).__module__}.{type(value).__qualname__}:".encode()
    if value is None or value is Ellipsis or isinstance(value, (bool, int, float, complex, str, bytes, date, PurePath)):
        return kind + repr(value).encode("utf-8", "surrogatepass")
    if isinstance(value, (tuple, list)):
        return kind + _joined([_canonical(one) for one in value])
    if isinstance(value, (set, frozenset)):
        return kind + _joined(sorted(_canonical(one) for one in value))
    if isinstance(value, Mapping):
        return kind + _joined(sorted(_joined([_canonical(key), _canonical(one)]) for key, one in value.items()))
    try:
        return kind + pickle.dumps(value, protocol=5)
    except (pickle.PicklingError, TypeError, AttributeError, ValueError, RuntimeError):
        return kind  # no value but a tool: a lock, a connection


def _joined(parts: Iterable[bytes]) -> bytes:
    return b"".join(len(part).to_bytes(8, "little") + part for part in parts)
