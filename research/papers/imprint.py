"""DOI, year and language of a paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

_DOI: Final = re.compile(r"10\.\d{4,9}/[-._;()/:<>\[\]A-Za-z0-9]+")
_YEAR: Final = r"((?:19|20)\d\d)"
_MONTHS: Final = (
    r"january|february|march|april|may|june|july|august|september|october|november|december|januar|februar|märz|mai|juni|"
    r"juli|oktober|dezember|janvier|février|juin|juillet|enero|febrero|marzo|abril|mayo|junio|julio"
)
_YEARS: Final = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"published(?: online| on)?\s*:?[^.\n]{{0,30}}?\b{_YEAR}",
        rf"\b(?:vol(?:ume|\.)?|volume)\s*\d+[^\n]{{0,60}}?\b{_YEAR}",
        rf"[A-Za-z.]\s*\({_YEAR}\)\s*\d+\s*[:,]",
        rf"\|\s*\({_YEAR}\)\s*\d+",
        rf"[A-Za-z.]\.?,?\s{_YEAR},\s*\d+\s*[,(:]",
        rf"\b\d+\s*\({_YEAR}\)\s*[\de]",
        rf"arxiv:\S+[^\n]{{0,40}}?\b{_YEAR}",
        rf"available online[^.\n]{{0,30}}?\b{_YEAR}",
        rf"(?:©|\(c\)|copyright)\s*(?:the authors?,?\s*)?{_YEAR}",
        rf"accepted\s*:?[^.\n]{{0,30}}?\b{_YEAR}",
        rf"received\s*:?[^.\n]{{0,30}}?\b{_YEAR}",
        rf"[A-Za-z.],\s{_YEAR}\s*(?:$|\n)",
        rf"\b(?:{_MONTHS})\b[^\n]{{0,8}}?{_YEAR}",
    )
)
_SCRIPTS: Final = re.compile(r"[\u0370-\u03ff\u0400-\u07ff\u0900-\u0fff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
ENOUGH_LETTERS: Final = 120


def find_doi(first_pages: Sequence[str], stored: Iterable[str]) -> str | None:
    """The DOI printed on the first pages, else the one in the file's metadata."""
    for text in (*first_pages, *stored):
        for found in _DOI.finditer(text):
            doi = found[0].rstrip(".,;:")
            while (doi.endswith((")", "]", ">")) and doi.count(")") > doi.count("(")) or doi.endswith(("]", ">")):
                doi = doi[:-1].rstrip(".,;:")
            return doi
    return None


def find_year(first_page: str, others: Sequence[str], created: str | None) -> int | None:
    """The year of publication printed on the first page (turned stamps included), else that of the file."""
    for text in (first_page, *others):
        for pattern in _YEARS:
            found = pattern.search(text)
            if found:
                return int(found[1])
    stamp = re.search(_YEAR, created or "")
    return int(stamp[1]) if stamp else None


def find_language(text: str) -> str | None:
    """The language as two letters, or None where there is too little text to tell.

    Scripts of few languages tell sooner than Latin letters do.
    """
    sample = text if len(text) < 40_000 else text[:20_000] + text[len(text) // 2 : len(text) // 2 + 20_000]
    letters = sum(c.isalpha() for c in sample)
    own_script = len(_SCRIPTS.findall(sample))
    if letters < (ENOUGH_LETTERS if own_script * 3 < letters else 6):
        return None
    import py3langid  # loads its model when first used

    return str(py3langid.classify(sample)[0])[:2]
