"""The symbols and words for units in print, each with the name by which pint knows it."""

from __future__ import annotations

from typing import Final

_PREFIXES: Final = {
    "T": "T", "G": "G", "M": "M", "k": "k", "h": "h", "d": "d", "c": "c", "m": "m", "μ": "u", "u": "u", "n": "n",
    "p": "p", "f": "f", "a": "a",
}  # fmt: skip

# symbol: (name in pint, prefixes in use)
_PREFIXED: Final[dict[str, tuple[str, str]]] = {
    "m": ("m", "kcdmμunpf"), "g": ("g", "kmμunpM"), "s": ("s", "mμnpf"), "A": ("A", "kmμunp"), "V": ("V", "kMmμun"),
    "W": ("W", "kMGTmμunp"), "Hz": ("Hz", "kMGTm"), "Ω": ("ohm", "kMGmμ"), "ohm": ("ohm", "kMm"), "Ohm": ("ohm", "kMm"),
    "F": ("F", "mμunpf"), "C": ("C", "mμunpk"), "J": ("J", "kMGmμun"), "eV": ("eV", "kMGm"), "K": ("K", "m"),
    "mol": ("mol", "kmμunpf"), "L": ("L", "kmμundchpf"), "l": ("L", "mμundch"), "ℓ": ("L", "mμ"), "Pa": ("Pa", "kMGhmμ"),
    "bar": ("bar", "mk"), "N": ("N", "kmμunMp"), "T": ("T", "mμun"), "S": ("S", "mμunpk"), "H": ("H", "mμun"),
    "cal": ("cal", "k"), "Wh": ("W*h", "kMGTmμ"), "Ah": ("A*h", "mkμu"), "Bq": ("Bq", "kMGm"), "Gy": ("Gy", "mck"),
    "Sv": ("Sv", "mμu"), "Da": ("Da", "kM"), "lm": ("lm", ""), "lx": ("lx", "k"), "cd": ("cd", "m"), "sr": ("sr", ""),
    "rad": ("rad", "mμ"), "Torr": ("torr", "m"), "torr": ("torr", "m"), "VA": ("VA", "kM"), "Wp": ("W", "kM"),
    "eq": ("mol", "mμ"), "Eq": ("mol", "mμ"), "Ci": ("Ci", "mμun"), "dyn": ("dyn", ""), "Gs": ("gauss", "k"),
    "Oe": ("Oe", "k"), "bps": ("bit/s", "kMG"), "cps": ("count/s", ""), "P": ("P", "cm"), "St": ("stokes", "c"),
}  # fmt: skip

# Symbols that are nothing (or something else) without their prefix or without company.
_ONLY_PREFIXED: Final = frozenset({"eq", "Eq", "P", "cd", "bps", "VA", "Wp", "St"})

