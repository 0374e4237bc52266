"""A JupyterLab of its own on loopback, and pages of it in the offline browser."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

if TYPE_CHECKING:
    from playwright.sync_api import Page

START_S = 60.0
SETTINGS = {
    "@jupyterlab/apputils-extension:notification.jupyterlab-settings": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/extensionmanager-extension:plugin.jupyterlab-settings": {"enabled": False},
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path) -> dict[str, str]:
    """An environment whose Jupyter writes nothing outside a folder."""
    own = {
        name: str(folder / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    return {**os.environ, **own, "JUPYTER_PREFER_ENV_PATH": "1", "OMP_NUM_THREADS": "1"}


@contextmanager
def server(command: list[str], *, folder: Path, ready: str) -> Iterator[None]:
    """Run a server until the block ends; `ready` is an address that answers when it is up."""
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(folder), stdout=log, stderr=log, start_new_session=True
        )
        try:
            deadline = time.monotonic() + START_S
            while not _answers(ready):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError((folder / "server.log").read_text()[-3000:])
                time.sleep(0.1)
            yield
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


@dataclass
class Laboratory:
    """A running JupyterLab."""

    folder: Path
    port: int

    def notebook(self, *cells: str, name: str = "studio.ipynb") -> str:
        """Write a notebook and return its address."""
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(book, self.folder / name)
        return f"http://127.0.0.1:{self.port}/lab/tree/{name}?reset"

    def api(self, path: str, body: dict[str, Any] | None = None, method: str = "GET") -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as reply:
            text = reply.read()
        return json.loads(text) if text else None


@contextmanager
def laboratory(folder: Path) -> Iterator[Laboratory]:
    port = free_port()
    for name, content in SETTINGS.items():
        package, plugin = name.split(":")
        target = folder / "jupyter_config_dir" / "lab" / "user-settings" / package / plugin
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(content))
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--allow-root",
        "--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True", f"--ServerApp.root_dir={folder}",
        "--expose-app-in-browser", "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    with server(command, folder=folder, ready=f"http://127.0.0.1:{port}/api/status"):
        yield Laboratory(folder, port)


def run_all(page: Page) -> None:
    """Run every cell of the notebook that is open."""
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.evaluate("""async () => {
        const { sessionContext } = window.jupyterapp.shell.currentWidget;
        await sessionContext.ready;
        await sessionContext.session.kernel.info;
        void window.jupyterapp.commands.execute('notebook:run-all-cells'); }""")


STUDIO = "[...document.querySelectorAll('[data-lm-suppress-shortcuts]')].map(e => e.gridpartStudio).filter(Boolean)"

PAIRS = """(() => {
  const { board: { faces }, view, parts } = studio, { first, second } = faces.shapes, found = [];
  const box = parts.canvas.getBoundingClientRect();
  const place = (face) => {
    const [x, y] = view.toScreen(...faces.anchors.subarray(2 * face, 2 * face + 2));
    const inside = x > 0 && y > 0 && x < view.width && y < view.height && faces.room[face] * view.scale > 14;
    return { face, unit: faces.cards[face][1], cell: faces.cards[face][2], x: box.left + x, y: box.top + y, inside };
  };
  for (let arc = 0; arc < first.length; arc++) {
    const a = first[arc], b = second[arc];
    if (b >= 0 && faces.cellOf[a] !== faces.cellOf[b]) found.push([place(a), place(b)], [place(b), place(a)]);
  }
  return found.filter(([a, b]) => a.inside && b.inside);
})()"""

RUN = """async (code) => {
  const { sessionContext } = window.jupyterapp.shell.currentWidget;
  const future = sessionContext.session.kernel.requestExecute({ code });
  let said = "";
  future.onIOPub = ({ header, content }) => {
    if (header.msg_type === "stream") said += content.text;
    if (header.msg_type === "error") said += content.evalue;
  };
  await future.done;
  return said;
}"""


@dataclass
class StudioPage:
    """A page that shows a studio."""

    page: Page
    lab: Laboratory

    def ready(self, timeout: float = 60_000) -> StudioPage:
        self.page.wait_for_selector(".studio[data-ready]", timeout=timeout)
        return self

    def ask(self, expression: str, *, view: int = 0) -> Any:
        """Evaluate JavaScript with `studio` in scope."""
        return self.page.evaluate(f"() => {{ const studio = {STUDIO}[{view}]; return {expression}; }}")

    def wait(self, condition: str, *, view: int = 0, timeout: float = 20_000) -> None:
        """Wait until JavaScript with `studio` in scope holds."""
        self.page.wait_for_function(
            f"() => {{ const studio = {STUDIO}[{view}]; return studio && ({condition}); }}", timeout=timeout
        )

    def says(self, text: str) -> None:
        """Wait until the line below the map says so: it is written a moment after what it tells of."""
        from playwright.sync_api import expect

        expect(self.page.locator(".studio .line p").first).to_contain_text(text, timeout=20_000)

    @property
    def rev(self) -> int:
        """Changes that the view has seen."""
        return int(self.ask("studio.link.rev"))

    def settled(self) -> None:
        """Wait until the kernel has decided on everything."""
        self.wait(
            "studio.link.rev !== null && studio.link.queue.length === 0 && studio.board.overlay.pending.length === 0"
        )

    def pairs(self) -> list[Any]:
        """Neighbouring units of different cells, as places on the page: the cell that takes, the unit that is taken."""
        return list(self.ask(PAIRS))

    def cell_of(self, face: int) -> str:
        return str(self.ask(f"studio.board.faces.cards[{face}][2]"))

    def press(self, act: str) -> None:
        """Press a button by what it does."""
        self.page.locator(f".studio [data-act={act}]").first.click()

    def run(self, code: str) -> str:
        """Run code in the notebook's kernel, through a cell of its own, and return what it prints."""
        return str(self.page.evaluate(RUN, code)).strip()
