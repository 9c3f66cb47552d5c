"""Units of columns: read as they are printed in headers, and what it takes to convert them to SI."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from research.experiments.quantities import OF_UNIT, QUANTITIES
from research.papers.units import dimensions, read_unit, registry

# The electrode that a potential refers to, and what a concentration is of, are no part of the unit.
REFERENCE: Final = re.compile(
    r"[\s,(]*\b(?:vs\.?|versus|gegen)\s*(.+?)\)?$|\s+\(?((?:R?SHE|RHE|NHE|SCE|Ag/AgCl|Li/Li\+)\b.*?)\)?$", re.I
)
CASED: Final = (
    *("V", "mV", "uV", "kV", "A", "mA", "uA", "nA", "W", "mW", "uW", "kW", "C", "mC", "J", "kJ", "Wh", "mWh"),
    *("Ah", "mAh", "K", "Pa", "kPa", "Hz", "kHz", "MHz"),
)
CASES: Final = {
    lower: upper
    for upper in CASED
    for lower in {upper.lower(), upper.upper()} - {upper}
    if (lower, upper) not in {("pa", "Pa"), ("k", "K")}
}
SPELLED: Final = {"kohm": "kΩ", "kohms": "kΩ", "mohm": "mΩ", "mohms": "mΩ", "micros/cm": "uS/cm", "umho/cm": "uS/cm"}
TEMPERATURES: Final = {"c": "degC", "deg c": "degC", "degc": "degC", "celsius": "degC", "f": "degF", "k": "kelvin"}
SI_UNITS: Final = (
    *sorted({quantity.unit for quantity in QUANTITIES.values()} - {"1", "pH"}),
    *(
        "ohm*m**2",
        "mol/m**3",
        "kg/m**2",
        "m",
        "m**2",
        "m**3",
        "kg",
        "mol",
        "S",
        "F",
        "m**3/s",
        "V/s",
        "F/m**2",
        "m**2/kg",
    ),
)
LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Scale:
    """A unit as `given`, the SI `unit`, SI = given * factor + offset, and the electrode that a potential refers to."""

    given: str
    unit: str
    factor: float = 1.0
    offset: float = 0.0
    reference: str | None = None


@lru_cache(maxsize=512)
def read_scale(text: str, quantity: str | None = None) -> Scale | None:
    """The scale of a printed unit, None if it is not a unit; of several readings the one that fits the quantity."""
    if not text.strip() or len(text) > LONGEST:
        return None
    plain, reference = without_reference(text)
    wanted = QUANTITIES[quantity].unit if quantity else None
    best = None
    for candidate in spellings(plain, quantity):
        scale = scale_of(candidate, text.strip(), reference)
        if scale and (wanted is None or scale.unit == wanted):
            return scale
        best = best or scale
    return best


def without_reference(text: str) -> tuple[str, str | None]:
    """A unit without the reference electrode that is printed after it, and that electrode: `V vs. Ag/AgCl`."""
    plain = unicodedata.normalize("NFKC", text).strip().strip("[](){}").strip()
    found = REFERENCE.search(plain)
    return (plain[: found.start()].strip(), (found[1] or found[2]).strip()) if found else (plain, None)


def spellings(plain: str, quantity: str | None) -> Iterator[str]:
    """The ways to read a unit as it is printed in a header, the most literal first."""
    if quantity == "temperature" and plain.lower() in TEMPERATURES:
        yield TEMPERATURES[plain.lower()]
    yield plain
    yield SPELLED.get(plain.lower(), "")
    yield CASES.get(plain, "")
    for glue in ("_", " ", "*", "·"):
        if glue in plain:
            first, *rest = [part for part in re.split(re.escape(glue), plain) if part]
            yield "/".join([CASES.get(first, first), *rest])
            yield " ".join([CASES.get(first, first), *rest])
    yield re.sub(r"\s*(?:/|per)\s*", "/", plain)
    yield re.sub(r"\b(?:COD|O2|CaCO3|acetate|NaCl)\b", "", plain).strip()
    yield re.sub(r"^RHC?\s*/?\s*|\s*RH$", "", plain)
    bare = plain.replace(".", "").lower()
    if len(bare) > 2 and bare.replace(" ", "").isalpha():  # words as they begin a sentence: `Volts`, `sec.`
        yield bare
        yield TEMPERATURES.get(bare, "")
        yield re.sub(r"^(m|milli|u|micro|n|nano|k|kilo)amps?$", r"\1ampere", bare)
    over, stroke, under = plain.partition("/")
    yield CASES[over] + stroke + under if stroke and over in CASES else ""


def scale_of(name: str, given: str, reference: str | None) -> Scale | None:
    """The scale of a unit that is spelled as the lexicon or as pint spells it."""
    if name.lower() == "ph":
        return Scale(given, "pH")
    if not name or not any(c.isalpha() or c in "%‰°Ω" for c in name):
        return None
    read = read_unit(name, 0)
    if read and read.end == len(name):
        return converted(read.name, given, reference, read.factor)
    # pint knows a unit for nearly every word (a `unit` is a millionth of a nit), so only what is measured here counts.
    if re.fullmatch(r"[A-Za-z_]{2,}", name) and si_unit(name) in SI_UNITS:
        return converted(name, given, reference, 1.0)
    return None


def converted(unit: str, given: str, reference: str | None, times: float) -> Scale:
    """The scale of a unit of pint."""
    ureg = registry()
    si = si_unit(unit)
    pint_si = "" if si == "1" else si
    offset = float(ureg.Quantity(0.0, unit).to(pint_si).magnitude)
    factor = float(ureg.Quantity(1.0, unit).to(pint_si).magnitude) - offset
    # What pint computes in floats is exact to some 16 digits: 1 mV is to be 0.001 V, not 0.0010000000000000002.
    return Scale(given, si, float(f"{factor * times:.15g}"), float(f"{offset:.15g}"), reference)


def si_unit(unit: str) -> str:
    """The SI unit of the same dimensions: one of those above, or what pint makes of it; "" for what is no unit."""
    wanted = dimensions(unit)
    if not wanted:
        return ""
    if wanted == "dimensionless":
        return "1"
    for known in SI_UNITS:
        if dimensions(known) == wanted:
            return known
    return f"{registry().Quantity(1.0, unit).to_base_units().units:C}"


def quantity_of(scale: Scale) -> str | None:
    """The quantity that a unit stands for by itself."""
    return OF_UNIT.get(scale.unit)
