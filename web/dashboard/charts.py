"""The geometry of charts: bars over time, lines over time, heat maps; templates/dashboard/_charts.html draws them.

All are drawn 100 high and 10 wide for each step, then stretched to the room there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from web.dashboard.chart_axes import UNITS, axis, said, stamp, stamps, times, title, top_of
from web.dashboard.shown import number

HIGH: Final = 100.0
WIDE: Final = 10.0
GAP: Final = 1.6
# Series with a colour of their own; all others take theirs by their place.
COLOURED: Final = frozenset(
    ("waiting", "delayed", "blocked", "active", "completed", "failed", "cancelled", "p50", "p95", "p99")
)
Steps = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Series:
    """What is drawn in one colour: where its values are (`run.p95_ms`), its word, its CSS class, the path of a line."""

    path: str
    label: str
    css: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; `share` is how strong its colour is."""

    css: str
    x: float
    y: float
    width: float
    height: float
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Column:
    """One step: from when to when, its words, its values as they are shown, its boxes."""

    start: datetime
    end: datetime
    x: float
    title: str
    values: tuple[str, ...]
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """What is to be drawn; `ticks` are the words of the axis from the top down, `stamps` those of the time."""

    kind: str
    label: str
    series: tuple[Series, ...]
    columns: tuple[Column, ...]
    ticks: tuple[str, ...]
    empty: bool
    before: str = ""

    @property
    def width(self) -> float:
        """Of all steps."""
        return max(len(self.columns), 1) * WIDE

    @property
    def stamps(self) -> tuple[str, ...]:
        """Times along the chart."""
        return stamps(self.columns[0].start, self.columns[-1].end) if self.columns else ()


def bars(
    steps: Steps, series: Sequence[Any], label: str, *, end: Any = None, unit: str = "", before: Steps = ()
) -> Chart:
    """Stacked bars over time; `before` are the steps of an earlier time, whose sums are a line before them."""
    drawn, say = named(series), UNITS[unit]
    rows = [[value_of(step, one.path) or 0 for one in drawn] for step in steps]
    earlier: list[float | None] = [sum(value_of(step, one.path) or 0 for one in drawn) for step in before]
    top = top_of(max([*map(sum, rows), *(value or 0 for value in earlier), 0]), unit)

    def words(row: Sequence[float]) -> list[str]:
        return [f"{say(value)} {one.label}" for value, one in zip(row, drawn, strict=True)]

    columns = [
        Column(start, until, x, title(start, until, words(row)), tuple(map(say, row)), stacked(row, drawn, x, top))
        for (start, until, x), row in zip(places(steps, end), rows, strict=True)
    ]
    return Chart("bars", label, drawn, tuple(columns), axis(top, unit), not any(map(any, rows)), line(earlier, top))


def lines(
    steps: Steps, series: Sequence[Any], label: str, *, end: Any = None, unit: str = "ms", before: Steps = ()
) -> Chart:
    """Lines over time, broken where there is no value; of `before` the first series is a line behind them."""
    drawn, say = named(series), UNITS[unit]
    rows = [[value_of(step, one.path) for one in drawn] for step in steps]
    earlier = [value_of(step, drawn[0].path) for step in before]
    known = [value for row in [*rows, earlier] for value in row if value is not None]
    top = top_of(max([*known, 0]), unit)

    def words(row: Sequence[float | None]) -> list[str]:
        return [f"{one.label} {said(value, say)}" for value, one in zip(row, drawn, strict=True) if value is not None]

    columns = [
        Column(start, until, x, title(start, until, words(row)), tuple(said(value, say) for value in row))
        for (start, until, x), row in zip(places(steps, end), rows, strict=True)
    ]
    paths = [Series(one.path, one.label, one.css, line([row[at] for row in rows], top)) for at, one in enumerate(drawn)]
    return Chart("lines", label, tuple(paths), tuple(columns), axis(top, unit), not known, line(earlier, top))


def heat(steps: Steps, bands: Sequence[str], label: str, *, end: Any = None) -> Chart:
    """A heat map over time: `cells` of each step are counts, one for each of the bands, named from the lowest up."""
    rows: list[Sequence[int]] = [step["cells"] for step in steps]
    most = max((cell for row in rows for cell in row), default=0)

    def words(row: Sequence[int]) -> list[str]:
        return [f"{band}: {number(cell)}" for cell, band in zip(row, bands, strict=True) if cell]

    columns = [
        Column(start, until, x, title(start, until, words(row)), tuple(map(number, row)), cells(row, x, most))
        for (start, until, x), row in zip(places(steps, end), rows, strict=True)
    ]
    drawn = named([(band, band) for band in bands])
    return Chart("heat", label, drawn, tuple(columns), tuple(reversed(bands)), most == 0)


def named(series: Sequence[Any]) -> tuple[Series, ...]:
    """Series of names, or of (path, label)."""
    pairs = [(one, one) if isinstance(one, str) else one for one in series]
    return tuple(
        Series(path, label, label if label in COLOURED else f"n{at % 8}") for at, (path, label) in enumerate(pairs)
    )


def value_of(step: Mapping[str, Any], path: str) -> Any:
    """The number at a path of names with dots between them, None where there is none."""
    found: Any = step
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, int | float) else None


def places(steps: Steps, end: Any) -> list[tuple[datetime, datetime, float]]:
    """When each step begins and ends, and where it lies."""
    return [(start, until, at * WIDE) for at, (start, until) in enumerate(times(steps, end))]


def stacked(row: Sequence[float], drawn: Sequence[Series], x: float, top: float) -> tuple[Box, ...]:
    """The values of a step on top of each other; what is there at all can be seen."""
    boxes, at = [], HIGH
    for value, one in zip(row, drawn, strict=True):
        if value > 0:
            tall = max(HIGH * value / top, 0.8)
            at -= tall
            boxes.append(Box(one.css, round(x + GAP / 2, 2), round(max(at, 0), 2), WIDE - GAP, round(tall, 2)))
    return tuple(boxes)


def cells(counts: Sequence[int], x: float, most: int) -> tuple[Box, ...]:
    """The bands of a step, the lowest at the bottom; few are faint and yet to be seen."""
    tall = HIGH / max(len(counts), 1)

    def box(at: int, count: int) -> Box:
        share = round(0.15 + 0.85 * (count / most) ** 0.5, 2)
        return Box("cell", x, round(HIGH - (at + 1) * tall, 2), WIDE, round(tall, 2), share)

    return tuple(box(at, count) for at, count in enumerate(counts) if count)


def line(values: Sequence[float | None], top: float) -> str:
    """The path through the values, with a gap where one is unknown; a lone value is a dash."""
    parts, pen = [], "M"
    for at, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        x, y = at * WIDE + WIDE / 2, round(HIGH - HIGH * min(value / top, 1), 2)
        alone = pen == "M" and (at + 1 == len(values) or values[at + 1] is None)
        parts.append(f"M{x - WIDE / 3:.5g} {y}H{x + WIDE / 3:.5g}" if alone else f"{pen}{x:g} {y}")
        pen = "L"
    return "".join(parts)


FUNCTIONS: Final = {"chart_bars": bars, "chart_lines": lines, "chart_heat": heat, "chart_stamp": stamp}
