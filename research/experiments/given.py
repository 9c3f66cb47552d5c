"""What the caller says about an experiment beside its readings: sizes, resistances, substrate, all in SI."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from research.experiments.errors import NotCalculable
from research.experiments.scales import read_scale

AMOUNT: Final = re.compile(r"\s*([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(\S.*?)\s*\Z")
# Each argument that is an amount, with its SI unit and how one may be written.
AMOUNTS: Final = {
    "electrode_area": ("m**2", "4.5 cm2"),
    "volume": ("m**3", "28 mL"),
    "external_resistance": ("ohm", "1000 ohm"),
    "cod_change": ("kg/m**3", "350 mg/L"),
    "flow_rate": ("m**3/s", "0.5 mL/min"),
    "substrate": ("mol", "0.56 mmol"),
}


@dataclass(frozen=True)
class Given:
    """Amounts in SI, None where nobody says; `electrons` are those that one molecule of substrate gives.

    `said` keeps each amount as it was written, and whether it stands in the notes of the file; `facts` are the notes.
    """

    electrode_area: float | None = None
    volume: float | None = None
    external_resistance: float | None = None
    cod_change: float | None = None
    flow_rate: float | None = None
    substrate: float | None = None
    electrons: int = 8
    conditions: tuple[str, ...] | None = None
    without_implausible: bool = False
    said: Mapping[str, str] | None = None
    facts: Mapping[str, str] | None = None

    def names(self, *wanted: str) -> dict[str, str]:
        """The amounts of these arguments as they were written."""
        return {name: text for name, text in (self.said or {}).items() if name in wanted}


def given_from(arguments: Mapping[str, Any], facts: Mapping[str, str]) -> Given:
    """What the arguments of a call say, and where they are silent the facts of the notes. Raises NotCalculable."""
    said: dict[str, str] = {}
    values: dict[str, Any] = {}
    for name, (unit, example) in AMOUNTS.items():
        if arguments.get(name) is not None:
            values[name] = amount(name, str(arguments[name]), unit, example)
            said[name] = str(arguments[name])
        elif name in facts:
            values[name] = amount(name, facts[name], unit, example)
            said[name] = f"{facts[name]} (notes of the file)"
    known = {field.name for field in fields(Given)} - set(AMOUNTS) - {"said", "facts"}
    others = {name: value for name, value in arguments.items() if name in known and value is not None}
    if "conditions" in others:
        others["conditions"] = tuple(others["conditions"])
    return Given(**values, **others, said=said, facts=facts)


def amount(name: str, text: str, unit: str, example: str) -> float:
    """An amount in SI from its text, such as `4.5 cm2`. Raises NotCalculable."""
    found = AMOUNT.match(text)
    scale = read_scale(found[2]) if found else None
    if not found or scale is None or scale.unit != unit:
        raise NotCalculable(f"{name}: an amount such as {example!r} was expected, got {text[:60]!r}")
    value = float(found[1]) * scale.factor
    if value <= 0:
        raise NotCalculable(f"{name}: an amount over zero was expected, got {text[:60]!r}")
    return value
