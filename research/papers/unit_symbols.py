"""The symbols and words for units in print, each with the name by which pint knows it."""

from __future__ import annotations

import re
from typing import Final

_PREFIXES: Final = {
    "T": "T", "G": "G", "M": "M", "k": "k", "h": "h", "d": "d", "c": "c", "m": "m", "μ": "u", "u": "u", "n": "n",
    "p": "p", "f": "f", "a": "a",
}  # fmt: skip

# Printed symbols, each with its name in pint and the prefixes in use.
_PREFIXED: Final[dict[str, tuple[str, str]]] = {
    "m": ("m", "kcdmμunpf"), "g": ("g", "kmμunpM"), "s": ("s", "mμnpf"), "A": ("A", "kmμunp"), "V": ("V", "kMmμun"),
    "W": ("W", "kMGTmμunp"), "Hz": ("Hz", "kMGTm"), "Ω": ("ohm", "kMGmμ"), "ohm": ("ohm", "kMm"), "Ohm": ("ohm", "kMm"),
    "F": ("F", "mμunpf"), "C": ("C", "mμunpk"), "J": ("J", "kMGmμun"), "eV": ("eV", "kMGm"), "K": ("K", "m"),
    "mol": ("mol", "kmμunpf"), "L": ("L", "kmμundchpf"), "l": ("L", "mμundch"), "ℓ": ("L", "mμ"),
    "Pa": ("Pa", "kMGhmμ"),
    "bar": ("bar", "mk"), "N": ("N", "kmμunMp"), "T": ("T", "mμun"), "S": ("S", "mμunpk"), "H": ("H", "mμun"),
    "cal": ("cal", "k"), "Wh": ("W*h", "kMGTmμ"), "Ah": ("A*h", "mkμu"), "Bq": ("Bq", "kMGm"), "Gy": ("Gy", "mck"),
    "Sv": ("Sv", "mμu"), "Da": ("Da", "kM"), "lm": ("lm", ""), "lx": ("lx", "k"), "cd": ("cd", "m"), "sr": ("sr", ""),
    "rad": ("rad", "mμ"), "Torr": ("torr", "m"), "torr": ("torr", "m"), "VA": ("VA", "kM"), "Wp": ("W", "kM"),
    "eq": ("mol", "mμ"), "Eq": ("mol", "mμ"), "Ci": ("Ci", "mμun"), "dyn": ("dyn", ""), "Gs": ("gauss", "k"),
    "Oe": ("Oe", "k"), "bps": ("bit/s", "kMG"), "cps": ("count/s", ""), "P": ("P", "cm"), "St": ("stokes", "c"),
}  # fmt: skip

# Symbols that are nothing (or something else) without their prefix or without company.
_ONLY_PREFIXED: Final = frozenset({"eq", "Eq", "P", "cd", "bps", "VA", "Wp", "St"})

