"""docs/notifications.md and docs/webhooks.md say what the code does."""

import re
import shlex
from typing import Any

import pytest

from cli.main import root
from research.notifications.rules import DEFAULTS
from research.outbound.client import Answer
from research.webhooks.answers import judge
from research.webhooks.filters import TOO_FREQUENT
from research.webhooks.signature import new_secret, signed_headers
from tests.house.sources import ROOT

NOTIFICATIONS, WEBHOOKS = ((ROOT / "docs" / f"{name}.md").read_text() for name in ("notifications", "webhooks"))


def rows(page: str, table: str) -> list[list[str]]:
    """The cells of a table of a page, without its head."""
    part = re.search(rf"<!-- table: {table} -->(.*?)<!-- end -->", page, re.DOTALL)
    assert part, f"the page has no table {table}"
    lines = [line for line in part[1].splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_rule_is_listed_with_its_numbers() -> None:
    told = [(name, about, numbers) for name, about, numbers in rows(NOTIFICATIONS, "rules")]
    numbers = [" ".join(f"{name}={value:g}" for name, value in rule.numbers.items()) for rule in DEFAULTS]
    assert told == [(rule.name, rule.about, said) for rule, said in zip(DEFAULTS, numbers, strict=True)]


@pytest.mark.parametrize("page", [NOTIFICATIONS, WEBHOOKS])
def test_every_command_of_the_page_is_understood(page: str) -> None:
    block = re.search(r"```\n(callboard.*?)```", page, re.DOTALL)
    assert block
    for line in block[1].splitlines():
        name, *words = shlex.split(re.split(r" {3,}", line)[0])[1:]
        group: Any = root.get_command(root.make_context("callboard", [name], resilient_parsing=True), name)
        further = group.commands[words[0]] if words else group.commands[group.default]
        further.make_context(words[0] if words else "ls", words[1:])


def test_the_table_of_answers_is_that_of_the_code() -> None:
    meanings = {cells[0]: cells[1] for cells in rows(WEBHOOKS, "answers")}
    again = {408, 409, 423, 425, 429, *range(500, 600)}
    for status in range(200, 600):
        outcome = judge(Answer(status, {}, "", 0.0)).outcome
        expected = (
            "delivered" if status < 300 else "again" if status in again else "gone" if status == 410 else "refused"
        )
        assert outcome == expected, status
    assert meanings["2xx"] == "delivered"
    assert meanings["408, 409, 423, 425, 429, 5xx"].startswith("tried again: 8 times in all")
    assert all(f"`{event}`" in WEBHOOKS for event in TOO_FREQUENT)


def test_the_receiver_of_the_page_accepts_what_we_sign_and_nothing_else() -> None:
    code = next(block for block in re.findall(r"```python\n(.*?)```", WEBHOOKS, re.DOTALL) if "def check" in block)
    space: dict[str, Any] = {}
    exec(code, space)
    secret, body = new_secret(), b'{"a":1}'
    headers = signed_headers([new_secret(), secret], "msg_1", int(space["time"].time()), body)
    space["check"](secret, headers, body)
    with pytest.raises(ValueError, match="the signature is wrong"):
        space["check"](secret, headers, body + b" ")
    with pytest.raises(ValueError, match="too old"):
        space["check"](secret, headers | {"webhook-timestamp": "1"}, body)
