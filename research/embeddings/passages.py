"""Cutting a paper into passages that are found, and shown, by themselves."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from research.ai.analysis import Page
from research.ai.local.sentences import split_text

WORDS = 160
FEWEST_WORDS = 25


@dataclass(frozen=True)
class Passage:
    """Some sentences in a row and the page on which they begin."""

    page: int
    text: str


def passages(pages: Sequence[Page]) -> list[Passage]:
    """Passages of about 160 words that end with a sentence and never run over a page."""
    return [passage for page in pages for passage in page_passages(page)]


def page_passages(page: Page) -> Iterator[Passage]:
    """The passages of one page; a short rest joins the one before it."""
    ready: list[str] = []
    waiting: list[str] = []
    for piece in pieces(page.text):
        waiting.append(piece)
        if word_count(waiting) >= WORDS:
            ready.append(" ".join(waiting))
            waiting = []
    rest = " ".join(waiting)
    if rest and ready and len(rest.split()) < FEWEST_WORDS:
        ready[-1] = f"{ready[-1]} {rest}"
    elif rest:
        ready.append(rest)
    yield from (Passage(page.page, text) for text in ready)


def pieces(text: str) -> Iterator[str]:
    """Sentences; one without an end, such as a table, in parts of a passage's length."""
    flat = re.sub(r"\s+", " ", re.sub(r"([^\W\d_]{2})-\n(?=[^\W\d_])", r"\1", text)).strip()
    for sentence in split_text(flat):
        found = sentence.split()
        for start in range(0, len(found), WORDS):
            yield " ".join(found[start : start + WORDS])


def word_count(texts: Sequence[str]) -> int:
    """The number of words in all of them."""
    return sum(len(text.split()) for text in texts)
