"""Numbers and units as a person reads them: the unit of the file where it has one, else a prefix that fits."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from research.experiments.columns import Column

PREFIXES: Final = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p"))
SYMBOLS: Final = {
    "ohm": "Ω",
    "A/m**2": "A/m²",
    "W/m**2": "W/m²",
    "W/m**3": "W/m³",
    "ohm*m**2": "Ω·m²",
    "kg/m**3": "kg/m³",
    "1": "",
    "pH": "",
}
TYPED: Final = {"uA": "µA", "uW": "µW", "uV": "µV", "uS/cm": "µS/cm", "C": "°C", "ohm": "Ω", "Ohm": "Ω"}
DURATIONS: Final = ("s", "min", "h", "d")
RAISED: Final = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
LONGEST: Final = 60
# Numbers of another size would need powers of ten.
SMALL: Final = 0.005
LARGE: Final = 1e5


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit to show values in: SI = shown * factor + offset."""

    unit: str
    factor: float = 1.0
    offset: float = 0.0

    def of(self, value: float) -> float:
        """A value in SI in this unit."""
        return (value - self.offset) / self.factor

    def text(self, value: float) -> str:
        """A value in SI as text with its unit."""
        number = figures(self.of(value))
        if self.unit in DURATIONS and "." in number:
            number = number.rstrip("0").rstrip(".")
        return f"{number} {self.unit}".strip()


def measures(columns: Iterable[Column]) -> dict[str, Measure]:
    """The units that the file uses, by SI unit, the first column of each counting."""
    found: dict[str, Measure] = {}
    for column in columns:
        if column.unit and column.given and column.kind == "number":
            found.setdefault(column.unit, of_column(column))
    return found


def of_column(column: Column) -> Measure:
    """The unit of a column as it stands in the file."""
    unit = column.given or ""
    if column.quantity != "temperature" and unit == "C":
        return Measure(unit, column.factor, column.offset)
    return Measure(printed(TYPED.get(unit, unit)), column.factor, column.offset)


def printed(unit: str) -> str:
    """A unit as it was typed, with raised exponents: `mA/cm2` becomes `mA/cm²`."""
    out, last = [], ""
    for place, sign in enumerate(unit.replace("**", "^").replace("^", "")):
        digit = sign.isdigit() or (sign == "-" and unit[place + 1 : place + 2].isdigit())
        out.append(sign.translate(RAISED) if digit and (last.isalpha() or last == "-") else sign)
        last = sign
    return plain("".join(out))


def suited(unit: str, largest: float, known: dict[str, Measure]) -> Measure:
    """The unit to show values of an SI unit in, the largest of which is given: that of the file where it fits them."""
    of_file = known.get(unit)
    if of_file and (not largest or unit == "K" or SMALL <= abs(of_file.of(largest)) < LARGE):
        return of_file
    if unit == "s":
        return duration(largest)
    if unit == "ohm*m**2" and abs(largest) < 0.1:
        return Measure("Ω·cm²", 1e-4)
    symbol = SYMBOLS.get(unit, unit)
    if not symbol or not largest or not math.isfinite(largest) or unit in ("K", "kg/m**3"):
        return Measure(symbol)
    factor, prefix = next((pair for pair in PREFIXES if abs(largest) >= 0.9995 * pair[0]), PREFIXES[-1])
    return Measure(prefix + symbol, factor)


def duration(seconds: float) -> Measure:
    """The unit for a time of this length."""
    for limit, length, unit in ((172_800.0, 86_400.0, "d"), (3_600.0, 3_600.0, "h"), (300.0, 60.0, "min")):
        if seconds >= limit:
            return Measure(unit, length)
    return Measure("s")


def figures(value: float, digits: int = 4) -> str:
    """A number with some figures, with powers of ten only where it is very large or small."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "–"
    if 1e-3 <= abs(value) < 1e6:
        places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
        return f"{value:,.{places}f}".replace("-", "−")
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}·10{str(int(exponent)).translate(RAISED)}".replace("-", "−")


def plain(text: str, longest: int = LONGEST) -> str:
    """A text of the file for one line: without control characters, and not too long."""
    kept = "".join(sign if unicodedata.category(sign)[0] != "C" else " " for sign in text)
    line = " ".join(kept.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def in_words(name: str) -> str:
    """The name of a metric or kind as words."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]
