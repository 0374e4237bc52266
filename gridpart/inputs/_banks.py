"""Bank names: one bank goes by many names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from gridpart.inputs._raw import Values, object_array
from gridpart.inputs._values import pairs
from gridpart.inputs._vocabulary import plain
from gridpart.tables import notes as n

if TYPE_CHECKING:
    from gridpart.inputs._log import ReadLog

BankAliases: TypeAlias = Mapping[str, str | Sequence[str]]
"""Bank id by name, or a list of names by bank id."""

_NAMES_LISTED = 20


def bank_column(values: Values, aliases: BankAliases, *, log: ReadLog) -> Values:
    """
    Put bank ids in the place of the names banks go by.

    Parameters
    ----------
    values
        Names or ids as text, None where blank, shape (n_rows,).
    aliases
        Bank id by name, or names by bank id, compared without case, blanks and full-width forms; the name ``""``
        stands for blanks.
        An id is also a name of its own bank. Names that are neither stay as they are and are listed.

    Returns
    -------
    ids
        Bank ids, shape (n_rows,).
    """
    if not aliases:
        return values
    known = _known(aliases)
    mapped, unknown = Counter[tuple[str, str]](), Counter[str]()
    result: list[str | None] = []
    for value in values.tolist():
        bank = known.get(plain(value or ""))
        if bank is not None and bank != value:
            mapped[value or "", bank] += 1
        if bank is None and value is not None:
            unknown[value] += 1
        result.append(value if bank is None else bank)
    if mapped:
        log.note(n.BANKS_MAPPED, pairs=pairs(mapped))
    if unknown:
        named = ", ".join(f'"{name}" ({count})' for name, count in unknown.most_common(_NAMES_LISTED))
        log.note(n.BANKS_UNKNOWN, names=named + (" …" if len(unknown) > _NAMES_LISTED else ""))
    return object_array(result)


def _known(aliases: BankAliases) -> dict[str, str]:
    """Bank ids by reduced name; every id is a name of its own bank."""
    pairs_stated = [
        (name, key) if not isinstance(value, str) else (key, value)
        for key, value in aliases.items()
        for name in ([value] if isinstance(value, str) else value)
    ]
    known = {plain(bank): bank for _, bank in pairs_stated}
    known.update({plain(name): bank for name, bank in pairs_stated})
    return known
