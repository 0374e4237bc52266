"""A profile as a TOML file of its own, so that one county's settings serve the next."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from gridpart.arguments import checked
from gridpart.errors import ProfileError
from gridpart.i18n import messages
from gridpart.profiles.model import Profile
from gridpart.profiles.values import NOT_SET

say = messages("profiles")


@checked
def save(profile: Profile, path: str | Path) -> Path:
    """
    Save a profile whole: the file needs no other profile and loads as an equal one, but for its name.

    Parameters
    ----------
    profile
        The rules of a plan, from `load` or from ``project.profile``.
    path
        File to write, ending in ``.toml``; its name without suffix becomes the name of the profile. Its folder must
        exist; an existing file is replaced in one step.

    Returns
    -------
    path
        The file.

    Raises
    ------
    ProfileError
        If the path does not end in ``.toml``, its folder is not there, or it cannot be written.
    """
    import tomli_w

    target = Path(path)
    if target.suffix != ".toml" or not target.parent.is_dir():
        raise ProfileError(
            say(
                "a profile is saved as <name>.toml in a folder that exists; {target} is not. Nothing was written.",
                target=target,
            )
        )
    content = _plain(profile.model_dump(mode="json", exclude={"name", "extends"}))
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(tomli_w.dumps(content, multiline_strings=False), encoding="utf-8", newline="\n")
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ProfileError(
            say("profile {target} could not be written: {error}. It is as it was.", target=target, error=error)
        ) from error
    return target


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever pydantic makes of a field
    """Return a value in which nulls have a word, because TOML has no null."""
    if value is None:
        return NOT_SET
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
