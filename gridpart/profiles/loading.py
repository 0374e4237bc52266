"""Profiles by name: packaged TOML files, or a folder of one's own that extends them."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gridpart.arguments import checked
from gridpart.errors import ProfileError
from gridpart.i18n import Joined, Message, lines, messages
from gridpart.profiles.model import Profile

say = messages("profiles")


def N_(text: str) -> str:  # noqa: N802 - the name gettext tools look for
    """Mark a text for the catalogues."""
    return text


_PYDANTIC = (
    N_("Field required"),
    N_("Extra inputs are not permitted"),
    N_("Input should be {expected}"),
    N_("Input should be greater than {gt}"),
    N_("Input should be greater than or equal to {ge}"),
    N_("Input should be less than {lt}"),
    N_("Input should be less than or equal to {le}"),
    N_("Input should be a valid number"),
    N_("Input should be a valid integer"),
    N_("Input should be a valid string"),
    N_("Input should be a valid boolean"),
    N_("Input should be a valid tuple"),
    N_("Input should be a valid dictionary or instance of {class_name}"),
    N_("Input should be a finite number"),
    N_("String should match pattern '{pattern}'"),
)
"""What pydantic says of a value, where a planner's own profile is likely to meet it."""

_PACKAGED = resources.files("gridpart.profiles") / "data"


@checked
def available(folder: str | Path | None = None) -> tuple[str, ...]:
    """List the names of the packaged profiles, and of those in `folder`, sorted."""
    names = {entry.name.removesuffix(".toml") for entry in _PACKAGED.iterdir() if entry.name.endswith(".toml")}
    if folder is not None:
        names |= {path.stem for path in Path(folder).glob("*.toml")}
    return tuple(sorted(names))


@checked
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
            raise ProfileError(say("there is no profile file {path}. Nothing was loaded.", path=path))
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
        told = [_told(item) for item in error.errors()]
        heading = say("profile {name!r} has {n} problems; it was not loaded.", name=name, n=len(told))
        raise ProfileError(Joined([heading, *told], lines)) from error


def _told(item: ErrorDetails) -> Message:
    """Return what pydantic found in one place; a check of our own says it in the reader's language."""
    place = ".".join(map(str, item["loc"]))
    if item["type"] == "value_error":
        return say("{indent}{place}: Value error, {error}", indent="  ", place=place, error=item["ctx"]["error"])
    return say("{indent}{place}: {error}", indent="  ", place=place, error=_of_pydantic(item))


def _of_pydantic(item: ErrorDetails) -> str:
    """Return a sentence of pydantic's, as a message where it is one that the catalogues know."""
    for template in _PYDANTIC:
        with suppress(KeyError):
            told = Message("profiles", template, dict(item.get("ctx", {})))
            if told == item["msg"]:
                return told
    return item["msg"]


def _merged(name: str, *, folder: Path | None, below: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Content of a profile laid over those it extends, and their names, nearest first."""
    if name in below:
        raise ProfileError(
            say(
                "profile {name!r} extends itself: {chain}. Nothing was loaded.",
                name=name,
                chain=" -> ".join((*below, name)),
            )
        )
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
        raise ProfileError(
            say("profile {name!r} is not valid TOML: {error}. Nothing was loaded.", name=name, error=error)
        ) from error


def _text_of(name: str, *, folder: Path | None) -> str:
    known = available(folder)
    if name not in known:  # also keeps "../x" and absolute paths out
        raise ProfileError(
            say("unknown profile {name!r}; known are: {known}. Nothing was loaded.", name=name, known=Joined(known))
        )
    if folder is not None and (own := folder / f"{name}.toml").is_file():
        return own.read_text(encoding="utf-8")
    return (_PACKAGED / f"{name}.toml").read_text(encoding="utf-8")
