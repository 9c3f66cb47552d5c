"""The columns of an experiment: what each measures and in which unit, from headers, notes and what the caller says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from research.experiments.errors import UnknownColumn, UnknownUnit
from research.experiments.headers import Header, fits, measured_quantity, read_header
from research.experiments.notes import Notes
from research.experiments.problems import Problems
from research.experiments.quantities import QUANTITIES, named_quantity
from research.experiments.scales import Scale, read_scale
from research.experiments.table import Table

# What the caller may say of a column beside the name of a quantity.
CONDITION = "condition"
SKIP = "skip"
DOUBTED = ("voltage", "current", "power")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header, its name, what it measures, how to convert it, and what its cells are.

    `kind` is number, time (a date), clock (a time of day) or label; SI = given * factor + offset.
    """

    header: str
    name: str
    quantity: str | None
    given: str | None
    unit: str | None
    factor: float = 1.0
    offset: float = 0.0
    reference: str | None = None
    kind: str = "number"
    condition: bool = False

    def as_given(self, value: float) -> float:
        """A stored value in the unit of the file."""
        return float(f"{(value - self.offset) / self.factor:.12g}")


def columns_of(
    table: Table, notes: Notes, units: Mapping[str, str], wanted: Mapping[str, str], problems: Problems
) -> list[Column]:
    """The columns of a table. Raises UnknownColumn and UnknownUnit, naming the column and what would help."""
    headers = [read_header(text) for text in table.headers]
    for name in (*units, *wanted):
        if find(headers, name) is None:
            raise UnknownColumn(f"column {name!r} is unknown; the table has {', '.join(h.text for h in headers)}")
    for name, quantity in wanted.items():
        if quantity not in (*QUANTITIES, CONDITION, SKIP):
            raise UnknownColumn(
                f"columns: {quantity!r} for {name!r} is unknown; there is {', '.join([*QUANTITIES, CONDITION, SKIP])}"
            )
    columns = []
    for position, header in enumerate(headers):
        said = spoken(headers, position, wanted)
        renamed = replace(header, quantity=said) if said in QUANTITIES else header
        unit = spoken(headers, position, units)
        below = table.units[position] if position < len(table.units) else ""
        stated = below or notes.unit_of(position + 1, (header.text, header.name))
        made = column(with_words(renamed, notes.texts.get(position + 1)), unit, stated, problems)
        columns.append(replace(made, condition=said == CONDITION))
    return columns


def find(headers: Sequence[Header], name: str) -> int | None:
    """The place of a column by its header, its name or its number."""
    wanted = name.strip().lower()
    for spelled in ([h.text.lower() for h in headers], [h.name.lower() for h in headers]):
        if wanted in spelled:
            return spelled.index(wanted)
    return int(wanted) - 1 if wanted.isdecimal() and 0 < int(wanted) <= len(headers) else None


def spoken(headers: Sequence[Header], position: int, said: Mapping[str, str]) -> str | None:
    """What the caller says of the column at a place."""
    return next((value for name, value in said.items() if find(headers, name) == position), None)


def column(header: Header, unit: str | None, stated: str | None, problems: Problems) -> Column:
    """The column of a header: its unit is what the caller says, else that of the header, else what is stated elsewhere.

    Raises UnknownUnit.
    """
    scale = given_scale(header, unit) if unit else header.scale
    if scale is None and header.unit is not None:
        raise UnknownUnit(
            f"column {header.text!r}: unit {header.unit!r} is unknown; "
            f'say which it is with units={{"{header.text}": "..."}}'
        )
    if scale is None and stated:
        scale = read_scale(stated, header.quantity)
    if scale is None:
        return Column(header.text, header.name, header.quantity, None, None)
    if header.quantity in DOUBTED and not fits(header.quantity, scale):
        problems.add("doubtful_unit", None, header.text, scale.given)
    quantity = measured_quantity(header.quantity, scale)
    name, given = header.name, scale.given
    return Column(header.text, name, quantity, given, scale.unit, scale.factor, scale.offset, reference=scale.reference)


def with_words(header: Header, words: str | None) -> Header:
    """A header that speaks of nothing known, with what the notes say the column is."""
    quantity = named_quantity(words) if words and not header.quantity else None
    return replace(header, quantity=quantity) if quantity else header


def given_scale(header: Header, unit: str) -> Scale:
    """The unit that the caller says a column has. Raises UnknownUnit."""
    scale = read_scale(unit, header.quantity)
    if scale is None:
        raise UnknownUnit(f"units: {unit!r} for column {header.text!r} is unknown; write it as in mV, mA/cm2 or W/m^2")
    if header.quantity and not fits(header.quantity, scale):
        raise UnknownUnit(
            f"units: column {header.text!r} is a {header.quantity.replace('_', ' ')}, stored in "
            f"{QUANTITIES[header.quantity].unit}; {unit!r} measures something else"
        )
    return scale


def described(column: Column) -> dict[str, Any]:
    """A column as it is stored beside its readings."""
    return {
        "header": column.header,
        "name": column.name,
        "quantity": column.quantity,
        "kind": column.kind,
        "given_unit": column.given,
        "unit": column.unit,
        "factor": column.factor,
        "offset": column.offset,
        "reference": column.reference,
        "condition": column.condition,
    }


def column_from(stored: Mapping[str, Any]) -> Column:
    """The column that `described` was made from."""
    return Column(
        stored["header"],
        stored["name"],
        stored["quantity"],
        stored["given_unit"],
        stored["unit"],
        stored["factor"],
        stored["offset"],
        stored["reference"],
        stored["kind"],
        stored["condition"],
    )
