"""What is known of a paper once it has been read: plain frozen values that fit in JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of one page in reading order, one paragraph a line.

    Exponents and other raised digits are superscript characters (`cm⁻²`), so that they can be told from plain digits
    in stored text. `references` holds the part of the page that belongs to the list of references, an entry a line.
    """

    page: int
    text: str
    references: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the page it stands on."""

    title: str
    page: int


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured value as printed in a sentence, with a unit that plain pint reads, or `pH`.

    `max` makes a range from `value` to `max`; `comparator` is one of `= ~ < > ≤ ≥`.
    """

    name: str
    value: float
    unit: str
    page: int
    sentence: str
    max: float | None = None
    comparator: str = "="
    plus_minus: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The quantity as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as read from its file; `references` are the raw entries of its list of references."""

    file: str
    title: str | None
    authors: tuple[str, ...]
    year: int | None
    doi: str | None
    pages: int
    language: str | None
    sections: tuple[Section, ...] = ()
    references: tuple[str, ...] = ()
    text: tuple[PageText, ...] = field(default=(), repr=False)

    def as_json(self) -> dict[str, Any]:
        """The paper as plain JSON values, its text included."""
        return asdict(self)