# Names in pint, each with the ways it is printed.
_PRINTED: Final = {
    "percent": (
        "% | percent | per cent | Prozent | wt% | wt.% | wt % | wt. % | vol% | vol.% | vol % | vol. % | at% | "
        "at.% | at. % | at % | mol% | mol % | mol.% | mol. % | v/v% | w/w% | m% | Gew.-% | Vol.-% | Gew% | Ma.-% "
        "| at-% | wt-% | vol-% | mol-% | pour cent | por ciento | mass%"
    ),
    "permille": "‰",
    "ppm": "ppm | ppmv | ppmw",
    "degC": "°C | ° C | ℃ | degrees Celsius | degree Celsius | degrees C | deg C | Grad Celsius",
    "degF": "°F | ° F | degrees Fahrenheit",
    "K": "°K | kelvin | Kelvin",
    "degree": "° | deg | degrees | degree",
    "arcsec": "arcsec",
    "arcmin": "arcmin",
    "angstrom": "Å | angstrom | ångström",
    "min": "min | mins | minute | minutes | Minuten | Minute | minutos | minuti",
    "h": "h | hr | hrs | hour | hours | Stunden | Stunde | heures | heure | horas | hora | ore",
    "s": "sec | secs | second | seconds | Sekunden | Sekunde | secondes | segundos",
    "day": "d | day | days | Tage | Tagen | Tag | jours | jour | días | día | dias | giorni",
    "week": "wk | wks | week | weeks | Wochen | Woche | semaines | semaine | semanas | semana",
    "month": "month | months | mo | Monate | Monaten | Monat | mois | meses | mes",
    "year": "yr | yrs | year | years | y | Jahre | Jahren | Jahr | ans | années | años | año | anni | a",
    "decade": "decades",
    "ms": "millisecond | milliseconds",
    "us": "microseconds",
    "ns": "nanoseconds",
    "rpm": "rpm | r.p.m. | U/min",
    "1/min": "bpm",
    "count": (
        "beats | breaths | cfu | CFU | cells | cell | particles | copies | pfu | PFU | counts | photons | photon"
    ),
    "revolution": "rev",
    "1/s": "fps",
    "Hz": "Hertz | hertz",
    "kHz": "kilohertz | KHz | Khz | khz",
    "MHz": "megahertz | Mhz",
    "atm": "atm",
    "psi": "psi | psig | psia",
    "mmHg": "mmHg | mm Hg",
    "cmH2O": "cmH2O | cm H2O",
    "mbar": "mbar",
    "bar": "barg | bara",
    "kgf": "kgf",
    "lbf": "lbf",
    "lb": "lb | lbs | pound | pounds",
    "oz": "oz",
    "inch": "inch | inches | in.",
    "ft": "ft | feet | foot",
    "mile": "mile | miles | mi",
    "yard": "yd | yards",
    "gallon": "gal | gallons",
    "acre": "acres | acre",
    "hectare": "ha | hectare | hectares",
    "tonne": "t | ton | tons | tonne | tonnes | Tonnen",
    "kilotonne": "kt",
    "megatonne": "Mt",
    "gigatonne": "Gt",
    "mph": "mph | MPH",
    "knot": "knots | kn",
    "km/h": "kph",
    "mol/L": "M | molar",
    "mmol/L": "mM | millimolar",
    "umol/L": "μM | uM | micromolar",
    "nmol/L": "nM",
    "pmol/L": "pM",
    "fmol/L": "fM",
    "cm**3": "cc | ccm",
    "cm**3/min": "sccm | SCCM",
    "L/min": "slm | slpm",
    "m**3": "Nm3",
    "enzyme_unit": "U",
    "millienzyme_unit": "mU",
    "kiloenzyme_unit": "kU",
    "dB": "dB | dBi",
    "dBm": "dBm",
    "lx": "lux | Lux",
    "gauss": "Gauss | G | gauss",
    "T": "tesla | Tesla",
    "kcal": "kcal | Kcal | kilocalories",
    "kg": "Kg | kilogram | kilograms | Kilogramm",
    "MPa": "Mpa | mpa",
    "kPa": "Kpa | kpa | kilopascals",
    "MW": "Mw | megawatts",
    "kW": "Kw | kw | kilowatts",
    "ohm": "ohm | ohms",
    "cal": "calories",
    "J": "joules | joule",
    "kJ": "kilojoules",
    "W": "watt | watts | Watt",
    "mW": "milliwatts",
    "V": "volt | volts | Volt",
    "mV": "millivolts",
    "kV": "kilovolts",
    "A": "ampere | amperes | amps | amp | Ampere",
    "mA": "milliamps",
    "Pa": "pascal | pascals",
    "N": "newton | newtons",
    "mol": "moles | mole",
    "mmol": "millimoles",
    "g": "gram | grams | Gramm | grammes | gramos",
    "mg": "milligram | milligrams",
    "ug": "microgram | micrograms | mcg",
    "ng": "nanograms",
    "L": "liter | liters | litre | litres | Liter | Litern | litros",
    "mL": "milliliter | milliliters | millilitre | millilitres",
    "uL": "microliters | microlitres",
    "m": "meter | meters | metre | metres | Meter | Metern | metros | mètres",
    "cm": "centimeter | centimeters | centimetres",
    "mm": "millimeter | millimeters | millimetres",
    "um": "micrometer | micrometers | micrometre | micrometres | micron | microns",
    "nm": "nanometer | nanometers | nanometre | nanometres",
    "km": "kilometer | kilometers | kilometre | kilometres | Kilometer | kilometros | kilómetros",
    "byte": "bytes",
    "kB": "kB",
    "MB": "MB",
    "GB": "GB",
    "TB": "TB",
    "Mbit": "Mbit",
    "Gbit": "Gbit",
    "Mbit/s": "Mbps",
    "Gbit/s": "Gbps",
    "1/inch": "dpi",
    "umol": "μE",
    "N*m": "Nm",
    "kN*m": "kNm",
    "mN*m": "mNm",
    "mA*h": "mAH | mAhr",
    "": "dec | decade",
}  # fmt: skip

