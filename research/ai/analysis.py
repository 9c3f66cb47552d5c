"""What goes into an analysis and what comes out, whoever makes it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

# Told each piece of an answer as it arrives; what it raises ends the call.
Heard = Callable[[str], None]


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

    @property
    def sha256(self) -> str:
        """The hash of its title and text, by which a document that was read anew is told from the one before."""
        digest = hashlib.sha256(repr(self.title).encode())
        for page in self.pages:
            digest.update(f"\f{page.page}\n{page.text}".encode("utf-8", "replace"))
        return digest.hexdigest()


@dataclass(frozen=True)
class Finding:
    """A sentence that states a result, and the page it stands on (None where a model did not say)."""

    text: str
    page: int | None


@dataclass(frozen=True)
class Usage:
    """What an answer took: tokens in and out, US dollars (None = unknown, never 0 for that), seconds, whose price."""

    model: str
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    seconds: float
    price_source: str | None = None


@dataclass(frozen=True)
class Analysis:
    """What a provider made of a document."""

    provider: str
    summary: str
    key_phrases: tuple[str, ...]
    findings: tuple[Finding, ...]
    usage: Usage


@dataclass(frozen=True)
class Section:
    """A part of an article on a term that is to be written, in so many tokens at the most."""

    term: str
    title: str
    most_tokens: int = 4_000


@dataclass(frozen=True)
class Reply:
    """What a provider said, and what that took."""

    text: str
    usage: Usage


def unheard(_piece: str) -> None:
    """For those who wait for the whole answer."""


class Provider(Protocol):
    """Somebody who can read a document and write a section; both raise the classes of `callboard.jobs.errors`."""

    @property
    def name(self) -> str:
        """The word by which it is chosen, priced and limited: `openai`, `anthropic`, `local`."""

    @property
    def model(self) -> str:
        """The model that is asked."""

    def analyze(self, document: Document, heard: Heard = unheard) -> Analysis:
        """Read the document."""

    def write(self, section: Section, heard: Heard = unheard) -> Reply:
        """Write the section, as Markdown without its heading."""


def document_of_text(text: str, title: str | None = None, language: str | None = None) -> Document:
    """A document of one page."""
    return Document((TextPage(1, text),), title, language)
