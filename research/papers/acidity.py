"""pH values, which are printed before their number and are no unit of pint's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from research.papers.numbers import Number

_SIGNS: Final = {
    "~": "~", "≈": "~", "about": "~", "approximately": "~", "around": "~", "ca.": "~", "etwa": "~", "less than": "<",
    "<": "<", "below": "<", ">": ">", "above": ">", "≥": "≥", "≤": "≤", "at least": "≥", "up to": "≤",
}  # fmt: skip
_LINK: Final = (
    r"(?:(?:[-\s]?(?:values?|[Ww]ert|levels?|range|unit)|\s?(?:was|is|were|are|of|at|to|from|between|von|auf|bei|"
    r"in|the|being|de|"
    r"set|adjusted|maintained|kept|controlled|buffered|fixed|held|ranging|ranged|eingestellt|initial|final|around|"
    r"about|"
    r"increased|decreased|dropped|rose|fell|changed|varied|varying|shifted|remained|stayed|reached|approximately|"
    r"ca\.|etwa|near|below|above|less than|at least|up to|zwischen|entre|constant|neutral)|\s?[=:~≈<>≥≤(,])\s?)*"
)
_PH: Final = re.compile(rf"(?<![\w])p\s?H(?![a-z0-9])(?P<link>{_LINK})\s?$")
_RANGE: Final = re.compile(r"\s?[-–—−~]\s?|\s(?:to|and|bis|und|à|et|y|a)\s(?:pH\s?)?")
_LIST: Final = re.compile(r"\s?,\s?(?:and\s|or\s)?(?:pH\s?)?|\s(?:and|or|und|oder|et|y|o)\s(?:pH\s?)?")
_OTHER_UNIT: Final = re.compile(r"\s?(?:%|°|m?M\b|mV|V\b|h\b|min|mL|g\b|mg|units?|times|days?|[a-zA-Zμ]{1,3}\s?[⁻/])")


@dataclass(frozen=True, slots=True)
class Acidity:
    """A pH or a range of pH, and where its numbers stand."""

    start: int
    end: int
    low: float
    high: float | None
    comparator: str
    plus_minus: float | None


def find_ph(text: str, numbers: Sequence[Number]) -> list[Acidity]:
    """The pH values of a sentence: `pH 7.2`, `pH of 6.5–7.5`, `pH was adjusted to 4, 7 or 10`."""
    found: list[Acidity] = []
    if "H" not in text:
        return found
    index = 0
    while index < len(numbers):
        number = numbers[index]
        head = _PH.search(text[max(0, number.start - 90) : number.start])
        if head is None or not _is_ph(text, number):
            index += 1
            continue
        one, index = _with_end(text, numbers, index, head["link"])
        found.append(one)
        while (
            index < len(numbers)
            and _LIST.fullmatch(text[found[-1].end : numbers[index].start])
            and _is_ph(text, numbers[index])
        ):
            one, index = _with_end(text, numbers, index, "")
            found.append(one)
    return found


def _is_ph(text: str, number: Number) -> bool:
    return -1.5 <= number.value <= 15 and not number.in_words and not _OTHER_UNIT.match(text, number.end)


def _with_end(text: str, numbers: Sequence[Number], index: int, link: str) -> tuple[Acidity, int]:
    """The value at `index`, or the range it opens, and the index after it."""
    number = numbers[index]
    sign = next((sign for word, sign in _SIGNS.items() if word in link), "=")
    if index + 1 < len(numbers):
        second = numbers[index + 1]
        between = text[number.end : second.start]
        is_range = _RANGE.fullmatch(between) and _is_ph(text, second)
        if is_range and (not re.search(r"and|und|et|y", between) or re.search(r"between|zwischen|entre", link)):
            low, high = sorted((number.value, second.value))
            return Acidity(number.start, second.end, low, high, sign, number.plus_minus), index + 2
    return Acidity(number.start, number.end, number.value, None, sign, number.plus_minus), index + 1
