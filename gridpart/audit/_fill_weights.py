"""What a fill plan weighs against what, in person-kilometres."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from gridpart.errors import InputError
from gridpart.i18n import messages

say = messages("audit")


@dataclass(frozen=True)
class FillWeights:
    """
    Prices of a fill plan, in person-kilometres (one person travelling 1 km); all are assumed, no plan gives them.

    Attributes
    ----------
    travel
        Per person-km between a place and the outlet or service point that serves it.
    balance
        Per person that a bank takes (or gives up) above its fair share.
    change
        Per bank that enters or leaves a unit.
    opening
        Per service point opened.
    """

    travel: float = 1.0
    balance: float = 1.0
    change: float = 100.0
    opening: float = 5000.0

    def __post_init__(self) -> None:
        for name in (entry.name for entry in fields(self)):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise InputError(
                    say(
                        "the weight {name} is {value!r}; it must be a number of at least 0. No plan was made.",
                        name=name,
                        value=value,
                    )
                )

    def __str__(self) -> str:
        return (
            f"{self.travel:g} per person-km travelled + {self.balance:g} per person above a bank's fair share "
            f"+ {self.change:g} per change + {self.opening:g} per service point opened (weights assumed)"
        )


@dataclass(frozen=True)
class Terms:
    """
    What a plan costs before it is weighed.

    Attributes
    ----------
    person_km
        People times km to the site that serves them; over several banks that stay, to them on average.
    unbalanced
        People that banks take or give up above their fair shares.
    changes
        Banks that enter or leave a unit.
    openings
        Service points opened.
    """

    person_km: float
    unbalanced: float
    changes: int
    openings: int

    def __add__(self, other: Terms) -> Terms:
        return Terms(
            self.person_km + other.person_km,
            self.unbalanced + other.unbalanced,
            self.changes + other.changes,
            self.openings + other.openings,
        )

    def cost(self, weights: FillWeights) -> float:
        """Return the weighted sum in person-km."""
        return (
            weights.travel * self.person_km
            + weights.balance * self.unbalanced
            + weights.change * self.changes
            + weights.opening * self.openings
        )