_PLAIN: Final = {
    "%": "percent", "percent": "percent", "per cent": "percent", "Prozent": "percent", "‰": "permille", "wt%": "percent",
    "wt.%": "percent", "wt %": "percent", "wt. %": "percent", "vol%": "percent", "vol.%": "percent", "vol %": "percent",
    "vol. %": "percent", "at%": "percent", "at.%": "percent", "at. %": "percent", "at %": "percent", "mol%": "percent",
    "mol %": "percent", "mol.%": "percent", "mol. %": "percent", "v/v%": "percent", "w/w%": "percent", "m%": "percent",
    "Gew.-%": "percent", "Vol.-%": "percent", "Gew%": "percent", "Ma.-%": "percent", "at-%": "percent", "wt-%": "percent",
    "vol-%": "percent", "mol-%": "percent", "pour cent": "percent", "por ciento": "percent", "mass%": "percent",
    "ppm": "ppm", "ppmv": "ppm", "ppmw": "ppm", "°C": "degC", "° C": "degC", "℃": "degC", "°F": "degF", "° F": "degF", "°K": "K",
    "°": "degree", "deg": "degree", "degrees": "degree", "degree": "degree", "degrees Celsius": "degC",
    "degree Celsius": "degC", "degrees C": "degC", "deg C": "degC", "Grad Celsius": "degC", "degrees Fahrenheit": "degF",
    "arcsec": "arcsec", "arcmin": "arcmin", "Å": "angstrom", "Å": "angstrom", "angstrom": "angstrom", "ångström": "angstrom",
    "min": "min", "mins": "min", "minute": "min", "minutes": "min", "Minuten": "min", "Minute": "min", "minutos": "min",
    "minuti": "min", "h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "Stunden": "h", "Stunde": "h",
    "heures": "h", "heure": "h", "horas": "h", "hora": "h", "ore": "h", "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "Sekunden": "s", "Sekunde": "s", "secondes": "s", "segundos": "s", "d": "day", "day": "day", "days": "day",
    "Tage": "day", "Tagen": "day", "Tag": "day", "jours": "day", "jour": "day", "días": "day", "día": "day", "dias": "day",
    "giorni": "day", "wk": "week", "wks": "week", "week": "week", "weeks": "week", "Wochen": "week", "Woche": "week",
    "semaines": "week", "semaine": "week", "semanas": "week", "semana": "week", "month": "month", "months": "month",
    "mo": "month", "Monate": "month", "Monaten": "month", "Monat": "month", "mois": "month", "meses": "month", "mes": "month",
    "yr": "year", "yrs": "year", "year": "year", "years": "year", "y": "year", "Jahre": "year", "Jahren": "year",
    "Jahr": "year", "ans": "year", "années": "year", "años": "year", "año": "year", "anni": "year", "a": "year",
    "decades": "decade", "millisecond": "ms", "milliseconds": "ms", "microseconds": "us", "nanoseconds": "ns",
    "rpm": "rpm", "r.p.m.": "rpm", "U/min": "rpm", "bpm": "1/min", "beats": "count", "breaths": "count",
    "rev": "revolution", "fps": "1/s", "Hertz": "Hz", "hertz": "Hz", "kilohertz": "kHz", "megahertz": "MHz",
    "atm": "atm", "psi": "psi", "psig": "psi", "psia": "psi", "mmHg": "mmHg", "mm Hg": "mmHg", "cmH2O": "cmH2O",
    "cm H2O": "cmH2O", "mbar": "mbar", "barg": "bar", "bara": "bar", "kgf": "kgf", "lbf": "lbf", "lb": "lb", "lbs": "lb",
    "pound": "lb", "pounds": "lb", "oz": "oz", "inch": "inch", "inches": "inch", "in.": "inch", "ft": "ft", "feet": "ft",
    "foot": "ft", "mile": "mile", "miles": "mile", "mi": "mile", "yd": "yard", "yards": "yard", "gal": "gallon",
    "gallons": "gallon", "acres": "acre", "acre": "acre", "ha": "hectare", "hectare": "hectare", "hectares": "hectare",
    "t": "tonne", "kt": "kilotonne", "Mt": "megatonne", "Gt": "gigatonne", "ton": "tonne", "tons": "tonne", "tonne": "tonne",
    "tonnes": "tonne", "Tonnen": "tonne", "mph": "mph", "knots": "knot", "kph": "km/h",
    "M": "mol/L", "mM": "mmol/L", "μM": "umol/L", "uM": "umol/L", "nM": "nmol/L", "pM": "pmol/L", "fM": "fmol/L",
    "molar": "mol/L", "millimolar": "mmol/L", "micromolar": "umol/L", "cc": "cm**3", "ccm": "cm**3",
    "sccm": "cm**3/min", "slm": "L/min", "slpm": "L/min", "SCCM": "cm**3/min", "Nm3": "m**3", "U": "enzyme_unit",
    "mU": "millienzyme_unit", "kU": "kiloenzyme_unit", "dB": "dB", "dBm": "dBm", "dBi": "dB", "lux": "lx", "Lux": "lx",
    "Gauss": "gauss", "G": "gauss", "gauss": "gauss", "tesla": "T", "Tesla": "T", "kcal": "kcal", "Kcal": "kcal", "Kg": "kg", "KHz": "kHz", "Mpa": "MPa", "Kpa": "kPa", "kpa": "kPa", "mpa": "MPa", "Mw": "MW", "Kw": "kW", "kw": "kW", "Khz": "kHz", "khz": "kHz", "Mhz": "MHz", "ohm": "ohm",
    "calories": "cal", "kilocalories": "kcal", "joules": "J", "joule": "J", "kilojoules": "kJ", "watt": "W", "watts": "W",
    "Watt": "W", "kilowatts": "kW", "megawatts": "MW", "milliwatts": "mW", "volt": "V", "volts": "V", "Volt": "V",
    "millivolts": "mV", "kilovolts": "kV", "ampere": "A", "amperes": "A", "amps": "A", "amp": "A", "Ampere": "A", "milliamps": "mA",
    "ohms": "ohm", "kelvin": "K", "Kelvin": "K", "pascal": "Pa", "pascals": "Pa", "kilopascals": "kPa", "newton": "N",
    "newtons": "N", "moles": "mol", "mole": "mol", "millimoles": "mmol", "gram": "g", "grams": "g", "Gramm": "g",
    "kilogram": "kg", "kilograms": "kg", "Kilogramm": "kg", "milligram": "mg", "milligrams": "mg", "microgram": "ug",
    "micrograms": "ug", "nanograms": "ng", "mcg": "ug", "grammes": "g", "gramos": "g", "liter": "L", "liters": "L", "litre": "L",
    "litres": "L", "Liter": "L", "Litern": "L", "litros": "L", "milliliter": "mL", "milliliters": "mL", "millilitre": "mL",
    "millilitres": "mL", "microliters": "uL", "microlitres": "uL", "meter": "m", "meters": "m", "metre": "m", "metres": "m",
    "Meter": "m", "Metern": "m", "metros": "m", "mètres": "m", "centimeter": "cm", "centimeters": "cm", "centimetres": "cm",
    "millimeter": "mm", "millimeters": "mm", "millimetres": "mm", "micrometer": "um", "micrometers": "um", "micrometre": "um",
    "micrometres": "um", "micron": "um", "microns": "um", "nanometer": "nm", "nanometers": "nm", "nanometre": "nm",
    "nanometres": "nm", "kilometer": "km", "kilometers": "km", "kilometre": "km", "kilometres": "km", "Kilometer": "km",
    "kilometros": "km", "kilómetros": "km", "bytes": "byte", "kB": "kB", "MB": "MB", "GB": "GB", "TB": "TB", "Mbit": "Mbit",
    "Gbit": "Gbit", "Mbps": "Mbit/s", "Gbps": "Gbit/s", "dpi": "1/inch", "cfu": "count", "CFU": "count", "cells": "count",
    "cell": "count", "particles": "count", "copies": "count", "pfu": "count", "PFU": "count", "counts": "count",
    "photons": "count", "photon": "count", "μE": "umol", "kn": "knot", "MPH": "mph", "Nm": "N*m",
    "kNm": "kN*m", "mNm": "mN*m", "mAH": "mA*h", "mAhr": "mA*h", "dec": "", "decade": "",
}  # fmt: skip

