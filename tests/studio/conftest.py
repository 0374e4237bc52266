"""A JupyterLab for the browser tests of a session, started when the first of them asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

SAMPLE = "import gridpart as gp\nproject = gp.sample_project()\n"


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Iterator[Any]:  # noqa: ARG001 - without a browser no server
    """One JupyterLab for the session; without Chromium there is none."""
    from laboratory import laboratory

    with laboratory(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture
def open_studio(lab: Any, browser: Any, request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Open a notebook that shows a studio, run it, and hand its page over; kernels end with the test."""
    from laboratory import StudioPage, run_all

    def opened(*cells: str, wait: float = 60_000) -> Any:
        page: Page = browser.open(
            lab.notebook(*cells, name=f"{request.node.name[:60]}.ipynb"), viewport={"width": 1360, "height": 940}
        )
        run_all(page)
        return StudioPage(page, lab).ready(wait)

    yield opened
    for kernel in lab.api("kernels"):
        lab.api(f"kernels/{kernel['id']}", method="DELETE")
