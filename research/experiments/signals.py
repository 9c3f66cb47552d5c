"""The signals of a cell: which columns are its voltage, current and power, and what follows from them."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final

from research.experiments.columns import Column
from research.experiments.given import Given
from research.experiments.quantities import QUANTITIES
from research.experiments.readings import Readings

if TYPE_CHECKING:
    import numpy as np

# Of several voltages that of the cell is meant, not what was set or what one electrode has.
# A potential against a reference electrode is that of half a cell: times the current it is no power that one has.
HALF_CELL: Final = re.compile(r"\bvs\b|versus|\bEwe\b|\bWE\(", re.I)
BETTER: Final = ("cell",)
WORSE: Final = ("applied", "set", "anode", "cathode", "reference", "limit", "ocv", "error", "std", "dev", "over")


@dataclass(frozen=True)
class Signals:
    """Arrays in SI, one value a row, None where there is no such signal; `columns` says from which column it is."""

    voltage: np.ndarray | None = None
    current: np.ndarray | None = None
    current_density: np.ndarray | None = None
    power: np.ndarray | None = None
    power_density: np.ndarray | None = None
    seconds: np.ndarray | None = None
    lines: np.ndarray | None = None
    columns: dict[str, str] | None = None

    def where(self, rows: np.ndarray) -> Signals:
        """The signals of some rows."""
        arrays = {
            field.name: getattr(self, field.name)[rows]
            for field in fields(self)
            if field.name != "columns" and getattr(self, field.name) is not None
        }
        return replace(self, **arrays)

    def origin(self, *names: str) -> dict[str, str]:
        """From which columns these signals are."""
        return {name: text for name, text in (self.columns or {}).items() if name in names}


def main_column(readings: Readings, quantity: str) -> int | None:
    """The place of the column that is the signal of a quantity: with a unit, and of several the likeliest."""
    places = [
        place
        for place, column in enumerate(readings.columns)
        if column.quantity == quantity and column.kind == "number" and column.unit and not column.condition
    ]
    return min(places, key=lambda place: (rank(readings.columns[place]), place), default=None)


def rank(column: Column) -> int:
    """How unlikely a column is the signal that is meant, by its name."""
    name = column.header.lower()
    return (any(word in name for word in WORSE)) - (any(word in name for word in BETTER))


def signals_of(readings: Readings, given: Given) -> Signals:
    """The signals of an experiment, those that follow from others included."""
    found: dict[str, np.ndarray] = {}
    columns: dict[str, str] = {}
    for name in ("voltage", "current", "current_density", "power", "power_density"):
        place = main_column(readings, name)
        if place is not None:
            found[name], columns[name] = readings.values[place], readings.columns[place].header
    if "current" not in found and "current_density" not in found:
        by_resistance(readings, given, found, columns)
    derive(given, found, columns)
    return Signals(**found, seconds=readings.times.seconds, lines=readings.lines, columns=columns)


def as_source(signals: Signals) -> Signals:
    """The signals of a cell that gives power, also where its current is counted as negative."""
    current = signals.current_density if signals.current_density is not None else signals.current
    if current is None or not median_below_zero(current):
        return signals
    turned = ("current", "current_density", "power", "power_density")
    arrays = {name: -getattr(signals, name) for name in turned if getattr(signals, name) is not None}
    for name in ("power", "power_density"):
        if name in arrays and median_below_zero(arrays[name]):
            arrays[name] = -arrays[name]  # the column counts the power that is given as positive
    return replace(signals, **arrays)


def median_below_zero(values: np.ndarray) -> bool:
    """Whether more than half of the known values are negative."""
    import numpy as np

    return bool(not np.isnan(values).all() and np.nanmedian(values) < 0)


def by_resistance(readings: Readings, given: Given, found: dict[str, np.ndarray], columns: dict[str, str]) -> None:
    """Add the current through a known resistor, by Ohm's law."""
    import numpy as np

    if "voltage" not in found:
        return
    place = main_column(readings, "resistance")
    if place is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            current = found["voltage"] / readings.values[place]
        # An open circuit is written as an endless or as no resistance.
        found["current"] = np.where(np.isfinite(current), current, np.nan)
        columns["current"] = f"{columns['voltage']} / {readings.columns[place].header}"
    elif given.external_resistance:
        found["current"] = found["voltage"] / given.external_resistance
        columns["current"] = f"{columns['voltage']} / external_resistance"


def derive(given: Given, found: dict[str, np.ndarray], columns: dict[str, str]) -> None:
    """Add what follows by P = U I and by the electrode area."""
    area = given.electrode_area
    half_cell = bool(HALF_CELL.search(columns.get("voltage", "")))
    for whole, dense in (("current", "current_density"), ("power", "power_density")):
        if whole == "power" and not half_cell:
            multiply(found, columns, "power", "current")
            multiply(found, columns, "power_density", "current_density")
        if area and whole in found and dense not in found:
            found[dense], columns[dense] = found[whole] / area, f"{columns[whole]} / electrode_area"
        if area and dense in found and whole not in found:
            found[whole], columns[whole] = found[dense] * area, f"{columns[dense]} x electrode_area"


def multiply(found: dict[str, np.ndarray], columns: dict[str, str], power: str, current: str) -> None:
    """Add a power, or power density, as voltage times current, where no column has it."""
    if power not in found and "voltage" in found and current in found:
        found[power] = found["voltage"] * found[current]
        columns[power] = f"{columns['voltage']} x {columns[current]}"


def unit_of(name: str) -> str:
    """The SI unit of a signal."""
    return QUANTITIES[name].unit
