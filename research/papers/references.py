"""The list of references: where it begins, and its entries as they are printed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from research.papers.glyphs import LINE_END_HYPHEN
from research.papers.layout import Paragraph
from research.papers.lines import Line

_TITLE: Final = re.compile(
    r"(?:\d{1,2}\.?\s+|[IVX]+\.\s+)?(?:references(?: and notes)?|notes and references|bibliography|"
    r"literature(?: cited)?|"
    r"works cited|literatur(?:verzeichnis|angaben)?|quellen(?:verzeichnis)?|références(?: bibliographiques)?|"
    r"bibliographie|referencias(?: bibliográficas)?|bibliografía|bibliografia|riferimenti(?: bibliografici)?|"
    r"referências|"
    r"参考文献)\s*:?",
    re.I,
)
_END: Final = re.compile(
    r"(?:acknowledge?ments?|appendix|methods|supplementary|supporting information|author contributions?|"
    r"competing interests|"
    r"additional information|conflict of interest|publisher's note|open access|online methods|data availability|"
    r"figure legends?|anhang|reprints and permissions|copyright|©|tables?|index)\b",
    re.I,
)
_IMPRINT: Final = re.compile(r"©|copyright\b|publisher.s note|open access\b|this article is (?:an open|licensed)", re.I)
_MARK: Final = re.compile(r"\s*(?:\[(\d{1,4})\]|\((\d{1,4})\)|(\d{1,4})\.?(?=\s+[^\d\s)]|$))\s*")
_YEAR: Final = re.compile(r"\b(?:18|19|20)\d\d[a-z]?\b")
_AUTHOR_START: Final = re.compile(
    r"(?:(?:[vV]an|[dD]e|[vV]on|[dD]er|[dD]i|[dD]u)\s+)*[A-ZÀ-Þ][\w'’\-]+,?\s+(?:[A-Z]\b|[A-Z][\w\-]+,|et al)"
)


def split_pages(pages: Sequence[Sequence[Paragraph]]) -> tuple[list[list[Paragraph]], list[list[Paragraph]]]:
    """Each page's paragraphs parted into body and list of references."""
    start = _last_title(pages)
    body: list[list[Paragraph]] = []
    lists: list[list[Paragraph]] = []
    inside = False
    for number, parts in enumerate(pages):
        body.append([])
        lists.append([])
        for index, part in enumerate(parts):
            if (number, index) == start:
                inside = True
                body[-1].append(part)
                continue
            if inside and _leaves(part):
                inside = False
            elif start is not None and not inside and (number, index) > start and _is_entry(part):
                lists[-1].append(part)
                continue
            (lists if inside else body)[-1].append(part)
    return body, lists


def _last_title(pages: Sequence[Sequence[Paragraph]]) -> tuple[int, int] | None:
    found = None
    for number, parts in enumerate(pages):
        for index, part in enumerate(parts):
            if _TITLE.fullmatch(part.text.strip()) and (number > 0 or len(pages) < 4):
                found = (number, index)
    return found


def _leaves(part: Paragraph) -> bool:
    return (
        bool(_END.match(part.text)) and (len(part.text) < 60 or part.lines[0].face.bold) and not _MARK.match(part.text)
    )


def _is_entry(part: Paragraph) -> bool:
    return bool(_MARK.match(part.text) and _YEAR.search(part.text)) and len(part.text) > 30


def entries(lists: Sequence[Sequence[Paragraph]]) -> list[str]:
    """The references one by one, as printed, numbers kept."""
    lines = [line for parts in lists for part in parts for line in part.lines]
    numbered = _numbered([line.text.strip() for line in lines])
    found = numbered if len(numbered) >= 3 else _by_author(lines)
    return [entry.replace(LINE_END_HYPHEN, "-") for entry in found]


def _numbered(lines: Sequence[str]) -> list[str]:
    """Entries that start with the next number of a running count, small gaps allowed."""
    found: list[str] = []
    last = 0
    for line in lines:
        if found and _IMPRINT.match(line):
            break
        mark = _MARK.match(line)
        number = int(next(group for group in mark.groups() if group)) if mark else 0
        if mark and (last < number <= last + 3 if last else number <= 2):
            found.append(line)
            last = number
        elif found:
            found[-1] = _joined(found[-1], line)
    return found


def _joined(entry: str, line: str) -> str:
    if entry.endswith(LINE_END_HYPHEN):
        return entry[:-1] + line
    return f"{entry} {line}"


def _by_author(lines: Sequence[Line]) -> list[str]:
    """Entries without numbers: a new one starts at the left edge of a hanging indent, or with an author's name."""
    hanging = _hanging(lines)
    found: list[str] = []
    for before, line in zip((None, *lines), lines, strict=False):
        text = line.text.strip()
        starts = bool(_AUTHOR_START.match(text)) and (before is None or before.text.rstrip()[-1:] in ".)]0123456789/")
        if hanging:
            starts = round(line.left / 4) in hanging and bool(re.match(r"\W*[A-ZÀ-Þ\u4e00-\u9fff]|[a-z]+ [A-Z]", text))
        if starts or not found:
            found.append(text)
        else:
            found[-1] = _joined(found[-1], text)
    return [entry for entry in found if _YEAR.search(entry) and len(entry) > 25]


def _hanging(lines: Sequence[Line]) -> set[int]:
    """The left edges (in units of 4 points) that lie a little left of another common edge: starts of entries."""
    edges = Counter(round(line.left / 4) for line in lines)
    common = {edge for edge, count in edges.items() if count >= max(3, len(lines) // 12)}
    return {edge for edge in common if any(2 <= other - edge <= 9 for other in common)}
