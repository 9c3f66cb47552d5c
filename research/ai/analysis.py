"""What goes into an analysis and what comes out, whoever makes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Page(Protocol):
    """The text of one page, counted from 1."""

    @property
    def page(self) -> int:
        """The number of the page."""

    @property
    def text(self) -> str:
        """What it says, with its line breaks."""


class Heading(Protocol):
    """The title of a section and the page it stands on."""

    @property
    def title(self) -> str:
        """The words of the heading."""

    @property
    def page(self) -> int:
        """The number of the page."""


@dataclass(frozen=True)
class TextPage:
    """A page of a text that did not come as a paper."""

    page: int
    text: str


@dataclass(frozen=True)
class Document:
    """What is to be read; title, language (two letters) and sections help where they are known."""

    pages: Sequence[Page]
    title: str | None = None
    language: str | None = None
    sections: Sequence[Heading] = ()


@dataclass(frozen=True)
class Finding:
    """A sentence that states a result, and the page it stands on (None where a model did not say)."""

    text: str
    page: int | None


@dataclass(frozen=True)
class Usage:
    """What an analysis took: tokens in and out, US dollars (None = unknown, never 0 for that), seconds."""

    model: str
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    seconds: float


@dataclass(frozen=True)
class Analysis:
    """What a provider made of a document."""

    provider: str
    summary: str
    key_phrases: tuple[str, ...]
    findings: tuple[Finding, ...]
    usage: Usage


class Provider(Protocol):
    """Somebody who can read a document."""

    @property
    def name(self) -> str:
        """The word by which it is chosen, priced and limited: `openai`, `anthropic`, `local`."""

    def analyze(self, document: Document) -> Analysis:
        """Read the document; raises the classes of `callboard.jobs.errors`."""


def document_of_text(text: str, title: str | None = None, language: str | None = None) -> Document:
    """A document of one page."""
    return Document((TextPage(1, text),), title, language)
