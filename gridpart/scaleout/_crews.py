"""Who computes: this process, an executor, or the workers of a Dask cluster, where any of them may die."""

from __future__ import annotations

import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from gridpart.errors import InputError, RunError
from gridpart.i18n import Message, messages
from gridpart.scaleout._work import Failed, Job, Made, compute

say = messages("scaleout")

TRIES_ALONE = 2
"""How often a county whose process died is tried again, with nothing else running."""

_AHEAD = 4
"""Jobs handed out per worker: enough to keep it busy, few enough to keep little in memory."""

_LOOKS_EVERY_S = 2.0
_WITHOUT_WORKERS_S = 300.0
"""A cluster may need minutes to start workers, or to replace those that died."""

_GONE = (BrokenExecutor, OSError)
"""What an executor raises that takes no more: a broken pool, a scheduler that cannot be reached."""

_OF_POOL = ("mp_context", "initializer", "initargs", "max_tasks_per_child")
_Outcome: TypeAlias = Made | Failed
_Pending: TypeAlias = dict["Future[_Outcome]", Job]


class Crew(Protocol):
    """
    Computes jobs.

    Attributes
    ----------
    is_elsewhere
        Whether the function goes to other processes.
    ends_with_parent
        Whether these are to end when this process does.
    """

    is_elsewhere: bool
    ends_with_parent: bool

    def outcomes(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, _Outcome]]:
        """Go through jobs and their outcomes, as they come in."""
        ...


@dataclass
class InSeries:
    """One county after the other, in this process."""

    is_elsewhere: bool = False
    ends_with_parent: bool = False

    def outcomes(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, _Outcome]]:
        """Go through jobs and their outcomes."""
        for job in jobs:
            yield job, compute(job)


@dataclass
class Pool:
    """
    An executor.

    Attributes
    ----------
    executor
        The caller's; it is not shut down.
    size
        Number of workers, as far as known.
    renewed
        Makes another one like it, with so many workers, in the place of a broken one; None if that is not possible.
    alive
        Counts the workers that are alive; None where nobody knows.
    """

    executor: Executor
    size: int
    renewed: Callable[[int], Executor] | None = None
    alive: Callable[[], int] | None = None
    is_elsewhere: bool = True
    ends_with_parent: bool = False
    _own: list[Executor] = field(default_factory=list)

    def outcomes(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, _Outcome]]:
        """
        Go through jobs and their outcomes as they come in; then through those whose process died, one by one.

        Raises
        ------
        RunError
            If no worker is left, or none can be started.
        """
        waiting, suspects = deque(jobs), deque[Job]()
        try:
            breaks = 0
            while waiting:
                stopped: list[Job] = []
                yield from self._together(waiting, stopped)
                begun = [job for job in stopped if job.folder.exists()]
                suspects.extend(begun)
                waiting.extendleft(job for job in reversed(stopped) if not job.folder.exists())
                breaks = 0 if begun else breaks + 1
                if waiting and breaks > TRIES_ALONE:
                    raise _without_workers(say("they ended again and again before they began a county"))
                if stopped or waiting:
                    self._mend(self.size if waiting else 1)
            for job in suspects:
                yield job, self._alone(job)
        finally:
            for executor in self._own:
                executor.shutdown(wait=False, cancel_futures=True)

    def _together(self, waiting: deque[Job], stopped: list[Job]) -> Iterator[tuple[Job, _Outcome]]:
        """Hand out jobs and go through outcomes until all are done, or the executor is broken and has let go of all."""
        pending: _Pending = {}
        is_broken = False
        try:
            while pending or (waiting and not is_broken):
                while waiting and not is_broken and len(pending) < _AHEAD * self.size:
                    is_broken = not self._submit(waiting[0], pending)
                    if not is_broken:
                        waiting.popleft()
                for future in self._finished(pending):
                    job, outcome = pending.pop(future), _outcome(future)
                    if outcome is None:
                        stopped.append(job)
                        is_broken = is_broken or isinstance(_error(future), BrokenExecutor)
                    else:
                        yield job, outcome
        finally:
            for future in pending:
                future.cancel()

    def _submit(self, job: Job, pending: _Pending) -> bool:
        """Hand out a job; False if the executor is broken."""
        try:
            pending[self.executor.submit(compute, job)] = job
        except _GONE:
            return False
        return True

    def _finished(self, pending: _Pending) -> Iterable[Future[_Outcome]]:
        """Wait for the next outcomes, as long as there are workers who may bring them."""
        gone_since: float | None = None
        while pending:
            done, _ = wait(pending, timeout=_LOOKS_EVERY_S, return_when=FIRST_COMPLETED)
            if done:
                return done
            if self.alive is None or self.alive():
                gone_since = None
            elif gone_since is None:
                gone_since = time.monotonic()
            elif time.monotonic() - gone_since > _WITHOUT_WORKERS_S:
                raise _without_workers(say("the cluster has had none for {n:g} s", n=_WITHOUT_WORKERS_S))
        return ()

    def _alone(self, job: Job) -> _Outcome:
        """Try a county again whose process died, so that it cannot take others with it."""
        error: BaseException | None = None
        for _ in range(TRIES_ALONE):
            shutil.rmtree(job.folder, ignore_errors=True)
            pending: _Pending = {}
            if not self._submit(job, pending):
                self._mend(1)
                self._submit(job, pending)
            for future in self._finished(pending):
                outcome = _outcome(future)
                if outcome is not None:
                    return outcome
                error = _error(future)
            self._mend(1)
        message = say(
            "The process that computed this county ended {n} times without an answer: killed, out of memory, or a "
            "crash in a library. Nothing was written. Run it alone, where there is more memory.",
            n=TRIES_ALONE + 1,
        )
        return Failed(type(error).__name__, message)

    def _mend(self, size: int) -> None:
        """Put another executor in the place of a broken one."""
        try:
            self.executor.submit(int).cancel()
        except _GONE as error:
            if self.renewed is None:
                raise _without_workers(say("the executor is broken")) from error
            self.executor = self.renewed(size)
            self._own.append(self.executor)


