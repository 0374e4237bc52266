"""Fixtures every test may use: the shared data, and a browser that cannot reach the network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route
    from postgis_server import Server

REPOSITORY = Path(__file__).resolve().parent.parent
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def pytest_configure(config: pytest.Config) -> None:
    """Show no bars; leave the full forms out of the quick run, unless command line or environment asks for them."""
    os.environ["GRIDPART_PROGRESS"] = "off"  # no bars on the terminal of whoever tests, nor in notebooks that tests run
    if not config.option.markexpr and os.environ.get("GRIDPART_FULL") != "1":
        config.option.markexpr = "not full"


@pytest.fixture(scope="session")
def repository() -> Path:
    """Top folder of the source tree."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real data sets, which lie beside the repository and are not part of it."""
    folder = Path(os.environ.get("GRIDPART_SHARED") or REPOSITORY.parent / "shared") / "data"
    if not folder.is_dir():
        pytest.skip("the shared data sets are not beside the repository; set GRIDPART_SHARED to their folder")
    return folder


@dataclass
class OfflineBrowser:
    """A Chromium that is refused every request beyond files on disk, and that notes what pages did."""

    chromium: Browser
    requests: list[str] = field(default_factory=list)
    """Addresses asked for, the opened file itself included."""
    console: list[str] = field(default_factory=list)
    """Console messages as ``type: text``, and uncaught script errors as ``pageerror: text``."""

    @property
    def outside_requests(self) -> list[str]:
        """Addresses asked for that are neither files on disk nor inside the page."""
        return [url for url in self.requests if not url.startswith(("file:", "data:", "blob:", "about:"))]

    @property
    def errors(self) -> list[str]:
        """Console errors and uncaught script errors."""
        return [line for line in self.console if line.startswith(("error:", "pageerror:"))]

    def open(self, path: Path | str, **context_options: Any) -> Page:
        """
        Open a file (or an address, for a test that serves its own) in a fresh context.

        Options such as ``viewport={"width": 1280, "height": 800}`` go to the browser context.
        """
        allow_loopback = isinstance(path, str)
        context = self.chromium.new_context(**context_options)
        context.route("**/*", lambda route: self._decide(route, allow_loopback=allow_loopback))
        page = context.new_page()
        page.on("console", lambda entry: self.console.append(f"{entry.type}: {entry.text}"))
        page.on("pageerror", lambda error: self.console.append(f"pageerror: {error}"))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(path.resolve().as_uri() if isinstance(path, Path) else path)
        return page

    def _decide(self, route: Route, *, allow_loopback: bool) -> None:
        allowed = ("file:", "data:", "blob:", "about:")
        if allow_loopback:
            allowed += ("http://127.0.0.1", "http://localhost", "ws://127.0.0.1", "ws://localhost")
        if route.request.url.startswith(allowed):
            route.continue_()
        else:
            route.abort()


def _chromium_path() -> str:
    found = os.environ.get("GRIDPART_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    found = found or shutil.which("google-chrome")
    if found is None:
        message = "no Chromium found; run `make system`, or set GRIDPART_CHROMIUM to its path"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One headless Chromium for the session."""
    path = _chromium_path()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[OfflineBrowser]:
    """An offline browser with its own lists of requests and console messages."""
    offline = OfflineBrowser(chromium)
    yield offline
    for context in list(chromium.contexts):
        context.close()


@pytest.fixture(scope="session")
def postgis_server() -> Iterator[Server]:
    """One PostgreSQL server with PostGIS for the session, in a folder of its own."""
    from postgis_server import Server, server_programs

    programs = server_programs()
    if isinstance(programs, str):
        if os.environ.get("CI"):
            pytest.fail(programs)
        pytest.skip(programs)
    server = Server(programs)
    server.make()
    yield server
    server.remove()
