"""What callers pass, checked against what functions say they take: one place, one wording."""

from gridpart.arguments.checking import checked
from gridpart.arguments.choices import require_choice

__all__ = ["checked", "require_choice"]
