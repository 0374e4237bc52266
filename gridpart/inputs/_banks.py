"""Bank names: one bank goes by many names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.inputs._raw import Values, object_array
from gridpart.inputs._values import pairs
from gridpart.inputs._vocabulary import plain
from gridpart.tables import notes as n
from gridpart.tables.checks import is_blank
from gridpart.tables.report import visible

if TYPE_CHECKING:
    from gridpart.inputs._headers import Naming
    from gridpart.inputs._log import ReadLog
    from gridpart.inputs._raw import RawLayer

say = messages("inputs")

BankAliases: TypeAlias = Mapping[str, str | Sequence[str]]
"""Bank id by name, or a list of names by bank id."""

_NAMES_LISTED = 20

STATED_BANK = "bank_id (stated)"
"""What the column of a bank that the caller stated is called in the report."""


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


def state_bank(layer: RawLayer, naming: Naming, *, bank_id: str, aliases: BankAliases, name: str) -> None:
    """
    Make a bank that the caller stated the bank of every row.

    Raises
    ------
    InputError
        If the rows themselves name several banks, or another one; they are listed.
    """
    source = naming.table.get("bank_id")
    values = [] if source is None else layer.columns[source].tolist()
    known = _known(aliases) | {plain(bank_id): bank_id}
    named = Counter(str(value) for value in values if not is_blank(value))
    others = {text for text in named if known.get(plain(text), text) != bank_id}
    if len(others) > 1 or any(plain(text) in known for text in others):
        shown = Joined(
            say("{name!r} ({n})", name=visible(text), n=named[text]) for text in sorted(others)[:_NAMES_LISTED]
        )
        raise InputError(
            say(
                "{name} was stated to be of bank {bank_id!r}, but column {source!r} names others: {shown}. Nothing "
                "was read. Leave the bank out, or say which names are those of {bank_id!r}: bank_aliases={{…: "
                "{bank_id!r}}}.",
                name=name,
                bank_id=bank_id,
                source=source,
                shown=shown,
            )
        )
    layer.columns[STATED_BANK] = object_array([bank_id] * layer.n_rows)
    naming.table["bank_id"] = STATED_BANK
    if source is None:
        layer.log.note(n.BANK_STATED, bank=bank_id)
    for text in sorted(others):
        layer.log.note(n.BANKS_MAPPED, pairs=pairs(Counter({(text, bank_id): named[text]})))


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
