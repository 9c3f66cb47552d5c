"""The header of a column taken apart: its name and its unit, in the ways in which instruments and people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from research.experiments.quantities import QUANTITIES, SIBLINGS, named_quantity
from research.experiments.scales import CASES, Scale, quantity_of, read_scale

BRACKETS: Final = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
# What stands in brackets and is no unit, though it looks like one.
QUALIFIERS: Final = frozenset(
    [
        *("avg", "average", "mean", "median", "max", "min", "std", "sd", "se", "raw", "filtered", "smoothed", "abs"),
        *("corr", "corrected", "rhe", "she", "nhe", "sce", "we", "ce", "re", "wrk", "anode", "cathode", "inlet"),
        *("outlet", "left", "right", "top", "bottom", "in", "out", "total", "set", "measured", "calculated", "calc"),
        *("cell", "a", "b", "utc", "gmt", "local", "elapsed", "date", "time", "hh:mm", "hh:mm:ss", "vs"),
    ]
)
UNIT_LIKE: Final = re.compile(r"[^\s]{1,12}\Z")


@dataclass(frozen=True, slots=True)
class Header:
    """A header: the `text` as it stands, the `name` in it, the `quantity` it speaks of, its unit as text and scale."""

    text: str
    name: str
    quantity: str | None = None
    unit: str | None = None
    scale: Scale | None = None


def read_header(text: str) -> Header:
    """Take a header apart; a unit that is none keeps its text, without a scale, where it stands like a unit."""
    plain = " ".join(str(text).split()).lstrip("\ufeff").strip("\"'")
    unread = None
    for name, unit in parts(plain):
        quantity = named_quantity(name)
        scale = read_scale(shouted(plain, unit), quantity)
        if scale and fits_name(name, unit, quantity, scale, plain):
            measured = measured_quantity(quantity, scale)
            return Header(
                plain, name, measured, unit, Scale(unit, scale.unit, scale.factor, scale.offset, scale.reference)
            )
        if unread is None and quantity and f"({unit})" in plain.replace("[", "(").replace("]", ")"):
            unread = Header(plain, name, quantity, unit) if looks_like_unit(unit) else None
    return unread or bare_header(plain)


def bare_header(plain: str) -> Header:
    """A header without a unit of its own; one that is a unit, `mV` or `hours`, is named by what it measures."""
    quantity = named_quantity(plain)
    if plain in CASES.values() and len(plain) > 1 and (scale := read_scale(plain)):
        return Header(plain, plain, quantity_of(scale), plain, scale)
    if quantity == "time":
        for word in re.split(r"[_\s]+", plain):
            scale = read_scale(word.lower(), "time") if len(word) > 1 else None
            if scale and scale.unit == "s":
                return Header(plain, plain, quantity, word, scale)
    return Header(plain, plain, quantity)


def parts(plain: str) -> Iterator[tuple[str, str]]:
    """The ways to part a header into name and unit, the most certain first."""
    for found in reversed(list(BRACKETS.finditer(plain))):
        yield (plain[: found.start()] + plain[found.end() :]).strip(" ,/_-"), found[1].strip()
    # A comma or an `in` before the first stroke parts name and unit; the stroke is then one within the unit.
    for mark in (", ", " in ", "/", ","):
        name, found_mark, unit = plain.partition(mark)
        if found_mark:
            yield name.strip(), unit.strip()
    words = re.split(r"[_\s]+", plain)
    for taken in (3, 2, 1):
        if len(words) > taken:
            yield " ".join(words[:-taken]), "_".join(words[-taken:])


def shouted(plain: str, unit: str) -> str:
    """The unit of a header in capitals as it is meant: `VOLTAGE_MV` is in millivolts."""
    return CASES.get(unit, unit) if plain.isupper() and len(unit) > 1 else unit


def fits_name(name: str, unit: str, quantity: str | None, scale: Scale, plain: str) -> bool:
    """Whether a unit is one by the company it keeps: behind a bare blank or underscore only where it fits the name."""
    if not name:
        return False
    marked = any(mark + unit in plain.replace("/ ", "/").replace(", ", ",") for mark in "([{/,")
    marked = marked or f" in {unit}" in plain
    return marked or (quantity is not None and fits(quantity, scale))


def fits(quantity: str, scale: Scale) -> bool:
    """Whether a unit can be one of a quantity, or of one that goes by the same word."""
    return any(QUANTITIES[one].unit == scale.unit for one in SIBLINGS.get(quantity, (quantity,)))


def measured_quantity(quantity: str | None, scale: Scale) -> str | None:
    """What a column measures by name and unit; where they speak of different things the unit is right."""
    for one in SIBLINGS.get(quantity, (quantity,)) if quantity else ():
        if QUANTITIES[one].unit == scale.unit:
            return one
    return quantity_of(scale)


def looks_like_unit(unit: str) -> bool:
    """Whether a text in brackets is meant as a unit, such as `mVolz`."""
    return bool(UNIT_LIKE.match(unit)) and unit.lower() not in QUALIFIERS and not unit.isdecimal()
