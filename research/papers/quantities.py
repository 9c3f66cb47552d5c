"""Quantities with units in the text of a paper: ranges, lists with one unit at the end, comparators."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from research.papers.acidity import find_ph
from research.papers.comparators import comparator_of
from research.papers.glyphs import one_code
from research.papers.naming import name_of
from research.papers.numbers import Number, find_numbers, uses_decimal_comma
from research.papers.paper import PageText, Quantity
from research.papers.sentences import sentence_spans
from research.papers.traps import is_trap, unit_in_context
from research.papers.units import Unit, dimensions, read_unit, registry

MAX_SENTENCE: Final = 600
_ASIDE: Final = r"(?:\s?\([^()\d]{1,30}\)|\s?\([^()]{1,40}\))?"
_RANGE: Final = re.compile(
    r"\s?[-–—−~÷]\s?|\s?\.\.\.\s?|\s(?:to|up to|through|bis|bis zu|à|hasta|até|a)\s(?:about\s|approximately\s|"
    r"ca\.?\s|over\s|~\s?)?|-to-"
)
_LIST: Final = re.compile(
    rf"{_ASIDE}(?:\s?,\s(?:and\s|or\s|und\s|oder\s|et\s|ou\s|y\s|o\s|e\s|&\s)?|\s(?:and|or|und|oder|sowie|et|ou|y|"
    rf"o|e|&|vs\.?|versus|versus)\s"
    rf"|\s?/\s?|\s?;\s)(?:from\s|about\s|approximately\s|ca\.\s|~\s?|to\s|only\s)?"
)
_AND: Final = re.compile(r"\s(?:and|und|et|y|e)\s(?:about\s|approximately\s|~\s?)?")
_BETWEEN: Final = re.compile(
    r"\b(?:between|zwischen|entre|tra|fra)\s(?:about\s|approximately\s|approx\.\s|~\s?)?$", re.I
)
_BY: Final = re.compile(r"\s?[×xX]\s?|\sby\s")
_STATISTIC: Final = re.compile(r"\s?\((?:mean|average|SD|SEM|s\.d\.|M|n\s?=)[^()]{0,25}\)")
_GRAVITY: Final = re.compile(r"\s?[×xX]\s?g(?![\w/⁻])")
_LATE_ERROR: Final = re.compile(r"\s?(?:±|\+/[-−])\s?(\d+(?:\.\d+)?)")
_TEMPERATURE_CHANGE: Final = re.compile(
    r"(?:Δ\s?T|(?:difference|increase|rise|drop|decrease|change|gradient|reduction|increment|"
    r"step)s?(?:\s\w+){0,3}\s(?:of|by|=)"
    r"|(?:increased|decreased|reduced|raised|lowered|dropped|rose|fell|differ(?:ed)?|um)\s(?:\w+\s)?by|"
    r"erhöh\w* um)\s*(?:about\s|~\s?)?=?\s*$",
    re.I,
)
_COOLER: Final = re.compile(r"\s(?:higher|lower|warmer|cooler|colder|hotter|steps?|increments?|intervals?)\b")


@dataclass(frozen=True, slots=True)
class _Measure:
    """A number and the unit after it (if any), or the range that two of them make."""

    start: int
    end: int
    value: float
    unit: Unit | None
    plus_minus: float | None = None
    high: float | None = None
    in_words: bool = False


def find_quantities(pages: Iterable[PageText]) -> list[Quantity]:
    """The quantities with units in stored pages, in printed order; the list of references is not searched."""
    kept = tuple(pages)
    comma = uses_decimal_comma("\n".join(page.text for page in kept))
    found: list[Quantity] = []
    for page in kept:
        for start, end in sentence_spans(page.text):
            found += quantities_in(page.text[start:end].strip(), page.page, decimal_comma=comma)
    return found


def quantities_in(sentence: str, page: int = 1, *, decimal_comma: bool = False) -> list[Quantity]:
    """The quantities of one sentence, in printed order, each once."""
    sentence = one_code(sentence)
    numbers = find_numbers(sentence, decimal_comma)
    acid = find_ph(sentence, numbers)
    taken = [(one.start, one.end) for one in acid]
    free = [n for n in numbers if not any(start <= n.start < end for start, end in taken)]
    measures = list(_joined(sentence, _without_asides(sentence, [_measure(sentence, number) for number in free])))
    found = [
        (m.start, _quantity(sentence, m, page))
        for m in measures
        if m.unit is not None and not is_trap(sentence, m.start, m.end, m.value, m.unit)
    ]
    for ph in acid:
        shown = _shown(sentence, ph.start)
        found.append((ph.start, Quantity("pH", ph.low, "pH", page, shown, ph.high, ph.comparator, ph.plus_minus)))
    return [quantity for _, quantity in sorted(found, key=lambda one: one[0])]


def _shown(sentence: str, at: int) -> str:
    """The sentence as it is stored; of one that is very long, the part around the quantity."""
    if len(sentence) <= MAX_SENTENCE:
        return sentence
    start = max(0, at - MAX_SENTENCE // 2)
    return sentence[start : start + MAX_SENTENCE].strip()


def _measure(text: str, number: Number) -> _Measure:
    at, value, error = number.end, number.value, number.plus_minus
    if gravity := _GRAVITY.match(text, at):
        return _Measure(number.start, gravity.end(), value, Unit("g_0", "×g", 2, gravity.end()), error)
    if statistic := _STATISTIC.match(text, at):
        at = statistic.end()
    unit = _unit_after(text, at, number.in_words)
    if unit is None:
        return _Measure(number.start, number.end, value, None, error, in_words=number.in_words)
    unit = unit_in_context(text, value, unit)
    if unit is None:
        return _Measure(number.start, number.end, value, None, error, in_words=number.in_words)
    end = unit.end
    if (
        error is None
        and (late := _LATE_ERROR.match(text, end))
        and (again := _unit_after(text, late.end(), False))
        and dimensions(again.name) == dimensions(unit.name)
    ):
        error, end = float(late[1]), again.end
    scaled_error = error * unit.factor if error is not None else None
    return _Measure(
        number.start, end, value * unit.factor, replace(unit, end=end), scaled_error, in_words=number.in_words
    )


def _unit_after(text: str, at: int, in_words: bool) -> Unit | None:
    """The unit after a number: at once, after a blank, or after a hyphen (`5-mV amplitude`)."""
    blank = re.compile(r"[  ]?(?:[-‐–](?=[^\W\d_]))?|\s").match(text, at)
    start = blank.end() if blank else at
    unit = read_unit(text, start)
    if unit is None:
        return None
    hyphen = text[at:start].strip() != ""
    if hyphen and unit.terms == 1 and unit.printed in ("A", "C", "N", "S", "F", "H", "T", "D", "G", "P", "U", "y", "t"):
        return None
    if in_words and (len(unit.printed) < 3 or not unit.printed.isalpha()):
        return None
    return unit


def _without_asides(text: str, measures: list[_Measure]) -> list[_Measure]:
    """The measures without the bare numbers of brackets that hold no unit: `82.4 (2,7-AQDS) and 84.0%`."""
    asides = [found.span() for found in re.finditer(r"\([^()]*\)", text)]
    bare = {span for span in asides if all(m.unit is None for m in measures if span[0] < m.start < span[1])}
    return [m for m in measures if not any(span[0] < m.start < span[1] for span in bare)]


def _joined(text: str, measures: list[_Measure]) -> Iterator[_Measure]:
    """From right to left: ranges made one, units handed back along lists."""
    done: list[_Measure] = []
    for measure in reversed(measures):
        after = done[-1] if done else None
        if after is None or after.unit is None:
            done.append(measure)
            continue
        between = text[measure.end : after.start]
        if _makes_range(text, measure, after, between):
            merged = _merged(measure, after)
            done[-1:] = [merged] if merged else [after, measure]
        elif measure.unit is None and _BY.fullmatch(between):
            done[-1:] = _multiplied(measure, after)
        elif measure.unit is None and _LIST.fullmatch(between) and _in_list(text, measure, after, between):
            done.append(replace(measure, unit=after.unit, value=measure.value * after.unit.factor))
        else:
            done.append(measure)
    return reversed(done)


def _makes_range(text: str, first: _Measure, second: _Measure, between: str) -> bool:
    if first.high is not None or second.high is not None or first.in_words:
        return False
    if _BETWEEN.search(text[: first.start]) and _AND.fullmatch(between):
        return True
    return bool(_RANGE.fullmatch(between)) and (first.unit is not None or not text[: first.start].endswith(("±", "± ")))


def _merged(first: _Measure, second: _Measure) -> _Measure | None:
    """Both ends in the second one's unit, the lower first; None if their units don't agree."""
    assert second.unit is not None
    value = first.value
    if first.unit is None:
        value *= second.unit.factor
    elif first.unit.name != second.unit.name:
        if dimensions(first.unit.name) != dimensions(second.unit.name):
            return None
        value = float(registry().Quantity(value, first.unit.name).to(second.unit.name).magnitude)
    low, high = sorted((value, second.value))
    return _Measure(first.start, second.end, low, second.unit, first.plus_minus, high)


def _multiplied(first: _Measure, second: _Measure) -> list[_Measure]:
    """`5 × 5 cm` is two lengths, `5 × 5 cm²` one area, `3 × 20 mL` one volume taken three times."""
    assert second.unit is not None
    if second.unit.name.endswith(("**2", "**3")) and second.unit.terms == 1:
        return [replace(second, start=first.start, value=first.value * second.value)]
    if dimensions(second.unit.name) != "[length]" and first.value in range(2, 13):
        return [second]
    return [second, replace(first, unit=second.unit)]


def _in_list(text: str, measure: _Measure, after: _Measure, between: str) -> bool:
    """Whether a bare number shares the unit of the next; two numbers with just a comma between need decimals."""
    if measure.in_words or is_trap(text, measure.start, measure.end, measure.value, None):
        return False
    if "/" in between:
        return False
    if re.fullmatch(r"\s?,\s", between):
        longer = (
            re.match(
                r"\s?,?\s(?:and|or|und|oder|et|ou|y|o|e)\s|\s?,\s(?:and\s|or\s)?[\d~]", text[after.end : after.end + 8]
            )
            is not None
        )
        decimals = "." in text[measure.start : measure.end] and "." in text[after.start : after.end]
        before = re.search(r"\d\s?(?:\([^()]*\))?,\s$", text[: measure.start]) is not None
        shared = after.unit is not None and after.end < after.unit.end
        return decimals or longer or before or shared
    return True


def _quantity(text: str, measure: _Measure, page: int) -> Quantity:
    assert measure.unit is not None
    unit = measure.unit.name
    if unit in ("degC", "degF") and (
        _TEMPERATURE_CHANGE.search(text[max(0, measure.start - 60) : measure.start]) or _COOLER.match(text, measure.end)
    ):
        unit = f"delta_{unit}"
    return Quantity(
        name=name_of(text, measure.start, measure.end, unit),
        value=_clean(measure.value),
        unit=unit,
        page=page,
        sentence=_shown(text, measure.start),
        max=_clean(measure.high) if measure.high is not None else None,
        comparator=comparator_of(text, measure.start, measure.end, of_time=dimensions(unit) == "[time]"),
        plus_minus=_clean(measure.plus_minus) if measure.plus_minus is not None else None,
    )


def _clean(value: float) -> float:
    return float(f"{value:.12g}")
