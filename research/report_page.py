"""The report of a paper as a page of Markdown that reads well in a terminal of 80 columns."""

import re
import textwrap
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from research.report import Report
from research.units import printed_unit

WIDTH = 80
NAME_WIDTH = 36
VALUE_WIDTH = 30
MOST_AUTHORS = 8
SIGNS = {"~": "≈ ", "<": "< ", ">": "> ", "≤": "≤ ", "≥": "≥ ", "=": ""}
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


def quantity_tables(quantities: Sequence[dict[str, Any]]) -> str:
    """One table for each unit, those with most values first; the order within a table is that of the paper."""
    by_unit = groupby(sorted(quantities, key=lambda q: q["unit"]), key=lambda q: q["unit"])
    groups = [(unit, sorted(group, key=lambda q: q["page"])) for unit, group in by_unit]
    ordered = sorted(groups, key=lambda group: (-len(group[1]), group[0]))
    several = [group for _, group in ordered if len(group) > 1]
    single = [quantity for _, group in ordered if len(group) == 1 for quantity in group]
    return "\n\n".join(table(group) for group in [*several, sorted(single, key=lambda q: q["page"])] if group)


def table(quantities: Iterable[dict[str, Any]]) -> str:
    """A table of name, value and page, laid out so that it is one without rendering, too."""
    rows = list(dict.fromkeys((cell(q["name"], NAME_WIDTH), value_cell(q), str(q["page"])) for q in quantities))
    heads = ("Quantity", "Value", "Page")
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(3)]
    lines = [" | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in [heads, *rows]]
    rule = " | ".join(["-" * widths[0], "-" * widths[1], "-" * (widths[2] - 1) + ":"])
    return "\n".join(f"| {line} |" for line in [lines[0], rule, *lines[1:]])


def cell(text: str | None, width: int) -> str:
    """A text on one line of a table, shortened at a word where it is too long."""
    flat = re.sub(r"\s+", " ", text or "–").replace("|", "/").strip() or "–"
    return flat if len(flat) <= width else textwrap.shorten(flat, width, placeholder=" …")


def value_cell(quantity: dict[str, Any]) -> str:
    """A value with its sign, range and unit: `≈ 13.1 mW/cm²`, `2.7 – 4.2 V`."""
    value, highest = quantity["value"], quantity["max"]
    span = number(value) if highest is None else f"{number(value)} – {number(highest)}"
    unit = printed_unit(quantity["unit"])
    joined = f"{span}{unit}" if unit.startswith("°") and len(unit) == 1 else f"{span} {unit}".strip()
    joined = f"pH {span}" if unit == "pH" else joined
    return cell(SIGNS.get(quantity["comparator"] or "=", "") + joined, VALUE_WIDTH)


def number(value: float) -> str:
    """A number as one would write it: no trailing zeros, thousands set apart, powers of ten only when far out."""
    if value and not 1e-4 <= abs(value) < 1e7:
        mantissa, exponent = f"{value:.4g}".split("e") if "e" in f"{value:.4g}" else (f"{value:.4g}", "0")
        power = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{mantissa}×10{power}".replace("-", "−")
    text = f"{value:,.10g}" if abs(value) >= 10_000 else f"{value:.10g}"
    return text.replace("-", "−")


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
