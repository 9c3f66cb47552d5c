"""A batch: the same mail to many, each with data of their own; what cannot be sent is told apart beforehand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from callboard.jobs.errors import Permanent
from research.mail.addresses import address
from research.mail.templates import render


@dataclass(frozen=True)
class Letter:
    """A mail of a batch: to one address, with the data of all and its own."""

    to: str
    address: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Left:
    """An entry of a batch that gets no mail, and why; `number` counts the entries from 1."""

    number: int
    to: str
    reason: str


def sort_out(
    template: str, recipients: Iterable[Mapping[str, Any]], data: Mapping[str, Any]
) -> tuple[list[Letter], list[Left]]:
    """The mails of a batch, and the entries that get none: bad address, named before, or data that does not fit."""
    letters: dict[str, Letter] = {}
    left: list[Left] = []
    for number, entry in enumerate(recipients, 1):
        try:
            letter = letter_for(template, entry, data)
        except Permanent as error:
            left.append(Left(number, entry["to"][:300], str(error)[:500]))
            continue
        if letters.setdefault(letter.address, letter) is not letter:
            left.append(Left(number, entry["to"][:300], "the same address stands in the batch before"))
    return list(letters.values()), left


def letter_for(template: str, entry: Mapping[str, Any], data: Mapping[str, Any]) -> Letter:
    """The mail for one entry. Raises MailRefused for its address, TemplateRefused for its data."""
    own = {**data, **entry.get("data", {})}
    checked = address(entry["to"], "recipient")
    render(template, own)
    return Letter(entry["to"], checked.addr_spec.casefold(), own)
