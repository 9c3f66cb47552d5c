"""A text cut into sentences, with care for abbreviations, decimals and initials."""

from __future__ import annotations

import re
from typing import Final

_END: Final = re.compile(r"[.!?。]+[\"'”’)\]]?[⁰¹²³⁴⁵⁶⁷⁸⁹⁻,]*(?=\s+[\"'“‘(\[]?[A-ZÀ-ÞΑ-Ω0-9\u4e00-\u9fff])|\n")
_ABBREVIATION: Final = re.compile(
    r"(?<!\d )(?:\b(?:[Ff]igs?|[Rr]efs?|[Ee]qs?|[Nn]os?|[Vv]ol|ca|cf|vs|approx|[Aa]bb|[Tt]ab|[Nn]r|[Dd]r|[Pp]rof|[Ss]t|"
    r"[Ss]ec|e\.g|i\.e|z\.B|"
    r"bzw|d\.h|resp|al|spp?|var|wt|vol|at|mol|in|[Ss]uppl|[Aa]ve|[Cc]o|[Ii]nc|[Ll]td|[Cc]orp|max|min|temp|etc|u\.a|"
    r"usw)|\b[A-Z])\.$"
)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence; a line break always ends one."""
    spans: list[tuple[int, int]] = []
    start = 0
    for found in _END.finditer(text):
        if found[0] != "\n" and _ABBREVIATION.search(text[max(start, found.start() - 12) : found.start() + 1]):
            following = text[found.end() : found.end() + 3].strip()
            if not (
                len(following) > 1
                and following[0].isupper()
                and text[found.start() - 3 : found.start()] in (" al", "etc")
            ):
                continue
        spans.append((start, found.end()))
        start = found.end()
    spans.append((start, len(text)))
    return [(a, b) for a, b in spans if text[a:b].strip()]
