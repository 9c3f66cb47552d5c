"""docs/command.md: made from the help, and as new as that."""

from pathlib import Path

from cli.main import COMMANDS
from cli.page import command_page

PAGE = Path(__file__).parents[2] / "docs" / "command.md"


def test_the_page_is_that_of_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == command_page(), "run `make docs`"


def test_every_word_and_every_further_word_has_examples() -> None:
    parts = command_page().split("\n## ")
    told = [part for section in parts for part in section.split("\n### ")[1:]]
    assert len(told) == sum(len(words) for words in COMMANDS.values())
    for part in told:
        for word in part.split("\n#### "):
            assert "```\ncallboard" in word or "```\n" in word, word.splitlines()[0]
