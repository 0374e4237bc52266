"""Timing of two ways of doing the same, side by side in one run."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Comparison:
    """Median processor seconds of our way and of another way."""

    name: str
    ours_s: float
    other_s: float

    @property
    def ratio(self) -> float:
        """How many times faster ours is."""
        return self.other_s / self.ours_s

    def __str__(self) -> str:
        return f"{self.name}: {self.ours_s:.3f} s against {self.other_s:.3f} s, {self.ratio:.1f} times faster"


@contextmanager
def alone() -> Iterator[None]:
    """Set what earlier tests left in memory apart, so that the collector of garbage neither walks nor counts it."""
    gc.collect()
    gc.freeze()
    gc.collect()
    try:
        yield
    finally:
        gc.unfreeze()


def processor_seconds(run: Callable[[], object]) -> float:
    """Return the processor time of one call: a busy machine does not blur it as it does the clock."""
    with alone():
        began = time.process_time()
        run()
        return time.process_time() - began


def compare(
    name: str, ours: Callable[[], object], other: Callable[[], object], *, repeats: int = 3, other_repeats: int = 1
) -> Comparison:
    """Time two functions in turn and print the comparison."""
    seconds: dict[str, list[float]] = {"ours": [], "other": []}
    for number in range(max(repeats, other_repeats)):
        for key, function, wanted in (("ours", ours, repeats), ("other", other, other_repeats)):
            if number < wanted:
                seconds[key].append(processor_seconds(function))
    comparison = Comparison(name, median(seconds["ours"]), median(seconds["other"]))
    print(f"\n  {comparison}")
    return comparison
