"""The thread that draws, and the call that ends meanwhile."""

from __future__ import annotations

import threading

import pytest

from gridpart.steps import _watch, working


def test_a_call_goes_on_only_when_its_bar_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the thread saw the end of the call before the call could take its bar away itself."""
    happened: list[str] = []
    closes, may_close = threading.Event(), threading.Event()

    def close(_: object) -> None:
        closes.set()
        may_close.wait(10)
        happened.append("closed")

    monkeypatch.setattr(_watch._Watched, "close", close)
    watch, call = _watch.Watch(), working("audit")
    call.begun = 0.0
    monkeypatch.setattr(watch, "_run", lambda: None)
    watch.add(call)
    call.has_ended = True

    def look() -> None:
        with watch._lock:
            watch._look_at(watch._calls[id(call)])

    def leave() -> None:
        watch.remove(call)
        happened.append("went on")

    looking, leaving = threading.Thread(target=look), threading.Thread(target=leave)
    looking.start()
    assert closes.wait(10)
    leaving.start()
    leaving.join(0.2)
    may_close.set()
    looking.join(10)
    leaving.join(10)
    assert happened == ["closed", "went on"]
