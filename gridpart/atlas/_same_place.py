"""When two texts mean the same institution or the same address: spelling apart, nothing guessed."""

from __future__ import annotations

import re
import unicodedata

_WORDS = {
    "street": "st", "avenue": "ave", "av": "ave", "road": "rd", "boulevard": "blvd", "drive": "dr", "lane": "ln",
    "place": "pl", "court": "ct", "parkway": "pkwy", "highway": "hwy", "turnpike": "tpke", "square": "sq",
    "north": "n", "south": "s", "east": "e", "west": "w", "saint": "st", "route": "rte", "suite": "ste",
    "first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th", "number": "no",
}  # fmt: skip
"""Words of addresses and their short forms."""

_NOT_LETTERS = re.compile(r"[^\w]+")


def name_key(text: str) -> str:
    """
    Return what two spellings of one name have in common: width, case and punctuation do not count.

    Examples
    --------
    >>> name_key("HSBC Bank USA, N.A.") == name_key("hsbc bank usa n a")
    True
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_NOT_LETTERS.sub(" ", plain).split())


def address_key(text: str) -> str:
    """
    Return what two spellings of one address have in common; long and short forms of street words count as one.

    Examples
    --------
    >>> address_key("41-02 Broadway Avenue") == address_key("41-02 BROADWAY AVE.")
    True
    """
    return " ".join(_WORDS.get(word, word) for word in name_key(text).split())
