"""The report of a paper as a page of Markdown that reads well in a terminal of 80 columns."""

import textwrap
from collections.abc import Sequence
from typing import Any

from research.printing import cell
from research.quantity_tables import quantity_tables
from research.report import Report

WIDTH = 80
MOST_AUTHORS = 8
LANGUAGES = {"en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese"}


def to_markdown(report: Report) -> str:
    """Title, authors and facts; summary, key phrases, findings; the quantities as tables by kind; the sections."""
    parts = [
        f"# {report['title'] or report['file']}",
        authors_line(report["authors"]),
        wrapped(" · ".join(facts(report))),
        section("Summary", wrapped(report["summary"] or "")),
        section("Key phrases", wrapped(" · ".join(report["key_phrases"]))),
        section("Findings", "\n".join(wrapped(finding, "- ", "  ") for finding in report["findings"])),
        section(f"Quantities ({len(report['quantities'])})", quantity_tables(report["quantities"])),
        section("Sections", "\n".join(contents_line(entry) for entry in report["sections"])),
        section("Search", embedding_line(report["embedding"])),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def section(title: str, body: str) -> str:
    """A heading with what stands under it, or nothing where there is nothing."""
    return f"## {title}\n\n{body}" if body.strip() else ""


def authors_line(authors: Sequence[str]) -> str:
    """The authors in a row; of very many the first ones and how many more there are."""
    if not authors:
        return ""
    more = len(authors) - MOST_AUTHORS
    shown = [*authors[:MOST_AUTHORS], f"and {more} more"] if more > 0 else list(authors)
    return wrapped("*" + ", ".join(shown) + "*")


def facts(report: Report) -> list[str]:
    """Year, identifier, length and language, as far as they are known."""
    language = report["language"]
    return [
        *([str(report["year"])] if report["year"] else []),
        *([f"doi:{report['doi']}"] if report["doi"] else []),
        counted(report["pages"], "page"),
        *([LANGUAGES.get(language, language)] if language else []),
        *([counted(report["references"], "reference")] if report["references"] else []),
        report["file"],
    ]


def counted(number: int, noun: str) -> str:
    """`1 page`, `12 pages`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def wrapped(text: str, first: str = "", rest: str = "") -> str:
    """The text in lines of at most 80 columns; no word is cut, so that identifiers can be copied."""
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def contents_line(entry: dict[str, Any]) -> str:
    """A heading, dots, its page."""
    title = cell(entry["title"], WIDTH - 10)
    dots = "." * max(2, WIDTH - len(title) - len(str(entry["page"])) - 4)
    return f"- {title} {dots}{entry['page']}"


def embedding_line(embedding: dict[str, Any]) -> str:
    """How the paper can be searched."""
    if not embedding["chunks"]:
        return ""
    return f"{counted(embedding['chunks'], 'passage')}, embedded by {embedding['model']}"
