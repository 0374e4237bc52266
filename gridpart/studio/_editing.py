"""What the groups of commands of a session build on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from gridpart.studio._state import State
from gridpart.studio.delta import Delta
from gridpart.studio.records import Change


class Editing(ABC):
    """A state, and the one way to change it."""

    _state: State
    who: str
    tolerance: float

    @property
    @abstractmethod
    def seq(self) -> int:
        """Sequence number of the last delta, 0 before the first."""

    @abstractmethod
    def _now(self) -> str:
        """Return the present time in ISO form, UTC."""

    @abstractmethod
    def _apply(self, command: str, args: dict[str, Any], changes: Sequence[Change], why: str) -> Delta:
        """Write a command to the log, then make its changes."""
