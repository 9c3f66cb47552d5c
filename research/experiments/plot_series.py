"""Plots of readings over time, one panel for each signal, with gaps, steady state and implausible readings marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from research.experiments.columns import Column
from research.experiments.plots import COLOURS, RED, WIDTH, Plot, axis, broken, drawing, svg_of, thinned
from research.experiments.quality import Sampling, flagged, sampled
from research.experiments.readings import Readings
from research.experiments.shown import Measure, duration, in_words, of_column

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

ELECTRIC: Final = ("voltage", "current", "current_density", "power", "power_density", "volumetric_power_density")
PANEL: Final = 1.75
MOST_PANELS: Final = 6
MOST_SPANS: Final = 100


@dataclass(frozen=True)
class Steady:
    """The steady stretch of a signal, in seconds since the first reading."""

    start: float
    end: float


def series_plots(readings: Readings, steady: Steady | None) -> list[Plot]:
    """The electric signals in one plot, what else was measured in another; none without times."""
    if readings.times.seconds is None:
        return []
    measured = [
        place
        for place, column in enumerate(readings.columns)
        if column.kind == "number" and column.header != readings.times.column and column.quantity != "time"
    ]
    electric = [place for place in measured if readings.columns[place].quantity in ELECTRIC]
    others = [place for place in measured if place not in electric]
    plots = []
    for title, places in (("Electric signals over time", electric), ("Other signals over time", others)):
        if places:
            plots.append(panels(readings, title, places[:MOST_PANELS], steady if places is electric else None))
    return plots


def panels(readings: Readings, title: str, places: Sequence[int], steady: Steady | None) -> Plot:
    """One panel below the other, on one time axis."""
    sampling = sampled(readings)
    outside = 0
    with drawing(WIDTH, PANEL * len(places) + 0.5) as figure:
        axes = figure.subplots(len(places), 1, sharex=True, squeeze=False)[:, 0]
        for number, (panel, place) in enumerate(zip(axes, places, strict=True)):
            outside += draw(panel, readings, place, COLOURS[number % len(COLOURS)], sampling)
            shade(panel, readings, sampling, steady if number == 0 else None)
        axes[-1].set_xlabel(time_axis(readings))
        if readings.times.started_at is not None:
            from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

            locator = AutoDateLocator(minticks=4, maxticks=9, tz=UTC)
            axes[-1].xaxis.set_major_locator(locator)
            axes[-1].xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=UTC))
        figure.align_ylabels(axes)
        drawn = svg_of(figure)
    return Plot(title, caption(readings, sampling, steady, outside), drawn)


def draw(panel: Axes, readings: Readings, place: int, colour: str, sampling: Sampling | None) -> int:
    """Draw a signal; returns how many implausible readings lie beyond the axis."""
    import numpy as np

    column, values = readings.columns[place], readings.values[place]
    measure, times = of_column(column), readings.times.seconds
    assert times is not None
    known = np.flatnonzero(~np.isnan(times))
    order = known[np.argsort(times[known], kind="stable")]
    seconds, heights = times[order], shown(values[order], measure)
    wrong = flagged(readings, column.header)[order]
    x, y = thinned(*broken(seconds, heights, sampling.gap_over if sampling else np.inf))
    panel.plot(on_axis(readings, x), y, color=colour, marker="." if len(x) < 80 else "", markersize=3)
    panel.set_ylabel(axis(name_of(column), measure))
    beyond = 0
    if wrong.any() and wrong.mean() < 0.2:
        beyond = mark(panel, on_axis(readings, seconds), heights, wrong)
    return beyond


def mark(panel: Axes, x: Any, heights: np.ndarray, wrong: np.ndarray) -> int:
    """Mark implausible readings; those far away are shown at the edge, so that they do not squeeze all others."""
    import numpy as np

    good = heights[~wrong & ~np.isnan(heights)]
    low, high = float(good.min()), float(good.max())
    room = 0.08 * (high - low or 1.0)
    bottom, top = low - room, high + room
    far = wrong & ((heights < bottom) | (heights > top))
    panel.set_ylim(bottom, top)
    near = wrong & ~far
    panel.plot(x[near], heights[near], linestyle="", marker="x", color=RED, markersize=5)
    for at, level, marker in ((heights < bottom, bottom, "v"), (heights > top, top, "^")):
        hit = far & at
        edge: dict[str, Any] = {"linestyle": "", "marker": marker, "color": RED, "markersize": 7, "clip_on": False}
        for line in panel.plot(x[hit], np.full(int(hit.sum()), level), **edge):
            line.set_in_layout(False)  # a mark that is not clipped would push the panels apart
    return int(far.sum())


def shown(values: np.ndarray, measure: Measure) -> np.ndarray:
    """Values in SI in the unit of the axis."""
    return (values - measure.offset) / measure.factor


def shade(panel: Axes, readings: Readings, sampling: Sampling | None, steady: Steady | None) -> None:
    """Shade the gaps, and the steady state."""
    import numpy as np

    for gap in (sampling.gaps if sampling else ())[:MOST_SPANS]:
        start, end = on_axis(readings, np.array([gap.seconds, gap.seconds + gap.length]))
        panel.axvspan(start, end, color="#eceff4", linewidth=0)
    if steady:
        start, end = on_axis(readings, np.array([steady.start, steady.end]))
        panel.axvspan(start, end, color="#009E73", alpha=0.13, linewidth=0)


def time_axis(readings: Readings) -> str:
    """The name of the time axis."""
    if readings.times.started_at is not None:
        return "date (UTC)"
    return f"time since the first reading ({span_measure(readings).unit})"


def on_axis(readings: Readings, seconds: np.ndarray) -> np.ndarray:
    """Seconds since the first reading as the axis has them: days since 1970 as matplotlib counts, else a duration."""
    if readings.times.started_at is not None:
        return (readings.times.started_at + seconds) / 86_400.0
    return seconds / span_measure(readings).factor


def span_measure(readings: Readings) -> Measure:
    """The unit for the length of the whole series."""
    import numpy as np

    assert readings.times.seconds is not None
    return duration(float(np.nanmax(readings.times.seconds)))


def name_of(column: Column) -> str:
    """The name of a signal on its axis."""
    return column.name if len(column.name) > 2 else in_words(column.quantity or column.name)


def caption(readings: Readings, sampling: Sampling | None, steady: Steady | None, outside: int) -> str:
    """What the plot shows, in words."""
    parts = []
    if readings.times.started_at is not None:
        start = datetime.fromtimestamp(readings.times.started_at, UTC)
        parts.append(f"From {start:%Y-%m-%d %H:%M} UTC")
    if sampling and sampling.gaps:
        many = len(sampling.gaps) > 1
        parts.append(f"{len(sampling.gaps)} gap{'s' if many else ''} without readings shaded in grey")
    if steady:
        parts.append("the steady state shaded in green")
    if outside:
        parts.append(
            f"{outside} implausible reading{'s' if outside > 1 else ''} beyond the axis, marked by red triangles"
        )
    return f"{'; '.join(parts)}." if parts else ""
