"""Printed units into units that plain pint reads: `mA cm⁻²`, `mAhg−1`, `mg/(L·h)`, `per kg`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import pint

from research.papers.unit_symbols import NEEDS_CONTEXT, ONLY_IN_COMPANY, SUBSTANCES, lexicon

_RAISED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_MINUS: Final = "[-−–⁻]"
_SYMBOLS: Final = lexicon()
_LONGEST: Final = max(map(len, _SYMBOLS))
# A raised or caret exponent, or plain digits after a minus; a raised figure with a comma after it is a citation.
_EXPONENT: Final = re.compile(
    rf"(⁻\s?[¹²³⁴]|[¹²³⁴](?![,–⁻-]?[⁰¹²³⁴⁵⁶⁷⁸⁹])|\^\(?{_MINUS}?\d\)?|\*\*-?\d|{_MINUS}\s?[1-4](?![\d.,]\d|\d))"
)
_PLAIN_POWER: Final = re.compile(r"([23])(?!\d|\.\d)")
_TIMES: Final = re.compile(r"\s?[·∙⋅•.*×]\s?(?=[^\W\d_]|[Ω°%])|[-‐](?=[^\W\d_])")
_PER: Final = re.compile(r"\s?[/∕⁄]\s?|\s(?:per|pro|je|par|por)\s(?:cubic\s|square\s)?(?=\w)")
_SUBSTANCE: Final = re.compile(
    rf"\s?[-(]?{SUBSTANCES}\)?(?=\s?[/·]|\s(?:per|pro)\s|\s?⁻|\s[^\W\d_]{{1,4}}\s?(?:[⁻^]|[-−–]\d))"
)
_LABEL: Final = re.compile(r"(?:geo|real|cat|Pt|proj|anode|ECSA|vs)\b")  # set as an index, come out on the line
_AFTER: Final = re.compile(r"[^\W_⁰¹²³⁴⁵⁶⁷⁸⁹]|[²³]")
_LENGTHS: Final = frozenset(["m", "km", "cm", "dm", "mm", "um", "nm", "pm", "ft", "inch", "mile", "angstrom", "s"])
_PAIRS: Final = {
    (prefix + first, second)
    for first, second in (("A", "h"), ("W", "h"), ("N", "m"), ("ohm", "m"), ("ohm", "cm"), ("Pa", "s"), ("V", "s"))
    for prefix in ("", "m", "k", "M", "G", "u")
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as read: `name` for pint (or "pH"), the `printed` symbol that led it, how many `terms`, where it ends."""

    name: str
    printed: str
    terms: int
    end: int
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class _Term:
    symbol: str
    name: str
    power: int
    end: int
    explicit: bool  # an exponent is printed


@cache
def registry() -> pint.UnitRegistry:
    """The one registry of the process, built when first needed."""
    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


@lru_cache(maxsize=4096)
def dimensions(name: str) -> str:
    """The dimensions of a unit as text; "" if pint doesn't know it."""
    if name == "pH":
        return "pH"
    try:
        return str(registry().Unit(name).dimensionality)
    except (pint.UndefinedUnitError, pint.DefinitionSyntaxError, ValueError, AttributeError, TypeError):
        return ""


def read_unit(text: str, start: int) -> Unit | None:
    """The unit printed at `start` (no blank before it), as long as it goes; None if none stands there."""
    if text.startswith(("ppb", "ppt"), start) and not text[start + 3 : start + 4].isalnum():
        return Unit("ppm", text[start : start + 3], 1, start + 3, 1e-3 if text[start + 2] == "b" else 1e-6)
    terms = _terms(text, start, 1)
    while terms:
        if _ends_well(text, terms):
            return _unit(terms)
        terms = terms[:-1]
    return None


def _ends_well(text: str, terms: list[_Term]) -> bool:
    last, after = terms[-1], text[terms[-1].end : terms[-1].end + 6]
    if last.explicit and _LABEL.match(after):
        return True
    if after and _AFTER.match(after):
        return last.symbol in ("%", "°") and not after[0].isdigit()
    if len(last.symbol) == 1 and last.symbol.isalpha() and not last.explicit and re.match(r"[-‐'’]\w", after):
        return bool(re.match(r"-(?:long|thick|wide|high|deep|diam|scale|aged)", text[last.end : last.end + 7]))
    return not (len(terms) == 1 and re.match(r"/z|/[A-Z]{2}", after))


def _terms(text: str, start: int, sign: int) -> list[_Term]:
    """The terms of a unit from `start` on, the most that can be read."""
    for symbol in _candidates(text, start):
        first = _term(text, start, symbol, sign)
        if first is None:
            continue
        rest = _rest(text, first, sign)
        if rest or first.explicit or not _glued(text, first.end):
            return [first, *rest]
    return []


