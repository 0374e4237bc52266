"""Earlier grids that were read from a file: each is proved when it is first asked for, not when the file is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from gridpart.partition import Grid


@dataclass(frozen=True)
class Unproved:
    """
    A grid that was read and is not proved yet, with what a day asks of it.

    Attributes
    ----------
    version, status, provenance
        As those of the grid.
    prove
        Restores the grid and proves it, or raises.
    """

    version: int
    status: str
    provenance: Mapping[str, Any]
    prove: Callable[[], Grid]


class Past(Sequence["Grid"]):
    """
    The earlier grids of a bank, oldest first. Whatever leaves it is proved; how many there are is known without.

    Parameters
    ----------
    kept
        Grids, and those not proved yet.
    """

    def __init__(self, kept: Iterable[Grid | Unproved]) -> None:
        self._kept = list(kept)

    def __len__(self) -> int:
        """Return the number of grids."""
        return len(self._kept)

    @overload
    def __getitem__(self, place: int) -> Grid: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Grid, ...]: ...
    def __getitem__(self, place: int | slice) -> Grid | tuple[Grid, ...]:
        """Return a grid, or several."""
        if isinstance(place, slice):
            return tuple(self[at] for at in range(*place.indices(len(self))))
        kept = self._kept[place]
        if isinstance(kept, Unproved):
            kept = self._kept[place] = kept.prove()
        return kept

    def __repr__(self) -> str:
        """Show how many there are, and how many of them are proved by now."""
        waiting = sum(isinstance(kept, Unproved) for kept in self._kept)
        return f"<{len(self)} earlier grids, {waiting} of them not proved yet>"

    def told(self) -> tuple[Grid | Unproved, ...]:
        """Return what is known without proving anything."""
        return tuple(self._kept)


def told(past: Sequence[Grid]) -> tuple[Grid | Unproved, ...]:
    """Return earlier grids as they are kept, for questions that their status and their provenance answer."""
    return past.told() if isinstance(past, Past) else tuple(past)


def kept_as(grids: Sequence[Grid | Unproved]) -> Sequence[Grid]:
    """Return earlier grids as a project keeps them: a tuple if all of them are proved."""
    proved = [grid for grid in grids if not isinstance(grid, Unproved)]
    return tuple(proved) if len(proved) == len(grids) else Past(grids)
