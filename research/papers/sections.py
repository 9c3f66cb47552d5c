"""The headings of a paper: from its outline if it has one, else from numbering and typography."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import pypdfium2 as pdfium

from research.papers.layout import Paragraph
from research.papers.paper import Section

MAX_SECTIONS: Final = 500
_NAMED: Final = re.compile(
    r"(?:abstract|summary|introduction|background|(?:materials?|patients?) and methods|methods?|methodology|experimental"
    r"(?: section| procedures?| details)?|theory|results(?: and discussions?)?|discussions?|conclusions?(?: and \w+)?|"
    r"acknowledge?ments?|references|bibliography|appendix|supplementary (?:material|information)|data availability|"
    r"author contributions?|competing interests|conflicts? of interest|funding|literature cited|"
    r"zusammenfassung|einleitung|einführung|material und methoden|methoden|ergebnisse(?: und diskussion)?|diskussion|"
    r"fazit|schlussfolgerung(?:en)?|literatur(?:verzeichnis)?|danksagung|anhang|résumé|introducción|métodos|resultados"
    r"(?: y discusión)?|discusión|conclusiones|referencias|bibliografía|agradecimientos|matériels? et méthodes|"
    r"résultats(?: et discussion)?|remerciements|références|bibliographie|resumen|inhaltsverzeichnis|contents)",
    re.I,
)
_NUMBERED: Final = re.compile(r"(?:(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[IVX]{1,5}\.|[A-H]\.)\s+)(?=[A-ZÀ-ÞА-Я\u4e00-\u9fff])")
_CAPTION: Final = re.compile(r"(?:fig(?:ure|\.)|table|scheme|abb(?:ildung|\.)|tab(?:elle|leau|\.))\s*\d", re.I)


def outline_sections(document: pdfium.PdfDocument) -> list[Section]:
    """The entries of the document's outline, two levels deep, with their pages."""
    sections: list[Section] = []
    for bookmark in document.get_toc(max_depth=6):
        if bookmark.level > 1 or len(sections) >= MAX_SECTIONS:
            continue
        title = " ".join((bookmark.get_title() or "").split())
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        if title and index is not None:
            sections.append(Section(title, index + 1))
    return sections


def typographic_sections(pages: Sequence[Sequence[Paragraph]], body: float) -> list[Section]:
    """The headings found by their words, their number, or by standing out from the body text."""
    return [
        Section(paragraph.text.strip(), number)
        for number, parts in enumerate(pages, 1)
        for paragraph in parts
        if is_heading(paragraph, body)
    ][:MAX_SECTIONS]


def is_heading(paragraph: Paragraph, body: float) -> bool:
    """Whether a paragraph is a heading: short, without a full stop, named, numbered or set apart."""
    text, first = paragraph.text.strip(), paragraph.lines[0]
    if not 3 <= len(text) <= 120 or len(paragraph.lines) > 3 or _CAPTION.match(text) or text.endswith((",", ";", "-")):
        return False
    number = _NUMBERED.match(text)
    words = text[number.end() :] if number else text
    if sum(c.isalpha() for c in words) < 0.6 * len(words.replace(" ", "")) or words.endswith("."):
        return False
    if _NAMED.fullmatch(words.rstrip(" :")):
        return True
    apart = first.face.bold or first.face.italic or first.size > 1.12 * body or (words.isupper() and len(words) > 5)
    if number:
        return apart and first.size >= 0.95 * body
    return words[0].isupper() and first.size > 1.12 * body and (first.face.bold or first.size > 1.25 * body) and len(words.split()) <= 14
