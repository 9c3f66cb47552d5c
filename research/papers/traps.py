"""Numbers that look like quantities and are none: figures, years, types, labels; and units that mean something else."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from research.papers.units import Unit, fits_context

_LABEL: Final = re.compile(
    r"\b(?:fig(?:ure)?s?\.?|tab(?:le)?s?\.?|eqs?\.?|equations?|sections?|sect?\.|schemes?|chapters?|refs?\.?|references?|no\.|nos\.|nr\.|"
    r"abb(?:ildung(?:en)?)?\.?|tabellen?|gleichung|kapitel|abschnitt|figura|tabla|tableau|ec\.|theorem|lemma|satz|"
    r"definition|panels?|appendix|supplementary (?:fig(?:ure)?|table)\.?|movie|video|lane|pp?\.|chart|box|step|version|"
    r"JCPDS|ICDD|PDF|patent|grant|license|licence|catalog(?:ue)?|cat\.|lot|ISO|ASTM|DIN|EN|AISI|SUS|SAE)\s*(?:no\.?\s*|nos?\s*|card\s*|#\s*|\()*"
    r"(?:S?\d+(?:\.\d+)*[a-z]?\s?(?:[-–,]|and|to|und|et|&)\s?){0,4}S?$",
    re.I,
)
_BEFORE_YEAR: Final = re.compile(r"\b(?:in|since|of|from|until|till|by|during|year|years|between|early|late|mid|im|seit|en|desde|depuis|and|to|\()\s?$", re.I)
_STEEL: Final = re.compile(r"steel|stainless|edelstahl|acier|acero|\bSS\b|AISI|alloy", re.I)
_MILLIONS: Final = re.compile(r"\s(?:USD|EUR|dollars|euros?|parameters|users|people|reads|rows|records|tokens|inhabitants|Einwohner)\b")
_SPELLED_COUNT: Final = re.compile(r"\s?of\s")
_TEMPERATURE: Final = re.compile(r"temperatur|incubat|heated|heating|cool|dried|drying|stor|autoclav|calcin|anneal|sinter|boil|melt|\bkept\b|ºC|°C", re.I)
_RATE: Final = re.compile(r"\brates?\b|cycl|capacit|batter|discharg|cathode|anode|\bLi\b|Na-ion|mAh|retention", re.I)
_TEMPERATURE_WORDS: Final = re.compile(r"temperature of|heated (?:to|at)|incubated at|autoclav", re.I)
_COULOMB: Final = re.compile(r"coulombs?\b|charge of|total charge|electric charge|charge (?:passed|transferred|was|density)|ladung", re.I)
_COUNTRY_CODES: Final = re.compile(r"[$€£¥]\s?$")


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
    if unit.printed == "s" and whole and (value % 10 == 0 or re.search(r"\bthe\s$", before)) and _SPELLED_COUNT.match(after):
        return True
    if unit.printed == "s" and 1800 <= value <= 2100 and value % 10 == 0 and text[start:end].endswith("0s"):
        return True
    if unit.printed == "L" and value in (304, 316, 317, 321, 347, 904, 310) and _STEEL.search(text):
        return True
    if unit.printed == "M" and (_MILLIONS.match(after) or value > 60):
        return True
    if unit.printed in ("d", "D") and value in (1, 2, 3, 4) and (text[start:end].find(" ") < 0 or re.match(r"\s?(?:orbital|band|state|electron)", after)):
        return True
    if unit.printed == "t" and re.match(r"[-\s](?:test|statistic|value|distribution)", after):
        return True
    if unit.printed == "g" and re.match(r"\s?(?:factor|tensor)", after):
        return True
    return unit.printed in ("K", "G", "M") and re.match(r"\s?(?:pixel|resolution|display|network|video|mobile)", after) is not None


def unit_in_context(text: str, start: int, value: float, unit: Unit) -> Unit | None:
    """The unit in the light of its sentence: C is a rate, a temperature or a charge; None where it is no unit."""
    if unit.terms > 1:
        return unit
    if unit.printed == "C":
        return _what_c_means(text, value, unit)
    if unit.printed == "g" and value >= 100 and re.search(r"centrifug|zentrifug|pellet|supernatant", text, re.I):
        return replace(unit, name="g_0")
    if unit.printed == "in." and not re.match(r"\s?(?:diameter|long|wide|thick|wafer|pipe|tube|[×x]|by|in|high|deep)", text[unit.end :]):
        return None
    if unit.printed == "N" and re.match(r"\s?(?:NaOH|HCl|H2SO4|KOH|HNO3|acid|hydrochloric|sulfuric|sodium)", text[unit.end :]):
        return replace(unit, name="mol/L")
    if unit.printed == "°" and re.match(r"\s?[NSEW]\b", text[unit.end :]):
        return unit
    return unit if fits_context(unit, text) else None


def _what_c_means(text: str, value: float, unit: Unit) -> Unit | None:
    if _COULOMB.search(text) and not re.search(r"\bC[- ]rates?|rates? of", text):
        return unit
    if _RATE.search(text) and 0 < value <= 200 and not _TEMPERATURE_WORDS.search(text):
        return replace(unit, name="1/h", printed="C-rate")
    if value >= 4 and _TEMPERATURE.search(text):
        return replace(unit, name="degC")
    return None
