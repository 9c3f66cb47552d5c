"""Numbers that look like quantities and are none: figures, years, types, labels; and units that mean something else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from research.papers.units import Unit, fits_context

_LABEL: Final = re.compile(
    r"\b(?:fig(?:ure)?s?\.?|tab(?:le)?s?\.?|eqs?\.?|equations?|sections?|sect?\.|schemes?|chapters?|refs?\.?|"
    r"references?|no\.|nos\.|nr\.|"
    r"abb(?:ildung(?:en)?)?\.?|tabellen?|gleichung|kapitel|abschnitt|figura|tabla|tableau|ec\.|theorem|lemma|satz|"
    r"definition|panels?|appendix|supplementary (?:fig(?:ure)?|table)\.?|movie|video|lane|pp?\.|chart|box|step|version|"
    r"JCPDS|ICDD|PDF|patent|grant|license|licence|catalog(?:ue)?|cat\.|lot|ISO|ASTM|DIN|EN|AISI|SUS|"
    r"SAE)\s*(?:no\.?\s*|nos?\s*|card\s*|#\s*|\()*"
    r"(?:S?\d+(?:\.\d+)*[a-z]?\s?(?:[-–,]|and|to|und|et|&)\s?){0,4}S?$",
    re.I,
)
_BEFORE_YEAR: Final = re.compile(
    r"\b(?:in|since|of|from|until|till|by|during|year|years|between|early|late|mid|im|seit|en|desde|depuis|and|to|"
    r"\()\s?$",
    re.I,
)
_STEEL: Final = re.compile(r"steel|stainless|edelstahl|acier|acero|\bSS\b|AISI|alloy", re.I)
_STEELS: Final = (304, 310, 316, 317, 321, 347, 904)
_ORBITAL: Final = re.compile(r"\s?(?:orbital|band|state|electron)")
_THREE_M: Final = re.compile(r"\s(?:company|tape|inc|scotch|corp|film|adhesive|vetbond|health)", re.I)
_GENUS: Final = re.compile(r"\.\s?[a-z]{4}")
_MILLIONS: Final = re.compile(
    r"\s(?:USD|EUR|dollars|euros?|parameters|users|people|reads|rows|records|tokens|inhabitants|Einwohner)\b"
)
_SPELLED_COUNT: Final = re.compile(r"\s?of\s")
_TEMPERATURE: Final = re.compile(
    r"temperatur|incubat|heated|heating|cool|dried|drying|stor|autoclav|calcin|anneal|sinter|boil|melt|\bkept\b|ºC|°C",
    re.I,
)
_RATE: Final = re.compile(r"\brates?\b|cycl|capacit|batter|discharg|cathode|anode|\bLi\b|Na-ion|mAh|retention", re.I)
_TEMPERATURE_WORDS: Final = re.compile(r"temperature of|heated (?:to|at)|incubated at|autoclav", re.I)
_CENTRIFUGE: Final = re.compile(r"centrifug|zentrifug|pellet|supernatant", re.I)
_ACID_OR_BASE: Final = re.compile(r"\s?(?:NaOH|HCl|H2SO4|KOH|HNO3|acid|hydrochloric|sulfuric|sodium)")
_INCHES_OF: Final = re.compile(r"\s?(?:diameter|long|wide|thick|wafer|pipe|tube|[×x]|by|in|high|deep)")
_COULOMB: Final = re.compile(
    r"coulombs?\b|charge of|total charge|electric charge|charge (?:passed|transferred|was|density)|ladung", re.I
)
_COUNTRY_CODES: Final = re.compile(r"[$€£¥]\s?$")


@dataclass(frozen=True, slots=True)
class _Case:
    """A number with a unit of one letter, as printed, and what stands before and after it."""

    sentence: str
    printed: str
    before: str
    after: str
    value: float


def _tens_or_decade(case: _Case) -> bool:
    """`10 s of hours`, `the 1990s`."""
    tens = case.value % 10 == 0
    spelled = (tens or case.before.endswith("the ")) and _SPELLED_COUNT.match(case.after) is not None
    return spelled or (tens and 1800 <= case.value <= 2100 and case.printed.endswith("0s"))


def _steel_grade(case: _Case) -> bool:
    return case.value in _STEELS and _STEEL.search(case.sentence) is not None


def _millions(case: _Case) -> bool:
    maker = case.value == 3 and _THREE_M.match(case.after) is not None
    return maker or _MILLIONS.match(case.after) is not None or case.value > 60 or _screen(case)


def _dimension_or_orbital(case: _Case) -> bool:
    return case.value in (1, 2, 3, 4) and (" " not in case.printed or _ORBITAL.match(case.after) is not None)


def _statistic(case: _Case) -> bool:
    return re.match(r"[-\s](?:test|statistic|value|distribution)", case.after) is not None


def _g_factor(case: _Case) -> bool:
    return re.match(r"\s?(?:factor|tensor)", case.after) is not None


def _screen(case: _Case) -> bool:
    return re.match(r"\s?(?:pixel|resolution|display|network|video|mobile)", case.after) is not None


_TRAPS: Final[dict[str, Callable[[_Case], bool]]] = {
    "s": _tens_or_decade, "L": _steel_grade, "M": _millions, "d": _dimension_or_orbital, "t": _statistic,
    "g": _g_factor, "K": _screen, "G": _screen,
}  # fmt: skip


def is_trap(text: str, start: int, end: int, value: float, unit: Unit | None) -> bool:
    """Whether the number at `start` is a label, a year, a steel grade or the like rather than a measured value."""
    before = text[max(0, start - 60) : start]
    if _LABEL.search(before) or _COUNTRY_CODES.search(before):
        return True
    whole = value == int(value)
    if unit is None:
        return whole and 1900 <= value <= 2100 and "," not in text[start:end] and bool(_BEFORE_YEAR.search(before))
    after = text[end : end + 30]
    if unit.terms > 1:
        return False
    if len(unit.printed) == 1 and unit.printed.isupper() and _GENUS.match(after):  # `2 L. monocytogenes strains`
        return True
    one = _TRAPS.get(unit.printed)
    return one is not None and one(_Case(text, text[start:end], before, after, value))


def unit_in_context(text: str, value: float, unit: Unit) -> Unit | None:
    """The unit in the light of its sentence: C is a rate, a temperature or a charge; None where it is no unit."""
    if unit.terms > 1:
        return unit
    if unit.printed == "C":
        return _what_c_means(text, value, unit)
    after = text[unit.end : unit.end + 40]
    if unit.printed == "g" and value >= 100 and _CENTRIFUGE.search(text):
        return replace(unit, name="g_0")
    if unit.printed == "N" and _ACID_OR_BASE.match(after):
        return replace(unit, name="mol/L")
    if unit.printed == "in." and not _INCHES_OF.match(after):
        return None
    return unit if fits_context(unit, text) else None


def _what_c_means(text: str, value: float, unit: Unit) -> Unit | None:
    if _COULOMB.search(text) and not re.search(r"\bC[- ]rates?|rates? of", text):
        return unit
    if _RATE.search(text) and 0 < value <= 200 and not _TEMPERATURE_WORDS.search(text):
        return replace(unit, name="1/h", printed="C-rate")
    if value >= 4 and _TEMPERATURE.search(text):
        return replace(unit, name="degC")
    return None
