"""Reading a paper: from the file to its text, its headers, its sections and its references."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pypdfium2 as pdfium

from research.papers.authors import find_authors
from research.papers.errors import UnreadablePaper
from research.papers.imprint import find_doi, find_language, find_year
from research.papers.layout import Paragraph, Words, body_face, in_reading_order, paragraphs, without_furniture
from research.papers.lines import Line, lines_of
from research.papers.paper import PageText, Paper, Section
from research.papers.pdf import Face, glyphs_of, opened
from research.papers.quantities import find_quantities
from research.papers.references import entries, split_pages
from research.papers.sections import outline_sections, typographic_sections
from research.papers.title import find_title, plain

__all__ = ["Progress", "find_quantities", "read_paper"]

MAX_CHARACTERS = 20_000_000
Progress = Callable[[int, int, str], None]


def _silent(done: int, total: int, step: str) -> None:
    """Progress that nobody asked for."""


def read_paper(
    path: Path, *, name: str | None = None, password: str | None = None, progress: Progress = _silent
) -> Paper:
    """Read the PDF at `path`; raises UnreadablePaper if no retry could make it readable.

    `name` is what errors and the paper call it, where the path says nothing to people; `progress(done, total, step)`
    is called after each page.
    """
    name = name or path.name
    with opened(path, name, password) as document:
        total = len(document)
        pages, turned = _pages(document, name, progress)
        stored = {key: _stored(document, key) for key in ("Title", "Author", "Subject", "Keywords", "CreationDate")}
        outline = outline_sections(document)
    if not any(line.text.strip() for lines in pages for line in lines):
        raise UnreadablePaper(f"{name}: no text layer on any of its {total} pages (a scan?); it needs OCR first")
    return _paper(name, pages, turned, stored, outline)


def _stored(document: pdfium.PdfDocument, key: str) -> str:
    """An entry of the file's own metadata; "" if it is missing or damaged."""
    try:
        return str(document.get_metadata_value(key))
    except UnicodeDecodeError:
        return ""


def _pages(document: pdfium.PdfDocument, name: str, progress: Progress) -> tuple[list[list[Line]], list[str]]:
    pages: list[list[Line]] = []
    turned: list[str] = []
    characters = 0
    for index in range(len(document)):
        try:
            page = document[index]
        except pdfium.PdfiumError as error:
            raise UnreadablePaper(
                f"{name}: page {index + 1} of {len(document)} is damaged; fetch the file again"
            ) from error
        try:
            upright, aside = glyphs_of(page)
            pages.append(lines_of(upright, index + 1, page.get_height()))
        finally:
            page.close()
        turned.append("".join(f" {glyph.text}" if glyph.space else glyph.text for glyph in aside) if index == 0 else "")
        characters += len(upright)
        if characters > MAX_CHARACTERS:
            raise UnreadablePaper(f"{name}: more than {MAX_CHARACTERS} characters by page {index + 1}; split the file")
        progress(index + 1, len(document), "text")
    return pages, turned


def _paper(
    name: str, pages: list[list[Line]], turned: list[str], stored: dict[str, str], outline: list[Section]
) -> Paper:
    words = Words(pages)
    body = body_face(pages)
    clean = [in_reading_order(lines) for lines in without_furniture(pages)]
    parts, cited = split_pages([paragraphs(lines, words) for lines in clean])
    text = tuple(
        PageText(number, _text(page), _text(refs))
        for number, (page, refs) in enumerate(zip(parts, cited, strict=True), 1)
    )
    title, title_lines, title_page = _title(pages, stored.get("Title"), body.size)
    authors = tuple(find_authors(pages[title_page], title_lines, stored.get("Author")))
    first = [_raw(lines) for lines in pages[:2]]
    return Paper(
        file=name,
        title=title,
        authors=authors,
        year=find_year(f"{first[0]}\n{turned[0]}", first[1:], stored.get("CreationDate")),
        doi=find_doi(first, (stored.get("Subject", ""), stored.get("Title", ""), stored.get("Keywords", ""))),
        pages=len(pages),
        language=find_language("\n".join(page.text for page in text)),
        sections=tuple(_sections(outline, _below_title(parts, title_page, title_lines), body, title, authors)),
        references=tuple(entries(cited)),
        text=text,
    )


def _title(pages: list[list[Line]], stored: str | None, body: float) -> tuple[str | None, list[Line], int]:
    """The title with its lines and the index of its page: the first with text, or the next if that is a cover sheet."""
    with_text = [index for index, lines in enumerate(pages[:4]) if sum(len(line.text) for line in lines) > 8]
    for index in with_text[:2]:
        title, lines = find_title(pages[index], stored, body)
        if title:
            return title, lines, index
    return None, [], with_text[0] if with_text else 0


def _below_title(
    parts: Sequence[Sequence[Paragraph]], title_page: int, title: Sequence[Line]
) -> list[Sequence[Paragraph]]:
    """The pages without the masthead: on the title's page only what stands below it; nothing of a cover before it."""
    if not title:
        return list(parts)
    foot = min(line.baseline for line in title)
    below = [part for part in parts[title_page] if part.lines[0].baseline < foot]
    return [*([] for _ in range(title_page)), below, *parts[title_page + 1 :]]


def _sections(
    outline: list[Section], parts: Sequence[Sequence[Paragraph]], body: Face, title: str | None, authors: Sequence[str]
) -> list[Section]:
    headings = [section for section in outline if plain(section.title) != plain(title or "")]
    found = headings if len(headings) >= 3 else typographic_sections(parts, body)
    names = [plain(author) for author in authors]
    return [
        section
        for section in found
        if plain(section.title) != plain(title or "") and not any(name in plain(section.title) for name in names)
    ]


def _text(parts: Sequence[Paragraph]) -> str:
    return "\n".join(part.text for part in parts)


def _raw(lines: Sequence[Line]) -> str:
    return "\n".join(line.text for line in lines)
