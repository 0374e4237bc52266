"""Code lists of whom a cell serves and with what: segments, grid types, products, services, links."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gridpart.i18n import messages
from gridpart.profiles.values import Code, Frozen, Threshold

say = messages("profiles")

SegmentRate = Literal["resident", "merchant", "park", "mse", "rural"]


class Segment(Frozen):
    """A customer segment, and the profile rate that it counts in."""

    code: Code
    title: str
    rate: SegmentRate


class GridType(Frozen):
    """
    What a cell mostly holds, and what to offer there.

    Attributes
    ----------
    code, title
        The type, and words for it.
    entry_products, main_products
        Codes of products to begin with, and of those to follow; null where no plan says.
    note
        Where it comes from.
    """

    code: Code
    title: str
    entry_products: tuple[Code, ...] | None
    main_products: tuple[Code, ...] | None
    note: str = ""

    @property
    def is_set(self) -> bool:
        """Whether a plan says what to offer."""
        return self.entry_products is not None


class Product(Frozen):
    """
    A loan product with its limits.

    Attributes
    ----------
    code, title
        The product, and words for it.
    segments
        Codes of the segments it is for.
    min_yuan, max_yuan
        Smallest and largest amount.
    """

    code: Code
    title: str
    segments: tuple[Code, ...]
    min_yuan: Threshold
    max_yuan: Threshold

    @model_validator(mode="after")
    def _min_below_max(self) -> Product:
        if self.min_yuan.value > self.max_yuan.value:
            raise ValueError(
                say(
                    "product {code!r}: minimum {least:g} is above maximum {most:g}",
                    code=self.code,
                    least=self.min_yuan.value,
                    most=self.max_yuan.value,
                )
            )
        return self


class SegmentLink(Frozen):
    """One of the five links: what must have been done with every listed entity of a segment."""

    segment: Code
    title: str
    actions: Annotated[tuple[Code, ...], Field(min_length=1)]
