"""The curves in a table: rows with the same conditions, parted where a sweep turns back."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from research.experiments.columns import Column
from research.experiments.errors import NotCalculable
from research.experiments.readings import Readings

if TYPE_CHECKING:
    import numpy as np

# What is measured along a curve, by the kind of measurement; a spectrum is taken at a voltage, which is a condition.
SIGNALS: Final = {
    "impedance": ("impedance_real", "impedance_imag", "frequency", "time"),
    "polarisation": (
        *("voltage", "current", "current_density", "power", "power_density", "volumetric_power_density"),
        *("resistance", "time"),
    ),
}
LEAST_POINTS: Final = 4
MOST_CURVES: Final = 500


@dataclass(frozen=True)
class Curve:
    """The rows of a curve, in the order of the file, with the conditions that they share."""

    name: str
    rows: np.ndarray
    conditions: dict[str, Any] = field(default_factory=dict)


def curves_of(readings: Readings, conditions: tuple[str, ...] | None, kind: str = "polarisation") -> list[Curve]:
    """The curves by conditions: the columns named, or those whose values stay the same over many rows.

    Raises NotCalculable for a column that the experiment does not have, and for more curves than can be meant.
    """
    import numpy as np

    places = named(readings, conditions) if conditions is not None else found(readings, kind)
    everything = np.arange(len(readings.lines))
    if not places:
        return [Curve("", everything)]
    keys: dict[tuple[Any, ...], list[int]] = {}
    cells = [texts(readings.columns[place], readings.values[place]) for place in places]
    for row, key in enumerate(zip(*cells, strict=True)):
        keys.setdefault(key, []).append(row)
    if len(keys) > MOST_CURVES:
        raise NotCalculable(f"conditions: up to {MOST_CURVES} curves were expected, these columns make {len(keys):,}")
    columns = [readings.columns[place] for place in places]
    vary = [len({key[k] for key in keys}) > 1 for k in range(len(places))]
    return [
        Curve(label(columns, key, vary), np.array(rows), {c.header: v for c, v in zip(columns, key, strict=True)})
        for key, rows in keys.items()
    ]


def named(readings: Readings, conditions: tuple[str, ...]) -> list[int]:
    """The places of the columns that the caller names. Raises NotCalculable."""
    headers = [column.header for column in readings.columns]
    for name in conditions:
        if name not in headers:
            raise NotCalculable(f"conditions: column {name!r} is unknown; the experiment has {', '.join(headers)}")
    return [headers.index(name) for name in conditions]


def found(readings: Readings, kind: str) -> list[int]:
    """The places of the columns that are conditions, as the caller said, or by how rarely their values change."""
    said = [place for place, column in enumerate(readings.columns) if column.condition]
    if said:
        return said
    return [
        place
        for place, column in enumerate(readings.columns)
        if column.kind in ("label", "number") and not is_signal(readings, place, kind) and stays(readings.values[place])
    ]


def is_signal(readings: Readings, place: int, kind: str) -> bool:
    """Whether a column is measured along the curve: the first column of its quantity, or the one with times."""
    column = readings.columns[place]
    if column.header == readings.times.column:
        return True
    first = next(k for k, other in enumerate(readings.columns) if other.quantity == column.quantity)
    return column.quantity in SIGNALS[kind] and (first == place or "applied" not in column.header.lower())


def stays(values: Any) -> bool:
    """Whether a column changes at most at each fourth row; one that is the same in all rows is a condition too."""
    cells = values if isinstance(values, list) else values.tolist()
    changes = sum(a != b and not (a != a and b != b) for a, b in pairwise(cells))  # noqa: PLR0124
    return changes <= len(cells) / LEAST_POINTS and len(set(cells)) <= max(2, len(cells) / LEAST_POINTS)


def texts(column: Column, values: Any) -> list[Any]:
    """The values of a condition as they stand in the file, whole numbers without a point."""
    if column.kind == "label":
        return list(values)
    shown = (None if value != value else column.as_given(value) for value in values.tolist())  # noqa: PLR0124
    return [int(value) if value is not None and value.is_integer() else value for value in shown]


def label(columns: list[Column], key: tuple[Any, ...], vary: list[bool]) -> str:
    """The name of a curve, by the conditions in which curves differ: `pressure 5 psig, relative humidity 30 %`."""
    return ", ".join(
        " ".join(
            part
            for part in (column.name.replace("_", " "), "unknown" if value is None else str(value), column.given)
            if part
        )
        for column, value, varies in zip(columns, key, vary, strict=True)
        if varies
    )


def sweeps(curve: Curve, along: np.ndarray) -> list[Curve]:
    """A curve parted where what is swept turns back for over half of its range; `along` has a value for each row."""
    # From the end of one sweep to the start of the next in the same direction there is a leg of these two points only.
    legs = [leg for leg in turns(along) if len(leg) >= LEAST_POINTS]
    if len(legs) < 2 or len(set().union(*(leg.tolist() for leg in legs))) < len(along):
        return [curve]
    parted = []
    for number, leg in enumerate(legs, start=1):
        direction = "rising" if along[leg[-1]] > along[leg[0]] else "falling"
        name = f"sweep {number}, {direction}"
        parted.append(
            Curve(
                f"{curve.name}, {name}" if curve.name else name, curve.rows[leg], curve.conditions | {"sweep": number}
            )
        )
    return parted


def turns(values: np.ndarray, share: float = 0.5) -> list[np.ndarray]:
    """The stretches between the turning points of a series; a turn is a way back by at least a share of its range."""
    import numpy as np

    known = np.flatnonzero(~np.isnan(values))
    if len(known) < 2:
        return [known]
    least = share * float(np.ptp(values[known]))
    corners, extreme, direction = [0], 0, 0
    for k in range(1, len(known)):
        step = float(values[known[k]] - values[known[extreme]])
        if direction == 0:
            # Which way it goes at first shows when it has gone far enough from its start.
            if abs(values[known[k]] - values[known[0]]) >= least > 0:
                direction, extreme = (1 if values[known[k]] > values[known[0]] else -1), k
            continue
        if step * direction >= 0:
            extreme = k
        elif abs(step) >= least:
            corners.append(extreme)
            direction, extreme = -direction, k
    corners.append(len(known) - 1)
    return [known[start : end + 1] for start, end in pairwise(corners)]
