"""The time of each reading in seconds, from a date, a date and a time of day, a stop watch or a column of seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from research.experiments.columns import Column
from research.experiments.moments import unrolled

if TYPE_CHECKING:
    import numpy as np

# Seconds since 1970 of a unix time stamp lie here for all of 1990 to 2100; milliseconds are a thousand times that.
EPOCH: Final = (631_152_000.0, 4_102_444_800.0)
DAY: Final = 86_400.0


@dataclass(frozen=True)
class Times:
    """Seconds since the first reading (float64, NaN where none is readable) and its time since 1970, if it is known."""

    seconds: np.ndarray | None = None
    started_at: float | None = None
    column: str | None = None


def times_of(columns: Sequence[Column], cells: Sequence[Any]) -> Times:
    """The times of a table; of several columns with times the first date counts, else the first elapsed time."""
    import numpy as np

    places = range(len(columns))
    dates = [place for place in places if columns[place].kind == "time"]
    clocks = [place for place in places if columns[place].kind == "clock"]
    elapsed = [place for place in places if columns[place].quantity == "time" and columns[place].kind == "number"]
    if dates:
        return since_first(np.array(dated(cells, dates[0], clocks)), columns[dates[0]].header, absolute=True)
    if elapsed and (stamped := unix_times(columns[elapsed[0]], np.array(cells[elapsed[0]]))) is not None:
        return since_first(stamped, columns[elapsed[0]].header, absolute=True)
    if elapsed and columns[elapsed[0]].unit is not None:
        column = columns[elapsed[0]]
        return since_first(np.array(cells[elapsed[0]]) * column.factor, column.header, absolute=False)
    if clocks:
        rolled = unrolled([None if math.isnan(value) else value for value in cells[clocks[0]]])
        seconds = np.array([np.nan if value is None else value for value in rolled])
        return since_first(seconds, columns[clocks[0]].header, absolute=False)
    return Times()


def dated(cells: Sequence[Any], date: int, clocks: Sequence[int]) -> list[float]:
    """Seconds since 1970; a date that never has a time of day is joined with the column that has it."""
    days = list(cells[date])
    if clocks and all(day % DAY == 0 for day in days if not math.isnan(day)):
        return [day + clock for day, clock in zip(days, cells[clocks[0]], strict=True)]
    return days


def unix_times(column: Column, values: np.ndarray) -> np.ndarray | None:
    """A column of unix time stamps in seconds since 1970, None for a column of other numbers."""
    import numpy as np

    if (column.given is not None and column.unit != "s") or np.isnan(values).all():
        return None
    for factor in (1.0, 1e-3, 1e-6, 1e-9):
        low, high = np.nanmin(values) * factor, np.nanmax(values) * factor
        if EPOCH[0] <= low and high <= EPOCH[1]:
            return values * factor
    return None


def since_first(times: np.ndarray, header: str, *, absolute: bool) -> Times:
    """Times counted from the earliest one."""
    import numpy as np

    if not len(times) or np.isnan(times).all():
        return Times()
    first = float(np.nanmin(times))
    return Times(times - first, first, header) if absolute else Times(times - first, None, header)
