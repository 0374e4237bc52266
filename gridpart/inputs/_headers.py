"""Which column of a file is which column of the table."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.inputs._coordinates import is_text_geometry
from gridpart.inputs._vocabulary import header_names, personal_headers, plain
from gridpart.tables import notes as n
from gridpart.tables.report import visible

if TYPE_CHECKING:
    from gridpart.inputs._raw import RawLayer, Values
    from gridpart.tables import TableContract

say = messages("inputs")

ROW_KEY = "fid"
_PAIRS: tuple[tuple[str, ...], ...] = (("lon", "lat"), ("wkt",), ("x", "y"))
_ID_CARD = re.compile(r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]")
_MOBILE = re.compile(r"(?:\+?86[- ]?)?1[3-9]\d{9}")
_CHECK_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"


@dataclass
class Naming:
    """
    Source columns by what they were recognised as.

    Attributes
    ----------
    table
        By canonical column.
    places
        By coordinate column ("lon", "lat", "x", "y", "wkt", "datum").
    own
        By the name under which a column of the user's own is kept.
    """

    table: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)


def header_score(kind: str, columns: Mapping[str, str]) -> Any:  # noqa: ANN401 - a callable over titles
    """Make the function that counts how many titles of a line mean a column; finds headers below title lines."""
    known = {name for names in header_names(kind).values() for name in names}
    known.update(name for names in header_names("places").values() for name in names)
    known.update(plain(source) for source in columns.values())

    def score(titles: list[str]) -> int:
        return sum(plain(title) in known for title in titles if title)

    return score


def name_columns(layer: RawLayer, rules: TableContract, *, columns: Mapping[str, str], name: str) -> Naming:
    """
    Recognise the columns of a layer: those the caller named, then those with a known name.

    Raises
    ------
    InputError
        If a column the caller named is not there; the nearest names are offered.
    """
    naming = _stated(layer, rules, columns=columns, name=name)
    taken = {*naming.table.values(), *naming.places.values(), *naming.own.values()}
    by_plain: dict[str, str] = {}
    for title in layer.columns:
        by_plain.setdefault(plain(title), title)
    by_plain.update(_completed(layer, rules.kind, known=by_plain))
    others: dict[str, str] = {}
    for column, names in header_names(rules.kind).items():
        found = [
            by_plain[name] for name in dict.fromkeys(names) if by_plain.get(name, ROW_KEY) not in taken | {ROW_KEY}
        ]
        if column not in naming.table and found:
            naming.table[column] = found[0]
            taken.add(found[0])
            others.update(dict.fromkeys(found[1:], column))
    if rules.shape is not None:
        _recognise_places(layer, naming=naming, by_plain=by_plain, taken=taken)
    for other, column in others.items():
        if other not in taken:
            layer.log.note(n.UNUSED_ALIAS, source=other, column=column, chosen=naming.table[column])
    _keep_own(layer, rules, naming=naming, taken=taken)
    return naming


def _stated(layer: RawLayer, rules: TableContract, *, columns: Mapping[str, str], name: str) -> Naming:
    naming = Naming()
    canonical = {rule.name for rule in rules.columns}
    for target, source in columns.items():
        title = _find(layer, source)
        if title is None:
            near = difflib.get_close_matches(str(source), list(layer.columns), n=3, cutoff=0.5)
            hint = say(" Did you mean {columns}?", columns=Joined(map(repr, near))) if near else ""
            if target in layer.columns:
                hint = say(
                    " It is the other way round: columns={{{source!r}: {target!r}}}.", source=str(source), target=target
                )
            raise InputError(
                say(
                    "{name} has no column {source!r} (stated for {target!r}); it has: {columns}.{hint} Nothing was "
                    "read.",
                    name=name,
                    source=source,
                    target=target,
                    columns=Joined(repr(visible(title)) for title in layer.columns) or say("none"),
                    hint=hint,
                )
            )
        place = _place_name(target) if layer.geometry is None else None
        if target in canonical:
            naming.table[target] = title
        elif place is not None:
            naming.places[place] = title
        else:
            naming.own[str(target)] = title
    return naming


def _place_name(target: str) -> str | None:
    """Coordinate column meant by a name such as "lon" or "longitude"."""
    return next((place for place, names in header_names("places").items() if plain(str(target)) in names), None)


def _completed(layer: RawLayer, kind: str, *, known: Mapping[str, str]) -> dict[str, str]:
    """Names that a format cut at their end, by the known names they begin."""
    names = [name for section in (kind, "places") for group in header_names(section).values() for name in group]
    begun = {name: [title for title in layer.cut_names if name.startswith(plain(title))] for name in names}
    return {name: min(titles) for name, titles in begun.items() if titles and name not in known}


def _find(layer: RawLayer, source: str) -> str | None:
    """Exact names first; row keys of map layers go by ``fid``."""
    if source in layer.columns:
        return source
    if source == ROW_KEY and layer.keys is not None:
        layer.columns[ROW_KEY] = layer.keys
        return ROW_KEY
    wanted = plain(str(source))
    found = [title for title in layer.columns if plain(title) == wanted]
    found = found or [title for title in layer.cut_names if wanted.startswith(plain(title))]
    return found[0] if len(found) == 1 else None


def _recognise_places(layer: RawLayer, *, naming: Naming, by_plain: Mapping[str, str], taken: set[str]) -> None:
    """Find the datum column, and, where the layer has no geometry, one set of coordinate columns."""
    known = header_names("places")

    def first(column: str) -> str | None:
        names = (by_plain[name] for name in known[column] if name in by_plain and by_plain[name] not in taken)
        return naming.places.get(column) or next(names, None)

    wanted: tuple[str, ...] = ("datum",)
    if layer.geometry is None:
        stated = [pair for pair in _PAIRS if any(place in naming.places for place in pair)]
        complete = (
            pair for pair in stated or _PAIRS if all(_can_serve(column, first(column), layer=layer) for column in pair)
        )
        wanted += next(complete, ())
    for column in wanted:
        title = first(column)
        if title is not None:
            naming.places[column] = title
            if column != "datum":  # what it says stays of interest
                taken.add(title)


def _can_serve(column: str, title: str | None, *, layer: RawLayer) -> bool:
    return title is not None and (column != "wkt" or is_text_geometry(layer.columns[title]))


def _keep_own(layer: RawLayer, rules: TableContract, *, naming: Naming, taken: set[str]) -> None:
    """Keep what else a file has, except personal data; names with a meaning of their own are numbered."""
    used = {rule.name for rule in rules.columns} | {"geometry", ROW_KEY} | {name.casefold() for name in naming.own}
    personal = []
    for title, values in layer.columns.items():
        if title in taken:
            continue
        if _is_personal(title, values):
            personal.append(title)
            continue
        name = next(name for name in _candidates(_clean(title)) if name.casefold() not in used)
        used.add(name.casefold())
        naming.own[name] = title
        if name != title:
            layer.log.note(n.RENAMED_COLUMN, source=visible(title), name=name)
    if personal:
        layer.log.note(n.PERSONAL_DATA, names=Joined(map(visible, personal)))


def _candidates(title: str) -> Iterator[str]:
    yield title
    number = 2
    while True:
        yield f"{title}_{number}"
        number += 1


def _clean(title: str) -> str:
    return "".join(char for char in title if char.isprintable()) or "column"


def _is_personal(title: str, values: Values) -> bool:
    """Known by its header, or by holding mostly identity card or mobile numbers."""
    if plain(title) in personal_headers():
        return True
    texts = [str(value).strip() for value in values.tolist() if value is not None and not isinstance(value, float)]
    hits = sum(1 for text in texts if _is_id_card(text) or _MOBILE.fullmatch(text))
    return hits * 2 > len(texts)


def _is_id_card(text: str) -> bool:
    if not _ID_CARD.fullmatch(text):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_CHECK_WEIGHTS, text, strict=False))
    return _CHECK_DIGITS[total % 11] == text[-1].upper()
