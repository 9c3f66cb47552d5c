"""What a column of an experiment can measure: the words by which its header tells, and its SI unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

WORD_BREAKS: Final = re.compile(r"[\s_.,;:/|<>()\[\]{}-]+")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity: the SI unit in which it is stored, the words that name it, and one-letter symbols for it."""

    name: str
    unit: str
    words: str
    symbols: str = ""


TIME_WORDS: Final = (
    "(elapsed )?time ?(stamp)?|date( ?time)?|epoch|datum|zeit|temps|elapsed|hours?|minutes?|seconds?|days?|stunden"
)
# In the order of asking: `current density` is looked for before `current`.
QUANTITIES: Final = {
    quantity.name: quantity
    for quantity in (
        Quantity("impedance_imag", "ohm", "-? ?z ?im(ag|g|aginary)?|im z|z''|z\""),
        Quantity("impedance_real", "ohm", "z ?re(al)?|re z|z'"),
        Quantity("frequency", "Hz", "freq\\w*", "f"),
        Quantity("volumetric_power_density", "W/m**3", "volumetric power( density)?"),
        Quantity("power_density", "W/m**2", "power dens\\w*|leistungsdichte|densité de puissance", "pd"),
        Quantity("current_density", "A/m**2", "current dens\\w*|stromdichte|densité de courant", "j jd cd"),
        Quantity("power", "W", "power|leistung|puissance|potencia", "p"),
        Quantity("charge", "C", "charge|capacity|coulombs", "q"),
        Quantity("energy", "J", "energy|energie"),
        Quantity("conductivity", "S/m", "(electrical )?conductivity|leitfähigkeit", "ec"),
        Quantity("current", "A", "current|strom(stärke)?|courant|corriente|amps?|amperage", "i im"),
        Quantity(
            "voltage", "V", "volt\\w*|potential|spannung|tension|voltaje|emf|ocv|ocp|ewe|ecell|vcell|ucell", "e u v vf"
        ),
        Quantity("resistance", "ohm", "(external )?resist\\w*|load|widerstand|r ?ext|résistance", "r"),
        Quantity("temperature", "K", "temp\\w*|température"),
        Quantity("time", "s", TIME_WORDS, "t"),
        Quantity("moisture", "1", "vwc|moisture|water content|humidity|feuchte", "rh"),
        Quantity("acidity", "pH", "ph"),
        Quantity("pressure", "Pa", "press\\w*|druck"),
        Quantity("chemical_oxygen_demand", "kg/m**3", "cod|chemical oxygen demand|csb"),
    )
}

# The quantity that a unit stands for where the header does not say, by the SI unit.
OF_UNIT: Final = {
    "V": "voltage",
    "A": "current",
    "A/m**2": "current_density",
    "W": "power",
    "W/m**2": "power_density",
    "W/m**3": "volumetric_power_density",
    "ohm": "resistance",
    "s": "time",
    "K": "temperature",
    "S/m": "conductivity",
    "Pa": "pressure",
    "Hz": "frequency",
    "C": "charge",
    "J": "energy",
    "pH": "acidity",
}

# The same word for what is measured in two ways: the unit decides.
SIBLINGS: Final = {
    "current": ("current", "current_density"),
    "current_density": ("current_density", "current"),
    "power": ("power", "power_density", "volumetric_power_density"),
    "power_density": ("power_density", "volumetric_power_density", "power"),
    "temperature": ("temperature", "time"),
    "time": ("time", "temperature"),
    "charge": ("charge", "conductivity"),
}


def named_quantity(name: str) -> str | None:
    """The quantity that the name of a column speaks of, None where it speaks of none."""
    words = " ".join(part for part in WORD_BREAKS.split(name.lower()) if part)
    for quantity in QUANTITIES.values():
        if re.search(rf"(?<!\w)(?:{quantity.words})(?!\w)", words):
            return quantity.name
    if name.strip() == "T":
        return "temperature"
    bare = re.sub(r"\d+$|^(avg|mean|max|min) ", "", words)
    for quantity in QUANTITIES.values():
        if bare in quantity.symbols.split():
            return quantity.name
    return None
