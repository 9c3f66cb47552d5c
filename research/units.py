"""Units as a reader prints them, from the names that pint reads."""

import re

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
    "hour": "h",
    "hours": "h",
    "minute": "min",
    "second": "s",
    "week": "weeks",
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
