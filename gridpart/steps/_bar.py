"""The bar itself: tqdm's, on a terminal or as a notebook's widget."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tqdm.auto import tqdm

from gridpart.steps.report import Progress

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

_WIDTH = 24
"""Of the bar on a terminal, in characters."""


class Bar:
    """
    One line for a call: what is being done, how many of its steps are finished, and for how long it has been at it.

    Parameters
    ----------
    call
        How far it is. Without a total there is no bar to fill, only the line.
    """

    def __init__(self, call: Progress) -> None:
        in_notebook = any(kind.__module__ == "tqdm.notebook" for kind in tqdm.__mro__)
        self._bar = tqdm(
            total=None if call.total is None else 1.0,
            desc=call.text(),
            bar_format="{desc}",
            file=sys.stderr,
            leave=False,
            dynamic_ncols=True,
            delay=1.0,  # nothing is drawn while it is made
            **({"display": False} if in_notebook else {}),
        )
        self._bar.delay = 0.0
        self._shown: DisplayHandle | None = None
        if in_notebook:
            from IPython.display import display

            self._shown = display(self._bar.container, display_id=True)  # type: ignore[no-untyped-call]

    def draw(self, report: Progress, elapsed_s: float) -> None:
        """Show how far the call is."""
        call = report.call
        has_end = call.total is not None
        figures = f"{call.done:,}/{call.total:,}  " if has_end else ""
        figures += f"{int(elapsed_s) // 60}:{int(elapsed_s) % 60:02}"
        if self._shown is not None:  # a notebook's widget has a place for the bar, filled or not
            self._bar.bar_format = f"{{desc}} {{bar}} {figures}"
        else:  # the text last: where the terminal is narrow, its end is cut
            bar = f"|{{bar:{_WIDTH}}}| " if has_end else ""
            self._bar.bar_format = f"{bar}{figures}  {{desc}}"
        self._bar.total = 1.0 if has_end else None
        self._bar.n = report.share or 0.0
        self._bar.set_description_str(report.text(), refresh=False)
        with self._bar.get_lock():  # tqdm itself would keep its lock where drawing fails, and closing would wait for it
            self._bar.refresh(nolock=True)

    def close(self) -> None:
        """Leave no trace of the bar, in a saved notebook neither."""
        self._bar.total = None  # else a notebook keeps bars that are not full, in red
        is_below_others = self._bar.pos != 0
        self._bar.close()
        if is_below_others and self._shown is None:
            self._bar.fp.write("\r")  # else what comes next would begin where the blanks end
        if self._shown is not None:
            self._shown.update({"text/plain": ""}, raw=True)  # type: ignore[no-untyped-call]
