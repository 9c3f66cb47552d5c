"""The values of the search grammar, read by kind: names, numbers, times, durations, and ranges of these."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from callboard.history.search.query import Is, Span, Test
from callboard.jobs.clock import from_ms, to_ms
from callboard.jobs.errors import ERROR_CLASSES
from callboard.jobs.identity import is_id
from callboard.jobs.policy import priority_number, queue_slug, type_slug
from callboard.jobs.states import FINAL, LIVE, STATES, canonical_state

STATE_GROUPS: Final = {"live": LIVE, "final": FINAL, "finished": FINAL, "all": STATES}
DAY_MS: Final = 86_400_000
UNITS_MS: Final = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": DAY_MS, "w": 7 * DAY_MS}
LONGEST_MS: Final = 36_500 * DAY_MS
# The years 1900 to 9999: what a calendar has, with a day to spare.
EARLIEST_MS: Final = -2_208_988_800_000
LATEST_MS: Final = 253_402_214_400_000
STEP: Final = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d|w)?", re.ASCII)
NUMBER: Final = re.compile(r"-?\d{1,300}(?:\.\d{1,300})?(?:[eE][+-]?\d{1,4})?", re.ASCII)
MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ](?P<minute>\d\d:\d\d)(?P<second>:\d\d(?P<part>\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)
QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
PIECE: Final = re.compile(rf"({QUOTED})|([^\"]+)", re.DOTALL)
ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
COMPARED: Final = re.compile(r"(>=|<=|>|<)(.+)", re.DOTALL)
RANGE: Final = re.compile(rf'({QUOTED}|[^"]*?)\.\.({QUOTED}|[^"]*)', re.DOTALL)

Extent = tuple[float, float]


def unquoted(raw: str) -> str:
    """A value as it is meant, without its quotes and the backslashes before quotes and backslashes."""
    return "".join(ESCAPED.sub(r"\1", quoted[1:-1]) if quoted else bare for quoted, bare in PIECE.findall(raw))


def read_value(kind: str, raw: str, now_ms: int) -> tuple[Test, ...]:
    """The tests of one value of a key of this kind; `now_ms` is what `today` is counted from.

    Raises ValueError that says what was expected and what was got.
    """
    if kind in EXTENTS:
        return (read_span(kind, raw, now_ms),)
    if kind == "path":
        return (read_path_value(raw),)
    text = unquoted(raw)
    if kind == "state":
        group = STATE_GROUPS.get(text.strip().lower())
        return tuple(Is(state) for state in group or (canonical_state(text),))
    return (Is(NAMES[kind](text) if kind in NAMES else text),)


def read_path_value(raw: str) -> Test:
    """A text to be equal to, or a range where it is one of numbers."""
    found = COMPARED.fullmatch(raw) or RANGE.fullmatch(raw)
    if found and any(found.groups()):
        ends = [end for end in found.groups() if end and end not in (">", ">=", "<", "<=")]
        if ends and all(NUMBER.fullmatch(end) for end in ends):
            return read_span("number", raw, 0)
    return Is(unquoted(raw))


def read_span(kind: str, raw: str, now_ms: int) -> Span:
    """A range of numbers, times or durations; a single value is the range of all that is written so.

    Raises ValueError.
    """
    compared, between = COMPARED.fullmatch(raw), RANGE.fullmatch(raw)
    if compared:
        low, high = EXTENTS[kind](unquoted(compared[2]), now_ms, True)
        return _side(compared[1], low, high, whole=kind in ("time", "duration"))
    if between:
        if not between[1] and not between[2]:
            raise ValueError("expected a range with one end at least, such as 1.. or ..5, got ..")
        bottom = EXTENTS[kind](unquoted(between[1]), now_ms, True)[0] if between[1] else None
        top = EXTENTS[kind](unquoted(between[2]), now_ms, True)[1] if between[2] else None
        if bottom is not None and top is not None and bottom > top:
            raise ValueError(f"expected a range from less to more, got {raw}")
        return Span(bottom, top)
    return Span(*EXTENTS[kind](unquoted(raw), now_ms, False))


def _side(operator: str, low: float, high: float, whole: bool) -> Span:
    if operator == ">":
        return Span(low=high + 1) if whole else Span(low=high, above=True)
    if operator == "<":
        return Span(high=low - 1) if whole else Span(high=low, below=True)
    return Span(low=low) if operator == ">=" else Span(high=high)


def read_number(text: str, _now_ms: int, _exact: bool) -> Extent:
    """A number. Raises ValueError."""
    value = float(text) if NUMBER.fullmatch(text) else math.inf
    if not math.isfinite(value):
        raise ValueError(f"expected a number, got {text!r}")
    number = int(value) if value.is_integer() and abs(value) < 1e15 else value
    return number, number


def read_priority(text: str, _now_ms: int, _exact: bool) -> Extent:
    """A priority by word or number. Raises ValueError."""
    number = priority_number(text)
    return number, number


def read_duration(text: str, _now_ms: int, exact: bool) -> Extent:
    """Milliseconds of `90`, `10s`, `1h30m`; unless `exact`, up to what its smallest unit does not tell apart.

    Raises ValueError.
    """
    steps = STEP.findall(text)
    if not steps or "".join(number + unit for number, unit in steps) != text:
        raise ValueError(f"expected a duration such as 10s, 5m, 1h30m or 2d, got {text!r}")
    total = round(sum(float(number) * UNITS_MS[unit or "s"] for number, unit in steps))
    if total > LONGEST_MS:
        raise ValueError(f"expected a duration of at most 100 years, got {text!r}")
    number, unit = steps[-1]
    smallest = 1 if exact or "." in number else UNITS_MS[unit or "s"]
    return total, total + smallest - 1


def read_time(text: str, now_ms: int, _exact: bool) -> Extent:
    """The first and last millisecond of a day, minute or second in UTC, of `today`, `yesterday` or `now`.

    Raises ValueError.
    """
    word = text.strip().lower()
    if word == "now":
        return now_ms, now_ms
    if word in ("today", "yesterday"):
        start = now_ms - now_ms % DAY_MS - (DAY_MS if word == "yesterday" else 0)
        return start, start + DAY_MS - 1
    found = MOMENT.fullmatch(text)
    try:
        moment = datetime.fromisoformat(text) if found else None
        start = to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC)) if moment else LATEST_MS
    except (ValueError, OverflowError):
        start = LATEST_MS
    if not found or not EARLIEST_MS < start < LATEST_MS:
        raise ValueError(
            f"expected a time such as 2026-11-01, 2026-11-01T09:30Z, today or yesterday, got {text!r};"
            " for how long ago, use age:"
        )
    lasts = 1 if found["part"] else 1000 if found["second"] else 60_000 if found["minute"] else DAY_MS
    return start, start + lasts - 1


EXTENTS: Final[dict[str, Callable[[str, int, bool], Extent]]] = {
    "number": read_number,
    "priority": read_priority,
    "time": read_time,
    "duration": read_duration,
}


def read_id(text: str) -> str:
    """An id as it is kept: case does not matter."""
    return text.strip().upper()


def read_flow(text: str) -> str:
    """The id of a flow as it is kept, or the name of a pipeline."""
    return read_id(text) if is_id(read_id(text)) else text


def read_class(text: str) -> str:
    """One of the classes of errors. Raises ValueError."""
    name = text.strip().lower()
    if name not in ERROR_CLASSES:
        raise ValueError(f'error class "{text}" is unknown; classes are {", ".join(ERROR_CLASSES)}')
    return name


def read_word(text: str) -> str:
    """A word of ours: lower case with underscores."""
    return text.strip().lower().replace("-", "_")


NAMES: Final[dict[str, Callable[[str], str]]] = {
    "id": read_id,
    "flow": read_flow,
    "type": type_slug,
    "queue": queue_slug,
    "class": read_class,
    "word": read_word,
}


def written_duration(ms: int) -> str:
    """A duration as it is read again exactly."""
    for unit in ("d", "h", "m", "s"):
        if ms and ms % UNITS_MS[unit] == 0:
            return f"{ms // UNITS_MS[unit]}{unit}"
    return f"{ms}ms"


def written_time(ms: int) -> str:
    """A time as it is read again exactly."""
    moment = from_ms(ms)
    assert moment is not None
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
