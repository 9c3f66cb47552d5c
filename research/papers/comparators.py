"""The comparator that a sentence puts on a value: about, more than, at least, up to."""

from __future__ import annotations

import re
from typing import Final

_COMPARATOR_WORDS: Final = {
    "≥": (
        r"≥|>\s?=|⩾|\bat least|\bno less than|\bnot less than|\bminimum of|\bmindestens|\bau moins|\bal menos|"
        r"\bpor lo menos"
    ),
    "≤": (
        r"≤|<\s?=|⩽|\bat most|\bup to|\bno more than|\bnot more than|\bnot exceeding|\bmaximum of|\bmaximal|"
        r"\bhöchstens|\bbis zu|\bau plus|\bjusqu'à|\bhasta|\bcomo máximo|\bwithin"
    ),
    ">": (
        r">|≫|\bmore than|\bgreater than|\bhigher than|\blarger than|\blonger than|\babove|\bover|"
        r"\bexceed(?:s|ed|ing)?|\bsurpass(?:es|ed|ing)?|\bbeyond|\bin excess of|\bolder than|"
        r"\bheavier than|\bmehr als|\büber|\bplus de|"
        r"\bmás de|\bsuperior a|\boltre|\bmais de"
    ),
    "<": (
        r"<|≪|\bless than|\blower than|\bsmaller than|\bfewer than|\bshorter than|\bbelow|\bunder|\byounger than|"
        r"\bweniger als|\bunter|\bmoins de|\bmenos de|\binferior a|\bmeno di"
    ),
    "~": (
        r"[~≈≃∼]|\babout|\bapprox(?:imately|\.)?|\baround|\broughly|\bnearly|\balmost|\bclose to|\bcirca|\bca\.?|\bc\.|"
        r"\bsome|\bestimated at|\betwa|\bungefähr|\brund|\bfast|\benviron|\bprès de|\baproximadamente|"
        r"\balrededor de|\bcerca de|\bunos"
    ),
}
_COMPARATORS: Final = {
    sign: re.compile(rf"(?:{words})\s*(?:the\s|a\s|an\s|the order of\s)?$", re.I)
    for sign, words in _COMPARATOR_WORDS.items()
}
_AFTERWARDS: Final = (
    ("≥", re.compile(r"\s(?:or|and) (?:more|higher|above|longer|greater|larger)\b|\soder mehr\b")),
    ("≤", re.compile(r"\s(?:or|and) (?:less|lower|below|shorter|fewer|smaller)\b|\soder weniger\b")),
)
_DURING: Final = re.compile(r"over|über|within", re.I)  # before a time these say how long it took


def comparator_of(text: str, start: int, end: int, *, of_time: bool) -> str:
    """One of `= ~ < > ≤ ≥` for the value printed from `start` to `end`."""
    before = text[max(0, start - 40) : start]
    for sign, pattern in _COMPARATORS.items():
        found = pattern.search(before)
        if found and not (of_time and _DURING.fullmatch(found[0].strip())):
            return sign
    return next((sign for sign, pattern in _AFTERWARDS if pattern.match(text, end)), "=")