# Worth reading only as part of a compound (`10⁸ cells mL⁻¹`, `t ha⁻¹ a⁻¹`); alone they are words or labels.
ONLY_IN_COMPANY: Final = re.compile(
    r"a|cfu|CFU|cells|cell|particles|copies|pfu|PFU|counts|photons|photon|beats|breaths|dec|decade|rev|μE|mo"
)
# Alone, these letters are more often labels, abbreviations or other units: the sentence must speak of the right thing.
NEEDS_CONTEXT: Final = {
    "A": r"current|amper|volt|\bV\b|batter|supply|load|fuse|magnet|galvanostat|charg|strom|courant|corriente|electro",
    "S": r"conduct|leitf",
    "N": r"force|load|tension|tensile|indent|newton|kraft|grip|thrust|weight|pull|push",
    "F": r"capacit|farad",
    "H": r"induct",
    "T": r"magnet|field|tesla|MRI|NMR|feld|champ|coil",
    "G": r"magnet|gauss|field",
    "C": r"charge|coulomb|ladung",
    "P": r"viscos",
    "y": r"\bage|\bold\b|years?\b|follow",
    "U": r"enzym|activit|units?|[a-z]ase\b|lysozym|insulin|heparin|penicillin|thrombin",
    "t": r"tonn|mass|weight|yield|harvest|\bha\b|load|ship|truck|vehicle|\bore\b|emission|CO2|gewicht|ernte|waste",
    "Da": r"mass|protein|molecul|cut-?off|\bMW|weight|membran|dialys|peptid|m/z",
}  # fmt: skip
# Words of a substance inside a unit: `g COD L⁻¹`, `mL CH4 g⁻¹ VS`.
SUBSTANCES: Final = (
    r"(?:s?COD|CSB|BOD5?|TOC|DOC|TSS|VSS|MLSS|TVS|VS|TS|TN|TP|DW|DM|FW|BW|CDW|dw|CaCO3|CH4|CO2|H2O2|H2|O2|N2|NH3|"
    r"NH4|NO3|"
    r"PO4|NaCl|KOH|Pt|catalyst|cat|protein|glucose|photons|quanta|body weight|bw|biomass|soil|dry weight|cathode|"
    r"anode|polymer|water|creatinine|methane|gallic acid|GAE|Hb|lipid|starch|acetate|lactate|"
    r"(?<=[ (-])[NPCS](?=\s?[/·]))"
)


def lexicon() -> dict[str, str]:
    """Every printed symbol or word with its name in pint."""
    symbols: dict[str, str] = {}
    for symbol, (name, prefixes) in _PREFIXED.items():
        if symbol not in _ONLY_PREFIXED:
            symbols[symbol] = name
        for prefix in prefixes:
            symbols[prefix + symbol] = _PREFIXES[prefix] + name
    for name, printed in _PRINTED.items():
        symbols.update(dict.fromkeys(printed.split(" | "), name))
    for word in ("am", "as", "at", "us", "pH"):  # words first, units hardly ever
        symbols.pop(word, None)
    return symbols
