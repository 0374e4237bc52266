"""The thread that shows a bar for calls that take long, and keeps it up to date while they compute."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridpart.steps._bar import Bar
    from gridpart.steps.work import working

SHOWN_AFTER_S = 2.0
LOOKS_EVERY_S = 0.2
IDLE_S = 5.0
"""The thread ends after so long without a call; the next call starts another."""


@dataclass(eq=False)
class _Watched:
    call: working
    context: Context = field(default_factory=copy_context)  # a notebook shows the bar at the cell that called
    bar: Bar | None = None

    def show(self, how: Callable[[], None]) -> None:
        """Draw or close the bar where the call was made."""
        # whoever listened to standard error has gone: no reason for a call to fail
        with contextlib.suppress(OSError):
            self.context.run(how)

    def draw(self) -> None:
        if self.bar is None:
            from gridpart.steps._bar import Bar

            self.bar = Bar(self.call.report("count"))
        innermost = self.call
        while innermost.inner is not None:
            innermost = innermost.inner
        self.bar.draw(innermost.report("count"), time.monotonic() - self.call.begun)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


class Watch:
    """
    Calls under way that a person may want to see.

    One thread does all drawing, so that a bar appears on time however long a step is, and a call is not held up.
    """

    def __init__(self) -> None:
        """Begin with nothing to watch."""
        self.reset()

    def reset(self) -> None:
        """Forget all calls."""
        self._lock = threading.Lock()
        self._calls: dict[int, _Watched] = {}
        self._thread: threading.Thread | None = None

    def add(self, call: working) -> None:
        """Show a bar once the call has lasted."""
        with self._lock:
            self._calls[id(call)] = _Watched(call)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="gridpart-progress", daemon=True)
                self._thread.start()

    def remove(self, call: working) -> None:
        """Take the bar of a call away, or wait until the thread that saw the call end has done so."""
        with self._lock:
            watched = self._calls.pop(id(call), None)
            if watched is not None:
                watched.show(watched.close)

    def _run(self) -> None:
        idle_since = time.monotonic()
        while True:
            time.sleep(LOOKS_EVERY_S)
            with self._lock:
                for watched in list(self._calls.values()):
                    self._look_at(watched)
                if self._calls:
                    idle_since = time.monotonic()
                elif time.monotonic() - idle_since > IDLE_S:
                    self._thread = None
                    return

    def _look_at(self, watched: _Watched) -> None:
        if watched.call.has_ended:  # interrupted before it could take its bar away
            del self._calls[id(watched.call)]
            watched.show(watched.close)
        elif time.monotonic() - watched.call.begun >= SHOWN_AFTER_S:
            watched.show(watched.draw)


WATCH = Watch()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=WATCH.reset)  # the thread stays behind, and the lock may be held by it