def crew_of(executor: object) -> Crew:
    """
    Return who computes.

    Raises
    ------
    InputError
        If it is neither None, an executor of `concurrent.futures` or like them, nor a client of Dask.
    """
    size = getattr(executor, "_max_workers", None) or os.cpu_count() or 1
    if executor is None:
        return InSeries()
    if isinstance(executor, ProcessPoolExecutor):
        return Pool(executor, size, renewed=lambda n: _like(executor, n), ends_with_parent=True)
    if isinstance(executor, Executor):
        return Pool(executor, size, is_elsewhere=not isinstance(executor, ThreadPoolExecutor))
    if type(executor).__module__.partition(".")[0] == "distributed" and hasattr(executor, "get_executor"):
        return _of_client(executor)
    raise InputError(
        say(
            "executor is a {kind}; expected None, an executor of concurrent.futures, or a client of dask.distributed. "
            "Nothing was run.",
            kind=type(executor).__name__,
        )
    )


def _of_client(client: Any) -> Pool:  # noqa: ANN401 - Dask is an extra
    if client.asynchronous:
        raise InputError(
            say("The Dask client is asynchronous; give one made with asynchronous=False. Nothing was run.")
        )
    threads = sum(client.nthreads().values())

    def alive() -> int:
        try:
            return 0 if client.scheduler is None else len(client.nthreads())
        except OSError:  # the scheduler itself is gone
            return 0

    return Pool(client.get_executor(pure=False), max(threads, 1), alive=alive)


def _like(executor: ProcessPoolExecutor, size: int) -> ProcessPoolExecutor:
    """Make a pool as the caller made theirs."""
    given = {name: getattr(executor, "_" + name, None) for name in _OF_POOL}
    return ProcessPoolExecutor(size, **{name: value for name, value in given.items() if value is not None})


def _outcome(future: Future[_Outcome]) -> _Outcome | None:
    """Return what became of a job; None if its worker died, or it was never begun."""
    error = _error(future)
    if error is None:
        return None if future.cancelled() else future.result()
    if isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker":
        return None
    return Failed(type(error).__name__, str(error))


def _error(future: Future[_Outcome]) -> BaseException | None:
    return None if future.cancelled() else future.exception()


def _without_workers(why: Message) -> RunError:
    return RunError(
        say(
            "No worker is left to compute: {why}. Counties that are finished stay; run again with the same folder, and "
            "only the others are computed.",
            why=why,
        )
    )