def _candidates(text: str, start: int) -> list[str]:
    """Symbols that stand at `start`, longest first; `ms−1` and `mmin−1` are metres, not milliseconds."""
    found = [
        text[start : start + length] for length in range(_LONGEST, 0, -1) if text[start : start + length] in _SYMBOLS
    ]
    if found[:1] == ["ms"] and re.match(r"\s?[⁻^−–-]\s?[¹1]", text[start + 2 : start + 5]):
        found = ["m", "ms"]
    return found


def _glued(text: str, end: int) -> bool:
    return bool(text[end : end + 1]) and (text[end].isalpha() or text[end] in "Ω°%")


def _term(text: str, start: int, symbol: str, sign: int) -> _Term | None:
    end = start + len(symbol)
    name = _SYMBOLS[symbol]
    found = _EXPONENT.match(text, end)
    if found:
        power = int(
            re.sub(
                r"[^\d+-]", "", re.sub(r"[−–⁻]", "-", found[1].replace("**", "").replace("^", "")).translate(_RAISED)
            )
        )
        if power > 0 and not (name in _LENGTHS or found[1].startswith("^")) and found[1] in "¹²³⁴":
            return _Term(symbol, name, sign, end, False)  # the raised figure is a citation
        return _Term(symbol, name, sign * power, found.end(), True)
    plain = _PLAIN_POWER.match(text, end) if name in _LENGTHS - {"s"} else None
    if plain:
        return _Term(symbol, name, sign * int(plain[1]), plain.end(), True)
    return _Term(symbol, name, sign, end, False)


def _rest(text: str, first: _Term, sign: int) -> list[_Term]:
    """What follows a term: divided, multiplied, or set beside it with an exponent of its own."""
    at = first.end
    substance = _SUBSTANCE.match(text, at)
    if substance:
        at = substance.end()
    divided = _PER.match(text, at)
    if divided:
        return _divisor(text, divided.end())
    times = _TIMES.match(text, at)
    if times:
        rest = _terms(text, times.end(), sign)
        divides = any(term.power * sign < 0 for term in rest)
        return rest if rest and (divides or sign < 0 or (first.name, rest[0].name) in _PAIRS) else []
    beside = at + 1 if text[at : at + 1] == " " else at
    rest = _terms(text, beside, sign)
    if not rest:
        return []
    glued = beside == at and not substance
    if rest[0].power * sign < 0 or (
        (first.name, rest[0].name) in _PAIRS and not (glued and not first.explicit and len(rest) < 2)
    ):
        return rest
    if any(term.power * sign < 0 for term in rest[:2]) and (first.name, rest[0].name) in _PAIRS:
        return rest
    return []


def _divisor(text: str, start: int) -> list[_Term]:
    if text[start : start + 1] == "(":
        inner = _terms(text, start + 1, -1)
        if inner and text[inner[-1].end : inner[-1].end + 1] == ")":
            last = inner[-1]
            return [*inner[:-1], _Term(last.symbol, last.name, last.power, last.end + 1, True)]
        return []
    terms = _terms(text, start, -1)  # a/b/c means a/(b·c)
    if terms and len(terms) > 1 and terms[1].power > 0:
        return terms[:1]
    return [_Term(t.symbol, t.name, t.power, t.end, True) for t in terms[:1]] + terms[1:]


def _unit(terms: list[_Term]) -> Unit | None:
    if len(terms) == 1 and ONLY_IN_COMPANY.fullmatch(terms[0].symbol) and terms[0].power == 1:
        return None
    name = _spelled(terms)
    if not name or not dimensions(name):
        return None
    return Unit(name, terms[0].symbol, len(terms), terms[-1].end)


def _spelled(terms: list[_Term]) -> str:
    over: list[str] = []
    under: list[str] = []
    several = len(terms) > 1 or terms[0].power != 1
    for term in terms:
        if not term.name:
            continue
        name = {"degC": "delta_degC", "degF": "delta_degF"}.get(term.name, term.name) if several else term.name
        composed = "/" in name or ("*" in name and "**" not in name)
        name = f"({name})" if composed and several and (term.power != 1 or "/" in name) else name
        power = abs(term.power)
        (over if term.power > 0 else under).append(name if power == 1 else f"{name}**{power}")
    return "/".join(["*".join(over) or "1", *under]) if over or under else ""


def fits_context(unit: Unit, sentence: str) -> bool:
    """Whether a unit of one ambiguous letter is borne out by what the sentence speaks of."""
    if (unit.terms > 1 and unit.printed != "G") or unit.printed not in NEEDS_CONTEXT:
        return True
    return bool(re.search(NEEDS_CONTEXT[unit.printed], sentence, re.I))
