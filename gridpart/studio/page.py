"""The studio as a page of its own, for planners without notebooks: served by Voila, to this computer alone."""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
import tempfile
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridpart.errors import InputError, RenderError
from gridpart.i18n import messages
from gridpart.project import DatabaseAddress, place_of

if TYPE_CHECKING:
    from gridpart._typing import Language

say = messages("studio")

LOOPBACK = "127.0.0.1"

_HEIGHT = "calc(100vh - 20px)"


def notebook_of(project: str | Path, *, bank_id: str | None, lang: Language, who: str = "") -> dict[str, Any]:
    """
    Return a notebook that shows the studio of a project and nothing else; no password stands in it.

    Parameters
    ----------
    project
        File, or address of a database.
    bank_id
        Whose grid; the first in sorted order if None.
    lang
        Language of the page.
    who
        Name for the log.
    """
    options = f"{bank_id!r}, lang={lang!r}, who={who!r}, height={_HEIGHT!r}"
    place = place_of(project)
    where = str(place.resolve() if isinstance(place, Path) else place)
    code = f"import gridpart as gp\ngp.Studio(gp.open_project({where!r}), {options})"
    cell: dict[str, Any] = {
        "cell_type": "code",
        "id": "studio",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": code,
    }
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "cells": [cell],
        "metadata": {"kernelspec": kernel, "title": place.stem if isinstance(place, Path) else place.name},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def free_port() -> int:
    """Return a port of this computer that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def require_free(port: int) -> int:
    """
    Return a port if nobody listens on it.

    Raises
    ------
    InputError
        If it is taken.
    """
    with socket.socket() as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise InputError(
                say(
                    "Port {port} cannot be used: {why}. Choose another, or leave it out.", port=port, why=error.strerror
                )
            ) from error
    return port


def serve(
    project: str | Path,
    *,
    bank_id: str | None = None,
    lang: Language = "zh-Hans",
    port: int | None = None,
    open_browser: bool = True,
    who: str = "",
) -> None:
    """
    Serve the studio of a project until it is stopped.

    The page listens on loopback and asks for a token that its address carries, so that nobody else gets in.

    Parameters
    ----------
    project
        File, or address of a database; a password in it goes to the page's kernel through its environment.
    bank_id
        Whose grid; the first in sorted order if None.
    lang
        Language of the page.
    port
        Where to listen; a free one if None.
    open_browser
        Whether to open the page.
    who
        Name for the log.

    Raises
    ------
    InputError
        If the port is taken.
    RenderError
        If Voila is not installed.
    """
    try:
        from voila.app import Voila
    except ModuleNotFoundError as error:
        raise RenderError(
            say(
                "The page needs the package {package!r}. Install it with: pip install 'gridpart[notebook]'",
                package=error.name,
            )
        ) from error
    chosen = free_port() if port is None else require_free(port)
    token = secrets.token_urlsafe(16)
    place = place_of(project)
    if isinstance(place, DatabaseAddress) and "password" in place.secrets:
        os.environ["PGPASSWORD"] = place.secrets["password"]
    with as_file(files("gridpart.studio") / "assets" / "jupyter") as templates, tempfile.TemporaryDirectory() as folder:
        os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(templates), os.environ.get("JUPYTER_PATH")]))
        notebook = Path(folder) / "studio.ipynb"
        book = notebook_of(project, bank_id=bank_id, lang=lang, who=who)
        notebook.write_text(json.dumps(book), encoding="utf-8")
        sys.stdout.write(f"http://{LOOPBACK}:{chosen}/?token={token}\n")
        sys.stdout.flush()
        Voila.launch_instance(
            [
                str(notebook),
                f"--port={chosen}",
                f"--Voila.ip={LOOPBACK}",
                f"--token={token}",
                "--template=gridpart",
                "--show_tracebacks=True",
                *([] if open_browser else ["--no-browser"]),
            ]
        )
