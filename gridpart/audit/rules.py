"""From the number of banks at a place to a flag and its reason, by the rules of a profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gridpart._typing import GeometryArray, IntArray
from gridpart.profiles import Profile, Threshold

Flag = Literal["blank", "single", "shared", "excessive"]

FLAGS: tuple[Flag, ...] = ("blank", "single", "shared", "excessive")
"""By rising number of banks."""


@dataclass(frozen=True, eq=False)
class Flagged:
    """Flag and reason of each face, shape (n_faces,)."""

    flag: GeometryArray
    reason: GeometryArray


def bank_limit(profile: Profile, zone_class: object) -> Threshold:
    """
    Return how many banks one place tolerates.

    Where the zone class is unknown, crossing is judged by the urban limit: a place is called excessive only if it
    would be so in town as well.
    """
    return profile.max_banks("rural" if zone_class == "rural" else "urban")


def flag_faces(count: IntArray, zone_class: GeometryArray, profile: Profile) -> Flagged:
    """
    Flag faces by their number of banks.

    Parameters
    ----------
    count
        Banks that claim each face, shape (n_faces,).
    zone_class
        ``urban``, ``rural`` or None, shape (n_faces,).
    profile
        Gives the limits.

    Returns
    -------
    flagged
        0 banks is blank, 1 single, up to the limit of the zone class shared, above it excessive.
    """
    flag = np.full(len(count), "shared", dtype=object)
    flag[count == 0] = "blank"
    flag[count == 1] = "single"
    reason = np.full(len(count), "", dtype=object)
    for zone in sorted({str(value) for value in zone_class}):
        mine = np.array([str(value) == zone for value in zone_class], dtype=np.bool_)
        limit = bank_limit(profile, zone)
        flag[mine & (count > max(limit.count, 1))] = "excessive"
        name = zone if zone in ("urban", "rural") else "urban (zone class unknown)"
        for number in np.unique(count[mine]):
            reason[mine & (count == number)] = _reason(int(number), name, limit)
    return Flagged(flag, reason)


def _reason(count: int, zone: str, limit: Threshold) -> str:
    if count == 0:
        return "no bank serves this place"
    banks = "1 bank" if count == 1 else f"{count} banks"
    return f"{banks}, {zone} limit {limit}"
