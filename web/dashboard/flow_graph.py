"""A flow as a drawing: its jobs in layers, the lines between them, its critical path, and its jobs along time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from typing import Any, Final

from web.dashboard.shown import time_of

# Pixels of a box, and between boxes.
WIDE: Final = 176
TALL: Final = 44
GAP: Final = 20
APART: Final = 56
# Above so many jobs, those of one type in one layer are one box.
MOST_BOXES: Final = 80
SWEEPS: Final = 4

Waits = Mapping[str, Iterable[str]]


@dataclass(frozen=True)
class Box:
    """A job of the drawing, or `count` jobs of one type; x and y are its upper left corner in pixels."""

    job: dict[str, Any]
    x: int
    y: int
    critical: bool = False
    count: int = 1


@dataclass(frozen=True)
class Line:
    """What one box waits for: a path of SVG."""

    path: str
    critical: bool = False


@dataclass(frozen=True)
class Drawing:
    """Boxes and lines with the size of the whole in pixels."""

    boxes: list[Box]
    lines: list[Line]
    width: int
    height: int


@dataclass(frozen=True)
class Span:
    """A job along time: begin and length in thousandths of the whole flow; none of both before it has started."""

    job: dict[str, Any]
    start: float | None
    length: float | None
    ms: float | None
    critical: bool


def after(members: list[dict[str, Any]], edges: Waits) -> dict[str, set[str]]:
    """For each job the jobs that wait for it directly; the gates between groups are looked through."""
    ids = {member["id"] for member in members}

    def beyond(names: Iterable[str], seen: set[str]) -> set[str]:
        found: set[str] = set()
        for name in names:
            if name in ids:
                found.add(name)
            elif name not in seen:
                seen.add(name)
                found |= beyond(edges.get(name, ()), seen)
        return found

    return {id: beyond(edges.get(id, ()), set()) - {id} for id in ids}


def layers(follow: Mapping[str, set[str]]) -> dict[str, int]:
    """For each job the length of the longest way to it; how many steps of the flow lie before it."""
    before = turned(follow)
    found: dict[str, int] = {}
    for id in TopologicalSorter(before).static_order():
        found[id] = max((found[other] + 1 for other in before[id]), default=0)
    return found


def turned(follow: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """For each job the jobs that it waits for."""
    before: dict[str, set[str]] = {id: set() for id in follow}
    for id, others in follow.items():
        for other in others:
            before[other].add(id)
    return before


def critical_path(members: list[dict[str, Any]], follow: Mapping[str, set[str]], now: datetime) -> set[str]:
    """The jobs of the chain that took longest, as far as they have run: what to make faster first."""
    before, length = turned(follow), {member["id"]: run_ms(member, now) or 0.0 for member in members}
    longest: dict[str, float] = {}
    came: dict[str, str | None] = {}
    for id in TopologicalSorter(before).static_order():
        best = max(before[id], key=lambda other: longest[other], default=None)
        longest[id], came[id] = length[id] + (longest[best] if best else 0.0), best
    at = max(longest, key=lambda id: longest[id], default=None)
    path: set[str] = set()
    while at is not None and longest[at] > 0:
        path.add(at)
        at = came[at]
    return path


def run_ms(member: dict[str, Any], now: datetime) -> float | None:
    """How long a job has run."""
    start, end = time_of(member["started_at"]), time_of(member["finished_at"])
    return None if start is None else max(0.0, ((end or now) - start).total_seconds() * 1_000)


def drawing(members: list[dict[str, Any]], edges: Waits, *, across: bool = True) -> Drawing:
    """The jobs of a flow in layers, from left to right (`across`) or from top to bottom."""
    follow = after(members, edges)
    depth, critical = layers(follow), critical_path(members, follow, datetime.now(UTC))
    members, follow, depth, counts = gathered(members, follow, depth)
    places = ordered(members, follow, depth)
    most = max((place for _, place in places.values()), default=0) + 1
    step, breadth = (WIDE + APART, TALL + GAP) if across else (TALL + APART, WIDE + GAP)

    def corner(id: str) -> tuple[int, int]:
        layer, place = places[id]
        shift = (most - sum(at == layer for at, _ in places.values())) * breadth // 2
        along, over = layer * step, place * breadth + shift
        return (along, over) if across else (over, along)

    at = {id: corner(id) for id in places}
    boxes = [Box(job, *at[job["id"]], job["id"] in critical, counts.get(job["id"], 1)) for job in members]
    lines = [
        Line(curve(at[id], at[other], across=across), id in critical and other in critical)
        for id, others in follow.items()
        for other in sorted(others)
    ]
    width = max((box.x for box in boxes), default=0) + WIDE
    height = max((box.y for box in boxes), default=0) + TALL
    return Drawing(boxes, lines, width, height)


def gathered(
    members: list[dict[str, Any]], follow: dict[str, set[str]], depth: dict[str, int]
) -> tuple[list[dict[str, Any]], dict[str, set[str]], dict[str, int], dict[str, int]]:
    """The same, where there are too many jobs with one of each type and layer for all; and how many each stands for."""
    if len(members) <= MOST_BOXES:
        return members, follow, depth, {}
    first: dict[tuple[int, str], str] = {}
    counts: dict[str, int] = defaultdict(int)
    stands = {m["id"]: first.setdefault((depth[m["id"]], m["type"]), m["id"]) for m in members}
    for id in stands.values():
        counts[id] += 1
    kept = [member for member in members if member["id"] in counts]
    merged: dict[str, set[str]] = {member["id"]: set() for member in kept}
    for id, others in follow.items():
        merged[stands[id]] |= {stands[other] for other in others} - {stands[id]}
    return kept, merged, depth, dict(counts)


def ordered(
    members: list[dict[str, Any]], follow: Mapping[str, set[str]], depth: Mapping[str, int]
) -> dict[str, tuple[int, int]]:
    """Layer and place in it for each job; neighbours are near each other by the barycentre of Sugiyama et al.

    IEEE Trans. Syst. Man Cybern. 11 (1981) 109.
    """
    before = turned(follow)
    rows: dict[int, list[str]] = defaultdict(list)
    for member in members:
        rows[depth[member["id"]]].append(member["id"])
    place = {id: float(at) for row in rows.values() for at, id in enumerate(row)}
    for sweep in range(SWEEPS):
        near = before if sweep % 2 == 0 else follow
        for layer in sorted(rows, reverse=sweep % 2 == 1):
            weight = {id: mean([place[other] for other in near[id]], place[id]) for id in rows[layer]}
            rows[layer].sort(key=lambda id: (weight[id], id))
            place |= {id: float(at) for at, id in enumerate(rows[layer])}
    squeezed = {layer: at for at, layer in enumerate(sorted(rows))}
    return {id: (squeezed[layer], at) for layer, row in rows.items() for at, id in enumerate(row)}


def mean(values: list[float], otherwise: float) -> float:
    """The mean of some values, something else where there are none."""
    return sum(values) / len(values) if values else otherwise


def curve(start: tuple[int, int], end: tuple[int, int], *, across: bool) -> str:
    """A line from the end of one box to the begin of another as a path of SVG."""
    if across:
        x, y, to_x, to_y = start[0] + WIDE, start[1] + TALL // 2, end[0], end[1] + TALL // 2
        half = (x + to_x) // 2
        return f"M{x} {y}C{half} {y} {half} {to_y} {to_x} {to_y}"
    x, y, to_x, to_y = start[0] + WIDE // 2, start[1] + TALL, end[0] + WIDE // 2, end[1]
    half = (y + to_y) // 2
    return f"M{x} {y}C{x} {half} {to_x} {half} {to_x} {to_y}"


def along_time(members: list[dict[str, Any]], edges: Waits) -> list[Span]:
    """The jobs of a flow along time in the order in which they started; what has not started comes last."""
    now = datetime.now(UTC)
    critical = critical_path(members, after(members, edges), now)
    starts = {member["id"]: time_of(member["started_at"]) for member in members}
    begin = min((start for start in starts.values() if start), default=now)
    ends = [time_of(member["finished_at"]) or now for member in members if starts[member["id"]]]
    whole = max(((end - begin).total_seconds() * 1_000 for end in ends), default=0.0) or 1.0

    def span(member: dict[str, Any]) -> Span:
        start, ms = starts[member["id"]], run_ms(member, now)
        if start is None or ms is None:
            return Span(member, None, None, None, critical=False)
        at = (start - begin).total_seconds() * 1_000
        return Span(member, 1_000 * at / whole, max(2.0, 1_000 * ms / whole), ms, member["id"] in critical)

    last = datetime.max.replace(tzinfo=UTC)
    return [span(member) for member in sorted(members, key=lambda member: (starts[member["id"]] or last, member["id"]))]
