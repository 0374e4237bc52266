"""Profiles by name: packaged TOML files, or a folder of one's own that extends them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gridpart.errors import ProfileError
from gridpart.profiles.model import Profile

_PACKAGED = resources.files("gridpart.profiles") / "data"


def available(folder: str | Path | None = None) -> tuple[str, ...]:
    """List the names of the packaged profiles, and of those in `folder`, sorted."""
    names = {entry.name.removesuffix(".toml") for entry in _PACKAGED.iterdir() if entry.name.endswith(".toml")}
    if folder is not None:
        names |= {path.stem for path in Path(folder).glob("*.toml")}
    return tuple(sorted(names))


def load(name: str | Path, *, folder: str | Path | None = None) -> Profile:
    """
    Load a rule profile.

    Parameters
    ----------
    name
        Name of a packaged profile ("default", "p2", …), of a TOML file in `folder`, without suffix, or the path of a
        TOML file (a `Path`, or text that ends in ``.toml``), whose folder then takes the place of `folder`.
    folder
        Where to look first for profiles of one's own. Such a file may name a profile it ``extends``
        and then needs to state only what differs.

    Returns
    -------
    profile
        Frozen rule set; thresholds that no plan gives have ``assumed=True``.

    Raises
    ------
    ProfileError
        If the name is unknown (known names are listed), a profile extends itself, or a value is not
        allowed (every one is named).
    """
    if isinstance(name, Path) or name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            message = f"there is no profile file {path}. Nothing was loaded."
            raise ProfileError(message)
        return _load(path.stem, path.parent)
    return _packaged(name) if folder is None else _load(name, Path(folder))


@cache
def _packaged(name: str) -> Profile:
    return _load(name, None)


def _load(name: str, folder: Path | None) -> Profile:
    content, chain = _merged(name, folder=folder, below=())
    try:
        return Profile.model_validate({**content, "name": name, "extends": chain})
    except ValidationError as error:
        lines = [f"  {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        message = f"profile {name!r} has {len(lines)} problems; it was not loaded.\n" + "\n".join(lines)
        raise ProfileError(message) from error


def _merged(name: str, *, folder: Path | None, below: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Content of a profile laid over those it extends, and their names, nearest first."""
    if name in below:
        message = f"profile {name!r} extends itself: {' -> '.join((*below, name))}. Nothing was loaded."
        raise ProfileError(message)
    content = _parse(name, folder=folder)
    parent = content.pop("extends", None)
    if parent is None:
        return content, ()
    base, chain = _merged(parent, folder=folder, below=(*below, name))
    return _laid_over(base, content), (parent, *chain)


def _laid_over(base: dict[str, Any], top: dict[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key; lists and values of the top replace those of the base."""
    merged = dict(base)
    for key, value in top.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _laid_over(merged[key], value) if both else value
    return merged


def _parse(name: str, *, folder: Path | None) -> dict[str, Any]:
    try:
        return tomllib.loads(_text_of(name, folder=folder))
    except tomllib.TOMLDecodeError as error:
        message = f"profile {name!r} is not valid TOML: {error}. Nothing was loaded."
        raise ProfileError(message) from error


def _text_of(name: str, *, folder: Path | None) -> str:
    known = available(folder)
    if name not in known:  # also keeps "../x" and absolute paths out
        message = f"unknown profile {name!r}; known are: {', '.join(known)}. Nothing was loaded."
        raise ProfileError(message)
    if folder is not None and (own := folder / f"{name}.toml").is_file():
        return own.read_text(encoding="utf-8")
    return (_PACKAGED / f"{name}.toml").read_text(encoding="utf-8")
