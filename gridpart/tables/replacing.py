"""Putting a finished file in the place of another, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """
    Give a temporary file beside the target, and put it in the target's place when the block ends well.

    Parameters
    ----------
    target
        File to make or replace; its folder exists.

    Yields
    ------
    temporary
        A path to write to; it has the target's ending and does not exist yet. If the block raises, it is removed and
        the target stays as it was.
    """
    handle, name = tempfile.mkstemp(prefix=f".{target.stem[:24]}-", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    temporary.unlink()  # some drivers refuse to write over an empty file
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
