"""Which grid of a bank is in force on a day, and which former ones are kept for that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from gridpart.errors import InputError
from gridpart.i18n import messages
from gridpart.project.past import Unproved, kept_as, told

if TYPE_CHECKING:
    from gridpart.partition import Grid

say = messages("project")


def with_former(earlier: Sequence[Grid], former: Grid, *, is_anew: bool) -> Sequence[Grid]:
    """
    Return the earlier grids of a bank once its grid is replaced.

    Kept is every adopted plan, and what the first one of them was drawn from: the drafts in between are not.

    Parameters
    ----------
    earlier
        Those kept so far, oldest first.
    former
        The grid that is replaced.
    is_anew
        True if the new one is not a revision of it, so that drafts lead nowhere.
    """
    kept = told(earlier)
    if former.status == "adopted":
        return kept_as((*kept, former))
    if is_anew:
        return kept_as([grid for grid in kept if grid.status == "adopted"])
    return earlier if kept or "redrawn_from" in former.provenance else (former,)


def in_force(bank_id: str, grids: Sequence[Grid | Unproved], day: date) -> int:
    """
    Return the place of the grid that counts on a day: the adopted one that came into force last, up to it.

    One that was adopted without a date counts from the beginning. Where no plan was ever adopted, the newest grid
    counts on every day.

    Parameters
    ----------
    bank_id
        For the message.
    grids
        All of the bank, oldest first, at least one.
    day
        The day.

    Raises
    ------
    InputError
        If the bank's first plan came into force after the day, and what was there before was not kept.
    """
    adopted = [place for place, grid in enumerate(grids) if grid.status == "adopted"]
    if not adopted:
        return len(grids) - 1
    standing = [place for place in adopted if (_since(grids[place]) or date.min) <= day]
    if standing:
        return standing[-1]
    first = adopted[0]
    if first > 0:
        return first - 1
    message = say(
        "The first plan of bank {bank} is in force from {since}, and no grid of {day} is kept. Ask for a day from "
        "{since} on.",
        bank=bank_id,
        since=_since(grids[first]),
        day=day,
    )
    raise InputError(message)


def _since(grid: Grid | Unproved) -> date | None:
    day = grid.provenance.get("as_of")
    return date.fromisoformat(str(day)) if day else None
