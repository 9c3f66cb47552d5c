"""Numbers, units and single lines as a reader expects to see them."""

import re
import textwrap

SYMBOLS = {
    "ohm": "Ω",
    "kiloohm": "kΩ",
    "kohm": "kΩ",
    "Mohm": "MΩ",
    "mohm": "mΩ",
    "percent": "%",
    "permille": "‰",
    "degC": "°C",
    "degree_Celsius": "°C",
    "delta_degC": "°C",
    "delta_degree_Celsius": "°C",
    "degF": "°F",
    "degree": "°",
    "deg": "°",
    "angstrom": "Å",
    "dimensionless": "",
    "g_0": "g₀",
    "hour": "h",
    "hours": "h",
    "minute": "min",
    "second": "s",
    "day": "d",
    "litre": "L",
    "liter": "L",
    "micrometer": "µm",
    "um": "µm",
    "uL": "µL",
    "ul": "µL",
    "ug": "µg",
    "uA": "µA",
    "uW": "µW",
    "uV": "µV",
    "uM": "µM",
    "umol": "µmol",
    "us": "µs",
}
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def printed_unit(unit: str) -> str:
    """`mA/cm**2` as `mA/cm²`, `ohm` as `Ω`, `percent` as `%`; what is not known stays as it is."""
    named = re.sub(r"[^\W\d]\w*", lambda match: SYMBOLS.get(match[0], match[0]), unit)
    powers = re.sub(r"\s*\*\*\s*\(?(-?\d+)\)?", lambda match: match[1].translate(RAISED), named)
    return re.sub(r"\s*\*\s*", "·", re.sub(r"\s*/\s*", "/", powers)).strip()


def number(value: float) -> str:
    """A number as one would write it: no trailing zeros, thousands set apart, powers of ten only when far out."""
    if value and not 1e-4 <= abs(value) < 1e7:
        mantissa, exponent = f"{value:.3e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}×10{str(int(exponent)).translate(RAISED)}".replace("-", "−")
    text = f"{value:,.10g}" if abs(value) >= 10_000 else f"{value:.10g}"
    return text.replace("-", "−")


def cell(text: str | None, width: int) -> str:
    """A text on one line of a table, shortened at a word where it is too long."""
    flat = re.sub(r"\s+", " ", text or "–").replace("|", "/").strip() or "–"
    return flat if len(flat) <= width else textwrap.shorten(flat, width, placeholder=" …")
