"""What may not get into the header of a mail."""

import pytest

from research.mail.addresses import MailRefused, address, header, recipients
from research.mail.message import Attachment, Mail, build

LINES = [
    "x\r\nBcc: eve@evil.example",
    "x\nBcc: eve@evil.example",
    "x\r",
    "\nx",
    "x\x00y",
    "x\x0by",
    "x\u2028y",
    "x\x85y",
]
ENCODED = [
    "=?UTF-8?Q?x=0ABcc:_eve@evil.example?=",
    "=?utf-8?b?eA0KQmNjOiBldmU=?=",
    "a =?UTF-8?Q?=0D?= b",
    "=?nope?q?x?=",
]


@pytest.mark.parametrize("value", LINES + ENCODED)
def test_no_header_takes_a_second_line(value: str) -> None:
    with pytest.raises(MailRefused):
        build(Mail(("ann@lab.example",), value, "text", "key"), "noreply@lab.example")
    with pytest.raises(MailRefused):
        build(Mail((f"{value} <ann@lab.example>",), "subject", "text", "key"), "noreply@lab.example")
    with pytest.raises(MailRefused):
        build(Mail(("ann@lab.example",), "subject", "text", "key"), f"{value} <noreply@lab.example>")
    attached = (Attachment(value, b"x"),)
    with pytest.raises(MailRefused):
        build(Mail(("ann@lab.example",), "subject", "text", "key", attachments=attached), "noreply@lab.example")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "ann",
        "@lab.example",
        "ann@",
        "ann@lab.example\n",
        "ann@lab.example, eve@evil.example",
        "ann@lab.example eve@evil.example",
        "<ann@lab.example> <eve@evil.example>",
        "ann@lab..example",
        ".ann@lab.example",
        "ann@-lab.example",
        "a" * 250 + "@lab.example",
        "ann@lab.example>",
        "ann\t@lab.example",
    ],
)
def test_what_is_not_one_mailbox_is_refused(value: str) -> None:
    with pytest.raises(MailRefused):
        address(value)


@pytest.mark.parametrize(
    ("value", "spec", "name"),
    [
        ("ann@lab.example", "ann@lab.example", ""),
        (" Ann Müller <ann.m+x@sub.lab.example> ", "ann.m+x@sub.lab.example", "Ann Müller"),
        ('"Müller, Ann" <ann@lab.example>', "ann@lab.example", "Müller, Ann"),
        ("=?utf-8?q?M=C3=BCller?= <ann@lab.example>", "ann@lab.example", "Müller"),
        ("root@localhost", "root@localhost", ""),
    ],
)
def test_a_mailbox_is_read_with_its_name(value: str, spec: str, name: str) -> None:
    read = address(value)
    assert (read.addr_spec, read.display_name) == (spec, name)


def test_a_recipient_named_twice_gets_one_mail() -> None:
    assert [entry.addr_spec for entry in recipients(["a@b.c", "Ann <A@b.c>", "d@b.c"])] == ["a@b.c", "d@b.c"]


@pytest.mark.parametrize("count", [0, 51])
def test_the_number_of_recipients_has_limits(count: int) -> None:
    with pytest.raises(MailRefused, match=f"1 to 50 recipients, got {count}"):
        recipients([f"a{number}@b.c" for number in range(count)])


def test_a_refusal_says_which_character_was_found_where() -> None:
    with pytest.raises(MailRefused, match=r"subject must be one line of text, got the control character U\+000A"):
        header("a\nb", "subject")