# Worth reading only as part of a compound (`10⁸ cells mL⁻¹`, `t ha⁻¹ a⁻¹`); alone they are words or labels.
ONLY_IN_COMPANY: Final = frozenset(
    "a y cfu CFU cells cell particles copies pfu PFU counts photons photon beats breaths dec decade rev μE mo".split()
)
# Alone, these letters are more often labels, abbreviations or other units: the sentence must speak of the right thing.
NEEDS_CONTEXT: Final = {
    "A": r"current|amper|volt|\bV\b|batter|supply|load|fuse|magnet|galvanostat|discharg|charg|strom|courant|corriente|electro",
    "S": r"conduct|leitf",
    "N": r"force|load|tension|tensile|indent|newton|kraft|grip|thrust|weight|pull|push",
    "F": r"capacit|farad",
    "H": r"induct",
    "T": r"magnet|field|tesla|MRI|NMR|feld|champ|coil",
    "G": r"magnet|gauss|field",
    "C": r"charge|coulomb|ladung",
    "P": r"viscos",
    "U": r"enzym|activit|units?|polymerase|DNase|RNase|lysozym|insulin|heparin|penicillin|ligase|kinase|protease|thrombin",
    "t": r"tonn|mass|weight|yield|harvest|\bha\b|load|ship|truck|vehicle|\bore\b|emission|CO2|gewicht|ernte|production|waste|coal",
    "Da": r"mass|protein|molecul|cut-?off|\bMW|weight|membran|dialys|peptid|m/z",
}  # fmt: skip
# Words of a substance inside a unit: `g COD L⁻¹`, `mL CH4 g⁻¹ VS`.
SUBSTANCES: Final = (
    r"(?:s?COD|CSB|BOD5?|TOC|DOC|TSS|VSS|MLSS|TVS|VS|TS|TN|TP|DW|DM|FW|BW|CDW|dw|CaCO3|CH4|CO2|H2O2|H2|O2|N2|NH3|NH4|NO3|"
    r"PO4|NaCl|KOH|Pt|catalyst|cat|protein|glucose|photons|quanta|body weight|bw|biomass|soil|dry weight|cathode|"
    r"anode|polymer|water|creatinine|methane|gallic acid|GAE|Hb|lipid|starch|acetate|lactate|[NPCS](?=\s?[/·]))"
)


def lexicon() -> dict[str, str]:
    """Every printed symbol or word with its name in pint."""
    symbols: dict[str, str] = {}
    for symbol, (name, prefixes) in _PREFIXED.items():
        if symbol not in _ONLY_PREFIXED:
            symbols[symbol] = name
        for prefix in prefixes:
            symbols[prefix + symbol] = _PREFIXES[prefix] + name
    symbols.update(_PLAIN)
    for word in ("am", "as", "at", "pm", "us", "cd", "km·", "Ms", "fs·", "PS", "pH", "mS·"):
        if word in ("am", "as", "at", "us", "pH"):
            symbols.pop(word, None)
    return symbols
