"""The two things every rule is made of: frozen values, and numbers that say where they come from."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gridpart.i18n import Joined, messages

say = messages("profiles")

NOT_SET = "not_set"
"""How a TOML file says that there is no value: TOML has no null, and a blank must be told from a forgotten key."""

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Frozen(BaseModel):
    """Values cannot be changed, unknown keys are errors: a misspelt rule must not pass silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _blanks(cls, content: object) -> object:
        if not isinstance(content, dict):
            return content
        return {key: None if value == NOT_SET else value for key, value in content.items()}


class Threshold(Frozen):
    """
    One number of a rule.

    Attributes
    ----------
    value
        The number, in `unit`.
    unit
        "m", "m2", "banks", "share" (0 to 1), "people", "points" and so on.
    assumed
        True if no plan gives the number: every report prints it as assumed.
    note
        Where the number comes from, or why it was assumed.
    """

    value: float
    unit: str
    assumed: bool
    note: str

    @property
    def count(self) -> int:
        """The value as a whole number, for limits that count."""
        return int(self.value)

    def __str__(self) -> str:
        number = f"{self.value:g} {self.unit}"
        return f"{number} (assumed)" if self.assumed else number


class Term(Frozen):
    """A code and the words for it; `title` is English and is translated where it is shown."""

    code: Code
    title: str


def require_unique(codes: list[Any], what: str) -> None:
    """
    Raise if a code is listed twice.

    Raises
    ------
    ValueError
        Naming the codes; pydantic puts the place in front.
    """
    twice = sorted({str(code) for code in codes if codes.count(code) > 1})
    if twice:
        raise ValueError(say("{what} listed twice: {codes}", what=what, codes=Joined(twice)))
