"""Characters into lines: one baseline, raised and lowered marks told apart, words spaced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from research.papers.glyphs import superscript
from research.papers.pdf import Face, Glyph

RAISED: Final = "^"
LOWERED: Final = "_"
LEVEL: Final = " "


@dataclass(frozen=True, slots=True)
class Line:
    """A line of print, or the part of it within a column.

    `script` is as long as `text` and says for each character if it is raised (^), lowered (_) or level. Positions are
    in points from the lower left corner of the page; `height` is the page's.
    """

    text: str
    script: str
    page: int
    left: float
    right: float
    baseline: float
    face: Face
    height: float

    @property
    def size(self) -> float:
        """The font size of most of the line, in points."""
        return self.face.size


def lines_of(glyphs: list[Glyph], page: int, height: float) -> list[Line]:
    """The lines of a page in the order of its content."""
    runs = _split_at_breaks(glyphs) if _right_to_left(glyphs) else _split_by_place(glyphs)
    return [line for run in runs if (line := _line(run, page, height)) is not None]


def _right_to_left(glyphs: list[Glyph]) -> bool:
    arabic_or_hebrew = sum("\u0590" <= glyph.text[0] <= "\u08ff" for glyph in glyphs)
    return arabic_or_hebrew * 2 > len(glyphs)


def _split_at_breaks(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    runs: list[list[Glyph]] = []
    for glyph in glyphs:
        if not runs or glyph.broken:
            runs.append([])
        runs[-1].append(glyph)
    return runs


class _Run:
    """A line in the making: its characters and the baseline and size they keep to."""

    def __init__(self, first: Glyph) -> None:
        self.glyphs = [first]
        self.baseline, self.size = first.baseline, first.face.size

    def takes(self, glyph: Glyph) -> bool:
        """Whether the character goes on in this line; lets a first small mark (a footnote sign) give way."""
        last, size = self.glyphs[-1], glyph.face.size
        big = max(self.size, size)
        gap, rise = glyph.left - last.right, glyph.baseline - self.baseline
        if abs(glyph.left - last.left) < 0.05 * size and abs(glyph.baseline - last.baseline) < 0.05 * size:
            return True  # a further letter of a ligature, which all have the one box
        if gap < -0.7 * big or gap > 1.7 * big:
            return False
        if abs(rise) <= 0.12 * big:
            self.size = max(self.size, size) if abs(rise) < 0.02 * big else self.size
            return True
        if size <= 0.92 * self.size and abs(rise) <= 0.75 * self.size:
            return True
        if size > 1.08 * self.size and 0.1 * size < abs(rise) < 0.75 * size and len(self.glyphs) <= 6:
            self.baseline, self.size = glyph.baseline, size
            return True
        return (
            0.2 * big <= abs(rise) <= 0.5 * big
            and gap < 0.3 * big
            and (glyph.text in "0123456789−-–+" or not glyph.broken)
        )


def _split_by_place(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    runs: list[_Run] = []
    for glyph in glyphs:
        if runs and runs[-1].takes(glyph):
            runs[-1].glyphs.append(glyph)
        else:
            runs.append(_Run(glyph))
    return [run.glyphs for run in runs]


def _line(run: list[Glyph], page: int, height: float) -> Line | None:
    sizes: Counter[float] = Counter()
    for glyph in run:
        sizes[glyph.face.size] += 1
    common = max(sizes, key=lambda size: (sizes[size], size))
    # many raised digits must not outvote the two letters of a unit: the larger size wins if it has a third
    larger = [size for size in sizes if size > 1.1 * common and sizes[size] * 3 >= len(run)]
    size = max(larger) if larger else common
    levels = Counter(round(glyph.baseline, 1) for glyph in run if glyph.face.size >= 0.92 * size)
    baseline = levels.most_common(1)[0][0]
    text, script = _spell(run, baseline, size)
    if not text.strip():
        return None
    faces = Counter(glyph.face for glyph in run if glyph.face.size == size)
    left, right = min(g.left for g in run), max(g.right for g in run)
    return Line(text, script, page, left, right, baseline, faces.most_common(1)[0][0], height)


def _spell(run: list[Glyph], baseline: float, size: float) -> tuple[str, str]:
    text: list[str] = []
    script: list[str] = []
    before: Glyph | None = None
    for glyph in run:
        level = _level(glyph, baseline, size)
        if before is not None and _blank_between(before, glyph, size):
            text.append(" ")
            script.append(LEVEL if level != script[-1] else level)
        shown = superscript(glyph.text) if level == RAISED else glyph.text
        text.append(shown)
        script.append(level * len(shown))
        before = glyph
    return "".join(text), "".join(script)


def _level(glyph: Glyph, baseline: float, size: float) -> str:
    rise = (glyph.baseline - baseline) / (size or 1.0)
    small = glyph.face.size < 0.92 * size
    if rise > (0.12 if small else 0.22):
        return RAISED
    if rise < (-0.06 if small else -0.22):
        return LOWERED
    return LEVEL


def _blank_between(before: Glyph, glyph: Glyph, size: float) -> bool:
    gap = (glyph.left - before.right) / (size or 1.0)
    if glyph.text in ",.;:)]" and glyph.broken:  # a break after a raised mark is no blank
        return gap > 0.28
    if glyph.space:
        return gap > 0.02 or not glyph.broken
    return gap > (0.11 if glyph.broken else 0.5)
