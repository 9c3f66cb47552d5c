"""The short answers: each command of theirs is one that there is, with its flags, and each link leads somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from cli.main import root
from tests.docs.blocks import blocks
from tests.house.sources import ROOT
from web.rules import RULES

FOLDER = ROOT / "docs" / "how-to"
PAGES = sorted(FOLDER.glob("*.md"))
TOLD = [*PAGES, ROOT / "README.md", ROOT / "docs" / "tutorial.md", ROOT / "docs" / "deploy.md"]
SEPARATE = "();<>|&"


def commands(page: Path) -> list[list[str]]:
    """The words after each `callboard` in the shell blocks of a page."""
    shell = [line for block in blocks(page) if block.language == "sh" for line in block.text.splitlines()]
    return [found[1:] for line in shell for found in parts(line) if found[:1] == ["callboard"]]


def parts(line: str) -> list[list[str]]:
    """The commands of a line of shell, each as its words."""
    reader = shlex.shlex(line, posix=True, punctuation_chars=SEPARATE)
    reader.whitespace_split = True
    found: list[list[str]] = [[]]
    for word in reader:
        if set(word) <= set(SEPARATE):
            found.append([])
        else:
            found[-1].append(word)
    return found


def parse(words: list[str]) -> None:
    """Read a command line as the command does, without doing it. Raises UsageError."""
    command: click.Command = root
    context = click.Context(root, info_name="callboard")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        _, found, words = command.resolve_command(context, words)
        assert found is not None
        command, context = found, click.Context(found, parent=context, info_name=found.name)
    if not isinstance(command, click.Group):
        command.make_context(command.name, words, parent=context.parent)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_can_be_given_so(page: Path) -> None:
    for words in commands(page):
        try:
            parse(words)
        except click.exceptions.Exit:
            assert "--help" in words


def test_the_reading_of_commands_sees_a_wrong_flag() -> None:
    assert sum(len(commands(page)) for page in PAGES) > 30
    with pytest.raises(click.UsageError):
        parse(["queues", "drain", "mail", "--dry-run"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_route_is_one_that_is_served(page: Path) -> None:
    served = {(method, re.sub(r"<[^>]+>", "ID", rule)) for method, rule in RULES}
    named = re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/api/v1/[\w/-]+)", page.read_text())
    assert [route for route in named if route not in served] == []


def test_the_index_names_every_page() -> None:
    index = (FOLDER / "README.md").read_text()
    assert [page.name for page in PAGES if page.name != "README.md" and f"({page.name})" not in index] == []


@pytest.mark.parametrize("page", TOLD, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_every_link_leads_to_a_page_and_a_heading_that_are_there(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text()):
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        assert not anchor or anchor in headings(file), target


def headings(page: Path) -> set[str]:
    """The anchors of a page, as they are made from its headings."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_the_readme_can_be_read_in_one_sitting() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 250
