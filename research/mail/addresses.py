"""Checking what goes into the header of a mail, so that nobody can add lines, recipients or a body of their own."""

import re
import unicodedata
from email.header import decode_header
from email.headerregistry import Address

from callboard.jobs.errors import Permanent

LONGEST_HEADER = 500
LONGEST_ADDRESS = 254
MOST_RECIPIENTS = 50
LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
MAILBOX = re.compile(rf"({LOCAL})@({DOMAIN})\Z")
NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]+)>\Z")
# An encoded word may hide a line break that some servers decode (`=?UTF-8?Q?=0A?=`).
ENCODED_WORD = re.compile(r"=\?[^?]*\?[bBqQ]\?[^?]*\?=")


class MailRefused(Permanent):
    """Raised when an address or a header could change the mail into another one; the job fails at once."""


def header(value: str, name: str) -> str:
    """The value, if it is one line of printable text, also after decoding; raises MailRefused."""
    if len(value) > LONGEST_HEADER:
        raise MailRefused(f"{name} has {len(value)} characters, at most {LONGEST_HEADER} are allowed")
    for text in (value, decoded(value)):
        if found := next((c for c in text if is_control(c)), None):
            raise MailRefused(f"{name} must be one line of text, got the control character U+{ord(found):04X}")
    return value


def decoded(value: str) -> str:
    """The value with its encoded words read."""
    if not ENCODED_WORD.search(value):
        return value
    try:
        pieces = decode_header(value)
        return "".join(p if isinstance(p, str) else p.decode(charset or "ascii", "replace") for p, charset in pieces)
    except (ValueError, LookupError):
        raise MailRefused(f"an encoded word was expected to be readable, got {value[:80]!r}") from None


def is_control(character: str) -> bool:
    """Whether a character ends a line or is invisible, and so has no place in a header."""
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def address(value: str, name: str = "address") -> Address:
    """A mailbox such as `a@b.org` or `Ann Author <a@b.org>`; raises MailRefused."""
    text = header(value, name).strip(" ")
    named = NAMED.match(text)
    bare = named["address"].strip(" ") if named else text
    match = MAILBOX.match(bare)
    if not match or len(bare) > LONGEST_ADDRESS:
        raise MailRefused(f"{name} must be like ann@lab.example or Ann <ann@lab.example>, got {value[:80]!r}")
    shown = decoded(named["name"]).strip(' "') if named else ""
    return Address(shown, match[1], match[2])


def recipients(values: list[str]) -> list[Address]:
    """The checked addresses, each once, in their order; raises MailRefused."""
    if not 1 <= len(values) <= MOST_RECIPIENTS:
        raise MailRefused(f"a mail has 1 to {MOST_RECIPIENTS} recipients, got {len(values)}")
    checked = [address(value, "recipient") for value in values]
    first: dict[str, Address] = {}
    for entry in checked:
        first.setdefault(entry.addr_spec.casefold(), entry)
    return list(first.values())
