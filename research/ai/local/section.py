"""A section on a term from what the stored papers say of it: their own sentences, each with its source."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from research.ai.analysis import Section
from research.ai.errors import NothingKnown
from research.ai.local.sentences import cleaned, is_readable, split_text
from research.ai.local.words import stem, stop_words, words

MOST_SENTENCES = 8
# What the first page of a paper says of itself: it names the term in its title, and nothing of it.
IMPRINT = re.compile(r"\b(?:cite this|doi|received|accepted|copyright|e-?mail)\b|[©@†‡]", re.IGNORECASE)
# A word of English is about four thirds of a token.
WORDS_PER_TOKEN = 0.75


class Found(Protocol):
    """A passage of a stored paper, as `research.search` finds it."""

    @property
    def paper(self) -> str:
        """The id of the paper."""

    @property
    def title(self) -> str | None:
        """Its title, if it is known."""

    @property
    def page(self) -> int:
        """The page on which the passage begins, from 1."""

    @property
    def passage(self) -> str:
        """What it says."""


# The passages that answer a question, best first.
Find = Callable[[str], Sequence[Found]]


@dataclass(frozen=True)
class Statement:
    """A sentence that names the term, where it stands, and how well it fits the section."""

    text: str
    source: Found
    fit: float


def compose(section: Section, find: Find) -> str:
    """The section as Markdown: sentences of the papers, numbered sources below. Raises NothingKnown."""
    passages = {(hit.paper, hit.page, hit.passage): hit for hit in [*find(asked(section)), *find(section.term)]}
    stated = [statement for hit in passages.values() for statement in statements(hit, section)]
    if not stated:
        raise NothingKnown(
            f"the library says nothing on {section.term!r}: extract and embed papers on it, or choose another provider"
        )
    return laid_out(section, chosen(stated, section.most_tokens * WORDS_PER_TOKEN))


def asked(section: Section) -> str:
    """What the library is asked."""
    return f"{section.term} {section.title}"


def statements(hit: Found, section: Section) -> Iterator[Statement]:
    """The sentences of a passage that name the term in full."""
    small = stop_words(None)
    term = stems(section.term, small) or stems(section.term, frozenset())
    about = stems(section.title, small) - term
    for text in map(cleaned, split_text(hit.passage)):
        found = {stem(word) for word in words(text)}
        if term and term <= found and is_readable(text, small) and not IMPRINT.search(text):
            yield Statement(text, hit, len(about & found) / (len(about) or 1))


def stems(text: str, without: frozenset[str]) -> set[str]:
    """The stems of the words of a text, but for some."""
    return {stem(word) for word in words(text) if word.casefold() not in without}


def chosen(stated: Sequence[Statement], most_words: float) -> list[Statement]:
    """The statements that fit best, each only once, in the order in which they were found."""
    unique = list({statement.text: statement for statement in stated}.values())
    kept: list[Statement] = []
    for statement in sorted(unique, key=lambda statement: -statement.fit)[:MOST_SENTENCES]:
        most_words -= len(statement.text.split())
        if most_words < 0 and kept:
            break
        kept.append(statement)
    return [statement for statement in unique if statement in kept]


def laid_out(section: Section, kept: Sequence[Statement]) -> str:
    """Sentences with the numbers of their sources, and the sources."""
    places = {(s.source.paper, s.source.page): s.source for s in kept}
    numbers = {place: number for number, place in enumerate(places, 1)}
    said = " ".join(f"{s.text} [{numbers[s.source.paper, s.source.page]}]" for s in kept)
    sources = [f"[{numbers[place]}] {hit.title or hit.paper}, p. {hit.page}" for place, hit in places.items()]
    return f"What the stored papers say on {section.term}: {said}\n\nSources:\n\n" + "\n".join(
        f"- {s}" for s in sources
    )
