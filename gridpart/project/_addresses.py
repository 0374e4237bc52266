"""Where a project may be: in a file on this computer."""

from __future__ import annotations

import re
from pathlib import Path

from gridpart.errors import ProjectError

_DATABASE = re.compile(r"postg(res|resql|is)(\+\w+)?:", re.IGNORECASE)


def require_local(path: str | Path) -> None:
    """
    Refuse addresses of databases and of the network.

    Raises
    ------
    ProjectError
        If the address is not the path of a file.
    """
    text = str(path)
    if _DATABASE.match(text):
        message = (
            "Projects kept in a PostGIS database come with a later version of gridpart; this one keeps them in a "
            "GeoPackage file. Give the path of a .gpkg file."
        )
        raise ProjectError(message)
    if isinstance(path, str) and ("://" in text or text.startswith("/vsi")):
        message = (
            f"{text!r} is not a file on this computer; gridpart reads nothing from the network. Copy the .gpkg file "
            "and give its path."
        )
        raise ProjectError(message)
