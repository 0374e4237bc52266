"""Scripts on a pseudo-terminal, where a person would see a bar, and on pipes, where nobody does."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
COLUMNS = 120


def environment(given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which bars are shown as they are to anybody, in English."""
    kept = {name: value for name, value in os.environ.items() if name not in {"GRIDPART_PROGRESS", "GRIDPART_LANG"}}
    return {**kept, "PYTHONPATH": str(REPOSITORY), "LC_ALL": "C.UTF-8", "TERM": "xterm", **(given or {})}


def on_terminal(script: str, given: Mapping[str, str] | None = None, *, interrupt_at: str | None = None) -> str:
    """Run a script on a terminal of its own and return what was written to it; Ctrl+C once it has said something."""
    import fcntl
    import pty
    import termios

    child, terminal = pty.fork()
    if child == 0:
        # whatever began the tests in the background may have Ctrl+C ignored, and programs pass that on
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execve(sys.executable, [sys.executable, "-c", script], environment(given))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    written = b""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            read = os.read(terminal, 4096)
        except OSError:  # how Linux says that the other side is gone
            break
        if not read:
            break
        written += read
        if interrupt_at is not None and interrupt_at.encode() in written:
            os.kill(child, signal.SIGINT)
            interrupt_at = None
    os.waitpid(child, 0)
    os.close(terminal)
    return written.decode("utf-8", "replace")


def on_pipes(script: str, given: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a script with pipes instead of a terminal."""
    return subprocess.run(
        [sys.executable, "-c", script], env=environment(given), capture_output=True, text=True, check=False, timeout=120
    )


def seen(written: str) -> str:
    """Return what is left to see on the last line, after carriage returns and blanks written over it."""
    line = ""
    for part in written.splitlines()[-1].split("\r") if written else []:
        line = part + line[len(part) :]
    return line.strip()
