"""Opening a PDF with PDFium, within bounds, and taking its characters off the pages."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pypdfium2 as pdfium
from pypdfium2 import raw

from research.papers.bounds import check_file
from research.papers.errors import UnreadablePaper
from research.papers.glyphs import LINE_END_HYPHEN, from_shape, needs_a_look, repaired

MAX_PAGES: Final = 2_000
MAX_PAGE_CHARACTERS: Final = 400_000
INVISIBLE: Final = 3  # text render mode of the layer that OCR lays under a scan

_BREAKS: Final = (0x0A, 0x0D)
_BLANKS: Final = (0x20, 0xA0, *_BREAKS)

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Face:
    """How a run of text is set: font name, size in points, weight and slant."""

    name: str
    size: float
    bold: bool
    italic: bool


@dataclass(frozen=True, slots=True)
class Glyph:
    """One printed character: its text, horizontal extent and baseline in points; `space` says if a blank precedes."""

    text: str
    left: float
    right: float
    baseline: float
    face: Face
    space: bool
    broken: bool  # PDFium saw a line break before it


@dataclass(frozen=True, slots=True)
class _Run:
    face: Face
    quarter: int  # turned by so many quarters of a circle, counter-clockwise; -1 for a slant
    mode: int
    clip: Box | None


@contextmanager
def opened(path: Path, name: str, password: str | None = None) -> Iterator[pdfium.PdfDocument]:
    """The document at `path`; raises UnreadablePaper if it is no PDF, damaged, locked, a bomb or too long."""
    check_file(path, name)
    try:
        document = pdfium.PdfDocument(path, password=password)
    except pdfium.PdfiumError as error:
        raise UnreadablePaper(_why_closed(name, raw.FPDF_GetLastError(), password, str(error))) from error
    try:
        if not 0 < len(document) <= MAX_PAGES:
            raise UnreadablePaper(f"{name}: expected 1 to {MAX_PAGES} pages, got {len(document)}")
        yield document
    finally:
        document.close()


def _why_closed(name: str, code: int, password: str | None, message: str) -> str:
    if code == raw.FPDF_ERR_PASSWORD or "password" in message.lower():
        if password is None:
            return f"{name}: the PDF is encrypted and needs a password; give one or save it without"
        return f"{name}: the PDF is encrypted and the password given is wrong"
    if code == raw.FPDF_ERR_SECURITY:
        return f"{name}: the PDF is encrypted in a way that can't be read; save it without encryption"
    return f"{name}: the PDF is damaged or truncated ({message}); fetch the file again"


def glyphs_of(page: pdfium.PdfPage) -> tuple[list[Glyph], list[Glyph]]:
    """The visible characters of a page in the order of its content, those set as most are and turned ones apart.

    Characters outside their clip path or off the page are left out: publishers leave earlier versions of the text
    under cropped figures.
    """
    text = page.get_textpage()
    try:
        count = text.count_chars()
        if count > MAX_PAGE_CHARACTERS:
            raise UnreadablePaper(f"a page holds {count} characters, expected at most {MAX_PAGE_CHARACTERS}")
        reader = _PageReader(text.raw, page.get_bbox() if count else (0.0, 0.0, 0.0, 0.0))
        return reader.read(count)
    finally:
        text.close()


class _PageReader:
    """Reads one text page through the C interface; holds the buffers that every call writes to."""

    def __init__(self, text: Any, page_box: Box) -> None:
        self.text, self.page_box = text, page_box
        self.runs: dict[int, _Run] = {}
        self.left, self.right = ctypes.c_double(), ctypes.c_double()
        self.bottom, self.top = ctypes.c_double(), ctypes.c_double()
        self.x, self.y = ctypes.c_double(), ctypes.c_double()
        self.loose = raw.FS_RECTF()

    def read(self, count: int) -> tuple[list[Glyph], list[Glyph]]:
        """All characters: visible upright ones, and turned ones."""
        seen: dict[int | str, list[Glyph]] = {quarter: [] for quarter in range(-1, 4)} | {"clipped": [], "unseen": []}
        space = broken = False
        for index in range(count):
            code = raw.FPDFText_GetUnicode(self.text, index)
            if code in _BLANKS:
                space, broken = space or code not in _BREAKS, broken or code in _BREAKS
                continue
            run = self.run_at(index)
            glyph = self.glyph(index, code, run, space, broken) if run else None
            if run is None or glyph is None or not glyph.text:
                continue
            space, broken = glyph.text.isspace(), False
            if not space:
                seen[self._layer(run)].append(glyph)
        main = max(range(4), key=lambda quarter: (len(seen[quarter]), -quarter))
        upright = seen[main]
        turned = [glyph for quarter in range(-1, 4) if quarter != main for glyph in seen[quarter]]
        if len(seen["clipped"]) > 4 * len(upright):  # a clip that hides nearly all was not understood
            upright = upright + seen["clipped"]
        return (seen["unseen"] if len(seen["unseen"]) > 2 * len(upright) else upright), turned

    def _layer(self, run: _Run) -> int | str:
        """Which layer of the page the character last read belongs to: hidden ones apart, others by their turn."""
        if self.is_clipped(run.clip):
            return "clipped"
        return "unseen" if run.mode == INVISIBLE else run.quarter

    def _along(self, quarter: int) -> tuple[float, float, float]:
        """Left, right and baseline of the character last read, in the directions of its own line of text."""
        box, (x0, y0, x1, y1) = self.loose, self.page_box
        if quarter == 1:
            return box.bottom - y0, box.top - y0, x1 - self.x.value
        if quarter == 2:
            return x1 - box.right, x1 - box.left, y1 - self.y.value
        if quarter == 3:
            return y1 - box.top, y1 - box.bottom, self.x.value - x0
        return box.left, box.right, self.y.value

    def run_at(self, index: int) -> _Run | None:
        """How the text object of a character is set, read once for each object."""
        pointer = raw.FPDFText_GetTextObject(self.text, index)
        if not pointer:
            return None
        key = ctypes.addressof(pointer.contents)
        run = self.runs.get(key)
        if run is None:
            run = self.runs[key] = self._describe(pointer, index)
        return run

    def _describe(self, pointer: Any, index: int) -> _Run:
        matrix = raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(self.text, index, matrix)
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        size = round(abs(raw.FPDFText_GetFontSize(self.text, index) * scale), 2)
        flags, buffer = ctypes.c_int(), ctypes.create_string_buffer(128)
        raw.FPDFText_GetFontInfo(self.text, index, buffer, 128, flags)
        name = buffer.value.decode("utf-8", "replace").split("+")[-1]
        lower = name.lower()
        weight = raw.FPDFText_GetFontWeight(self.text, index)
        bold = weight >= 600 or any(mark in lower for mark in ("bold", "black", "heavy", "cmbx", "semibold", "-bd"))
        italic = bool(flags.value & 64) or any(mark in lower for mark in ("italic", "oblique", "cmti", "-it"))
        turn = math.atan2(matrix.b, matrix.a) / (math.pi / 2)
        quarter = round(turn) % 4 if abs(turn - round(turn)) < 0.1 else -1
        return _Run(
            Face(name, size, bold, italic), quarter, raw.FPDFTextObj_GetTextRenderMode(pointer),
            _clip_box(pointer),
        )  # fmt: skip

    def glyph(self, index: int, code: int, run: _Run, space: bool, broken: bool) -> Glyph:
        """The character at `index`, repaired; leaves its box, advance included, in `loose`."""
        raw.FPDFText_GetLooseCharBox(self.text, index, self.loose)
        raw.FPDFText_GetCharOrigin(self.text, index, self.x, self.y)
        if raw.FPDFText_IsHyphen(self.text, index) == 1:
            text = LINE_END_HYPHEN
        else:
            text = repaired(code)
            if (needs_a_look(code) and not text) or code == 0xFFFD:
                text = self._by_shape(index, run.face.size)
        left, right, baseline = self._along(run.quarter)
        return Glyph(text, left, right, baseline, run.face, space, broken)

    def _by_shape(self, index: int, size: float) -> str:
        size = size or 1.0
        raw.FPDFText_GetCharBox(self.text, index, self.left, self.right, self.bottom, self.top)
        width, height = self.right.value - self.left.value, self.top.value - self.bottom.value
        middle = (self.top.value + self.bottom.value) / 2 - self.y.value
        return from_shape(width / size, height / size, middle / size)

    def is_clipped(self, clip: Box | None) -> bool:
        """Whether the character last read lies off the page or outside the clip of its object."""
        across, along = (self.loose.left + self.loose.right) / 2, (self.loose.bottom + self.loose.top) / 2
        return any(
            not (box[0] - 2 <= across <= box[2] + 2 and box[1] - 2 <= along <= box[3] + 2)
            for box in (self.page_box, clip)
            if box is not None
        )


def _clip_box(pointer: Any) -> Box | None:
    clip = raw.FPDFPageObj_GetClipPath(pointer)
    paths = raw.FPDFClipPath_CountPaths(clip) if clip else 0
    box: Box | None = None
    x, y = ctypes.c_float(), ctypes.c_float()
    for path in range(max(paths, 0)):
        xs, ys = [], []
        for segment in range(min(raw.FPDFClipPath_CountPathSegments(clip, path), 64)):
            raw.FPDFPathSegment_GetPoint(raw.FPDFClipPath_GetPathSegment(clip, path, segment), x, y)
            xs.append(x.value)
            ys.append(y.value)
        if not xs or max(xs) - min(xs) < 1 or max(ys) - min(ys) < 1:
            continue
        one = (min(xs), min(ys), max(xs), max(ys))
        box = (
            one if box is None else (max(box[0], one[0]), max(box[1], one[1]), min(box[2], one[2]), min(box[3], one[3]))
        )
    return box
