"""How values are shown: times, durations, numbers, sizes, any JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from web.dashboard.traces import trace_parts

STEPS: Final = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"))
SIZES: Final = ("B", "kB", "MB", "GB", "TB")


def time_of(value: str | int | float | datetime | None) -> datetime | None:
    """The time of RFC 3339 text, of milliseconds since 1970, or as it is."""
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value / 1_000, UTC)
    return datetime.fromisoformat(value)


def ago(value: Any, none: str = "") -> Markup:
    """A time as a distance from now, which the page keeps up; the exact time in its title."""
    found = time_of(value)
    if found is None:
        return escape(none)
    off = (datetime.now(UTC) - found).total_seconds() * 1_000
    words = f"in {duration(-off, 1)}" if off < -1_000 else "now" if off < 1_000 else f"{duration(off, 1)} ago"
    return _time(found, words, "rel")


def clock(value: Any, none: str = "") -> Markup:
    """A time as it stands on a clock, in UTC."""
    found = time_of(value)
    return escape(none) if found is None else _time(found, f"{found.astimezone(UTC):%Y-%m-%d %H:%M:%S}", "at")


def clock_in(value: Any, zone: str) -> Markup:
    """A time as it stands on a clock of a zone, with the name of that zone."""
    found = time_of(value)
    if found is None:
        return Markup("")
    there = found.astimezone(ZoneInfo(zone))
    return _time(found, f"{there:%a %Y-%m-%d %H:%M} {there:%Z}", "at")


def elapsed(value: Any) -> Markup:
    """How long ago a time is, as a duration that goes on."""
    found = time_of(value)
    if found is None:
        return Markup("")
    return _time(found, duration((datetime.now(UTC) - found).total_seconds() * 1_000), "since")


def _time(found: datetime, words: str, kind: str) -> Markup:
    utc = found.astimezone(UTC)
    return Markup('<time datetime="{}" title="{}" data-time="{}">{}</time>').format(
        utc.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        f"{utc:%Y-%m-%d %H:%M:%S}.{utc.microsecond // 1000:03d} UTC",
        kind,
        words,
    )


def duration(ms: float | None, parts: int = 2) -> str:
    """A duration in its largest units: `1 h 5 min`, `12.4 s`, `35 ms`."""
    if ms is None:
        return ""
    if ms < 1_000:
        return f"{ms:.0f} ms"
    if ms < 10_000 and parts > 1:
        return f"{ms / 1_000:.1f} s"
    said = []
    for length, unit in STEPS:
        number, ms = divmod(ms, length)
        if number:
            said.append(f"{number:.0f} {unit}")
        if said and len(said) == parts:
            break
    return " ".join(said[:parts])


def took(shown: dict[str, Any]) -> str:
    """The time between start and end of something that has both."""
    start, end = time_of(shown.get("started_at")), time_of(shown.get("finished_at"))
    return duration((end - start).total_seconds() * 1_000) if start and end else ""


def number(value: float | None) -> str:
    """A number with its thousands apart: `1,204`, `0.35`."""
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"


def size(value: float | None) -> str:
    """Bytes in decimal units: `1.2 MB`."""
    if value is None:
        return ""
    step = 0
    while value >= 1_000 and step < len(SIZES) - 1:
        value, step = value / 1_000, step + 1
    return f"{value:.0f} B" if step == 0 else f"{value:.3g} {SIZES[step]}"


def percent(value: float | None) -> str:
    """A share of one as a percentage: `12 %`, `0.4 %`."""
    if value is None:
        return ""
    return f"{100 * value:.0f} %" if value == 0 or value >= 0.095 else f"{100 * value:.1f} %"


def money(value: float | None) -> str:
    """US dollars: `$0.0042`, `$12.30`."""
    if value is None:
        return ""
    return f"${value:,.2f}" if value == 0 or value >= 1 else f"${value:.4f}"


def pretty(value: Any) -> str:
    """JSON as text over several lines."""
    return json.dumps(value, indent=2, ensure_ascii=False)


FILTERS: Final = {
    "ago": ago,
    "clock": clock,
    "clock_in": clock_in,
    "elapsed": elapsed,
    "duration": duration,
    "took": took,
    "number": number,
    "size": size,
    "percent": percent,
    "money": money,
    "pretty": pretty,
    "trace_parts": trace_parts,
}
