"""The headings of a paper: from its outline if it has one, else from numbering and typography."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import pypdfium2 as pdfium

from research.papers.headings import NAMED, NUMBER
from research.papers.layout import Paragraph
from research.papers.lines import Line
from research.papers.paper import Section
from research.papers.pdf import Face

MAX_SECTIONS: Final = 500
_CAPTION: Final = re.compile(r"(?:fig(?:ure|\.)|table|scheme|abb(?:ildung|\.)|tab(?:elle|leau|\.))\s*\d", re.I)


def outline_sections(document: pdfium.PdfDocument) -> list[Section]:
    """The entries of the document's outline, two levels deep, with their pages."""
    sections: list[Section] = []
    for bookmark in document.get_toc(max_depth=6):
        if bookmark.level > 1 or len(sections) >= MAX_SECTIONS:
            continue
        try:
            title = " ".join((bookmark.get_title() or "").split())
        except UnicodeDecodeError:  # one damaged entry must not cost the paper
            continue
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        if title and index is not None:
            sections.append(Section(title, index + 1))
    return sections


def typographic_sections(pages: Sequence[Sequence[Paragraph]], body: Face) -> list[Section]:
    """The headings found by their words, their number, or by standing out from the body text."""
    return [
        Section(paragraph.text.strip(" ■●▪◆•□"), number)
        for number, parts in enumerate(pages, 1)
        for paragraph in parts
        if is_heading(paragraph, body)
    ][:MAX_SECTIONS]


def is_heading(paragraph: Paragraph, body: Face) -> bool:
    """Whether a paragraph is a heading: short, without a full stop, named, numbered or set apart."""
    text = paragraph.text.strip()
    if not 3 <= len(text) <= 120 or len(paragraph.lines) > 3 or _CAPTION.match(text) or text.endswith((",", ";", "-")):
        return False
    number = NUMBER.match(text)
    words = text[number.end() :] if number else text
    if sum(c.isalpha() for c in words) < 0.6 * len(words.replace(" ", "")) or words.endswith("."):
        return False
    return bool(NAMED.fullmatch(words.rstrip(" :"))) or _stands_out(words, paragraph.lines[0], body, number is not None)


def _stands_out(words: str, line: Line, body: Face, numbered: bool) -> bool:
    """Whether the type alone says heading; a number asks for less than none."""
    larger, bold = line.size > 1.12 * body.size, line.face.bold
    if numbered:
        other = bold or line.face.italic or line.face.name != body.name or (words.isupper() and len(words) > 5)
        return (other or larger) and line.size >= 0.95 * body.size
    if not words[0].isupper() or len(words.split()) > 14:
        return False
    plain_bold = bold and not body.bold and line.size >= 0.98 * body.size and 5 < len(words) < 80
    return plain_bold or (larger and (bold or line.size > 1.25 * body.size))
