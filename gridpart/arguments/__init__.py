"""What callers pass, checked against what functions say they take: one place, one wording."""

from gridpart.arguments.checking import checked

__all__ = ["checked"]
