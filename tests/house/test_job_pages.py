"""Every job type has a page whose three examples, in Python, for curl and for the command, fit its schema."""

import ast
import json
import re
import shlex
from typing import Any

import dramatiq.broker
import pytest

from callboard.worker.job import JobActor
from cli.commands.enqueue import texts_of
from cli.values import parse_pairs
from tests.house.sources import ROOT

_before = dramatiq.broker.global_broker
import actors  # noqa: E402

dramatiq.broker.global_broker = _before

PAGES = ROOT / "docs" / "jobs"
TYPES: dict[str, JobActor] = {
    name: actor for name, actor in actors.broker.actors.items() if isinstance(actor, JobActor) and actor.schema
}


def page(type: str) -> str:
    path = PAGES / f"{type}.md"
    assert path.is_file(), f"docs/jobs/{type}.md is missing"
    return path.read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language below the heading of the examples."""
    return re.findall(rf"^```{language}\n(.*?)^```", text.partition("## Example")[2], re.MULTILINE | re.DOTALL)


def joined(block: str) -> str:
    """A shell block with its continued lines as one."""
    return block.replace("\\\n", " ")


def accepted(type: str, given: dict[str, Any]) -> None:
    TYPES[type].loaded(given)


@pytest.mark.parametrize("type", TYPES)
def test_the_page_names_every_argument(type: str) -> None:
    schema = TYPES[type].schema
    assert schema is not None
    text = page(type)
    assert [name for name in schema.fields if f"`{name}`" not in text] == []


# S2.41 S5.34
@pytest.mark.parametrize("type", TYPES)
def test_the_page_says_why_the_job_is_safe_to_repeat(type: str) -> None:
    assert "safe to repeat" in page(type).lower()


@pytest.mark.parametrize("type", TYPES)
def test_the_example_in_python_fits_the_schema(type: str) -> None:
    calls = [
        node
        for block in blocks(page(type), "python")
        for node in ast.walk(ast.parse(block))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in (f"{type}.send", f"{type}.call")
    ]
    assert calls, f"docs/jobs/{type}.md shows no {type}.send(...)"
    for call in calls:
        accepted(type, {word.arg: ast.literal_eval(word.value) for word in call.keywords if word.arg})


@pytest.mark.parametrize("type", TYPES)
def test_the_example_for_curl_fits_the_schema(type: str) -> None:
    sent = [
        json.loads(words[words.index("-d") + 1])
        for block in blocks(page(type), "sh")
        for line in joined(block).splitlines()
        if (words := shlex.split(line))[:1] == ["curl"] and "-d" in words
    ]
    bodies = [body for body in sent if body.get("type") == type]
    assert bodies, f"docs/jobs/{type}.md shows no curl that creates a {type}"
    for body in bodies:
        accepted(type, body["args"])


@pytest.mark.parametrize("type", TYPES)
def test_the_example_for_the_command_fits_the_schema(type: str) -> None:
    lines = [line for block in blocks(page(type), "sh") for line in joined(block).splitlines()]
    given = [
        parse_pairs([word for word in shlex.split(line)[3:] if re.match(r"\w+=", word)], texts_of(TYPES[type]))
        for line in lines
        if line.startswith(f"callboard enqueue {type} ")
    ]
    assert given, f"docs/jobs/{type}.md shows no `callboard enqueue {type} ...`"
    for arguments in given:
        accepted(type, arguments)


def test_no_page_is_left_of_a_type_that_is_gone() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} - {"README"} == set(TYPES)
