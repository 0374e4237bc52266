"""Starts writers in processes of their own, and kills them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent


@dataclass
class Nursery:
    """Starts writers in processes of their own; see ``nursery.py``."""

    process: subprocess.Popen[str]

    def start(self, what: str, path: Path | str) -> int:
        return self._ask(f"{what} {path}")

    def wait(self) -> int:
        return self._ask("")

    def start_and_wait_until_held(self, what: str, path: Path) -> int:
        child = self.start(what, path)
        mark = path.with_name(path.name + ".held")
        deadline = time.monotonic() + 20
        while not mark.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        mark.unlink()
        return child

    def kill(self, child: int) -> None:
        os.kill(child, signal.SIGKILL)
        assert self.wait() == child

    def _ask(self, line: str) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def started() -> Iterator[Nursery]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
    arguments = [sys.executable, str(Path(__file__).with_name("nursery.py"))]
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment
    ) as process:
        yield Nursery(process)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=20)
