"""Lines into pages of text: furniture of the page dropped, columns in order, paragraphs whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from research.papers.glyphs import LINE_END_HYPHEN
from research.papers.headings import is_heading_line
from research.papers.lines import Line
from research.papers.pdf import Face

MARGIN: Final = 0.1  # share of the page's height at its head and foot where running lines stand
_PAGE_NUMBER: Final = re.compile(
    r"(?:(?:page|seite|p\.)\s*)?[-–—]?\s*(?:\d{1,4}|[ivxlc]{1,6})\s*[-–—]?(?:\s*(?:of|/|von|de)\s*\d+)?", re.I
)
_OPEN_END: Final = re.compile(r"[^.!?:;。][\"'”’)\]]?$")
_GOES_ON: Final = re.compile(r"[a-zà-ÿα-ω(\[0-9−–~<>±%=°,;]")
_WORD_BEFORE: Final = re.compile(r"([^\W\d_]+)$")
_WORD_AFTER: Final = re.compile(r"([^\W\d_]+)")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Consecutive lines that belong together, joined into one text."""

    text: str
    lines: tuple[Line, ...]


def without_furniture(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without running heads and feet, page numbers and marks repeated on most pages."""
    at_edge: Counter[str] = Counter()
    anywhere: Counter[str] = Counter()
    for lines in pages:
        at_edge.update({_shape(line.text) for line in lines if _in_margin(line)})
        anywhere.update({_shape(line.text) for line in lines if len(line.text) > 12})
    often = max(4, len(pages) // 2 + 1)

    def is_furniture(line: Line) -> bool:
        shape = _shape(line.text)
        if _in_margin(line) and (_PAGE_NUMBER.fullmatch(line.text.strip()) or at_edge[shape] > 1):
            return True
        return anywhere[shape] >= often

    return [[line for line in lines if not is_furniture(line)] for lines in pages]


def _in_margin(line: Line) -> bool:
    return not MARGIN * line.height < line.baseline < (1 - MARGIN) * line.height


def _shape(text: str) -> str:
    return re.sub(r"\d+", "#", text.casefold()).strip()


def in_reading_order(lines: list[Line]) -> list[Line]:
    """The lines of a page column by column, if their order in the file jumps between the columns.

    Most files already hold them in reading order, which geometry alone can't better; some go across both columns.
    """
    gutter = _gutter(lines)
    if gutter is None:
        return lines
    sides = [0 if line.right <= gutter else 1 if line.left >= gutter else 2 for line in lines]
    jumps = sum(a != b for a, b in pairwise(sides) if a < 2 and b < 2)
    if jumps < max(6, len(lines) // 4):
        return lines
    return _by_columns(lines, gutter)


def _gutter(lines: list[Line]) -> float | None:
    """Where the blank between two columns lies, if there are two."""
    if len(lines) < 12:
        return None
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    middle = (left + right) / 2
    beside = [line for line in lines if line.right < middle + 12 or line.left > middle - 12]
    lefts = [line for line in beside if line.right < middle + 12 and line.right - line.left > 0.25 * (right - left)]
    rights = [line for line in beside if line.left > middle - 12 and line.right - line.left > 0.25 * (right - left)]
    if min(len(lefts), len(rights)) < 5 or len(beside) < 0.6 * len(lines):
        return None
    return (median(line.right for line in lefts) + median(line.left for line in rights)) / 2


def _by_columns(lines: list[Line], gutter: float) -> list[Line]:
    """From the top: lines across both columns part the page into bands, each read left column first."""
    ordered: list[Line] = []
    band: list[Line] = []
    for line in sorted(lines, key=lambda line: -line.baseline):
        if line.left < gutter - 6 and line.right > gutter + 6:
            ordered += [*_band(band, gutter), line]
            band = []
        else:
            band.append(line)
    return ordered + _band(band, gutter)


def _band(lines: list[Line], gutter: float) -> list[Line]:
    return sorted(lines, key=lambda line: (line.left >= gutter - 6, -line.baseline, line.left))


def body_face(pages: Iterable[Iterable[Line]]) -> Face:
    """The type in which most of the text is set."""
    faces: Counter[Face] = Counter()
    for lines in pages:
        for line in lines:
            faces[line.face] += len(line.text)
    return faces.most_common(1)[0][0] if faces else Face("", 10.0, False, False)


class Words:
    """The words of a document, to tell whether a hyphen at a line's end belongs to the word."""

    def __init__(self, pages: Iterable[Iterable[Line]]) -> None:
        self.seen: Counter[str] = Counter()
        for lines in pages:
            broken = False
            for line in lines:
                found = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", line.text.casefold())
                ends = line.text.endswith((LINE_END_HYPHEN, "-"))  # halves of broken words are no evidence
                self.seen.update(found[int(broken) : len(found) - int(ends)])
                broken = ends

    def joined(self, first: str, second: str) -> str:
        """Two lines as one text, the word broken between them made whole."""
        if not first.endswith((LINE_END_HYPHEN, "-")):
            return f"{first} {second}".replace(LINE_END_HYPHEN, "-")
        marked, stem = first.endswith(LINE_END_HYPHEN), first[:-1]
        head, tail = _WORD_BEFORE.search(stem), _WORD_AFTER.match(second)
        if not head or not tail or not tail[0][0].islower() or (stem.endswith((" ", "(")) and marked):
            return f"{stem}-{second}"
        whole, parted = (head[1] + tail[1]).casefold(), f"{head[1]}-{tail[1]}".casefold()
        keep = self.seen[parted] > self.seen[whole] or (len(head[1]) < 2 or head[1].isupper())
        if not marked and not keep and not self.seen[whole]:
            keep = self.seen[head[1].casefold()] > 0 and self.seen[tail[1].casefold()] > 0 and len(head[1]) > 3
        return f"{stem}-{second}" if keep else stem + second


def paragraphs(lines: list[Line], words: Words) -> list[Paragraph]:
    """The lines grouped into paragraphs, in order; one broken by a figure or a column is put together again."""
    groups: list[list[Line]] = []
    pitch = _pitch(lines)
    for line in lines:
        if groups and _continues(groups[-1], line, pitch):
            groups[-1].append(line)
        else:
            groups.append([line])
    return _mended([_paragraph(group, words) for group in groups], words)


def _pitch(lines: list[Line]) -> float:
    steps = [a.baseline - b.baseline for a, b in pairwise(lines) if 4 < a.baseline - b.baseline < 40]
    return median(steps) if steps else 12.0


def _continues(group: list[Line], line: Line, pitch: float) -> bool:
    """Whether a line belongs to the paragraph that the group is so far."""
    last = group[-1]
    step = last.baseline - line.baseline
    if abs(last.size - line.size) > 0.12 * last.size or not -1 <= step <= max(1.45 * pitch, 1.3 * last.size):
        return False
    if step < 0.3 * pitch:  # the same line, parted by a wide blank
        return 0 <= line.left - last.right < 4 * line.size
    if line.left > last.right or line.right < last.left or _heading_between(group, line):
        return False
    return not _begins_anew(group, line)


def _heading_between(group: list[Line], line: Line) -> bool:
    """Whether the group is a heading set above the line, or the line a heading."""
    last = group[-1]
    if is_heading_line(line.text.strip()) or (len(group) == 1 and is_heading_line(last.text.strip())):
        return True
    other_face = len(group) == 1 and last.face.name != line.face.name and len(last.text) < 80
    if (
        other_face
        and _OPEN_END.search(last.text)
        and line.text[:1].isupper()
        and last.right < line.right - 4 * line.size
    ):
        return True
    return last.face.bold != line.face.bold and (line.face.bold or len(last.text) < 60)


def _begins_anew(group: list[Line], line: Line) -> bool:
    """Whether the line is the first of a new paragraph: indented, or after a short last line."""
    last, several = group[-1], len(group) > 1
    ends = not _OPEN_END.search(last.text.rstrip())
    short = several and last.right < max(one.right for one in group) - 3 * line.size
    indented = several and line.left > min(one.left for one in group[-2:]) + 0.8 * line.size
    return ends and (short or indented)


def _paragraph(group: list[Line], words: Words) -> Paragraph:
    """The lines of a group as one text; a hyphen at the very end is left for the next column to settle."""
    text = group[0].text.strip()
    for before, line in pairwise(group):
        same_line = abs(before.baseline - line.baseline) < 2
        text = f"{text} {line.text.strip()}" if same_line else words.joined(text, line.text.strip())
    return Paragraph(text, tuple(group))


def _mended(parts: list[Paragraph], words: Words) -> list[Paragraph]:
    """Paragraphs whose sentence goes on in a later one of the same size, joined to it."""
    done: list[Paragraph] = []
    open_at: dict[float, int] = {}
    for part in parts:
        size = round(part.lines[0].size, 1)
        at = open_at.get(size)
        if at is not None and _GOES_ON.match(part.text) and len(part.text) > 25:
            done[at] = Paragraph(words.joined(done[at].text, part.text), done[at].lines + part.lines)
        else:
            done.append(part)
            at = len(done) - 1
        if len(done[at].text) > 60:
            if _OPEN_END.search(done[at].text) or done[at].text.endswith(LINE_END_HYPHEN):
                open_at[size] = at
            else:
                open_at.pop(size, None)
    return [Paragraph(part.text.replace(LINE_END_HYPHEN, "-"), part.lines) for part in done]
