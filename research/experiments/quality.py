"""What the readings themselves say about their quality: gaps in time, disorder, and values that cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from research.experiments.columns import Column
from research.experiments.problems import Problems
from research.experiments.readings import Readings

if TYPE_CHECKING:
    import numpy as np

# A regular series has four of five steps within a fifth of the median; then one and a half steps are a gap, else ten.
REGULAR_SHARE: Final = 0.8
REGULAR_WITHIN: Final = 0.2
GAP_OF_REGULAR: Final = 1.5
GAP_OF_IRREGULAR: Final = 10.0
GAPS_SHOWN: Final = 100
# Beyond ten interquartile ranges, where that is rare: Tukey (Exploratory Data Analysis, 1977) calls three "far out",
# which readings with peaks and day-and-night cycles reach without a fault.
FENCE: Final = 10.0
FENCE_ROWS: Final = 50
FENCE_SHARE: Final = 0.01
# What cannot be, in SI: a moisture is a share, and below absolute zero there is nothing.
BOUNDS: Final[dict[str, tuple[float | None, float | None]]] = {
    "moisture": (0.0, 1.0),
    "temperature": (0.0, None),
    "conductivity": (0.0, None),
    "resistance": (0.0, None),
    "frequency": (0.0, None),
    "chemical_oxygen_demand": (0.0, None),
    "acidity": (-2.0, 16.0),
}


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without readings: the line before it, its start and length in seconds, how many are missing."""

    after_line: int
    seconds: float
    length: float
    missing: int


@dataclass(frozen=True)
class Sampling:
    """How the readings lie in time: the usual step in seconds, whether it is regular, from where on it is a gap."""

    step: float
    regular: bool
    gap_over: float
    gaps: tuple[Gap, ...]


def check(readings: Readings, problems: Problems) -> dict[str, Any]:
    """Note what is wrong in the problems; the whole as one JSON object."""
    for column, values in zip(readings.columns, readings.values, strict=True):
        if column.kind == "number" and not column.condition and column.header != readings.times.column:
            mark_implausible(column, values, readings.lines, problems)
    sampling = sampled(readings)
    note_disorder(readings, problems)
    return problems.report() | {"sampling": described(sampling) if sampling else None}


def sampled(readings: Readings) -> Sampling | None:
    """How the readings lie in time, None where they have no times or hardly any."""
    import numpy as np

    if readings.times.seconds is None:
        return None
    known = ~np.isnan(readings.times.seconds)
    order = np.argsort(readings.times.seconds[known], kind="stable")
    seconds, lines = readings.times.seconds[known][order], readings.lines[known][order]
    steps = np.diff(seconds)
    if not (steps > 0).any():
        return None
    step = float(np.median(steps[steps > 0]))
    regular = bool((np.abs(steps - step) <= REGULAR_WITHIN * step).mean() >= REGULAR_SHARE)
    over = step * (GAP_OF_REGULAR if regular else GAP_OF_IRREGULAR)
    gaps = tuple(
        Gap(int(lines[k]), float(seconds[k]), float(steps[k]), max(0, round(float(steps[k]) / step) - 1))
        for k in np.flatnonzero(steps > over)
    )
    return Sampling(step, regular, over, gaps)


def described(sampling: Sampling) -> dict[str, Any]:
    """The sampling as JSON, the longest gaps in the order of time."""
    longest = sorted(sampling.gaps, key=lambda gap: -gap.length)[:GAPS_SHOWN]
    return {
        "step_s": sampling.step,
        "regular": sampling.regular,
        "gap_over_s": sampling.gap_over,
        "gaps": len(sampling.gaps),
        "missing_readings": sum(gap.missing for gap in sampling.gaps) if sampling.regular else None,
        "gap_seconds": sum(gap.length for gap in sampling.gaps),
        "shown": [
            {"after_line": gap.after_line, "at_s": gap.seconds, "length_s": gap.length, "missing": gap.missing}
            for gap in sorted(longest, key=lambda gap: gap.seconds)
        ],
    }


def mark_implausible(column: Column, values: np.ndarray, lines: np.ndarray, problems: Problems) -> None:
    """Note the values of a column that cannot be, and those far from all others."""
    import numpy as np

    for k in np.flatnonzero(outside(column, values)):
        low, high = BOUNDS[column.quantity or ""]
        limits = (
            f"from {shown(column, low)} to {shown(column, high)}" if high is not None else f"over {shown(column, low)}"
        )
        problems.add(
            "implausible", int(lines[k]), column.header, column.as_given(float(values[k])), f"expected {limits}"
        )
    for k in np.flatnonzero(far_off(values)):
        problems.add(
            "implausible",
            int(lines[k]),
            column.header,
            column.as_given(float(values[k])),
            f"over {FENCE:g} interquartile ranges away from the middle half of the values",
        )


def shown(column: Column, bound: float | None) -> str:
    """A bound in the unit of the file."""
    return f"{column.as_given(bound or 0.0):g} {column.given or ''}".strip()


def outside(column: Column, values: np.ndarray) -> np.ndarray:
    """Which values are beyond the bounds of what is measured; none where the unit is not known."""
    import numpy as np

    low, high = BOUNDS.get(column.quantity or "", (None, None)) if column.unit else (None, None)
    wrong = np.zeros(len(values), bool)
    with np.errstate(invalid="ignore"):
        if low is not None:
            wrong |= values < low
        if high is not None:
            wrong |= values > high
    return wrong


def far_off(values: np.ndarray) -> np.ndarray:
    """Which values lie beyond the fences; none where many do, for then that is how the values are spread."""
    import numpy as np

    nobody = np.zeros(len(values), bool)
    known = values[~np.isnan(values)]
    if len(known) < FENCE_ROWS:
        return nobody
    low, high = np.percentile(known, [25, 75])
    width = high - low
    with np.errstate(invalid="ignore"):
        off = (values < low - FENCE * width) | (values > high + FENCE * width)
    return off if width > 0 and off.mean() <= FENCE_SHARE else nobody


def flagged(readings: Readings, name: str) -> np.ndarray:
    """Which rows have an implausible value in the column with this header."""
    import numpy as np

    for column, values in zip(readings.columns, readings.values, strict=True):
        if column.header == name and column.kind == "number":
            return outside(column, values) | far_off(values)
    return np.zeros(len(readings.lines), bool)


def note_disorder(readings: Readings, problems: Problems) -> None:
    """Note the rows whose time is that of the row above, or before it."""
    import numpy as np

    seconds = readings.times.seconds
    if seconds is None:
        return
    known = np.flatnonzero(~np.isnan(seconds))
    steps = np.diff(seconds[known])
    for kind, where in (("repeated_time", steps == 0), ("time_goes_back", steps < 0)):
        for k in np.flatnonzero(where):
            problems.add(kind, int(readings.lines[known[k + 1]]), readings.times.column)
