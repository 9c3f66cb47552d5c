"""The quantities of a report as tables: one for each unit that is used often, one for the rest."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from research.printing import cell, number, printed_unit

Quantity = dict[str, Any]
NAME_WIDTH = 34
VALUE_WIDTH = 32
OFTEN = 3
SIGNS = {"~": "≈ ", "<": "< ", ">": "> ", "≤": "≤ ", "≥": "≥ ", "=": ""}


def quantity_tables(quantities: Sequence[Quantity]) -> str:
    """Tables in the order in which their units first occur; equal names share a row."""
    groups = [list(group) for _, group in groupby(sorted(quantities, key=unit_of), key=unit_of)]
    often = sorted(
        (group for group in groups if len(group) >= OFTEN), key=lambda group: (first_page(group), -len(group))
    )
    rest = [quantity for group in groups if len(group) < OFTEN for quantity in group]
    tables = [table(printed_unit(unit_of(group[0])), rows(group, with_unit=False)) for group in often]
    if rest:
        tables.append(table("Value", rows(rest, with_unit=True)))
    return "\n\n".join(tables)


def unit_of(quantity: Quantity) -> str:
    """The unit by which quantities are grouped."""
    return str(quantity["unit"])


def first_page(group: Sequence[Quantity]) -> int:
    """The page on which a unit occurs first."""
    return min(int(quantity["page"]) for quantity in group)


def rows(quantities: Sequence[Quantity], *, with_unit: bool) -> list[tuple[str, str, str]]:
    """Name, values and pages, the values of one name together, in the order of the pages."""
    named: dict[tuple[str, str], list[Quantity]] = {}
    for quantity in sorted(quantities, key=lambda q: int(q["page"])):
        named.setdefault((str(quantity["name"] or "–").casefold(), unit_of(quantity)), []).append(quantity)
    return [row(group, with_unit=with_unit) for group in named.values()]


def row(group: Sequence[Quantity], *, with_unit: bool) -> tuple[str, str, str]:
    """One row for the values of one name; of very many the first ones and how many there are."""
    unit = printed_unit(unit_of(group[0])) if with_unit else ""
    values = list(dict.fromkeys(span(quantity) for quantity in group))
    pages = sorted({int(quantity["page"]) for quantity in group})
    shown_pages = ", ".join(map(str, pages[:3])) + (" …" if len(pages) > 3 else "")
    return cell(group[0]["name"], NAME_WIDTH), within(values, unit), shown_pages


def within(values: Sequence[str], unit: str) -> str:
    """The values with their unit, as many as there is room for."""
    for count in range(len(values), 0, -1):
        left = len(values) - count
        text = with_unit("; ".join(values[:count]), unit) + (f" … ({len(values)} values)" if left else "")
        if len(text) <= VALUE_WIDTH:
            return text
    return with_unit(values[0], unit)


def value_cell(quantity: Quantity) -> str:
    """A value with its sign, range and unit: `≈ 13.1 mW/cm²`, `2.7 – 4.2 V`, `pH 7.2`."""
    return with_unit(span(quantity), printed_unit(unit_of(quantity)))


def with_unit(text: str, unit: str) -> str:
    """A value and its unit as they are printed together."""
    return f"pH {text}" if unit == "pH" else f"{text} {unit}".strip()


def span(quantity: Quantity) -> str:
    """A value with its sign and its range, without the unit."""
    sign = SIGNS.get(quantity["comparator"] or "=", "")
    value, highest = quantity["value"], quantity["max"]
    return sign + (number(value) if highest is None else f"{number(value)} – {number(highest)}")


def table(values: str, body: Sequence[tuple[str, str, str]]) -> str:
    """A table that is one without rendering, too; `values` heads the middle column."""
    head = ("Quantity", values, "Page")
    widths = [max(len(line[column]) for line in [head, *body]) for column in range(3)]
    lines = [" | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in [head, *body]]
    rule = " | ".join("-" * width for width in widths)
    return "\n".join(f"| {line} |" for line in [lines[0], rule, *lines[1:]])
