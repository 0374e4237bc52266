"""Names that may mean one bank: suggested, never merged."""

from __future__ import annotations

import difflib
import itertools
import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import pandas as pd

from gridpart.arguments import checked

Reason = Literal["spelling", "legal_form", "short_name", "initials", "typing"]

_SAME_LETTERS = 0.93
"""Share of equal letters above which two long names may differ by a slip of typing."""

_LONG = 10
"""Letters from which on a slip of typing can be told from another name."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_SUFFIX = re.compile(r"(股份有限公司|有限责任公司|有限公司|股份公司|总行|本行)$")
_BRANCH = re.compile(r"((?<=银行)|(?<=信用社)).+(分行|支行|营业部|分理处|储蓄所|营业室)$")
_PLACE_KIND = re.compile(r"(?<=..)(市|县|区|省)(?=(农村商业银行|农村信用社|农村合作银行))")
_KINDS = ("农村商业银行", "农村信用社", "农村合作银行", "村镇银行")


@checked
def similar_names(names: Iterable[str]) -> pd.DataFrame:
    """
    List pairs of names that may mean one bank.

    Parameters
    ----------
    names
        Bank ids or names; repeats count once.

    Returns
    -------
    similar
        ``name``, ``other``, ``reason``, sorted by name: ``spelling`` (blanks, case, punctuation, script),
        ``legal_form`` ("N.A.", 股份有限公司), ``short_name`` (Chase, 農商行), ``initials`` (M&T) or ``typing`` (one or
        two letters of a long name). These are suggestions: two banks may well have similar names.
    """
    read = [name for name in map(_read, sorted({str(name) for name in names})) if name.plain]
    rows = [
        (one.name, two.name, reason)
        for one, two in itertools.combinations(read, 2)
        if (reason := _reason(one, two)) is not None
    ]
    return pd.DataFrame(rows, columns=["name", "other", "reason"], dtype=object)


@dataclass(frozen=True)
class _Name:
    """A name in the forms that are compared."""

    name: str
    plain: str
    """Letters and digits only."""
    core: str
    """`plain` without legal form; in Chinese spelt out, without country and branch."""
    own: tuple[str, ...]
    """Words that are neither legal nor generic."""
    initials: frozenset[str]
    """First letters of its words, several ways."""
    is_han: bool
    is_credit_union: bool


@cache
def _words() -> dict[str, Any]:
    path = resources.files("gridpart.audit") / "bank_names.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _read(name: str) -> _Name:
    text = unicodedata.normalize("NFKC", name).casefold().strip()
    return _read_han(name, text) if _HAN.search(text) else _read_latin(name, text)


def _read_latin(name: str, text: str) -> _Name:
    words = _words()
    spaced = re.sub(r"[^\w]+", " ", re.sub(r"['’`.]", "", text.replace("&", " and ")))
    plain = spaced.replace(" ", "")
    bare = re.sub(r"[^\w]+", " ", re.sub(r"['’`.]", "", re.sub(r"\(.*?\)", " ", text).replace("&", " and ")))
    bare = re.sub(r"\bn a\b", "na", bare)
    for phrase in words["legal_phrases"]:
        bare = bare.replace(phrase, " ")
    tokens = bare.split()
    # digits after the first word are codes of branches or machines
    tokens = [token for row, token in enumerate(tokens) if row == 0 or not any(map(str.isdigit, token))]
    kept = [token for token in tokens if token not in words["legal"]] or tokens
    own = tuple(token for token in kept if token not in words["generic"])
    significant = [token for token in kept if token not in ("and", "of", "for", "in")]
    known = words["initials"].get(" ".join(kept)) or words["initials"].get("".join(own))
    return _Name(
        name=name,
        plain=plain,
        core=known or "".join(kept),
        own=own,
        initials=frozenset("".join(token[0] for token in some) for some in (significant, own) if len(some) > 1),
        is_han=known is not None,
        is_credit_union=any(f" {phrase} " in f" {' '.join(kept)} " for phrase in words["credit_union"]),
    )


def _read_han(name: str, text: str) -> _Name:
    words = _words()
    plain = "".join(words["letters"].get(letter, letter) for letter in re.sub(r"[\W_]+", "", text))
    core = _SUFFIX.sub("", plain)
    for short, full in words["short_names"].items():
        if short in core:
            core = core.replace(short, full).replace("银行银行", "银行")
            break
    core = _BRANCH.sub("", core)
    # 中国银行 is the name itself; elsewhere 中国 is often left out
    core = core if core == "中国银行" else core.removeprefix("中国")
    return _Name(name, plain, _PLACE_KIND.sub("", core), (), frozenset(), is_han=True, is_credit_union=False)


def _reason(one: _Name, two: _Name) -> Reason | None:
    if one.plain == two.plain:
        return "spelling"
    if one.is_han != two.is_han or one.is_credit_union != two.is_credit_union:
        return _initials(one, two)
    if one.core == two.core:
        long, short = sorted((one.plain, two.plain), key=len, reverse=True)
        return "legal_form" if short in long or not one.is_han else "short_name"
    if one.is_han:
        return _han_reason(one, two)
    return _own_reason(one, two) or _initials(one, two) or _typing(one, two)


def _han_reason(one: _Name, two: _Name) -> Reason | None:
    """Judge a rural bank named without its place or province: 農商行, 常熟農商行, 江蘇常熟農村商業銀行."""
    for kind in _KINDS:
        if one.core.endswith(kind) and two.core.endswith(kind):
            short, long = sorted((one.core.removesuffix(kind), two.core.removesuffix(kind)), key=len)
            return "short_name" if long.endswith(short) and len(short) != 1 else None
    return _typing(one, two)


def _own_reason(one: _Name, two: _Name) -> Reason | None:
    """Judge names by the words that are theirs: all of one must be among those of the other, and tell something."""
    few, many = sorted((one.own, two.own), key=len)
    telling = [word for word in few if word not in _words()["common"] and len(word) > 1]
    if not telling or not set(few) <= set(many):
        return None
    return "short_name"


def _initials(one: _Name, two: _Name) -> Reason | None:
    for short, long in ((one, two), (two, one)):
        letters = {"".join(short.own), short.core}
        if any(len(entry) > 1 and entry in long.initials for entry in letters) and len(long.core) > len(short.core):
            return "initials"
    return None


def _typing(one: _Name, two: _Name) -> Reason | None:
    if min(len(one.core), len(two.core)) < _LONG:
        return None
    digits = [re.sub(r"\D", "", name.plain) for name in (one, two)]
    alike = difflib.SequenceMatcher(None, one.core, two.core, autojunk=False).ratio()
    return "typing" if digits[0] == digits[1] and alike >= _SAME_LETTERS else None
