"""Numbers as printed: thousands separators, powers of ten, decimal commas, errors after ±, numbers in words."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

_RAISED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_SIGN: Final = r"(?:(?<![\w)\]%°.,⁰-⁹²³¹])[-−–+](?=[\d.]))?"
_BOUND: Final = (
    r"(?<![\w⁰¹²³⁴⁵⁶⁷⁸⁹⁻])(?<!\w[.,/:_])(?<!\d[-−–]\d)(?<![A-Za-zΑ-ω)][-‐−–])(?<![A-Za-z\d]/)(?<!\d:)(?<![#§])"
)
_EXPONENT: Final = r"\^?\s?[{(]?[-−–⁻⁺+]?\s?[1-9⁰¹²³⁴⁵⁶⁷⁸⁹]\d?[⁰¹²³⁴⁵⁶⁷⁸⁹]?[})]?"
_POWER: Final = rf"(?:\s?[×xX·∙⋅*]\s?10\s?(?:{_EXPONENT})(?![\d.,]\d)|[eE][-−+]?\d{{1,2}}(?![\w.]))?"
_POINT: Final = (
    r"(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d{1,3}(?:[  '’]\d{3})+(?![\d])(?:\.\d+)?|\d+(?:[.·]\d+)?|\.\d+)"
)
_COMMA: Final = r"(?:\d{1,3}(?:\.\d{3})+(?!\d)(?:,\d+)?|\d{1,3}(?:[  '’]\d{3})+(?!\d)(?:,\d+)?|\d+(?:[,.]\d+)?)"
_TEN: Final = r"10\s?(?:\^\s?\(?[-−–]?\d{1,2}\)?|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
_WORD_VALUES: Final = {
    word: float(value)
    for value, words in {
        2: "two zwei deux dos", 3: "three drei trois tres", 4: "four vier quatre cuatro", 5: "five fünf cinq cinco",
        6: "six sechs seis", 7: "seven sieben sept siete", 8: "eight acht huit ocho", 9: "nine neun neuf nueve",
        10: "ten zehn dix diez", 11: "eleven elf", 12: "twelve zwölf", 13: "thirteen", 14: "fourteen",
        15: "fifteen fünfzehn",
               16: "sixteen", 17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "twenty zwanzig",
        30: "thirty dreißig",
        40: "forty vierzig", 50: "fifty fünfzig", 60: "sixty sechzig", 70: "seventy siebzig", 80: "eighty achtzig",
        90: "ninety neunzig", 24: "twenty-four", 48: "forty-eight", 72: "seventy-two", 25: "twenty-five",
        35: "thirty-five", 45: "forty-five", 55: "fifty-five", 65: "sixty-five", 75: "seventy-five", 85: "eighty-five",
    }.items()
    for word in words.split()
}  # fmt: skip
_WORDS: Final = "|".join(
    sorted((f"{word[0].upper()}{word[1:]}|{word}" for word in _WORD_VALUES), key=len, reverse=True)
)
_ERROR: Final = r"\s?(?:±|\+\s?/\s?[-−–]|\+[-−])\s?"


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text: where it stands, its value, its error after ± if printed, and if it was spelt in words."""

    start: int
    end: int
    value: float
    plus_minus: float | None = None
    in_words: bool = False


def uses_decimal_comma(text: str) -> bool:
    """Whether decimals in the text are set off by commas, judged by the decimals that come before a unit or sign."""
    after = r"(?=\s?(?:[%°±]|[kmμnc]?[A-Za-zΩ]{1,3}\b))"
    commas = len(re.findall(rf"(?<![\d.,])\d+,(?:\d{{1,2}}|\d{{4,}})(?![\d,.]){after}", text))
    points = len(re.findall(rf"(?<![\d.,])\d+\.\d+(?![\d,.]){after}", text))
    return commas > points


def find_numbers(text: str, decimal_comma: bool) -> list[Number]:
    """The numbers of a text from left to right, those inside words and codes left out."""
    found = [_number(one, decimal_comma) for one in _pattern(decimal_comma).finditer(text)]
    return [number for number in found if math.isfinite(number.value)]


def _pattern(decimal_comma: bool) -> re.Pattern[str]:
    return _COMMA_PATTERN if decimal_comma else _POINT_PATTERN


def _compiled(digits: str) -> re.Pattern[str]:
    number = rf"(?:{_TEN}|{digits}{_POWER})"
    return re.compile(
        rf"{_BOUND}(?P<value>{_SIGN}{number})(?:{_ERROR}(?P<error>{digits}{_POWER})|"
        rf"\((?P<digits>\d{{1,2}})\)(?=\s?[^\W\d_]))?"
        rf"|\b(?P<words>{_WORDS})(?=[ -][^\W\d_]{{3}})"
    )


def parse_number(printed: str, decimal_comma: bool = False) -> float:
    """The value of one printed number; raises ValueError if it is none."""
    text = re.sub(r"[−–]", "-", printed).strip()
    power = re.search(r"(?:[×xX·∙⋅*]\s?|(?<![\d.,]))10\s?\^?\s?[{(]?([-⁻+⁺]?\s?[\d⁰¹²³⁴⁵⁶⁷⁸⁹]+)[})]?$", text)
    scale = "0"
    if power and (power.start() > 0 or re.search(r"10\s?[\^⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹]", text)):
        scale = power[1].translate(_RAISED).replace(" ", "")
        text = text[: power.start()].strip() or "1"
        text = text + "1" if text in "+-" else text
    text = re.sub(r"[  '’]", "", text)
    if decimal_comma:
        text = text.replace(".", "").replace(",", ".") if "," in text or re.search(r"\.\d{3}(?:\D|$)", text) else text
    else:
        text = text.replace(",", "").replace("·", ".")
    return float(f"{text}e{scale}" if "e" not in text.lower() else text)


def _number(found: re.Match[str], decimal_comma: bool) -> Number:
    if found["words"]:
        return Number(found.start(), found.end(), _WORD_VALUES[found["words"].lower()], in_words=True)
    value = parse_number(found["value"], decimal_comma)
    error = parse_number(found["error"], decimal_comma) if found["error"] else None
    if found["digits"]:  # 1.234(5): the error in units of the last place
        places = len(re.sub(r".*[.,]|^[^.,]*$", "", found["value"]))
        error = int(found["digits"]) * 10.0**-places
    return Number(found.start(), found.end(), value, error)


_POINT_PATTERN: Final = _compiled(_POINT)
_COMMA_PATTERN: Final = _compiled(_COMMA)
